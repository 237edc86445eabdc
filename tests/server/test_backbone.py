import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest
from msgspec.structs import replace

from rooms.ids import RoomSlug
from server.backbone import MemoryBackbone, make_backbone
from server.bus.keys import room_key
from server.clock import SystemClock
from server.config import ClusterConfig, Config
from server.config_sources import ConfigError
from server.lifecycle import StartError, running_server
from tests.integration.redis_server import free_port, running_redis
from tests.server.bus.clustered import eventually
from tests.server.nodes import node_config

ROOT = Path(__file__).resolve().parents[2]


def clustered(folder: Path, url: str, name: str = "") -> Config:
    key = folder / "cluster.key"
    key.write_bytes(bytes(range(48)))
    key.chmod(0o600)
    cluster = ClusterConfig(redis_url=url, key_file=str(key), node_name=name)
    return replace(node_config(folder), cluster=cluster)


async def test_a_node_alone_stands_on_its_own_memory(tmp_path: Path) -> None:
    backbone = make_backbone(node_config(tmp_path), SystemClock())
    assert isinstance(backbone, MemoryBackbone)
    await backbone.open()
    assert backbone.troubles == ()


def test_a_node_alone_loads_nothing_of_redis() -> None:
    # python-socketio looks for the library by itself; nothing of ours that uses it may be there
    seen = "import sys, server.app, server.lifecycle, server.cli; sys.exit('server.bus.link' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", seen], cwd=ROOT, check=False).returncode == 0  # noqa: S603


def test_without_the_key_there_is_no_cluster(tmp_path: Path) -> None:
    cluster = ClusterConfig(redis_url="redis://a", key_file=str(tmp_path / "nothing"))
    with pytest.raises(ConfigError, match="key_file"):
        make_backbone(Config(cluster=cluster), SystemClock())


async def test_without_redis_a_node_does_not_start_and_says_why(tmp_path: Path) -> None:
    config = clustered(tmp_path, f"redis://127.0.0.1:{free_port()}")
    with pytest.raises(StartError, match=r"cluster\.redis_url"):
        async with running_server(config):
            pass


async def test_without_redis_the_page_is_served_and_nobody_new_comes_in(tmp_path: Path) -> None:
    async with (
        running_redis() as redis,
        running_server(clustered(tmp_path, redis.url, "n-1")) as server,
        aiohttp.ClientSession(server.url) as browser,
    ):

        async def ready() -> tuple[int, list[str]]:
            async with browser.get("/readyz") as answer:
                return answer.status, (await answer.json())["reasons"]

        async def is_away() -> bool:
            return await ready() == (200, ["redis"])

        async def is_there() -> bool:
            return await ready() == (200, [])

        assert await is_there()
        await redis.kill()
        await eventually(is_away)
        for path in ("/healthz", "/", "/m/talk", "/help", "/api/rooms"):
            async with browser.get(path) as answer:
                assert answer.status == 200, path
        assert await handshake(browser, server.url) == 503
        await redis.start()
        await eventually(is_there)
        assert await handshake(browser, server.url) == 101


async def handshake(browser: aiohttp.ClientSession, url: str) -> int:
    """Ask for a WebSocket as the page does; return the status."""
    try:
        async with browser.ws_connect("/socket.io/?EIO=4&transport=websocket", origin=url.rstrip("/")):
            return 101
    except aiohttp.WSServerHandshakeError as error:
        return error.status


async def test_where_nodes_with_another_key_have_been_it_is_said_what_to_do(tmp_path: Path) -> None:
    async with running_redis() as redis:
        config = clustered(tmp_path, redis.url)
        async with running_server(config):
            pass
        (tmp_path / "cluster.key").write_bytes(bytes(range(1, 49)))
        with pytest.raises(StartError, match=r"another cluster\.key_file"):
            async with running_server(config):
                pass
        assert b"damaged" not in await redis.command("KEYS", "*")
        await redis.command("FLUSHALL")
        async with running_server(config):
            pass


async def test_a_room_whose_log_is_damaged_whole_stops_no_node(tmp_path: Path) -> None:
    async with running_redis() as redis:
        config = clustered(tmp_path, redis.url)
        config = replace(config, rooms=(*config.rooms, replace(config.rooms[0], slug=RoomSlug("other"))))
        async with running_server(config):
            pass
        for room in (config.rooms[0].slug, "other"):
            key = room_key(RoomSlug(room), "log")
            await redis.command("DEL", key)
            await redis.command("RPUSH", key, "forged")
            async with (
                running_server(config) as server,
                aiohttp.ClientSession(server.url) as browser,
                browser.get("/api/rooms") as answer,
            ):
                assert room in await answer.text()
            assert b"damaged-log" in await redis.command("KEYS", f"*{room}*")
