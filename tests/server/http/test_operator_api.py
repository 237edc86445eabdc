from collections.abc import Awaitable, Callable, Mapping

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from rooms.commands import JoinRoom
from rooms.ids import MeetingId, MemberId, RoomSlug
from server.bus.memory import MemoryBus, MemoryLog
from server.config import read_networks
from server.http.operator_api import HEADER, NO_TICKET, OperatorApi
from server.http.origins import Origins
from server.operator_desk import OperatorDesk, Sources
from server.operator_messages import (
    DrainAsked,
    DrainPreview,
    OperatorAnswer,
    OperatorRefusal,
    OperatorRefused,
    OperatorView,
)
from server.ports import NodeState
from server.room_service import RoomPlan, RoomService
from tests.server.clock import FakeClock

ClientMaker = Callable[[web.Application], Awaitable[TestClient[web.Request, web.Application]]]
ORIGIN = "https://meet.example"
TICKET = "a-good-ticket"
WITH_LINK = {HEADER: TICKET, "Origin": ORIGIN}
NEAR = {HEADER: NO_TICKET, "Origin": ORIGIN}
TALK = RoomSlug("talk")
HERE = NodeState(name="n-1", epoch=1, rooms={TALK: {MemberId(1): 0}}, capacity=10)
THERE = NodeState(name="n-2", epoch=1, rooms={TALK: {MemberId(2): 0}}, capacity=10)


class Asked:
    """What was asked of the directory."""

    def __init__(self) -> None:
        self.drains: list[str] = []

    async def __call__(self, name: str, _within_ms: int) -> None:
        self.drains.append(name)


async def _client(
    make: ClientMaker, asked: Asked, allow: tuple[str, ...] = ()
) -> TestClient[web.Request, web.Application]:
    clock, bus = FakeClock(), MemoryBus()
    rooms = RoomService(MemoryLog(bus, clock), bus, clock)
    await rooms.open_rooms([RoomPlan(TALK, "The talk room", "", MeetingId("m"))])
    for number in (1, 2):
        await rooms.carry_out(TALK, JoinRoom(member_id=MemberId(number), name=f"Name {chr(64 + number)}"))
    sources = Sources(lambda: HERE, lambda: (THERE,), rooms, lambda _: "The talk room", tuple, asked)
    app = web.Application()
    OperatorApi(
        OperatorDesk(sources, clock, 20_000),
        lambda text: text == TICKET,
        Origins([ORIGIN]),
        read_networks("allow", allow),
        (),
    ).add_routes(app)
    return await make(app)


async def _ask(
    client: TestClient[web.Request, web.Application], path: str, headers: Mapping[str, str], **body: str
) -> tuple[int, OperatorAnswer | None]:
    answer = await client.post(f"/api/operator/{path}", json=body, headers=headers)
    content = await answer.read()
    return answer.status, msgspec.json.decode(content, type=OperatorAnswer) if answer.status == 200 else None


async def test_a_link_shows_numbers_and_nobody(aiohttp_client: ClientMaker) -> None:
    client = await _client(aiohttp_client, Asked())
    status, view = await _ask(client, "look", WITH_LINK)
    assert status == 200
    assert isinstance(view, OperatorView)
    assert [(node.name, node.members, node.is_this) for node in view.nodes] == [
        ("n-1", 1, True),
        ("n-2", 1, False),
    ]
    assert [(room.slug, room.members, room.nodes) for room in view.rooms] == [(TALK, 2, 2)]
    assert view.may_drain
    assert "Name" not in msgspec.json.encode(view).decode()


@pytest.mark.parametrize(
    ("headers", "allow", "status"),
    [
        pytest.param(WITH_LINK, (), 200, id="a link"),
        pytest.param({**WITH_LINK, HEADER: "forged"}, (), 404, id="no link of ours"),
        pytest.param(NEAR, (), 404, id="an address that may not"),
        pytest.param(NEAR, ("127.0.0.0/8",), 200, id="an address that may"),
        pytest.param(
            {**NEAR, "X-Forwarded-For": "127.0.0.1"}, ("127.0.0.0/8",), 404, id="a proxy nobody told of"
        ),
        pytest.param({"Origin": ORIGIN}, ("127.0.0.0/8",), 404, id="what a form can send"),
        pytest.param({**NEAR, "Origin": "https://evil.example"}, ("127.0.0.0/8",), 403, id="another site"),
        pytest.param({HEADER: TICKET}, (), 403, id="no origin"),
    ],
)
async def test_who_may_look(
    aiohttp_client: ClientMaker, headers: dict[str, str], allow: tuple[str, ...], status: int
) -> None:
    client = await _client(aiohttp_client, Asked(), allow)
    assert (await _ask(client, "look", headers))[0] == status


async def test_a_preview_drains_nothing(aiohttp_client: ClientMaker) -> None:
    asked = Asked()
    client = await _client(aiohttp_client, asked)
    _, preview = await _ask(client, "preview", WITH_LINK, node="n-2")
    assert preview == DrainPreview(
        node="n-2", members=1, rooms=1, sharing=0, takers=1, free=9, within_ms=20_000, pause_ms=10_000
    )
    assert not asked.drains


async def test_a_link_drains(aiohttp_client: ClientMaker) -> None:
    asked = Asked()
    client = await _client(aiohttp_client, asked)
    assert (await _ask(client, "drain", WITH_LINK, node="n-2"))[1] == DrainAsked(node="n-2")
    assert asked.drains == ["n-2"]


async def test_an_address_alone_does_not_drain(aiohttp_client: ClientMaker) -> None:
    asked = Asked()
    client = await _client(aiohttp_client, asked, ("127.0.0.0/8",))
    _, view = await _ask(client, "look", NEAR)
    assert isinstance(view, OperatorView)
    assert not view.may_drain
    refused = (await _ask(client, "drain", NEAR, node="n-2"))[1]
    assert refused == OperatorRefused(code=OperatorRefusal.NEEDS_LINK)
    assert not asked.drains


@pytest.mark.parametrize(("path", "body"), [("drain", {}), ("drain", {"node": 1}), ("look", {"more": "1"})])
async def test_what_is_none_of_our_questions_is_refused(
    aiohttp_client: ClientMaker, path: str, body: dict[str, object]
) -> None:
    client = await _client(aiohttp_client, Asked())
    answer = await client.post(f"/api/operator/{path}", json=body, headers=WITH_LINK)
    assert answer.status == 400
    answer = await client.post(f"/api/operator/{path}", data="{}", headers=WITH_LINK)
    assert answer.status == 415
