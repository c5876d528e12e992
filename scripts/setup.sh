#!/usr/bin/env bash
# Installs what a make target needs and this machine lacks, with the system's package manager, after one line that says so.
# Silent and quick when everything is there. Usage: scripts/setup.sh demo|test|bench|lint|fuzz|package [OPTIONS OF THE DEMO]
#
# No system slapd or Samba is started or left enabled by it: slapd's own set-up is told to leave the server unconfigured, a
# temporary policy-rc.d forbids starting anything, and services that weren't there before are disabled.
set -euo pipefail
cd "$(dirname "$0")/.."

goal=${1:?usage: scripts/setup.sh demo|test|bench|lint|fuzz|package}
shift
# Which directory the demo's options name.
case " $*" in
  *\ --directory[\ =]ad*) directory=ad ;;
  *\ --directory[\ =]389ds*) directory=389ds ;;
  *) directory=openldap ;;
esac
venv=${CARGO_TARGET_DIR:-target}/python
policy=/usr/sbin/policy-rc.d
packages=()

fail() {
  echo "setup: $*" >&2
  exit 1
}

have() {
  command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || [ -x "/usr/local/sbin/$1" ] || [ -x "/usr/libexec/$1" ] ||
    [ -x "/usr/lib/openldap/$1" ]
}

# need PROGRAM PACKAGE...: notes the packages when the program is missing.
need() {
  local program=$1
  shift
  have "$program" || packages+=("$@")
}

# The first Python that the test clients work with and that can make virtual environments.
find_python() {
  local python
  for python in python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$python" >/dev/null 2>&1 &&
      "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

quietly_as_root() {
  as_root env DEBIAN_FRONTEND=noninteractive "$@" >>"$log" 2>&1
}

apt_install() {
  quietly_as_root apt-get install -y --no-install-recommends "${packages[@]}"
}

put_policy_back() {
  if [ -n "${saved_policy:-}" ]; then as_root mv "$saved_policy" "$policy"; else as_root rm -f "$policy"; fi
}

# Lets packages be installed without starting their services, until the script ends.
forbid_starting() {
  saved_policy=
  if [ -e "$policy" ]; then
    saved_policy=$policy.scimfront.$$
    as_root mv "$policy" "$saved_policy"
  fi
  trap put_policy_back EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
}

# disable_services SERVICE...
disable_services() {
  local service
  for service in "$@"; do
    if [ -d /run/systemd/system ]; then
      quietly_as_root systemctl disable --now "$service" || true
    elif command -v update-rc.d >/dev/null 2>&1; then
      quietly_as_root update-rc.d "$service" disable || true
    fi
  done
}

# Samba as an Active Directory domain controller: the server, and the Python library that makes domains.
samba_packages=(samba samba-ad-provision samba-dsdb-modules python3-samba)
have_samba() {
  have samba && [ -d /usr/lib/python3/dist-packages/samba/provision ] && [ -d /usr/share/samba/setup ]
}

install_packages() {
  [ ${#packages[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null 2>&1 ||
    fail "please install what Debian calls: ${packages[*]} (this script knows apt-get alone)"
  if [ "$(id -u)" != 0 ] && { ! command -v sudo >/dev/null 2>&1 || { [ ! -t 0 ] && ! sudo -n true 2>/dev/null; }; }; then
    fail "please install as root: apt-get install ${packages[*]} (this user has no sudo)"
  fi
  echo "setup: installing ${packages[*]} with apt-get$([ "$(id -u)" = 0 ] || echo ' and sudo'); no service is started"
  log=$(mktemp)
  local slapd_was_there=yes samba_was_there=yes prometheus_was_there=yes
  have slapd || slapd_was_there=no
  have smbd || samba_was_there=no
  have prometheus || prometheus_was_there=no
  forbid_starting
  if [ $slapd_was_there = no ]; then
    # Only the program is wanted; `dpkg-reconfigure slapd` makes a system server of it, should one ever be wanted.
    echo 'slapd slapd/no_configuration boolean true' | as_root debconf-set-selections >>"$log" 2>&1 || true
  fi
  # A list of packages that is missing or old is renewed when it turns out to be.
  if ! apt_install && ! { quietly_as_root apt-get update && apt_install; }; then
    tail -n 15 "$log" >&2
    fail "apt-get could not install ${packages[*]}; its words are above"
  fi
  if [ $slapd_was_there = no ] && have slapd; then disable_services slapd; fi
  if [ $samba_was_there = no ] && have smbd; then disable_services smbd nmbd samba-ad-dc winbind; fi
  if [ $prometheus_was_there = no ] && have prometheus; then disable_services prometheus; fi
  rm -f "$log"
}

# The virtual environment is made again when the requirements have changed.
make_venv() {
  local python wanted=tests/python/requirements.txt
  cmp -s "$wanted" "$venv/requirements.txt" && return 0
  python=$(find_python)
  [ -n "$python" ] || fail "please install Python 3.11 or newer with its venv module (on Debian: python3-venv)"
  echo "setup: making a Python environment with scim2-tester in $venv"
  rm -rf "$venv"
  "$python" -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted" ||
    fail "pip could not install what $wanted lists; its words are above"
  cp "$wanted" "$venv/requirements.txt"
}

# need_cargo_command NAME: builds cargo-NAME where it is missing.
need_cargo_command() {
  cargo "$1" --version >/dev/null 2>&1 && return
  echo "setup: building cargo-$1 with cargo install"
  cargo install --quiet --locked "cargo-$1" || fail "please install cargo-$1"
}

command -v cargo >/dev/null 2>&1 || fail "please install Rust 1.89 or newer: https://rustup.rs"
need cc gcc libc6-dev
case $goal in
  demo)
    case $directory in
      openldap) need slapd slapd ;;
      ad) have_samba || packages+=("${samba_packages[@]}") ;;
      389ds)
        need ns-slapd 389-ds-base
        need certutil libnss3-tools
        ;;
    esac
    need curl curl
    ;;
  test)
    need slapd slapd
    need ldapsearch ldap-utils
    need ns-slapd 389-ds-base
    need certutil libnss3-tools
    have_samba || packages+=("${samba_packages[@]}")
    need curl curl
    need jq jq
    need prometheus prometheus
    [ -n "$(find_python)" ] || packages+=(python3-venv)
    ;;
  bench)
    need slapd slapd
    need ldapsearch ldap-utils
    need wrk wrk
    need valgrind valgrind
    need taskset util-linux
    ;;
  lint)
    for component in fmt clippy; do
      cargo "$component" --version >/dev/null 2>&1 || fail "please install cargo-$component: rustup component add ${component/fmt/rustfmt}"
    done
    ;;
  fuzz | package) ;;
  *) fail "unknown goal $goal" ;;
esac
install_packages
case $goal in
  test) make_venv ;;
  fuzz) need_cargo_command fuzz ;;
  package) need_cargo_command deb ;;
esac
