"""The door through real sockets: who waits sees nothing, and a move shows the room anew."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rooms.host_commands import LearnBan
from rooms.ids import MemberId
from rooms.model import Ban, BanReason, DoorMode, RoomSettings, Rules
from tests.server.gateway.house import TALK, Browser, House

DEVICE = "d" * 22
OTHER_DEVICE = "e" * 22


@pytest_asyncio.fixture
async def house() -> AsyncIterator[House]:
    """A room where strangers wait."""
    async with House(settings=RoomSettings(rules=Rules(door=DoorMode.STRANGERS))) as house:
        yield house


async def stranger(house: House, name: str, device: str = DEVICE) -> Browser:
    browser = await house.browser()
    answer = await browser.join(name, device=device)
    assert answer["type"] == "waits"
    return browser


async def test_who_waits_is_shown_nothing_but_the_own_place(house: House) -> None:
    host = await house.host("Tom")
    assert (await host.ask("post_chat", n=1, text="among ourselves"))["type"] == "accepted"
    sam = await house.browser()
    answer = await sam.join("Sam", device=DEVICE)
    assert (answer["type"], "offer" in answer) == ("waits", False)
    room = answer["sync"]["room"]
    assert (room["members"], room["chat"], [guest["name"] for guest in room["guests"]]) == ({}, [], ["Sam"])
    await host.ask("post_chat", n=2, text="still among ourselves")
    await host.ask("tell_guest", n=3, member_id=sam.member_id, text="one moment, please")
    told = await sam.fact("guest_told")
    assert told["text"] == "one moment, please"
    assert "among ourselves" not in str(sam.events) + str(answer)
    assert "Tom" not in str(answer)


async def test_who_waits_gets_no_sound_and_does_nothing_inside(house: House) -> None:
    await house.host("Tom")
    sam = await stranger(house, "Sam")
    assert (await sam.ask("open_media"))["code"] == "stepped_out"
    assert (await sam.ask("post_chat", n=1, text="hello"))["code"] == "stepped_out"
    assert (await sam.ask("raise_hand", n=2, lane="share"))["code"] == "stepped_out"
    assert (await sam.ask("make_invite", uses=1, hours=1, role="member"))["code"] == "not_a_member"
    assert house.media.peers.keys() == {next(iter(house.rooms.record(house.rooms.slugs()[0]).room.members))}


async def test_let_in_the_room_comes_with_sound_and_a_ticket_of_a_member(house: House) -> None:
    host = await house.host("Tom")
    sam = await stranger(house, "Sam")
    waiting = sam.ticket
    await host.ask("admit_guest", n=1, member_id=sam.member_id)
    moved = await sam.event("moved")
    assert moved["offer"]["peer_id"]
    assert {member["name"] for member in moved["sync"]["room"]["members"].values()} == {"Tom", "Sam"}
    renewed = (await sam.event("ticket_renewed"))["ticket"]
    assert renewed != waiting
    assert (await sam.ask("post_chat", n=1, text="hello"))["type"] == "accepted"
    await sam.ws.close()
    back = await house.browser()
    assert (await back.resume(renewed))["type"] == "resumed"


async def test_a_ticket_of_the_door_leads_to_the_door(house: House) -> None:
    host = await house.host("Tom")
    sam = await stranger(house, "Sam")
    await sam.ws.close()
    await host.fact("guest_left")
    back = await house.browser()
    answer = await back.resume(sam.ticket)
    assert (answer["type"], answer["peer_id"]) == ("resumed", "")
    assert answer["sync"]["room"]["members"] == {}
    assert (await host.fact("guest_arrived"))["guest"]["name"] == "Sam"


async def test_sent_out_the_sound_is_gone_and_the_old_ticket_waits(house: House) -> None:
    host = await house.host("Tom")
    sam = await stranger(house, "Sam")
    await host.ask("admit_guest", n=1, member_id=sam.member_id)
    inside = (await sam.event("ticket_renewed"))["ticket"]
    assert sam.member_id in house.media.peers
    await host.ask("step_out", n=2, member_id=sam.member_id)
    moved = await sam.event("moved")
    while moved["offer"] is not None:  # of the admission
        moved = await sam.event("moved")
    assert moved["sync"]["room"]["members"] == {}
    assert sam.member_id not in house.media.peers
    await sam.ws.close()
    back = await house.browser()
    answer = await back.resume(inside)
    assert answer["sync"]["room"]["members"] == {}


async def test_turned_away_is_said_and_holds(house: House) -> None:
    host = await house.host("Tom")
    sam = await stranger(house, "Sam")
    await host.ask("turn_away", n=1, member_id=sam.member_id)
    assert await sam.closed() == "turned_away"
    again = await house.browser()
    assert (await again.join("Samuel", device=DEVICE))["code"] == "was_removed"
    assert (await again.join("Samuel", device=OTHER_DEVICE))["type"] == "waits"


async def test_a_greeter_sees_the_door_from_the_moment_of_the_role(house: House) -> None:
    host = await house.host("Tom")
    await stranger(house, "Sam")
    maya = await house.browser()
    assert (await maya.join("Maya", device=OTHER_DEVICE))["type"] == "waits"
    await host.ask("admit_guest", n=1, member_id=maya.member_id)
    first = await maya.event("moved")
    assert first["sync"]["room"]["guests"] == []
    await host.ask("give_role", n=2, member_id=maya.member_id, role="greeter")
    second = await maya.event("moved")
    assert [guest["name"] for guest in second["sync"]["room"]["guests"]] == ["Sam"]
    assert second["offer"] is None


async def test_a_ban_ends_with_its_own_word_and_outlives_another_name(house: House) -> None:
    host = await house.host("Tom")
    sam = await stranger(house, "Sam")
    await host.ask("admit_guest", n=1, member_id=sam.member_id)
    inside = (await sam.event("ticket_renewed"))["ticket"]
    answer = await host.ask("ban_member", n=2, member_id=sam.member_id, reason="hate", hours=24)
    assert answer["type"] == "accepted"
    assert await sam.closed() == "banned"
    again = await house.browser()
    refused = await again.join("Another", device=DEVICE)
    assert (refused["code"], refused["suggestion"]) == ("banned", "hate")
    assert refused["retry_ms"] > 0
    assert (await again.resume(inside))["code"] == "banned"
    room = house.rooms.record(house.rooms.slugs()[0]).room
    assert room is not None
    placed = await host.fact("ban_placed")
    assert (placed["ban"]["device"], placed["ban"]["branch"]) == ("", "")
    assert (await host.fact("ban_matched"))["ban_id"] == placed["ban"]["ban_id"]  # why, and no address


@pytest.mark.parametrize("event", ["admit_guest", "hold_guest", "turn_away"])
async def test_a_member_does_not_keep_the_door(house: House, event: str) -> None:
    host = await house.host("Tom")
    maya = await stranger(house, "Maya", OTHER_DEVICE)
    await host.ask("admit_guest", n=1, member_id=maya.member_id)
    await maya.event("moved")
    sam = await stranger(house, "Sam")
    assert (await maya.ask(event, n=1, member_id=sam.member_id))["code"] == "not_allowed"
    assert "Sam" not in str(maya.events)


async def test_another_rooms_ban_ends_a_guests_wait_and_a_members_stay(house: House) -> None:
    host = await house.host("Tom")
    sam, dan = await stranger(house, "Sam"), await stranger(house, "Dan", OTHER_DEVICE)
    await host.ask("admit_guest", n=1, member_id=dan.member_id)
    await dan.event("moved")
    passes = house.rooms.record(TALK).ledger.passes
    for number, browser in enumerate((sam, dan)):
        ban = Ban(
            ban_id=f"far-{number}",
            reason=BanReason.FLOOD,
            placed_ms=house.clock.wall_ms(),
            until_ms=house.clock.wall_ms() + 3_600_000,
            device=passes[MemberId(browser.member_id)].device,
        )
        await house.rooms.carry_out(TALK, LearnBan(ban=ban))
        assert await browser.closed() == "banned"
