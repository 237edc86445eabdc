"""Writes bus_N.json: what nodes of version N of the bus say and keep, for every later version to read.

Run `python -m tests.vectors.make_bus` when a version begins. A file that is there is never written again:
it is what nodes out there have in their Redis.
"""

import sys
from pathlib import Path
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rooms.apply import apply
from rooms.facts import Commit
from rooms.ids import MemberId, RoomSlug
from rooms.model import Record, empty_record
from rooms.private import LettersNews, Stage
from rooms.voice.packet import AudioPacket
from server.bus.directory import Lease, NodeNews
from server.bus.envelope import READS, Kind, Sealer
from server.bus.redis_bus import Entry, News
from server.bus.redis_letters import write_letter
from server.bus.voice_frame import write_voice
from server.ports import (
    LetterMessage,
    NodeLoad,
    NodePhase,
    NodeState,
    PassedOn,
    SentVoice,
    SentWords,
    SharedLetters,
)
from tests.rooms.story import START_MS
from tests.simulation.long import walk
from tests.vectors.bus_shape import shape

KEY: Final = bytes(range(32))
LETTERS_KEY: Final = bytes(range(32, 64))
NODE: Final = "n-1"
FENCE: Final = 5
ROOM: Final = RoomSlug("talk")
SNAPSHOT_AT: Final = 120  # commits of a walk, then
ENTRIES: Final = 40
SEEDS: Final = range(20)
_to_msgpack: Final = msgspec.msgpack.Encoder()


def path(version: int) -> Path:
    """Return where the file of a version is."""
    return Path(__file__).with_name(f"bus_{version}.json")


class Sealed(msgspec.Struct):
    """A message, and what was put into it."""

    kind: Kind
    room: str
    message: bytes
    says: Any


class Kept(msgspec.Struct):
    """One version's file. `before` and `after` are records, and `entries` lead from one to the other."""

    version: int
    before: Sealed
    entries: list[Sealed]
    after: Sealed
    others: list[Sealed]
    shape: dict[str, Any]


def builtins(value: object) -> object:
    """Return a value as JSON has it."""
    return msgspec.json.decode(msgspec.json.encode(value))


def _mark(seq: int) -> bytes:
    return seq.to_bytes(8, "big")


def _entry(commit: Commit) -> Entry:
    return Entry(commit, _mark(commit.seq), _mark(commit.seq - 1), SNAPSHOT_AT)


def write(version: int) -> Kept:
    """Return what a node of this tree says and keeps."""
    sealer = Sealer(KEY, NODE, FENCE)

    def sealed(kind: Kind, value: object, room: str = ROOM) -> Sealed:
        return Sealed(kind, room, sealer.seal(kind, room, _to_msgpack.encode(value)), builtins(value))

    walks = [walk(seed).story.log for seed in SEEDS]
    record = empty_record(START_MS)
    for commit in walks[0][:SNAPSHOT_AT]:
        record = apply(record, commit)
    later = walks[0][SNAPSHOT_AT : SNAPSHOT_AT + ENTRIES]
    after: Record = record
    for commit in later:
        after = apply(after, commit)
    each = {type(commit.fact): commit for log in walks for commit in log}
    state = NodeState(
        name=NODE,
        epoch=FENCE,
        public_url="https://n1.example",
        phase=NodePhase.DRAINING,
        rooms={ROOM: {MemberId(11): START_MS}},
        capacity=500,
        version="1.0.0",
        started_ms=START_MS,
    )
    news = NodeNews(6, 7, NodePhase.DRAINING, {ROOM: {MemberId(11): START_MS}}, {ROOM: [MemberId(12)]})
    packets = (
        AudioPacket(111, True, 7, 960, 99, 30, True, b"sound"),  # noqa: FBT003
        AudioPacket(111, False, 8, 1920, 99, None, False, b"more"),  # noqa: FBT003
    )
    others = [sealed(Kind.FACTS, News(START_MS, (_entry(each[kind]),))) for kind in sorted(each, key=str)]
    others.append(sealed(Kind.FACTS, News(START_MS, ())))
    others.append(sealed(Kind.NODE, Lease(7, state), NODE))
    others.append(sealed(Kind.LOAD, NodeLoad(packets_in_per_s=50, loss=0.5), NODE))
    others += [sealed(Kind.NEWS, one, "") for one in (news, NodeNews(is_gone=True), NodeNews(drains=NODE))]
    others.append(Sealed(Kind.BEAT, "", sealer.seal(Kind.BEAT, "", b""), None))
    for packet in packets:
        voice = SentVoice(MemberId(11), START_MS, packet)
        frame = sealer.seal(Kind.VOICE, ROOM, write_voice(voice, 12.5))
        others.append(Sealed(Kind.VOICE, ROOM, frame, builtins((voice, 12.5))))
    others += [_letter(sealer, message) for message in _letters()]
    entries = [sealed(Kind.ENTRY, _entry(commit)) for commit in later]
    before = sealed(Kind.SNAPSHOT, record)
    return Kept(version, before, entries, sealed(Kind.SNAPSHOT, after), others, shape())


def _letters() -> tuple[LetterMessage, ...]:
    asks = tuple((MemberId(11), MemberId(12 + stage), stage) for stage in Stage)
    reachable = ((MemberId(11), START_MS, True), (MemberId(12), START_MS, False))
    news = LettersNews(asks=asks, reachable=reachable, unwanted=(("device", "13"),))
    words = SentWords(
        sitting="m:1", word_id="w", by=MemberId(11), to=MemberId(12), text="hello", sent_ms=START_MS
    )
    shared = SharedLetters(sitting="m:1", news=news, asks_back=True)
    return shared, SharedLetters(sitting="m:1", news=LettersNews()), words, PassedOn(word_id="w")


def _letter(sealer: Sealer, message: LetterMessage) -> Sealed:
    body = write_letter(AESGCM(LETTERS_KEY), ROOM, message)
    return Sealed(Kind.LETTERS, ROOM, sealer.seal(Kind.LETTERS, ROOM, body), builtins(message))


def read(version: int) -> Kept:
    """Return what is kept of a version."""
    return msgspec.json.decode(path(version).read_bytes(), type=Kept)


def main() -> int:
    """Write the file of the newest version that this tree reads."""
    version = max(READS)
    if path(version).exists():
        sys.stderr.write(f"{path(version).name} is there: what nodes wrote is not changed afterwards\n")
        return 1
    lines = [f'"{key}":{value}' for key, value in _lines(write(version))]
    path(version).write_text("{" + ",\n".join(lines) + "}\n", "utf-8")
    return 0


def _lines(kept: Kept) -> list[tuple[str, str]]:
    """Write each message and each struct on a line of its own."""

    def text(value: object) -> str:
        return msgspec.json.encode(value).decode()

    def rows(values: list[Sealed]) -> str:
        return "[\n" + ",\n".join(map(text, values)) + "\n]"

    structs = ",\n".join(f"{text(name)}:{text(one)}" for name, one in kept.shape.items())
    return [
        ("version", text(kept.version)),
        ("before", text(kept.before)),
        ("entries", rows(kept.entries)),
        ("after", text(kept.after)),
        ("others", rows(kept.others)),
        ("shape", "{\n" + structs + "\n}"),
    ]


if __name__ == "__main__":
    sys.exit(main())
