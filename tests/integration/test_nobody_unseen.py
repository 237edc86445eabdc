"""Who hears or reads is on the roster that everybody sees: nobody is there unseen."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from signaling.from_browser import SetFreeze
from tests.bots.acts import order, remove
from tests.bots.bot import Bot
from tests.bots.ground import Ground, open_ground
from tests.bots.served import CrowdServer, crowd_server

ROOM: Final = "talk"
PACKETS: Final = 15  # of the voice: a third of a second in which others may hear it too


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[CrowdServer]:
    async with crowd_server(tmp_path) as running:
        yield running


def packets_of(bot: Bot) -> int:
    return bot.media.hearing.packets if bot.media is not None and bot.media.hearing is not None else 0


def has_read(bot: Bot, text: str) -> bool:
    try:
        return any(line.text == text for line in bot.room.chat)
    except RuntimeError:  # it was never shown a room
        return False


async def who_gets_anything(host: Bot, witness: Bot, bots: list[Bot], text: str) -> set[int]:
    """Return the numbers of those who heard a packet or read a line, while the witness surely did both."""
    before = {bot: packets_of(bot) for bot in bots}
    await host.say(text)
    await asyncio.gather(
        witness.hears(host.member_id, PACKETS), witness.until(lambda _: has_read(witness, text))
    )
    return {bot.member_id for bot in bots if packets_of(bot) > before[bot] or has_read(bot, text)}


async def enter(ground: Ground, name: str, invite: str = "") -> Bot:
    return await Bot.enter(ground, ROOM, name, invite=invite)


async def test_whoever_gets_anything_is_seen_by_all(server: CrowdServer) -> None:
    async with open_ground(server.url) as ground:
        host = await enter(ground, "Host", server.host_invite())
        names = ("Witness", "Stays", "Leaves", "Is removed", "Loses the line", "Closes the page")
        witness, stays, leaves, removed, lost, closes = bots = [await enter(ground, name) for name in names]
        await host.speak()
        assert await who_gets_anything(host, witness, bots, "one") == {bot.member_id for bot in bots}
        everybody = set(host.room.members)

        await order(host, "set_freeze", lambda n: SetFreeze(n=n, on=True))
        guest = await enter(ground, "At the door")
        assert guest.is_guest
        bots.append(guest)
        end_of_media = removed.media.closed if removed.media is not None else None
        await leaves.leave()
        await remove(host, removed)
        lost.drop(media=False)  # the sound goes on
        await closes.close()
        assert end_of_media is not None
        await end_of_media.wait()
        gone = {leaves.member_id, removed.member_id}
        await host.until(lambda room: set(room.members) == everybody - gone)
        await host.until(lambda room: room.members[lost.member_id].stranded_ms > 0)

        served = await who_gets_anything(host, witness, bots, "two")
        assert served == {witness.member_id, stays.member_id, lost.member_id}
        for bot in (host, witness, stays):
            assert served <= set(bot.room.members)
        await lost.resume()
        assert await who_gets_anything(host, witness, bots, "three") == served
