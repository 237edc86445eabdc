"""Roles and what each may do, as one table."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a member is trusted with in one meeting."""

    MEMBER = "member"
    HOST = "host"


class Ability(StrEnum):
    """One thing that a role may do."""

    SPEAK = "speak"
    POST_CHAT = "post_chat"
    MUTE_OTHERS = "mute_others"
    REMOVE_OTHERS = "remove_others"
    SEE_MODERATION = "see_moderation"  # who was removed, and by whom


_EVERYBODY: Final = frozenset({Ability.SPEAK, Ability.POST_CHAT})

ABILITIES: Final[dict[Role, frozenset[Ability]]] = {
    Role.MEMBER: _EVERYBODY,
    Role.HOST: _EVERYBODY | {Ability.MUTE_OTHERS, Ability.REMOVE_OTHERS, Ability.SEE_MODERATION},
}


def may(role: Role, ability: Ability) -> bool:
    """Whether the role holds the ability. Nobody holds one that opens another's microphone."""
    return ability in ABILITIES[role]
