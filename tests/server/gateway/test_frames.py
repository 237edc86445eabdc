import pytest
from aiohttp import WebSocketError, WSCloseCode

from server.gateway.frames import FRAMES_AT_ONCE, PIECES_MAX, FrameGate
from tests.hostile.line import CLOSE, PING, frame


class Beyond:
    """What stands behind a gate: keeps the bytes, and what ended it."""

    def __init__(self) -> None:
        self.read = b""
        self.ended: WSCloseCode | None = None
        self.is_eof = False

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.read += data
        return False, b""

    def feed_eof(self) -> None:
        self.is_eof = True

    def set_exception(self, exc: BaseException) -> None:
        assert isinstance(exc, WebSocketError)
        self.ended = WSCloseCode(exc.code)


def passed(sent: bytes, piece_bytes: int) -> Beyond:
    beyond = Beyond()
    gate = FrameGate(beyond, beyond)
    for start in range(0, len(sent), piece_bytes):
        is_end, rest = gate.feed_data(sent[start : start + piece_bytes])
        assert (is_end, rest) == (beyond.ended is not None, b"")
    return beyond


GOOD = [
    frame(""),
    frame("41"),
    frame("x" * 125),
    frame("x" * 126),
    frame("ping", PING),
    frame("4", head=0) + frame("", 0, head=0) * (PIECES_MAX - 1) + frame("1", 0),
    frame(b"\x03\xe8", CLOSE),
]


@pytest.mark.parametrize("piece_bytes", [1, 2, 3, 7, 1_000, 1 << 20])
def test_good_frames_pass_however_they_are_cut(piece_bytes: int) -> None:
    beyond = passed(b"".join(GOOD), piece_bytes)
    assert (beyond.read, beyond.ended) == (b"".join(GOOD), None)


def test_a_long_frame_passes_too() -> None:
    assert passed(frame("x" * 70_000) + frame("41"), 4_000).ended is None


TOO_MANY = frame("4", head=0) + frame("", 0, head=0) * (PIECES_MAX - 1)


@pytest.mark.parametrize("piece_bytes", [1, 2, 3, 7, 1_000, 1 << 20])
@pytest.mark.parametrize(
    ("before", "bad", "code"),
    [
        (b"".join(GOOD), frame("41", masked=False), WSCloseCode.PROTOCOL_ERROR),
        (frame("x"), frame("x" * 300, masked=False), WSCloseCode.PROTOCOL_ERROR),
        (b"", frame("x", size=2**63, masked=False), WSCloseCode.PROTOCOL_ERROR),
        (TOO_MANY, frame("", 0, head=0), WSCloseCode.POLICY_VIOLATION),
        (TOO_MANY + frame("ping", PING), frame("", 0, head=0), WSCloseCode.POLICY_VIOLATION),
    ],
)
def test_from_the_first_bad_frame_on_nothing_passes(
    piece_bytes: int, before: bytes, bad: bytes, code: WSCloseCode
) -> None:
    beyond = passed(before + bad + frame("never"), piece_bytes)
    assert beyond.ended is code
    assert beyond.read[: len(before)] == before
    assert len(beyond.read) - len(before) < 10  # of its head, where that came in pieces


def test_more_frames_than_any_pace_allows_are_not_even_looked_at() -> None:
    beyond = passed(frame("") * FRAMES_AT_ONCE + frame("never"), 1 << 20)
    assert (beyond.read, beyond.ended) == (frame("") * FRAMES_AT_ONCE, WSCloseCode.POLICY_VIOLATION)
    assert passed(frame("") * FRAMES_AT_ONCE * 3, len(frame("")) * FRAMES_AT_ONCE).ended is None


def test_the_end_is_passed_on() -> None:
    beyond = Beyond()
    FrameGate(beyond, beyond).feed_eof()
    assert beyond.is_eof


PONG = bytes((0x81, 0x81, 1, 2, 3, 4)) + bytes((ord("3") ^ 1,))


def test_a_pong_that_comes_alone_is_heard_at_once() -> None:
    beyond, heard = Beyond(), iter(range(4))
    gate = FrameGate(beyond, beyond)
    gate.feed_data(PONG)
    assert beyond.read == PONG  # nobody listens yet
    gate.hear_pong = lambda: next(heard) >= 0
    for sent in (PONG, frame("3"), frame("41"), PONG):
        assert gate.feed_data(sent) == (False, b"")
    assert (next(heard), beyond.read) == (3, PONG + frame("41"))


@pytest.mark.parametrize(
    "before",
    [frame("41")[:3], frame("x" * 20)[:-7], frame("4", head=0), frame("x" * 300)[:3]],
    ids=["in a head", "in a body", "between pieces", "in a size"],
)
def test_what_only_looks_like_a_pong_is_read_as_what_it_is(before: bytes) -> None:
    beyond = Beyond()
    gate = FrameGate(beyond, beyond)
    gate.hear_pong = lambda: pytest.fail("no pong")
    gate.feed_data(before)
    gate.feed_data(PONG)
    assert beyond.read.startswith(before + PONG[:1])


def test_a_pong_that_is_too_fast_goes_the_way_of_everything_else() -> None:
    beyond = Beyond()
    gate = FrameGate(beyond, beyond)
    gate.hear_pong = lambda: False
    gate.feed_data(PONG)
    assert beyond.read == PONG
