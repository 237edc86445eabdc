"""What lasts is written once for the place, whichever nodes heard of it, and what is used once is used up."""

import asyncio
import secrets
import sqlite3
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest

from rooms.ids import RoomSlug
from rooms.model import BanReason, ReportReason
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Role
from server.clock import SystemClock
from server.group_ports import GroupSlug, RosterEntry
from server.groups import draw_invite
from server.store.audit_chain import first_broken
from server.store.engine import SQLITE_FILE
from server.store.sql_store import open_store
from signaling.from_browser import Join, SetLock
from signaling.from_host import BanMember, ReportMember
from signaling.to_browser import Answer, Joined
from tests.bots.bot import Bot, BotOptions
from tests.bots.ground import Ground, open_ground
from tests.bots.link import Link
from tests.bots.targets import read_site
from tests.integration.nodes import Cluster, NodeProcess, running_nodes

TALK, NIGHT, DAWN = RoomSlug("talk"), RoomSlug("night"), RoomSlug("dawn")
WITHIN_S = 20.0
SETTLE_S = 2.5  # whoever failed tries again after a second
ROOMS_TEXT = "".join(
    f'[[rooms]]\nslug = "{slug}"\ntitle = "{slug}"\nabout = ""\n' for slug in (TALK, NIGHT, DAWN)
)


class Rows(NamedTuple):
    """What the store has of one room."""

    audit: list[str]
    bans: int
    reports: int
    is_locked: bool


NOTHING = Rows([], bans=0, reports=0, is_locked=False)
ONCE = Rows(["member_muted", "room_locked_on", "member_removed"], bans=1, reports=1, is_locked=True)


@pytest.fixture(scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    async with running_nodes(tmp_path_factory.mktemp("rows"), extra=ROOMS_TEXT) as running:
        yield running


async def read_rows(cluster: Cluster, room: RoomSlug) -> Rows:
    """Read what was written, and see that the chain of the audit is whole."""
    async with open_store("", cluster.folder / "data") as store:
        chain, rows = await store.audit(room)
        bans = [ban for ban in await store.bans.all() if ban.group_slug == room]
        reports = [report for report in await store.reports.all() if report.room_slug == room]
        settings = (await store.settings()).get(room)
    assert first_broken(chain, rows) is None
    is_locked = settings is not None and settings.is_locked
    return Rows([row.entry.action for row in rows], len(bans), len(reports), is_locked)


async def settled(cluster: Cluster, room: RoomSlug, wanted: Rows) -> Rows:
    """Wait until the rows are there, then as long as a node needs to bring them twice."""
    async with asyncio.timeout(WITHIN_S):
        while await read_rows(cluster, room) != wanted:  # noqa: ASYNC110 - a database says nothing by itself
            await asyncio.sleep(0.1)
    await asyncio.sleep(SETTLE_S)
    return await read_rows(cluster, room)


async def company(cluster: Cluster, ground: Ground, room: RoomSlug) -> tuple[Bot, Bot, Bot]:
    """Return a host and two members, the second with a device that can be banned."""

    async def seat(name: str, device: str = "", invite: str = "") -> Bot:
        return await Bot.enter(ground, room, name, BotOptions(with_media=False, device=device), invite)

    host = await seat("Host", invite=cluster.host_invite(room))
    return host, await seat("Maya"), await seat("Ben", "d" * 22)


async def act(host: Bot, maya: Bot, ben: Bot) -> None:
    """Do one thing of each kind that lasts, all within a moment."""
    await maya.command(
        "report_member",
        lambda n: ReportMember(n=n, member_id=ben.member_id, reason=ReportReason.OTHER, words="he shouts"),
    )
    await host.mute_other(maya.member_id)
    await host.command("set_lock", lambda n: SetLock(n=n, on=True))
    await host.command(
        "ban_member",
        lambda n: BanMember(n=n, member_id=ben.member_id, reason=BanReason.FLOOD, hours=24),
    )


async def ask(node: NodeProcess, join: Join) -> Answer:
    """Join at a node, and be cut off."""
    link = await Link.open(read_site(node.url), lambda _: None)
    try:
        return await link.ask("join", join)
    finally:
        link.drop()


async def test_two_nodes_write_each_row_once(cluster: Cluster) -> None:
    async with open_ground(cluster.nodes[0].url) as ground:
        await act(*await company(cluster, ground, TALK))
        assert await settled(cluster, TALK, ONCE) == ONCE
    for node in cluster.nodes:
        assert "save_failed" not in node.log()


async def test_a_hosts_ticket_is_used_up_at_every_node(cluster: Cluster) -> None:
    one, two = cluster.nodes
    entry = RosterEntry(GroupSlug(DAWN), "account", Role.COHOST, "Ann", 1, 0)
    ticket = cluster.office().issue_host(DAWN, entry, SystemClock().wall_ms())
    assert isinstance(await ask(one, Join(room=DAWN, name="Ann", invite=ticket)), Joined)
    for node in (two, one):
        again = await ask(node, Join(room=DAWN, name="Anna", invite=ticket))
        assert isinstance(again, Refusal)
        assert again.code is RefusalCode.TICKET_UNUSABLE


async def test_an_invite_for_one_lets_one_in_whichever_node_is_asked_again(cluster: Cluster) -> None:
    one, two = cluster.nodes
    made = draw_invite(GroupSlug(DAWN), Role.MEMBER, 1, 24, SystemClock().wall_ms())
    async with open_store("", cluster.folder / "data") as store:
        assert await store.invites.add(made.invite)
    attempt = secrets.token_urlsafe(16)
    taken = await ask(one, Join(room=DAWN, name="Ann", invite=made.secret, attempt=attempt))
    assert isinstance(taken, Refusal)
    assert taken.code is RefusalCode.NAME_TAKEN
    first = await ask(two, Join(room=DAWN, name="Zoe", invite=made.secret, attempt=attempt))
    assert isinstance(first, Joined)
    for node in (one, two):
        join = Join(room=DAWN, name="Eve", invite=made.secret, attempt=secrets.token_urlsafe(16))
        second = await ask(node, join)
        assert isinstance(second, Refusal)
        assert second.code is RefusalCode.TICKET_UNUSABLE


async def test_what_a_killed_node_was_about_to_write_is_written(cluster: Cluster) -> None:
    """Nobody can write while it happens, and then nobody is left who has heard of it: the log is read."""
    one, two = cluster.nodes
    await two.kill()
    async with open_ground(one.url) as ground:
        people = await company(cluster, ground, NIGHT)
        lock = sqlite3.connect(cluster.folder / "data" / SQLITE_FILE, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        await act(*people)
        await one.kill()
        lock.execute("ROLLBACK")
        lock.close()
        for bot in people:
            bot.drop()
    assert await read_rows(cluster, NIGHT) == NOTHING
    await two.start()
    assert await settled(cluster, NIGHT, ONCE) == ONCE
    assert await read_rows(cluster, TALK) == ONCE
