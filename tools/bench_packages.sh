#!/bin/sh
# Install the Debian packages that benchmarks compare with: media servers of others, a compiler, OpenSSL's headers.
# Nothing here is needed to run a server or its tests. What cannot be installed is left out of the page,
# which says so. None of these servers is started by the installation.
set -u

PATH=$PATH:/usr/sbin:/sbin

# One a line: the file that is looked for, and the package that brings it.
wanted='/usr/bin/janus janus
/usr/bin/rtpengine rtpengine-daemon
/usr/sbin/murmurd mumble-server
/usr/bin/cc gcc
/usr/include/openssl/evp.h libssl-dev
/usr/bin/node nodejs
/usr/bin/npm npm'

missing=$(echo "$wanted" | while read -r file package; do
    command -v "$file" >/dev/null 2>&1 || [ -e "$file" ] || command -v "${file##*/}" >/dev/null 2>&1 || printf '%s ' "$package"
done)
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    authority=none
elif [ "$(id -u)" -eq 0 ]; then
    authority=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    authority='sudo -n'
else
    authority=none
fi
if [ "$authority" = none ]; then
    echo "bench: not installed: ${missing}- the page will be without them." >&2
    exit 0
fi

# Debian starts a service when its package comes, unless this file says no (exit 101).
policy=/usr/sbin/policy-rc.d
made=
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $authority tee "$policy" >/dev/null && $authority chmod +x "$policy" && made=yes
fi
apt() {
    # shellcheck disable=SC2086 # an empty authority is no word at all
    $authority env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" </dev/null
}

echo "bench: installing $missing"
log=$(mktemp)
is_fresh=
for package in $missing; do # one by one: one that is not to be had costs the page only itself
    apt install -y --no-install-recommends "$package" >"$log" 2>&1 && continue
    [ -n "$is_fresh" ] || apt update >>"$log" 2>&1
    is_fresh=yes
    apt install -y --no-install-recommends "$package" >>"$log" 2>&1 ||
        { echo "bench: $package cannot be installed:" >&2; tail -n 3 "$log" >&2; }
done
rm -f "$log"
# shellcheck disable=SC2086
[ -z "$made" ] || $authority rm -f "$policy"
exit 0
