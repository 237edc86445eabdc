import socket
from collections.abc import Iterator
from threading import Event

import pytest

from rooms.voice.slot import Slot
from server.media import send_call, threaded_sender
from server.media.kernel_lists import ROWS
from server.media.listener import Span
from server.media.threaded_sender import BATCHES_IN_FLIGHT, ROWS_FOR_A_THREAD, ThreadedSender
from tests.server.media.ear import Ear, listeners_of, send
from tests.server.media.test_fanout import ANN, forward_on
from tests.server.media.test_senders import SPEECH, fill, listen, lost

WAIT_S = 10.0


@pytest.fixture
def out() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.bind(("127.0.0.1", 0))
        out.setblocking(False)  # noqa: FBT003 -- the library's signature
        yield out


class Held:
    """A kernel that takes nothing until it is let."""

    def __init__(self, real: bool) -> None:  # noqa: FBT001 -- what it does after that
        self.let, self.entered = Event(), Event()
        self._real = send_call._find_sendmmsg() if real else None

    def __call__(self, descriptor: int, at: int | None, count: int, flags: int) -> int:
        self.entered.set()
        assert self.let.wait(WAIT_S)
        return self._real(descriptor, at, count, flags) if self._real is not None else count


def test_a_thread_sends_all_in_order_and_libsrtp_understands(
    out: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threaded_sender, "ROWS_FOR_A_THREAD", 0)
    slots = [Slot(index) for index in range(3)]
    slots[0].take(ANN)
    ears = [Ear(ANN.__class__(index + 1), slots) for index in range(5)]
    listeners = listeners_of(*(ear.listener for ear in ears))
    sender = ThreadedSender(out, 2)
    numbers = range(1, BATCHES_IN_FLIGHT + 1)  # however late the thread is
    for seq16 in numbers:
        assert send(forward_on(slots[0], seq16), listeners, sender) == (5, 0, 0, 0)
    sender.close()
    assert sender.collect() == 0
    for ear in ears:
        assert [ear.hear().payload for _ in numbers] == [b"opus" + bytes([n]) for n in numbers]
        ear.sock.close()


def test_what_the_loop_prepares_next_does_not_change_what_waits(
    out: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(real=True)
    monkeypatch.setattr(send_call, "_find_sendmmsg", lambda: held)
    monkeypatch.setattr(threaded_sender, "ROWS_FOR_A_THREAD", 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(WAIT_S)
        sender = ThreadedSender(out, 1)
        rows = listen(4)
        fill(sender.copies, [ear.getsockname()] * 4)
        sender.send_copies([Span(0, 4)], rows, SPEECH, 0)
        assert held.entered.wait(WAIT_S)
        shape = sender.copies.take_shape(12, 40, 4)
        for view in (*shape.heads, *shape.bodies):
            view[:] = bytes(len(view))
        sender.copies.write_names(bytes(32 * 4), ())
        held.let.set()
        sender.close()
        assert [ear.recv(100) for _ in range(4)] == [
            b"head of %04dbody" % row + bytes(16) for row in range(4)
        ]


def test_what_there_is_no_place_for_is_dropped_and_counted(
    out: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(real=False)
    monkeypatch.setattr(send_call, "_find_sendmmsg", lambda: held)
    monkeypatch.setattr(threaded_sender, "ROWS_FOR_A_THREAD", 0)
    sender = ThreadedSender(out, 1)
    fill(sender.copies, [("127.0.0.1", 9)] * 4)
    crowds = [listen(4) for _ in range(BATCHES_IN_FLIGHT + 1)]
    refused = [sender.send_copies([Span(0, 1), Span(2, 4)], rows, SPEECH, 0) for rows in crowds]
    held.let.set()
    sender.close()
    assert refused == [0] * BATCHES_IN_FLIGHT + [3]
    assert [lost(rows) for rows in crowds] == [[]] * BATCHES_IN_FLIGHT + [[0, 2, 3]]
    assert sender.is_idle


def test_few_rows_go_at_once_unless_others_are_on_their_way(
    out: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(WAIT_S)
        held = Held(real=True)
        monkeypatch.setattr(send_call, "_find_sendmmsg", lambda: held)
        sender = ThreadedSender(out, 1)
        rows = listen(ROWS_FOR_A_THREAD)
        fill(sender.copies, [ear.getsockname()] * ROWS_FOR_A_THREAD)
        sender.send_copies([Span(0, ROWS_FOR_A_THREAD)], rows, SPEECH, 0)
        assert held.entered.wait(WAIT_S)
        # Would wait for ever if it went at once, and overtake those on their way.
        sender.send_copies([Span(3, 4)], rows[:4], SPEECH, 0)
        held.let.set()
        sender.close()
        numbers = [int(ear.recv(100)[8:12]) for _ in range(ROWS_FOR_A_THREAD + 1)]
    assert numbers == [*range(ROWS_FOR_A_THREAD), 3]


def test_refusals_are_told_later(out: socket.socket) -> None:
    sender = ThreadedSender(out, 1)
    rows = listen(ROWS)
    fill(sender.copies, [("127.0.0.1", 0 if row % 2 else 9) for row in range(ROWS)])
    assert sender.send_copies([Span(0, ROWS)], rows, SPEECH, 0) == 0
    assert lost(rows) == []
    sender.close()
    assert sender.collect() == ROWS // 2
    assert lost(rows) == list(range(1, ROWS, 2))
    assert sender.collect() == 0
