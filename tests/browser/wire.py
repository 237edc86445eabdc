"""What went over a page's Socket.IO connections, read from the frames that Chromium shows."""

import json
import re
from typing import Any, Final

from playwright.async_api import Page, WebSocket

# Socket.IO v5 in Engine.IO v4: "4" message, "2" event or "3" answer, then a number, then JSON.
_EVENT: Final = re.compile(r"^42([0-9]*)(\[.*\])$", re.DOTALL)
_ANSWER: Final = re.compile(r"^43([0-9]+)(\[.*\])$", re.DOTALL)


class Wire:
    """All frames of one page, oldest first.

    Attributes:
        opened: how many connections the page has tried.
        urls: where each of them led.
    """

    def __init__(self, page: Page) -> None:
        self.sent: list[str] = []
        self.received: list[str] = []
        self.opened = 0
        self.urls: list[str] = []
        page.on("websocket", self._on_websocket)

    def _on_websocket(self, socket: WebSocket) -> None:
        self.opened += 1
        self.urls.append(socket.url)
        socket.on("framesent", lambda frame: self.sent.append(str(frame)))
        socket.on("framereceived", lambda frame: self.received.append(str(frame)))

    def answers(self, *kinds: str) -> list[dict[str, Any]]:
        """Return the server's answers of these types."""
        found = (_ANSWER.match(frame) for frame in self.received)
        answers = [json.loads(match[2])[0] for match in found if match]
        return [answer for answer in answers if answer["type"] in kinds]

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the server's events of this name."""
        return _payloads(self.received, name)

    def asked(self, name: str) -> list[dict[str, Any]]:
        """Return what the page asked for under this name."""
        return _payloads(self.sent, name)

    def seat(self) -> int:
        """Return the member number of the last seat that was given or given back."""
        member_id: int = self.answers("joined", "resumed")[-1]["member_id"]
        return member_id


def _payloads(frames: list[str], name: str) -> list[dict[str, Any]]:
    found = (_EVENT.match(frame) for frame in frames)
    events = [json.loads(match[2]) for match in found if match]
    return [event[1] for event in events if event[0] == name]
