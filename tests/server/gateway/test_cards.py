"""Who has been here for a while is given a card, once, and the server keeps nothing."""

from collections.abc import AsyncIterator

import pytest

from rooms.host_commands import ReportMember
from rooms.ids import MemberId
from rooms.model import ReportReason
from server.gateway.cards import AFTER_MS, Cards
from tests.server.gateway.house import TALK, Browser, House

DEVICE = "d" * 22


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with House() as house:
        yield house


@pytest.fixture
def cards(house: House) -> Cards:
    return Cards(house.rooms, house.office, house.book, house.clock)


async def come(house: House, name: str, device: str = DEVICE, card: str = "") -> Browser:
    browser = await house.browser()
    assert (await browser.join(name, device=device, card=card))["type"] == "joined"
    return browser


def is_new(house: House, browser: Browser) -> bool:
    room = house.rooms.open_room(TALK)
    assert room is not None
    return room.members[MemberId(browser.member_id)].is_new


async def given(browser: Browser) -> list[str]:
    """Every card so far: what was sent before an answer has come before it."""
    await browser.ask("catch_up", epoch=1, seq=0)
    return [body["card"] for name, body in browser.events if name == "card_given"]


async def test_a_card_is_given_once_after_a_while_and_makes_known(house: House, cards: Cards) -> None:
    maya = await come(house, "Maya")
    assert is_new(house, maya)
    cards.give(house.gateway._audiences)
    assert await given(maya) == []
    house.clock.pass_ms(AFTER_MS)
    cards.give(house.gateway._audiences)
    cards.give(house.gateway._audiences)
    (card,) = await given(maya)
    again = await come(house, "Maya B", card=card)
    assert not is_new(house, again)
    other = await come(house, "Jo", device="e" * 22, card=card)
    assert is_new(house, other)


async def test_a_card_is_renewed_at_the_next_visit(house: House, cards: Cards) -> None:
    first = await come(house, "Maya")
    house.clock.pass_ms(AFTER_MS)
    cards.give(house.gateway._audiences)
    (card,) = await given(first)
    back = await come(house, "Maya B", card=card)
    cards.give(house.gateway._audiences)
    assert len(await given(back)) == 1


async def test_without_a_device_there_is_no_card(house: House, cards: Cards) -> None:
    maya = await come(house, "Maya", device="")
    house.clock.pass_ms(AFTER_MS)
    cards.give(house.gateway._audiences)
    assert await given(maya) == []


async def test_whoever_is_reported_or_muted_by_a_host_gets_none(house: House, cards: Cards) -> None:
    host = await house.host("Tom")
    sam = await come(house, "Sam")
    dan = await come(house, "Dan", device="e" * 22)
    await host.ask("mute_member", n=1, member_id=sam.member_id)
    report = ReportMember(
        by=MemberId(host.member_id),
        member_id=MemberId(dan.member_id),
        report_id="r",
        reason=ReportReason.OTHER,
        words="",
    )
    await house.rooms.carry_out(TALK, report, MemberId(host.member_id), 2)
    house.clock.pass_ms(AFTER_MS)
    cards.give(house.gateway._audiences)
    assert await given(sam) == await given(dan) == []
