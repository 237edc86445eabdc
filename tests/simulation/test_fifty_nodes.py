"""Promise: fifty nodes that lose facts, die and drain keep one order and all that was acknowledged.

Besides, what docs/SCALING.md says of messages is true of the real rules: the count agrees with
`tests.bench.capacity.messages_per_fact` within 5 %.
"""

import asyncio
from collections import Counter

import pytest

from rooms.facts import ChatPosted
from rooms.ids import RoomSlug
from rooms.roles import Role
from server import room_service
from tests.bench.capacity import Crowd, messages_per_fact, span
from tests.simulation.many_nodes import Cluster, Counts, SimMember

NODES = 50
ROOM_MEMBERS_MAX = 20
CAPACITY = 400
HALL = RoomSlug("hall")
LOSS = 0.1
NO_ANSWER = 0.02
AGREES_WITHIN = 0.05


@pytest.fixture(autouse=True)
def no_sweeps_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story calls them itself, at its own times."""
    monkeypatch.setattr(room_service, "SWEEP_S", 10**6)
    monkeypatch.setattr(room_service, "PAUSE_MAX_S", 0.0)


async def _gather_in(cluster: Cluster, rooms: int, of_room: int, of_hall: int) -> None:
    for number in range(rooms):
        slug = RoomSlug(f"room-{number}")
        for place in range(of_room):
            await cluster.join(slug, Role.HOST if place == 0 else Role.MEMBER)
            cluster.look()
    for place in range(of_hall):
        await cluster.join(HALL, Role.HOST if place == 0 else Role.MEMBER)
        cluster.look()


async def _talk(cluster: Cluster, member: SimMember) -> None:
    """One act; now and then two members of the room act at once, so that their nodes clash."""
    acts = [cluster.switch if cluster.chance.random() < 0.4 else cluster.say]
    whom = [member]
    others = [
        one for one in cluster.members.values() if one.slug == member.slug and one.node is not member.node
    ]
    if others and cluster.chance.random() < 0.5:
        acts.append(cluster.switch)
        whom.append(cluster.chance.choice(others))
    await asyncio.gather(*(act(one) for act, one in zip(acts, whom, strict=True)))
    await cluster.settle()


async def _live(cluster: Cluster, acts: int, trouble_each: int) -> None:
    """Let members act; from time to time let a node die or drain, and others come and go."""
    for number in range(1, acts + 1):
        await _talk(cluster, cluster.chance.choice(list(cluster.members.values())))
        if number % 20 == 0:
            cluster.pass_second()
            for node in cluster.chance.sample(cluster.nodes, 3):
                await node.service.expire()
                await node.service.keep_time()
        if number % 30 == 0:
            await cluster.leave(cluster.chance.choice(list(cluster.members.values())))
            slug = cluster.chance.choice(list(cluster.members.values())).slug
            await cluster.join(slug)
        if trouble_each and number % trouble_each == 0:
            act = cluster.kill if cluster.chance.random() < 0.5 else cluster.drain
            await act(cluster.chance.choice(cluster.nodes))


async def _calm_down(cluster: Cluster) -> None:
    """Lose nothing any more: one more line in each room reaches whoever missed some."""
    cluster.weather.loss = cluster.weather.no_answer = 0.0
    for slug in {member.slug for member in cluster.members.values()}:
        await cluster.say(next(member for member in cluster.members.values() if member.slug == slug))
        await cluster.settle()
    for _ in range(20):
        await asyncio.sleep(0)


def _check_one_order(cluster: Cluster) -> None:
    living = {member.slug for member in cluster.members.values()}
    for node in cluster.nodes:
        for slug, watcher in node.watchers.items():
            history = cluster.log.history[slug]
            for seq, commit in watcher.told.items():
                assert history[seq - 1].n == commit.n
                assert history[seq - 1].by == commit.by
                assert type(history[seq - 1].fact) is type(commit.fact)
            if slug in living:
                assert node.service.record(slug).revision.seq == history[-1].seq
                assert node.service.record(slug).room == cluster.log._rooms[slug].record.room


def _check_nothing_lost(cluster: Cluster) -> int:
    posted = Counter(
        (commit.by, commit.n)
        for history in cluster.log.history.values()
        for commit in history
        if isinstance(commit.fact, ChatPosted)
    )
    assert set(posted.values()) == {1}, "a line is there twice"
    acknowledged = {(member.member_id, n) for member in cluster.members.values() for n in member.acknowledged}
    assert acknowledged <= posted.keys(), "a line that was acknowledged is gone"
    return len(acknowledged)


def _expected_messages(counts: Counts) -> float:
    """What the formula says, for what the story measured of itself."""
    loss, clashes = counts.lost / counts.deliveries, counts.clashes / counts.appends
    return counts.appends * messages_per_fact(counts.span, loss, clashes)


async def _play(seed: int, rooms: int, of_hall: int, acts: int, trouble_each: int) -> Cluster:
    async with Cluster(seed, NODES, ROOM_MEMBERS_MAX, CAPACITY) as cluster:
        await _gather_in(cluster, rooms, 8, of_hall)
        cluster.weather.loss, cluster.weather.no_answer = LOSS, NO_ANSWER
        await _live(cluster, acts, trouble_each)
        await _calm_down(cluster)
    _check_one_order(cluster)
    return cluster


def test_whatever_dies_and_drains_there_is_one_order() -> None:
    cluster = asyncio.run(_play(seed=1, rooms=40, of_hall=120, acts=800, trouble_each=40))
    assert cluster.deaths + cluster.drains == 20
    assert cluster.deaths
    assert cluster.drains
    assert cluster.counts.clashes
    assert _check_nothing_lost(cluster) > 400


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 6))
def test_a_longer_time_with_more_trouble(seed: int) -> None:
    cluster = asyncio.run(_play(seed, rooms=100, of_hall=400, acts=4_000, trouble_each=40))
    assert _check_nothing_lost(cluster) > 2_000


async def _measure(loss: float, acts: int) -> Counts:
    async with Cluster(5, NODES, ROOM_MEMBERS_MAX, CAPACITY) as cluster:
        await _gather_in(cluster, 30, 8, 200)
        before = cluster.counts
        for name in ("appends", "clashes", "reads", "deliveries", "lost", "followers"):
            setattr(before, name, 0)
        cluster.weather.loss = loss
        await _live(cluster, acts, 0)
        return cluster.counts


@pytest.mark.parametrize("loss", [0.0, 0.02, 0.2])
def test_messages_are_as_many_as_the_model_says(loss: float) -> None:
    counts = asyncio.run(_measure(loss, acts=1_000))
    assert counts.appends > 1_000
    assert counts.messages == pytest.approx(_expected_messages(counts), rel=AGREES_WITHIN)
    assert (counts.reads > counts.clashes) == bool(loss)


def test_rooms_span_as_many_nodes_as_the_model_says() -> None:
    async def spans() -> Counter[RoomSlug]:
        async with Cluster(3, NODES, ROOM_MEMBERS_MAX, CAPACITY) as cluster:
            await _gather_in(cluster, 30, 8, 200)
            return Counter(slug for node in cluster.nodes for slug in node.watchers)

    found = asyncio.run(spans())
    assert found.pop(HALL) == span(Crowd(200, 200, node_room_members=ROOM_MEMBERS_MAX), NODES)
    assert set(found.values()) == {1}
