"""Capacity on paper: what a crowd needs, from what one packet, join, fact and member cost. Nothing runs here.

Every CPU cost is told in floors. A floor is the CPU time of the least that can be done for one packet, one
protect and one sendto on the same core in the same minute (`tests.bench.fanout --bare`), so that a machine
is one number and figures from a busy one still hold elsewhere. docs/SCALING.md explains each formula;
`python -m tests.bench scaling` measures the costs and prints the tables;
tests/simulation/test_fifty_nodes.py checks the formulas for messages.
"""

from typing import Final, NamedTuple

import msgspec

from rooms.limits import LOG_MAX_COMMITS

PACKETS_PER_S: Final = 50  # of one voice, 20 ms each
PACKET_BYTES: Final = 160  # to a listener: 78 of Opus, RTP with CSRC and level, tag, UDP, IP, Ethernet
FRAME_BYTES: Final = 150  # the same between nodes: 78 of Opus, our header, seal, RESP, TCP
MIN_S: Final = 60
KIB: Final = 1_024
TAIL_COMMITS: Final = float(LOG_MAX_COMMITS)
TOLD_MAX_PER_S: Final = 10.0  # a node waits 100 ms between changes of seats (server/presence.py)
LOADS_EACH_S: Final = 5  # how busy the others are is read so often (server/bus/directory.py)
LOAD_BYTES: Final = 110  # that, of one node, sealed
SEAT_NEWS_BYTES: Final = 150  # one seat taken or dropped, as each other node is told


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """What one of each costs. CPU in floors, memory in KiB.

    Attributes:
        floor_us: of the machine the tables are for.
        forward: a packet to one listener.
        incoming: a packet from one voice, from the socket to the decision.
        join: media and handshake of one join; the fact comes besides.
        join_fact, join_fact_per_member: deciding and applying `member_joined`, and what each member adds.
        fact, fact_per_member: the same of chat, hands and microphones.
        apply: a fact on each further node that has the room.
        delivery: a fact written to one browser.
        idle_member_per_s: checks, reports and pings of a member who only listens.
        idle_room_per_s: the look that each second takes at a room that stands open on a node.
        member_kib: of one member on the node.
        room_kib, followed_room_kib: of one room that a node follows, empty, and with a full tail of commits.
        snapshot_bytes, snapshot_bytes_per_member: what a join is answered with.
        commit_bytes: a fact on its way, and in the log.
        append, redis_delivery: of Redis: one append with its publish, and each node that hears of it.
        voice_publish: of Redis, one packet between nodes; each node that gets it costs `redis_delivery`.
        node_publish, node_read: of a node, one message to or from the bus.
        log_kib_per_fact: of Redis, a fact in the log.
        listed, node_listed: of Redis and of the node, each node that an announcement is answered with.
        listed_bytes: the same on its way. A change of a seat costs a `redis_delivery` and a `node_read`.
    """

    floor_us: float = 6.0
    forward: float
    incoming: float
    join: float
    join_fact: float
    join_fact_per_member: float
    fact: float
    fact_per_member: float
    apply: float
    delivery: float
    idle_member_per_s: float
    idle_room_per_s: float
    member_kib: float
    room_kib: float
    followed_room_kib: float
    snapshot_bytes: float
    snapshot_bytes_per_member: float
    commit_bytes: float
    append: float
    redis_delivery: float
    voice_publish: float
    node_publish: float
    node_read: float
    log_kib_per_fact: float
    listed: float
    node_listed: float
    listed_bytes: float


class Machine(NamedTuple):
    """One node, which is one core, and the one Redis; `busy` is how much of a core is meant to be used."""

    busy: float = 0.6
    node_gib: float = 2.0
    node_mbit: float = 1_000.0
    redis_mbit: float = 10_000.0
    redis_gib: float = 16.0


class Crowd(NamedTuple):
    """Who is there.

    Attributes:
        members: in all.
        room_members: in each room.
        voices: heard at once in each room, all the time: more than is ever so.
        candidates: voices that a node passes to other nodes of the room: those in slots.
        facts_per_member_min: chat, hands, signs, microphones, not joins.
        stay_min: of one member; then somebody else comes.
        is_placed: whether clients are pointed to the room's node, or a load balancer spreads them.
        follows_all: whether every node follows every room of the place, or only those with members there.
        node_room_members: members of one room whom one node takes.
    """

    members: int
    room_members: int
    voices: float = 1.0
    candidates: float = 1.5
    facts_per_member_min: float = 1.0
    stay_min: float = 45.0
    is_placed: bool = True
    follows_all: bool = True
    node_room_members: int = 500

    @property
    def rooms(self) -> float:
        """How many rooms there are."""
        return self.members / self.room_members

    @property
    def joins_per_s(self) -> float:
        """Who comes, all rooms together; as many leave."""
        return self.members / (self.stay_min * MIN_S)

    @property
    def facts_per_s(self) -> float:
        """Appends a second, all rooms together: what members do, and each coming and going."""
        return self.members * self.facts_per_member_min / MIN_S + 2 * self.joins_per_s


class Load(NamedTuple):
    """One thing that is used, how much of it, and how much there is. Above 1.0 it is the wall."""

    what: str
    used: float
    limit: float
    unit: str

    @property
    def share(self) -> float:
        """How full it is."""
        return self.used / self.limit


def span(crowd: Crowd, nodes: float) -> float:
    """Return on how many nodes a room is.

    Placed, as few as hold it. Spread by chance, as many as `room_members` balls reach of `nodes` boxes.
    """
    if crowd.is_placed:
        return min(nodes, float(-(-crowd.room_members // crowd.node_room_members)))
    return nodes * (1 - (1 - 1 / nodes) ** crowd.room_members)


def followers(crowd: Crowd, nodes: float) -> float:
    """Return how many nodes hear of a room's facts."""
    return nodes if crowd.follows_all else span(crowd, nodes)


def messages_per_fact(nodes_of_room: float, loss: float = 0.0, clashes: float = 0.0) -> float:
    """Return what one append puts on the way: itself, a delivery to each node of the room, and healing.

    A node has missed the append if it is not the one that wrote and the delivery was lost. The next append
    that it does see shows the gap, however long it is, and one read heals it: so there are as many reads as
    misses that are followed by no miss. An append that clashes is sent again, after a read.

    Args:
        nodes_of_room: see `span`.
        loss: chance that a delivery is lost.
        clashes: how many appends are refused for each that is taken.
    """
    missed = (1 - 1 / nodes_of_room) * loss
    return 1 + nodes_of_room * (1 + missed * (1 - missed)) + 2 * clashes


def node_floors_per_s(costs: Costs, crowd: Crowd, nodes: float) -> float:
    """Return the CPU of all nodes together, in floors each second, without what hangs on all others:
    the directory, and rooms that a node follows for nothing."""
    size, on = crowd.room_members, span(crowd, nodes)
    packets_in = crowd.rooms * crowd.voices * PACKETS_PER_S
    voice = packets_in * (costs.incoming + (size - 1) * costs.forward)
    between = 0.0
    if on > 1:
        sent = crowd.rooms * crowd.candidates * PACKETS_PER_S
        between = sent * (costs.node_publish + (on - 1) * (costs.node_read + costs.incoming / 2))
    joins = crowd.joins_per_s * (costs.join + costs.join_fact + size * costs.join_fact_per_member)
    facts = crowd.facts_per_s * (
        costs.fact
        + size * costs.fact_per_member
        + costs.node_publish
        + (on - 1) * (costs.apply + costs.node_read)
        + size * costs.delivery
    )
    idle = crowd.members * costs.idle_member_per_s + crowd.rooms * on * costs.idle_room_per_s
    return voice + between + joins + facts + idle


def told_per_s(crowd: Crowd, nodes: float) -> float:
    """Return how often each node tells the others of its seats."""
    return min(TOLD_MAX_PER_S, 2 * crowd.joins_per_s / nodes) if nodes > 1 else 0.0


def directory_pairs_per_s(crowd: Crowd, nodes: float) -> tuple[float, float]:
    """Return how often a node is listed to another, and how often one hears another's news, all together.

    A node announces itself each second, and each time that it tells of its seats.
    """
    told = told_per_s(crowd, nodes)
    return (nodes * nodes * (1 + told) if nodes > 1 else 0.0), nodes * nodes * told


def directory_bytes_per_s(costs: Costs, crowd: Crowd, nodes: float) -> float:
    """Return what Redis sends for the directory."""
    listed, heard = directory_pairs_per_s(crowd, nodes)
    loads_read = nodes * nodes / LOADS_EACH_S if nodes > 1 else 0.0
    return listed * costs.listed_bytes + heard * SEAT_NEWS_BYTES + loads_read * LOAD_BYTES


def directory_floors_per_s(costs: Costs, crowd: Crowd, nodes: float) -> float:
    """Return what all nodes together pay for knowing of each other."""
    listed, heard = directory_pairs_per_s(crowd, nodes)
    return listed * costs.node_listed + heard * costs.node_read


def nodes_needed(costs: Costs, crowd: Crowd, machine: Machine) -> int:
    """Return how many nodes of one core hold the crowd; at least as many as its largest room spans."""
    nodes = 1.0
    for _ in range(50):  # the span of a spread room hangs on the number of nodes
        floors = node_floors_per_s(costs, crowd, nodes)
        wanted = max(
            floors * costs.floor_us / 1e6 / machine.busy, _nodes_for_memory(costs, crowd, machine, nodes)
        )
        if crowd.is_placed:
            wanted = max(wanted, crowd.room_members / crowd.node_room_members)
        if abs(wanted - nodes) < 0.5:
            break
        nodes = max(1.0, wanted)
    return max(1, -int(-nodes // 1))


def tail_commits(crowd: Crowd) -> float:
    """Return how many commits a room keeps: those of two hours, as many as a tail holds at most."""
    return min(TAIL_COMMITS, crowd.facts_per_s / crowd.rooms * 7_200)


def followed_kib(costs: Costs, crowd: Crowd, nodes: float) -> float:
    """Return the memory that one node needs for the rooms it follows, in KiB."""
    full = tail_commits(crowd) / TAIL_COMMITS
    each = costs.room_kib + full * (costs.followed_room_kib - costs.room_kib)
    return crowd.rooms * followers(crowd, nodes) / nodes * each


def _nodes_for_memory(costs: Costs, crowd: Crowd, machine: Machine, nodes: float) -> float:
    """Where every node follows every room, more nodes do not help against rooms: `loads` tells of those."""
    kib = machine.node_gib * KIB * KIB
    followed = followed_kib(costs, crowd, nodes)
    if not crowd.follows_all:
        return (crowd.members * costs.member_kib + followed * nodes) / kib
    return crowd.members * costs.member_kib / (kib - followed if followed < kib else kib)


def loads(costs: Costs, crowd: Crowd, machine: Machine, nodes: int) -> list[Load]:
    """Return how full everything is that all nodes share, and each node's lines; the fullest first."""
    on, hears = span(crowd, nodes), followers(crowd, nodes)
    core = 1e6 / costs.floor_us * machine.busy  # floors each second
    facts = crowd.facts_per_s
    log = facts * (costs.append + hears * costs.redis_delivery)
    voice_in = crowd.rooms * crowd.candidates * PACKETS_PER_S if on > 1 else 0.0
    voice = voice_in * (costs.voice_publish + (on - 1) * costs.redis_delivery)
    fact_bits = facts * (1 + hears) * costs.commit_bytes * 8
    voice_bits = voice_in * on * FRAME_BYTES * 8
    listed, heard = directory_pairs_per_s(crowd, nodes)
    directory = listed * costs.listed + heard * costs.redis_delivery
    directory_bits = directory_bytes_per_s(costs, crowd, nodes) * 8
    redis_bits = machine.redis_mbit * 1e6
    out_bits = crowd.members * crowd.voices * PACKETS_PER_S * PACKET_BYTES * 8
    snapshot_bytes = costs.snapshot_bytes + crowd.room_members * costs.snapshot_bytes_per_member
    snapshot_bits = crowd.joins_per_s * snapshot_bytes * 8
    floors = node_floors_per_s(costs, crowd, nodes)
    watching = crowd.rooms * hears / nodes * costs.idle_room_per_s
    watching += facts * hears / nodes * (costs.apply + costs.node_read)
    looking = directory_floors_per_s(costs, crowd, nodes) / nodes
    found = [
        Load("CPU of the nodes", floors / core, nodes, "cores"),
        Load("a node's CPU: directory", looking, core, "floors/s"),
        Load("a node's CPU: rooms that it follows", watching, core, "floors/s"),
        Load("Redis CPU: room logs", log, core, "floors/s"),
        Load("Redis CPU: voice between nodes", voice, core, "floors/s"),
        Load("Redis network: facts", fact_bits, redis_bits, "bit/s"),
        Load("Redis network: voice", voice_bits, redis_bits, "bit/s"),
        Load("Redis CPU: directory", directory, core, "floors/s"),
        Load("Redis network: directory", directory_bits, redis_bits, "bit/s"),
        Load(
            "Redis memory: logs",
            crowd.rooms * tail_commits(crowd) * costs.log_kib_per_fact / KIB / KIB,
            machine.redis_gib,
            "GiB",
        ),
        Load(
            "a node's memory: members, and rooms that it follows",
            (crowd.members * costs.member_kib / nodes + followed_kib(costs, crowd, nodes)) / KIB / KIB,
            machine.node_gib,
            "GiB",
        ),
        Load("network of a node: voice", out_bits / nodes, machine.node_mbit * 1e6, "bit/s"),
        Load("network of a node: snapshots", snapshot_bits / nodes, machine.node_mbit * 1e6, "bit/s"),
        Load("members that a record may hold", crowd.room_members, 5_000, "members"),
    ]
    return sorted(found, key=lambda load: -load.share)
