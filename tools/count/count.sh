# Sourced by tools/arm64: counts the instructions of an inference; main.py says what and how.

peers=$cache/arm64-peers # root: arm64's Python; site: its engines; venv and pnnx: what makes models ready for them, here
peer_packages=(python3.13-minimal libpython3.13-stdlib libstdc++6)
pnnx=pnnx==20261020

count_why_not() {
  local version
  version=$(qemu-aarch64 --version 2> /dev/null | head -1)
  if ! qemu-aarch64 --help 2> /dev/null | grep -q '^-plugin' || [[ $version != *' 7.2.'* ]]; then
    echo "counting takes the plugins of Debian 12's qemu-user 7.2; here is ${version:-none}"
  fi
}

# wheels FOLDER OPTION...: Python packages as they are published, without what they depend on.
wheels() { "$python" -m pip install -q --disable-pip-version-check --no-deps --only-binary :all: --target "$@"; }

prepare_peers() {
  local work=$peers wanted
  need_python tools/count/requirements.txt arm64-peers/venv
  wanted=$({ declare -f fetch unpack wheels prepare_peers; declare -p suite peer_packages pnnx; cat tools/count/requirements*; } | sha256sum)
  [ "$(cat "$peers/.ready" 2> /dev/null)" != "$wanted" ] || return 0
  rm -rf "$peers"/{root,site,pnnx,.ready}
  fetch arm64 "${peer_packages[@]}"
  unpack arm64 "$peers/root"
  wheels "$peers/site" --platform manylinux_2_28_aarch64 --implementation cp --python-version 3.13 -r tools/count/requirements-arm64.txt \
    && wheels "$peers/pnnx" "$pnnx" || die "pip could not fetch the peers; is there a network?"
  rm -rf "$peers"/apt-*
  echo "$wanted" > "$peers/.ready"
}

count() {
  local options reason swiftlet
  options=" $* "
  case $options in *' --help '* | *' -h '*) exec python3 tools/count/main.py --help ;; esac
  need_swift python3-venv qemu-user >&2
  reason=$(why_not count)
  [ -z "$reason" ] || die "$reason"
  build >&2
  swift build -c release --product swiftlet >&2
  gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -shared -fPIC -o "$work/count.so" tools/count/plugin.c
  case $options in *' --no-peers '*) ;; *) prepare_peers >&2 ;; esac
  swiftlet=$(swift build -c release --show-bin-path)/swiftlet
  cd "$OLDPWD" # a model's path is the caller's
  exec python3 "$root/tools/count/main.py" --swiftlet "$swiftlet" --plugin "$work/count.so" --device "$toolchain$unstripped" \
    --describing-qemu "$toolchain/usr/bin/qemu-aarch64" --peers "$peers" "$@"
}
