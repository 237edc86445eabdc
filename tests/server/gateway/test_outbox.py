import asyncio
from typing import cast

from server.gateway.outbox import HARD_LIMIT_BYTES, LAG_MAX_MS, SOFT_LIMIT_BYTES, Outbox


class FakeTransport:
    """Takes everything and sends nothing until told."""

    def __init__(self) -> None:
        self.buffer = b""
        self.sent = b""
        self.writes = 0
        self.closing = False
        self.aborted = False

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
