import pytest
from msgspec.structs import replace

from rooms.commands import JoinRoom, OpenRoom
from rooms.ids import MeetingId, MemberId, RoomSlug
from server.bus.memory import MemoryBus, MemoryLog
from server.operator_desk import OperatorDesk, Sources
from server.operator_messages import (
    Alert,
    AlertKind,
    DrainPreview,
    OperatorRefusal,
    OperatorRefused,
)
from server.ports import LogUnavailableError, NodeLoad, NodePhase, NodeState
from server.room_service import RoomService
from tests.server.clock import FakeClock

TALK = RoomSlug("talk")
ONE = NodeState(name="n-1", epoch=1, capacity=100, version="1")
TWO = NodeState(
    name="n-2", epoch=1, capacity=100, version="1", rooms={TALK: {MemberId(n): 0 for n in range(7)}}
)
DRAINING = replace(TWO, phase=NodePhase.DRAINING)


async def _no(_name: str, _within_ms: int) -> None:
    raise LogUnavailableError


def desk(*nodes: NodeState, troubles: tuple[str, ...] = (), is_cluster: bool = True) -> OperatorDesk:
    clock, bus = FakeClock(), MemoryBus()
    rooms = RoomService(MemoryLog(bus, clock), bus, clock)
    sources = Sources(
        lambda: nodes[0], lambda: nodes[1:], rooms, str, lambda: troubles, _no if is_cluster else None
    )
    return OperatorDesk(sources, clock, 20_000)


def busy(**load: float) -> NodeState:
    return replace(ONE, load=NodeLoad(**load))


@pytest.mark.parametrize(
    ("made", "alerts"),
    [
        pytest.param(desk(ONE, TWO), (), id="all is well"),
        pytest.param(desk(ONE, troubles=("redis",)), (Alert(kind=AlertKind.REDIS_AWAY),), id="redis"),
        pytest.param(desk(DRAINING), (Alert(kind=AlertKind.NO_NODE_SERVES),), id="nobody takes anybody"),
        pytest.param(
            desk(busy(lag_ms=80.0)), (Alert(kind=AlertKind.LATE, node="n-1", number=80),), id="a late loop"
        ),
        pytest.param(desk(busy(lag_ms=49.0)), (), id="not late enough"),
        pytest.param(desk(busy(loss=0.07)), (Alert(kind=AlertKind.LOSS, node="n-1", number=7),), id="loss"),
        pytest.param(
            desk(replace(TWO, capacity=7)), (Alert(kind=AlertKind.FULL, node="n-2", number=100),), id="full"
        ),
        pytest.param(
            desk(ONE, replace(TWO, version="2")),
            (Alert(kind=AlertKind.RELEASES, number=2),),
            id="two releases",
        ),
    ],
)
def test_what_needs_somebody(made: OperatorDesk, alerts: tuple[Alert, ...]) -> None:
    assert made.look(may_drain=True).alerts == alerts


def test_the_worst_comes_first() -> None:
    late = busy(lag_ms=90.0, loss=0.5)
    kinds = [alert.kind for alert in desk(late, troubles=("redis",)).look(may_drain=False).alerts]
    assert kinds == [AlertKind.REDIS_AWAY, AlertKind.LATE, AlertKind.LOSS]


@pytest.mark.parametrize(
    ("made", "found"),
    [
        (
            desk(ONE, TWO),
            DrainPreview(
                node="n-2",
                members=7,
                rooms=1,
                sharing=0,
                takers=1,
                free=100,
                within_ms=20_000,
                pause_ms=10_000,
            ),
        ),
        (
            desk(TWO, DRAINING),
            DrainPreview(
                node="n-2", members=7, rooms=1, sharing=0, takers=0, free=0, within_ms=20_000, pause_ms=10_000
            ),
        ),
        (
            desk(replace(ONE, capacity=0), TWO),
            DrainPreview(
                node="n-2", members=7, rooms=1, sharing=0, takers=1, free=0, within_ms=20_000, pause_ms=10_000
            ),
        ),
        (desk(ONE), OperatorRefused(code=OperatorRefusal.NO_SUCH_NODE)),
        (desk(ONE, DRAINING), OperatorRefused(code=OperatorRefusal.ALREADY_DRAINING)),
        (desk(TWO, is_cluster=False), OperatorRefused(code=OperatorRefusal.STANDS_ALONE)),
    ],
)
def test_what_a_drain_would_do(made: OperatorDesk, found: object) -> None:
    assert made.preview("n-2") == found


async def test_a_directory_that_is_away_is_said() -> None:
    assert await desk(ONE, TWO).drain("n-2") == OperatorRefused(code=OperatorRefusal.REDIS_AWAY)


async def test_rooms_are_shown_largest_first_and_only_with_members() -> None:
    clock, bus = FakeClock(), MemoryBus()
    rooms = RoomService(MemoryLog(bus, clock), bus, clock)
    slugs = [RoomSlug(name) for name in ("empty", "small", "large")]
    await rooms.add_rooms(slugs)
    for slug, members in zip(slugs, (0, 1, 2), strict=True):
        await rooms.carry_out(slug, OpenRoom(slug=slug, title="T", about="", meeting_id=MeetingId(slug)))
        for number in range(members):
            name = f"Name {chr(65 + number)}"
            await rooms.carry_out(slug, JoinRoom(member_id=MemberId(number + 1), name=name))
    sources = Sources(lambda: ONE, tuple, rooms, lambda slug: f"The {slug} room", tuple, None)
    view = OperatorDesk(sources, clock, 20_000).look(may_drain=True)
    assert [(room.title, room.members, room.nodes) for room in view.rooms] == [
        ("The large room", 2, 1),
        ("The small room", 1, 1),
    ]
    assert view.rooms_open == 3
    assert not view.may_drain, "a node alone has nowhere to send anybody"
