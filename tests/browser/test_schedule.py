"""Meetings that come by themselves, as a visitor sees them: on now, next, the week, and doors that open."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.browser.chrome import PHONE
from tests.browser.conftest import OpenChrome
from tests.browser.evenings import meeting, minutes_from_now
from tests.browser.person import JOIN, WORDS, Person
from tests.browser.served import LamplitServer, Room, running_server
from tests.browser.test_access import check_looks

DOORS_S = 12  # until doors open, at least: the page is to be seen closed before


def doors_soon() -> str:
    """A meeting whose doors open at a full minute that is near, but not too near."""
    opens = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    if opens - datetime.now(UTC) < timedelta(seconds=DOORS_S):
        opens += timedelta(minutes=1)
    return meeting(opens + timedelta(minutes=5), doors=5)


@pytest.fixture
def lunch() -> datetime:
    """When the meeting at the lunch table begins, in UTC."""
    return minutes_from_now(150)


@pytest.fixture
async def place(tmp_path: Path, lunch: datetime) -> AsyncIterator[LamplitServer]:
    rooms = (
        Room("Candle hour", doors_soon()),
        Room("Early risers", meeting(minutes_from_now(-20))),
        Room("Lunch table", meeting(lunch, minutes=90)),
        Room("Talk"),
    )
    async with running_server(tmp_path, rooms=rooms) as server:
        yield server


@pytest.mark.timeout(120)
async def test_the_lobby_and_a_closed_room_are_accessible(chrome: OpenChrome, place: LamplitServer) -> None:
    visitor = Person(await chrome(), place, place.rooms[2])
    tab = visitor.tab
    await visitor.visit_lobby()
    await tab.find("heading", WORDS["lobby.week"]).wait_for()
    await tab.press("button", WORDS["zone.change"])
    await check_looks(tab, "lobby with a week")
    await tab.page.goto(f"{place.url}/m/lunch-table")
    await visitor.until_reads(WORDS["closed.wait"])
    await check_looks(tab, "closed room")


async def test_times_are_shown_in_the_zone_that_is_chosen_and_the_choice_stays(
    chrome: OpenChrome, place: LamplitServer, lunch: datetime
) -> None:
    visitor = Person(await chrome(size=PHONE), place, place.rooms[2])
    tab = visitor.tab
    await tab.page.goto(f"{place.url}/m/lunch-table")
    await tab.press("button", WORDS["zone.change"])
    await tab.page.get_by_label(WORDS["zone.label"]).select_option("Asia/Kathmandu")
    shown = WORDS["zone.words"].format(zone="Kathmandu, Nepal Time")
    await visitor.until_reads(shown)
    starts = lunch + timedelta(hours=5, minutes=45)
    await visitor.until_reads(f"{starts:%-I:%M}")
    await visitor.visit_lobby()
    await visitor.until_reads(shown)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_whoever_waits_can_join_when_doors_open(chrome: OpenChrome, place: LamplitServer) -> None:
    visitor = Person(await chrome(), place, place.rooms[0])
    tab = visitor.tab
    await visitor.visit_lobby()
    await tab.page.get_by_role("link", name=f"{WORDS['lobby.wait']} Candle hour").click()
    await visitor.until_reads(WORDS["closed.wait"])
    assert await tab.find("button", JOIN).count() == 0
    await tab.find("button", JOIN).wait_for(timeout=110_000)  # the next minute, and two looks of the page
    await visitor.until_reads(WORDS["closed.opened"])
    await visitor.take_seat("Ann")
    await visitor.until_seated()
