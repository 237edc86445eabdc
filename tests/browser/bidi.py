"""WebDriver BiDi as far as these tests need it: JSON commands and events over one WebSocket."""

import asyncio
import itertools
from typing import Any, Final

import aiohttp

ANSWER_S: Final = 60.0  # a browser on a busy machine


class BidiError(Exception):
    """The browser answered a command with an error."""


class Bidi:
    """One connection to a browser's remote end (W3C WebDriver BiDi, 3).

    Messages are read only while a command waits for its answer; events that come in between are kept.
    So nothing runs beside the test, and nothing is left running after it.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.events: list[dict[str, Any]] = []
        self._socket = socket
        self._ids = itertools.count(1)
        self._one_at_a_time = asyncio.Lock()

    async def command(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send a command and return its result.

        Raises:
            BidiError: The browser refused it; its words are in the text.
            TimeoutError: No answer came in time.
        """
        async with self._one_at_a_time, asyncio.timeout(ANSWER_S):
            number = next(self._ids)
            await self._socket.send_json({"id": number, "method": method, "params": parameters})
            while True:
                message: dict[str, Any] = await self._socket.receive_json()
                if message.get("type") == "event":
                    self.events.append(message)
                elif message.get("id") == number:
                    break
        if message["type"] == "error":
            raise BidiError(f"{method}: {message['error']}: {message['message']}")
        result: dict[str, Any] = message["result"]
        return result
