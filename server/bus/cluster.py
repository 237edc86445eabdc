"""Everything of a node that talks to Redis, put together."""

import asyncio
import secrets
from collections.abc import Mapping
from typing import Final, NamedTuple

from server.bus.counts import BusCounts, VoiceCounts
from server.bus.directory import RedisDirectory
from server.bus.envelope import DropKind, Sealer
from server.bus.hearing import Hearing
from server.bus.link import AGAIN_S, COMMAND_S, RedisLink
from server.bus.redis_bus import RedisBus
from server.bus.redis_letters import RedisLetters
from server.bus.redis_log import SEED_WAIT_S, RedisLog
from server.bus.redis_voice import RedisVoice
from server.cluster_key import ClusterKey
from server.config import ClusterConfig
from server.ports import Clock, LogUnavailableError

OPEN_TRIES: Final = 12  # three seconds for a Redis that starts beside us


class ClusterParts(NamedTuple):
    """One node's share of the cluster."""

    link: RedisLink
    sealer: Sealer
    hearing: Hearing
    bus: RedisBus
    log: RedisLog
    directory: RedisDirectory
    voices: RedisVoice
    letters: RedisLetters

    @property
    def name(self) -> str:
        """See `server.backbone.Backbone.name`."""
        return self.sealer.node

    async def open(self) -> None:
        """See that Redis is there.

        Raises:
            LogUnavailableError: it does not answer.
        """
        for _ in range(OPEN_TRIES):
            if await self.link.look():
                return
            await asyncio.sleep(AGAIN_S)
        raise LogUnavailableError

    async def run(self) -> None:
        """Keep the connections, the subscriptions and the rooms alive, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.link.run())
            group.create_task(self.hearing.run())
            group.create_task(self.log.run())
            group.create_task(self.voices.run())
            group.create_task(self.letters.run())

    async def close(self) -> None:
        """Let go of the connections."""
        await self.link.close()

    @property
    def troubles(self) -> tuple[str, ...]:
        """See `server.backbone.Backbone.troubles`."""
        return () if self.link.is_writable else ("redis",)

    @property
    def is_up(self) -> bool:
        """See `server.backbone.Backbone.is_up`."""
        return self.link.is_up

    @property
    def is_whole(self) -> bool:
        """See `server.backbone.Backbone.is_whole`."""
        return self.hearing.is_whole

    @property
    def counts(self) -> BusCounts:
        """See `server.backbone.Backbone.counts`."""
        return self.link.counts

    @property
    def voice_counts(self) -> VoiceCounts:
        """See `server.backbone.Backbone.voice_counts`."""
        return self.voices.counts

    @property
    def drops(self) -> Mapping[DropKind, int]:
        """See `server.backbone.Backbone.drops`."""
        return self.sealer.drops


def make_node_name() -> str:
    """Return a name that no other node has."""
    return f"n-{secrets.token_hex(4)}"


def make_cluster(
    config: ClusterConfig,
    key: ClusterKey,
    node: str,
    clock: Clock,
    seed_wait_s: float = SEED_WAIT_S,
    command_s: float = COMMAND_S,
) -> ClusterParts:
    """Make the parts; connects to nothing.

    Raises:
        OSError: the file with Redis' password cannot be read.
    """
    link = RedisLink(config, command_s)
    sealer = Sealer(key.derive("bus"), node, clock.wall_ms())
    hearing = Hearing(link, sealer)
    bus = RedisBus(hearing, sealer)
    log = RedisLog(link, sealer, bus, clock, seed_wait_s)
    link.on_change(lambda _: bus.lose_all())  # also when it is lost: what is known now may be old
    directory = RedisDirectory(link, hearing, sealer, clock)
    voices = RedisVoice(link, hearing, sealer, clock)
    letters = RedisLetters(link, hearing, sealer, key.derive("private words"))
    return ClusterParts(link, sealer, hearing, bus, log, directory, voices, letters)
