#!/bin/sh
# Bring the nodes to the image of now, one after the other, without anybody hearing it: sh upgrade.sh
#
# Each node is drained first: its members move to the other one, make before break. It ends at the first node that
# does not come back, with the other one still serving.
set -eu
cd "$(dirname "$0")"

docker compose build --pull node1
for node in node1 node2; do
    echo "upgrade: $node"
    if [ -n "$(docker compose ps --quiet --status running "$node")" ]; then
        docker compose exec --no-TTY "$node" lamplit drain "$node"
    fi
    docker compose up --detach --no-deps --wait --wait-timeout 120 "$node"
done
echo "upgrade: done"
