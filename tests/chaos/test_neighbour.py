"""The neighbour of another version writes what it says it does: more, and readable."""

import msgspec
import pytest

from server.bus import directory, redis_bus, redis_log
from server.bus.envelope import Kind
from server.ports import NodeLoad, NodePhase, NodeState
from tests.chaos.neighbour import MORE, grown
from tests.vectors.make_bus import read
from tests.vectors.test_bus import opened, what_it_says

KEPT = read(1)


NEWS = [sealed for sealed in KEPT.others if sealed.kind is Kind.FACTS]


@pytest.mark.parametrize("number", range(len(NEWS)))
def test_what_it_says_has_more_in_it_and_is_read_as_ever(number: int) -> None:
    said = what_it_says(NEWS[number])
    assert isinstance(said, redis_bus.News)
    more = msgspec.msgpack.encode(grown(said))
    assert redis_bus._decoder.decode(more) == said
    assert more.count(MORE.encode()) >= 1 + 3 * len(said.entries)


def test_a_record_with_more_in_it_is_read_as_ever() -> None:
    record = redis_log._record_decoder.decode(opened(KEPT.after))
    more = msgspec.msgpack.encode(grown(record))
    assert redis_log._record_decoder.decode(more) == record
    assert more.count(MORE.encode()) > 20


def test_a_lease_with_more_in_it_is_read_as_ever() -> None:
    state = NodeState(name="n-1", epoch=3, phase=NodePhase.DRAINING, load=NodeLoad(loss=0.5))
    lease = directory.Lease(7, state)
    more = msgspec.msgpack.encode(grown(lease))
    assert directory._lease_decoder.decode(more) == lease
    assert more.count(MORE.encode()) == 3
