import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from rooms.commands import Command, JoinRoom, LeaveRoom, PostChat, RetractChat, SetMicrophone
from rooms.host_commands import ReportMember
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.limits import REPORT_CHAT_MS
from rooms.model import ReportReason
from rooms.roles import Role
from server import store_writer
from server.bus.memory import MemoryBus, MemoryLog
from server.group_ports import GroupSlug, StoredReport
from server.groups import GroupBook
from server.lasting import Lasting
from server.ports import StoreError
from server.reports import KEY_FILE, WAITING_MAX, Evidence, ReportKeeper, ReportSeal, SaidLine
from server.room_service import Done, RoomPlan, RoomService
from server.store.report_rows import ReportRows
from server.store.sql_store import SqlStore, open_store
from tests.server.clock import FakeClock

TALK = RoomSlug("talk")
TOM, MAYA, JO = MemberId(22), MemberId(11), MemberId(33)
WITHIN_S = 5.0


class MoodyReports:
    """Real rows that are away for as long as a test wants, and say when one was written."""

    def __init__(self, rows: ReportRows) -> None:
        self.rows = rows
        self.is_away = False
        self.asked = asyncio.Event()
        self.written = asyncio.Event()

    async def add(self, report: StoredReport) -> None:
        self.asked.set()
        if self.is_away:
            raise StoreError("away")
        await self.rows.add(report)
        self.written.set()

    async def of_group(self, slug: GroupSlug) -> tuple[StoredReport, ...]:
        return await self.rows.of_group(slug)

    async def close(self, report_id: str, now_ms: int) -> bool:
        return await self.rows.close(report_id, now_ms)


class Scene:
    """A room with a host and two members, a store, and a keeper."""

    def __init__(self, store: SqlStore) -> None:
        self.reports = MoodyReports(store.reports)
        self.clock = FakeClock()
        bus = MemoryBus()
        self.rooms = RoomService(MemoryLog(bus, self.clock), bus, self.clock)
        self.seal = ReportSeal(Fernet.generate_key())
        self.keeper = ReportKeeper(GroupBook(self.clock), self, self.seal)
        self.lasting = Lasting(self.rooms, self.clock, (self.keeper,))
        self.n = 0

    async def begin(self) -> None:
        await self.rooms.open_rooms([RoomPlan(TALK, "Talk", "", MeetingId("m"))])
        self.lasting.follow()
        self.lasting.follow()  # once is enough
        await self.do(JoinRoom(member_id=TOM, name="Tom", role=Role.HOST))
        await self.do(JoinRoom(member_id=MAYA, name="Maya"))
        await self.do(JoinRoom(member_id=JO, name="Jo"))

    async def do(self, command: Command) -> None:
        self.n += 1
        done = await self.rooms.carry_out(TALK, command, getattr(command, "by", MemberId(0)), self.n)
        assert isinstance(done, Done), done

    async def say(self, by: MemberId, text: str) -> None:
        await self.do(PostChat(by=by, n=self.n + 1, text=text))

    async def report(self, about: MemberId = JO, report_id: str = "r1", words: str = "she shouts") -> None:
        reason = ReportReason.HARASSMENT
        await self.do(ReportMember(by=MAYA, member_id=about, report_id=report_id, reason=reason, words=words))

    async def kept(self) -> list[Evidence]:
        rows = await self.reports.of_group(GroupSlug("talk"))
        return [self.seal.open_report(row.sealed) for row in rows]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with open_store("", tmp_path) as store:
        built = Scene(store)
        await built.begin()
        yield built


async def test_the_operator_gets_the_last_minutes_as_they_were_shown(scene: Scene) -> None:
    async with scene.keeper:
        await scene.say(JO, "long ago")
        scene.clock.pass_ms(REPORT_CHAT_MS + 1)
        await scene.say(JO, "go away")
        await scene.say(TOM, "please")
        taken_back = scene.rooms.record(TALK).revision.seq
        await scene.do(RetractChat(by=TOM, seq=taken_back))
        await scene.report()
        await asyncio.wait_for(scene.reports.written.wait(), WITHIN_S)
    now_ms = scene.clock.wall_ms()
    (row,) = await scene.reports.of_group(GroupSlug("talk"))
    assert (row.report_id, row.room_slug, row.at_min) == ("r1", TALK, now_ms // 60_000)
    for word in (b"go away", b'"Jo"', b"she shouts", b"harassment"):
        assert word not in row.sealed
    assert await scene.kept() == [
        Evidence(
            report_id="r1",
            room=TALK,
            at_min=now_ms // 60_000,
            reason=ReportReason.HARASSMENT,
            words="she shouts",
            member_id=JO,
            name="Jo",
            by=MAYA,
            chat=(
                SaidLine(member_id=JO, name="Jo", text="go away", sent_ms=now_ms),
                SaidLine(member_id=TOM, name="Tom", text="", sent_ms=now_ms),
            ),
        )
    ]


async def test_of_somebody_who_left_the_name_is_on_the_lines(scene: Scene) -> None:
    async with scene.keeper:
        await scene.say(JO, "go away")
        await scene.do(LeaveRoom(by=JO))
        await scene.report()
        await scene.do(SetMicrophone(by=TOM, on=True))
        await scene.do(LeaveRoom(by=TOM))
        await scene.report(TOM, "r2")
    assert {one.report_id: one.name for one in await scene.kept()} == {"r1": "Jo", "r2": ""}


async def test_a_store_that_is_away_is_tried_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_writer, "AGAIN_S", 0.01)
    scene.reports.is_away = True
    async with scene.keeper:
        await scene.report()
        await asyncio.wait_for(scene.reports.asked.wait(), WITHIN_S)
        await scene.report(report_id="r2")
        scene.reports.is_away = False
        await asyncio.wait_for(scene.reports.written.wait(), WITHIN_S)
    assert sorted(one.report_id for one in await scene.kept()) == ["r1", "r2"]


async def test_what_waits_at_the_end_is_written_and_what_cannot_be_is_counted(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.reports.is_away = True
    async with scene.keeper:
        for n in range(WAITING_MAX + 2):
            await scene.report(report_id=f"r{n}")
    assert scene.keeper.lost == 2
    shown = capsys.readouterr().out
    assert "not_saved" in shown
    assert f"reports={WAITING_MAX}" in shown
    for word in ("she shouts", "Jo"):
        assert word not in shown


async def test_a_report_is_opened_with_its_own_key_only(tmp_path: Path) -> None:
    evidence = Evidence(
        report_id="r",
        room=TALK,
        at_min=1,
        reason=ReportReason.OTHER,
        words="",
        member_id=JO,
        name="Jo",
        by=MAYA,
        chat=(),
    )
    seal = ReportSeal.open(tmp_path)
    sealed = seal.seal(evidence)
    assert ReportSeal.open(tmp_path).open_report(sealed) == evidence
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o077 == 0
    for other, text in ((ReportSeal(Fernet.generate_key()), sealed), (seal, sealed[:-2]), (seal, b"")):
        with pytest.raises(ValueError, match="another key, or is damaged"):
            other.open_report(text)
