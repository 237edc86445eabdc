"""Invites from within the room: who may make which, and what is shown of them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server.group_ports import GroupSlug
from server.ports import StoreError
from server.store.sql_store import open_store
from tests.server.gateway.house import TALK, Browser, House


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_store("", tmp_path) as store, House() as house:
        await house.book.read(store, {TALK: GroupSlug("harbour")})
        yield house


async def make(browser: Browser, role: str = "member", uses: int = 3) -> Any:  # noqa: ANN401 - JSON
    return await browser.ask("make_invite", uses=uses, hours=24, role=role)


async def test_a_hosts_invite_lets_in_and_is_counted(house: House) -> None:
    host = await house.host("Tom")
    made = await make(host, uses=1)
    assert made["type"] == "invited"
    maya = await house.browser()
    assert (await maya.join("Maya", made["secret"]))["type"] == "joined"
    late = await house.browser()
    assert (await late.join("Jo", made["secret"]))["code"] == "ticket_unusable"
    (shown,) = (await host.ask("list_invites"))["invites"]
    assert (shown["invite_id"], shown["uses"], shown["uses_max"]) == (made["invite_id"], 1, 1)
    assert made["secret"] not in str(shown)


async def test_lineage_grows_and_a_branch_ends_at_once(house: House) -> None:
    host = await house.host("Tom")
    made = await make(host, role="cohost")
    helper = await house.browser()
    assert (await helper.join("Ann", made["secret"]))["type"] == "joined"
    grown = await make(helper)
    shown = {one["invite_id"]: one["parent_id"] for one in (await host.ask("list_invites"))["invites"]}
    assert shown == {made["invite_id"]: "", grown["invite_id"]: made["invite_id"]}
    assert (await host.ask("revoke_invite", invite_id=made["invite_id"]))["type"] == "accepted"
    late = await house.browser()
    assert (await late.join("Jo", grown["secret"]))["code"] == "ticket_unusable"
    assert (await make(helper))["code"] == "not_allowed"  # the own invite has ended


@pytest.mark.parametrize("event", ["make_invite", "list_invites", "revoke_invite"])
async def test_a_member_has_no_business_with_invites(house: House, event: str) -> None:
    maya = await house.member("Maya")
    payload = {
        "make_invite": {"uses": 1, "hours": 1, "role": "member"},
        "list_invites": {},
        "revoke_invite": {"invite_id": "x"},
    }[event]
    assert (await maya.ask(event, **payload))["code"] == "not_allowed"


async def test_roles_are_invited_by_hosts_and_below_the_own(house: House) -> None:
    host = await house.host("Tom")
    assert (await make(host, role="host"))["code"] == "higher_rank"
    made = await make(host, role="safety")
    safety = await house.browser()
    await safety.join("Ann", made["secret"])
    assert (await make(safety, role="greeter"))["code"] == "not_allowed"
    assert (await make(safety))["type"] == "invited"


async def test_a_store_that_is_away_is_said(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise StoreError("away")

    host = await house.host("Tom")
    monkeypatch.setattr(house.book, "make_invite", away)
    refused = await make(host)
    assert (refused["code"], refused["retry_ms"] > 0) == ("busy", True)
