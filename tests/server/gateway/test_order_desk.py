# ruff: noqa: ANN401 - what comes out of JSON has no type here
"""A host who presses one thing after another while the log does not answer, through real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from rooms.facts import Commit
from rooms.ids import RoomSlug
from rooms.limits import ACTION_BURST
from rooms.model import Revision
from server.bus.memory import MemoryLog
from server.ports import Clash, Draft, LogUnavailableError, Missing
from tests.server.bus.clustered import until
from tests.server.gateway.house import TALK, Browser, House

AT_ONCE_S = 0.5  # 50 ms, and a machine that does other things as well


class Moods:
    """A log that is frozen first: it answers nothing. Then it is away: it says so at once."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_away = False
        self._moves = asyncio.Event()
        self._moves.set()
        real = MemoryLog.append

        async def append(slug: RoomSlug, epoch: int, draft: Draft) -> tuple[Commit, ...] | Clash:
            await self._moves.wait()
            if self.is_away:
                raise LogUnavailableError
            return await real(house.log, slug, epoch, draft)

        monkeypatch.setattr(house.log, "append", append)

    def freeze(self) -> None:
        self._moves.clear()
        self.is_away = True

    def give_up(self) -> None:
        """What waits for an answer has waited long enough."""
        self._moves.set()

    def come_back(self) -> None:
        self.is_away = False


class Scene:
    """A host, and two whose microphones are open."""

    def __init__(self, house: House, moods: Moods, tom: Browser, ann: Browser, ben: Browser) -> None:
        self.house, self.log, self.tom, self.ann, self.ben = house, moods, tom, ann, ben
        self._asked = 100

    async def send(self, event: str, n: int, **payload: Any) -> int:
        """Say something and do not wait for the answer."""
        self._asked += 1
        body = msgspec.json.encode([event, {"n": n, **payload}]).decode()
        await self.tom.ws.send_str(f"42{self._asked}{body}")
        return self._asked

    async def code(self, asked: int) -> str:
        """What an answer says no with; "" is yes."""
        return str((await self.tom.answer(asked)).get("code", ""))

    async def ask(self, event: str, n: int, **payload: Any) -> str:
        return await self.code(await self.send(event, n, **payload))

    def is_heard(self, who: Browser) -> bool:
        return self.house.media.heard.get(who.member_id, False)

    @property
    def is_silent(self) -> bool:
        """Whether one is muted and the other has no sound any more."""
        return not self.is_heard(self.ann) and self.ben.member_id not in self.house.media.peers

    async def commits(self, since: Revision) -> list[str]:
        """The facts of the host, one after another."""
        missed = await self.house.rooms.since(TALK, since)
        assert not isinstance(missed, Missing)
        return [type(commit.fact).__name__ for commit in missed if commit.by == self.tom.member_id]


@pytest.fixture
async def scene(house: House, monkeypatch: pytest.MonkeyPatch) -> Scene:
    tom, ann, ben = await house.host("Tom"), await house.member("Ann"), await house.member("Ben")
    for person in (ann, ben):
        assert (await person.ask("set_microphone", n=1, on=True))["type"] == "accepted"
    found = Scene(house, Moods(house, monkeypatch), tom, ann, ben)
    assert found.is_heard(ann)
    assert found.is_heard(ben)
    return found


@asynccontextmanager
async def mending(house: House) -> AsyncIterator[None]:
    """Let what is held be committed when the log is there again."""
    async with asyncio.TaskGroup() as group:
        work = group.create_task(house.rooms.run())
        yield
        work.cancel()


def orders(scene: Scene) -> list[tuple[str, dict[str, Any]]]:
    """Mute one, remove another, freeze the room."""
    ann, ben = scene.ann.member_id, scene.ben.member_id
    return [
        ("mute_member", {"member_id": ann}),
        ("remove_member", {"member_id": ben}),
        ("set_freeze", {"on": True}),
    ]


IN_ORDER = ["MemberMuted", "MemberRemoved", "RoomFrozen"]


async def test_orders_hold_one_after_another_behind_a_line_that_waits(scene: Scene) -> None:
    before = scene.house.rooms.record(TALK).revision
    scene.log.freeze()
    said = [("post_chat", {"text": "one moment"}), *orders(scene)]
    asked = [await scene.send(event, n, **payload) for n, (event, payload) in enumerate(said, 1)]
    await until(lambda: scene.is_silent, AT_ONCE_S)
    scene.log.give_up()
    assert [await scene.code(one) for one in asked] == ["busy"] * 4
    async with mending(scene.house):
        scene.log.come_back()
        for n, (event, payload) in enumerate(said, 1):  # each again in its turn, as the page does
            assert await scene.ask(event, n, **payload) == ""
            assert scene.is_silent
    assert await scene.commits(before) == ["ChatPosted", *IN_ORDER]


async def test_orders_alone_are_committed_without_being_sent_again(scene: Scene) -> None:
    before = scene.house.rooms.record(TALK).revision
    scene.log.freeze()
    asked = [await scene.send(event, n, **payload) for n, (event, payload) in enumerate(orders(scene), 1)]
    await until(lambda: scene.is_silent, AT_ONCE_S)
    scene.log.give_up()
    assert [await scene.code(one) for one in asked] == ["busy"] * 3
    async with mending(scene.house):
        scene.log.come_back()
        await until(lambda: scene.house.rooms.open_room(TALK).order.is_frozen)  # type: ignore[union-attr]
    assert await scene.commits(before) == IN_ORDER
    for n, (event, payload) in enumerate(orders(scene), 1):
        assert await scene.ask(event, n, **payload) == ""  # told what became of it; nothing is done twice
    assert await scene.ask("post_chat", 1, text="a page that was loaded anew counts from here") == ""
    assert await scene.commits(before) == [*IN_ORDER, "ChatPosted"]


async def test_a_later_order_does_not_overtake_what_says_the_opposite(scene: Scene) -> None:
    ann = {"member_id": scene.ann.member_id}
    assert await scene.ask("mute_member", 1, **ann) == ""
    before = scene.house.rooms.record(TALK).revision
    scene.log.freeze()
    scene.log.give_up()
    assert await scene.ask("lift_mute", 2, **ann) == "busy"
    assert await scene.ask("mute_member", 3, **ann) == "busy"
    async with mending(scene.house):
        scene.log.come_back()
        assert await scene.ask("lift_mute", 2, **ann) == ""
        assert await scene.ask("mute_member", 3, **ann) == ""
    assert await scene.commits(before) == ["MuteLifted", "MemberMuted"]
    assert not scene.is_heard(scene.ann)


async def test_orders_of_a_host_who_is_gone_are_carried_out(scene: Scene) -> None:
    before = scene.house.rooms.record(TALK).revision
    scene.log.freeze()
    await scene.send("post_chat", 1, text="never sent again")
    for n, (event, payload) in enumerate(orders(scene), 2):
        await scene.send(event, n, **payload)
    await until(lambda: scene.is_silent, AT_ONCE_S)
    scene.log.give_up()
    await scene.tom.ws.close()
    async with mending(scene.house):
        scene.log.come_back()
        await until(lambda: scene.house.rooms.open_room(TALK).order.is_frozen)  # type: ignore[union-attr]
    assert await scene.commits(before) == IN_ORDER


async def test_what_is_told_to_slow_down_holds_no_longer(scene: Scene) -> None:
    assert {await scene.ask("lower_all_hands", n) for n in range(1, ACTION_BURST + 2)} == {"", "too_fast"}
    scene.log.freeze()
    line = await scene.send("post_chat", ACTION_BURST + 2, text="one moment")
    mute = await scene.send("mute_member", ACTION_BURST + 3, member_id=scene.ann.member_id)
    await until(lambda: not scene.is_heard(scene.ann), AT_ONCE_S)
    scene.log.give_up()
    assert (await scene.code(line), await scene.code(mute)) == ("busy", "too_fast")
    assert scene.is_heard(scene.ann)
