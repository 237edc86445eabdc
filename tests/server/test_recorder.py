import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from rooms.commands import (
    CloseRoom,
    Command,
    EraseLine,
    GiveRole,
    JoinRoom,
    LeaveRoom,
    LiftMute,
    LowerAllHands,
    MuteAll,
    MuteMember,
    PostChat,
    RaiseHand,
    RemoveMember,
    SetChat,
    SetFloor,
    SetFreeze,
    SetLock,
    SetMicrophone,
    SetPhase,
    SetRules,
)
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.limits import SHARE_LIMIT_MS
from rooms.model import ChatMode, FloorMode, Lane, Phase, RoomSettings, Rules
from rooms.roles import Role
from server import recorder as recorder_module
from server import store_writer
from server.bus.memory import MemoryBus, MemoryLog
from server.lasting import Lasting
from server.ports import AuditEntry, AuditFrom, SettingsFrom, StoreError
from server.recorder import AUDIT_DAYS, Recorder
from server.room_service import Done, RoomPlan, RoomService
from server.store.audit_chain import AuditRow, first_broken
from server.store.engine import make_engine
from server.store.sql_store import SqlStore, open_store
from tests.server.clock import FakeClock
from tests.server.logs_kept import logs_kept

TALK = RoomSlug("talk")
TOM, MAYA, JO = MemberId(22), MemberId(11), MemberId(33)
WITHIN_S = 5.0


class MoodyStore(SqlStore):
    """A real store that is away for as long as a test wants, and says when it has saved."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self.is_away = False
        self.asked = asyncio.Event()
        self.saved = asyncio.Event()
        self.swept = asyncio.Event()
        self.saves = 0

    async def keep(self, settings: Mapping[RoomSlug, SettingsFrom], audit: Sequence[AuditFrom]) -> None:
        self.asked.set()
        if self.is_away:
            raise StoreError("away")
        await super().keep(settings, audit)
        self.saves += 1
        self.saved.set()

    async def drop_audit(self, before_min: int) -> None:
        await super().drop_audit(before_min)
        self.swept.set()


class Scene:
    """A room with a host and two members, and a store."""

    def __init__(self, store: MoodyStore) -> None:
        self.store = store
        self.clock = FakeClock()
        bus = MemoryBus()
        self.rooms = RoomService(MemoryLog(bus, self.clock), bus, self.clock)
        self.recorder = Recorder(store, self.clock)
        self.lasting = Lasting(self.rooms, self.clock, (self.recorder,))

    async def begin(self) -> None:
        await self.rooms.open_rooms([RoomPlan(TALK, "Talk", "", MeetingId("m"))])
        self.recorder.know({TALK: RoomSettings()})
        self.lasting.follow()
        await self.do(JoinRoom(member_id=TOM, name="Tom", role=Role.HOST))
        await self.do(JoinRoom(member_id=MAYA, name="Maya"))
        await self.do(JoinRoom(member_id=JO, name="Jo"))

    async def do(self, command: Command) -> None:
        done = await self.rooms.carry_out(TALK, command, getattr(command, "by", MemberId(0)))
        assert isinstance(done, Done), done

    async def rows(self) -> tuple[AuditRow, ...]:
        chain, rows = await self.store.audit(TALK)
        assert first_broken(chain, rows) is None
        return rows


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with open_store("", tmp_path):
        pass
    engine = make_engine("", tmp_path)
    built = Scene(MoodyStore(engine))
    await built.begin()
    yield built
    await engine.dispose()


async def test_settings_are_saved_and_a_freeze_is_not(scene: Scene) -> None:
    async with scene.recorder:
        await scene.do(SetFloor(by=TOM, mode=FloorMode.HANDS, limit_ms=60_000))
        await scene.do(SetChat(by=TOM, mode=ChatMode.HOSTS, slow_ms=5_000))
        await scene.do(SetLock(by=TOM, on=True))
        await scene.do(SetFreeze(by=TOM, on=True))
    assert await scene.store.settings() == {
        TALK: RoomSettings(
            floor=FloorMode.HANDS, limit_ms=60_000, chat=ChatMode.HOSTS, slow_ms=5_000, is_locked=True
        )
    }


async def test_the_rules_of_the_room_are_saved(scene: Scene) -> None:
    async with scene.recorder:
        await scene.do(SetRules(by=TOM, rules=Rules(closes_share=True)))
    settings = await scene.store.settings()
    assert settings[TALK].rules == Rules(closes_share=True)


async def test_how_turns_are_taken_in_fellowship_is_not_how_the_next_meeting_takes_them(scene: Scene) -> None:
    async with scene.recorder:
        await scene.do(SetFloor(by=TOM, mode=FloorMode.HANDS, limit_ms=60_000))
        await scene.do(SetPhase(phase=Phase.FELLOWSHIP, ends_ms=0))
        await scene.do(SetFloor(by=TOM, mode=FloorMode.LISTEN, limit_ms=90_000))
    settings = await scene.store.settings()
    assert (settings[TALK].floor, settings[TALK].limit_ms) == (FloorMode.HANDS, 90_000)


async def test_how_a_room_opens_counts_as_saved_only_where_it_is(scene: Scene) -> None:
    async with scene.recorder, asyncio.timeout(WITHIN_S):
        await scene.do(SetChat(by=TOM, mode=ChatMode.HOSTS, slow_ms=0))
        await scene.store.saved.wait()
        await scene.do(CloseRoom())
        chosen = RoomSettings(chat=ChatMode.OFF)
        await scene.store.save({TALK: chosen}, ())  # as the page of the group does
        await scene.rooms.open_rooms([RoomPlan(TALK, "Talk", "", MeetingId("n"), chosen)])
        await scene.do(JoinRoom(member_id=TOM, name="Tom", role=Role.HOST))
        await scene.do(SetChat(by=TOM, mode=ChatMode.HOSTS, slow_ms=0))
    assert (await scene.store.settings())[TALK].chat is ChatMode.HOSTS


async def test_what_is_chosen_for_the_meeting_in_fellowship_is_saved(scene: Scene) -> None:
    async with scene.recorder:
        await scene.do(SetPhase(phase=Phase.FELLOWSHIP, ends_ms=0))
        await scene.do(SetFloor(by=MemberId(0), mode=FloorMode.ROUND, limit_ms=SHARE_LIMIT_MS))
    assert (await scene.store.settings())[TALK].floor is FloorMode.ROUND


async def test_many_changes_are_one_save(scene: Scene) -> None:
    for slow_ms in range(1_000, 50_000, 1_000):
        await scene.do(SetChat(by=TOM, mode=ChatMode.EVERYONE, slow_ms=slow_ms))
    async with scene.recorder:
        pass
    assert scene.store.saves == 1
    assert (await scene.store.settings())[TALK].slow_ms == 49_000


async def test_what_keeps_order_is_audited_in_numbers(scene: Scene) -> None:
    await scene.do(PostChat(by=JO, n=1, text="unkind words"))
    line = scene.rooms.record(TALK).revision.seq
    await scene.do(RaiseHand(by=MAYA, lane=Lane.SHARE))
    scene.clock.pass_ms(60_000)
    async with scene.recorder:
        for command in (
            MuteMember(by=TOM, member_id=JO),
            LiftMute(by=TOM, member_id=JO),
            SetMicrophone(by=JO, on=True),
            MuteAll(by=TOM),
            LowerAllHands(by=TOM),
            EraseLine(by=TOM, seq=line),
            GiveRole(by=TOM, member_id=MAYA, role=Role.SAFETY),
            SetLock(by=MAYA, on=True),
            SetLock(by=MAYA, on=False),
            SetFreeze(by=MAYA, on=True),
            SetFreeze(by=MAYA, on=False),
            RemoveMember(by=TOM, member_id=JO),
        ):
            await scene.do(command)
    rows = await scene.rows()
    assert {row.entry.at_min for row in rows} == {1_700_000_060_000 // 60_000}
    assert [(row.entry.action, row.entry.actor, row.entry.target) for row in rows] == [
        ("member_muted", TOM, JO),
        ("mute_lifted", TOM, JO),
        ("all_muted", TOM, 0),
        ("line_erased", TOM, JO),
        ("role_given_safety", TOM, MAYA),
        ("room_locked_on", MAYA, 0),
        ("room_locked_off", MAYA, 0),
        ("room_frozen_on", MAYA, 0),
        ("room_frozen_off", MAYA, 0),
        ("member_removed", TOM, JO),
    ]


async def test_a_visit_writes_nothing(scene: Scene) -> None:
    async with scene.recorder:
        await scene.do(SetMicrophone(by=MAYA, on=True))
        await scene.do(PostChat(by=MAYA, n=1, text="hello"))
        await scene.do(RaiseHand(by=MAYA, lane=Lane.SHARE))
        await scene.do(LeaveRoom(by=MAYA))
    assert not scene.store.asked.is_set()


async def test_a_store_that_was_away_gets_it_later(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_writer, "AGAIN_S", 0.01)
    scene.store.is_away = True
    with logs_kept():
        async with scene.recorder, asyncio.timeout(WITHIN_S):
            await scene.do(SetLock(by=TOM, on=True))
            await scene.store.asked.wait()
            await scene.do(SetLock(by=TOM, on=False))
            await scene.do(MuteMember(by=TOM, member_id=JO))
            scene.store.asked.clear()
            await scene.store.asked.wait()
            scene.store.is_away = False
    assert (await scene.store.settings())[TALK].is_locked is False
    assert [row.entry.action for row in await scene.rows()] == [
        "room_locked_on",
        "room_locked_off",
        "member_muted",
    ]


async def test_a_stop_does_not_wait_for_a_store_that_is_away(scene: Scene) -> None:
    scene.store.is_away = True
    with logs_kept():
        async with asyncio.timeout(WITHIN_S), scene.recorder:
            await scene.do(SetLock(by=TOM, on=True))
    assert await scene.store.settings() == {}


async def test_a_full_queue_loses_the_newest_and_counts(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "WAITING_MAX", 3)
    with logs_kept():
        for on in (True, False, True, False, True):
            await scene.do(SetLock(by=TOM, on=on))
    async with scene.recorder:
        pass
    assert scene.recorder.lost == 2
    assert len(await scene.rows()) == 3
    assert (await scene.store.settings())[TALK].is_locked is True


async def test_many_entries_go_in_batches(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder_module, "BATCH_MAX", 2)
    for on in (True, False, True, False, True):
        await scene.do(SetLock(by=TOM, on=on))
    async with scene.recorder:
        pass
    assert scene.store.saves == 3
    assert [row.number for row in await scene.rows()] == [1, 2, 3, 4, 5]


async def test_rows_of_thirty_days_ago_are_forgotten(scene: Scene) -> None:
    now_min = scene.clock.wall // 60_000
    old = now_min - AUDIT_DAYS * 24 * 60 - 1
    entries = [AuditEntry(TALK, at_min, "all_muted", TOM, MemberId(0)) for at_min in (old, old + 1)]
    await scene.store.save({}, entries)
    async with scene.recorder, asyncio.timeout(WITHIN_S):
        await scene.store.swept.wait()
    assert [row.entry.at_min for row in await scene.rows()] == [old + 1]
