"""Roles and what each may do, as one table."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a member is trusted with in one meeting."""

    MEMBER = "member"
    SPEAKER = "speaker"  # invited to speak, also where only hosts and speakers are heard
    READER = "reader"
    GREETER = "greeter"
    TIMEKEEPER = "timekeeper"
    CAPTIONER = "captioner"  # writes live text for those who read
    SAFETY = "safety"  # keeps order
    COHOST = "cohost"
    HOST = "host"  # leads this meeting; also called the chair
    SECRETARY = "secretary"  # runs the meeting over a term


class Ability(StrEnum):
    """One thing that a role may do."""

    SPEAK = "speak"
    POST_CHAT = "post_chat"
    SPEAK_UNASKED = "speak_unasked"  # is heard without the floor
    KEEP_TIME = "keep_time"  # add time to a share
    WRITE_CAPTIONS = "write_captions"  # live text of what is said
    RUN_FLOOR = "run_floor"  # call, skip, reorder, thank
    SET_RULES = "set_rules"  # floor mode, share limit
    KEEP_ORDER = "keep_order"  # mute, freeze, lock, chat mode, erase, remove
    GIVE_ROLES = "give_roles"
    SEE_MODERATION = "see_moderation"  # who was removed, and by whom
    KEEP_DOOR = "keep_door"  # see who waits, talk to them, let them in


_EVERYBODY: Final = frozenset({Ability.SPEAK, Ability.POST_CHAT})
_TRUSTED: Final = _EVERYBODY | {Ability.SPEAK_UNASKED}
_SAFETY: Final = _TRUSTED | {Ability.KEEP_ORDER, Ability.SEE_MODERATION, Ability.KEEP_DOOR}
_COHOST: Final = _SAFETY | {Ability.KEEP_TIME, Ability.RUN_FLOOR, Ability.SET_RULES}
_HOST: Final = _COHOST | {Ability.GIVE_ROLES}

ABILITIES: Final[dict[Role, frozenset[Ability]]] = {
    Role.MEMBER: _EVERYBODY,
    Role.SPEAKER: _TRUSTED,
    Role.READER: _TRUSTED,
    Role.GREETER: _TRUSTED | {Ability.KEEP_DOOR},
    Role.TIMEKEEPER: _TRUSTED | {Ability.KEEP_TIME},
    Role.CAPTIONER: _EVERYBODY | {Ability.WRITE_CAPTIONS},  # hears and writes: need not be heard unasked
    Role.SAFETY: _SAFETY,
    Role.COHOST: _COHOST,
    Role.HOST: _HOST,
    Role.SECRETARY: _HOST,
}

RANK: Final[dict[Role, int]] = {
    Role.MEMBER: 0,
    Role.SPEAKER: 1,
    Role.READER: 1,
    Role.GREETER: 1,
    Role.TIMEKEEPER: 1,
    Role.CAPTIONER: 1,
    Role.SAFETY: 2,
    Role.COHOST: 3,
    Role.HOST: 4,
    Role.SECRETARY: 4,
}
"""Nobody acts against somebody of a higher rank, nor against one of the own rank above `safety`."""


def may(role: Role, ability: Ability) -> bool:
    """Whether the role holds the ability. Nobody holds one that opens another's microphone."""
    return ability in ABILITIES[role]


def is_trusted(role: Role) -> bool:
    """Whether a host gave the role to somebody by name: it passes doors and may write in a frozen room.

    To be heard unasked is an ability of its own.
    """
    return RANK[role] > 0
