"""The node directory on Redis: each node keeps a lease on its name and writes into it what it holds.

A lease ends three seconds after it was last renewed. Behind a name stands a fence epoch that only grows: who
takes a name gets a higher one, and an announcement with a lower one changes nothing. Every message of the
node carries it, so that what an earlier life of it says is not believed either.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from server.bus.envelope import DropKind, Kind, Sealer
from server.bus.hearing import Hearing, Listener
from server.bus.keys import PREFIX
from server.bus.link import RedisLink, Script, Word
from server.ports import Announced, Clock, FencedError, LogUnavailableError, NodePhase, NodeState

LEASE_MS: Final = 3_000
DRAIN_ASKED_MS: Final = 60_000  # so long a request waits for its node to hear of it
FENCE_MS: Final = 30 * 24 * 60 * 60 * 1_000  # a name that nobody used for so long may start anew
FORGET_MS: Final = 60 * 60 * 1_000  # a name without a lease for so long is struck off the list

_NAMES: Final = f"{PREFIX}nodes"
_TOLD: Final = f"{PREFIX}nodes:told"

_CLAIM: Final = Script("""
local epoch = math.max((tonumber(redis.call('GET', KEYS[1])) or 0) + 1, tonumber(ARGV[1]))
redis.call('SET', KEYS[1], string.format('%.0f', epoch), 'PX', ARGV[2])
redis.call('DEL', KEYS[2], KEYS[3])
return string.format('%.0f', epoch)
""")

_ANNOUNCE: Final = Script("""
local fence = tonumber(redis.call('GET', KEYS[1])) or 0
if fence > tonumber(ARGV[1]) then return false end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[4])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return redis.call('GET', KEYS[3]) or ''
""")

_WITHDRAW: Final = Script("""
if (tonumber(redis.call('GET', KEYS[1])) or 0) > tonumber(ARGV[1]) then return 0 end
return redis.call('DEL', KEYS[2], KEYS[3])
""")

_decoder = msgspec.json.Decoder(NodeState)
_encoder = msgspec.json.Encoder()


class RedisDirectory:
    """The node directory of a cluster. See `server.ports.NodeDirectory`."""

    def __init__(self, link: RedisLink, hearing: Hearing, sealer: Sealer, clock: Clock) -> None:
        """Know of no node yet."""
        self._link = link
        self._hearing = hearing
        self._sealer = sealer
        self._clock = clock
        self._said: tuple[NodePhase, object] | None = None

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """See `server.ports.NodeDirectory.on_change`."""

        def take(message: bytes) -> None:
            opened = self._sealer.open(Kind.NODE, "", message)
            if not isinstance(opened, DropKind) and not opened.is_own:
                callback()

        return self._hearing.hear(_TOLD, Listener(take, callback))

    async def claim(self, name: str) -> int:
        """See `server.ports.NodeDirectory.claim`."""
        answer = await self._link.script(_CLAIM, _keys(name), [self._clock.wall_ms(), FENCE_MS])
        epoch = self._sealer.fence = int(_bytes(answer))
        return epoch

    async def announce(self, state: NodeState) -> Announced:
        """See `server.ports.NodeDirectory.announce`."""
        sealed = self._sealer.seal(Kind.NODE, state.name, _encoder.encode(state))
        words: list[Word] = [state.epoch, sealed, LEASE_MS, FENCE_MS]
        answer = await self._link.script(_ANNOUNCE, _keys(state.name), words)
        if answer is None:
            raise FencedError
        await self._link.command("ZADD", _NAMES, self._clock.wall_ms(), state.name)
        said = (state.phase, state.rooms)
        if said != self._said:
            self._said = said
            await self._tell()
        others = tuple(other for other in await self.nodes() if other.name != state.name)
        asked = _bytes(answer)
        return Announced(others, int(asked) if asked else None)

    async def withdraw(self, state: NodeState) -> None:
        """See `server.ports.NodeDirectory.withdraw`."""
        if await self._link.script(_WITHDRAW, _keys(state.name), [state.epoch]):
            await self._link.command("ZREM", _NAMES, state.name)
            await self._tell()

    async def nodes(self) -> tuple[NodeState, ...]:
        """See `server.ports.NodeDirectory.nodes`."""
        await self._link.command("ZREMRANGEBYSCORE", _NAMES, "-inf", self._clock.wall_ms() - FORGET_MS)
        listed = await self._link.command("ZRANGE", _NAMES, 0, -1)
        names = sorted(name.decode() for name in listed) if isinstance(listed, list) else []
        leases = await asyncio.gather(*(self._link.command("GET", _keys(name)[1]) for name in names))
        found = (self._read(name, lease) for name, lease in zip(names, leases, strict=True))
        return tuple(state for state in found if state is not None)

    async def ask_drain(self, name: str, within_ms: int) -> None:
        """See `server.ports.NodeDirectory.ask_drain`."""
        await self._link.command("SET", _keys(name)[2], within_ms, "PX", DRAIN_ASKED_MS)
        await self._tell()

    def _read(self, name: str, lease: object) -> NodeState | None:
        if not isinstance(lease, bytes):
            return None  # its lease has ended
        self._link.counts.lease_reads += 1
        opened = self._sealer.open(Kind.NODE, name, lease, is_live=name != self._sealer.node)
        if isinstance(opened, DropKind):
            return None
        try:
            state = _decoder.decode(opened.body)
        except msgspec.MsgspecError:
            self._sealer.drops[DropKind.SHAPE] += 1
            return None
        return state if (state.name, state.epoch) == (opened.node, opened.fence) else None

    async def _tell(self) -> None:
        """Let the other nodes look now; they look each second anyway."""
        word = "SPUBLISH" if self._link.is_cluster else "PUBLISH"
        await self._link.command(word, _TOLD, self._sealer.seal(Kind.NODE, "", b""))


def _keys(name: str) -> list[str]:
    """Return the names of a node's fence, its lease and the request to drain it; all in one slot."""
    key = f"{PREFIX}node:{{{name}}}"
    return [f"{key}:fence", key, f"{key}:drain"]


def _bytes(answer: object) -> bytes:
    if not isinstance(answer, bytes):
        raise LogUnavailableError
    return answer
