import io
from collections.abc import AsyncIterator, Awaitable, Callable
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from cryptography.fernet import Fernet

from server.accounts.group_desk import GroupDesk
from server.accounts.group_messages import GROUP_ASKS, AnyGroupAnswer
from server.accounts.messages import ASKS, AnyAnswer
from server.config import Config
from server.http.host_api import COOKIE, COOKIE_WITHOUT_TLS, HEADER, HostApi
from server.http.origins import Origins
from server.http.refusals import BODY_MAX_BYTES, answer_in_words
from server.logs import set_up_logs
from server.store.sql_store import SqlStore, open_store
from server.tickets import TicketOffice
from signaling.schema import write_asks
from tests.server.accounts.groups import make_rooms
from tests.server.accounts.hosts import ANN, invite, make_desk
from tests.server.clock import FakeClock
from tests.server.http.host_page import LOCAL, TLS, Browser
from tests.server.logs_kept import logs_kept
from tests.server.store.conftest import Place, place, postgresql, postgresql_url

__all__ = ["place", "postgresql", "postgresql_url"]  # fixtures of the store's tests

PAGE = Path(__file__).parents[3] / "web" / "src"
ClientMaker = Callable[[web.Application], Awaitable[TestClient[web.Request, web.Application]]]


@pytest.fixture
async def store(place: Place) -> AsyncIterator[SqlStore]:
    async with open_store(place.url, place.folder) as opened:
        yield opened


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with open_store("", tmp_path) as opened:
        yield opened


async def _client(store: SqlStore, aiohttp_client: ClientMaker) -> TestClient[web.Request, web.Application]:
    desk = make_desk(store, TicketOffice(Fernet.generate_key()), FakeClock())
    groups = GroupDesk(Config(), store, FakeClock(), make_rooms(FakeClock())[1])
    app = web.Application(middlewares=[answer_in_words], client_max_size=BODY_MAX_BYTES)
    HostApi(desk, groups, Origins([TLS, LOCAL]), lambda _request: "192.0.2.1").add_routes(app)
    client = await aiohttp_client(app)
    client.session._cookie_jar.clear()
    return client


@pytest.mark.parametrize("origin", [TLS, LOCAL])
async def test_from_the_link_to_the_ticket_and_out(
    store: SqlStore, aiohttp_client: ClientMaker, origin: str
) -> None:
    page = Browser(await _client(store, aiohttp_client), origin)
    assert await page.ask("me") == {"type": "refused", "code": "not_signed_in", "retry_ms": 0}
    enrolled = await page.enrol(await invite(store, ANN, FakeClock().wall_ms()))
    assert enrolled["type"] == "codes_made"
    me = await page.ask("me")
    assert (me["type"], me["account_id"], me["codes_left"]) == ("me", ANN, 2)
    assert [room["slug"] for room in me["serving"][0]["rooms"]] == ["dawn", "dusk"]
    assert (await page.ask("ticket", room="dawn"))["type"] == "ticket_made"
    assert (await page.ask("ticket", room="talk"))["code"] == "not_serving"
    assert await page.ask("sign_out") == {"type": "done"}
    assert (await page.ask("me"))["code"] == "not_signed_in"
    assert await page.sign_in() == {"type": "done"}
    assert (await page.ask("me"))["type"] == "me"

    other = Browser(page.client, origin)
    assert await other.ask("recover", code=enrolled["codes"][0]) == {"type": "done"}
    begun = await other.ask("passkeys/begin")
    made = other.device.create(begun)
    added = {"challenge": begun["challenge"], "label": "Laptop", "credential": made}
    assert await other.ask("passkeys/finish", **added) == {"type": "done"}
    gone = await other.ask("passkeys/remove", credential_id=me["passkeys"][0]["credential_id"])
    assert gone == {"type": "done"}
    assert len((await other.ask("codes"))["codes"]) == 2
    assert await other.ask("sign_out", everywhere=True) == {"type": "done"}
    assert (await page.ask("me"))["code"] == "not_signed_in"
    assert (await page.sign_in())["code"] == "sign_in_refused"
    assert await other.sign_in() == {"type": "done"}


@pytest.mark.parametrize(("origin", "name"), [(TLS, COOKIE), (LOCAL, COOKIE_WITHOUT_TLS)])
async def test_the_cookie_is_for_no_script_and_no_other_site(
    sqlite: SqlStore, aiohttp_client: ClientMaker, origin: str, name: str
) -> None:
    page = Browser(await _client(sqlite, aiohttp_client), origin)
    await page.enrol(await invite(sqlite, ANN, FakeClock().wall_ms()))
    morsel = SimpleCookie(page.set_cookie)[name]
    assert len(morsel.value) == 43
    assert (morsel["path"], morsel["domain"], morsel["max-age"]) == ("/", "", "43200")
    assert (morsel["httponly"], morsel["samesite"]) == (True, "Strict")
    assert bool(morsel["secure"]) == (origin == TLS)
    await page.ask("sign_out")
    assert SimpleCookie(page.set_cookie)[name]["max-age"] == "0"
    assert page.cookies[name] == ""


async def test_over_tls_a_cookie_without_its_prefix_is_nobodys(
    sqlite: SqlStore, aiohttp_client: ClientMaker
) -> None:
    page = Browser(await _client(sqlite, aiohttp_client), TLS)
    await page.enrol(await invite(sqlite, ANN, FakeClock().wall_ms()))
    page.cookies = {COOKIE_WITHOUT_TLS: page.cookies[COOKIE]}
    assert (await page.ask("me"))["code"] == "not_signed_in"


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Origin": TLS, HEADER: "1"}, b"{}", 200),
        ({HEADER: "1"}, b"{}", 403),
        ({"Origin": "https://evil.example", HEADER: "1"}, b"{}", 403),
        ({"Origin": "null", HEADER: "1"}, b"{}", 403),
        ({"Origin": TLS}, b"{}", 403),
        ({"Origin": TLS, HEADER: "1", "Content-Type": "text/plain"}, b"{}", 415),
        ({"Origin": TLS, HEADER: "1"}, b"", 400),
        ({"Origin": TLS, HEADER: "1"}, b"[]", 400),
        ({"Origin": TLS, HEADER: "1"}, b'{"more": 1}', 400),
        ({"Origin": TLS, HEADER: "1"}, b"\xff", 400),
        ({"Origin": TLS, HEADER: "1"}, b"x" * (BODY_MAX_BYTES + 1), 413),
    ],
)
@pytest.mark.parametrize("path", ["me", "sign_in/begin"])
async def test_what_comes_from_elsewhere_or_is_malformed_is_no_question(
    sqlite: SqlStore,
    aiohttp_client: ClientMaker,
    path: str,
    headers: dict[str, str],
    body: bytes,
    status: int,
) -> None:
    client = await _client(sqlite, aiohttp_client)
    sent = {"Content-Type": "application/json", **headers}
    answer = await client.post(f"/api/host/{path}", data=body, headers=sent)
    assert answer.status == status


async def test_every_path_is_in_the_table(sqlite: SqlStore, aiohttp_client: ClientMaker) -> None:
    client = await _client(sqlite, aiohttp_client)
    assert client.app is not None
    paths = {resource.canonical for resource in client.app.router.resources()}
    assert paths == {f"/api/host/{path}" for path in (*ASKS, *GROUP_ASKS)}


def test_the_page_has_the_types_of_the_structs() -> None:
    hosts, groups = PAGE / "host.gen.ts", PAGE / "group.gen.ts"
    hint = "run: python tools/write_types.py"
    assert hosts.read_text("utf-8") == write_asks("HostAsks", ASKS, AnyAnswer), hint
    assert groups.read_text("utf-8") == write_asks("GroupAsks", GROUP_ASKS, AnyGroupAnswer), hint


async def test_nothing_is_there_to_be_read(sqlite: SqlStore, aiohttp_client: ClientMaker) -> None:
    client = await _client(sqlite, aiohttp_client)
    assert (await client.get("/api/host/me")).status == 405


async def test_a_store_that_is_away_is_an_answer_and_the_log_has_no_secret(
    tmp_path: Path, aiohttp_client: ClientMaker
) -> None:
    out = io.StringIO()
    async with open_store("", tmp_path) as store:
        page = Browser(await _client(store, aiohttp_client), TLS)
        secret = await invite(store, ANN, FakeClock().wall_ms())
        await page.enrol(secret)
        session = page.cookies[COOKIE]
        (tmp_path / "lamplit.db").unlink()
        (tmp_path / "lamplit.db").mkdir()
        await store.database._engine.dispose()
        with logs_kept():
            set_up_logs("debug", "text", out)
            assert (await page.ask("me"))["code"] == "store_away"
            assert (await page.ask("enrol/begin", secret=secret))["code"] == "store_away"
            assert (await page.ask("sign_out"))["code"] == "store_away"
    assert "event=accounts_unreachable" in out.getvalue()
    assert not any(one in out.getvalue() for one in (secret, session, "192.0.2.1", ANN))
