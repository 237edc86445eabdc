"""Debian's Firefox ESR, driven over WebDriver BiDi without any driver program."""

import asyncio
import base64
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.browser.bidi import Bidi
from tests.browser.polling import until
from tests.browser.programs import stop_program
from tests.browser.tab import NAME_OF, WATCH

PREFERENCES: Final[dict[str, bool | int | str]] = {
    # a microphone that plays a tone, given without asking
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    # no traffic of its own
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.aboutConfig.showWarning": False,
    "browser.newtabpage.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "extensions.systemAddon.update.enabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}

# The browser's key names are code points of a private range (W3C WebDriver 17.4.2).
KEYS: Final = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Backspace": "\ue003", "a": "a"}
CONTROL: Final = "\ue009"


def firefox_program() -> str | None:
    """Return the path of Firefox, or None where there is none."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


def _remote(value: object) -> dict[str, object]:
    """Write a JSON value as one BiDi argument: a string that the page parses."""
    return {"type": "string", "value": json.dumps(value)}


class FirefoxTab:
    """The one page of a Firefox."""

    def __init__(self, bidi: Bidi, context: str) -> None:
        self._bidi = bidi
        self._context = context
        self.complaints: list[str] = []

    async def _command(self, method: str, **parameters: object) -> dict[str, Any]:
        result = await self._bidi.command(method, **parameters)
        for event in self._bidi.events:
            entry = event["params"]
            if event["method"] == "log.entryAdded" and entry["level"] == "error":
                self.complaints.append(f"{entry['type']} error: {entry['text']}")
        self._bidi.events.clear()
        return result

    async def open(self, url: str) -> None:
        await self._command("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def call(self, function: str, *arguments: object) -> object:
        result = await self._command(
            "script.callFunction",
            functionDeclaration=(
                "async (...texts) => { const result = await "
                f"({function})(...texts.map((text) => JSON.parse(text)));"
                " return JSON.stringify(result ?? null) }"
            ),
            arguments=[_remote(one) for one in arguments],
            target={"context": self._context},
            awaitPromise=True,
        )
        assert result["type"] == "success", result["exceptionDetails"]["text"]
        answer: object = json.loads(result["result"]["value"])
        return answer

    async def _find(self, what: str, locator: dict[str, object], name: str) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            found = await self._command("browsingContext.locateNodes", context=self._context, locator=locator)
            named = [node for node in found["nodes"] if await self._is_named(node, name)]
            assert len(named) < 2, f"{len(named)} of {what}"
            return named[0] if named else None

        node = await until(look, f"{what} is there")
        assert node is not None
        return node

    async def _is_named(self, node: dict[str, Any], name: str) -> bool:
        answer = await self._command(
            "script.callFunction",
            functionDeclaration=NAME_OF,
            arguments=[{"sharedId": node["sharedId"]}],
            target={"context": self._context},
            awaitPromise=False,
        )
        text = re.sub(r"\s+", " ", str(answer["result"].get("value", "")))
        return name.lower() in text.lower()

    async def _click(self, node: dict[str, Any]) -> None:
        await self._command(
            "script.callFunction",
            functionDeclaration="(element) => element.scrollIntoView({block: 'center'})",
            arguments=[{"sharedId": node["sharedId"]}],
            target={"context": self._context},
            awaitPromise=False,
        )
        origin = {"type": "element", "element": {"sharedId": node["sharedId"]}}
        mouse = {
            "type": "pointer",
            "id": "mouse",
            "actions": [
                {"type": "pointerMove", "x": 0, "y": 0, "origin": origin},
                {"type": "pointerDown", "button": 0},
                {"type": "pointerUp", "button": 0},
            ],
        }
        await self._command("input.performActions", context=self._context, actions=[mouse])

    async def press(self, role: str, name: str) -> None:
        locator: dict[str, object] = {"type": "accessibility", "value": {"role": role}}
        await self._click(await self._find(f"{role} {name!r}", locator, name))

    async def fill(self, label: str, text: str) -> None:
        await self._click(
            await self._find(f"field {label!r}", {"type": "css", "value": "input, textarea"}, label)
        )
        await self._type(
            [{"type": "keyDown", "value": CONTROL}, *self._strokes("a"), {"type": "keyUp", "value": CONTROL}]
        )
        await self._type([stroke for letter in text for stroke in self._strokes(letter)])

    @staticmethod
    def _strokes(key: str) -> list[dict[str, str]]:
        return [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]

    async def _type(self, actions: list[dict[str, str]]) -> None:
        keyboard = {"type": "key", "id": "keyboard", "actions": actions}
        await self._command("input.performActions", context=self._context, actions=[keyboard])

    async def keys(self, *keys: str) -> None:
        for key in keys:
            await self._type(self._strokes(KEYS.get(key, key)))

    async def reload(self) -> None:
        await self._command("browsingContext.reload", context=self._context, wait="complete")

    async def screenshot(self, path: Path) -> None:
        picture = await self._command("browsingContext.captureScreenshot", context=self._context)
        await asyncio.to_thread(path.write_bytes, base64.b64decode(picture["data"]))

    async def close(self) -> None:
        """Close the page; its browser goes with it, at the end of `firefox_browser`."""


async def _read_address(child: asyncio.subprocess.Process) -> str:
    assert child.stderr is not None
    seen: list[str] = []
    async for line in child.stderr:
        seen.append(line.decode(errors="replace").strip())
        if found := re.search(r"BiDi listening on (ws://\S+)", seen[-1]):
            return found[1]
    raise AssertionError(f"Firefox ended at its start: {seen}")


def _write_preferences(profile: Path, chosen: dict[str, bool | int | str]) -> None:
    profile.mkdir(parents=True, exist_ok=True)
    preferences = {**PREFERENCES, **chosen}
    lines = [f"user_pref({json.dumps(key)}, {json.dumps(value)});" for key, value in preferences.items()]
    (profile / "user.js").write_text("\n".join(lines), "utf-8")


@asynccontextmanager
async def firefox_browser(
    profile: Path, *, sound_server: str, tone_hz: int | None = None
) -> AsyncIterator[FirefoxTab]:
    """Run one Firefox with one page; it is ended by its own process id, whatever happens.

    Args:
        profile: An empty folder.
        sound_server: For PULSE_SERVER.
        tone_hz: What its microphone plays; None for the fake device's own tone.
    """
    program = firefox_program()
    assert program is not None
    _write_preferences(profile, {} if tone_hz is None else {"media.navigator.audio.fake_frequency": tone_hz})
    child = await asyncio.create_subprocess_exec(
        *(program, "--headless", "--no-remote", "--new-instance", "--remote-debugging-port", "0"),
        *("--profile", str(profile)),
        env={
            **os.environ,
            "PULSE_SERVER": sound_server,
            "HOME": str(profile),
            "MOZ_CRASHREPORTER_DISABLE": "1",
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        address = await asyncio.wait_for(_read_address(child), 60)
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(f"{address}/session", max_msg_size=0) as socket,
        ):
            bidi = Bidi(socket)
            await bidi.command("session.new", capabilities={})
            await bidi.command("session.subscribe", events=["log.entryAdded"])
            await bidi.command("script.addPreloadScript", functionDeclaration=f"() => {{ {WATCH} }}")
            tree = await bidi.command("browsingContext.getTree")
            yield FirefoxTab(bidi, tree["contexts"][0]["context"])
    finally:
        await stop_program(child)
