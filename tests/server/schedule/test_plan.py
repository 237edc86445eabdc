from datetime import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.model import Phase
from server.schedule.plan import ALWAYS, Due, Planned, Slot, due, on_duty, slot_of, slots
from server.schedule.series import DAYS, end_series, read_series, skip_date, write_series
from tests.server.schedule.evenings import DAY_MS, MONDAY, at_ms, planned

SLOT = Slot(at_ms("18:45"), at_ms("19:00"), at_ms("20:00"), at_ms("20:30"))
THURSDAY_MS = at_ms("2026-01-08T19:00")


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        ("18:44:59", None),
        ("18:45", Phase.DOORS),
        ("18:59:59", Phase.DOORS),
        ("19:00", Phase.ON),
        ("19:59:59", Phase.ON),
        ("20:00", Phase.FELLOWSHIP),
        ("20:29:59", Phase.FELLOWSHIP),
        ("20:30", None),
    ],
)
def test_the_phases_of_a_meeting(now: str, phase: Phase | None) -> None:
    found = due([planned()], at_ms(now))
    assert found.phase is phase
    assert found.slot == (SLOT if phase else None)
    assert found.next_starts_ms == (at_ms("19:00") if now < "18:45" else THURSDAY_MS)
    assert not found.is_continuous


def test_a_room_without_meetings_is_always_on() -> None:
    assert due([], at_ms("03:00")) == ALWAYS
    assert due([planned(shift_of="ann")], at_ms("03:00")) == ALWAYS
    assert Due(phase=Phase.ON, slot=None, next_starts_ms=0, is_continuous=True) == ALWAYS


def test_a_series_that_is_over_leaves_the_room_closed() -> None:
    one = planned()
    over = one._replace(series=read_series(end_series(one.series.ical, MONDAY)))
    assert due([over], at_ms("21:00")) == Due(phase=None, slot=None, next_starts_ms=0, is_continuous=False)


def test_a_skipped_date_stays_closed() -> None:
    one = planned()
    skipped = one._replace(series=read_series(skip_date(one.series.ical, MONDAY)))
    assert due([skipped], at_ms("19:30")) == Due(
        phase=None, slot=None, next_starts_ms=THURSDAY_MS, is_continuous=False
    )


def test_without_doors_and_fellowship_there_are_none() -> None:
    one = [planned(doors=0, fellowship=0)]
    assert due(one, at_ms("18:59:59")).phase is None
    assert due(one, at_ms("20:00")).phase is None


def test_the_next_ones_doors_end_fellowship() -> None:
    both = [planned(), planned("20:20")]
    assert due(both, at_ms("20:04:59")).phase is Phase.FELLOWSHIP
    found = due(both, at_ms("20:05"))
    assert (found.phase, found.slot and found.slot.starts_ms) == (Phase.DOORS, at_ms("20:20"))


def test_doors_wait_for_the_meeting_before() -> None:
    both = [planned(), planned("20:05")]
    assert due(both, at_ms("19:55")).slot == SLOT._replace(closes_ms=SLOT.ends_ms)
    found = due(both, at_ms("20:00"))
    assert (found.phase, found.slot and found.slot.opens_ms) == (Phase.DOORS, at_ms("20:00"))


def test_back_to_back() -> None:
    both = [planned(), planned("20:00")]
    assert due(both, at_ms("19:59:59")).next_starts_ms == at_ms("20:00")
    found = due(both, at_ms("20:00"))
    assert (found.phase, found.slot and found.slot.starts_ms) == (Phase.ON, at_ms("20:00"))


def test_a_meeting_is_not_cut_by_another_that_starts_in_it() -> None:
    both = [planned(), planned("19:30")]
    assert due(both, at_ms("19:45")).slot == SLOT._replace(closes_ms=SLOT.ends_ms)
    found = due(both, at_ms("20:10"))
    assert found.slot == Slot(at_ms("20:00"), at_ms("20:00"), at_ms("20:30"), at_ms("21:00"))


def test_a_meeting_within_another_is_left_out() -> None:
    both = [planned(minutes=120), planned("19:30", minutes=30)]
    assert [slot.starts_ms for slot in slots(both, at_ms("00:00"), at_ms("23:00"))] == [at_ms("19:00")]


def test_twice_the_same_is_once() -> None:
    assert due([planned(), planned()], at_ms("19:30")).slot == SLOT


def test_over_midnight() -> None:
    one = [planned("23:30", days=("MO",))]
    assert due(one, at_ms("2026-01-06T00:10")).phase is Phase.ON
    assert due(one, at_ms("2026-01-06T00:45")).phase is Phase.FELLOWSHIP


def test_the_meetings_of_a_week() -> None:
    starts = [slot.starts_ms for slot in slots([planned()], at_ms("12:00"), at_ms("12:00") + 7 * DAY_MS)]
    assert starts == [at_ms("19:00"), THURSDAY_MS]
    assert slots([planned()], at_ms("19:59"), at_ms("20:00")) == (SLOT,)
    assert slots([planned()], at_ms("20:00"), at_ms("21:00")) == ()
    assert slots([planned(shift_of="ann")], at_ms("12:00"), at_ms("20:00")) == ()


def test_a_slot_is_found_by_its_start() -> None:
    assert slot_of([planned()], at_ms("19:00"), at_ms("21:00")) == SLOT
    assert slot_of([planned()], at_ms("19:01"), at_ms("21:00")) is None


def test_who_is_on_duty() -> None:
    shifts = [
        planned("18:00", 120, shift_of="ann"),
        planned("19:00", 120, shift_of="bo"),
        planned("18:30", 60, shift_of="ann"),
        planned(),
    ]
    assert on_duty(shifts, at_ms("17:59")) == ()
    assert on_duty(shifts, at_ms("18:45")) == ("ann",)
    assert on_duty(shifts, at_ms("19:00")) == ("ann", "bo")
    assert on_duty(shifts, at_ms("20:00")) == ("bo",)


_TIMES = st.times().map(lambda at: at.isoformat("minutes"))
_ANY = st.builds(
    planned,
    at=_TIMES,
    minutes=st.integers(1, 24 * 60),
    days=st.lists(st.sampled_from(DAYS), min_size=1, unique=True),
    doors=st.integers(0, 240),
    fellowship=st.integers(0, 240),
)


@given(
    several=st.lists(_ANY, min_size=1, max_size=4),
    now=st.integers(at_ms("00:00"), at_ms("00:00") + 9 * DAY_MS),
)
@settings(deadline=None)
def test_whatever_is_planned_one_sitting_follows_the_other(several: list[Planned], now: int) -> None:
    found = slots(several, now, now + 7 * DAY_MS)
    for slot in found:
        assert slot.opens_ms <= slot.starts_ms < slot.ends_ms <= slot.closes_ms
    for one, other in pairwise(found):
        assert one.closes_ms <= other.opens_ms
    at_once = [slot for slot in found if slot.opens_ms <= now < slot.closes_ms]
    state = due(several, now)
    assert at_once in ([], [state.slot])
    assert state.next_starts_ms > now


def test_a_slot_keeps_the_zone_of_its_series() -> None:
    ical = write_series(uid="n", starts=MONDAY, at=time(20), minutes=60, zone="America/New_York", days=["MO"])
    far = planned()._replace(series=read_series(ical))
    found = slots([planned(), far], at_ms("00:00"), at_ms("23:00") + DAY_MS)
    assert [slot.zone for slot in found] == ["UTC", "America/New_York"]
