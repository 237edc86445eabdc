from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.commands import CloseRoom, SetPhase
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.model import Guest, Member, Mutes, Phase, Room
from rooms.roles import Role
from server.schedule.keeper import EMPTY_MS, Opening, Seen, next_step, opened
from server.schedule.plan import Planned
from server.schedule.series import end_series, read_series, skip_date
from tests.server.schedule.evenings import MINUTE_MS, MONDAY, at_ms, planned

HALL = RoomSlug("hall")
ANN = MemberId(1)
SEAT = Member(member_id=ANN, name="Ann", role=Role.HOST, mutes=Mutes(), joined_ms=0)
TICK_MS = MINUTE_MS // 2


class Evening:
    """One room and its keeper's memory, on a clock that a test moves; what happens is written down."""

    def __init__(self, *series: Planned, at: str) -> None:
        self.planned: Sequence[Planned] = series
        self.now_ms = at_ms(at)
        self.seen = Seen()
        self.room: Room | None = None
        self.told: list[str] = []
        self.sittings = 0

    def tick(self) -> None:
        self.seen, step = next_step(self.seen, self.room, self.planned, self.now_ms)
        room = self.room
        match step:
            case None:
                return
            case Opening(phase=phase, starts_ms=starts_ms, ends_ms=ends_ms):
                assert room is None
                self.seen = opened(self.seen, step)
                self.sittings += 1
                self.room = Room(
                    slug=HALL,
                    title="Hall",
                    about="",
                    meeting_id=MeetingId(f"m{self.sittings}"),
                    opened_ms=self.now_ms,
                    members={},
                    chat=(),
                    phase=phase,
                    starts_ms=starts_ms,
                    ends_ms=ends_ms,
                )
                self._tell(f"opens {phase.value}", ends_ms)
            case SetPhase(phase=phase, ends_ms=ends_ms):
                assert room is not None
                self.room = msgspec.structs.replace(room, phase=phase, ends_ms=ends_ms)
                self._tell(phase.value, ends_ms)
            case CloseRoom():
                assert room is not None
                self.room = None
                self._tell("closes")

    def _tell(self, what: str, ends_ms: int = 0) -> None:
        until = f" until {self._clock(ends_ms)}" if ends_ms else ""
        self.told.append(f"{self._clock(self.now_ms)} {what}{until}")

    @staticmethod
    def _clock(at: int) -> str:
        return datetime.fromtimestamp(at / 1_000, UTC).strftime("%H:%M")

    def until(self, written: str) -> "Evening":
        while self.now_ms < at_ms(written):
            self.tick()
            self.now_ms += TICK_MS
        return self

    def restart(self) -> None:
        self.seen, self.room = Seen(), None

    def host_sets(self, phase: Phase, ends: str = "") -> None:
        self._change(phase=phase, ends_ms=at_ms(ends) if ends else 0)

    def host_closes(self) -> None:
        self.room = None

    def come(self) -> None:
        self._change(members={ANN: SEAT})

    def go(self) -> None:
        self._change(members={})

    def wait_outside(self) -> None:
        self._change(guests=(Guest(member_id=ANN, name="Ann", since_ms=0, is_new=True),))

    def _change(self, **fields: object) -> None:
        assert self.room is not None
        self.room = msgspec.structs.replace(self.room, **fields)


def evening(*series: Planned, at: str = "18:00") -> Evening:
    return Evening(*(series or (planned(),)), at=at)


def attended(*series: Planned) -> Evening:
    found = evening(*series).until("18:50")
    found.come()
    return found


def test_a_meeting_with_people_goes_through_its_phases() -> None:
    assert attended().until("23:00").told == [
        "18:45 opens doors until 20:00",
        "19:00 on until 20:00",
        "20:00 fellowship until 20:30",
        "20:30 closes",
    ]


def test_nobody_is_put_out_before_the_end_of_fellowship_and_everybody_then() -> None:
    assert attended().until("20:29").room is not None
    assert attended().until("20:31").room is None


def test_where_nobody_came_fellowship_is_short_and_does_not_come_back() -> None:
    assert evening().until("2026-01-08T12:00").told[2:] == ["20:00 fellowship until 20:30", "20:00 closes"]


def test_the_last_to_leave_fellowship_has_time_to_come_back() -> None:
    late = attended().until("20:10")
    late.go()
    assert late.until("20:11").room is not None
    late.come()
    late.until("20:15").go()
    late.until("20:20")
    assert late.told[-1] == "20:17 closes"
    assert EMPTY_MS == 2 * MINUTE_MS


def test_who_waits_at_the_door_is_somebody() -> None:
    late = attended().until("20:01")
    late.go()
    late.wait_outside()
    assert late.until("20:29").room is not None


def test_an_empty_meeting_stays_open_while_it_is_on() -> None:
    assert evening().until("19:59").told == ["18:45 opens doors until 20:00", "19:00 on until 20:00"]


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("18:50", "18:50 opens doors until 20:00"),
        ("19:20", "19:20 opens on until 20:00"),
        ("20:10", "20:10 opens fellowship until 20:30"),
    ],
)
def test_a_server_that_starts_in_the_middle_opens_in_the_right_phase(at: str, told: str) -> None:
    found = evening(at=at)
    found.tick()
    assert found.told == [told]


def test_after_a_restart_in_fellowship_there_is_time_to_come_back() -> None:
    found = attended().until("20:10")
    found.restart()
    found.until("20:11").come()
    assert found.until("21:00").told[-2:] == ["20:10 opens fellowship until 20:30", "20:30 closes"]


def test_another_sitting_is_not_taken_for_one_that_was_left_long_ago() -> None:
    found = evening(at="20:10")
    found.tick()
    found.seen = Seen("another", at_ms("12:00"), at_ms("12:10"))
    assert found.until("20:11").room is not None
    assert found.until("20:13").told[1:] == ["20:12 closes"]


def test_nothing_opens_between_meetings() -> None:
    assert evening(at="12:00").until("18:45").told == []
    assert evening(at="20:30").until("2026-01-08T18:45").told == []


def test_the_next_meeting_opens_again() -> None:
    assert evening().until("2026-01-08T19:30").told[-2:] == [
        "18:45 opens doors until 20:00",
        "19:00 on until 20:00",
    ]


def test_a_host_goes_on_longer() -> None:
    late = attended().until("19:55")
    late.host_sets(Phase.ON, "20:20")
    assert late.until("23:00").told[2:] == ["20:20 fellowship until 20:50", "20:50 closes"]


def test_a_host_takes_it_up_again_in_fellowship() -> None:
    late = attended().until("20:05")
    late.host_sets(Phase.ON, "20:45")
    assert late.until("23:00").told[3:] == ["20:45 fellowship until 21:15", "21:15 closes"]


def test_a_host_gives_fellowship_more_time() -> None:
    late = attended().until("20:20")
    late.host_sets(Phase.FELLOWSHIP, "22:00")
    assert late.until("23:00").told[3:] == ["22:00 closes"]


def test_a_host_takes_every_end_away() -> None:
    late = attended().until("19:30")
    late.host_sets(Phase.ON)
    assert late.until("23:00").told[2:] == []
    late.go()
    assert late.until("23:30").told[2:] == ["23:02 closes"]


def test_a_meeting_without_an_end_that_nobody_attends_stays_for_its_planned_time() -> None:
    alone = evening().until("19:10")
    alone.host_sets(Phase.ON)
    assert alone.until("23:00").told[2:] == ["20:00 closes"]


def test_a_host_begins_early() -> None:
    early = attended()
    early.host_sets(Phase.ON, "20:00")
    assert early.until("23:00").told[1:] == ["20:00 fellowship until 20:30", "20:30 closes"]


def test_a_host_ends_early() -> None:
    early = attended().until("19:30")
    early.host_sets(Phase.FELLOWSHIP, "20:00")
    assert early.until("23:00").told[2:] == ["20:00 closes"]


def test_what_a_host_closed_stays_closed_until_the_next_time() -> None:
    early = attended().until("19:30")
    early.host_closes()
    assert early.until("2026-01-08T18:46").told[2:] == ["18:45 opens doors until 20:00"]


def test_fellowship_ends_with_the_doors_of_the_next_meeting() -> None:
    both = attended(planned(), planned("20:30")).until("20:20")
    assert both.told[2:] == ["20:00 fellowship until 20:15", "20:15 closes", "20:15 opens doors until 21:30"]


def test_a_meeting_that_goes_on_holds_up_the_next() -> None:
    both = attended(planned(), planned("20:30")).until("19:55")
    both.host_sets(Phase.ON, "20:40")
    assert both.until("20:45").told[2:] == ["20:40 closes", "20:40 opens on until 21:30"]


def test_back_to_back() -> None:
    both = attended(planned(), planned("20:00")).until("20:10")
    assert both.told[2:] == ["20:00 closes", "20:00 opens on until 21:00"]


def test_without_doors_and_fellowship() -> None:
    bare = evening(planned(doors=0, fellowship=0)).until("19:30")
    bare.come()
    assert bare.until("21:00").told == ["19:00 opens on until 20:00", "20:00 closes"]


def test_a_date_that_is_skipped_while_people_are_there_is_held_for_them() -> None:
    here = attended()
    here.planned = [planned()._replace(series=read_series(skip_date(planned().series.ical, MONDAY)))]
    assert here.until("23:00").told[1:] == [
        "19:00 on until 20:00",
        "20:00 fellowship until 20:30",
        "20:30 closes",
    ]


def test_a_date_that_is_skipped_with_nobody_there_closes() -> None:
    alone = evening().until("18:50")
    alone.planned = [planned()._replace(series=read_series(skip_date(planned().series.ical, MONDAY)))]
    assert alone.until("23:00").told[1:] == ["18:50 closes"]


def test_a_room_round_the_clock_is_always_open() -> None:
    open_all_day = Evening(at="03:00").until("2026-01-06T03:00")
    assert open_all_day.told == ["03:00 opens on"]
    open_all_day.host_closes()
    assert open_all_day.until("2026-01-06T03:01").told[1:] == ["03:00 opens on"]


def test_a_room_round_the_clock_gets_meetings() -> None:
    changed = Evening(at="12:00").until("12:10")
    changed.come()
    changed.planned = [planned()]
    assert changed.until("18:50").told == ["12:00 opens on"]
    changed.go()
    assert changed.until("19:30").told[1:] == [
        "18:50 closes",
        "18:50 opens doors until 20:00",
        "19:00 on until 20:00",
    ]


def test_a_room_that_nobody_has_entered_yet_waits_for_its_first_meeting() -> None:
    made = Evening(at="12:00").until("12:10")
    made.planned = [planned()]
    assert made.until("18:50").told == ["12:00 opens on", "12:10 closes", "18:45 opens doors until 20:00"]


def test_a_sitting_closed_in_the_second_of_its_opening_stays_closed() -> None:
    found = evening().until("18:45")
    found.tick()
    found.host_closes()
    assert found.until("22:00").told == ["18:45 opens doors until 20:00"]


def test_a_room_with_meetings_becomes_one_round_the_clock() -> None:
    changed = attended().until("19:30")
    changed.planned = []
    assert changed.until("23:00").told[2:] == [
        "20:00 fellowship until 20:30",
        "20:30 closes",
        "20:30 opens on",
    ]


def test_a_machine_that_slept_through_it_all() -> None:
    asleep = attended().until("19:30")
    asleep.now_ms = at_ms("23:00")
    assert asleep.until("23:05").told[2:] == ["23:00 closes"]
    assert asleep.room is None


def test_doors_that_were_slept_through() -> None:
    asleep = attended()
    asleep.now_ms = at_ms("20:10")
    assert asleep.until("20:12").told[1:] == ["20:10 on until 20:00", "20:10 fellowship until 20:30"]


def test_a_series_that_is_over_opens_nothing() -> None:
    over = planned()._replace(series=read_series(end_series(planned().series.ical, MONDAY)))
    assert evening(over, at="21:00").until("2026-01-08T21:00").told == []


_DEEDS: list[Callable[[Evening], None]] = [
    Evening.come,
    Evening.go,
    Evening.host_closes,
    lambda found: found.host_sets(Phase.ON),
    lambda found: found.host_sets(Phase.ON, "20:30"),
    lambda found: found.host_sets(Phase.FELLOWSHIP, "21:00"),
    lambda found: found.host_sets(Phase.DOORS, "20:00"),
]


@given(deeds=st.lists(st.tuples(st.integers(0, 40), st.sampled_from(_DEEDS)), max_size=12))
@settings(deadline=None)
def test_whatever_hosts_do_each_meeting_opens_once_and_phases_only_go_ahead(
    deeds: list[tuple[int, Callable[[Evening], None]]],
) -> None:
    found = evening(planned(days=("MO",)), at="18:40")
    order = list(Phase)
    for pause, deed in deeds:
        for _ in range(pause):
            was = found.room.phase if found.room else Phase.DOORS
            found.tick()
            now = found.room.phase if found.room else Phase.FELLOWSHIP
            assert order.index(now) >= order.index(was)
            found.now_ms += TICK_MS
        if found.room is not None:
            deed(found)
    assert found.sittings <= 1
    if found.room is not None:
        found.go()
    found.until("2026-01-06T04:00")
    assert found.room is None
