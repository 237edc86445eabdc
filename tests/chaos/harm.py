"""What hosts do that must outlive any harm, and whether it did."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from rooms.model import BanReason, Room
from rooms.refusals import Refusal, RefusalCode
from signaling.from_browser import Join, SetLock
from signaling.from_host import BanMember
from tests.bots.bot import Bot, BotOptions
from tests.bots.ground import Ground
from tests.bots.link import Link
from tests.bots.targets import Network, read_site
from tests.chaos.meeting import Meeting
from tests.chaos.page import Page

HOURS: Final = 1
KEPT: Final = ("--appendonly", "yes", "--appendfsync", "everysec")
"""Redis as deploy/redis/redis.conf sets it up; `tests/deploy` sees to that file."""


def device(number: int) -> str:
    """Return a device's token."""
    return f"d{number}".ljust(22, "d")


async def enter_with(ground: Ground, slug: str, name: str, number: int) -> Bot:
    """Let somebody in whose device is known by a number, without sound."""
    return await Bot.enter(ground, slug, name, BotOptions(with_media=False, device=device(number)))


async def ban(host: Page, bot: Bot) -> None:
    """Ban somebody, however long it takes."""
    who = bot.member_id
    await host.insist(
        "ban_member", lambda n: BanMember(n=n, member_id=who, reason=BanReason.FLOOD, hours=HOURS)
    )


async def lock(host: Page) -> None:
    """Lock the room, however long it takes."""
    await host.insist("set_lock", lambda n: SetLock(n=n, on=True))


async def unlock(host: Page) -> None:
    """Unlock the room."""
    await host.insist("set_lock", lambda n: SetLock(n=n, on=False))


async def why_not(url: str, slug: str, number: int, nets: Sequence[Network] = ()) -> RefusalCode | None:
    """Try to come in by a device; return why that is refused, None where it is not."""
    link = await Link.open(read_site(url, nets), lambda _: None)
    try:
        answer = await link.ask("join", Join(room=slug, name=f"Visitor {number}", device=device(number)))
    finally:
        await link.close()
    return answer.code if isinstance(answer, Refusal) else None


def lines_of(room: Room) -> list[tuple[int, str]]:
    """Return the chat window: each line's author and text."""
    return [(line.member_id, line.text) for line in room.chat]


async def converged_ms(meeting: Meeting, at_ns: int) -> float:
    """Wait until all have read a line of each room accepted after `at_ns`; return how long it took."""
    wanted = [(page, page.acknowledged + 1) for page in meeting.writers]

    def is_read(writer: Page, number: int) -> bool:
        line = (writer.bot.member_id, number)
        return all(line in page.reader.order[-20:] for page in meeting.pages_in(writer.slug))

    async with asyncio.timeout(40):
        while not all(is_read(page, number) for page, number in wanted):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    return (time.monotonic_ns() - at_ns) / 1e6
