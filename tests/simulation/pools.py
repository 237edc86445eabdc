"""Of what commands are drawn: all that is of the right type, the right and the wrong."""

from collections.abc import Callable
from random import Random
from typing import Final

from msgspec import inspect

from rooms.ids import MemberId
from rooms.limits import BAN_HOURS_MAX, PROBATION_MAX_MS, SHARE_LIMIT_MAX_MS, SHARE_LIMIT_MS
from rooms.limits import MINUTE_MS as ONE_MINUTE_MS
from rooms.model import (
    Ban,
    BanReason,
    ChatMode,
    Cue,
    DoorMode,
    FloorMode,
    Guest,
    Pass,
    Room,
    Rules,
    Sheet,
)
from rooms.roles import Role
from tests.rooms.story import letters

WHO: Final = tuple(MemberId(n) for n in range(1, 31))
_HOUR_MS: Final = 3_600_000
_BRANCHES: Final = (*[""] * 9, "a", "a/b", "a/b/c", "ab")
_TEXTS: Final = (
    "hello",
    "hello again",
    "one more day",
    "",
    " \n",
    "a\nb",
    "x" * 2_001,
    "\U0001f49a",
    "y" * 8_001,
    *["call 555-010-9999"] * 4,
)
_POOLS: Final[dict[str, tuple[object, ...]]] = {
    "by": WHO,
    "member_id": WHO,
    "name": ("Maya", "maya", "", "\u200b", "A" * 41, "Host", *(letters(n) for n in range(100, 300))),
    "text": _TEXTS,
    "words": ("", "he shouted", "x" * 1_001),
    "title": ("", "Step one", "x" * 81),
    "line": (1, 1, 2, 3, 4, 0),
    "place": (0, 0, 1, 2, 5, 500),
    "on_duty": ((), (), (), ("a1",), ("a2", "a1")),
    "limit_ms": (0, SHARE_LIMIT_MS, 30_000, 1, SHARE_LIMIT_MAX_MS, SHARE_LIMIT_MAX_MS + 1),
    "more_ms": (ONE_MINUTE_MS, 1, 0, SHARE_LIMIT_MAX_MS),
    "slow_ms": (0, 0, 1_000, 300_000, 300_001),
    "role": (*[Role.MEMBER] * 8, *Role, Role.HOST, Role.CAPTIONER),
    "hours": (0, *[1] * 12, 24, BAN_HOURS_MAX, BAN_HOURS_MAX + 1, -1),
    "stranded_ms": (1,),
    "at": (-2, -1, 0, 1, 2, 3),
}


class Pools:
    """Draws values by chance for one walk. Ids that chance draws for a server are never drawn twice."""

    def __init__(self) -> None:
        """Begin with nothing drawn."""
        self._drawn = 0

    def value(self, field: inspect.Field, room: Room, now_ms: int, chance: Random) -> object:
        """Return a value for one field of a command."""
        if isinstance(field.type, inspect.BoolType):
            return chance.random() < 0.5
        if isinstance(field.type, inspect.EnumType) and field.type.cls is not Role:
            return chance.choice(list(field.type.cls))
        if field.name in _MAKERS:
            return _MAKERS[field.name](chance)
        return self._of_room(field.name, room, now_ms, chance)

    def _of_room(self, name: str, room: Room, now_ms: int, chance: Random) -> object:
        match name:
            case "ban":
                return self._ban(room, now_ms, chance)
            case "ends_ms":
                return chance.choice((0, now_ms + 1, now_ms + _HOUR_MS, now_ms - 1, now_ms + 10**10))
            case "ban_id":
                return self._id([ban.ban_id for ban in room.bans], chance)
            case "report_id":
                return self._id([report.report_id for report in room.reports], chance)
            case _:
                return chance.choice(_POOLS[name])

    def _id(self, known: list[str], chance: Random) -> str:
        if known and chance.random() < 0.5:
            return chance.choice(known)
        self._drawn += 1
        return f"id{self._drawn}"

    def _ban(self, room: Room, now_ms: int, chance: Random) -> Ban:
        known = _pass(chance)
        return Ban(
            ban_id=self._id([ban.ban_id for ban in room.bans], chance),
            reason=chance.choice(list(BanReason)),
            placed_ms=now_ms,
            until_ms=now_ms + chance.choice((0, 1_000, _HOUR_MS, 5 * _HOUR_MS)),
            device=known.device,
            branch=known.branch,
        )


def _pass(chance: Random) -> Pass:
    return Pass(
        device=chance.choice(("", *(f"d{n}" for n in range(10)))),
        branch=chance.choice(_BRANCHES),
        is_known=chance.random() < 0.4,
        may_be=chance.choice((*[Role.MEMBER] * 12, Role.COHOST, Role.HOST)),
        place=chance.choice((0, 0, 1, 2)),
        account=chance.choice(("", "", "a1", "a2")),
    )


def _rules(chance: Random) -> Rules:
    return Rules(
        door=chance.choice((DoorMode.OPEN, *DoorMode)),
        probation_ms=chance.choice((*[0] * 5, *[30_000] * 4, PROBATION_MAX_MS, PROBATION_MAX_MS + 1)),
        reserve_ms=chance.choice((0, 300_000)),
        closes_share=chance.random() < 0.5,
        holds_contacts=chance.random() < 0.8,
        locks_alone=chance.random() < 0.3,
        has_reactions=chance.random() < 0.8,
    )


def _sheet(chance: Random) -> Sheet | None:
    if chance.random() < 0.2:
        return None
    cues = tuple(
        Cue(
            title=chance.choice(("Opening", "Share")),
            text=chance.choice(("", "We read.")),
            floor=chance.choice((None, *FloorMode)),
            chat=chance.choice((None, *ChatMode)),
            mutes=chance.random() < 0.5,
            limit_ms=chance.choice((0, 0, SHARE_LIMIT_MS, SHARE_LIMIT_MS, 1)),
            member_id=chance.choice((MemberId(0), *WHO)),
        )
        for _ in range(chance.randrange(1, 4))
    )
    return Sheet(title=chance.choice(("Monday", "Monday", "")), cues=cues, at=chance.choice((-1, -1, -1, 9)))


_MAKERS: Final[dict[str, Callable[[Random], object]]] = {"pass_": _pass, "rules": _rules, "sheet": _sheet}


def guest_of(room: Room, chance: Random) -> Guest | None:
    """Return somebody at the door, if there is one."""
    return chance.choice(room.guests) if room.guests else None
