"""BC8: the machine's clock leaps during a meeting; seats, held ones too, the order of facts and bans stay."""

from collections.abc import AsyncIterator
from typing import Final

import pytest

from server.tickets import SEAT_HOURS
from tests.integration.evening import Evening

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS


@pytest.fixture
async def evening() -> AsyncIterator[Evening]:
    async with Evening() as opened:
        yield opened


@pytest.mark.parametrize("leap_ms", [HOUR_MS, -HOUR_MS, DAY_MS, -DAY_MS, 1_000, -1_000])
async def test_bc8_a_clock_that_leaps_moves_nobody(evening: Evening, leap_ms: int) -> None:
    host, maya, away = await evening.lead("Tom"), await evening.sit("Maya"), await evening.sit("Ann")
    shouter = await evening.come("Rex", device="r" * 22)
    await host.do("ban_member", member_id=shouter.member_id, reason="flood", hours=90 * 24)
    await maya.do("post_chat", text="before")
    await away.drop()
    before = evening.rooms.record(maya.evening.rooms.slugs()[0]).revision
    evening.clock.wall += leap_ms
    await evening.pass_s(5)
    shown = await maya.shown()
    assert {str(person.member_id) for person in (host, maya, away)} <= set(shown["members"])
    await maya.do("post_chat", text="after")
    await host.do("set_lock", on=True)
    after = evening.rooms.record(evening.rooms.slugs()[0]).revision
    assert after.epoch == before.epoch
    assert after.seq > before.seq
    assert (await evening.come("Rex again", device="r" * 22)).answer["code"] == "banned"
    await host.do("set_lock", on=False)
    assert (await evening.sit("Zoe")).answer["type"] == "joined"
    if leap_ms < SEAT_HOURS * HOUR_MS:
        await away.back()
        assert away.answer["type"] == "resumed"
    else:  # to a ticket it was as long as that; the seat is there until its own time is over
        answer = await (await evening.browser()).resume(away.browser.ticket)
        assert answer["code"] == "ticket_unusable"
