# ruff: noqa: ANN401 - what comes out of JSON has no type here
"""Turns, order and roles through real sockets: what each of several people is told."""

from typing import Any

import pytest

from rooms.ids import MemberId
from rooms.limits import ACTION_BURST
from signaling import from_browser as said
from signaling.events import EVENTS
from tests.server.gateway.house import TALK, Browser, House


class Numbered:
    """A seated person whose commands have running numbers."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.member_id = browser.member_id
        self.n = 0

    async def ask(self, event: str, **payload: Any) -> Any:
        self.n += 1
        return await self.browser.ask(event, n=self.n, **payload)

    async def do(self, event: str, **payload: Any) -> None:
        answer = await self.ask(event, **payload)
        assert answer["type"] == "accepted", answer

    async def code(self, event: str, **payload: Any) -> str:
        return str((await self.ask(event, **payload)).get("code", ""))


async def member(house: House, name: str) -> Numbered:
    return Numbered(await house.member(name))


async def host(house: House, name: str) -> Numbered:
    return Numbered(await house.host(name))


async def shown_queue(house: House, name: str) -> list[int]:
    """The queue as somebody sees it who has just come in."""
    joined = await (await house.browser()).join(name)
    return [hand["member_id"] for hand in joined["sync"]["room"]["floor"]["hands"]]


async def test_a_fair_turn_is_the_same_for_everybody(house: House) -> None:
    tom = await host(house, "Tom")
    six = [await member(house, f"Guest {number}") for number in range(6)]
    await tom.do("set_floor", mode="hands", limit_ms=180_000)
    for person in six[:2]:
        await tom.do("give_floor", member_id=person.member_id)
        await person.do("end_share", passed=False)
    for person in six:
        house.clock.pass_ms(1_000)
        await person.do("raise_hand", lane="share")
    order = [person.member_id for person in (*six[2:], *six[:2])]
    assert await shown_queue(house, "Late") == order
    assert [hand.member_id for hand in house.rooms.open_room(TALK).floor.hands] == order  # type: ignore[union-attr]
    called = []
    for _ in six:
        await tom.do("call_next")
        called.append((await six[5].browser.fact("share_began"))["member_id"])
    assert called[2:] == order[:4]  # the two facts before are those of the turns before
    assert await shown_queue(house, "Later") == []


async def test_a_place_in_the_queue_outlives_a_lost_connection(house: House) -> None:
    tom = await host(house, "Tom")
    ann, ben = await member(house, "Ann"), await member(house, "Ben")
    await tom.do("set_floor", mode="hands", limit_ms=0)
    await ann.do("raise_hand", lane="share")
    await ben.do("raise_hand", lane="share")
    await ann.browser.ws.close()
    await ben.browser.fact("member_stranded")
    house.clock.pass_ms(60_000)
    await house.rooms.expire()
    again = await house.browser()
    assert (await again.resume(ann.browser.ticket))["type"] == "resumed"
    await tom.do("call_next")
    assert (await again.fact("share_began"))["member_id"] == ann.member_id


async def test_a_turn_opens_a_microphone_to_the_room_and_ends_with_it(house: House) -> None:
    tom, ann = await host(house, "Tom"), await member(house, "Ann")
    await tom.do("set_floor", mode="listen", limit_ms=0)
    assert await ann.code("set_microphone", on=True) == "no_floor"
    await tom.do("give_floor", member_id=ann.member_id)
    assert not house.media.heard[ann.member_id]
    await ann.do("set_microphone", on=True)
    assert house.media.heard[ann.member_id]
    await tom.do("call_next")
    assert not house.media.heard[ann.member_id]


async def test_a_share_in_writing_reaches_everybody_and_is_forgotten(house: House) -> None:
    tom, ann, ben = await host(house, "Tom"), await member(house, "Ann"), await member(house, "Ben")
    known = ben.browser.revision
    await tom.do("give_floor", member_id=ann.member_id)
    await ann.do("write_share", text="I would rather write.")
    assert (await ben.browser.fact("share_written"))["text"] == "I would rather write."
    await ann.do("end_share", passed=False)
    sync = (await ben.browser.ask("catch_up", epoch=known[0], seq=known[1]))["sync"]
    assert [commit["fact"]["text"] for commit in sync["commits"] if "text" in commit["fact"]] == [""]


async def test_a_freeze_stops_voices_words_names_and_the_door(house: House) -> None:
    tom, ann = await host(house, "Tom"), await member(house, "Ann")
    raider = await member(house, "Raider")
    await tom.do("set_microphone", on=True)
    await ann.do("set_microphone", on=True)
    await raider.do("set_microphone", on=True)
    await tom.do("set_freeze", on=True)
    assert house.media.heard == {tom.member_id: True, ann.member_id: False, raider.member_id: False}
    assert (await raider.browser.fact("all_muted"))["members"] == [ann.member_id, raider.member_id]
    for event, payload in (
        ("post_chat", {"text": "x"}),
        ("rename", {"name": "Worse"}),
        ("set_microphone", {"on": True}),
    ):
        assert await raider.code(event, **payload) == "frozen"
    assert (await (await house.browser()).join("Another"))["type"] == "waits"
    await tom.do("post_chat", text="We go on.")
    assert (await raider.browser.fact("chat_posted"))["text"] == "We go on."
    await ann.browser.ws.close()
    again = await house.browser()
    assert (await again.resume(ann.browser.ticket))["type"] == "resumed"  # still seated
    await tom.do("remove_member", member_id=raider.member_id)
    assert await raider.browser.closed() == "removed"
    await tom.do("set_freeze", on=False)
    assert (await (await house.browser()).join("One more"))["type"] == "joined"


async def test_chat_modes_and_slow_mode(house: House) -> None:
    tom, ann = await host(house, "Tom"), await member(house, "Ann")
    await tom.do("set_chat", mode="hosts", slow_ms=0)
    assert await ann.code("post_chat", text="x") == "chat_closed"
    await tom.do("post_chat", text="announcement")
    await tom.do("set_chat", mode="off", slow_ms=0)
    assert await tom.code("post_chat", text="x") == "chat_closed"
    await tom.do("set_chat", mode="everyone", slow_ms=30_000)
    await ann.do("post_chat", text="one")
    refused = await ann.ask("post_chat", text="two")
    assert (refused["code"], refused["retry_ms"]) == ("too_fast", 30_000)
    house.clock.pass_ms(30_000)
    await ann.do("post_chat", text="two")


async def test_an_erased_line_is_gone_for_late_readers_too(house: House) -> None:
    tom, ann = await host(house, "Tom"), await member(house, "Ann")
    epoch, seq = ann.browser.revision
    await ann.do("post_chat", text="slur")
    line_seq = house.rooms.record(TALK).revision.seq
    await tom.do("erase_line", seq=line_seq)
    assert (await ann.browser.fact("line_erased"))["line_seq"] == line_seq
    sync = (await ann.browser.ask("catch_up", epoch=epoch, seq=seq))["sync"]
    assert [commit["fact"].get("text") for commit in sync["commits"]] == ["", None]


async def test_a_role_comes_with_a_ticket_that_knows_it(house: House) -> None:
    tom, ann, ben = await host(house, "Tom"), await member(house, "Ann"), await member(house, "Ben")
    assert await ann.code("mute_member", member_id=ben.member_id) == "not_allowed"
    older = ann.browser.ticket
    await tom.do("give_role", member_id=ann.member_id, role="safety")
    ticket = (await ann.browser.event("ticket_renewed"))["ticket"]
    told = house.office.read_seat(ticket, house.clock.wall_ms())
    assert told is not None
    assert told.role == "safety"
    await ann.do("mute_member", member_id=ben.member_id)
    await tom.do("remove_member", member_id=ben.member_id)
    assert (await ann.browser.fact("member_removed"))["by"] == tom.member_id  # who keeps order is told
    await tom.do("give_role", member_id=ann.member_id, role="member")
    await ann.browser.event("ticket_renewed")
    assert (await ann.browser.ask("leave"))["type"] == "accepted"
    again = await house.browser()
    resumed = await again.resume(older)
    assert resumed["sync"]["room"]["members"][str(ann.member_id)]["role"] == "member"


async def test_a_join_that_is_tried_again_finds_the_role_that_was_given_meanwhile(house: House) -> None:
    tom = await host(house, "Tom")
    first = await house.browser()
    joined = await first.ask("join", room="talk", name="Ann", invite="", attempt="a" * 22)
    await tom.do("give_role", member_id=joined["member_id"], role="safety")
    again = await house.browser()
    joined = await again.ask("join", room="talk", name="Ann", invite="", attempt="a" * 22)
    told = house.office.read_seat(joined["ticket"], house.clock.wall_ms())
    assert told is not None
    assert told.role == "safety"


async def test_what_a_member_is_not_told(house: House) -> None:
    tom, ann, ben = await host(house, "Tom"), await member(house, "Ann"), await member(house, "Ben")
    await tom.do("remove_member", member_id=ben.member_id)
    assert (await ann.browser.fact("member_left"))["reason"] == "left"


async def test_a_role_given_to_somebody_who_is_away_is_there_at_the_return(house: House) -> None:
    tom, ann = await host(house, "Tom"), await member(house, "Ann")
    await ann.browser.ws.close()
    await tom.browser.fact("member_stranded")
    await tom.do("give_role", member_id=ann.member_id, role="cohost")
    again = await house.browser()
    await again.resume(ann.browser.ticket)
    back = Numbered(again)
    back.n = 10
    await back.do("set_lock", on=True)
    told = house.office.read_seat(again.ticket, house.clock.wall_ms())
    assert told is not None
    assert told.role == "cohost"


OF_OTHERS: dict[str, dict[str, Any]] = {
    "mute_member": {},
    "lift_mute": {},
    "remove_member": {},
    "lower_hand": {},
    "lower_all_hands": {},
    "move_hand": {"place": 0},
    "give_floor": {},
    "call_next": {},
    "end_share": {"passed": False},
    "add_time": {"more_ms": 60_000},
    "set_floor": {"mode": "listen", "limit_ms": 0},
    "set_chat": {"mode": "off", "slow_ms": 0},
    "write_caption": {"line": 1, "text": "x", "is_over": True},
    "erase_caption": {"line": 1},
    "erase_line": {"seq": 1},
    "set_lock": {"on": True},
    "set_freeze": {"on": True},
    "mute_all": {},
    "give_role": {"role": "cohost"},
    "set_phase": {"phase": "on", "ends_ms": 0},
    "close_room": {},
    "admit_guest": {},
    "admit_all": {},
    "hold_guest": {},
    "turn_away": {},
    "tell_guest": {"text": "x"},
    "step_out": {},
    "ban_member": {"reason": "flood", "hours": 1},
    "lift_ban": {"ban_id": "b"},
    "lift_removal": {},
    "remove_burst": {"reason": "flood", "hours": 0},
    "set_rules": {"rules": {}},
    "release_line": {"seq": 1},
    "settle_report": {"report_id": "r"},
    "set_sheet": {"sheet": None},
    "assign_cue": {"at": 0},
    "show_cue": {"at": 0},
    "show_reading": {"title": "x", "text": "x"},
    "mark_reading": {"line": 0},
}
"""What needs a role, with what it is about besides the member."""

OF_EVERYBODY = {
    "rename",
    "set_microphone",
    "post_chat",
    "retract_chat",
    "raise_hand",
    "write_share",
    "react",
    "drop_line",
    "block_member",
    "unblock_member",
    "report_member",
    "take_lead",  # whoever is asked to; nobody else
    "decline_lead",
}


def test_every_command_is_of_everybody_or_needs_a_role() -> None:
    numbered = {event for event, kind in EVENTS.items() if issubclass(kind, said.Numbered)}
    assert numbered == OF_EVERYBODY | set(OF_OTHERS)


async def test_a_member_may_do_nothing_that_needs_a_role(house: House) -> None:
    tom, ann, ben = await host(house, "Tom"), await member(house, "Ann"), await member(house, "Ben")
    await ben.do("raise_hand", lane="share")
    await tom.do("give_floor", member_id=tom.member_id)
    before = house.rooms.record(TALK)
    for event, payload in OF_OTHERS.items():
        house.clock.pass_ms(1_000)
        about = {"member_id": ben.member_id} if "member_id" in EVENTS[event].__struct_fields__ else {}
        assert await ann.code(event, **about, **payload) == "not_allowed", event
    assert house.rooms.record(TALK) is before


@pytest.mark.parametrize("role", ["host", "secretary"])
async def test_nobody_becomes_a_host_by_one_hosts_word(house: House, role: str) -> None:
    tom, ann = await host(house, "Tom"), await member(house, "Ann")
    for _ in range(2):
        await tom.do("give_role", member_id=ann.member_id, role=role)
    room = house.rooms.open_room(TALK)
    assert room is not None
    assert room.members[MemberId(ann.member_id)].role == "member"
    assert [one.role for one in room.proposals] == [role]
    assert await tom.code("give_role", member_id=tom.member_id, role="member") == "higher_rank"


async def test_a_hand_has_a_pace_like_every_act(house: House) -> None:
    ann = await member(house, "Ann")
    codes = []
    for turn in range(ACTION_BURST + 2):
        event = (
            ("lower_hand", {"member_id": ann.member_id}) if turn % 2 else ("raise_hand", {"lane": "share"})
        )
        codes.append(await ann.code(event[0], **event[1]))
    assert codes[: ACTION_BURST - 1] == [""] * (ACTION_BURST - 1)
    assert codes[-1] == "too_fast"


async def test_the_same_number_twice_calls_one_person(house: House) -> None:
    tom, ann, ben = await host(house, "Tom"), await member(house, "Ann"), await member(house, "Ben")
    for person in (ann, ben):
        await person.do("raise_hand", lane="share")
    for _ in range(2):
        assert (await tom.browser.ask("call_next", n=1))["type"] == "accepted"
    room = house.rooms.open_room(TALK)
    assert room is not None
    assert room.floor.share is not None
    assert room.floor.share.member_id == ann.member_id
