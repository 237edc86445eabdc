import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Connection

from server.bus.link import RedisLink, RedisTarget, Script, leave_once, read_target
from server.config import ClusterConfig
from server.config_sources import ConfigError
from server.ports import LogUnavailableError
from tests.integration.redis_server import RedisServer, free_port, running_redis
from tests.server.bus.clustered import cluster_config, eventually

COUNT = Script("return redis.call('INCR', KEYS[1])")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("redis://a", RedisTarget("single", (("a", 6379),))),
        ("rediss://a:7000/3", RedisTarget("single", (("a", 7000),), db=3, is_tls=True)),
        ("redis://[::1]:7000", RedisTarget("single", (("::1", 7000),))),
        ("unix:///run/redis.sock", RedisTarget("single", path="/run/redis.sock")),
        ("redis+sentinel://a:1,b/it", RedisTarget("sentinel", (("a", 1), ("b", 26379)), service="it")),
        ("rediss+cluster://a:1,b:2", RedisTarget("cluster", (("a", 1), ("b", 2)), is_tls=True)),
    ],
)
def test_what_an_address_means(url: str, target: RedisTarget) -> None:
    assert read_target(url) == target


async def opened(url: str, **settings: object) -> RedisLink:
    link = RedisLink(cluster_config(url, **settings))
    assert await link.look()
    return link


async def test_commands_and_scripts(redis: RedisServer) -> None:
    link = await opened(redis.url)
    assert await link.command("SET", "a", b"\x00") is True
    assert await link.command("GET", "a") == b"\x00"
    assert await link.script(COUNT, ["n"], []) == 1
    await redis.command("SCRIPT", "FLUSH")
    assert await link.script(COUNT, ["n"], []) == 2
    await link.close()


async def test_a_refusal_is_no_outage(redis: RedisServer) -> None:
    link = await opened(redis.url)
    await redis.command("SET", "n", "no number")
    with pytest.raises(LogUnavailableError):
        await link.script(COUNT, ["n"], [])
    with pytest.raises(LogUnavailableError):
        await link.command("LPUSH", "n", "x")
    assert link.is_up
    await link.close()


async def test_a_frozen_server_costs_a_second_once_and_a_command_runs_once() -> None:
    loop = asyncio.get_running_loop()
    async with running_redis() as redis:
        link = await opened(redis.url)
        changes: list[bool] = []
        link.on_change(changes.append)
        assert await link.script(COUNT, ["n"], []) == 1
        redis.freeze()
        began = loop.time()
        with pytest.raises(LogUnavailableError):
            await link.script(COUNT, ["n"], [])
        assert 0.9 < loop.time() - began < 3
        began = loop.time()
        for _ in range(100):
            with pytest.raises(LogUnavailableError):
                await link.script(COUNT, ["n"], [])
        assert loop.time() - began < 0.5
        redis.resume()
        await eventually(link.look)
        assert await link.command("GET", "n") == b"2"
        assert changes == [False, True]
        await link.close()


async def test_whoever_gives_up_waiting_leaves_no_answer_behind(redis: RedisServer) -> None:
    link = await opened(redis.url)
    for number in range(20):
        await link.command("SET", f"k{number}", number)

    async def ask(number: int) -> None:
        assert await link.command("GET", f"k{number % 20}") == str(number % 20).encode()

    for number in range(300):
        asked = asyncio.ensure_future(ask(number))  # noqa: TID251 - the test owns it
        await asyncio.sleep(0)
        if number % 3:
            asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        if not asked.cancelled():
            asked.result()
    await link.close()


async def test_a_server_that_is_not_there() -> None:
    link = RedisLink(cluster_config(f"redis://127.0.0.1:{free_port()}"))
    assert not await link.look()
    with pytest.raises(LogUnavailableError):
        await link.command("PING")
    with pytest.raises(LogUnavailableError):
        await link.dial()
    await link.close()


async def test_a_user_with_a_password_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("s3cret\n")
    user = ["lamplit", "on", ">s3cret", "~lamplit:*", "&lamplit:*", "+@all"]
    async with running_redis("--user", *user, "--requirepass", "x") as redis:
        link = await opened(redis.url, redis_user="lamplit", redis_password_file=str(file))
        assert await link.command("SET", "lamplit:a", 1) is True
        with pytest.raises(LogUnavailableError):
            await link.command("SET", "other", 1)
        await link.close()
        stranger = RedisLink(cluster_config(redis.url))
        assert not await stranger.look()
        await stranger.close()


async def test_a_socket_file(tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    async with running_redis("--unixsocket", str(path)):
        link = await opened(f"unix://{path}")
        assert await link.command("SET", "a", 1) is True
        connection = await link.dial()
        await connection.disconnect()
        await link.close()


async def test_a_cluster(tmp_path: Path) -> None:
    del tmp_path
    async with running_redis(is_cluster=True) as redis:
        link = await opened(f"redis+cluster://127.0.0.1:{redis.port}")
        assert link.is_cluster
        assert await link.script(COUNT, ["lamplit:{talk}:n"], []) == 1
        assert await link.place_of("lamplit:{talk}:facts") == ("127.0.0.1", redis.port)
        await link.close()


def test_a_password_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"redis_password_file: .*none cannot be read: No such file"):
        RedisLink(
            ClusterConfig(redis_url="redis://a", key_file="k", redis_password_file=str(tmp_path / "none"))
        )


async def test_a_master_that_is_none_any_more_is_left_though_it_answers() -> None:
    async with running_redis() as first, running_redis() as second:
        link = RedisLink(ClusterConfig(redis_url="redis+sentinel://127.0.0.1:1/it", key_file="key"))
        named = [first]

        async def discover(_: str) -> tuple[str, int]:
            return "127.0.0.1", named[-1].port

        assert link._watchers is not None
        link._watchers.discover_master = discover  # type: ignore[method-assign]
        assert await link.look()
        moved = link.moved
        await link.command("SET", "lamplit:where", "first")
        assert await link.look()
        assert not moved.is_set()
        leaving = asyncio.gather(leave_once(moved), return_exceptions=True)
        named.append(second)  # the first one lives on
        assert await link.look()
        assert [type(error) for error in await leaving] == [ConnectionError]
        assert not link.moved.is_set()
        await link.command("SET", "lamplit:where", "second")
        assert b"first" in await first.command("GET", "lamplit:where")
        assert b"second" in await second.command("GET", "lamplit:where")
        await link.close()


async def test_whoever_gives_up_just_as_it_connects_leaves_no_connection_behind(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await opened(redis.url)
    made: list[Connection] = []
    connect = Connection.connect

    async def connect_and_cancel(connection: Connection) -> None:
        await connect(connection)  # type: ignore[no-untyped-call]
        made.append(connection)
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    monkeypatch.setattr(Connection, "connect", connect_and_cancel)
    dialled = asyncio.ensure_future(link.dial())  # noqa: TID251 - the test owns it
    with pytest.raises(asyncio.CancelledError):
        await dialled
    assert [connection.is_connected for connection in made] == [False]
    await link.close()
