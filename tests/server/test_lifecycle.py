import asyncio
import gc
import os
import signal
import socket
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import aiohttp
import msgspec
import pytest

from rooms.commands import JoinRoom, LeaveRoom, SetLock
from rooms.ids import MemberId, RoomSlug
from rooms.model import Phase
from rooms.refusals import Refusal
from rooms.roles import Role
from server import store_watch
from server.group_ports import SeriesKind, StoredSeries
from server.http.listening import ACCEPTS_AT_ONCE
from server.http.security_headers import SECURITY_HEADERS
from server.lifecycle import RunningServer, StartError, running_server, serve
from server.media.udp_port import UdpPort
from server.ports import StoredRoom
from server.schedule.setting import SeriesConfig
from server.store.sql_store import open_store
from tests.server.nodes import node_config

PROTOCOL = "/socket.io/?EIO=4&transport=websocket"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with running_server(node_config(tmp_path)) as running:
        yield running


async def say(server: RunningServer, request: bytes, within_s: float = 2.0) -> bytes:
    """Send raw bytes and return everything that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(request)
        async with asyncio.timeout(within_s):
            return await reader.read()
    finally:
        await hang_up(writer)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):  # the server may have hung up first
        await writer.wait_closed()


async def test_it_serves_pages_rooms_and_health_with_all_headers(server: RunningServer) -> None:
    async with aiohttp.ClientSession(server.url) as http:
        for path in ("/", "/m/talk", "/api/rooms", "/healthz", "/readyz", "/metrics", "/exit", "/robots.txt"):
            async with http.get(path) as answer:
                assert answer.status == 200, path
                assert SECURITY_HEADERS.items() <= dict(answer.headers).items()
        async with http.get("/api/rooms") as answer:
            assert [room["slug"] for room in (await answer.json())["rooms"]] == ["talk"]
    assert server.udp_port > 0


async def test_only_our_own_origin_opens_a_socket(server: RunningServer) -> None:
    async with aiohttp.ClientSession(server.url) as http:
        for origin in (None, "null", "https://evil.example", f"http://localhost.evil.example:{server.port}"):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await http.ws_connect(PROTOCOL, headers={"Origin": origin} if origin else {})
            assert refused.value.status == 403
        forged = {
            "Origin": "https://evil.example",
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-For": "127.0.0.1",
        }
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(PROTOCOL, headers=forged)
        async with http.ws_connect(PROTOCOL, headers={"Origin": f"http://localhost:{server.port}"}) as ws:
            assert (await ws.receive_str()).startswith("0{")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /" + b"a" * 65_536 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 65_536 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(200)) + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 6\r\n\r\nhello",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)  # fmt: skip
async def test_broken_requests_get_one_400_and_the_door(server: RunningServer, request_bytes: bytes) -> None:
    answer = await say(server, request_bytes)
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 ", b"HTTP/0.9 400 "))
    assert answer.count(b"HTTP/") == 1


async def test_a_stalled_body_is_not_waited_for(server: RunningServer) -> None:
    started = time.monotonic()
    answer = await say(
        server, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n" + b"x" * 50, within_s=4
    )
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert time.monotonic() - started < 3


@pytest.mark.slow
async def test_slow_headers_are_cut_after_ten_seconds(server: RunningServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    started = time.monotonic()
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")

    async def drip() -> None:
        while True:
            await asyncio.sleep(2)
            writer.write(b"x")

    async with asyncio.TaskGroup() as group:
        dripping = group.create_task(drip())
        async with asyncio.timeout(15):
            assert await reader.read() == b""
        dripping.cancel()
    await hang_up(writer)
    assert 8 < time.monotonic() - started < 12


async def test_a_storm_is_accepted_a_few_at_a_time(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn, accepted = 0, Counter[int]()
    accept = socket.socket.accept

    def spy(sock: socket.socket) -> tuple[socket.socket, object]:
        found = accept(sock)
        accepted[turn] += 1
        return found

    monkeypatch.setattr(socket.socket, "accept", spy)
    callers = [socket.create_connection(("127.0.0.1", server.port), timeout=0.5) for _ in range(100)]
    async with asyncio.timeout(5):
        while accepted.total() < len(callers):
            turn += 1
            await asyncio.sleep(0)
    assert max(accepted.values()) <= ACCEPTS_AT_ONCE
    for caller in callers:
        caller.close()
    async with asyncio.timeout(5), aiohttp.ClientSession(server.url) as http:
        assert (await http.get("/healthz")).status == 200


async def test_rooms_made_and_closed_by_command_are_so_while_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_watch, "LOOK_S", 0.05)
    config = node_config(tmp_path)
    night = RoomSlug("night")

    async def until(is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not is_so():  # noqa: ASYNC110 - another process would do it; nothing tells when
                await asyncio.sleep(0.05)

    async with running_server(config) as server, open_store("", config.server.data_path) as store:
        rooms = server.node.rooms

        def title() -> str | None:
            room = rooms.open_room(night)
            return room.title if room else None

        await store.add_room(StoredRoom(night, "Night", ""), 1)
        await until(lambda: title() == "Night")
        joined = await rooms.carry_out(night, JoinRoom(member_id=MemberId(5), name="Maya"))
        assert not isinstance(joined, Refusal)
        await store.close_room(night, 2)
        await until(lambda: rooms.slugs() == ("talk",))
        async with aiohttp.ClientSession(server.url) as http, http.get("/api/rooms") as answer:
            assert [room["slug"] for room in (await answer.json())["rooms"]] == ["talk"]
        assert title() == "Night"
        await rooms.carry_out(night, LeaveRoom(by=MemberId(5)))
        await until(lambda: title() is None)
        await store.add_room(StoredRoom(night, "Later", ""), 3)
        await until(lambda: title() == "Later")
        await store.rename_room(night, "Late")
        await until(lambda: title() == "Late")


EVENING = SeriesConfig(every="MO,TU,WE,TH,FR,SA,SU", at="00:00", minutes=1_440, zone="UTC").planned("a@b")
SERIES = StoredSeries(
    series_id="s1",
    room_slug=RoomSlug("talk"),
    kind=SeriesKind.MEETING,
    ical=EVENING.series.ical,
    doors_ms=0,
    fellowship_ms=0,
    account_id="",
    created_ms=1,
)


async def test_a_series_made_by_command_counts_while_it_runs_and_after_a_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_watch, "LOOK_S", 0.05)
    config = node_config(tmp_path)

    async def until_continuous(http: aiohttp.ClientSession, expected: bool) -> None:  # noqa: FBT001 - as it reads
        async with asyncio.timeout(5):
            while True:
                async with http.get("/api/rooms") as answer:
                    (room,) = (await answer.json())["rooms"]
                if room["is_continuous"] is expected:
                    return
                await asyncio.sleep(0.02)

    async with (
        running_server(config) as server,
        open_store("", config.server.data_path) as store,
        aiohttp.ClientSession(server.url) as http,
    ):
        await until_continuous(http, expected=True)
        await store.series.add(SERIES)
        await until_continuous(http, expected=False)
        async with http.get("/api/schedule?days=2") as answer:
            meetings = (await answer.json())["meetings"]
        assert [meeting["slug"] for meeting in meetings] == ["talk", "talk", "talk"]
        talk = server.node.rooms.open_room(RoomSlug("talk"))
        assert talk is not None
        assert talk.starts_ms == 0  # the sitting that was on goes on
    async with running_server(config) as server:
        talk = server.node.rooms.open_room(RoomSlug("talk"))
        assert talk is not None
        assert (talk.phase, talk.starts_ms) == (Phase.ON, meetings[0]["starts_ms"])


async def test_a_series_that_cannot_be_read_is_told_at_the_start_and_logged_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(store_watch, "LOOK_S", 0.05)
    config = node_config(tmp_path)
    async with running_server(config) as server, open_store("", config.server.data_path) as store:
        await store.series.add(SERIES._replace(ical="nothing"))
        said = ""
        async with asyncio.timeout(5):
            while "series_not_read" not in said:
                await asyncio.sleep(0.02)
                said += "".join(capsys.readouterr())
        assert server.node.timetable.series_of(RoomSlug("talk")) == ()
    with pytest.raises(StartError, match="series s1 of talk: a series must be one VEVENT"):
        async with running_server(config):
            pass


async def test_a_stop_says_goodbye_and_frees_the_ports(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:
        async with running_server(node_config(tmp_path)) as server:
            ws = await http.ws_connect(server.url + PROTOCOL[1:], origin=server.url.rstrip("/"))
            assert (await ws.receive_str()).startswith("0{")
            await ws.send_str('40{"protocol":1}')
            assert (await ws.receive_str()).startswith("40")
            goodbye = group.create_task(_texts(ws))
            idle_reader, idle_writer = await asyncio.open_connection("127.0.0.1", server.port)
            udp_port = server.udp_port
            started = time.monotonic()
        assert time.monotonic() - started < 5
        assert any('"ended"' in text and '"restarting"' in text for text in await goodbye)
        assert server.node.readiness.reasons == ("stopping",)
        assert await idle_reader.read() == b""
        await hang_up(idle_writer)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", server.port)
        UdpPort("127.0.0.1", "", udp_port).close()


async def _texts(ws: aiohttp.ClientWebSocketResponse) -> list[str]:
    """Return every text until the other side closes."""
    return [message.data async for message in ws if message.type is aiohttp.WSMsgType.TEXT]


async def test_what_fails_inside_comes_out_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="inside"):
        async with running_server(node_config(tmp_path)):
            raise LookupError("inside")


async def test_ports_that_are_taken_are_told(server: RunningServer, tmp_path: Path) -> None:
    config = node_config(tmp_path, port=server.port)
    with pytest.raises(StartError, match=rf"Port {server.port} at 127.0.0.1 is in use"):
        async with running_server(config):
            pass
    config = msgspec.structs.replace(
        node_config(tmp_path), media=msgspec.structs.replace(config.media, udp_port=server.udp_port)
    )
    with pytest.raises(StartError, match=rf"^UDP: Port {server.udp_port} .*--udp-port"):
        async with running_server(config):
            pass


async def test_a_data_directory_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StartError, match=r"data cannot be used.*--data-dir"):
        async with running_server(node_config(tmp_path)):
            pass


async def test_a_damaged_key_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ticket.key").write_text("short")
    with pytest.raises(StartError, match="damaged"):
        async with running_server(node_config(tmp_path)):
            pass


async def test_a_store_that_cannot_be_used_is_told_and_the_ports_are_free_again(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "lamplit.db").write_bytes(b"not a database" * 100)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(StartError, match=r"lamplit\.db cannot be used: file is not a database$"):
        async with running_server(node_config(tmp_path, port=port)):
            pass
    socket.create_server(("127.0.0.1", port)).close()


async def test_what_a_host_chose_is_saved_by_the_end_of_a_stop(tmp_path: Path) -> None:
    slug, host = RoomSlug("talk"), MemberId(5)
    async with running_server(node_config(tmp_path)) as server:
        rooms = server.node.rooms
        await rooms.carry_out(slug, JoinRoom(member_id=host, name="Tom", role=Role.HOST))
        await rooms.carry_out(slug, SetLock(by=host, on=True), host, 1)
    async with running_server(node_config(tmp_path)) as server:
        room = server.node.rooms.open_room(slug)
        assert room is not None
        assert room.order.is_locked


async def test_dev_tls_serves_https_and_allows_its_origin(tmp_path: Path) -> None:
    anybody = ssl.create_default_context()
    anybody.check_hostname = False
    anybody.verify_mode = ssl.CERT_NONE
    async with (
        running_server(node_config(tmp_path, dev_tls=True)) as server,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=anybody)) as http,
    ):
        assert server.url.startswith("https://127.0.0.1:")
        async with http.get(server.url) as answer:
            assert answer.status == 200
        async with http.ws_connect(server.url + PROTOCOL[1:], origin=server.url.rstrip("/")) as ws:
            assert (await ws.receive_str()).startswith("0{")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_signals_end_it_however_often_they_come(tmp_path: Path, number: signal.Signals) -> None:
    thresholds, urls = gc.get_threshold(), []
    before = signal.signal(number, signal.SIG_DFL)  # whoever started the tests may have had it ignored

    def announce(server: RunningServer) -> None:
        urls.append(server.url)
        for _ in range(20):
            os.kill(os.getpid(), number)

    try:
        async with asyncio.timeout(5):
            await serve(node_config(tmp_path), announce)
        assert gc.get_threshold() == (50_000, 50, 1_000)
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        signal.signal(number, before)
    assert len(urls) == 1


async def test_a_part_that_breaks_ends_it_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def announce(server: RunningServer) -> None:
        monkeypatch.setattr(server.node.gateway, "_audiences", None)  # its sweep breaks within a second

    thresholds = gc.get_threshold()
    try:
        with pytest.raises(ExceptionGroup) as broken:
            async with asyncio.timeout(5):
                await serve(node_config(tmp_path), announce)
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
    assert broken.group_contains(AttributeError)


def test_the_address_for_this_machine_comes_first() -> None:
    node = None
    everywhere = RunningServer(node, "0.0.0.0", 8080, is_tls=True)  # type: ignore[arg-type]  # noqa: S104
    assert everywhere.url == "https://127.0.0.1:8080/"
    assert everywhere.url not in everywhere.network_urls
    assert set(everywhere.network_urls) < set(everywhere.urls)
    assert RunningServer(node, "::1", 8080, is_tls=False).url == "http://[::1]:8080/"  # type: ignore[arg-type]
    assert RunningServer(node, "192.0.2.1", 80, is_tls=False).urls == ("http://192.0.2.1/",)  # type: ignore[arg-type]
