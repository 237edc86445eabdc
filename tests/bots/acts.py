"""What a host may do to a member at once, and how it is undone."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from rooms.model import BanReason, ChatMode
from rooms.roles import Role
from signaling.from_browser import (
    FromBrowser,
    GiveRole,
    LiftMute,
    MuteAll,
    MuteMember,
    RemoveMember,
    SetChat,
    SetFreeze,
)
from signaling.from_host import BanMember
from tests.bots.bot import Bot, RefusedError

BAN_HOURS: Final = 1

Act = Callable[[Bot, Bot], Awaitable[int]]
"""A host acts on a member; returns CLOCK_MONOTONIC in ns from just before the command that was accepted."""


async def order(host: Bot, event: str, build: Callable[[int], FromBrowser]) -> int:
    """Let a host command, again where told to slow down; return CLOCK_MONOTONIC in ns from just before."""
    while True:
        asked_ns = time.monotonic_ns()
        try:
            await host.command(event, build)
        except RefusedError as error:
            if not error.refusal.retry_ms:
                raise
            await asyncio.sleep(error.refusal.retry_ms / 1_000)
        else:
            return asked_ns


async def mute(host: Bot, target: Bot) -> int:
    """Mute one member."""
    who = target.member_id
    return await order(host, "mute_member", lambda n: MuteMember(n=n, member_id=who))


async def mute_all(host: Bot, _: Bot) -> int:
    """Mute everybody who is not trusted."""
    return await order(host, "mute_all", lambda n: MuteAll(n=n))


async def freeze(host: Bot, _: Bot) -> int:
    """Freeze the room."""
    return await order(host, "set_freeze", lambda n: SetFreeze(n=n, on=True))


async def remove(host: Bot, target: Bot) -> int:
    """Take a member out."""
    who = target.member_id
    return await order(host, "remove_member", lambda n: RemoveMember(n=n, member_id=who))


async def ban(host: Bot, target: Bot) -> int:
    """Take a member out and close the group's doors to the device."""
    who = target.member_id
    return await order(
        host,
        "ban_member",
        lambda n: BanMember(n=n, member_id=who, reason=BanReason.FLOOD, hours=BAN_HOURS),
    )


async def close_chat(host: Bot, _: Bot) -> int:
    """Let only hosts write."""
    return await order(host, "set_chat", lambda n: SetChat(n=n, mode=ChatMode.HOSTS, slow_ms=0))


async def trust(host: Bot, member: Bot, role: Role) -> None:
    """Give a member a role that a freeze leaves alone."""
    who = member.member_id
    await order(host, "give_role", lambda n: GiveRole(n=n, member_id=who, role=role))


async def undo(host: Bot, act: Act, target: Bot) -> None:
    """Let the same member, or the next one, speak and write again after one of `UNDONE`."""
    who = target.member_id
    if act is mute:
        await order(host, "lift_mute", lambda n: LiftMute(n=n, member_id=who))
    elif act is freeze:
        await order(host, "set_freeze", lambda n: SetFreeze(n=n, on=False))
    elif act is close_chat:
        await order(host, "set_chat", lambda n: SetChat(n=n, mode=ChatMode.EVERYONE, slow_ms=0))


ENDING: Final[tuple[Act, ...]] = (remove, ban)
"""Acts after which the member is gone."""

UNDONE: Final[tuple[Act, ...]] = (mute, freeze, close_chat)
"""Acts that `undo` has to undo."""
