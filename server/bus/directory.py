"""The node directory on Redis: each node keeps a lease on its name and writes into it what it holds.

A lease ends three seconds after it was last renewed, by Redis' clock. Behind a name stands a fence epoch that
only grows: who takes a name gets a higher one, and an announcement with a lower one changes nothing. Every
message of the node carries it, so that what an earlier life of it says is not believed either.

States are numbered by their node. What is new is told to the others as the difference to the state before,
so nobody reads anything; each second, with its own announcement, a node is given the newest number of every
other and reads the leases of those of whom it has missed something. How busy nodes are is read every five
seconds. Everything lies in one slot of a Cluster, and one script does what one announcement takes.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from rooms.ids import MemberId, RoomSlug
from server.bus.directory_scripts import ANNOUNCE, CLAIM, LISTED, WITHDRAW
from server.bus.envelope import UNREADABLE, DropKind, Kind, Sealer
from server.bus.hearing import Hearing, Listener
from server.bus.keys import PREFIX
from server.bus.link import RedisLink
from server.ports import (
    Announced,
    Clock,
    FencedError,
    LogUnavailableError,
    NodeLoad,
    NodePhase,
    NodeState,
)

LEASE_MS: Final = 3_000
LOADS_MS: Final = 5_000.0  # between two looks at how busy the others are
DRAIN_ASKED_MS: Final = 60_000  # so long a request waits for its node to hear of it
FENCE_MS: Final = 30 * 24 * 60 * 60 * 1_000  # a name that nobody used for so long may start anew

_NODES: Final = f"{PREFIX}{{nodes}}:"
_ALIVE, _LEASES, _REVISIONS, _LOADS, _TOLD = (
    f"{_NODES}{what}" for what in ("alive", "leases", "revisions", "loads", "told")
)
_UNKNOWN: Final = -1  # before it nothing is known, so that whoever hears of it reads the lease

Seats = dict[RoomSlug, dict[MemberId, int]]


class Lease(msgspec.Struct, frozen=True):
    """What a node has said of itself, and the number of that state. How busy it is stands elsewhere."""

    number: int
    state: NodeState


class NodeNews(msgspec.Struct, frozen=True, array_like=True):
    """What is told to all nodes.

    Attributes:
        after, number: of the state before and of the one now.
        phase: of the node now.
        taken, dropped: seats that it holds since, or no longer.
        is_gone: it has withdrawn.
        drains: the name of a node that somebody asks to empty itself; then nothing else counts.
    """

    after: int = _UNKNOWN
    number: int = 0
    phase: NodePhase = NodePhase.SERVING
    taken: Seats = {}
    dropped: dict[RoomSlug, list[MemberId]] = {}
    is_gone: bool = False
    drains: str = ""


class DrainRequest(msgspec.Struct, frozen=True, array_like=True):
    """What somebody asks of a node in the life that has this fence epoch: a later one is not meant."""

    within_ms: int
    epoch: int


class _Known(NamedTuple):
    """A node as last heard of."""

    state: NodeState
    number: int

    @property
    def revision(self) -> tuple[int, int]:
        return self.state.epoch, self.number


_encoder = msgspec.msgpack.Encoder()
_lease_decoder = msgspec.msgpack.Decoder(Lease)
_load_decoder = msgspec.msgpack.Decoder(NodeLoad)
_news_decoder = msgspec.msgpack.Decoder(NodeNews)
_drain_decoder = msgspec.msgpack.Decoder(DrainRequest)


class RedisDirectory:
    """The node directory of a cluster. See `server.ports.NodeDirectory`."""

    def __init__(self, link: RedisLink, hearing: Hearing, sealer: Sealer, clock: Clock) -> None:
        """Know of no node yet."""
        self._link = link
        self._hearing = hearing
        self._sealer = sealer
        self._clock = clock
        self._said: _Known | None = None  # and taken by Redis, as far as is known
        self._number = 0
        self._known: dict[str, _Known] = {}
        self._loads_due_ms = 0.0
        self._publish = "SPUBLISH" if link.is_cluster else "PUBLISH"

    def on_change(
        self, on_news: Callable[[tuple[NodeState, ...]], None], on_call: Callable[[], None]
    ) -> Callable[[], None]:
        """See `server.ports.NodeDirectory.on_change`."""

        def take(message: bytes) -> None:
            opened = self._sealer.open(Kind.NEWS, "", message)
            if isinstance(opened, DropKind) or opened.is_own:
                return
            try:
                news = _news_decoder.decode(opened.body)
            except UNREADABLE:
                self._sealer.drops[DropKind.SHAPE] += 1
                return
            if news.drains:
                if news.drains == self._sealer.node:
                    on_call()
            elif self._take(opened.node, opened.fence, news):
                on_news(self._others())
            else:
                on_call()

        return self._hearing.hear(_TOLD, Listener(take, on_call))

    async def claim(self, name: str) -> int:
        """See `server.ports.NodeDirectory.claim`."""
        keys = [*_own_keys(name), _ALIVE, _LEASES, _REVISIONS, _LOADS]
        answer = await self._link.script(CLAIM, keys, [name, self._clock.wall_ms(), FENCE_MS])
        if not isinstance(answer, bytes):
            raise LogUnavailableError
        epoch = self._sealer.fence = int(answer)
        self._said = None
        return epoch

    async def announce(self, state: NodeState) -> Announced:
        """See `server.ports.NodeDirectory.announce`."""
        bare = replace(state, load=NodeLoad())
        answer: list[bytes] = []
        if self._said is not None and self._said.state == bare:
            answer = await self._say(self._said, state.load)
        if not answer or answer == [b"again"]:  # never said, changed, or Redis has lost it
            self._number += 1  # also where the last one was not answered: it may have been taken
            said = _Known(bare, self._number)
            answer = await self._say(said, state.load, _difference(self._said, said))
            self._said = said
        asked, *listed = answer
        await self._catch_up(state.name, listed)
        return Announced(self._others(), self._read_drain(state, asked))

    async def withdraw(self, state: NodeState) -> None:
        """See `server.ports.NodeDirectory.withdraw`."""
        keys = [*_own_keys(state.name), _ALIVE, _LEASES, _REVISIONS, _LOADS, _TOLD]
        told = self._seal_news(NodeNews(is_gone=True))
        await self._link.script(WITHDRAW, keys, [state.name, state.epoch, told, self._publish])

    async def nodes(self) -> tuple[NodeState, ...]:
        """See `server.ports.NodeDirectory.nodes`."""
        answer = await self._link.script(LISTED, [_ALIVE, _LEASES, _LOADS], [LEASE_MS])
        parts = iter(answer if isinstance(answer, list) else [])
        found: list[NodeState] = []
        for name, lease, load in zip(parts, parts, parts, strict=True):
            known = self._read_lease(_text(name), lease)
            if known is not None:
                read = self._read_load(_text(name), load)
                found.append(replace(known.state, load=read or NodeLoad()))
        return tuple(sorted(found, key=lambda state: state.name))

    async def ask_drain(self, name: str, within_ms: int) -> None:
        """See `server.ports.NodeDirectory.ask_drain`."""
        fence, drain = _own_keys(name)
        epoch = await self._link.command("GET", fence)
        if not isinstance(epoch, bytes) or not epoch.isdigit():
            return  # nobody has the name
        body = _encoder.encode(DrainRequest(within_ms, int(epoch)))
        await self._link.command("SET", drain, self._sealer.seal(Kind.NEWS, name, body), "PX", DRAIN_ASKED_MS)
        await self._link.command(self._publish, _TOLD, self._seal_news(NodeNews(drains=name)))

    async def _say(self, said: _Known, load: NodeLoad, news: NodeNews | None = None) -> list[bytes]:
        """Renew the lease, and write it where there is news.

        Returns the ms within which the node must be empty or nothing, then names and revisions of the others.

        Raises:
            FencedError, LogUnavailableError: see `server.ports.NodeDirectory.announce`.
        """
        state = said.state
        lease, told = b"", b""
        if news is not None:
            lease = self._sealer.seal(Kind.NODE, state.name, _encoder.encode(Lease(said.number, state)))
            told = self._seal_news(news)
        answer = await self._link.script(
            ANNOUNCE,
            [*_own_keys(state.name), _ALIVE, _LEASES, _REVISIONS, _LOADS, _TOLD],
            [
                *(state.name, state.epoch, LEASE_MS, FENCE_MS, said.number, lease),
                *(self._sealer.seal(Kind.LOAD, state.name, _encoder.encode(load)), told, self._publish),
            ],
        )
        if answer is None:
            raise FencedError
        return answer if isinstance(answer, list) else []

    async def _catch_up(self, own: str, listed: list[bytes]) -> None:
        """Know exactly the nodes that are listed, and read of them what was missed."""
        revisions = {
            name: _read_revision(revision)
            for name, revision in zip(map(_text, listed[::2]), listed[1::2], strict=True)
            if name != own
        }
        for name in self._known.keys() - revisions.keys():
            del self._known[name]
        missed = [name for name, revision in revisions.items() if revision > self._revision(name)]
        for name, lease in zip(missed, await self._get(_LEASES, missed), strict=True):
            self._link.counts.lease_reads += 1
            known = self._read_lease(name, lease)
            if known is not None and known.revision > self._revision(name):  # else news came meanwhile
                before = self._known.get(name)
                load = before.state.load if before else NodeLoad()
                self._known[name] = known._replace(state=replace(known.state, load=load))
        if missed or self._clock.mono_ms() >= self._loads_due_ms:
            self._loads_due_ms = self._clock.mono_ms() + LOADS_MS
            await self._read_loads()

    async def _read_loads(self) -> None:
        names = list(self._known)
        for name, sealed in zip(names, await self._get(_LOADS, names), strict=True):
            load, known = self._read_load(name, sealed), self._known.get(name)
            if load is not None and known is not None:
                self._known[name] = known._replace(state=replace(known.state, load=load))

    async def _get(self, key: str, names: list[str]) -> list[object]:
        if not names:
            return []
        found = await self._link.command("HMGET", key, *names)
        return found if isinstance(found, list) else [None] * len(names)

    def _take(self, name: str, fence: int, news: NodeNews) -> bool:
        """Take what a node has told; False where something before it was missed."""
        known = self._known.get(name)
        if news.is_gone:
            if known is not None and known.state.epoch == fence:
                del self._known[name]
            return True
        if known is None or known.state.epoch != fence:
            return False
        if news.number <= known.number:
            return True
        if known.number != news.after:
            return False
        rooms = _changed(known.state.rooms, news.taken, news.dropped)
        self._known[name] = _Known(replace(known.state, rooms=rooms, phase=news.phase), news.number)
        return True

    def _others(self) -> tuple[NodeState, ...]:
        return tuple(self._known[name].state for name in sorted(self._known))

    def _revision(self, name: str) -> tuple[int, int]:
        known = self._known.get(name)
        return known.revision if known else (0, 0)

    def _read_lease(self, name: str, lease: object) -> _Known | None:
        body = self._open(Kind.NODE, name, lease)
        if body is None:
            return None
        try:
            found = _lease_decoder.decode(body)
        except UNREADABLE:
            self._sealer.drops[DropKind.SHAPE] += 1
            return None
        return _Known(found.state, found.number) if found.state.name == name else None

    def _read_drain(self, state: NodeState, sealed: bytes) -> int | None:
        """Return within how many ms the node must be empty, if some node of this place asks for it now."""
        if not sealed:
            return None
        opened = self._sealer.open(Kind.NEWS, state.name, sealed, is_live=False)
        if isinstance(opened, DropKind):
            return None
        try:
            request = _drain_decoder.decode(opened.body)
        except msgspec.MsgspecError:
            self._sealer.drops[DropKind.SHAPE] += 1
            return None
        return request.within_ms if request.epoch == state.epoch else None

    def _read_load(self, name: str, sealed: object) -> NodeLoad | None:
        body = self._open(Kind.LOAD, name, sealed)
        try:
            return None if body is None else _load_decoder.decode(body)
        except UNREADABLE:
            self._sealer.drops[DropKind.SHAPE] += 1
            return None

    def _open(self, kind: Kind, name: str, sealed: object) -> bytes | None:
        if not isinstance(sealed, bytes) or not sealed:
            return None  # its lease has ended
        opened = self._sealer.open(kind, name, sealed, is_live=name != self._sealer.node)
        return None if isinstance(opened, DropKind) or opened.node != name else opened.body

    def _seal_news(self, news: NodeNews) -> bytes:
        return self._sealer.seal(Kind.NEWS, "", _encoder.encode(news))


def _own_keys(name: str) -> list[str]:
    """Return the names of a node's fence and of the request to drain it."""
    return [f"{_NODES}fence:{name}", f"{_NODES}drain:{name}"]


def _read_revision(text: bytes) -> tuple[int, int]:
    """Return fence epoch and number of a state; nothing is newer than what cannot be read."""
    epoch, _, number = text.partition(b":")
    return (int(epoch), int(number)) if epoch.isdigit() and number.isdigit() else (0, 0)


def _text(name: bytes) -> str:
    return name.decode(errors="replace")


def _difference(before: _Known | None, now: _Known) -> NodeNews:
    """Return what to tell of a new state."""
    phase = now.state.phase
    if before is None or before.state.epoch != now.state.epoch:
        return NodeNews(_UNKNOWN, now.number, phase)
    taken: Seats = {}
    dropped: dict[RoomSlug, list[MemberId]] = {}
    old, new = before.state.rooms, now.state.rooms
    for slug in old.keys() | new.keys():
        had, has = old.get(slug, {}), new.get(slug, {})
        fresh = {member_id: at_ms for member_id, at_ms in has.items() if had.get(member_id) != at_ms}
        gone = [member_id for member_id in had if member_id not in has]
        if fresh:
            taken[slug] = fresh
        if gone:
            dropped[slug] = gone
    return NodeNews(before.number, now.number, phase, taken, dropped)


def _changed(
    rooms: Seats,
    taken: Mapping[RoomSlug, dict[MemberId, int]],
    dropped: Mapping[RoomSlug, Iterable[MemberId]],
) -> Seats:
    """Return seats after a change; rooms without one are the same objects as before."""
    changed = dict(rooms)
    for slug in taken.keys() | dropped.keys():
        gone = set(dropped.get(slug, ()))
        kept = {member_id: at_ms for member_id, at_ms in rooms.get(slug, {}).items() if member_id not in gone}
        changed[slug] = kept | taken.get(slug, {})
        if not changed[slug]:
            del changed[slug]
    return changed
