# Shared by tools/quickstart, tools/test and tools/peers: sourced, not run. Installs what is missing, or says what to install.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/swiftlet
programs=$cache/programs # the nets of the families as .swiftlet files, which Tests/FamilyTests writes

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# Builds plan with fixed hashes: else the order of swift-protobuf's traits changes, and it is compiled anew. Tests do not.
swift() {
  if [ "${1:-}" = build ]; then SWIFT_DETERMINISTIC_HASHING=1 command swift "$@"; else command swift "$@"; fi
}

# alone NAME COMMAND...: runs a command while no other run of these tools runs one by this name; they share the cache.
alone() {
  mkdir -p "$cache"
  exec 9> "$cache/$1.lock"
  flock 9
  "${@:2}"
  exec 9>&-
}

# need_packages PACKAGE...: Debian packages, installed as root or by sudo where they are missing.
need_packages() {
  local missing=() package
  if ! command -v dpkg-query > /dev/null; then
    die "this is not Debian or a relative of it: install what these Debian packages hold, then set SWIFTLET_SKIP_PACKAGES=1: $*"
  fi
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local install=(apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "${missing[@]}")
  local as=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null && sudo -n true 2> /dev/null || die "run this first: sudo ${install[*]}"
    as=(sudo)
  fi
  echo "installing ${missing[*]}"
  "${as[@]}" apt-get update -qq < /dev/null || die "apt-get update failed; is there a network?"
  DEBIAN_FRONTEND=noninteractive "${as[@]}" "${install[@]}" < /dev/null > /dev/null \
    || die "could not install; run this: ${as[*]} ${install[*]}"
}

# need_swift: the toolchain, and what it needs of the system to compile and link.
need_swift() {
  # What Swift's toolchain links against and starts with, by names that every release of Debian has, and ours.
  [ -n "${SWIFTLET_SKIP_PACKAGES:-}" ] || need_packages git binutils g++ libcurl4-openssl-dev libedit-dev \
    libjpeg-dev libpng-dev libwebp-dev libncurses-dev libsqlite3-dev libxml2-dev zlib1g-dev tzdata ca-certificates python3 "$@"
  type -P swift > /dev/null \
    || die "no Swift toolchain on PATH: install Swift 6.1 or later (swift.org/install), then run this again"
  swift --version > /dev/null 2>&1 || die "the Swift toolchain does not start: $(swift --version 2>&1 | tail -1)"
}

# need_python REQUIREMENTS [NAME]: a private virtual environment with these packages; its python is $python.
need_python() { alone "${2:-test-venv}" make_python "$@"; }
make_python() {
  local wanted environment=$cache/${2:-test-venv}
  wanted=$(sha256sum "$1" | cut -d' ' -f1)
  python=$environment/bin/python
  if [ "$(cat "$environment/.requirements" 2> /dev/null)" != "$wanted" ]; then
    rm -rf "$environment"
    python3 -m venv "$environment" || die "python3 -m venv failed; install python3-venv"
    "$python" -m pip install -q --disable-pip-version-check -r "$1" \
      || die "pip could not install the packages of $1; is there a network?"
    echo "$wanted" > "$environment/.requirements"
  fi
}

# fashion_images: 128 training images to calibrate on and the 10,000 test images, as $images/{train,test}/<label>/N.pgm.
images=$cache/fashion-mnist
fashion_images() { alone fashion-mnist make_images; }
make_images() {
  mkdir -p "$images"
  "$root/tools/fashion-mnist" "$images/train" --split train --limit 128
  "$root/tools/fashion-mnist" "$images/test" --split t10k
}

# stage NAME COMMAND...: runs a step and remembers how long it took.
stages=()
stage() {
  local name=$1 begin=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  "$@"
  stages+=("$(printf '%-44s %5d s' "$name" $((SECONDS - begin)))")
}

# skip NAME REASON: a step that this machine cannot do, for the table.
skip() {
  printf '\n== %s: skipped: %s\n' "$1" "$2"
  stages+=("$(printf '%-44s skipped: %s' "$1" "$2")")
}

# able NAME TOOL [PART]: whether this machine can run a tool; where not, the table says so.
able() {
  local reason
  reason=$("$2" why-not "${@:3}")
  [ -z "$reason" ] || { skip "$1" "$reason"; return 1; }
}

print_stages() {
  printf '\nstage                                         time\n'
  printf '%s\n' "${stages[@]}"
  printf '%-44s %5d s\n' total "$SECONDS"
}
