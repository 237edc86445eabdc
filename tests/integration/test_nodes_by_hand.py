"""What people do at one of two nodes, as the other one's people see it.

A host's orders while Redis is away; private words; members without sound, and guests, who move.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

import pytest

from rooms.facts import ChatPosted, Commit, MemberLeft, MemberMuted, MemberStranded, RoomFrozen
from rooms.ids import MemberId
from rooms.model import DoorMode, Room, Rules
from rooms.refusals import Refusal
from server.presence import ANNOUNCE_S, UNHELD_MS
from signaling.from_browser import FromBrowser, MuteMember, PostChat, RemoveMember, SetFreeze
from signaling.from_host import AdmitGuest, AnswerPrivate, AskPrivate, SendPrivate, SetReachable, SetRules
from signaling.to_browser import Accepted, PrivateAnswered, PrivateAsked, PrivateLine, ToBrowser
from tests.bots.bot import Bot, BotOptions
from tests.bots.ground import open_ground
from tests.bots.marks import Mark
from tests.integration.nodes import Cluster, enter_at, running_nodes
from tests.server.bus.clustered import eventually, until

ORDER_S: Final = 0.35  # the promise is 0.1 to the last packet; the machine does other things as well
CONVERGED_S: Final = 3.0
QUIET_S: Final = 0.3  # so long without a packet, and a voice is taken for silent
CANARY: Final = "canary-private"
AWAY_S: Final = 2.0  # longer than a command's second

_KINDS: Final = (ChatPosted, MemberMuted, MemberLeft, RoomFrozen)


@pytest.fixture(scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    async with running_nodes(tmp_path_factory.mktemp("nodes")) as running:
        yield running


def names(room: Room) -> set[str]:
    return {member.name for member in room.members.values()}


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


@pytest.mark.parametrize("how", ["frozen", pytest.param("killed", marks=pytest.mark.long)])
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


class Told:
    """What a bot is told of private words."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.events: list[ToBrowser | Refusal] = []
        self.follow()

    def follow(self) -> None:
        """Hear the bot's connection of now."""
        link = self.bot.link
        take = link._on_message

        def hear(message: ToBrowser | Refusal) -> None:
            self.events.append(message)
            take(message)

        link._on_message = hear

    async def one(self, event: ToBrowser) -> None:
        await until(lambda: event in self.events)
        self.events.remove(event)

    async def lines(self, texts: Sequence[str]) -> None:
        """Wait for lines that were accepted, which come in their order, each once."""

        def heard() -> list[str]:
            return [one.text for one in self.events if isinstance(one, PrivateLine) and one.text in texts]

        await until(lambda: len(heard()) >= len(texts))
        assert heard() == list(texts)


async def test_private_words_reach_the_other_node_and_are_left_nowhere(cluster: Cluster) -> None:
    one, two = cluster.nodes
    async with open_ground(one.url) as here, open_ground(two.url) as there:
        host = await enter_at(here, "Keeper", invite=cluster.host_invite())
        rules = Rules(door=DoorMode.OPEN, has_private=True)
        await host.command("set_rules", lambda n: SetRules(n=n, rules=rules))
        ida, leo = await enter_at(here, "Ida"), await enter_at(there, "Leo")
        to_ida, to_leo = Told(ida), Told(leo)
        for bot in (ida, leo):
            await bot.until(lambda room: room.rules.has_private and {"Ida", "Leo"} <= names(room))
            assert isinstance(await bot.link.ask("set_reachable", SetReachable(on=True)), Accepted)
        await eventually(lambda: _is_taken(ida, "ask_private", AskPrivate(member_id=leo.member_id)))
        await to_leo.one(PrivateAsked(member_id=ida.member_id))
        yes = AnswerPrivate(member_id=ida.member_id, yes=True)
        assert isinstance(await leo.link.ask("answer_private", yes), Accepted)
        await to_ida.one(PrivateAnswered(member_id=leo.member_id, yes=True))
        to_one, to_other = [], []
        for number in range(5):
            to_other.append(await _say(ida, leo, number))
            to_one.append(await _say(leo, ida, number))
        await to_leo.lines(to_other)
        await to_ida.lines(to_one)
        await leo.come(one.url)  # what was agreed is known there too
        Told(leo)
        await to_ida.lines([*to_one, await _say(leo, ida, 5)])
        assert b"letters" not in await cluster.redis.command("KEYS", "*")
        slow = await cluster.redis.command("SLOWLOG", "GET", "-1")
        assert CANARY.encode() not in slow
        assert not any(CANARY in node.log() for node in cluster.nodes)
        for bot in (host, ida, leo):
            await bot.leave()


async def _say(by: Bot, to: Bot, number: int) -> str:
    """Say something in private until it is accepted: a busy node may be out of reach for a moment."""
    texts = (f"{CANARY} {number}, try {turn}" for turn in itertools.count())
    said: list[str] = []

    async def is_taken() -> bool:
        said.append(next(texts))
        return await _is_taken(by, "send_private", SendPrivate(member_id=to.member_id, text=said[-1]))

    await eventually(is_taken)
    return said[-1]


async def _is_taken(bot: Bot, event: str, message: FromBrowser) -> bool:
    return isinstance(await bot.link.ask(event, message), Accepted)


@pytest.mark.long
async def test_who_has_no_sound_moves_between_nodes_as_others_do(cluster: Cluster) -> None:
    one, two = cluster.nodes
    quiet = BotOptions(with_media=False)
    async with open_ground(one.url) as here, open_ground(two.url) as there:
        watcher = await enter_at(there, "Watcher")
        reader = await Bot.enter(here, "talk", "Reader", quiet)
        stranded: list[Commit] = []
        watcher.view.listeners.append(
            lambda commit: stranded.append(commit) if isinstance(commit.fact, MemberStranded) else None
        )
        await reader.go_to(two.url)
        await reader.say("from there")
        await reader.go_to(one.url)
        await asyncio.sleep(UNHELD_MS / 1_000 + ANNOUNCE_S)  # then a seat that no node holds is stranded
        assert not stranded
        resumed = await reader.come(two.url)  # after a break, which others may be told of
        assert not resumed.peer_id
        await reader.say("and again")
        room = await watcher.until(lambda room: any(line.text == "and again" for line in room.chat))
        lines = [line.text for line in room.chat if line.member_id == reader.member_id]
        assert lines == ["from there", "and again"]
        assert not room.members[reader.member_id].stranded_ms
        await reader.open_media()
        await reader.speak()
        await watcher.hears(reader.member_id, 5)
        assert names(watcher.room) == names(reader.room) == {"Watcher", "Reader"}
        for bot in (watcher, reader):
            await bot.leave()


async def test_who_waits_at_the_door_is_let_in_at_the_node_they_came_to(cluster: Cluster) -> None:
    one, two = cluster.nodes
    async with open_ground(one.url) as here:
        host = await enter_at(here, "Doorkeeper", invite=cluster.host_invite())
        await host.command("set_rules", lambda n: SetRules(n=n, rules=Rules(door=DoorMode.EVERYBODY)))
        visitor = await Bot.enter(here, "talk", "Visitor", BotOptions(with_media=False))
        assert visitor.is_guest
        await visitor.go_to(two.url)
        await host.until(lambda room: [guest.name for guest in room.guests] == ["Visitor"])
        await host.command("admit_guest", lambda n: AdmitGuest(n=n, member_id=visitor.member_id))
        await until(lambda: not visitor.is_guest)
        await visitor.open_media()
        await visitor.speak()
        await host.hears(visitor.member_id, 5)
        await host.command("set_rules", lambda n: SetRules(n=n, rules=Rules(door=DoorMode.OPEN)))
        for bot in (host, visitor):
            await bot.leave()
