"""Every page and state, in every look: whether everybody can use it, and that its structure is as it was.

What a page is to a screen reader is kept in snapshots/, one file for each state and size. After a change that
is meant, write them anew: `SNAPSHOTS=write make long ARGS="tests/browser/test_tour.py"`; the difference is
read in review like code.
"""

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Final, Literal

import pytest

from tests.browser.access import axe, overflow, small_targets, violations
from tests.browser.chrome import NARROW, PHONE, WIDE, ChromeTab
from tests.browser.conftest import OpenBrowser
from tests.browser.polling import NotInTimeError, until
from tests.browser.served import LamplitServer, running_server
from tests.browser.tour import PARTS, Tour, rooms_of_now, see_hosts, see_room, see_way_in
from tests.browser.tour_troubles import TROUBLES

SNAPSHOTS: Final = Path(__file__).parent / "snapshots"
DOES_WRITE: Final = os.environ.get("SNAPSHOTS") == "write"
# These are looked at in every run; all of them by `make long`.
STRUCTURES: Final = {see_way_in, see_room, see_hosts}

_CHANGING: Final = (
    (re.compile(r"^(\s*- (?:status|alert))\b.*$", re.MULTILINE), r"\1"),  # what was just said
    (re.compile(r"(textbox [^:]*): .*"), r"\1: ..."),  # a name that the page makes up
    (re.compile(r"((?:item|text): .*)\bSpeaking\b"), r"\1Microphone on"),  # a tone rises and falls
    (re.compile(r"\b\d{1,2}:\d\d(?:\s?[AP]M)?"), "0:00"),
    (re.compile(r"\b(?:in )?\d+ (?:seconds?|minutes?|hours?)\b"), "N minutes"),
    (re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"), "Someday"),
    (re.compile(r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d+"), "Month 1"),
    (re.compile(r"\b[a-z0-9]{4}(?:-[a-z0-9]{4}){5}\b"), "code"),
    (re.compile(r"(is called|account) [a-z0-9]{8}\b"), r"\1 letters"),
    (re.compile(r"\b20\d\d\b"), "Year"),
)


# What comes after this differs with the hour of the day.
_LATER: Final = '  - region "Next"'
UNTIL: Final = {"lobby": _LATER, "help-dialog": _LATER, "page-schedule": "    - list"}


def steady(snapshot: str) -> str:
    """Return a snapshot without what differs from run to run."""
    for pattern, instead in _CHANGING:
        snapshot = pattern.sub(instead, snapshot)
    return f"{snapshot}\n"


async def see_structure(tab: ChromeTab, state: str) -> None:
    """Compare what a screen reader finds with what was kept."""
    window = tab.page.viewport_size
    assert window is not None
    kept = SNAPSHOTS / f"{state}-{window['width']}.yaml"
    found = ""

    async def is_same() -> bool:
        """Whether it is as before; what is on its way (a line being sent, a voice just heard) may arrive."""
        nonlocal found
        shown = await tab.page.locator("body").aria_snapshot()
        before, found = found, steady(shown.split(UNTIL[state], 1)[0] if state in UNTIL else shown)
        return found == (before if DOES_WRITE else kept.read_text("utf-8"))

    with suppress(NotInTimeError):  # the difference itself is told below
        await until(is_same, "a page that stays as it is")
    if DOES_WRITE:
        SNAPSHOTS.mkdir(exist_ok=True)
        kept.write_text(found, "utf-8")
    assert kept.read_text("utf-8") == found, f"the structure of {state} is another"


async def see_faults(tab: ChromeTab, state: str) -> None:
    """Look for faults at the narrowest and the widest, by day, by night, and in forced colours."""
    before = tab.page.viewport_size
    assert before is not None
    for (width, height), look in product((NARROW, WIDE), ("light", "dark", "forced")):
        where = f"{state} at {width} px, {look}"
        scheme: Literal["light", "dark"] = "dark" if look == "dark" else "light"
        await tab.page.set_viewport_size({"width": width, "height": height})
        await tab.page.emulate_media(
            color_scheme=scheme, forced_colors="active" if look == "forced" else "none"
        )
        assert await axe(tab) == [], where
        assert await overflow(tab) == [], where
        assert await small_targets(tab) == [], where
    assert await tab.page.get_by_role("heading", level=1).count() == 1, state
    assert await tab.call("() => document.getAnimations().length") == 0, state
    assert await violations(tab) == [], state
    await tab.page.emulate_media(color_scheme="light", forced_colors="none")
    await tab.page.set_viewport_size(before)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[LamplitServer]:
    async with running_server(tmp_path, rooms=rooms_of_now()) as server:
        yield server


Part = Callable[[Tour], Awaitable[None]]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("size", [PHONE, pytest.param(WIDE, marks=pytest.mark.long)], ids=["phone", "wide"])
@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=[] if part in STRUCTURES else [pytest.mark.long]) for part in PARTS]
)
async def test_the_structure_of_every_state(
    whole_browser: OpenBrowser, place: LamplitServer, part: Part, size: tuple[int, int]
) -> None:
    await part(Tour(await whole_browser(), place, size, see_structure))


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", [*PARTS, *TROUBLES])
async def test_nobody_is_kept_out_of_any_state(
    whole_browser: OpenBrowser, place: LamplitServer, part: Part
) -> None:
    await part(Tour(await whole_browser(), place, WIDE, see_faults))
