from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from server.http.leave_api import TICKET_MAX_BYTES, add_leave_route
from server.http.origins import Origins
from server.http.refusals import answer_in_words

ClientMaker = Callable[[web.Application], Awaitable[TestClient[web.Request, web.Application]]]
HOME = "https://meet.example"


@pytest.mark.parametrize(
    ("origin", "body", "status", "given_up"),
    [
        (HOME, b"a ticket", 204, ["a ticket"]),
        (HOME, b"", 204, [""]),
        (HOME, b"\xff", 204, ["\ufffd"]),
        (HOME, b"x" * (TICKET_MAX_BYTES + 1), 413, []),
        ("https://evil.example", b"a ticket", 403, []),
        ("", b"a ticket", 403, []),
    ],
)
async def test_a_ticket_is_taken_from_the_own_page_only(
    aiohttp_client: ClientMaker, origin: str, body: bytes, status: int, given_up: list[str]
) -> None:
    seen: list[str] = []

    async def give_up(ticket: str) -> None:
        seen.append(ticket)

    app = web.Application(middlewares=[answer_in_words])
    add_leave_route(app, Origins([HOME]).is_allowed, give_up)
    answer = await (await aiohttp_client(app)).post("/api/leave", data=body, headers={"Origin": origin})
    assert (answer.status, seen) == (status, given_up)
