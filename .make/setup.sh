#!/bin/bash
# Installs what is missing, and only that: setup.sh build|run|test
set -euo pipefail
cd "$(dirname "$0")/.."
say() { .make/say "$@"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# What Swift itself needs to run, compile and link on Debian, and the libraries that Pool uses.
build_packages=(binutils ca-certificates git libc6-dev libcurl4 libgcc-12-dev libsqlite3-0 libstdc++-12-dev libxml2
    libncurses-dev libssl-dev libnghttp2-dev make tzdata zlib1g-dev)
# The last two are the README's.
run_packages=(python3 python3-venv curl procps)
test_packages=(nginx-light haproxy apache2-bin openssl perl wrk nghttp2-client strace systemd valgrind zsh fish
    chromium-headless-shell)

missing() {
    local package
    for package in "$@"; do
        dpkg-query --show --showformat='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed && continue
        # Any nginx will do, and one that is already there must stay.
        [ "$package" = nginx-light ] && command -v nginx >/dev/null && continue
        printf '%s\n' "$package"
    done
}

install_packages() {
    local wanted
    mapfile -t wanted < <(missing "$@")
    [ ${#wanted[@]} -eq 0 ] && return
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "these Debian packages are missing: ${wanted[*]}; install them as root (apt-get install ${wanted[*]})"
        as_root=(sudo)
    fi
    say "installing Debian packages: ${wanted[*]}"
    local log
    log=$(mktemp)
    # A new machine has no package lists. policy-rc.d keeps Debian from starting nginx and HAProxy as services.
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c '
        policy=/usr/sbin/policy-rc.d
        if [ ! -e "$policy" ]; then
            trap "rm -f $policy" EXIT
            printf "#!/bin/sh\nexit 101\n" >"$policy" && chmod 755 "$policy"
        fi
        apt-get update && apt-get install --yes --no-install-recommends "$@"' sh "${wanted[@]}" >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        die "apt-get could not install: ${wanted[*]}"
    fi
    rm -f "$log"
}

# A virtual environment of the project's own, with the packages of a requirements file; a stamp says which are in.
install_python() {
    local requirements=$1 stamp
    stamp=.venv/.installed-$(md5sum "$requirements" | cut -c1-12)
    [ -e "$stamp" ] && return
    if [ ! -x .venv/bin/python ]; then
        say "creating a Python virtual environment in .venv"
        /usr/bin/python3 -m venv .venv || die "python3 -m venv failed; is python3-venv installed?"
    fi
    say "installing from PyPI: $(grep -v '^#' "$requirements" | tr '\n' ' ')"
    .venv/bin/pip install --quiet --disable-pip-version-check --requirement "$requirements" || die "pip could not install $requirements"
    touch "$stamp"
}

case ${1:-} in
build) ;;
run) ;;
test) ;;
*) die "usage: setup.sh build|run|test" ;;
esac

if [ -e /etc/debian_version ]; then
    install_packages "${build_packages[@]}"
    [ "$1" = build ] || install_packages "${run_packages[@]}"
    [ "$1" != test ] || install_packages "${test_packages[@]}"
else
    say "not Debian: expecting ncurses, python3-venv (and for tests nginx, haproxy, wrk) to be installed"
fi
command -v swift >/dev/null || die "swift is not in PATH; Pool needs Swift 6.3 (https://www.swift.org/install/linux/)"
[ "$1" = build ] || install_python profiles/app/requirements.txt
[ "$1" != test ] || install_python Tests/EndToEnd/requirements.txt
