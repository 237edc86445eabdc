"""What is no HTTP: aiohttp's parser refuses it; here it is counted, and answered in our own words.

The parser's own answer repeats what was sent, and names the library and its version.
"""

import asyncio
from collections import Counter
from functools import partial
from typing import Any, Final

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage
from aiohttp.web_protocol import RequestHandler

from server.http.refusals import count_refusal, refuse_in_words
from server.http.security_headers import add_security_headers

_NO_METHOD: Final = "UNKNOWN"  # what stands for a request that could not be read


class _Nonsense(web.Request):
    """Stands for what was sent."""

    def __init__(self, *given: Any, refused: Counter[str], **named: Any) -> None:  # noqa: ANN401 -- passed on
        super().__init__(*given, **named)
        self._refused = refused

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        count_refusal(self._refused, response.status)
        if isinstance(response, web.Response):
            refuse_in_words(response)
        await add_security_headers(self, response)


def answer_nonsense(runner: web.AppRunner, refused: Counter[str]) -> None:
    """Let a runner that is set up do so; `refused` counts by status."""
    server = runner.server
    if server is None:
        raise RuntimeError("the runner is not set up")
    ordinary = server.request_factory
    loop = asyncio.get_running_loop()
    make_nonsense = partial(_Nonsense, loop=loop, refused=refused)

    def make_request(
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: RequestHandler,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> web.BaseRequest:
        make = make_nonsense if message.method == _NO_METHOD and not message.raw_headers else ordinary
        return make(message, payload, protocol, writer, task)

    server.request_factory = make_request
