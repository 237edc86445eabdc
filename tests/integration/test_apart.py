"""Two who are kept apart, in a real server with real bots: not one packet of either reaches the other."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rooms.ids import RoomSlug
from server.lifecycle import RunningServer, running_server
from signaling.from_host import BlockMember, UnblockMember
from tests.bots.bot import Bot
from tests.bots.ground import Ground, open_ground
from tests.bots.hearing import Hearing
from tests.server.nodes import node_config

ROOM = "talk"
PACKETS = 25  # half a second of speech


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with running_server(node_config(tmp_path)) as running:
        yield running


def hearing_of(bot: Bot) -> Hearing:
    assert bot.media is not None
    assert bot.media.hearing is not None
    return bot.media.hearing


async def three(ground: Ground) -> list[Bot]:
    """Ann, Ben and Cat, of whom all speak and nobody is kept apart yet."""
    bots = [await Bot.enter(ground, ROOM, name) for name in ("Ann", "Ben", "Cat")]
    for bot in bots:
        await bot.speak()
    for bot in bots:
        for other in bots:
            if other is not bot:
                await bot.hears(other.member_id)
    return bots


async def assert_apart(ann: Bot, ben: Bot, cat: Bot) -> None:
    """Cat hears both without a hole; meanwhile the two hear Cat, and nothing at all of each other."""
    for bot in (ann, ben, cat):
        hearing_of(bot).forget()
    pairs = ((cat, ann), (cat, ben), (ann, cat), (ben, cat))
    await asyncio.gather(*(bot.hears(other.member_id, PACKETS) for bot, other in pairs))
    assert set(hearing_of(ann).voices) == {cat.member_id}
    assert set(hearing_of(ben).voices) == {cat.member_id}
    for bot in (ann, ben, cat):
        hearing = hearing_of(bot)
        assert [slot.lost for slot in hearing.slots.values()] == [0, 0, 0]
        assert (hearing.stray, hearing.unreadable, hearing.unmarked) == (0, 0, {})
    for bot, other in pairs:
        heard = bot.heard(other.member_id)
        assert heard is not None
        assert heard.missing == set()


async def test_two_who_are_kept_apart_hear_everybody_else(server: RunningServer) -> None:
    async with open_ground(server.url) as ground:
        ann, ben, cat = await three(ground)

        def set_apart(*, apart: bool) -> None:
            server.node.media.set_apart(RoomSlug(ROOM), ann.member_id, ben.member_id, apart)

        set_apart(apart=True)
        await assert_apart(ann, ben, cat)
        set_apart(apart=False)
        await asyncio.gather(ann.hears(ben.member_id, PACKETS), ben.hears(ann.member_id, PACKETS))
        for bot in (ann, ben):
            assert [slot.lost for slot in hearing_of(bot).slots.values()] == [0, 0, 0]
        set_apart(apart=True)
        await assert_apart(ann, ben, cat)
        await ben.open_media()
        await ben.speak()
        await cat.hears(ben.member_id)
        await assert_apart(ann, ben, cat)
        await ben.restart_media()
        await assert_apart(ann, ben, cat)
        ann.drop()
        await ann.resume()
        await ann.speak()
        await cat.hears(ann.member_id)
        await assert_apart(ann, ben, cat)


async def test_a_block_parts_two_and_only_one_of_them_knows(server: RunningServer) -> None:
    async with open_ground(server.url) as ground:
        ann, ben, cat = await three(ground)
        await ann.command("block_member", lambda n: BlockMember(n=n, member_id=ben.member_id))
        await assert_apart(ann, ben, cat)
        await ben.open_media()
        await ben.speak()
        await cat.hears(ben.member_id)
        await assert_apart(ann, ben, cat)
        assert [block.member_id for block in ann.room.blocks] == [ben.member_id]
        assert ben.room.blocks == cat.room.blocks == ()
        await ann.command("unblock_member", lambda n: UnblockMember(n=n, member_id=ben.member_id))
        await asyncio.gather(ann.hears(ben.member_id, PACKETS), ben.hears(ann.member_id, PACKETS))
