# Sourced by tools/vcam-test: a stock Debian kernel and an initramfs with its camera drivers, in $work. Nothing of it is installed.

# The kernel that linux-image-amd64 stands for, as PACKAGE VERSION; nothing where apt knows none.
kernel_package() {
  local package
  package=$(apt-cache depends linux-image-amd64 2> /dev/null | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -1)
  [ -z "$package" ] || echo "$package" "$(apt-cache policy "$package" | sed -n 's/^ *Candidate: //p')"
}

# fetch PACKAGE...: unpacks Debian packages into $unpacked.
fetch() {
  local archives=$work/archives archive
  rm -rf "$archives" "$unpacked"
  mkdir -p "$archives" "$unpacked"/usr/{lib,bin}
  ln -s usr/lib usr/bin "$unpacked" # in some releases packages name the one, in some the other
  (cd "$archives" && apt-get -qq -o APT::Sandbox::User=root download "$@" > "$work/log" 2>&1) \
    || { cat "$work/log" >&2; die "could not fetch $*; is there a network? Is apt-get update due?"; }
  for archive in "$archives"/*.deb; do
    dpkg-deb --fsys-tarfile "$archive" | tar -x -C "$unpacked" --no-same-owner --keep-directory-symlink --exclude=./usr/share
  done
  rm -rf "$archives"
}

# needed NAME PACKAGE...: what these packages depend on whose name begins like this.
needed() { apt-cache depends "${@:2}" | sed -n "s/^ *Depends: \($1.*\)/\1/p" | sort -u; }

# v4l2loopback for this kernel: hands frames that a program writes to one that captures.
build_loopback() {
  local headers=$unpacked/usr/src/linux-headers-$release source
  source=$(echo "$unpacked"/usr/src/v4l2loopback-*)
  # Debian's headers name each other where they would be installed.
  sed -i "s,/usr/src/,$unpacked/usr/src/," "$headers/Makefile"
  make -C "$headers" M="$source" modules > "$work/log" 2>&1 \
    || { cat "$work/log" >&2; die 'v4l2loopback does not build'; }
  install -D -m 644 "$source/v4l2loopback.ko" "$unpacked/lib/modules/$release/extra/v4l2loopback.ko"
}

# The kernel as an ELF file, which starts without firmware and without unpacking itself; else as it is.
write_kernel() {
  python3 - "$1" "$2" << 'PYTHON'
import lzma
import sys

image = open(sys.argv[1], "rb").read()
kernel, start = image, -1
while (start := image.find(b"\xfd7zXZ\0", start + 1)) >= 0:
    try:
        content = lzma.LZMADecompressor().decompress(image[start:])
    except lzma.LZMAError:
        continue
    if content.startswith(b"\x7fELF"):
        kernel = content
        break
open(sys.argv[2], "wb").write(kernel)
PYTHON
}

# load MODULE [PARAMETER...]: the module and what it depends on, copied, in the order of loading.
load() {
  local file
  modprobe -d "$unpacked" -S "$release" --show-depends "$1" | sed -n 's/^insmod \([^ ]*\).*/\1/p' | while read -r file; do
    install -D -m 644 "$file" "$tree${file#"$unpacked"}"
    case $file in *.xz) xz -d -f "$tree${file#"$unpacked"}" ;; esac
    file=${file#"$unpacked"}
    echo "${file%.xz}"
  done | sed "\$s|\$| ${*:2}|"
}

write_initramfs() {
  local tree=$work/tree
  mkdir -p "$tree"/{bin,proc,sys,dev,host}
  cp "$unpacked/bin/busybox" "$tree/bin"
  install "$root/tools/vcam/init" "$tree/init"
  {
    load virtio_pci
    load 9pnet_virtio
    load 9p
    # A webcam and a device that captures into several planes.
    load vivid n_devs=2 node_types=0x1,0x1 num_inputs=1,1 input_types=0,0 multiplanar=1,2 vid_cap_nr=0,1
    load v4l2loopback exclusive_caps=1,1 video_nr=2,3 devices=2
  } | awk '!seen[$1]++' > "$tree/modules"
  (cd "$tree" && find . -print0 | LC_ALL=C sort -z | cpio -0 -o -H newc --quiet -R 0:0) > "$work/initramfs"
}

prepare() {
  local kernel wanted unpacked release
  kernel=$(kernel_package)
  wanted=$({
    echo "$kernel"
    cat "$root/tools/vcam/init" "$root/tools/vcam/prepare.sh"
  } | sha256sum)
  [ "$(cat "$work/.ready" 2> /dev/null)" != "$wanted" ] || return 0
  [ -n "$kernel" ] || die 'apt knows no linux-image-amd64: run apt-get update'
  rm -rf "$work"
  mkdir -p "$work"
  unpacked=$work/unpacked
  release=${kernel%% *}
  release=${release#linux-image-}
  local headers=linux-headers-$release
  # shellcheck disable=SC2046
  fetch "${kernel%% *}" "$headers" $(needed linux-headers- "$headers") $(needed linux-kbuild- "$headers") \
    v4l2loopback-dkms busybox-static
  build_loopback
  depmod -b "$unpacked" "$release"
  write_kernel "$unpacked"/boot/vmlinuz-* "$work/kernel"
  write_initramfs
  rm -rf "$unpacked" "$work/tree" "$work/log"
  echo "$wanted" > "$work/.ready"
}
