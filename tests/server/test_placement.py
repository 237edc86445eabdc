"""Where members are pointed to."""

from collections import Counter

import pytest

from rooms.ids import NO_MEMBER, MemberId, RoomSlug
from server.placement import place
from server.ports import NodePhase, NodeState

TALK, OTHER = RoomSlug("talk"), RoomSlug("other")
ROOM_MAX = 10
ME = MemberId(7)


def node(
    name: str, talk: int = 0, other: int = 0, *, drains: bool = False, capacity: int = 100, mine: bool = False
) -> NodeState:
    """A node with so many members of two rooms; `mine`: it holds the seat of ME besides."""
    seats = {
        TALK: {MemberId(1_000 + number): 0 for number in range(talk)} | ({ME: 0} if mine else {}),
        OTHER: {MemberId(5_000 + number): 0 for number in range(other)},
    }
    return NodeState(
        name=name,
        epoch=1,
        phase=NodePhase.DRAINING if drains else NodePhase.SERVING,
        rooms={slug: members for slug, members in seats.items() if members},
        capacity=capacity,
    )


@pytest.mark.parametrize(
    ("nodes", "returning", "found"),
    [
        pytest.param([], NO_MEMBER, None, id="no nodes"),
        pytest.param([node("a", drains=True)], NO_MEMBER, None, id="all drain"),
        pytest.param([node("a", other=100)], NO_MEMBER, None, id="all are full"),
        pytest.param([node("a"), node("b", talk=1)], NO_MEMBER, "b", id="the room stays on one node"),
        pytest.param([node("a"), node("b", talk=1, other=80)], NO_MEMBER, "b", id="also on a busy one"),
        pytest.param([node("a", talk=2), node("b", talk=5)], NO_MEMBER, "b", id="where most of it is"),
        pytest.param([node("a", talk=2), node("b", talk=10)], NO_MEMBER, "a", id="where it is not full"),
        pytest.param([node("a", talk=10), node("b")], NO_MEMBER, "b", id="it spills"),
        pytest.param(
            [node("a", talk=10), node("b", other=50), node("c", other=20)],
            NO_MEMBER,
            "c",
            id="to the emptiest",
        ),
        pytest.param(
            [node("a", talk=10), node("b", other=80, capacity=1_000), node("c", other=20)],
            NO_MEMBER,
            "b",
            id="by the share of its capacity",
        ),
        pytest.param([node("a", talk=10)], NO_MEMBER, "a", id="full everywhere is better than nowhere"),
        pytest.param(
            [node("a", talk=3, drains=True), node("b")], NO_MEMBER, "b", id="a draining node takes nobody"
        ),
        pytest.param(
            [node("a", talk=3, drains=True, mine=True), node("b")], ME, "b", id="nor takes anybody back"
        ),
        pytest.param([node("a", talk=11, mine=True), node("b")], ME, "a", id="back to the own seat"),
        pytest.param([node("a", talk=9), node("b", mine=True)], ME, "b", id="before where most are"),
        pytest.param([node("a", talk=10), node("b")], ME, "a", id="back to the room, full or not"),
        pytest.param(
            [node("a", talk=10, other=90), node("b")], ME, "b", id="but not beyond the node's capacity"
        ),
    ],
)
def test_a_member_is_pointed_to(nodes: list[NodeState], returning: MemberId, found: str | None) -> None:
    for order in (nodes, nodes[::-1]):
        placed = place(TALK, order, ROOM_MAX, returning)
        assert (placed.name if placed else None) == found


def test_those_who_open_a_room_in_the_same_second_meet() -> None:
    seen_by_one = [node(name, other=number) for name, number in (("a", 1), ("b", 2), ("c", 3))]
    seen_by_another = [node(name, other=number) for name, number in (("c", 2), ("a", 4), ("b", 1))]
    one, another = place(TALK, seen_by_one, ROOM_MAX), place(TALK, seen_by_another, ROOM_MAX)
    assert one is not None
    assert another is not None
    assert one.name == another.name


def test_rooms_spread_over_equal_nodes() -> None:
    nodes = [node(f"n-{number}") for number in range(10)]
    found = Counter(
        placed.name
        for number in range(1_000)
        if (placed := place(RoomSlug(f"room-{number}"), nodes, ROOM_MAX)) is not None
    )
    assert len(found) == 10
    assert max(found.values()) < 150  # 100 each; five times the spread of chance
