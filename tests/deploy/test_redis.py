"""deploy/redis: a real server starts with it, keeps what it must, and lets each account do what it is for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import msgspec
import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoPermissionError, OutOfMemoryError, RedisError

from server.config import ClusterConfig
from server.lifecycle import running_server
from tests.deploy.files import DEPLOY, program
from tests.integration.redis_server import free_port, missing_for_redis
from tests.server.nodes import node_config

CONF: Final = DEPLOY / "redis" / "redis.conf"
LOG: Final = "lamplit:{talk}:log"
FACTS: Final = "lamplit:{talk}:facts"
SCRIPT: Final = """
redis.call('TIME')
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], -5, -1)
redis.call('PEXPIRE', KEYS[1], 1000)
return redis.call('PUBLISH', ARGV[2], 'b')
"""
WITHIN_S: Final = 20.0


class Configured:
    """A server with the settings of deploy/, in a folder of the test's."""

    def __init__(self, folder: Path, secrets: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._secrets = secrets
        # An account for the test beside those that are tried.
        whole = (secrets / "redis.acl").read_text() + "user tests on nopass allkeys allchannels +@all\n"
        (folder / "accounts").write_text(whole)

    @asynccontextmanager
    async def running(self, *, is_killed: bool = False) -> AsyncIterator[None]:
        """Run it; at the end it is asked to stop, or killed."""
        (self.folder / "data").mkdir(exist_ok=True)
        process = await asyncio.create_subprocess_exec(
            *(program("redis-server"), str(CONF), "--port", str(self.port), "--bind", "127.0.0.1"),
            *("--dir", str(self.folder / "data"), "--aclfile", str(self.folder / "accounts")),
            stdout=asyncio.subprocess.DEVNULL,
        )
        try:
            async with self.client("tests", "x") as client, asyncio.timeout(WITHIN_S):
                while not await _answers(client):
                    assert process.returncode is None, "redis-server does not take the settings"
                    await asyncio.sleep(0.02)  # nothing tells when it is ready
            yield
        finally:
            if process.returncode is None:
                process.kill() if is_killed else process.terminate()
            await process.wait()

    def client(self, user: str, password: str = "") -> Redis:
        file = {"lamplit": "redis.password", "tidy": "redis_tidy.password"}.get(user)
        text = (self._secrets / file).read_text() if file else password
        return Redis(port=self.port, username=user, password=text, decode_responses=True)

    def bytes_on_disk(self) -> bytes:
        return b"".join(path.read_bytes() for path in (self.folder / "data").rglob("*") if path.is_file())


async def _answers(client: Redis) -> bool:
    try:
        return bool(await client.ping())
    except (OSError, RedisError):
        return False


@pytest.fixture
def redis(tmp_path: Path, secrets_folder: Path) -> Configured:
    lack = missing_for_redis()
    if lack:
        pytest.skip(f"needs {lack}: see tools/system_packages.sh")
    return Configured(tmp_path, secrets_folder)


async def test_it_keeps_its_log_and_pushes_nothing_out(redis: Configured) -> None:
    async with redis.running(), redis.client("tests", "x") as admin:
        settings = await admin.config_get("*")
        assert (settings["appendonly"], settings["save"]) == ("yes", "")
        assert settings["maxmemory-policy"] == "noeviction"
        async with redis.client("lamplit") as node:
            await node.set("lamplit:first", "kept")
            await admin.config_set("maxmemory", "1mb")
            with pytest.raises(OutOfMemoryError):
                await node.set("lamplit:second", "x" * 2_000_000)
            assert await node.get("lamplit:second") is None
            assert await node.get("lamplit:first") == "kept"


async def test_what_was_answered_is_there_after_a_kill(redis: Configured) -> None:
    async with redis.running(is_killed=True), redis.client("lamplit") as node:
        for number in range(100):
            await node.rpush(LOG, number)
    async with redis.running(), redis.client("lamplit") as node:
        assert await node.llen(LOG) == 100


async def test_a_node_may_do_what_a_node_does(redis: Configured) -> None:
    async with redis.running(), redis.client("lamplit") as node, node.pubsub() as heard:
        await heard.subscribe(FACTS)
        await heard.ssubscribe(FACTS)
        assert await node.eval(SCRIPT, 1, LOG, "a", FACTS) == 1
        assert await node.execute_command("SPUBLISH", FACTS, "b") == 1
        assert await node.pexpire(LOG, 60_000)
        assert await node.lrange(LOG, 0, -1) == ["a"]
        await node.hset("lamplit:{talk}:head", mapping={"seq": 1})
        await node.zadd("lamplit:{nodes}:alive", {"n1": 1})
        await node.set("lamplit:{nodes}:fence:n1", "1", px=3_000)
        assert await node.eval("return redis.call('TIME')", 0)
        assert (await node.info("server"))["redis_version"]
        assert await node.script_load("return 1")


@pytest.mark.parametrize(
    "words",
    [
        "SET other:key 1",
        "GET other:key",
        "PUBLISH other:channel x",
        "SUBSCRIBE other:channel",
        "FLUSHALL",
        "KEYS *",
        "CONFIG GET *",
        "CONFIG SET maxmemory 1",
        "ACL LIST",
        "SHUTDOWN",
        "BGREWRITEAOF",
        "REPLICAOF 127.0.0.1 1",
        "MONITOR",
        "CLIENT KILL TYPE normal",
    ],
)
async def test_a_node_may_do_nothing_else(redis: Configured, words: str) -> None:
    async with redis.running(), redis.client("lamplit") as node:
        with pytest.raises(NoPermissionError):
            await node.execute_command(*words.split())


async def test_whoever_tidies_sees_nothing(redis: Configured) -> None:
    async with redis.running(), redis.client("tidy") as tidy:
        assert await tidy.ping()
        for words in ("GET lamplit:x", "INFO", "XLEN lamplit:x", "CONFIG GET *"):
            with pytest.raises(NoPermissionError):
                await tidy.execute_command(*words.split())


async def test_without_a_password_nobody_comes_in(redis: Configured) -> None:
    async with redis.running():
        for user, password in (("default", ""), ("default", "x"), ("lamplit2", "x")):
            once = Retry(NoBackoff(), 0)
            async with Redis(port=redis.port, username=user, password=password, retry=once) as stranger:
                with pytest.raises(RedisError):
                    await stranger.ping()


async def test_tidying_takes_what_was_withdrawn_off_the_disk(redis: Configured) -> None:
    async with redis.running(), redis.client("lamplit") as node, redis.client("tidy") as tidy:
        await node.rpush(LOG, "withdrawn-words", "other-words")
        await node.lset(LOG, 0, "")
        assert b"withdrawn-words" in redis.bytes_on_disk()
        await tidy.bgrewriteaof()
        async with asyncio.timeout(WITHIN_S):
            while b"withdrawn-words" in redis.bytes_on_disk():  # noqa: ASYNC110 -- nothing tells of its end
                await asyncio.sleep(0.05)
        assert b"other-words" in redis.bytes_on_disk()


def test_the_file_for_a_machine_without_containers_takes_the_settings_in() -> None:
    lines = (DEPLOY / "redis" / "host.conf").read_text().splitlines()
    assert "include /etc/redis/lamplit.conf" in lines
    assert "bind 127.0.0.1 -::1" in lines
    assert "aclfile /etc/redis/lamplit.acl" in lines


async def test_a_node_may_do_all_it_asks(redis: Configured, tmp_path: Path, secrets_folder: Path) -> None:
    (tmp_path / "node").mkdir()
    config = msgspec.structs.replace(
        node_config(tmp_path / "node"),
        cluster=ClusterConfig(
            redis_url=f"redis://127.0.0.1:{redis.port}",
            redis_user="lamplit",
            redis_password_file=str(secrets_folder / "redis.password"),
            key_file=str(secrets_folder / "cluster.key"),
            node_name="n1",
        ),
    )
    async with redis.running(), running_server(config) as server:
        async with aiohttp.ClientSession(server.url) as http, http.get("/readyz") as answer:
            assert answer.status == 200, await answer.text()
        async with redis.client("tests", "x") as admin:
            refused = await admin.execute_command("ACL LOG")
            assert refused == []  # whatever a node asks, it may
            assert all(key.startswith("lamplit:") for key in await admin.keys("*"))
