"""One open page, whichever browser it is in."""

from pathlib import Path
from typing import Final, Protocol

WATCH: Final = (Path(__file__).parent / "watch.js").read_text("utf-8")

# An approximation of the accessible name (W3C AccName 1.2, 4.3), good enough for this page.
NAME_OF: Final = """(element) => {
  if (!element.checkVisibility()) return ''
  const ids = (element.getAttribute('aria-labelledby') ?? '').split(' ').filter(Boolean)
  const parts = ids.map((id) => document.getElementById(id)?.innerText)
  const own = element.labels?.[0]?.innerText ?? element.innerText
  return element.ariaLabel ?? (parts.length ? parts.join(' ') : own)
}"""


def tone_script(tone_hz: float, gain: float = 0.5) -> str:
    """Return a script after which the page's microphone is a tone of this many hertz."""
    return f"window.watchTone = {tone_hz}; window.watchGain = {gain};"


class Tab(Protocol):
    """What a person, and a test that looks over the shoulder, can do with a page."""

    complaints: list[str]
    """Console errors, uncaught exceptions and requests to foreign origins, as they came."""

    async def open(self, url: str) -> None:
        """Go to an address and wait for its document."""

    async def call(self, function: str, *arguments: object) -> object:
        """Call a JavaScript function (given as text) with JSON arguments; its result, awaited, as JSON."""

    async def press(self, role: str, name: str) -> None:
        """Click on the one visible thing with this role whose accessible name contains this text."""

    async def fill(self, label: str, text: str) -> None:
        """Type a text into the field with this label, in place of what was there."""

    async def keys(self, *keys: str) -> None:
        """Press and release keys, one after the other: `Tab`, `Enter`, `Escape` or a letter."""

    async def reload(self) -> None:
        """Load the page again, as the browser's button does."""

    async def screenshot(self, path: Path) -> None:
        """Write what is seen as a PNG."""

    async def close(self) -> None:
        """Close the page, as closing its tab does."""


async def number(tab: Tab, function: str, *arguments: object) -> float:
    """Call a function whose result is a number."""
    result = await tab.call(function, *arguments)
    assert isinstance(result, int | float), result
    return float(result)


async def texts(tab: Tab, function: str, *arguments: object) -> list[str]:
    """Call a function whose result is a list of strings."""
    result = await tab.call(function, *arguments)
    assert isinstance(result, list), result
    return [str(one) for one in result]
