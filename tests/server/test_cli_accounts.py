import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from rooms.roles import Role
from server.accounts.opaque import hash_secret
from server.cli_accounts import forget_host, host_entry, invite_host, list_hosts, reset_host
from server.cli_store import UsageError
from server.clock import SystemClock
from server.config import Config
from server.store.sql_store import SqlStore, open_store
from tests.server.nodes import node_config

Result = TypeVar("Result")
LINK = re.compile(r"The account is (\w{8})\. .* 72 hours:\n(http://localhost:8080)/host#enrol=([\w-]{43})\n")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return node_config(tmp_path, port=8080)


def _ask(config: Config, question: Callable[[SqlStore], Awaitable[Result]]) -> Result:
    async def ask() -> Result:
        async with open_store("", config.server.data_path) as store:
            return await question(store)

    return asyncio.run(ask())


def _link(printed: str) -> tuple[str, str]:
    """Return the account and the secret that were printed."""
    found = LINK.fullmatch(printed)
    assert found is not None, printed
    return found[1], found[3]


def _enrolling(config: Config, secret: str) -> str | None:
    now_ms = SystemClock().wall_ms()
    return _ask(config, lambda store: store.accounts.enrolling(hash_secret(secret), now_ms))


def test_an_invited_host_has_a_link_and_a_place_on_the_roster(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    invite_host(config, None, host_entry("talk", "secretary", "Ann", 1))
    account_id, secret = _link(capsys.readouterr().out)
    assert _enrolling(config, secret) == account_id
    (entry,) = _ask(config, lambda store: store.rosters.of_account(account_id))
    assert (entry.group_slug, entry.role, entry.alias, entry.place) == ("talk", Role.SECRETARY, "Ann", 1)
    invite_host(config, None, None)
    other, _ = _link(capsys.readouterr().out)
    assert _ask(config, lambda store: store.rosters.of_account(other)) == ()
    list_hosts(config)
    first, second = capsys.readouterr().out.splitlines()
    assert re.fullmatch(
        rf"{account_id}\t\d{{4}}-\d\d-\d\d\t0 passkeys\t0 codes\tlink open\ttalk as secretary Ann", first
    )
    assert second.endswith("link open\t-")


def test_a_reset_prints_a_new_link_and_ends_the_old(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    invite_host(config, None, None)
    account_id, first = _link(capsys.readouterr().out)
    reset_host(config, account_id, "http://127.0.0.1:8080")
    again, second = _link(capsys.readouterr().out)
    assert again == account_id
    assert _enrolling(config, first) is None
    assert _enrolling(config, second) == account_id


def test_a_forgotten_account_is_on_no_roster(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    invite_host(config, None, host_entry("talk", "host", "", 0))
    account_id, secret = _link(capsys.readouterr().out)
    forget_host(config, account_id)
    assert _enrolling(config, secret) is None
    assert _ask(config, lambda store: store.rosters.of_account(account_id)) == ()
    for act in (lambda: forget_host(config, account_id), lambda: reset_host(config, account_id, None)):
        with pytest.raises(UsageError, match=rf"there is no account '{account_id}'"):
            act()


def test_what_cannot_be_is_told_and_makes_nothing(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    for entry, why in (
        (host_entry("talks", "host", "", 0), "there is no group 'talks'; the groups are: talk"),
        (host_entry("talk", "host", "A" * 41, 0), "alias must be 0 to 40"),
        (host_entry("talk", "host", "", 100), "a place must be 1 to 99"),
    ):
        with pytest.raises(UsageError, match=why):
            invite_host(config, None, entry)
    with pytest.raises(UsageError, match=r"addresses with a name: set server\.origins"):
        invite_host(config, "https://192.0.2.1", None)
    list_hosts(config)
    assert capsys.readouterr().out == ""
