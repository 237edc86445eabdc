from datetime import date, time
from typing import Any

import pytest

from server.group_ports import SeriesKind
from server.schedule.setting import SeriesConfig
from tests.server.schedule.evenings import MINUTE_MS

GOOD: dict[str, Any] = {"every": "MO,TH", "at": "19:00", "minutes": 60, "zone": "Europe/Lisbon"}


def test_a_meeting_of_the_configuration() -> None:
    found = SeriesConfig(**GOOD, doors=10, fellowship=0).planned("hall.1@config")
    assert found.series.uid == "hall.1@config"
    assert (found.series.days, found.series.at) == (("MO", "TH"), time(19, 0))
    assert (found.series.minutes, found.series.zone) == (60, "Europe/Lisbon")
    assert (found.kind, found.doors_ms, found.fellowship_ms) == (SeriesKind.MEETING, 10 * MINUTE_MS, 0)


def test_what_is_not_said() -> None:
    found = SeriesConfig(**GOOD).planned("a")
    assert (found.doors_ms, found.fellowship_ms) == (15 * MINUTE_MS, 30 * MINUTE_MS)
    assert found.series.skipped == ()


def test_days_may_have_blanks_between() -> None:
    assert SeriesConfig(**{**GOOD, "every": "TH, MO"}).planned("a").series.days == ("MO", "TH")


def test_dates_are_skipped() -> None:
    found = SeriesConfig(**GOOD, skip=("2026-12-24", "2026-12-28")).planned("a")
    assert found.series.skipped == (date(2026, 12, 24), date(2026, 12, 28))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("every", ""),
        ("every", "MO;TH"),
        ("every", "mo"),
        ("at", "7:00"),
        ("at", "24:00"),
        ("at", "19:00:00"),
        ("minutes", 0),
        ("minutes", 1441),
        ("zone", "Lisbon"),
        ("doors", -1),
        ("doors", 241),
        ("fellowship", -1),
        ("fellowship", 241),
        ("skip", ("24.12.2026",)),
        ("skip", ("2026-12-25",)),
    ],
)
def test_a_wrong_setting_is_refused_by_name(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{key}\b"):
        SeriesConfig(**{**GOOD, key: value})
