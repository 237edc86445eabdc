"""What hosts write about their group, checked as the operator's configuration is; each fault has its code."""

from typing import Final, NamedTuple

from rooms.ids import RoomSlug
from rooms.limits import ABOUT_MAX_CHARS, TITLE_MAX_CHARS
from server.accounts.group_messages import AddSeries, GroupRefusal
from server.accounts.group_rights import DeclinedError
from server.config import RoomConfig
from server.group_ports import ALIAS_MAX_CHARS, APPEAL_MAX_CHARS
from server.schedule.setting import SeriesConfig

_OF_SERIES: Final = {
    "every": GroupRefusal.BAD_DAYS,
    "at": GroupRefusal.BAD_TIME,
    "minutes": GroupRefusal.BAD_MINUTES,
    "zone": GroupRefusal.BAD_ZONE,
    "doors": GroupRefusal.BAD_DOORS,
    "fellowship": GroupRefusal.BAD_FELLOWSHIP,
}


class Told(NamedTuple):
    """How something is called, and what is said about it."""

    title: str
    about: str


def read_words(title: str, about: str) -> Told:
    """Return title and description as they are kept.

    Raises:
        DeclinedError: one is too long or cannot be printed, or there is no title.
    """
    return Told(
        read_line(title, TITLE_MAX_CHARS, GroupRefusal.BAD_TITLE, least=1),
        read_line(about, ABOUT_MAX_CHARS, GroupRefusal.BAD_ABOUT),
    )


def read_appeal(text: str) -> str:
    """Return what somebody may do who was banned.

    Raises:
        DeclinedError: it is too long or cannot be printed.
    """
    return read_line(text, APPEAL_MAX_CHARS, GroupRefusal.BAD_APPEAL)


def read_alias(text: str) -> str:
    """Return the name that somebody serves under; may be empty.

    Raises:
        DeclinedError: it is too long or cannot be printed.
    """
    return read_line(text, ALIAS_MAX_CHARS, GroupRefusal.BAD_ALIAS)


def read_slug(slug: str) -> RoomSlug:
    """Return a room's lasting name.

    Raises:
        DeclinedError: it cannot be one.
    """
    try:
        return RoomConfig(slug=RoomSlug(slug), title="A room").slug
    except ValueError:
        raise DeclinedError(GroupRefusal.BAD_SLUG) from None


def read_series(asked: AddSeries) -> SeriesConfig:
    """Return when a series is held.

    Raises:
        DeclinedError: naming the part that cannot be.
    """
    try:
        return SeriesConfig(
            every=",".join(asked.days),
            at=asked.at,
            minutes=asked.minutes,
            zone=asked.zone,
            doors=asked.doors,
            fellowship=asked.fellowship,
        )
    except ValueError as error:  # it starts with the key, as everything that operators are told does
        key = str(error).replace(":", " ").split()[0]
        raise DeclinedError(_OF_SERIES[key]) from None


def read_line(text: str, max_chars: int, code: GroupRefusal, *, least: int = 0) -> str:
    """Return a text in one line with single spaces.

    Raises:
        DeclinedError: with this code, where it is too short, too long or cannot be printed.
    """
    line = " ".join(text.split())
    if not least <= len(line) <= max_chars or not line.isprintable():
        raise DeclinedError(code)
    return line
