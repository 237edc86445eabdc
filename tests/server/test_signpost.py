"""Who is sent to which address, and who stays."""

import pytest

from rooms.ids import NO_MEMBER, MemberId, RoomSlug
from server.ports import NodePhase, NodeState
from server.signpost import Signpost

TALK = RoomSlug("talk")
ME = MemberId(99)
ROOM_MAX = 10


def node(name: str, talk: int = 0, *, url: str | None = None, drains: bool = False) -> NodeState:
    return NodeState(
        name=name,
        epoch=1,
        public_url=f"https://{name}.example" if url is None else url,
        phase=NodePhase.DRAINING if drains else NodePhase.SERVING,
        rooms={TALK: {MemberId(number + 1): 1 for number in range(talk)}},
    )


@pytest.mark.parametrize(
    ("own", "others", "returning", "url"),
    [
        pytest.param(node("a"), [], NO_MEMBER, "", id="alone"),
        pytest.param(node("a"), [node("b", 1)], NO_MEMBER, "https://b.example", id="where the room is"),
        pytest.param(node("a", 2), [node("b", 1)], NO_MEMBER, "", id="here is most of it"),
        pytest.param(node("a", 10), [node("b", 1)], NO_MEMBER, "https://b.example", id="full here"),
        pytest.param(node("a", 10), [node("b", 1)], ME, "", id="full here, but coming back"),
        pytest.param(node("a"), [node("b", 1, url="")], NO_MEMBER, "", id="it has no address of its own"),
        pytest.param(
            node("a", url="https://b.example"), [node("b", 1)], NO_MEMBER, "", id="nor another than this"
        ),
        pytest.param(node("a"), [node("b", 1, drains=True)], NO_MEMBER, "", id="it takes nobody"),
        pytest.param(node("a", drains=True), [node("b")], NO_MEMBER, "https://b.example", id="nor this one"),
    ],
)
def test_the_way(own: NodeState, others: list[NodeState], returning: MemberId, url: str) -> None:
    assert Signpost(lambda: own, lambda: others, ROOM_MAX).url_for(TALK, returning) == url
