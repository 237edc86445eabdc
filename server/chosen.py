"""How a group wants its meetings held, as it is chosen from outside of the room. Pure."""

from typing import NamedTuple

from msgspec.structs import replace

from rooms.commands import SetChat, SetFloor
from rooms.host_commands import SetRules
from rooms.ids import NO_MEMBER
from rooms.limits import SHARE_LIMIT_MIN_MS
from rooms.model import ChatMode, FloorMode, RoomSettings, Rules


class Chosen(NamedTuple):
    """What is to be different; None leaves it as it is. A lock is not among it."""

    floor: FloorMode | None = None
    limit_ms: int | None = None
    chat: ChatMode | None = None
    slow_ms: int | None = None
    rules: Rules | None = None


def is_possible(chosen: Chosen) -> bool:
    """Whether the length of a share can be one: none at all, or no shorter than rooms allow."""
    return not chosen.limit_ms or chosen.limit_ms >= SHARE_LIMIT_MIN_MS


def with_chosen(settings: RoomSettings, chosen: Chosen) -> RoomSettings:
    """Return the settings with what was chosen."""
    return replace(settings, **{key: value for key, value in chosen._asdict().items() if value is not None})


def commands_for(before: RoomSettings, chosen: Chosen) -> tuple[SetFloor | SetChat | SetRules, ...]:
    """Return what makes it so in an open room that is set as `before`: only what was chosen."""
    wanted = with_chosen(before, chosen)
    commands: list[SetFloor | SetChat | SetRules] = []
    if (wanted.floor, wanted.limit_ms) != (before.floor, before.limit_ms):
        commands.append(SetFloor(by=NO_MEMBER, mode=wanted.floor, limit_ms=wanted.limit_ms))
    if (wanted.chat, wanted.slow_ms) != (before.chat, before.slow_ms):
        commands.append(SetChat(by=NO_MEMBER, mode=wanted.chat, slow_ms=wanted.slow_ms))
    if wanted.rules != before.rules:
        commands.append(SetRules(by=NO_MEMBER, rules=wanted.rules))
    return tuple(commands)
