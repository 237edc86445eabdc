"""What is said and who says it is in no file: neither while people meet, nor afterwards."""

import asyncio
import signal
from typing import Final

import pytest

from rooms.ids import RoomSlug
from server.clock import SystemClock
from server.group_ports import BAN_MAX_DAYS
from server.ports import StoredRoom
from server.store.sql_store import SqlStore, open_store
from tests.server.store.conftest import Place
from tests.server.store.served import LOG_FILE, WITHIN_S, Seated, Served, accepted, every_row, host_link, kept
from tests.server.store.served import served as served_at

NIGHT: Final = StoredRoom(RoomSlug("night"), "Titlecanary83152", "All night")
DAY_MS: Final = 86_400_000

HOST, ANN, RENAMED, BEN = "Hostcanary11873", "Namecanary40716", "Renamecanary59921", "Othercanary27005"
BANNED, AWAY = "Bannedcanary90412", "Turnedcanary38850"
NAMES: Final = (HOST, ANN, RENAMED, BEN, BANNED, AWAY)
CHAT, RETRACTED, ERASED, LET_THROUGH, DROPPED = (
    "Chatcanary27734",
    "Retractcanary1183",
    "Slurcanary5520",
    "Heldcanary71905",
    "Dropcanary64437",
)
AT_DOOR, FROM_INSIDE, LAST_WORDS = "Doorcanary30218", "Insidecanary45562", "Pleacanary80143"
SHARE, READING, PRIVATE, REPORT, CAPTION = (
    "Sharecanary66380",
    "Readcanary92276",
    "Privatecanary18364",
    "Reportcanary57049",
    "Captioncanary13398",
)
SAID: Final = (
    *(CHAT, RETRACTED, ERASED, LET_THROUGH, DROPPED),
    *(AT_DOOR, FROM_INSIDE, LAST_WORDS, SHARE, READING, PRIVATE, REPORT, CAPTION),
)
NUMBER: Final = "0151 2345 6789"  # a line with a telephone number waits for a host
DEVICES: Final = {name: f"devicecanary_{number:09}" for number, name in enumerate(NAMES)}


async def come(server: Served, name: str, invite: str = "") -> Seated:
    return await server.enter(NIGHT.slug, name, invite, DEVICES[name])


async def let_in(host: Seated, guest: Seated) -> None:
    await host.do("admit_guest", member_id=guest.member_id)
    await guest.browser.event("moved")


async def at_the_door(server: Served, host: Seated) -> Seated:
    """One is let in after some words, another one turned away."""
    ann, away = await come(server, ANN), await come(server, AWAY)
    await ann.do("tell_guest", member_id=ann.member_id, text=AT_DOOR)
    await host.do("tell_guest", member_id=ann.member_id, text=FROM_INSIDE)
    await away.do("tell_guest", member_id=away.member_id, text=LAST_WORDS)
    await let_in(host, ann)
    await host.do("turn_away", member_id=away.member_id)
    assert await away.browser.closed() == "turned_away"
    return ann


async def write(ann: Seated, host: Seated) -> None:
    """Lines that stand, that are taken back, erased, held, let through and dropped."""
    await ann.do("rename", name=RENAMED)
    for text in (CHAT, RETRACTED, ERASED, f"{LET_THROUGH} {NUMBER}", f"{DROPPED} {NUMBER}"):
        await ann.do("post_chat", text=text)
    lines: dict[str, int] = {}
    while len(lines) < 5:
        for commit in (await host.browser.event("commits"))["commits"]:
            if commit["fact"]["type"] in {"chat_posted", "line_held"}:
                lines[commit["fact"]["text"].split()[0]] = commit["seq"]
    await ann.do("retract_chat", seq=lines[RETRACTED])
    await host.do("erase_line", seq=lines[ERASED])
    await host.do("release_line", seq=lines[LET_THROUGH])
    await host.do("drop_line", seq=lines[DROPPED])


async def share(ann: Seated, host: Seated) -> None:
    await host.do("set_floor", mode="hands", limit_ms=60_000)
    await host.do("show_reading", title=f"A title {READING}", text=READING)
    await host.do("give_floor", member_id=ann.member_id)
    await ann.do("write_share", text=SHARE)
    await host.do("mute_member", member_id=ann.member_id)


async def write_live_text(ben: Seated, host: Seated) -> None:
    """Lines that stand, go on, and are erased."""
    await host.do("give_role", member_id=ben.member_id, role="captioner")
    for line, is_over in ((1, False), (1, True), (2, True), (3, False)):
        await ben.do("write_caption", line=line, text=f"{CAPTION} {line} {is_over}", is_over=is_over)
    await host.do("erase_caption", member_id=ben.member_id, line=2)


async def write_privately(ann: Seated, ben: Seated) -> None:
    accepted(await ben.browser.ask("set_reachable", on=True))
    accepted(await ann.browser.ask("ask_private", member_id=ben.member_id))
    accepted(await ben.browser.ask("answer_private", member_id=ann.member_id, yes=True))
    accepted(await ann.browser.ask("send_private", member_id=ben.member_id, text=PRIVATE))
    assert (await ben.browser.event("private_line"))["text"] == PRIVATE


async def an_evening(place: Place, server: Served) -> tuple[str, ...]:
    """Everything that can be said, by everybody. Returns the secrets that came with it."""
    link = host_link(place, NIGHT.slug)
    host = await come(server, HOST, link)
    rules = {"door": "strangers", "has_private": True, "holds_contacts": True}
    await host.do("set_rules", rules=rules)
    invited = await host.browser.ask("make_invite", uses=2, hours=24, role="member")
    ben = await come(server, BEN, invited["secret"])
    ann = await at_the_door(server, host)
    await write(ann, host)
    await share(ann, host)
    await write_live_text(ben, host)
    await write_privately(ann, ben)
    bad = await come(server, BANNED)
    await let_in(host, bad)
    await ann.do("report_member", member_id=bad.member_id, reason="harassment", words=REPORT)
    await host.do("ban_member", member_id=bad.member_id, reason="harassment", hours=24)
    assert await bad.browser.closed() == "banned"
    await host.do("close_room")
    assert await ann.browser.closed() == await ben.browser.closed() == "closed"
    tickets = tuple(person.ticket for person in (host, ben, ann, bad))
    return (link, invited["secret"], *tickets, *DEVICES.values())


async def is_written(store: SqlStore) -> None:
    """Wait until another process has saved what lasts of the evening; nothing tells when."""
    async with asyncio.timeout(WITHIN_S):
        while not (await store.reports.all() and await store.bans.all()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def forget_all(place: Place) -> None:
    """Let the longest time pass that anything of an evening is kept, as the sweep of each hour does."""
    later_ms = SystemClock().wall_ms() + 2 * BAN_MAX_DAYS * DAY_MS
    async with open_store(place.url, place.folder) as store:
        for report in await store.reports.all():
            assert await store.reports.close(report.report_id, SystemClock().wall_ms())
        await store.drop_audit(later_ms // 60_000)
        await store.drop_old(later_ms)


@pytest.mark.timeout(180)
async def test_what_was_said_and_who_was_there_is_in_no_file(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        await store.add_room(NIGHT, 1)
    async with served_at(place) as server:
        secrets = await an_evening(place, server)
        async with open_store(place.url, place.folder) as store:
            await is_written(store)
        words = (*NAMES, *SAID, NUMBER, *secrets)
        rows = await every_row(place)
        assert kept(place, words) == []
        assert {len(rows[table]) for table in ("reports", "bans", "invites")} == {1}
        assert [word for word in words if word in repr(rows)] == []
        await server.end(signal.SIGTERM)
    log = (place.folder / LOG_FILE).read_text()
    assert "SendPrivate" in log  # it was on
    assert kept(place, words) == []
    await forget_all(place)
    rows = await every_row(place)
    assert [name for name in ("reports", "bans", "invites", "audit") if rows[name]] == []
    assert kept(place, (*words, NIGHT.title)) == [NIGHT.title]  # the search finds what is there
