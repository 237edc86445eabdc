import ctypes
import errno
import socket
from collections.abc import Callable, Iterator

import pytest

from rooms.ids import MemberId
from rooms.voice.downlink import Downlink
from rooms.voice.slot import Forward, Slot
from server.media import send_call
from server.media.copies import Copies
from server.media.kernel_lists import Message, write_name
from server.media.listener import CopySender, Listener, Span
from server.media.send_call import has_sendmmsg
from server.media.senders import MmsgSender, SendtoSender
from server.media.srtp_gcm import SessionKeys
from server.media.threaded_sender import ThreadedSender
from server.media.udp_port import open_sender
from tests.server.media.ear import SSRCS, draw_master

ROW_COUNT = 6
SPEECH = Forward(0, 1, 1, 960, False, MemberId(99), 30, True, b"four")  # noqa: FBT003 -- as the slot makes it


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(2.0)
        yield sock


class Kernel:
    """sendmmsg with a will of its own: how many it takes at each call, or the error when below zero."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[int, int]] = []
        self.base = 0

    def __call__(self, _descriptor: int, at: int | None, count: int, flags: int) -> int:
        assert flags == socket.MSG_DONTWAIT
        self.calls.append((((at or 0) - self.base) // ctypes.sizeof(Message), count))
        answer = self.answers.pop(0)
        ctypes.set_errno(-answer if answer < 0 else 0)
        return answer if answer >= 0 else -1


def scripted(
    sock: socket.socket, monkeypatch: pytest.MonkeyPatch, *answers: int
) -> tuple[MmsgSender, Kernel]:
    kernel = Kernel(*answers)
    monkeypatch.setattr(send_call, "_find_sendmmsg", lambda: kernel)
    sender = MmsgSender(sock)
    kernel.base = sender.copies.posted.messages_at
    return sender, kernel


def fill(copies: Copies, addresses: list[tuple[str, int]]) -> None:
    """Row by row a datagram that says its number."""
    shape = copies.take_shape(12, 4, len(addresses))
    for row, (head, body) in enumerate(zip(shape.heads, shape.bodies, strict=False)):
        head[:] = b"head of %04d" % row
        body[:] = b"body" + bytes(16)
    copies.write_names(b"".join(map(write_name, addresses)), addresses)


def listen(count: int = ROW_COUNT) -> list[Listener]:
    slots = [Slot(index) for index in range(3)]
    listeners = [
        Listener(
            MemberId(row),
            Downlink(slots, SSRCS, (0, 0, 0)),
            SessionKeys.derive(draw_master()),
            ("127.0.0.1", 9),
        )
        for row in range(count)
    ]
    slots[0].packets = 1
    return listeners


def lost(listeners: list[Listener]) -> list[int]:
    """Rows that know that they were not sent the packet."""
    return [row for row, one in enumerate(listeners) if one.downlink.packets_sent(0) == 0]


def threaded(sock: socket.socket) -> ThreadedSender:
    return ThreadedSender(sock, 1)


@pytest.mark.parametrize("kind", [MmsgSender, SendtoSender, threaded])
def test_the_rows_between_are_sent_in_order(
    sock: socket.socket, kind: Callable[[socket.socket], CopySender]
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.setblocking(False)  # noqa: FBT003 -- the library's signature
        sender = kind(out)
        fill(sender.copies, [sock.getsockname()] * ROW_COUNT)
        listeners = listen()
        assert sender.send_copies([Span(0, 2), Span(3, 5)], listeners, SPEECH, 0) == 0
        sender.close()
        assert (sender.collect(), lost(listeners)) == (0, [])
    heard = [sock.recv(100) for _ in range(4)]
    assert heard == [b"head of %04dbody" % row + bytes(16) for row in (0, 1, 3, 4)]
    sock.setblocking(False)  # noqa: FBT003 -- the library's signature
    with pytest.raises(BlockingIOError):
        sock.recv(100)


@pytest.mark.parametrize("kind", [MmsgSender, SendtoSender, threaded])
def test_an_address_that_nothing_goes_to_stops_nobody(
    sock: socket.socket, kind: Callable[[socket.socket], CopySender]
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.setblocking(False)  # noqa: FBT003 -- the library's signature
        sender = kind(out)
        good, bad = sock.getsockname(), ("127.0.0.1", 0)
        fill(sender.copies, [bad, good, bad, bad, good, bad])
        listeners = listen()
        assert sender.send_copies([Span(0, ROW_COUNT)], listeners, SPEECH, 0) == 4
        sender.close()
        assert lost(listeners) == [0, 2, 3, 5]
    assert [sock.recv(100)[8:12] for _ in range(2)] == [b"0001", b"0004"]


@pytest.mark.parametrize(
    ("answers", "refused", "calls"),
    [
        ((6,), [], [(0, 6)]),
        ((2, 4), [], [(0, 6), (2, 4)]),
        ((2, -errno.EAGAIN), [2, 3, 4, 5], [(0, 6), (2, 4)]),
        ((-errno.EAGAIN, -errno.EAGAIN), [0, 1, 2, 3, 4, 5], [(0, 6), (0, 6)]),
        ((-errno.ENOBUFS, -errno.ENOBUFS), [0, 1, 2, 3, 4, 5], [(0, 6), (0, 6)]),
        ((1, -errno.EPERM, 2, -errno.EHOSTUNREACH, 1), [1, 4], [(0, 6), (1, 5), (2, 4), (4, 2), (5, 1)]),
        ((3, -errno.EINTR, 3), [], [(0, 6), (3, 3), (3, 3)]),
        ((5, -errno.EPERM), [5], [(0, 6), (5, 1)]),
    ],
)
def test_what_the_kernel_does_not_take(
    sock: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
    answers: tuple[int, ...],
    refused: list[int],
    calls: list[tuple[int, int]],
) -> None:
    sender, kernel = scripted(sock, monkeypatch, *answers)
    listeners = listen()
    assert sender.send_copies([Span(0, ROW_COUNT)], listeners, SPEECH, 0) == len(refused)
    assert lost(listeners) == refused
    assert kernel.calls == calls
    assert kernel.answers == []


def test_linux_sends_all_at_once_and_others_one_by_one(
    sock: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(open_sender(sock), MmsgSender)
    (sender := open_sender(sock, 2)).close()
    assert isinstance(sender, ThreadedSender)

    def is_missing() -> None:
        raise AttributeError("sendmmsg")

    with monkeypatch.context() as patch:
        patch.setattr(send_call, "_find_sendmmsg", is_missing)
        assert isinstance(open_sender(sock), SendtoSender)
    with monkeypatch.context() as patch:
        patch.setattr(send_call, "_find_sendmmsg", lambda: Kernel(-errno.ENOSYS))
        assert not has_sendmmsg(sock)
    monkeypatch.setattr("sys.platform", "darwin")
    assert isinstance(open_sender(sock), SendtoSender)
