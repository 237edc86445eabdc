"""What hosts and operators do by the product's own ways outlives a server that was killed."""

import asyncio
import signal
from typing import Any, Final

import pytest

from rooms.ids import RoomSlug
from rooms.limits import ACTION_BURST
from server.store.audit_chain import first_broken
from server.store.sql_store import open_store
from tests.server.store.conftest import Place
from tests.server.store.served import TALK, Seated, Served, accepted, host_link, lamplit, served

NIGHT: Final = RoomSlug("night")
APPEAL: Final = "Write to care@hall.example."
HIS, HERS, ANNS, BENS = ("h" * 22, "m" * 22, "a" * 22, "b" * 22)
pytestmark = pytest.mark.timeout(180)  # two servers are started one after the other

PROMISED_S: Final = 1.0  # a ban that is this old is kept
WORDS: Final = "He shouts at newcomers."
CUES: Final = [{"title": "Welcome", "text": "Good evening.", "floor": "round", "mutes": True}]
FLOOR: Final = {"mode": "round", "limit_ms": 240_000}
RULES: Final = {"door": "strangers", "probation_ms": 60_000, "closes_share": True, "has_private": True}


async def plan(place: Place) -> str:
    """Make a group with a room, a roster and two series by command; return the account that serves it."""
    await lamplit(place, "group", "add", "hall", "--title", "The hall", "--appeal", APPEAL)
    await lamplit(place, "room", "add", NIGHT, "--title", "Night")
    await lamplit(place, "room", "move", NIGHT, "hall")
    serving = ("--group", "hall", "--role", "cohost", "--alias", "Sana", "--place", "1")
    printed = await lamplit(place, "host", "invite", *serving, "--url", "https://hall.example")
    return printed.removeprefix("The account is ").split(".")[0]


async def plan_more(place: Place, account: str) -> None:
    """Say by command, beside a server that runs, when people meet and who serves then."""
    when = ("--every", "MO,TH", "--at", "19:00", "--minutes", "60", "--zone", "Europe/Lisbon")
    await lamplit(place, "series", "add", NIGHT, *when, "--shift", account)
    await lamplit(place, "series", "add", TALK, *when)


async def an_evening(place: Place, server: Served) -> dict[str, Any]:
    """Everything that lasts and is done from within the room, up to a ban."""
    host = await server.enter(NIGHT, "Tom", host_link(place, NIGHT), "t" * 22)
    invited = await host.browser.ask("make_invite", uses=3, hours=24, role="member")
    ann = await server.enter(NIGHT, "Ann", invited["secret"], ANNS)
    his_invite = await host.browser.ask("make_invite", uses=3, hours=24, role="member")
    sam = await server.enter(NIGHT, "Sam", his_invite["secret"], HIS)
    await host.do("set_rules", rules=RULES)
    await host.do("set_floor", **FLOOR)
    await host.do("set_chat", mode="hosts", slow_ms=5_000)
    accepted(await host.browser.ask("save_sheet", sheet_id="tuesday", title="Tuesday", cues=CUES))
    await host.do("mute_member", member_id=sam.member_id)
    await ann.do("report_member", member_id=sam.member_id, reason="harassment", words=WORDS)
    await host.do("ban_member", member_id=sam.member_id, reason="harassment", hours=48)
    assert await sam.browser.closed() == "banned"
    await host.do("set_lock", on=True)
    return {"invite": invited, "his_invite": his_invite, "his_ticket": sam.ticket}


async def check_doors(server: Served, known: dict[str, Any]) -> None:
    """He has no way in; the room is locked to others."""
    for name in ("Sam", "Another"):
        assert await server.refusal(NIGHT, name, device=HIS) == "banned"
    assert await server.refusal(NIGHT, "Other", known["his_invite"]["secret"], "x" * 22) != ""
    back = await (await server.visit()).ask("resume", ticket=known["his_ticket"], epoch=0, seq=0)
    assert back["code"] == "banned"
    assert await server.refusal(NIGHT, "Maya", device=HERS) == "locked"
    assert (await server.get(f"api/rooms/{NIGHT}/appeal"))["appeal"] == APPEAL
    assert (await server.get(f"api/rooms/{TALK}/appeal"))["appeal"] == ""


async def check_room(host: Seated, known: dict[str, Any]) -> None:
    """The room is set as it was left; its invites, its sheet and its ban are there."""
    room = host.room
    assert {key: room["floor"][key] for key in FLOOR} == FLOOR
    assert {key: room["rules"][key] for key in RULES} == RULES
    assert room["order"] == {"is_locked": True, "is_frozen": False, "chat": "hosts", "slow_ms": 5_000}
    (ban,) = room["bans"]
    assert (ban["reason"], ban["until_ms"] - ban["placed_ms"]) == ("harassment", 48 * 3_600_000)
    (sheet,) = (await host.browser.ask("list_sheets"))["sheets"]
    assert (sheet["sheet_id"], sheet["title"]) == ("tuesday", "Tuesday")
    assert {key: sheet["cues"][0][key] for key in CUES[0]} == CUES[0]
    invites = {one["invite_id"]: one for one in (await host.browser.ask("list_invites"))["invites"]}
    used, paused = (invites[known[which]["invite_id"]] for which in ("invite", "his_invite"))
    assert (used["uses"], used["uses_max"], used["is_paused"]) == (1, 3, False)
    assert (paused["uses"], paused["is_paused"]) == (1, True)


async def check_invite(server: Served, host: Seated, secret: str) -> None:
    """It counts on from where it was: of three who may come one has."""
    await host.do("set_lock", on=False)
    for number, device in enumerate((BENS, HERS)):
        assert await server.refusal(NIGHT, f"Guest {number}", secret, device) == ""
    assert await server.refusal(NIGHT, "Late", secret, "z" * 22) == "ticket_unusable"


async def check_commands(place: Place, account: str) -> None:
    """What operators are shown: groups, rosters, series, bans, and the report with its words."""
    assert "hall\tThe hall\tnight" in await lamplit(place, "group", "list")
    roster = await lamplit(place, "group", "roster", "hall")
    assert [word in roster for word in (account, "cohost", "Sana")] == [True] * 3
    series = await lamplit(place, "series", "list")
    assert [line.split("\t")[1:3] for line in series.splitlines()] == [
        [NIGHT, f"shift of {account}"],
        [TALK, "meeting"],
    ]
    (ban,) = (await lamplit(place, "ban", "list", "hall")).splitlines()
    assert ban.endswith("in force")
    (report,) = (await lamplit(place, "report", "list", "hall")).splitlines()
    assert f"words\t{WORDS}" in await lamplit(place, "report", "show", report.split("\t")[0])
    await lamplit(place, "audit", NIGHT, "--verify")


async def actions(place: Place) -> list[str]:
    """What the room's audit says was done; its chain is whole."""
    async with open_store(place.url, place.folder) as store:
        chain, rows = await store.audit(NIGHT)
    assert first_broken(chain, rows) is None
    return [row.entry.action for row in rows]


async def test_what_was_done_through_the_product_outlives_a_kill(place: Place) -> None:
    account = await plan(place)
    async with served(place) as first:
        await plan_more(place, account)
        known = await an_evening(place, first)
        await asyncio.sleep(PROMISED_S)  # the time that the promise names
        await first.end(signal.SIGKILL)
    done = ["member_muted", "member_removed", "room_locked_on"]
    assert await actions(place) == done
    await check_commands(place, account)
    async with served(place) as second:
        await check_doors(second, known)
        host = await second.enter(NIGHT, "Tom", host_link(place, NIGHT), "t" * 22)
        await check_room(host, known)
        await check_invite(second, host, known["invite"]["secret"])
        await second.end(signal.SIGTERM)
    assert await actions(place) == [*done, "room_locked_off"]


async def test_a_kill_in_the_middle_of_writing_leaves_the_audit_whole(place: Place) -> None:
    await plan(place)
    async with served(place) as first:
        host = await first.enter(NIGHT, "Tom", host_link(place, NIGHT))
        for number in range(ACTION_BURST // 2):
            await host.do("set_lock", on=number % 2 == 0)
        await first.end(signal.SIGKILL)
    before = await actions(place)
    order = ["room_locked_on", "room_locked_off"] * ACTION_BURST
    assert before == order[: len(before)]  # the last ones may be missing, and none between
    async with served(place) as second:
        host = await second.enter(NIGHT, "Tom", host_link(place, NIGHT))
        assert host.room["order"]["is_locked"] is (len(before) % 2 == 1)
        await host.do("set_freeze", on=True)
        await second.end(signal.SIGTERM)
    assert await actions(place) == [*before, "room_frozen_on"]
