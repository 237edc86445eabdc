"""Two node processes on one Redis are one place: facts and voices cross, a dead node's members come back."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from rooms.model import Lane, Room
from rooms.roles import Role
from server.bus.directory import FENCE_MS
from server.bus.redis_log import LIFETIME_MS
from signaling.from_browser import RaiseHand
from tests.bots.bot import Bot
from tests.bots.ground import open_ground
from tests.integration.nodes import Cluster, enter_at, move_when_asked, running_nodes

GAP_MAX_MS = 200


@pytest.fixture
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    async with running_nodes(tmp_path_factory.mktemp("nodes")) as running:
        yield running


def names(room: Room) -> set[str]:
    return {member.name for member in room.members.values()}


def gap_ms(bot: Bot, voice: Bot) -> float:
    heard = bot.heard(voice.member_id)
    assert heard is not None
    return heard.gap_max_ns / 1e6


async def holds_what_it_should(cluster: Cluster) -> None:
    """What docs/PRIVACY.md says of Redis: these keys, each with its end, and names in no key and no log."""
    found = await cluster.redis.command("KEYS", "*")
    keys = {key.decode() for key in found.split(b"\r\n") if key[:1] not in {b"", b"*", b"$"}}
    fences = {f"lamplit:{{nodes}}:fence:{node.name}" for node in cluster.nodes}
    nodes = {f"lamplit:{{nodes}}:{what}" for what in ("alive", "leases", "revisions", "loads")}
    room = {f"lamplit:{{talk}}:{what}" for what in ("log", "head", "snapshot")}
    assert keys == fences | nodes | room
    for key in keys:
        left_ms = int((await cluster.redis.command("PTTL", key)).strip(b":\r\n"))
        assert 0 < left_ms <= (LIFETIME_MS if key in room else FENCE_MS), key
    for node in cluster.nodes:
        assert not re.search("Maya|Ben|line 1", node.log())


async def test_facts_and_voices_cross(cluster: Cluster) -> None:
    one, two = cluster.nodes
    async with open_ground(one.url) as here, open_ground(two.url) as there:
        maya, ben = await enter_at(here, "Maya"), await enter_at(there, "Ben")
        for bot in (maya, ben):
            await bot.until(lambda room: names(room) == {"Maya", "Ben"})
        await maya.speak()
        await ben.speak(660)
        await asyncio.gather(ben.hears(maya.member_id, 50), maya.hears(ben.member_id, 50))
        lines = [f"line {number}" for number in range(20)]
        for place, line in enumerate(lines):
            await (ben if place % 2 else maya).say(line)
        for bot in (maya, ben):
            room = await bot.until(lambda room: len(room.chat) == len(lines))
            assert [line.text for line in room.chat] == lines
        await maya.mute()
        heard = ben.heard(maya.member_id)
        assert heard is not None
        assert not heard.missing
        await holds_what_it_should(cluster)
        code, text = await one.command("nodes")
        assert code == 0
        rows = [line.split()[:3] for line in text.splitlines()[1:]]
        assert rows == [["n1", "serving", "1"], ["n2", "serving", "1"]]


async def test_members_of_a_killed_node_come_back_by_another(cluster: Cluster) -> None:
    one, two = cluster.nodes
    async with open_ground(one.url) as here, open_ground(two.url) as there:
        host = await enter_at(here, "Host", invite=cluster.host_invite())
        maya, ben, lost = [await enter_at(here, name) for name in ("Maya", "Ben", "Lost")]
        watcher = await enter_at(there, "Watcher")
        await host.mute_other(ben.member_id)
        await maya.command("raise_hand", lambda n: RaiseHand(n=n, lane=Lane.SHARE))
        await maya.speak()
        await watcher.hears(maya.member_id, 20)
        await one.kill()
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        for bot in (host, maya, ben):
            await bot.link.ended.wait()
            await bot.come(two.url)
        maya._end.speech.start(440, maya.member_id)
        await watcher.hears(maya.member_id, 5)
        assert loop.time() - started_s < 5
        room = await watcher.until(
            lambda room: room.members[lost.member_id].stranded_ms > 0, within_s=15
        )  # the lease of its node ended
        assert names(room) == {"Host", "Maya", "Ben", "Lost", "Watcher"}
        assert room.members[host.member_id].role is Role.HOST
        assert room.members[ben.member_id].mutes.by_host
        assert [hand.member_id for hand in room.floor.hands] == [maya.member_id]
        assert not any(room.members[bot.member_id].stranded_ms for bot in (host, maya, ben, watcher))


@pytest.mark.parametrize("by", ["SIGTERM", "command"])
async def test_a_drained_node_loses_no_seat_and_nobody_hears_it(cluster: Cluster, by: str) -> None:
    one, two = cluster.nodes
    async with open_ground(one.url) as here, open_ground(two.url) as there:
        host = await enter_at(here, "Host", invite=cluster.host_invite())
        maya, ben = await enter_at(here, "Maya"), await enter_at(here, "Ben")
        watcher = await enter_at(there, "Watcher")
        await maya.command("raise_hand", lambda n: RaiseHand(n=n, lane=Lane.SHARE))
        stranded: list[str] = []
        watcher.view.listeners.append(
            lambda commit: (
                stranded.append(type(commit.fact).__name__)
                if "Stranded" in type(commit.fact).__name__ or "Left" in type(commit.fact).__name__
                else None
            )
        )
        for place, bot in enumerate((maya, watcher)):
            await bot.speak(440 + 220 * place)
        listeners = ((ben, maya), (ben, watcher), (watcher, maya), (maya, watcher))
        await asyncio.gather(*(bot.hears(voice.member_id, 20) for bot, voice in listeners))
        async with asyncio.TaskGroup() as group:
            mover = group.create_task(move_when_asked((host, maya, ben)))
            if by == "SIGTERM":
                one.terminate()
                assert await one.ended() == 0
            else:
                code, text = await two.command("drain", "n1", "--within", "15")
                assert code == 0, text
                async with asyncio.timeout(20):
                    while '"drained"' not in one.log():  # noqa: ASYNC110 - it is another process
                        await asyncio.sleep(0.1)
                assert await one.reasons() == ("draining",)
            await asyncio.gather(*(bot.hears(voice.member_id, 20) for bot, voice in listeners))
            mover.cancel()
        assert [bot.moves for bot in (host, maya, ben)] == [1, 1, 1]
        assert stranded == []
        room = watcher.room
        assert names(room) == {"Host", "Maya", "Ben", "Watcher"}
        assert room.members[host.member_id].role is Role.HOST
        assert [hand.member_id for hand in room.floor.hands] == [maya.member_id]
        await ben.say("still here")
        await watcher.until(lambda room: bool(room.chat))
        gaps = {f"{bot.name} of {voice.name}": gap_ms(bot, voice) for bot, voice in listeners}
        assert max(gaps.values()) < GAP_MAX_MS, gaps
