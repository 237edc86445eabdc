"""R6: the database goes away under a meeting on two nodes; the meeting goes on, and nothing of it is lost."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, NamedTuple

import pytest

from rooms.ids import RoomSlug
from rooms.model import BanReason, ReportReason
from rooms.refusals import Refusal, RefusalCode
from server.store.engine import SQLITE_FILE
from signaling.from_browser import FromBrowser, Join, LiftMute, MuteMember, SetLock
from signaling.from_host import BanMember, ReportMember
from signaling.to_browser import Joined
from tests.bots.bot import Bot, BotOptions
from tests.bots.ground import Ground, open_ground
from tests.bots.link import Link
from tests.bots.targets import read_site
from tests.chaos.counts import IS_FULL, trials
from tests.chaos.lateness import watched
from tests.chaos.report import Sheet, open_sheet
from tests.chaos.rows import Rows, read_rows
from tests.integration.nodes import Cluster, running_nodes
from tests.server.store.clusters import PgServer, make_database, programs, running_server

TALK: Final = RoomSlug("talk")
AWAY_S: Final = trials(full=60, short=3)
LOCKED_S: Final = trials(full=10, short=0)
ACTS_EVERY_S: Final = 0.6  # a host may act twice a second in the long run
WRITTEN_S: Final = 20.0
AGAIN_S: Final = 2.5  # whoever failed tries again after a second
GAP: Final = "gap at a listener on the other node"
ACT: Final = "answer to a host's act"
LINE: Final = "answer to a line of chat"
LATE: Final = "the bots' own lateness"


class Stand(NamedTuple):
    """Nodes on a database that can be stopped."""

    cluster: Cluster
    server: PgServer
    url: str


class People(NamedTuple):
    """Host, Maya who speaks and Ben at one node; Ann, who listens and writes, at the other."""

    host: Bot
    maya: Bot
    ben: Bot
    ann: Bot


class Away:
    """A meeting while the database is away: what is done in it, and how soon it is answered."""

    def __init__(self, people: People, cluster: Cluster, sheet: Sheet) -> None:
        self.people, self.cluster, self.sheet = people, cluster, sheet
        self.done: list[str] = []

    async def run(self, for_s: float) -> None:
        """Let the host act and Ann write for so long; then once what happens once."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + for_s
        while loop.time() < until_s:
            await self._mute_or_lift()
            if len(self.done) % 2:  # faster than that nobody may write
                await self._timed(LINE, self.people.ann.say(f"line {len(self.done)}"))
            await asyncio.sleep(ACTS_EVERY_S)
        await self._once()

    async def _mute_or_lift(self) -> None:
        who = self.people.ben.member_id
        if len(self.done) % 2:
            await self._act("mute_lifted", "lift_mute", lambda n: LiftMute(n=n, member_id=who))
        else:
            await self._act("member_muted", "mute_member", lambda n: MuteMember(n=n, member_id=who))

    async def _once(self) -> None:
        """Report and ban Ben, lock the room, come in, and be refused what needs the database."""
        who = self.people.ben.member_id
        await self.people.maya.command(
            "report_member",
            lambda n: ReportMember(n=n, member_id=who, reason=ReportReason.OTHER, words="he shouts"),
        )
        assert await self.refusal() is None
        await self._act("room_locked_on", "set_lock", lambda n: SetLock(n=n, on=True))
        await self._act(
            "member_removed",
            "ban_member",
            lambda n: BanMember(n=n, member_id=who, reason=BanReason.FLOOD, hours=24),
        )
        assert await self.refusal(invite="s" * 22) is RefusalCode.BUSY

    async def _act(self, action: str, event: str, build: Callable[[int], FromBrowser]) -> None:
        await self._timed(ACT, self.people.host.command(event, build))
        self.done.append(action)

    async def _timed(self, what: str, asked: Awaitable[object]) -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await asked
        self.sheet.measure(what, (loop.time() - began_s) * 1_000)

    async def refusal(self, invite: str = "") -> RefusalCode | None:
        """Come in at the other node, and be cut off; return why that was refused."""
        link = await Link.open(read_site(self.cluster.nodes[1].url), lambda _: None)
        try:
            answer = await link.ask("join", Join(room=TALK, name="Newcomer", invite=invite))
        finally:
            link.drop()
        assert isinstance(answer, Joined | Refusal)
        return answer.code if isinstance(answer, Refusal) else None


@asynccontextmanager
async def meeting(cluster: Cluster) -> AsyncIterator[People]:
    """Seat everybody; Maya speaks and Ann hears her."""
    one, two = cluster.nodes
    async with open_ground(one.url) as here, open_ground(two.url) as there:

        async def seat(ground: Ground, name: str, invite: str = "") -> Bot:
            return await Bot.enter(ground, TALK, name, BotOptions(device=name[0].lower() * 22), invite)

        host = await seat(here, "Host", cluster.host_invite(TALK))
        people = People(host, await seat(here, "Maya"), await seat(here, "Ben"), await seat(there, "Ann"))
        await people.maya.speak()
        await people.ann.hears(people.maya.member_id, 50)
        yield people


async def check(away: Away, url: str) -> None:
    """Wait for what is to be written, then as long as a node needs to write it twice."""
    loop, folder = asyncio.get_running_loop(), away.cluster.folder / "data"
    until_s = loop.time() + WRITTEN_S
    wanted = Rows(audit=away.done, bans=1, reports=1, is_locked=True)
    while await read_rows(url, folder, TALK) != wanted and loop.time() < until_s:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    await asyncio.sleep(AGAIN_S)
    found = await read_rows(url, folder, TALK)
    sheet = away.sheet
    sheet.count("rows of the audit lost", max(0, len(away.done) - len(found.audit)))
    sheet.count(
        "rows of the audit doubled or out of order", int(found.audit != away.done[: len(found.audit)])
    )
    others = (found.bans, found.reports, found.is_locked)
    sheet.count("bans, reports and settings lost or doubled", others != (1, 1, True))
    heard = away.people.ann.heard(away.people.maya.member_id)
    assert heard is not None
    sheet.measure(GAP, heard.gap_max_ns / 1e6)
    for node in away.cluster.nodes:
        assert "save_failed" in node.log(), "it was not away"
        sheet.count("nodes that took nobody in", int(await node.reasons() != ()))
    sheet.tell("acts of the host", str(len(away.done)))


def bars(sheet: Sheet) -> None:
    """Say what is wanted: D4 for words, and a gap that nobody hears."""
    sheet.bar(GAP, most=100, short_most=1_000)
    sheet.bar(ACT, p99=250, short_most=1_500)
    sheet.bar(LINE, p99=100, short_most=1_500)


@pytest.fixture
async def postgresql(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[Cluster, PgServer, str]]:
    """Two nodes on a PostgreSQL of their own."""
    found = programs()
    if found is None:
        pytest.skip("needs postgresql: see tools/system_packages.sh")
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(running_server(found))
        url = await make_database(server.folder, "away")
        nodes = running_nodes(tmp_path_factory.mktemp("away"), extra=f'[store]\nurl = "{url}"\n')
        yield Stand(await stack.enter_async_context(nodes), server, url)


async def test_a_meeting_goes_on_while_postgresql_is_stopped(postgresql: Stand) -> None:
    cluster, server, url = postgresql
    setting = f"PostgreSQL stopped for {AWAY_S} s under a room of 4 on 2 nodes, one speaking"
    async with meeting(cluster) as people, watched() as lateness:
        with open_sheet("R6", "The database is away", setting=setting, piece="PostgreSQL") as sheet:
            bars(sheet)
            away = Away(people, cluster, sheet)
            await server.stop()
            await away.run(AWAY_S)
            await server.start()
            await check(away, url)
            sheet.measure(LATE, lateness.most_ms)
        sheet.check()


@pytest.mark.skipif(not IS_FULL, reason="make chaos runs this; test_rows_once locks the file for a moment")
async def test_a_meeting_goes_on_while_the_file_is_locked(tmp_path_factory: pytest.TempPathFactory) -> None:
    setting = f"SQLite's file locked for {LOCKED_S} s under a room of 4 on 2 nodes, one speaking"
    async with (
        running_nodes(tmp_path_factory.mktemp("locked")) as cluster,
        meeting(cluster) as people,
        watched() as lateness,
    ):
        with open_sheet("R6", "The database is away", setting=setting, piece="SQLite") as sheet:
            bars(sheet)
            away = Away(people, cluster, sheet)
            lock = sqlite3.connect(cluster.folder / "data" / SQLITE_FILE, isolation_level=None)
            lock.execute("BEGIN IMMEDIATE")
            await away.run(LOCKED_S)
            lock.execute("ROLLBACK")
            lock.close()
            await check(away, "")
            sheet.measure(LATE, lateness.most_ms)
        sheet.check()
