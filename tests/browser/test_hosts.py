"""Hosts: from the operator's link to leading a room, without an address and without a password."""

import pytest
from playwright.async_api import expect

from tests.browser.chrome import NARROW, PHONE, WIDE, ChromeTab
from tests.browser.conftest import OpenChrome
from tests.browser.hosts import HOST_WORDS, HostPage, invite_link
from tests.browser.person import JOIN, NAME_FIELD, WORDS, Person
from tests.browser.served import LamplitServer, Room
from tests.browser.test_access import check_looks, until_focused
from tests.browser.test_keyboard import tab_to

ALIAS = "Annelore"
SIZES = (NARROW, PHONE, WIDE)


def roles(tab: ChromeTab) -> list[str]:
    """Return the own role of each time that this page has joined."""
    return [
        member["role"]
        for answer in tab.wire.answers("joined")
        for member in answer["sync"]["room"]["members"].values()
        if member["member_id"] == answer["member_id"]
    ]


@pytest.mark.long
@pytest.mark.timeout(120)
async def test_every_state_is_accessible(chrome: OpenChrome, server: LamplitServer, room: Room) -> None:
    tab = await chrome(microphone=False)
    page = HostPage(tab)
    await page.plug_in()
    await tab.open(await invite_link(server, room, ALIAS))
    await page.sees("enrol.title")
    await check_looks(tab, "enrolment", SIZES)
    await page.press("enrol.make")
    await page.sees("codes.title")
    await check_looks(tab, "codes", SIZES)
    await page.press("codes.kept")
    await page.sees("me.title")
    await check_looks(tab, "a host's own page", SIZES)
    await tab.page.get_by_text(HOST_WORDS["me.add"]).click()
    await page.press("enrol.make")
    await page.reads(HOST_WORDS["no.passkey_known"])
    await check_looks(tab, "one more passkey", SIZES)
    await page.press("me.remove")
    await tab.page.get_by_role("dialog").wait_for()
    await check_looks(tab, "the question before removing a passkey", SIZES)
    await page.press("me.remove_no")
    await page.sign_out()
    await page.open_lost()
    await check_looks(tab, "signing in", SIZES)


@pytest.mark.timeout(90)
async def test_from_the_link_to_leading_a_room(
    chrome: OpenChrome, own_server: LamplitServer, room: Room
) -> None:
    tab = await chrome(microphone=False)
    page, person = HostPage(tab), Person(tab, own_server, room)
    await page.plug_in()
    link = await invite_link(own_server, room, ALIAS)
    codes = await page.enrol(link)
    secret = link.partition("=")[2]
    assert secret not in tab.page.url
    await page.press("codes.kept")
    await page.sign_out()
    await tab.reload()
    await page.press("in.passkey")
    await page.sees("me.title")

    await page.press("me.enter")
    await tab.find("button", JOIN).wait_for()
    await expect(tab.page.get_by_label(NAME_FIELD)).to_have_value(ALIAS)
    await person.take_seat(ALIAS)
    await person.leave()
    await tab.press("button", WORDS["end.join_again"])
    await person.take_seat(ALIAS)
    assert roles(tab) == ["secretary", "secretary"]
    await person.leave()  # no page calls for a server that has stopped

    cookies = [cookie["value"] for cookie in await tab.context.cookies()]
    tickets = {sent["invite"] for sent in tab.wire.asked("join")}
    assert (len(codes), len(cookies), len(tickets)) == (2, 1, 2)
    hidden = {secret, *codes, *(code.replace("-", "") for code in codes), *cookies, *tickets}
    assert await own_server.stop() == 0
    kept = "".join(path.read_text("latin-1") for path in own_server.kept_files())
    assert [one for one in hidden if one in own_server.log() or one in kept] == []
    assert ALIAS not in own_server.log()


async def test_a_code_lets_in_once(chrome: OpenChrome, server: LamplitServer, room: Room) -> None:
    tab = await chrome(microphone=False)
    page = HostPage(tab)
    await page.plug_in()
    link = await invite_link(server, room, "Ben")
    code, _ = await page.enrol(link)
    await page.press("codes.kept")
    await page.sign_out()
    await page.sign_in_with(code.upper())
    await page.sees("me.title")
    await page.reads("You have 1 code left.")
    await page.sign_out()
    await page.sign_in_with(code)
    await page.reads(HOST_WORDS["no.sign_in_refused"])
    await tab.open(link)
    await page.press("enrol.make")
    await page.reads(HOST_WORDS["no.enrolment_unusable"])


async def test_a_host_needs_no_mouse(chrome: OpenChrome, server: LamplitServer, room: Room) -> None:
    tab = await chrome(microphone=False)
    page = HostPage(tab)
    await page.plug_in()
    person = Person(tab, server, room)
    await tab.open(await invite_link(server, room, "Cleo"))
    await page.sees("enrol.title")
    await tab_to(person, HOST_WORDS["enrol.make"])
    await tab.keys("Enter")
    await page.sees("codes.title")
    await until_focused(tab, HOST_WORDS["codes.title"])  # a new page is read out from its title
    await tab_to(person, HOST_WORDS["codes.kept"])
    await tab.keys("Enter")
    await page.sees("me.title")
    await tab_to(person, HOST_WORDS["me.enter"])
    await tab.keys("Enter")
    await tab.find("button", JOIN).wait_for()
    await tab_to(person, JOIN)
    await tab.keys("Enter")
    person.name = "Cleo"
    await person.until_seated()
    assert roles(tab) == ["secretary"]


async def test_an_address_that_is_a_number_says_why(chrome: OpenChrome, server: LamplitServer) -> None:
    tab = await chrome(microphone=False)
    page = HostPage(tab)
    await tab.open(server.url)
    await tab.press("link", WORDS["lobby.hosts"])
    await page.sees("in.title")
    await page.press("in.passkey")
    await page.reads(HOST_WORDS["no.no_passkeys_here"])
