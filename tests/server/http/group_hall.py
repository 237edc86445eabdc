"""A place with one desk for hosts, on both databases, for the tests of what they do over HTTP."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from cryptography.fernet import Fernet

from server.accounts.group_desk import GroupDesk
from server.group_ports import (
    GroupSlug,
)
from server.http.host_api import COOKIE, COOKIE_WITHOUT_TLS, HostApi
from server.http.origins import Origins
from server.http.refusals import BODY_MAX_BYTES, answer_in_words
from server.room_service import RoomService
from server.schedule.keeper import Keeper
from server.store.audit_chain import first_broken
from server.store.sql_store import SqlStore, open_store
from server.tickets import TicketOffice
from tests.server.accounts.groups import (
    CONFIG,
    DAWN,
    DUSK,
    GROUP,
    fill,
    make_rooms,
    sign_in,
)
from tests.server.accounts.hosts import make_desk
from tests.server.clock import FakeClock
from tests.server.http.host_page import TLS, Browser
from tests.server.store.conftest import Place, place, postgresql, postgresql_url

__all__ = ["hall", "place", "postgresql", "postgresql_url", "small_hall"]  # fixtures of the store's tests

ClientMaker = Callable[[web.Application], Awaitable[TestClient[web.Request, web.Application]]]
NUMBER: Final = "http://192.0.2.7:8080"
HOUR_MS: Final = 3_600_000
NOW_MS: Final = 1_772_366_400_000  # Sunday 1 March 2026 at noon in UTC
WEEKLY: Final = {"days": ["TU", "TH"], "at": "19:00", "minutes": 60, "zone": "Europe/Lisbon"}


class Hall:
    """A place with one desk, and whoever sits in front of it."""

    def __init__(
        self,
        store: SqlStore,
        client: TestClient[web.Request, web.Application],
        rooms: RoomService,
        keeper: Keeper,
    ) -> None:
        self.store = store
        self.rooms = rooms
        self.keeper = keeper
        self.client = client
        self.clock = FakeClock()

    async def enter(self, account_id: str, origin: str = TLS) -> Browser:
        page = Browser(self.client, origin)
        cookie = COOKIE if origin == TLS else COOKIE_WITHOUT_TLS
        page.cookies[cookie] = await sign_in(self.store, account_id, self.clock.wall_ms())
        return page

    async def acts(self, group: GroupSlug = GROUP) -> list[tuple[str, str, str]]:
        chain, rows = await self.store.acts.of_group(group)
        assert first_broken(chain, rows) is None
        return [(row.entry.action, row.entry.account_id, row.entry.target) for row in rows]


@pytest.fixture
async def hall(place: Place, aiohttp_client: ClientMaker) -> AsyncIterator[Hall]:
    async with open_store(place.url, place.folder) as store:
        yield await _hall(store, aiohttp_client)


@pytest.fixture
async def small_hall(tmp_path: Any, aiohttp_client: ClientMaker) -> AsyncIterator[Hall]:  # noqa: ANN401
    async with open_store("", tmp_path) as store:
        yield await _hall(store, aiohttp_client)


async def _hall(store: SqlStore, aiohttp_client: ClientMaker) -> Hall:
    clock = FakeClock()
    clock.wall = NOW_MS
    await fill(store, clock.wall_ms())
    hosts = make_desk(store, TicketOffice(Fernet.generate_key()), clock)
    rooms, keeper = make_rooms(clock)
    await rooms.add_rooms([DAWN, DUSK])
    keeper.follow()
    groups = GroupDesk(CONFIG, store, clock, keeper)
    app = web.Application(middlewares=[answer_in_words], client_max_size=BODY_MAX_BYTES)
    HostApi(hosts, groups, Origins([TLS, NUMBER]), lambda _request: "192.0.2.1").add_routes(app)
    client = await aiohttp_client(app)
    client.session._cookie_jar.clear()
    opened = Hall(store, client, rooms, keeper)
    opened.clock = clock
    return opened
