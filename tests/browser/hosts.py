"""A host in front of a page: the operator's link, a passkey, and the page of hosts in its own words."""

import asyncio
import os
import sys
from typing import Final

import msgspec

from tests.browser.chrome import ChromeTab
from tests.browser.served import ROOT, LamplitServer, Room
from tests.browser.tab import texts

HOST_WORDS: Final[dict[str, str]] = msgspec.json.decode(
    (ROOT / "web" / "locales" / "en.host.json").read_bytes(), type=dict[str, str]
)

GROUP_WORDS: Final[dict[str, str]] = msgspec.json.decode(
    (ROOT / "web" / "locales" / "en.group.json").read_bytes(), type=dict[str, str]
)


async def invite_link(server: LamplitServer, room: Room, alias: str) -> str:
    """Return the link that the operator's command prints for a new secretary of the room."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "host", "invite", "--group", room.slug, "--role", "secretary"),
        *("--alias", alias, "--place", "1", "--config", str(server.folder / "lamplit.toml")),
        cwd=server.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    words, _ = await asyncio.wait_for(child.communicate(), 20)
    assert child.returncode == 0
    return words.decode().split()[-1]


class HostPage:
    """The page /host in one tab, on a machine with an authenticator that always says yes."""

    def __init__(self, tab: ChromeTab) -> None:
        self.tab = tab

    async def plug_in(self) -> None:
        """Give the tab a device that keeps passkeys."""
        session = await self.tab.context.new_cdp_session(self.tab.page)
        await session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        await session.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    async def press(self, key: str, role: str = "button") -> None:
        """Press what these words are on."""
        await self.tab.press(role, HOST_WORDS[key])

    async def sees(self, key: str) -> None:
        """Wait for the page with this title."""
        await self.tab.find("heading", HOST_WORDS[key]).wait_for()

    async def reads(self, words: str) -> None:
        """Wait until these words are shown."""
        await self.tab.page.get_by_text(words).first.wait_for()

    async def codes(self) -> list[str]:
        """Return the recovery codes that are shown."""
        read = "() => [...document.querySelectorAll('.codes code')].map((one) => one.textContent)"
        return await texts(self.tab, read)

    async def enrol(self, link: str) -> list[str]:
        """Open a link, make the passkey, and return the codes; their page is still shown."""
        await self.tab.open(link)
        await self.press("enrol.make")
        await self.sees("codes.title")
        return await self.codes()

    async def sign_out(self) -> None:
        """Sign out, and wait for the page that says so."""
        await self.tab.page.get_by_role("button", name=HOST_WORDS["me.out"], exact=True).click()
        await self.reads(HOST_WORDS["me.is_out"])

    async def open_lost(self) -> None:
        """Open what is for those without their passkey."""
        await self.tab.page.get_by_text(HOST_WORDS["in.lost"]).click()

    async def sign_in_with(self, code: str) -> None:
        """Sign in by a recovery code."""
        await self.open_lost()
        await self.tab.fill(HOST_WORDS["in.code"], code)
        await self.press("in.recover")
