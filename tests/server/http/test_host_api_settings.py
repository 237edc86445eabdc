"""How meetings are held, and run-sheets, chosen by hosts over HTTP before anybody is there."""

from typing import Any

import msgspec
import pytest

from rooms.commands import JoinRoom, SetChat, SetLock, SetMicrophone
from rooms.ids import MemberId
from rooms.model import ChatMode, FloorMode, Order, RoomSettings
from rooms.roles import Role
from server.room_service import Done
from tests.server.accounts.groups import (
    DAWN,
    DUSK,
    GROUP,
    account_of,
)
from tests.server.http.group_hall import Hall, hall, small_hall
from tests.server.store.conftest import place, postgresql, postgresql_url

__all__ = ["hall", "place", "postgresql", "postgresql_url", "small_hall"]  # fixtures


async def test_how_meetings_are_held_is_chosen_before_anybody_is_there(hall: Hall) -> None:
    page = await hall.enter(account_of(Role.HOST))
    usual = msgspec.to_builtins(RoomSettings())
    del usual["is_locked"]
    shown = await page.ask("group/rooms/settings", group=GROUP, room="dawn")
    assert shown == {"type": "settings_shown", "room": "dawn", "is_open": False, **usual}
    rules = {**usual["rules"], "door": "strangers", "has_private": True}
    for chosen in ({"floor": "hands", "limit_ms": 120_000}, {"chat": "hosts"}, {"rules": rules}):
        assert (await page.ask("group/rooms/set", group=GROUP, room="dawn", **chosen))["type"] == "done"
    wanted = {**usual, "floor": "hands", "limit_ms": 120_000, "chat": "hosts", "rules": rules}
    shown = await page.ask("group/rooms/settings", group=GROUP, room="dawn")
    assert shown == {"type": "settings_shown", "room": "dawn", "is_open": False, **wanted}
    assert await hall.acts() == [("rooms_set", account_of(Role.HOST), "dawn")] * 3
    stored = msgspec.to_builtins((await hall.store.settings())[DAWN])
    assert stored == {**wanted, "is_locked": False}
    await hall.keeper.tick()
    room = hall.rooms.open_room(DAWN)
    assert room is not None
    assert msgspec.to_builtins(room.settings) == stored


async def test_a_choice_holds_at_once_in_an_open_room_and_leaves_what_was_changed_there(hall: Hall) -> None:
    page = await hall.enter(account_of(Role.SECRETARY))
    await hall.keeper.tick()
    host, member = MemberId(1), MemberId(2)
    for command in (
        JoinRoom(member_id=host, name="Tom", role=Role.HOST),
        JoinRoom(member_id=member, name="Maya"),
        SetMicrophone(by=member, on=True),
        SetLock(by=host, on=True),
        SetChat(by=host, mode=ChatMode.HOSTS, slow_ms=10_000),
    ):
        assert isinstance(await hall.rooms.carry_out(DUSK, command, getattr(command, "by", member)), Done)
    shown = await page.ask("group/rooms/settings", group=GROUP, room="dusk")
    assert (shown["is_open"], shown["chat"], shown["slow_ms"]) == (True, "hosts", 10_000)
    chosen = {"floor": "hands", "limit_ms": 60_000, "slow_ms": 30_000}
    assert (await page.ask("group/rooms/set", group=GROUP, room="dusk", **chosen))["type"] == "done"
    room = hall.rooms.open_room(DUSK)
    assert room is not None
    assert (room.floor.mode, room.floor.limit_ms) == (FloorMode.HANDS, 60_000)
    assert room.order == Order(is_locked=True, chat=ChatMode.HOSTS, slow_ms=30_000)
    assert (await hall.store.settings())[DUSK] == room.settings


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"limit_ms": 1}, "share_too_short"), ({"limit_ms": 29_999, "floor": "open"}, "share_too_short")],
)
async def test_a_share_is_no_moment(small_hall: Hall, wrong: dict[str, Any], code: str) -> None:
    page = await small_hall.enter(account_of(Role.HOST))
    answer = await page.ask("group/rooms/set", group=GROUP, room="dusk", **wrong)
    assert answer == {"type": "declined", "code": code}
    assert (await small_hall.store.settings(), await small_hall.acts()) == ({}, [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit_ms": 3_600_001},
        {"limit_ms": -1},
        {"slow_ms": 300_001},
        {"floor": "shout"},
        {"chat": None, "rules": {"probation_ms": -1}},
        {"is_locked": True},
    ],
)
async def test_what_no_room_can_be_is_no_question(small_hall: Hall, wrong: dict[str, Any]) -> None:
    page = await small_hall.enter(account_of(Role.HOST))
    status = await page.status("group/rooms/set", group=GROUP, room="dusk", **wrong)
    assert status == 400


async def test_what_is_nested_deeply_is_no_question(small_hall: Hall) -> None:
    page = await small_hall.enter(account_of(Role.HOST))
    body = b'{"group":"%b","room":"dusk","rules":%b}' % (
        GROUP.encode(),
        b'{"a":' * 1_200 + b"1" + b"}" * 1_200,
    )
    assert await page.status_of("group/rooms/set", body) == 400


async def test_a_run_sheet_is_kept_before_any_meeting(hall: Hall) -> None:
    page = await hall.enter(account_of(Role.HOST))
    cues = [{"title": " Welcome ", "text": "Good evening.", "member_id": 7}, {"title": "Sharing"}]
    kept = {"sheet_id": "s1", "title": "Tuesday", "cues": cues}
    assert (await page.ask("group/sheets/keep", group=GROUP, **kept))["type"] == "done"
    (sheet,) = await hall.store.sheets.of_group(GROUP)
    assert (sheet.sheet_id, sheet.title) == ("s1", "Tuesday")
    first = msgspec.json.decode(sheet.cues)[0]
    assert (first["title"], first["text"]) == ("Welcome", "Good evening.")
    assert first.get("member_id", 0) == 0
    again = {**kept, "title": "Wednesday"}
    assert (await page.ask("group/sheets/keep", group=GROUP, **again))["type"] == "done"
    shown = await page.ask("group", group=GROUP)
    assert shown["sheets"] == [{"sheet_id": "s1", "title": "Wednesday"}]
    for wrong in ({"title": ""}, {"title": "x" * 81}, {"cues": []}, {"cues": [{"title": ""}]}):
        answer = await page.ask("group/sheets/keep", group=GROUP, **{**kept, **wrong})
        assert answer["code"] == "bad_sheet"
    looking = await (await hall.enter(account_of(Role.SAFETY))).ask("group", group=GROUP)
    assert looking["sheets"] == []


async def test_a_choice_made_at_another_node_holds_when_this_one_opens_the_room(hall: Hall) -> None:
    chosen = RoomSettings(floor=FloorMode.HANDS, limit_ms=60_000, chat=ChatMode.HOSTS)
    before = (await hall.store.changes.numbers())["settings"]
    await hall.store.save({DAWN: chosen}, ())  # by the page, at the other node
    assert (await hall.store.changes.numbers())["settings"] == before + 1
    hall.keeper.learn(await hall.store.settings())
    await hall.keeper.tick()
    hall.keeper.learn({DAWN: RoomSettings()})  # what is open is the room's own to say
    room = hall.rooms.open_room(DAWN)
    assert room is not None
    assert room.settings == hall.keeper.settings_of(DAWN) == chosen
