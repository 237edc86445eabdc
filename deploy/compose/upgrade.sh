#!/bin/sh
# Bring the nodes to the image of now, one after the other, without anybody hearing it: sh upgrade.sh
#
# A node that is told to stop drains: its members move to the other one, make before break. This ends at the first
# node that does not come back, with the other one still serving.
set -eu
cd "$(dirname "$0")"

docker compose build --pull node1
for node in node1 node2; do
    echo "upgrade: $node"
    docker compose up --detach --no-deps --wait --wait-timeout 120 "$node"
done
echo "upgrade: done"
