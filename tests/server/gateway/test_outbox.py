import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from server.gateway.outbox import HARD_LIMIT_BYTES, LAG_MAX_MS, SOFT_LIMIT_BYTES, Outbox
from tests.integration.certificates import Authority


class FakeTransport:
    """Takes everything and sends nothing until told."""

    def __init__(self) -> None:
        self.buffer = b""
        self.sent = b""
        self.writes = 0
        self.closing = False
        self.aborted = False

    def get_extra_info(self, _: str) -> None:
        return None

    def write(self, frame: bytes) -> None:
        self.buffer += frame
        self.writes += 1

    def get_write_buffer_size(self) -> int:
        return len(self.buffer)

    def is_closing(self) -> bool:
        return self.closing

    def abort(self) -> None:
        self.aborted = self.closing = True

    def drain(self) -> None:
        self.sent, self.buffer = self.sent + self.buffer, b""


def outbox_on(transport: FakeTransport) -> Outbox:
    return Outbox(cast("asyncio.Transport", transport))


def test_a_reader_gets_everything_in_order() -> None:
    transport = FakeTransport()
    outbox = outbox_on(transport)
    assert outbox.send(b"one", 0)
    outbox.answer(b"two")
    transport.drain()
    assert transport.sent == b"onetwo"
    assert (outbox.unsent_bytes, outbox.is_lagging, outbox.has_drained()) == (0, False, False)


def test_a_slow_reader_gets_no_more_facts_until_it_has_drained() -> None:
    transport = FakeTransport()
    outbox = outbox_on(transport)
    assert outbox.send(b"x" * (SOFT_LIMIT_BYTES + 1), 0)
    assert not outbox.send(b"lost", 1)
    assert outbox.is_lagging
    assert not outbox.has_drained()
    transport.drain()
    assert not outbox.send(b"lost too: it would be a hole", 2)
    assert outbox.has_drained()
    assert outbox.send(b"again", 3)
    transport.drain()
    assert transport.sent.endswith(b"xagain")


def test_what_waits_is_bounded() -> None:
    transport = FakeTransport()
    outbox = outbox_on(transport)
    for _ in range(10_000):
        outbox.send(b"x" * 1_000, 0)
    assert outbox.unsent_bytes <= SOFT_LIMIT_BYTES + 1_000


def test_a_reader_that_stays_slow_is_hopeless_and_can_be_cut() -> None:
    transport = FakeTransport()
    outbox = outbox_on(transport)
    assert not outbox.is_hopeless(LAG_MAX_MS * 2)
    outbox.send(b"x" * (SOFT_LIMIT_BYTES + 1), 0)
    outbox.send(b"x", 5)
    assert not outbox.is_hopeless(LAG_MAX_MS + 5)
    assert outbox.is_hopeless(LAG_MAX_MS + 6)
    outbox.cut()
    assert transport.aborted


def test_one_who_asks_and_never_reads_is_cut() -> None:
    transport = FakeTransport()
    outbox = outbox_on(transport)
    while not transport.aborted:
        outbox.answer(b"x" * 10_000)
    assert outbox.unsent_bytes <= HARD_LIMIT_BYTES + 10_000


def test_nothing_is_written_to_a_closing_transport() -> None:
    transport = FakeTransport()
    transport.closing = True
    outbox = outbox_on(transport)
    assert not outbox.send(b"x", 0)
    outbox.answer(b"x")
    assert (transport.buffer, outbox.is_lagging) == (b"", False)


def test_what_was_gathered_is_one_write_and_in_order() -> None:
    transport = FakeTransport()
    outbox = outbox_on(transport)
    for frame in (b"one", b"two"):
        assert outbox.gather(frame, 0)
    assert (transport.writes, outbox.unsent_bytes) == (0, 6)
    outbox.flush()
    outbox.flush()
    assert (transport.writes, transport.buffer) == (1, b"onetwo")
    for send in (outbox.answer, lambda frame: outbox.send(frame, 0)):
        outbox.gather(b"three", 0)
        send(b"four")
        assert transport.buffer.endswith(b"threefour")
    assert transport.writes == 3


def test_what_was_gathered_counts_as_unsent() -> None:
    transport = FakeTransport()
    outbox = outbox_on(transport)
    assert outbox.gather(b"x" * (SOFT_LIMIT_BYTES + 1), 0)
    assert not outbox.gather(b"lost", 1)
    assert outbox.is_lagging
    assert not outbox.has_drained()
    outbox.flush()
    transport.drain()
    assert outbox.has_drained()


def test_nothing_is_written_to_a_line_that_closes() -> None:
    transport = FakeTransport()
    outbox = outbox_on(transport)
    outbox.gather(b"one", 0)
    transport.closing = True
    outbox.flush()
    assert not outbox.gather(b"two", 0)
    assert (transport.writes, outbox.unsent_bytes) == (0, 0)


def test_after_the_goodbye_nothing_is_sent() -> None:
    transport = FakeTransport()
    outbox = outbox_on(transport)
    assert outbox.gather(b"before", 0)
    outbox.stop()
    outbox.answer(b"an answer")
    assert not outbox.send(b"a fact", 0)
    outbox.flush()
    assert transport.buffer == b"before"


# --- on a real socket -----------------------------------------------------------------------


class Watched(asyncio.Protocol):
    """Notes how its transport is used by others, and that it is lost."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.lost = asyncio.Event()

    def connection_lost(self, _: Exception | None) -> None:
        self.lost.set()

    def watch(self, transport: asyncio.Transport) -> None:
        write = transport.write

        def noted(frame: bytes) -> None:
            self.writes.append(frame)
            write(frame)

        transport.write = noted  # type: ignore[method-assign,assignment]


class Line:
    """An outbox on a connection, and the reader at its other end, who reads nothing by itself."""

    def __init__(self, transport: asyncio.Transport, protocol: Watched, reader: socket.socket) -> None:
        self.transport, self.protocol, self.reader = transport, protocol, reader
        protocol.watch(transport)
        self.outbox = Outbox(transport)

    async def read(self, size: int) -> bytes:
        found = b""
        async with asyncio.timeout(10):
            while len(found) < size:
                got = await asyncio.get_running_loop().sock_recv(self.reader, 1 << 20)
                assert got, f"ended after {len(found)} bytes"
                found += got
        return found


@asynccontextmanager
async def open_line() -> AsyncIterator[Line]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        theirs = socket.create_connection(door.getsockname())
        ours, _ = door.accept()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8_192)  # so that it takes parts
    ours.setblocking(False)  # noqa: FBT003 -- the standard library's signature
    theirs.setblocking(False)  # noqa: FBT003 -- as above
    with theirs:
        transport, protocol = await asyncio.get_running_loop().create_connection(Watched, sock=ours)
        yield Line(transport, protocol, theirs)
        transport.abort()


async def test_frames_go_past_the_transport_while_nothing_waits_there() -> None:
    async with open_line() as line:
        assert line.outbox.send(b"one", 0)
        line.outbox.answer(b"two")
        line.outbox.gather(b"three", 0)
        line.outbox.gather(b"four", 0)
        line.outbox.flush()
        assert await line.read(15) == b"onetwothreefour"
        assert line.protocol.writes == []


async def test_what_the_kernel_does_not_take_waits_in_the_transport_in_order() -> None:
    async with open_line() as line:
        sent = b""
        for size in (50_000, 1, 2, 3):
            frame = size.to_bytes(4, "big") * size
            assert line.outbox.send(frame, 0)
            sent += frame
        assert line.outbox.unsent_bytes
        assert 0 < len(line.protocol.writes[0]) < 200_000  # the kernel took a part
        assert await line.read(len(sent)) == sent
        assert not line.outbox.unsent_bytes
        line.outbox.answer(b"at once again")
        writes = len(line.protocol.writes)
        assert await line.read(13) == b"at once again"
        assert len(line.protocol.writes) == writes


@pytest.mark.parametrize(
    "send", [lambda outbox: outbox.send(b"x", 0), lambda outbox: outbox.answer(b"x")], ids=["fact", "answer"]
)
async def test_a_reader_who_is_gone_is_noticed_by_the_transport(send: Callable[[Outbox], object]) -> None:
    async with open_line() as line:
        line.reader.close()
        send(line.outbox)
        async with asyncio.timeout(10):
            await line.protocol.lost.wait()
        send(line.outbox)
        assert line.outbox.unsent_bytes == 0


async def test_nothing_goes_past_a_transport_that_closes() -> None:
    async with open_line() as line:
        line.outbox.send(b"before", 0)
        line.outbox.gather(b"never", 0)
        line.transport.close()
        line.outbox.send(b"never", 0)
        line.outbox.answer(b"never")
        line.outbox.flush()
        assert await line.read(6) == b"before"
        assert await asyncio.get_running_loop().sock_recv(line.reader, 10) == b""


async def test_with_tls_everything_goes_by_the_transport(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    here = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    here.load_cert_chain(*authority.issue("127.0.0.1"))
    there = ssl.create_default_context(cafile=str(authority.path))
    came: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    server = await asyncio.start_server(lambda _, writer: came.put_nowait(writer), "127.0.0.1", 0, ssl=here)
    async with server, asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname(), ssl=there)
        ours = await came.get()
        outbox = Outbox(cast("asyncio.Transport", ours.transport))
        outbox.send(b"one", 0)
        outbox.answer(b"two")
        assert await reader.readexactly(6) == b"onetwo"
        writer.close()
        ours.close()
