"""Every version reads what an older one wrote, and writes nothing that the one before cannot read.

See docs/decisions/0018-neighbours-of-two-versions.md. A red test here is a change of what is in Redis, or in
a ticket, or goes from node to node: it needs a version of its own.
"""

from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any, get_args

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rooms.apply import apply
from rooms.facts import Commit, Fact, Unseen
from rooms.model import Record, empty_record
from server.bus import directory, redis_bus, redis_log
from server.bus.envelope import READS, WRITES, Kind, Opened, Sealer
from server.bus.redis_bus import Entry
from server.bus.redis_letters import read_letter
from server.bus.voice_frame import read_voice
from tests.rooms.story import START_MS
from tests.simulation.room_walk import RoomWalk
from tests.vectors.bus_shape import PASSING, Shape, shape, strange, unreadable
from tests.vectors.make_bus import FENCE, KEY, LETTERS_KEY, NODE, ROOM, Kept, Sealed, builtins, path, read

STEPS = 150
SEED = 4


@pytest.fixture(scope="module", params=sorted(READS))
def kept(request: pytest.FixtureRequest) -> Kept:
    return read(request.param)


def holds(kept: object, now: object) -> bool:
    """Whether everything that was kept is there now; more may be there too."""
    if isinstance(kept, dict) and isinstance(now, dict):
        return all(key in now and holds(value, now[key]) for key, value in kept.items())
    if isinstance(kept, list) and isinstance(now, list):
        return len(kept) <= len(now) and all(map(holds, kept, now))
    return kept == now


def opened(sealed: Sealed) -> bytes:
    found = Sealer(KEY, "n-2", 1).open(sealed.kind, sealed.room, sealed.message)
    assert isinstance(found, Opened)
    assert (found.node, found.fence, found.is_own) == (NODE, FENCE, False)
    return found.body


def record_of(sealed: Sealed) -> Record:
    return redis_log._record_decoder.decode(opened(sealed))


DECODERS: dict[Kind, Callable[[bytes], object]] = {
    Kind.FACTS: redis_bus._decoder.decode,
    Kind.ENTRY: redis_log._entry_decoder.decode,
    Kind.SNAPSHOT: redis_log._record_decoder.decode,
    Kind.NODE: directory._lease_decoder.decode,
    Kind.NEWS: directory._news_decoder.decode,
    Kind.LOAD: directory._load_decoder.decode,
    Kind.BEAT: lambda _: None,
    Kind.VOICE: read_voice,
    Kind.LETTERS: lambda body: read_letter(AESGCM(LETTERS_KEY), ROOM, body),
}


def what_it_says(sealed: Sealed) -> object:
    return DECODERS[sealed.kind](opened(sealed))


def test_each_version_that_is_read_is_kept() -> None:
    assert WRITES in READS
    assert max(READS) - WRITES in {0, 1}
    assert all(read(version).version == version for version in READS)
    assert not path(max(READS) + 1).exists()
    assert read(WRITES).before.message[1] == WRITES


def test_each_message_is_read_and_says_what_it_said(kept: Kept) -> None:
    for sealed in (kept.before, *kept.entries, kept.after, *kept.others):
        assert holds(sealed.says, builtins(what_it_says(sealed))), sealed.kind


def test_what_is_kept_of_the_first_version_is_of_every_kind() -> None:
    kept = read(min(READS))
    every = (kept.before, *kept.entries, *kept.others)
    assert {sealed.kind for sealed in every} == set(Kind)
    facts = {entry["fact"]["type"] for one in every if one.kind is Kind.FACTS for (entry, *_) in one.says[1]}
    known = {tag for name, tag in tags(kept.shape).items() if name != Unseen.__name__}
    assert facts == known


def test_an_old_log_leads_to_the_record_that_it_led_to(kept: Kept) -> None:
    record = record_of(kept.before)
    for sealed in kept.entries:
        record = apply(record, redis_log._entry_decoder.decode(opened(sealed)).commit)
    assert record == record_of(kept.after)
    assert holds(kept.after.says, builtins(record))


def test_a_change_of_what_is_written_has_a_version(kept: Kept) -> None:
    newest, now = read(max(READS)).shape, shape()
    assert unreadable(newest, now) == []
    assert kept.shape.keys() <= now.keys(), "what was written once is read for ever"


def test_nothing_is_written_that_the_version_before_cannot_read() -> None:
    known = read(WRITES).shape
    for log, record in walked():
        assert strange(known, "Record", builtins(record)) == ""
        for commit in log:
            assert strange(known, "Entry", builtins(Entry(commit, b"", b"", 0))) == ""


def walked() -> list[tuple[list[Commit], Record]]:
    chance = Random(SEED)  # noqa: S311 - to be repeated
    walk = RoomWalk()
    for _ in range(STEPS):
        walk.step(chance)
    record = empty_record(START_MS)
    for commit in walk.story.log:
        record = apply(record, commit)
    return [(walk.story.log, record)]


def tags(of: Shape) -> dict[str, str]:
    names = {one["$ref"].rpartition("/")[2] for one in of["Commit"]["properties"]["fact"]["anyOf"]}
    return {name: of[name]["properties"]["type"]["enum"][0] for name in names}


def test_every_fact_has_its_tag_in_the_shape() -> None:
    assert set(tags(shape())) == {kind.__name__ for kind in get_args(Fact)}


def changed(path: str, value: Any) -> Shape:  # noqa: ANN401 - JSON
    """Return the shape with something else in one place; None takes it away."""
    now = deepcopy(shape())
    *way, last = path.split("/")
    place = now
    for key in way:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return now


NUMBER = {"type": "integer"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Member/properties/mood", NUMBER),  # lost with a neighbour's next snapshot
        ("Member/properties/name/maxLength", 41),
        ("Member/properties/name", None),
        ("Member/properties/stranded_ms", {"type": "number"}),
        ("Member/required", ["member_id"]),
        ("Role/enum", ["member", "king"]),
        ("NodePhase/enum", ["serving", "draining", "asleep"]),
        ("Commit/properties/fact/anyOf", [{"$ref": "#/$defs/MemberLeft"}]),
        ("Entry/prefixItems", [NUMBER]),
        ("MemberLeft/properties/type/enum", ["member_went"]),
    ],
)
def test_what_a_neighbour_could_not_read_is_found(path: str, value: object) -> None:
    assert unreadable(shape(), changed(path, value))


@pytest.mark.parametrize("struct", sorted(PASSING))
def test_what_is_kept_nowhere_may_grow(struct: str) -> None:
    assert unreadable(shape(), changed(f"{struct}/properties/mood", NUMBER)) == []


def test_a_written_value_with_something_else_in_it_is_found() -> None:
    entries = (one.says[1][0] for one in read(min(READS)).others if one.kind is Kind.FACTS)
    value = next(entry for entry in entries if entry[0]["fact"]["type"] == "member_left")
    reason = value[0]["fact"]["reason"]
    assert strange(shape(), "Entry", value) == ""
    for known in (
        changed("LeaveReason/enum", [one for one in shape()["LeaveReason"]["enum"] if one != reason]),
        changed("MemberLeft/properties/member_id", None),
        changed("MemberLeft", None),
        changed("Commit/properties/seq", {"type": "string"}),
        changed("Entry/prefixItems", shape()["Entry"]["prefixItems"][:3]),
    ):
        assert strange(known, "Entry", value)
