"""What people do at one of two nodes, at the other one: a host's orders while Redis is away."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

import pytest

from rooms.facts import ChatPosted, Commit, MemberLeft, MemberMuted, RoomFrozen
from rooms.ids import MemberId
from rooms.refusals import Refusal
from signaling.from_browser import FromBrowser, MuteMember, PostChat, RemoveMember, SetFreeze
from signaling.to_browser import Accepted
from tests.bots.bot import Bot
from tests.bots.ground import open_ground
from tests.bots.marks import Mark
from tests.integration.nodes import Cluster, enter_at, running_nodes
from tests.server.bus.clustered import until

ORDER_S: Final = 0.35  # the promise is 0.1 to the last packet; the machine does other things as well
CONVERGED_S: Final = 3.0
QUIET_S: Final = 0.3  # so long without a packet, and a voice is taken for silent
AWAY_S: Final = 2.0  # longer than a command's second

_KINDS: Final = (ChatPosted, MemberMuted, MemberLeft, RoomFrozen)


@pytest.fixture(scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    async with running_nodes(tmp_path_factory.mktemp("nodes")) as running:
        yield running


class Ear:
    """When the last packet of each voice came."""

    def __init__(self, bot: Bot) -> None:
        self.last_ns: dict[int, int] = {}
        bot.on_arrival = bot._hearing.on_arrival = self._take

    def _take(self, mark: Mark, now_ns: int) -> None:
        self.last_ns[mark[0]] = now_ns

    async def silence_s(self, since_ns: int, voices: Sequence[MemberId]) -> float:
        """Wait until none of the voices is heard; return how long after a moment the last packet came."""
        await until(lambda: time.monotonic_ns() - max(self.last_ns[who] for who in voices) > QUIET_S * 1e9)
        return max(self.last_ns[who] - since_ns for who in voices) / 1e9


class HostPage:
    """Sends as the page does: orders at once, everything again in its turn until it is carried out."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._n = 0

    async def press(self, said: Sequence[tuple[str, Callable[[int], FromBrowser]]]) -> None:
        """Send one after another without waiting; return once all are carried out."""
        numbered: list[tuple[str, FromBrowser]] = []
        for event, build in said:
            self._n += 1
            numbered.append((event, build(self._n)))
        answers = await asyncio.gather(*(self._bot.link.ask(event, message) for event, message in numbered))
        wait_ms = 0
        for (event, message), first in zip(numbered, answers, strict=True):
            answer = first
            while isinstance(answer, Refusal):
                assert answer.retry_ms, answer
                await asyncio.sleep(wait_ms / 1_000)
                answer = await self._bot.link.ask(event, message)
                wait_ms = answer.retry_ms if isinstance(answer, Refusal) else 0
            assert isinstance(answer, Accepted)


def mute(who: Bot) -> tuple[str, Callable[[int], FromBrowser]]:
    return "mute_member", lambda n: MuteMember(n=n, member_id=who.member_id)


def remove(who: Bot) -> tuple[str, Callable[[int], FromBrowser]]:
    return "remove_member", lambda n: RemoveMember(n=n, member_id=who.member_id)


def freeze(*, on: bool) -> tuple[str, Callable[[int], FromBrowser]]:
    return "set_freeze", lambda n: SetFreeze(n=n, on=on)


def line(text: str) -> tuple[str, Callable[[int], FromBrowser]]:
    return "post_chat", lambda n: PostChat(n=n, text=text)


@pytest.mark.parametrize("how", ["frozen", "killed"])
async def test_orders_hold_one_after_another_while_redis_is_away(cluster: Cluster, how: str) -> None:
    one, two = cluster.nodes
    async with open_ground(one.url) as here, open_ground(two.url) as there:
        host = await enter_at(here, f"Host {how}", invite=cluster.host_invite())
        raiders = [await enter_at(here, f"{name} {how}") for name in ("Ann", "Ben", "Cat", "Dan")]
        near, far = await enter_at(here, f"Near {how}"), await enter_at(there, f"Far {how}")
        ear = Ear(near)
        for place, raider in enumerate(raiders):
            await raider.speak(400 + 100 * place)
        await until(lambda: len(ear.last_ns) >= 3)  # of four voices at once three are forwarded
        facts: list[Commit] = []
        far.view.listeners.append(facts.append)
        page = HostPage(host)
        said = [line(how), *map(mute, raiders[:3]), remove(raiders[3]), freeze(on=True)]
        await _go(cluster, how)
        asked_ns = time.monotonic_ns()
        try:
            async with asyncio.TaskGroup() as group:
                pressing = group.create_task(page.press(said))
                assert await ear.silence_s(asked_ns, list(ear.last_ns)) < ORDER_S
                await asyncio.sleep(AWAY_S - (time.monotonic_ns() - asked_ns) / 1e9)
                assert not pressing.done()
                assert facts == []
                await _come_back(cluster, how)
                back_s = time.monotonic()
                room = await far.until(lambda room: room.order.is_frozen)
                assert time.monotonic() - back_s < CONVERGED_S
        finally:
            cluster.redis.resume()
        assert [one.text for one in room.chat if one.member_id == host.member_id] == [how]
        assert all(room.members[raider.member_id].mutes.by_host for raider in raiders[:3])
        assert raiders[3].member_id not in room.members
        if how == "frozen":  # of a log that began anew the far one is shown where it begins
            _check_order(facts, [raider.member_id for raider in raiders])
        await page.press([freeze(on=False)])
        for bot in (host, near, far, *raiders[:3]):
            await bot.leave()


def _check_order(facts: Sequence[Commit], raiders: Sequence[MemberId]) -> None:
    """See that each thing was done once, in the order in which it was asked for."""
    seen = [commit.fact for commit in facts if isinstance(commit.fact, _KINDS)]
    assert [type(fact) for fact in seen] == [ChatPosted, *[MemberMuted] * 3, MemberLeft, RoomFrozen]
    assert [fact.member_id for fact in seen if isinstance(fact, MemberMuted | MemberLeft)] == raiders


async def _go(cluster: Cluster, how: str) -> None:
    if how == "frozen":
        cluster.redis.freeze()
    else:
        await cluster.redis.kill()


async def _come_back(cluster: Cluster, how: str) -> None:
    if how == "frozen":
        cluster.redis.resume()
    else:
        await cluster.redis.start()
