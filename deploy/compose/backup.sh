#!/bin/sh
# Write what lasts into one folder: sh backup.sh FOLDER. docs/DEPLOYING.md says how it comes back.
#
# It holds the database (rooms, groups, hosts' accounts, bans, audit) and the keys, so keep it as you would keep
# keys, for as short as you can: what was deleted here is still in there.
set -eu
umask 077
folder=${1:?name the folder to write to}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
cd "$(dirname "$0")"

stamp=$(date -u +%Y%m%dT%H%M%SZ)
part=$folder/.part-$stamp
trap 'rm -rf "$part"' EXIT
mkdir "$part"
docker compose exec --no-TTY postgres pg_dump --username postgres --format custom lamplit >"$part/lamplit.dump"
# A dump that cannot be read is no backup.
docker compose exec --no-TTY postgres pg_restore --list <"$part/lamplit.dump" >/dev/null
tar -cf "$part/settings.tar" .env lamplit.toml secrets sites
mv "$part" "$folder/lamplit-$stamp"
trap - EXIT
echo "backup: $folder/lamplit-$stamp"
