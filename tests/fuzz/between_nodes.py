"""What a node reads of others: messages that anybody could have written, and what a broken node signs."""

import math
from collections.abc import Callable
from functools import cache
from typing import Final, cast

import msgspec

from rooms.ids import MemberId, RoomSlug
from rooms.model import Record
from rooms.voice.packet import PACKET_MAX_BYTES, AudioPacket
from server.bus.directory import Lease, NodeNews, RedisDirectory
from server.bus.envelope import WRITES, DropKind, Kind, Opened, Sealer
from server.bus.hearing import Hearing, Listener
from server.bus.link import RedisLink
from server.bus.redis_bus import Entry, News, RedisBus
from server.bus.redis_log import RedisLog, _DamagedError, _Head
from server.bus.redis_voice import RedisVoice
from server.bus.voice_frame import read_voice, write_voice
from server.ports import LogUnavailableError, NodeLoad, NodeState, SentVoice
from tests.fuzz.target import NUMBER_WORDS, Target
from tests.rooms.story import peopled_story
from tests.server.clock import FakeClock

TALK: Final = RoomSlug("talk")
KEY: Final = b"k" * 32
_encode = msgspec.msgpack.encode


def _here() -> Sealer:
    return Sealer(KEY, "n-1", 5)


def _there() -> Sealer:
    return Sealer(KEY, "n-2", 7)


# --- messages -----------------------------------------------------------------------------------------


class _Hearing:
    """Where messages come from: the listeners of each channel, by the order of their coming."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []

    def hear(self, _: str, listener: Listener) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: None


class _Link:
    is_cluster = False


class _Node:
    """All that listens to other nodes."""

    def __init__(self) -> None:
        self.sealer, hearing = _here(), _Hearing()
        link, clock = cast("RedisLink", _Link()), FakeClock()
        heard = cast("Hearing", hearing)
        self.log_entries = self.voices = self.calls = 0
        bus = RedisBus(heard, self.sealer)
        self.log = RedisLog(link, self.sealer, bus, clock)
        bus.follow(TALK, lambda *_: None)
        voice = RedisVoice(link, heard, self.sealer, clock)
        voice.follow(TALK, self._hear)
        directory = RedisDirectory(link, heard, self.sealer, clock)
        directory.on_change(lambda _: None, lambda: None)
        self.facts, self.voice, self.news = hearing.listeners

    def _hear(self, slug: RoomSlug, voice: SentVoice) -> None:
        assert slug == TALK
        assert 0 < len(voice.packet.payload) <= PACKET_MAX_BYTES
        self.voices += 1


@cache
def _node() -> _Node:
    return _Node()


_CHANNELS: Final = ((Kind.FACTS, "talk"), (Kind.VOICE, "talk"), (Kind.NEWS, ""))


def take_message(content: bytes) -> None:
    """Unsigned bytes reach nobody; signed nonsense is counted; a node that goes mad breaks no other."""
    node = _node()
    for (kind, room), listener in zip(_CHANNELS, (node.facts, node.voice, node.news), strict=True):
        before = node.sealer.drops.total()
        assert isinstance(node.sealer.open(kind, room, content), DropKind), "a message without the key"
        listener.on_message(content)
        assert node.sealer.drops.total() == before + 2
        by_hand = content + node.sealer._mac(content)
        opened = _here().open(kind, room, by_hand)
        assert isinstance(opened, Opened | DropKind)
        listener.on_message(by_hand)
        listener.on_message(_there().seal(kind, room, content))
    _take_lease(content)
    frame = read_voice(content)
    if frame is not None and not math.isnan(frame.sent_ms):
        assert read_voice(write_voice(frame.voice, frame.sent_ms)) == frame


def _take_lease(content: bytes) -> None:
    """What is in the directory under another's name, or is none, is as if it were not there."""
    sealer = _here()
    directory = RedisDirectory(cast("RedisLink", _Link()), cast("Hearing", _Hearing()), sealer, FakeClock())
    for lease in (content, _there().seal(Kind.NODE, "n-2", content)):
        known = directory._read_lease("n-2", lease)
        assert known is None or known.state.name == "n-2"
    for load in (content, _there().seal(Kind.LOAD, "n-2", content)):
        assert isinstance(directory._read_load("n-2", load), NodeLoad | None)


def _envelope(kind: Kind, room: str, body: bytes) -> bytes:
    return _encode([WRITES, kind.value, "n-2", 7, room, body])


def _entries() -> tuple[Entry, ...]:
    """A short log as nodes write it."""
    return tuple(
        Entry(commit, bytes((commit.seq,)) * 8, bytes((commit.seq - 1,)) * 8, 0)
        for commit in peopled_story().log
    )


_LOAD: Final = NodeLoad()
_STATE: Final = NodeState(name="n-2", epoch=7)
_VOICE: Final = write_voice(
    SentVoice(MemberId(11), 1, AudioPacket(111, False, 7, 960, 9, 20, True, b"opus")),  # noqa: FBT003
    12.5,
)
_MESSAGE_SEEDS: Final = (
    _encode(News(1, _entries())),
    _encode(News(1, ())),
    _VOICE,
    _encode(NodeNews(number=1)),
    _encode(NodeNews(after=1, number=2, taken={TALK: {MemberId(11): 5}}, dropped={TALK: [MemberId(22)]})),
    _encode(NodeNews(is_gone=True)),
    _encode(NodeNews(drains="n-1")),
    _envelope(Kind.FACTS, "talk", _encode(News(1, ()))),
    _envelope(Kind.NEWS, "", _encode(NodeNews())),
    _encode([WRITES + 1, "new", {}]),
    _encode(Lease(3, _STATE)),
    _encode(Lease(3, NodeState(name="n-3", epoch=7))),
    _encode(_LOAD),
)


# --- the log, and what nodes leave in Redis -------------------------------------------------------------


def take_entry(content: bytes) -> None:
    """A log that holds anything at all is whole, damaged, or of another release; never something else."""
    node, there = _node(), _there()
    entries = _entries()
    record: Record = peopled_story().record
    epoch, newest = record.revision.epoch, len(entries)
    good = [there.seal(Kind.ENTRY, "talk", _encode(entry)) for entry in entries]
    place = content[0] % (newest + 1) if content else 0
    body = content[1:]
    for bad in (content, there.seal(Kind.ENTRY, "talk", body)):
        sealed = [*good[:place], bad, *good[place + 1 :]]
        _read_log(node.log, _Head(epoch, newest, b"m" * 8, 0, b"%d" % epoch), b"", sealed)
    for bad in (content, there.seal(Kind.SNAPSHOT, "talk", body)):
        _read_log(node.log, _Head(epoch, newest, b"m" * 8, newest, b"%d" % epoch), bad, good)


def _read_log(log: RedisLog, head: _Head, snapshot: bytes, sealed: list[bytes]) -> None:
    try:
        whole = log._open_log(TALK, head, snapshot, sealed)
    except (_DamagedError, LogUnavailableError):
        return
    assert whole.record.revision.seq == head.seq
    assert whole.record.revision.epoch == head.epoch


def _with(entry: Entry, **changes: object) -> bytes:
    return _encode(msgspec.structs.replace(entry, commit=msgspec.structs.replace(entry.commit, **changes)))


_FIRST: Final = _entries()[0]
_ENTRY_SEEDS: Final = (
    *(bytes((at,)) + _encode(entry) for at, entry in enumerate(_entries())),
    b"\1" + _with(_FIRST, seq=2),
    b"\0" + _with(_FIRST, seq=0),
    b"\4" + _encode(_entries()[3]),
    b"\0" + _encode(peopled_story().record),
    b"\0" + _encode([]),
)
_WORDS: Final = (
    b"\x90",
    b"\x91",
    b"\x80",
    b"\xc0",
    b"\xc4\0",
    b"\xdd\xff\xff\xff\xff",
    b"\xcf" + b"\xff" * 8,
    b"\x91" * 1_100,
)

TARGETS: Final = (
    Target(
        "bus_message",
        take_message,
        _MESSAGE_SEEDS,
        (
            "server.bus.envelope:Sealer.open,Sealer._open,Sealer._check_life,_read",
            "server.bus.voice_frame:read_",
            "server.bus.redis_bus:RedisBus._take",
            "server.bus.redis_voice:RedisVoice._take",
            "server.bus.directory:RedisDirectory._take,RedisDirectory._read_lease,RedisDirectory._read_load,RedisDirectory._open,_changed",
        ),
        (*_WORDS, *NUMBER_WORDS),
    ),
    Target(
        "stream_entry",
        take_entry,
        _ENTRY_SEEDS,
        ("server.bus.redis_log:RedisLog._open,RedisLog._decode", "rooms.apply"),
        (*_WORDS, *NUMBER_WORDS),
    ),
)
