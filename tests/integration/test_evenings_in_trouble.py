"""An attack, and a host who is lost at night, on every socket of the room; whoever is banned stays out."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import ClientSession

from rooms.ids import RoomSlug
from rooms.limits import BURST_MIN, LEAD_ASK_MS, LEAD_LOST_MS, LEAD_SAFE_MS, SHARE_LIMIT_MS, SHARE_OVER_MS
from server.clock import SystemClock
from server.config import RoomConfig
from server.group_ports import GroupSlug, StoredGroup
from server.lifecycle import RunningServer, running_server
from server.store.sql_store import open_store
from tests.integration.evening import SECOND_MS, Evening, Person, facts_in, forget, heard
from tests.server.gateway.house import Browser
from tests.server.nodes import node_config

DAY_MS = 86_400_000


@pytest.fixture
async def evening() -> AsyncIterator[Evening]:
    async with Evening() as opened:
        yield opened


# --- an attack -------------------------------------------------------------------------------


async def raided(evening: Evening) -> tuple[Person, Person, Person, list[Person]]:
    """A chair who reads, somebody safe, a member, and strangers who came at once, shouting."""
    chair, safe = await evening.lead("Tom"), await evening.sit("Sana")
    maya = await evening.sit("Maya")
    await chair.do("give_role", member_id=safe.member_id, role="safety")
    await evening.pass_s(60)
    for person in (chair, maya):
        await person.do("set_microphone", on=True)
    await forget(chair, safe, maya)
    raiders: list[Person] = []
    for number in range(BURST_MIN):
        raiders.append(await evening.sit(f"Raider {number}", is_known=False))
        await raiders[-1].do("set_microphone", on=True)
        await raiders[-1].do("post_chat", text="slur")
        await evening.pass_s(3)
    return chair, safe, maya, raiders


async def test_the_alarm_reaches_those_who_keep_order_and_nobody_else(evening: Evening) -> None:
    chair, safe, maya, raiders = await raided(evening)
    ids = [raider.member_id for raider in raiders]
    for person in (chair, safe):
        assert [fact["members"] for fact in await person.told() if fact["type"] == "burst_seen"] == [ids]
    for person in (maya, *raiders):
        assert "burst_seen" not in await person.kinds()
        assert (await person.shown())["burst"] == []


async def test_one_press_leaves_the_chair_heard_and_the_attack_without_a_voice(evening: Evening) -> None:
    chair, safe, maya, raiders = await raided(evening)
    assert all(heard(chair, maya, *raiders))
    await forget(chair, safe, maya, *raiders)
    await safe.do("set_freeze", on=True)
    assert heard(chair, maya, *raiders) == [True, *[False] * (1 + BURST_MIN)]
    for person in (chair, safe, maya, *raiders):
        assert "room_frozen" in await person.kinds()
    tries: tuple[tuple[str, dict[str, object]], ...] = (
        ("post_chat", {"text": "slur"}),
        ("set_microphone", {"on": True}),
        ("rename", {"name": "Slur"}),
    )
    for raider in raiders:
        for event, payload in tries:
            assert await raider.code(event, **payload) == "frozen"
    for person in (chair, safe, maya, *raiders):
        assert await person.events() == []  # of what they tried nobody hears

    late = await evening.come("Late")
    assert late.answer["type"] == "waits"
    room = late.answer["sync"]["room"]
    assert (room["members"], room["chat"], "offer" in late.answer) == ({}, [], False)
    await chair.do("show_reading", title="How it works", text="We go on.")
    await chair.do("post_chat", text="We go on reading.")
    assert chair.is_heard
    assert [fact["text"] for fact in await maya.told()] == ["We go on.", "We go on reading."]
    assert await late.told() == []


async def test_one_tap_removes_the_attack_and_nothing_reaches_it_any_more(evening: Evening) -> None:
    chair, safe, maya, raiders = await raided(evening)
    await safe.do("set_freeze", on=True)
    late = await evening.come("Late")
    await forget(chair, safe, maya)
    await safe.do("remove_burst", reason="hate", hours=24)
    gone = (*raiders, late)  # who came to the door in those seconds belonged to it
    for person in gone:
        assert await person.browser.closed() == "banned"
    left = [raider.member_id for raider in raiders]
    assert [fact["member_id"] for fact in await maya.told() if fact["type"] == "member_left"] == left
    assert {*(await maya.shown())["members"]} == {str(one.member_id) for one in (chair, safe, maya)}

    sent = [len(person.browser.events) for person in gone]
    await chair.do("post_chat", text="Thank you for staying.")
    await safe.do("set_freeze", on=False)
    assert [await person.browser.text() for person in gone] == [""] * len(gone)  # their sockets are closed
    assert [len(person.browser.events) for person in gone] == sent
    await maya.do("set_microphone", on=True)
    assert heard(chair, maya, *raiders) == [True, True, *[False] * BURST_MIN]


# --- a host is lost at night -----------------------------------------------------------------


async def night(evening: Evening) -> tuple[Person, list[Person]]:
    """The only host, and those who stay when the telephone dies: two who are trusted, two members."""
    tom = await evening.lead("Tom")
    people = [await evening.sit(name) for name in ("Ada", "Ben", "Maya", "Jo")]
    for person, role in zip(people, ("safety", "greeter"), strict=False):
        await tom.do("give_role", member_id=person.member_id, role=role)
    await people[2].do("set_microphone", on=True)
    await evening.pass_s(1)
    await tom.drop()
    await evening.pass_s(1)  # that nobody leads is noted with the next second
    await forget(*people)
    return tom, people


async def asked(person: Person) -> list[int]:
    return [fact["watch"]["asked"] for fact in await person.told() if fact["type"] == "watch_set"]


async def test_after_45_seconds_one_after_the_other_is_asked_and_the_one_who_says_yes_leads(
    evening: Evening,
) -> None:
    _, people = await night(evening)
    ada, ben, maya, jo = people
    await evening.pass_s(LEAD_LOST_MS // SECOND_MS - 1)
    for person in people:
        assert await person.events() == []
    await evening.pass_s(1)
    for person in people:
        assert await asked(person) == [ada.member_id]
    assert await maya.code("take_lead") == "not_asked"
    await evening.pass_s(LEAD_ASK_MS // SECOND_MS)
    for person in people:
        assert await asked(person) == [ben.member_id]
    await ada.do("take_lead")  # late, and it counts
    for person in (ben, maya, jo):
        given = [fact for fact in await person.told() if fact["type"] == "role_given"]
        assert [(fact["member_id"], fact["role"]) for fact in given] == [(ada.member_id, "host")]
    await evening.pass_s(300)
    assert not (await jo.shown())["watch"]["is_safe"]
    assert evening.needed.count == 0


async def kept_alone(evening: Evening) -> tuple[Person, list[Person]]:
    """The night goes on until the second in which safe mode begins."""
    tom, people = await night(evening)
    await evening.pass_s((LEAD_LOST_MS + LEAD_SAFE_MS) // SECOND_MS - 1)
    await forget(*people)
    assert heard(*people) == [False, False, True, False]
    assert evening.needed.count == 0
    await evening.pass_s(1)
    return tom, people


async def test_where_nobody_answers_the_room_keeps_itself(evening: Evening) -> None:
    _, people = await kept_alone(evening)
    _, _, maya, jo = people
    assert evening.needed.count == 1
    assert not any(heard(*people))
    for person in people:
        facts = await person.told()
        assert [fact["watch"]["is_safe"] for fact in facts if fact["type"] == "watch_set"] == [True]
        assert [fact["mode"] for fact in facts if fact["type"] == "floor_set"] == ["hands"]

    sam, cleo = await evening.come("Sam"), await evening.come("Cleo", is_known=True)
    assert (sam.answer["type"], cleo.answer["type"]) == ("waits", "joined")
    assert sam.answer["sync"]["room"]["watch"]["is_safe"]  # the page at the door shows help as well

    for person in (maya, jo):
        await person.do("raise_hand", lane="share")
    await forget(*people)
    await evening.pass_s(1)
    await maya.do("set_microphone", on=True)
    assert heard(maya, jo) == [True, False]
    await evening.pass_s((SHARE_LIMIT_MS + SHARE_OVER_MS) // SECOND_MS)
    assert heard(maya, jo) == [False, False]
    for person in (*people, cleo):
        facts = await person.told()
        turns = [fact["member_id"] for fact in facts if fact["type"] == "share_began"]
        assert turns == [maya.member_id, jo.member_id]
        assert [fact["member_id"] for fact in facts if fact["type"] == "share_ended"] == [maya.member_id]
    assert evening.needed.count == 1


@pytest.mark.parametrize("away_s", [1, 300])  # the seat is still there, or its time of grace is over
async def test_the_host_walks_in_past_the_door_and_safe_mode_ends(evening: Evening, away_s: int) -> None:
    tom, people = await kept_alone(evening)
    sam = await evening.come("Sam")
    await evening.pass_s(away_s)
    assert (str(tom.member_id) in (await people[3].shown())["members"]) is (away_s == 1)
    await tom.back()
    assert tom.answer["type"] == "resumed"
    room = await tom.shown()
    assert room["members"][str(tom.member_id)]["role"] == "host"
    assert [guest["name"] for guest in room["guests"]] == ["Sam"]
    await forget(*people)
    await evening.pass_s(1)
    for person in (*people, tom):
        watches = [fact["watch"] for fact in await person.told() if fact["type"] == "watch_set"]
        assert [(watch["is_safe"], watch["lost_ms"]) for watch in watches] == [(False, 0)]
        assert (await person.shown())["floor"]["mode"] == "open"
    assert (await evening.come("Stranger")).answer["type"] == "joined"
    await tom.do("admit_guest", member_id=sam.member_id)
    assert (await sam.browser.event("moved"))["sync"]["room"]["members"]
    assert evening.needed.count == 1


# --- a ban holds -----------------------------------------------------------------------------

TALK, NIGHT, FAR = RoomSlug("talk"), RoomSlug("night"), RoomSlug("far")
APPEAL = "Write to care@hall.example."
HIS, HERS = "h" * 22, "m" * 22
HOURS = 30 * 24
OUT = {"banned", "waits", "ticket_unusable"}  # of what an invite is worth by which he came


class LaterClock(SystemClock):
    """The machine's clock, which a test moves to a later day."""

    later_ms = 0

    def wall_ms(self) -> int:
        return super().wall_ms() + LaterClock.later_ms


class Hall:
    """A whole server: the rooms Talk and Night of one group, and Far, which is a group by itself."""

    def __init__(self, server: RunningServer, http: ClientSession) -> None:
        self.server = server
        self.http = http

    async def visit(self) -> Browser:
        origin = self.server.url.rstrip("/")
        url = f"{origin}/socket.io/?EIO=4&transport=websocket"
        return await Browser(await self.http.ws_connect(url, headers={"Origin": origin})).connect()

    async def try_(self, room: RoomSlug, name: str, device: str, invite: str = "") -> tuple[Browser, Any]:
        """Let somebody come; return the socket and the answer."""
        browser = await self.visit()
        answer = await browser.ask("join", room=room, name=name, device=device, invite=invite)
        if answer["type"] == "joined":
            browser.member_id, browser.ticket = answer["member_id"], answer["ticket"]
        return browser, answer

    async def lead(self) -> Browser:
        invite = self.server.node.office.issue_invite(TALK, 24, LaterClock().wall_ms())
        return (await self.try_(TALK, "Tom", "t" * 22, invite))[0]

    async def appeal(self, room: RoomSlug) -> str:
        async with self.http.get(f"{self.server.url}api/rooms/{room}/appeal") as answer:
            return str((await answer.json())["appeal"])


@pytest.fixture
async def hall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hall]:
    monkeypatch.setattr(LaterClock, "later_ms", 0)
    for module in ("server.app", "server.lifecycle"):
        monkeypatch.setattr(f"{module}.SystemClock", LaterClock)
    rooms = (
        RoomConfig(slug=TALK, title="Talk", group="hall"),
        RoomConfig(slug=NIGHT, title="Night", group="hall"),
        RoomConfig(slug=FAR, title="Far"),
    )
    config = msgspec.structs.replace(node_config(tmp_path), rooms=rooms)
    async with open_store("", config.server.data_path) as store:
        await store.groups.add(StoredGroup(GroupSlug("hall"), "The hall", "", APPEAL), 1)
    async with running_server(config) as server, ClientSession() as http:
        yield Hall(server, http)


async def way_in(hall: Hall, room: RoomSlug, device: str, invite: str = "") -> str:
    """What comes of a try; the name is another one each time."""
    _, answer = await hall.try_(room, f"Other {secrets.token_hex(2)}", device, invite)
    return str(answer.get("code", answer["type"]))


async def test_a_ban_holds_under_another_name_next_week_and_in_the_groups_other_room(hall: Hall) -> None:
    tom = await hall.lead()
    maya, _ = await hall.try_(TALK, "Maya", HERS)
    invited = await tom.ask("make_invite", uses=5, hours=48, role="member")
    sam, came = await hall.try_(TALK, "Sam", HIS, invited["secret"])
    assert came["type"] == "joined"
    elsewhere, came = await hall.try_(NIGHT, "Sammy", HIS)
    assert came["type"] == "joined"
    banned = await tom.ask("ban_member", n=1, member_id=sam.member_id, reason="harassment", hours=HOURS)
    assert banned["type"] == "accepted"
    assert await sam.closed() == "banned"
    (ended,) = [body for name, body in sam.events if name == "ended"]
    assert ended["why"] == "harassment"
    assert ended["until_ms"] - LaterClock().wall_ms() == pytest.approx(HOURS * 3_600_000, abs=10_000)
    assert await elsewhere.closed() == "banned"

    for room in (TALK, NIGHT):
        assert await way_in(hall, room, HIS) == "banned"
    for device in (HIS, "x" * 22):
        assert await way_in(hall, TALK, device, invited["secret"]) in OUT
    back = await hall.visit()
    assert (await back.ask("resume", ticket=sam.ticket, epoch=0, seq=0))["code"] == "banned"
    _, answer = await hall.try_(TALK, "Another", HIS)
    assert answer["suggestion"] == "harassment"
    assert 0 < answer["retry_ms"] < 2**31
    assert [await hall.appeal(room) for room in (TALK, NIGHT, FAR)] == [APPEAL, APPEAL, ""]
    assert (await hall.try_(FAR, "Sam", HIS))[1]["type"] == "joined"  # the list is the group's

    assert (await tom.ask("close_room", n=2))["type"] == "accepted"
    assert await tom.closed() == await maya.closed() == "closed"
    LaterClock.later_ms = 7 * DAY_MS
    await hall.server.node.keeper.tick()
    for room in (TALK, NIGHT):
        assert await way_in(hall, room, HIS) == "banned"
    assert await way_in(hall, TALK, "x" * 22, invited["secret"]) == "ticket_unusable"

    LaterClock.later_ms = 30 * DAY_MS - 60_000
    assert await way_in(hall, TALK, HIS) == "banned"
    LaterClock.later_ms = 30 * DAY_MS
    await hall.server.node.rooms.keep_time()
    for room in (TALK, NIGHT):  # also in Night, which has not closed since he was removed there
        assert await way_in(hall, room, HIS) == "joined"


async def test_hosts_see_why_and_until_when_and_nobody_sees_by_what(hall: Hall) -> None:
    tom = await hall.lead()
    maya, _ = await hall.try_(TALK, "Maya", HERS)
    sam, _ = await hall.try_(TALK, "Sam", HIS)
    await tom.ask("ban_member", n=1, member_id=sam.member_id, reason="hate", hours=24)
    await sam.closed()
    _, refused = await hall.try_(TALK, "Other", HIS)
    (ban,) = hall.server.node.rooms.record(TALK).room.bans  # type: ignore[union-attr]
    seen = {}
    for name, person in (("tom", tom), ("maya", maya)):
        room = (await person.ask("catch_up", epoch=0, seq=0))["sync"]["room"]
        seen[name] = room["bans"]
        everything = repr((room, person.events, refused))
        for secret in (ban.device, HIS, "127.0.0.1", "::1"):
            assert secret not in everything
    (shown,) = seen["tom"]
    assert shown["device"] == shown["branch"] == ""
    assert (shown["reason"], shown["until_ms"]) == ("hate", ban.until_ms)
    assert [fact for fact in facts_in(tom.events) if fact["type"] == "ban_matched"] == [
        {"type": "ban_matched", "ban_id": ban.ban_id}  # somebody tries again: why not is known, who is not
    ]
    assert seen["maya"] == []
    assert "ban" not in {key for fact in facts_in(maya.events) for key in fact}
