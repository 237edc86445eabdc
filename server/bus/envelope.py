"""What every message between nodes travels in: who sent it, what it is, and a proof that a node did.

A message is a MessagePack array (version, kind, node, fence, room, body), followed by the first 16 bytes of
its HMAC-SHA256 (RFC 2104; half of the hash may be cut off, section 5) under a key that only nodes have.
Whoever reaches Redis without that key can make nodes deaf or forgetful, and cannot speak for one of them.

Versions: a node writes `WRITES` and reads all of `READS`, so that neighbours of two releases can work in one
room. A release that changes what is written first learns to read it, and only the next one writes it; what
counts as a change is in docs/decisions/0018-neighbours-of-two-versions.md.
"""

import hmac
from collections import Counter
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

WRITES: Final = 1
READS: Final = frozenset({1})
MAC_BYTES: Final = 16
MESSAGE_MAX_BYTES: Final = 4 * 1024 * 1024  # the record of a room of 5,000 has about 700 KiB
UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises over bytes that are no MessagePack of the wanted shape."""


class Kind(StrEnum):
    """What a message is."""

    FACTS = "facts"  # commits of a room, as they happen
    ENTRY = "entry"  # one commit in the log
    SNAPSHOT = "snapshot"  # a room's record
    BEAT = "beat"  # what a node says to itself, to know that it hears
    NODE = "node"  # what a node holds
    NEWS = "news"  # what of that has changed
    LOAD = "load"  # how busy a node is
    VOICE = "voice"  # a packet of sound
    LETTERS = "letters"  # private words, and who may write them to whom; encrypted


class DropKind(StrEnum):
    """Why a message went no further."""

    SIZE = "size"  # far too large, or too short to be one
    UNSIGNED = "unsigned"  # no node of this place made it
    VERSION = "version"  # of a release that this one cannot read
    SHAPE = "shape"  # signed, and not what it should be inside
    ELSEWHERE = "elsewhere"  # of another room or kind than its place says
    STALE = "stale"  # from an earlier life of its node
    TWIN = "twin"  # another node goes by our name


class Opened(NamedTuple):
    """A message that a node made."""

    node: str
    fence: int
    is_own: bool
    body: bytes


class _Message(msgspec.Struct, frozen=True, array_like=True):
    version: int
    kind: Kind
    node: str
    fence: int
    room: str
    body: bytes


class _Versioned(msgspec.Struct, frozen=True, array_like=True):
    """Of a later release's message we can count on this only."""

    version: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Message)
_version_decoder = msgspec.msgpack.Decoder(_Versioned)


class Sealer:
    """Makes and opens messages under one key.

    Attributes:
        node: the name of this node.
        fence: grows with each life of a node of that name; whoever has an older one is no longer listened to.
        drops: how many messages went no further, by reason.
    """

    def __init__(self, key: bytes, node: str, fence: int) -> None:
        """Speak for this life of this node."""
        self._key = key
        self.node = node
        self.fence = fence
        self.drops: Counter[DropKind] = Counter()
        self._fences: dict[str, int] = {}

    def seal(self, kind: Kind, room: str, body: bytes) -> bytes:
        """Return the message."""
        message = _encoder.encode(_Message(WRITES, kind, self.node, self.fence, room, body))
        return message + self._mac(message)

    def open(self, kind: Kind, room: str, sealed: bytes, *, is_live: bool = True) -> Opened | DropKind:
        """Return what is inside, or why it goes no further, which is counted.

        Args:
            kind: what the place where it was found holds.
            room: the room of that place; empty for none.
            sealed: the message.
            is_live: it was said just now. What was kept may be from an earlier life of its node.
        """
        opened = self._open(kind, room, sealed, is_live=is_live)
        if isinstance(opened, DropKind):
            self.drops[opened] += 1
        return opened

    def _open(self, kind: Kind, room: str, sealed: bytes, *, is_live: bool) -> Opened | DropKind:
        if not MAC_BYTES < len(sealed) <= MESSAGE_MAX_BYTES:
            return DropKind.SIZE
        content, mac = sealed[:-MAC_BYTES], sealed[-MAC_BYTES:]
        if not hmac.compare_digest(self._mac(content), mac):
            return DropKind.UNSIGNED
        message = _read(content)
        if isinstance(message, DropKind):
            return message
        if message.kind is not kind or message.room != room:
            return DropKind.ELSEWHERE
        if is_live:
            late = self._check_life(message)
            if late is not None:
                return late
        return Opened(message.node, message.fence, message.node == self.node, message.body)

    def _check_life(self, message: _Message) -> DropKind | None:
        if message.node == self.node:
            return None if message.fence == self.fence else DropKind.TWIN
        newest = self._fences.get(message.node, 0)
        if message.fence < newest:
            return DropKind.STALE
        if message.fence > newest:
            self._fences[message.node] = message.fence
        return None

    def _mac(self, content: bytes) -> bytes:
        return hmac.digest(self._key, content, "sha256")[:MAC_BYTES]


def _read(content: bytes) -> _Message | DropKind:
    try:
        if _version_decoder.decode(content).version not in READS:
            return DropKind.VERSION
        return _decoder.decode(content)
    except UNREADABLE:
        return DropKind.SHAPE
