import asyncio

import pytest

from rooms.commands import (
    CloseRoom,
    Command,
    JoinRoom,
    KeepTime,
    LeaveRoom,
    LiftMute,
    MuteMember,
    PostChat,
    ResumeSeat,
    SetMicrophone,
    StrandMember,
)
from rooms.facts import Commit
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.limits import CHAT_WINDOW_MS, GRACE_MS, LEDGER_GONE_MAX
from rooms.model import Record, Revision
from rooms.refusals import Refusal
from rooms.roles import Role
from server import room_service
from server.bus.memory import MemoryBus, MemoryLog
from server.ports import Clash, CommitListener, Draft, LogUnavailableError, Missing
from server.room_service import BREATHE_MS, TRIES, Done, RoomPlan, RoomService, UnknownRoomError
from tests.rooms.story import letters
from tests.server.bus.clustered import until
from tests.server.clock import FakeClock

TALK = RoomSlug("talk")
PLAN = RoomPlan(TALK, "Talk", "", MeetingId("m"))
MAYA = MemberId(5)


class LossyBus(MemoryBus):
    """Loses what it is told to lose."""

    def __init__(self) -> None:
        super().__init__()
        self.loses = False

    def publish(self, slug: RoomSlug, epoch: int, commits: tuple[Commit, ...]) -> None:
        if not self.loses:
            super().publish(slug, epoch, commits)


class MoodyLog(MemoryLog):
    """Clashes or is away as often as a test wants."""

    clashes = 0
    away = False

    def __init__(self, bus: MemoryBus, clock: FakeClock) -> None:
        super().__init__(bus, clock)
        self.answers = asyncio.Event()
        self.answers.set()

    async def append(self, slug: RoomSlug, epoch: int, draft: Draft) -> tuple[Commit, ...] | Clash:
        await self.answers.wait()
        if self.away:
            raise LogUnavailableError
        if self.clashes:
            self.clashes -= 1
            return Clash()
        return await super().append(slug, epoch, draft)


class House:
    """Two nodes on one log."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.bus = LossyBus()
        self.log = MoodyLog(self.bus, self.clock)
        self.near = RoomService(self.log, self.bus, self.clock)
        self.far = RoomService(self.log, self.bus, self.clock)
        self.told: list[tuple[Record, tuple[Commit, ...]]] = []


@pytest.fixture
async def house() -> House:
    built = House()
    await built.near.open_rooms([PLAN])
    await built.far.open_rooms([PLAN])
    built.near.follow(TALK, lambda record, commits: built.told.append((record, commits)))
    return built


async def _join(service: RoomService, member_id: MemberId = MAYA, name: str = "Maya") -> None:
    assert isinstance(await service.carry_out(TALK, JoinRoom(member_id=member_id, name=name)), Done)


async def test_a_room_opens_once_for_all_nodes(house: House) -> None:
    assert house.near.slugs() == (TALK,)
    assert house.near.record(TALK) == house.far.record(TALK)
    assert house.near.record(TALK).revision.seq == 1


async def test_unknown_rooms(house: House) -> None:
    nowhere = RoomSlug("nowhere")
    refused = await house.near.carry_out(nowhere, JoinRoom(member_id=MAYA, name="x"))
    assert isinstance(refused, Refusal)
    assert refused.code == "no_room"
    assert house.near.open_room(nowhere) is None
    with pytest.raises(UnknownRoomError):
        house.near.record(nowhere)


async def test_followers_hear_after_the_replica_has_applied(house: House) -> None:
    await _join(house.near)
    ((record, commits),) = house.told
    assert record.revision.seq == commits[-1].seq
    assert house.far.record(TALK) == record


async def test_a_repeated_number_is_answered_and_not_carried_out_again(house: House) -> None:
    await _join(house.near)
    line = PostChat(by=MAYA, n=1, text="once")
    first = await house.near.carry_out(TALK, line, MAYA, 1)
    again = await house.far.carry_out(TALK, line, MAYA, 1)
    assert first == again
    room = house.near.open_room(TALK)
    assert room is not None
    assert [entry.text for entry in room.chat] == ["once"]


async def test_a_repeat_after_a_lost_connection_is_carried_out_once_whoever_came_and_went(
    house: House,
) -> None:
    await _join(house.near)
    line = PostChat(by=MAYA, n=1, text="once")
    first = await house.near.carry_out(TALK, line, MAYA, 1)
    await house.near.carry_out(TALK, StrandMember(member_id=MAYA))
    for number in range(LEDGER_GONE_MAX + 10):
        visitor = MemberId(1_000 + number)
        await _join(house.near, visitor, letters(number))
        await house.near.carry_out(TALK, SetMicrophone(by=visitor, on=True), visitor, 1)
        await house.near.carry_out(TALK, LeaveRoom(by=visitor))
    assert len(house.far.record(TALK).ledger.answered) <= LEDGER_GONE_MAX + 1
    house.clock.mono += GRACE_MS - 1
    await house.far.expire()
    await house.far.carry_out(TALK, ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER))
    assert await house.far.carry_out(TALK, line, MAYA, 1) == first
    room = house.near.open_room(TALK)
    assert room is not None
    assert [entry.text for entry in room.chat] == ["once"]


async def test_parallel_repeats_give_one_line(house: House) -> None:
    await _join(house.near)
    line = PostChat(by=MAYA, n=1, text="once")
    tries = [house.near.carry_out(TALK, line, MAYA, 1) for _ in range(50)]
    assert len(set(await asyncio.gather(*tries))) == 1
    room = house.near.open_room(TALK)
    assert room is not None
    assert len(room.chat) == 1


async def test_what_is_already_so_is_done_without_a_fact(house: House) -> None:
    await _join(house.near)
    before = house.near.record(TALK)
    done = await house.near.carry_out(TALK, SetMicrophone(by=MAYA, on=False), MAYA, 1)
    assert done == Done(before.revision)
    assert house.near.record(TALK) is before


async def test_a_clash_is_decided_again(house: House) -> None:
    house.log.clashes = 3
    await _join(house.near)


async def test_endless_clashes_end_in_busy(house: House) -> None:
    house.log.clashes = TRIES
    refused = await house.near.carry_out(TALK, JoinRoom(member_id=MAYA, name="Maya"))
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.retry_ms > 0) == ("busy", True)
    assert house.log.clashes == 0


async def test_a_log_that_is_away_is_said_and_nothing_changes(house: House) -> None:
    house.log.away = True
    refused = await house.near.carry_out(TALK, JoinRoom(member_id=MAYA, name="Maya"))
    assert isinstance(refused, Refusal)
    assert refused.code == "busy"
    assert house.told == []


async def test_a_lost_wake_up_is_healed_by_the_next(house: House) -> None:
    house.bus.loses = True
    await _join(house.near)
    assert house.far.record(TALK) != house.near.record(TALK)
    house.bus.loses = False
    healed = asyncio.Event()
    house.far.follow(TALK, lambda _record, _commits: healed.set())
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        mending = group.create_task(house.far.run())
        await house.near.carry_out(TALK, PostChat(by=MAYA, n=1, text="x"), MAYA, 1)
        await healed.wait()
        mending.cancel()
    assert house.far.record(TALK) == house.near.record(TALK)


async def test_deciding_on_an_old_record_clashes_and_heals(house: House) -> None:
    house.bus.loses = True
    await _join(house.near)
    await _join(house.far, MemberId(6), "Tom")
    refused = await house.far.carry_out(TALK, JoinRoom(member_id=MemberId(7), name="maya"))
    assert isinstance(refused, Refusal)
    assert refused.code == "name_taken"


async def test_a_log_that_no_longer_reaches_back_gives_a_snapshot(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[Commit, ...]] = []
    house.far.follow(TALK, lambda _record, commits: told.append(commits))
    house.bus.loses = True
    await _join(house.near)

    async def missing(_slug: RoomSlug, _revision: Revision) -> Missing:
        return Missing()

    monkeypatch.setattr(house.log, "since", missing)
    house.log.clashes = 1
    await _join(house.far, MemberId(6), "Tom")
    assert told[0] == ()
    assert house.far.record(TALK).revision.seq == 3


async def test_seats_and_chat_expire(house: House) -> None:
    await _join(house.near)
    await house.near.carry_out(TALK, PostChat(by=MAYA, n=1, text="x"), MAYA, 1)
    await house.near.carry_out(TALK, StrandMember(member_id=MAYA))
    await house.near.expire()
    house.clock.mono += GRACE_MS - 1
    house.clock.wall += 10**9  # somebody sets the clock: no seat ends for that
    await house.near.expire()
    room = house.near.open_room(TALK)
    assert room is not None
    assert MAYA in room.members
    house.clock.pass_ms(1)
    await house.near.expire()
    room = house.near.open_room(TALK)
    assert room is not None
    assert room.members == {}
    house.clock.pass_ms(CHAT_WINDOW_MS)
    await house.near.expire()
    room = house.near.open_room(TALK)
    assert room is not None
    assert (room.members, room.chat) == ({}, ())


async def test_one_who_came_back_has_the_whole_grace_time_again(house: House) -> None:
    await _join(house.near)
    resume = ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER)
    await house.near.carry_out(TALK, StrandMember(member_id=MAYA))
    await house.near.expire()
    house.clock.pass_ms(GRACE_MS - 1)
    await house.near.carry_out(TALK, resume)
    await house.near.carry_out(TALK, StrandMember(member_id=MAYA))
    house.clock.pass_ms(1)
    await house.near.expire()
    house.clock.pass_ms(GRACE_MS - 1)
    await house.near.expire()
    assert MAYA in house.near.record(TALK).room.members  # type: ignore[union-attr]
    house.clock.pass_ms(1)
    await house.near.expire()
    assert MAYA not in house.near.record(TALK).room.members  # type: ignore[union-attr]


async def test_time_is_kept_by_the_server_and_writes_only_what_is_due(house: House) -> None:
    await house.near.carry_out(TALK, JoinRoom(member_id=MAYA, name="Maya", role=Role.HOST))
    await house.near.keep_time()
    room = house.near.open_room(TALK)
    assert room is not None
    assert room.watch.was_led
    seq = house.near.record(TALK).revision.seq
    await house.near.keep_time()
    await house.far.keep_time()
    assert house.near.record(TALK).revision.seq == seq
    await house.near.carry_out(TALK, CloseRoom())
    await house.near.keep_time()
    assert house.near.record(TALK).revision.seq == seq + 1


async def test_a_room_that_nobody_is_in_is_not_asked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Command] = []

    async def note(slug: RoomSlug, command: Command) -> None:
        asked.append(command)

    monkeypatch.setattr(house.near, "carry_out", note)
    await house.near.keep_time()
    assert asked == []
    await house.far.carry_out(TALK, JoinRoom(member_id=MAYA, name="Maya"))
    await house.near.keep_time()
    assert asked == [KeepTime()]


@pytest.mark.parametrize("work", ["expire", "keep_time"])
async def test_others_have_their_turn_while_many_rooms_are_looked_after(house: House, work: str) -> None:
    await house.near.open_rooms(PLAN._replace(slug=RoomSlug(f"r{number}")) for number in range(20))

    def slow_ms() -> float:
        house.clock.mono += BREATHE_MS / 4
        return house.clock.mono

    house.clock.mono_ms = slow_ms  # type: ignore[method-assign]
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with asyncio.TaskGroup() as others:
        counting = others.create_task(count())
        await getattr(house.near, work)()
        counting.cancel()
    assert turns >= 3


async def test_time_is_kept_each_second(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_service, "SWEEP_S", 0.01)
    await house.near.carry_out(TALK, JoinRoom(member_id=MAYA, name="Maya", role=Role.HOST))
    led = asyncio.Event()
    house.near.follow(
        TALK, lambda record, _: led.set() if record.room and record.room.watch.was_led else None
    )
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        sweeping = group.create_task(house.near.run())
        await led.wait()
        sweeping.cancel()


async def test_since_and_close(house: House) -> None:
    await _join(house.near)
    revision = house.near.record(TALK).revision
    missed = await house.near.since(TALK, Revision(revision.epoch, 1))
    assert missed == house.told[0][1]
    await house.near.close()
    await house.far.carry_out(TALK, LeaveRoom(by=MAYA))
    assert house.near.record(TALK).revision == revision


def test_a_listener_is_what_the_bus_wants(house: House) -> None:
    listener: CommitListener = lambda _slug, _epoch, _commits: None  # noqa: E731 - a typed one-liner
    assert callable(house.bus.follow(TALK, listener))


HOST = MemberId(1)


class Sound:
    """Hears of orders, as the media plane does."""

    def __init__(self, rooms: RoomService) -> None:
        self.muted: list[bool] = []
        rooms.follow(TALK, self, hears_orders=True)

    def __call__(self, record: Record, commits: tuple[Commit, ...]) -> None:
        assert record.room is not None
        self.muted.append(record.room.members[MAYA].mutes.by_host)


async def _with_host(house: House) -> Sound:
    await _join(house.near)
    await house.near.carry_out(TALK, JoinRoom(member_id=HOST, name="Ana", role=Role.HOST))
    return Sound(house.near)


async def test_a_mute_holds_here_at_once_while_the_log_is_away_and_is_committed_later(house: House) -> None:
    sound = await _with_host(house)
    house.log.away = True
    mute = MuteMember(by=HOST, member_id=MAYA)
    for _ in range(2):  # the page tries again
        refused = await house.near.carry_out(TALK, mute, HOST, 1)
        assert isinstance(refused, Refusal)
        assert refused.code == "busy"
    assert sound.muted == [True]
    effect = house.near.room_in_effect(TALK)
    assert effect is not None
    assert effect.members[MAYA].mutes.by_host
    assert not _muted(house.near)
    house.log.away = False
    working = asyncio.ensure_future(house.near.run())  # noqa: TID251 - the test owns it
    await until(lambda: _muted(house.far))
    working.cancel()
    assert sound.muted[-1]
    assert isinstance(await house.near.carry_out(TALK, mute, HOST, 1), Done)
    lifted = await house.near.carry_out(TALK, LiftMute(by=HOST, member_id=MAYA), HOST, 2)
    assert isinstance(lifted, Done)
    assert not sound.muted[-1]


async def test_what_the_room_refuses_does_not_hold_either(house: House) -> None:
    sound = await _with_host(house)
    house.log.away = True
    refused = await house.near.carry_out(TALK, MuteMember(by=MAYA, member_id=HOST), MAYA, 1)
    assert isinstance(refused, Refusal)
    assert refused.code == "not_allowed"
    assert sound.muted == []


async def test_a_slow_log_does_not_keep_an_order_waiting(house: House) -> None:
    sound = await _with_host(house)
    house.log.answers.clear()
    asked = asyncio.ensure_future(  # noqa: TID251 - the test owns it
        house.near.carry_out(TALK, MuteMember(by=HOST, member_id=MAYA), HOST, 1)
    )
    await until(lambda: sound.muted)
    assert sound.muted == [True]
    assert not asked.done()
    house.log.answers.set()
    assert isinstance(await asked, Done)
    assert all(sound.muted)
    assert _muted(house.far)


def _muted(rooms: RoomService) -> bool:
    room = rooms.open_room(TALK)
    assert room is not None
    return room.members[MAYA].mutes.by_host
