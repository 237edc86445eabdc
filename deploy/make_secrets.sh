#!/bin/sh
# Make the keys and passwords of an installation: sh make_secrets.sh FOLDER
#
# Each is random, made here, and written to a file of its own that only its program may read. What is there stays
# as it is, so this may run again. As root it hands the files to the accounts that read them: those of the containers,
# or NODE_ACCOUNT and BASE_ACCOUNT.
set -eu

folder=${1:-secrets}
node_account=${NODE_ACCOUNT:-10001:10001}  # the user of deploy/Dockerfile
base_account=${BASE_ACCOUNT:-999:999}      # what the images of Redis and PostgreSQL run as

umask 077
mkdir -p "$folder"
cd "$folder"

random_hex() {
    od -An -N 32 -tx1 /dev/urandom | tr -d ' \n'
}

# Write standard input to a file, whole or not at all; leave one that is there.
keep() {
    if [ -s "$1" ]; then
        cat >/dev/null
    else
        cat >"$1.part"
        mv "$1.part" "$1"
        echo "made $folder/$1"
    fi
}

sha256_of() {
    printf %s "$(cat "$1")" | sha256sum | cut -d ' ' -f 1
}

head -c 48 /dev/urandom | keep cluster.key
for name in redis redis_tidy postgres postgres_admin grafana; do
    random_hex | keep "$name.password"
done

# These follow from the passwords.
keep redis.acl <<EOF
user default off resetpass resetkeys resetchannels -@all
user lamplit on #$(sha256_of redis.password) resetkeys ~lamplit:* resetchannels &lamplit:* -@all +@read +@write +@pubsub +@scripting +@transaction +@connection -@dangerous +info +time +role +wait +cluster|slots +cluster|shards +cluster|nodes +cluster|keyslot
user tidy on #$(sha256_of redis_tidy.password) resetkeys resetchannels -@all +ping +bgrewriteaof
EOF
keep pgpass <<EOF
*:*:lamplit:lamplit:$(cat postgres.password)
EOF

if [ "$(id -u)" -eq 0 ]; then
    chmod 0711 .
    chown "$node_account" cluster.key redis.password pgpass
    chown 472:0 grafana.password  # the image of Grafana
    chown "$base_account" redis.acl redis_tidy.password postgres.password postgres_admin.password
else
    echo "not root: give the files to the accounts that read them, or run this again with sudo" >&2
fi
