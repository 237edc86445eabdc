from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from rooms.ids import MemberId, RoomSlug
from server.backbone import make_backbone
from server.cli_store import UsageError
from server.cli_top import show_top
from server.clock import SystemClock
from server.config import ClusterConfig, Config
from server.ports import NodeLoad, NodeState
from tests.integration.redis_server import free_port, running_redis

ALONE = Config()


class Metrics:
    """A server whose /metrics says more packets each time."""

    def __init__(self) -> None:
        self.asked = 0
        self.status = 200
        self.text = "lamplit_members 3.0\nlamplit_media_packets_out_total {packets}\n"

    async def answer(self, _request: web.Request) -> web.Response:
        self.asked += 1
        return web.Response(text=self.text.format(packets=self.asked * 1_000), status=self.status)


@pytest_asyncio.fixture(loop_scope="session")
async def served() -> AsyncIterator[tuple[str, Metrics]]:
    metrics = Metrics()
    app = web.Application()
    app.router.add_get("/metrics", metrics.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port := free_port())
    await site.start()
    yield f"http://127.0.0.1:{port}", metrics
    await runner.cleanup()


async def test_a_node_alone_is_looked_at_twice(
    served: tuple[str, Metrics], capsys: pytest.CaptureFixture[str]
) -> None:
    url, metrics = served
    await show_top(ALONE, url, 0.05, once=True)
    head, line = capsys.readouterr().out.splitlines()
    assert metrics.asked == 2
    assert head.split()[:4] == ["NODE", "DOES", "ROOMS", "MEMBERS"]
    assert line.split()[:5] == ["this", "node", "serving", "0", "3"]
    out_per_s = int(line.split()[7])
    assert 0 < out_per_s <= 1_000 / 0.05


async def test_who_may_not_read_metrics_is_told_what_to_set(served: tuple[str, Metrics]) -> None:
    url, metrics = served
    metrics.status = 404
    with pytest.raises(UsageError, match=r"metrics\.allow"):
        await show_top(ALONE, url, 0.05, once=True)


async def test_what_is_no_lamplit_server_is_said(served: tuple[str, Metrics]) -> None:
    url, metrics = served
    metrics.text = "up 1.0\n"
    with pytest.raises(UsageError, match="--url"):
        await show_top(ALONE, url, 0.05, once=True)
    with pytest.raises(UsageError, match="--url"):
        await show_top(ALONE, f"http://127.0.0.1:{free_port()}", 0.05, once=True)


async def test_a_cluster_is_read_from_its_directory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "cluster.key"
    key.write_bytes(bytes(range(32)))
    key.chmod(0o600)
    async with running_redis() as redis:
        cluster = ClusterConfig(redis_url=redis.url, key_file=str(key), node_name="n-here")
        config = Config(cluster=cluster)
        node = make_backbone(config, SystemClock())
        await node.open()
        epoch = await node.directory.claim("n-here")
        rooms = {RoomSlug("talk"): {MemberId(1): 0, MemberId(2): 0}}
        load = NodeLoad(packets_out_per_s=450, lag_ms=7.0)
        await node.directory.announce(NodeState(name="n-here", epoch=epoch, rooms=rooms, load=load))
        await show_top(config, "", 0.05, once=True)
        await node.close()
        await redis.kill()
        with pytest.raises(UsageError, match="Redis does not answer"):
            await show_top(config, "", 0.05, once=True)
    found = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in found if line[0] == "n-here"] == [
        [*("n-here", "serving", "1", "2", "-", "0", "450", "0.0%", "0", "ms", "7", "ms")]
    ]
