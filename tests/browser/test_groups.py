"""A group in the hands of its own hosts: planned, staffed and kept in order from the page."""

import time

import aiohttp
import pytest
from playwright.async_api import expect

from rooms.ids import MemberId, RoomSlug
from server.group_ports import GroupSlug, StoredBan
from server.ports import AuditEntry
from server.store.sql_store import open_store
from tests.browser.access import axe
from tests.browser.chrome import NARROW, PHONE, WIDE, ChromeTab
from tests.browser.conftest import OpenChrome
from tests.browser.hosts import GROUP_WORDS, HOST_WORDS, HostPage, invite_link
from tests.browser.person import WORDS, Person
from tests.browser.polling import until
from tests.browser.served import LamplitServer, Room
from tests.browser.test_access import check_looks, until_focused
from tests.browser.test_keyboard import tab_to

ALIAS = "Annelore"
SIZES = (NARROW, PHONE, WIDE)
DAY_MS = 86_400_000


async def prepare(server: LamplitServer, room: Room) -> None:
    """Place a ban and write two rows of the audit, as an evening would have."""
    now_ms = time.time_ns() // 1_000_000
    slug = RoomSlug(room.slug)
    removed = AuditEntry(slug, now_ms // 60_000, "member_removed", MemberId(4), MemberId(9))
    async with open_store("", server.folder / "data") as store:
        group = GroupSlug(room.slug)
        ban = StoredBan(f"b-{room.slug}", group, "d" * 64, "", "flood", now_ms, now_ms + DAY_MS)
        await store.bans.add(ban)
        await store.save({}, (removed, removed._replace(action="role_given_cohost")))


async def open_group(page: HostPage, room: Room) -> None:
    """From the host's own page to that of the group."""
    await page.tab.press("link", HOST_WORDS["me.group"].format(title=room.title))
    await page.tab.find("heading", GROUP_WORDS["title"]).wait_for()


async def enter(tab: ChromeTab, server: LamplitServer, room: Room) -> HostPage:
    """Enrol as the group's secretary, and open the group."""
    page = HostPage(tab)
    await page.plug_in()
    await page.enrol(await invite_link(server, room, ALIAS))
    await page.press("codes.kept")
    await page.sees("me.title")
    await open_group(page, room)
    return page


async def unfold(tab: ChromeTab, key: str) -> None:
    await tab.page.locator("summary", has_text=GROUP_WORDS[key]).click()


async def press(tab: ChromeTab, key: str) -> None:
    await tab.press("button", GROUP_WORDS[key])


async def plan_meeting(page: HostPage, server: LamplitServer, room: Room) -> None:
    """Plan a weekly meeting, with a mistake at first, until the running server has it."""
    tab = page.tab
    length = tab.page.get_by_label(GROUP_WORDS["series.length"], exact=True)
    await unfold(tab, "series.add")
    await length.fill("45")
    await press(tab, "series.add_yes")
    await page.reads(GROUP_WORDS["no.bad_days"])
    assert await length.input_value() == "45", "what was typed stays"
    await tab.page.get_by_role("checkbox", name="Tuesday").check()
    await press(tab, "series.add_yes")
    await page.reads(GROUP_WORDS["series.added"])
    await page.reads("every Tuesday at 7:00 PM, 45 minutes")

    async def is_planned() -> bool:
        async with aiohttp.ClientSession() as http, http.get(f"{server.url}/api/schedule?days=7") as answer:
            return any(one["slug"] == room.slug for one in (await answer.json())["meetings"])

    await until(is_planned, "the running server has the meeting", within_s=10)


async def invite_cohost(page: HostPage, other: HostPage, room: Room) -> None:
    """Make a link that `other` opens: a co-host who sees what a co-host may, and nothing else."""
    tab = page.tab
    await unfold(tab, "roster.invite")
    await tab.fill(GROUP_WORDS["roster.alias"], "Ben")
    await press(tab, "roster.invite_yes")
    link = await tab.page.get_by_role("textbox", name=GROUP_WORDS["roster.link"]).input_value()
    await page.reads(GROUP_WORDS["roster.no_keys"])
    await other.plug_in()
    await other.enrol(link)
    await other.press("codes.kept")
    await other.sees("me.title")
    await open_group(other, room)
    await other.reads(f"{room.title}. You serve here as: Co-host.")
    await other.reads(GROUP_WORDS["reason.flood"])
    assert await other.tab.page.get_by_role("heading", name=GROUP_WORDS["roster"]).count() == 0
    assert await other.tab.page.get_by_role("button", name="Lift the ban").count() == 0


async def choose_turns(page: HostPage, room: Room) -> None:
    """Let a host call whose turn it is, before anybody is there; it is so when the page comes back."""
    tab = page.tab
    hands = tab.page.get_by_role("radio", name=WORDS["desk.mode.hands"])
    held = GROUP_WORDS["rooms.held"].format(name=room.title)
    await tab.page.locator("summary", has_text=held).click()
    await hands.check()
    await tab.page.locator("form", has=hands).get_by_role("button", name=GROUP_WORDS["save"]).click()
    await page.reads(GROUP_WORDS["saved"])
    await tab.reload()
    await tab.find("heading", GROUP_WORDS["title"]).wait_for()
    await tab.page.locator("summary", has_text=held).click()
    await hands.wait_for()
    await expect(hands).to_be_checked()


async def lift_ban(page: HostPage) -> None:
    """Lift the one ban there is; the question has the focus on the way back."""
    tab = page.tab
    await tab.page.get_by_role("button", name="Lift the ban").click()
    dialog = tab.page.get_by_role("dialog")
    await dialog.wait_for()
    await until_focused(tab, GROUP_WORDS["cancel"])
    await dialog.get_by_role("button", name=GROUP_WORDS["bans.lift_yes"]).click()
    await page.reads(GROUP_WORDS["bans.lifted"])
    await page.reads(GROUP_WORDS["bans.none"])


@pytest.mark.timeout(120)
async def test_a_secretary_plans_staffs_and_forgives(
    chrome: OpenChrome, server: LamplitServer, room: Room
) -> None:
    await prepare(server, room)
    tab = await chrome(microphone=False)
    page = await enter(tab, server, room)
    await plan_meeting(page, server, room)
    await invite_cohost(page, HostPage(await chrome(microphone=False)), room)
    await lift_ban(page)
    await choose_turns(page, room)
    await press(tab, "audit.show")
    await page.reads("2 rows, whole.")
    await page.reads("Number 4 removed number 9")
    await page.reads("Number 4 gave number 9 the role: Co-host")
    await tab.page.get_by_label(GROUP_WORDS["audit.of"]).select_option(label=GROUP_WORDS["audit.acts"])
    await press(tab, "audit.show")
    await page.reads("4 rows, whole.")
    await page.reads(f"You chose how meetings in the room {room.slug} are held")
    await page.reads("You lifted a ban")


@pytest.mark.long
@pytest.mark.timeout(180)
async def test_every_state_is_accessible(chrome: OpenChrome, server: LamplitServer, room: Room) -> None:
    await prepare(server, room)
    tab = await chrome(microphone=False)
    page = await enter(tab, server, room)
    for key in ("rooms.add", "roster.invite", "series.add", "invites.make"):
        await unfold(tab, key)
    held = GROUP_WORDS["rooms.held"].format(name=room.title)
    await tab.page.locator("summary", has_text=held).click()
    await tab.page.get_by_role("heading", name=WORDS["rules.title"]).wait_for()
    await press(tab, "rooms.add_yes")
    await page.reads(GROUP_WORDS["no.bad_title"])
    await tab.page.get_by_role("checkbox", name="Thursday").check()
    await press(tab, "series.add_yes")
    await page.reads(GROUP_WORDS["series.added"])
    await tab.page.get_by_role("button", name=GROUP_WORDS["series.skip"], exact=False).first.click()
    await page.reads(GROUP_WORDS["series.not_held"])
    await (
        tab.page.locator("form", has=tab.page.get_by_label(GROUP_WORDS["invites.uses"]))
        .get_by_role("button")
        .click()
    )
    await tab.page.get_by_role("textbox", name=GROUP_WORDS["invites.link"]).wait_for()
    await tab.page.get_by_role("button", name=GROUP_WORDS["audit.show"], exact=True).click()
    await check_looks(tab, "a group with everything unfolded", SIZES)
    small = (NARROW, PHONE)
    for name in (
        GROUP_WORDS["change_name"].format(name=ALIAS),
        GROUP_WORDS["roster.remove_name"].format(name=ALIAS),
        "End for good",
        "Revoke the invite",
        "Lift the ban",
    ):
        await tab.page.get_by_role("button", name=name).first.click()
        await tab.page.get_by_role("dialog").wait_for()
        await check_looks(tab, name, small)
        await tab.keys("Escape")
    await tab.page.get_by_role("button", name=GROUP_WORDS["roster.remove_name"].format(name=ALIAS)).click()
    await tab.page.get_by_role("dialog").get_by_role("button", name=GROUP_WORDS["roster.leave_yes"]).click()
    await page.reads(GROUP_WORDS["no.last_lead"])
    assert await axe(tab) == []


@pytest.mark.timeout(90)
async def test_a_group_is_looked_after_without_a_mouse(
    chrome: OpenChrome, server: LamplitServer, room: Room
) -> None:
    tab = await chrome(microphone=False)
    page = await enter(tab, server, room)
    person = Person(tab, server, room)
    await until_focused(tab, GROUP_WORDS["title"])  # a new page is read out from its title
    await tab_to(person, GROUP_WORDS["rooms.add"])
    await tab.keys("Enter")
    await tab_to(person, GROUP_WORDS["rooms.title"])
    await tab.page.keyboard.type(f"{room.title} by night")
    await tab.keys("Enter")
    await page.reads(GROUP_WORDS["rooms.added"].format(name=f"{room.title} by night"))
    await tab_to(person, GROUP_WORDS["rooms.close_name"].format(name=f"{room.title} by night"))
    await tab.keys("Enter")
    await tab.page.get_by_role("dialog").wait_for()
    await until_focused(tab, GROUP_WORDS["cancel"])
    await tab.keys("Tab")
    await tab.keys("Enter")
    await page.reads(GROUP_WORDS["rooms.closed"])
    field = tab.page.get_by_label(GROUP_WORDS["about.about"], exact=True)
    await tab_to(person, GROUP_WORDS["about.about"])
    while not await field.evaluate("(element) => element === document.activeElement"):
        await tab.keys("Tab")
    await tab.page.keyboard.type("A light in the evening.")
    await tab.keys("Enter")
    await page.reads(GROUP_WORDS["saved"])
    await tab.reload()
    await tab.find("heading", GROUP_WORDS["title"]).wait_for()
    await expect(field).to_have_value("A light in the evening.")
    await tab_to(person, GROUP_WORDS["back"])
    await tab.keys("Enter")
    await page.sees("me.title")
