"""`lamplit nodes` and `lamplit drain`, on a real Redis where they need one."""

import secrets
from pathlib import Path

import pytest

from rooms.ids import MemberId, RoomSlug
from server.backbone import make_backbone
from server.cli_nodes import ask_drain, list_nodes, print_nodes
from server.cli_store import UsageError
from server.clock import SystemClock
from server.config import ClusterConfig, Config
from server.ports import NodePhase, NodeState
from tests.integration.redis_server import running_redis

HOUR_MS = 3_600_000


def cluster(folder: Path, url: str) -> Config:
    key = folder / "cluster.key"
    if not key.exists():
        key.write_bytes(secrets.token_bytes(48))
        key.chmod(0o600)
    return Config(cluster=ClusterConfig(redis_url=url, key_file=str(key)))


def test_the_table_has_numbers_only() -> None:
    rooms = {RoomSlug("talk"): {MemberId(5): 1, MemberId(6): 1}, RoomSlug("quiet"): {}}
    one = NodeState(name="n1", epoch=1, rooms=rooms, version="1.2", started_ms=HOUR_MS)
    two = NodeState(name="n2", epoch=1, phase=NodePhase.DRAINING, public_url="https://n2.example")
    head, first, second = print_nodes([one, two], 3 * HOUR_MS + 60_000).splitlines()
    assert head.split() == ["NODE", "DOES", "MEMBERS", "ROOMS", "SINCE", "RELEASE", "ADDRESS"]
    assert first.split() == ["n1", "serving", "2", "1", "2", "h", "01", "min", "1.2", "-"]
    assert second.split() == ["n2", "draining", "0", "0", "3", "h", "01", "min", "-", "https://n2.example"]


async def test_a_server_alone_has_no_nodes() -> None:
    with pytest.raises(UsageError, match="stands alone"):
        await list_nodes(Config())


async def test_nodes_are_listed_and_asked(tmp_path: Path) -> None:
    async with running_redis() as redis:
        config = cluster(tmp_path, redis.url)
        assert await list_nodes(config) == "No node is there.\n"
        with pytest.raises(UsageError, match="there is no node n1; there are: none"):
            await ask_drain(config, "n1", 20)
        node = make_backbone(config, SystemClock(), name="n1")
        await node.open()
        state = NodeState(name="n1", epoch=await node.directory.claim("n1"))
        await node.directory.announce(state)
        assert (await list_nodes(config)).splitlines()[1].startswith("n1    serving")
        assert "no other node: they stay" in await ask_drain(config, "n1", 12.5)
        assert (await node.directory.announce(state)).drain_within_ms == 12_500
        await node.close()


async def test_a_redis_that_is_away_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Redis does not answer"):
        await list_nodes(cluster(tmp_path, "redis://127.0.0.1:1"))
