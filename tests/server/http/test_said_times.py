from datetime import UTC, date, datetime

import pytest

from server.http.said_times import day_words, time_mark, zone_words
from server.http.words import words_of

NOON_MS = int(datetime(2026, 11, 26, 12, tzinfo=UTC).timestamp()) * 1_000
JULY_MS = int(datetime(2026, 7, 1, 12, tzinfo=UTC).timestamp()) * 1_000


def test_a_time_of_day_is_a_zones_and_its_moment_is_everybodys() -> None:
    assert time_mark(NOON_MS, "America/New_York") == '<time datetime="2026-11-26T12:00Z">07:00</time>'
    assert time_mark(NOON_MS, "Asia/Kathmandu") == '<time datetime="2026-11-26T12:00Z">17:45</time>'


def test_a_day_has_its_date() -> None:
    assert day_words(words_of("en"), date(2026, 11, 26)) == "Thursday 26 November"
    spanish = day_words(words_of("es"), date(2026, 11, 26))
    assert "jueves" in spanish
    assert "26" in spanish
    assert "noviembre" in spanish


@pytest.mark.parametrize(
    ("zone", "at_ms", "city", "offset"),
    [
        ("Europe/Lisbon", NOON_MS, "Lisbon", "+0"),
        ("Europe/Lisbon", JULY_MS, "Lisbon", "+1"),
        ("America/St_Johns", NOON_MS, "St Johns", "\N{MINUS SIGN}3:30"),
        ("America/Argentina/Buenos_Aires", NOON_MS, "Buenos Aires", "\N{MINUS SIGN}3"),
    ],
)
def test_a_zone_is_a_city_and_how_far_its_clocks_are_now(
    zone: str, at_ms: int, city: str, offset: str
) -> None:
    said = zone_words(words_of("en"), zone, at_ms)
    assert city in said
    assert offset in said


def test_utc_is_only_itself() -> None:
    assert zone_words(words_of("en"), "UTC", NOON_MS) == "UTC"
