"""How moments are written into a page that has no program: on the clocks of a meeting's zone, which is named.

A time of day has twenty-four hours and a day has its date, so that neither can be taken for another.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from server.http.words import Words

_WEEKDAYS: Final = ("mo", "tu", "we", "th", "fr", "sa", "su")  # in the order of date.weekday()
_TIME: Final = Markup('<time datetime="{}">{}</time>')


def local_time(at_ms: int, zone: str) -> datetime:
    """Return a moment on the clocks of a zone of the IANA list."""
    return datetime.fromtimestamp(at_ms / 1_000, ZoneInfo(zone))


def time_mark(at_ms: int, zone: str) -> Markup:
    """Return the time of day, with the moment in a form that programs read."""
    moment = datetime.fromtimestamp(at_ms / 1_000, UTC)
    return _TIME.format(f"{moment:%Y-%m-%dT%H:%MZ}", f"{local_time(at_ms, zone):%H:%M}")


def day_words(words: Words, day: date) -> str:
    """Return a day with its date: "Thursday 26 November"."""
    weekday = words.t(f"day.{_WEEKDAYS[day.weekday()]}")
    return words.t("day.words", weekday=weekday, day=day.day, month=words.t(f"month.{day.month}"))


def zone_words(words: Words, zone: str, at_ms: int) -> str:
    """Return a zone by its city, and how far its clocks are from UTC at this moment."""
    if zone == "UTC":
        return zone
    city = zone.rpartition("/")[2].replace("_", " ")
    return words.t("zone.words", city=city, offset=_offset(local_time(at_ms, zone)))


def _offset(moment: datetime) -> str:
    minutes = (moment.utcoffset() or timedelta()) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    sign = "\N{MINUS SIGN}" if minutes < 0 else "+"
    return f"{sign}{hours}:{rest:02}" if rest else f"{sign}{hours}"
