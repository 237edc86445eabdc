#!/bin/sh
# Install the Debian packages that tests use: real browsers, a sound server, network namespaces,
# a database server and a Redis server (the tests start some of their own).
# Nothing here is needed to run a server. Where they cannot be installed, this says so in one line
# and the tests that need them are skipped; with CI set, that is a failure.
#
#   system_packages.sh                 all of them
#   system_packages.sh redis-server    these only; without them whoever asked cannot go on, so it is a failure
set -u

PATH=$PATH:/usr/sbin:/sbin

# One a line: the program that is looked for, and the package that brings it.
wanted='chromium chromium
firefox-esr firefox-esr
pulseaudio pulseaudio
ip iproute2
iptables iptables
sox sox
pg_ctlcluster postgresql
redis-server redis-server'

# Tried, and done without where it is not to be had: Chromium's engine without windows costs a third less.
better=chromium-headless-shell

asked=$*
[ $# -eq 0 ] || better=

list_missing() {
    echo "$wanted" | while read -r program package; do
        case " ${asked:-$package} " in *" $package "*) ;; *) continue ;; esac
        command -v "$program" >/dev/null 2>&1 || printf '%s ' "$package"
    done
}

# What runs apt-get with the right to install: empty for root, sudo where it asks no password.
find_authority() {
    command -v apt-get >/dev/null 2>&1 || return 1
    [ "$(id -u)" -eq 0 ] && return 0
    command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null && echo 'sudo -n'
}

apt() {
    # shellcheck disable=SC2086 # an empty authority is no word at all
    $authority env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" </dev/null
}

install() {
    # Lists may be missing or too old to fetch from: then they are brought up to date, once.
    apt install -y --no-install-recommends "$@" >"$log" 2>&1 && return
    apt update >>"$log" 2>&1
    apt install -y --no-install-recommends "$@" >>"$log" 2>&1
}

missing=$(list_missing)
[ -n "$better" ] && command -v "$better" >/dev/null 2>&1 && better=
[ -n "$missing$better" ] || exit 0

if authority=$(find_authority); then
    echo "packages: installing $missing$better"
    log=$(mktemp)
    # shellcheck disable=SC2086 # a list of words
    [ -z "$missing" ] || install $missing || tail -n 15 "$log" >&2
    [ -z "$better" ] || install "$better" || echo "packages: going on without $better"
    rm -f "$log"
    missing=$(list_missing)
fi
[ -n "$missing" ] || exit 0

if [ -n "$asked" ]; then
    echo "packages: not installed: ${missing}- needed for this, and it cannot be installed from here." \
        "Install it yourself: sudo apt-get install $missing" >&2
    exit 1
fi
echo "packages: not installed: ${missing}- tests that need them will be skipped." \
    "To have them: apt-get install $missing" >&2
[ -z "${CI:-}" ]
