import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rooms.ids import MemberId, RoomSlug
from server.cli_store import (
    UsageError,
    add_room,
    close_room,
    list_rooms,
    rename_room,
    room_slugs,
    show_audit,
)
from server.config import Config
from server.ports import AuditEntry
from server.store.engine import SQLITE_FILE
from server.store.sql_store import open_store
from tests.server.nodes import node_config


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return node_config(tmp_path)


def _write_audit(config: Config) -> None:
    entry = AuditEntry(RoomSlug("talk"), 28_333_335, "member_muted", MemberId(22), MemberId(33))
    muted_all = entry._replace(action="all_muted", target=MemberId(0))

    async def write() -> None:
        async with open_store("", config.server.data_path) as store:
            await store.save({}, [entry, muted_all])

    asyncio.run(write())


def test_rooms_are_made_listed_renamed_and_closed(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    add_room(config, "night", "Night", "All night")
    assert "/m/night" in capsys.readouterr().out
    rename_room(config, "night", "Late night")
    capsys.readouterr()
    list_rooms(config)
    assert capsys.readouterr().out.splitlines() == [
        "talk\tconfiguration\tThe talk room",
        "night\tcommand\tLate night",
    ]
    assert room_slugs(config) == ["talk", "night"]
    close_room(config, "night")
    assert room_slugs(config) == ["talk"]
    add_room(config, "night", "Night again", "")
    assert room_slugs(config) == ["talk", "night"]


@pytest.mark.parametrize(
    ("slug", "title", "why"),
    [
        ("Night", "Night", "slug must be lower-case letters"),
        ("night", " ", "title must be 1 to 80"),
        ("night", "N\u0000", "title must be 1 to 80"),
        ("talk", "Talk", "the configuration has a room 'talk' already"),
    ],
)
def test_a_room_that_cannot_be_is_told(config: Config, slug: str, title: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        add_room(config, slug, title, "")
    assert room_slugs(config) == ["talk"]


def test_a_second_room_of_the_same_slug_is_told(config: Config) -> None:
    add_room(config, "night", "Night", "")
    with pytest.raises(UsageError, match="already; `lamplit room rename`"):
        add_room(config, "night", "Night", "")


def test_what_is_not_there_or_configured_is_told(config: Config) -> None:
    with pytest.raises(UsageError, match="there is no room 'night'; the rooms are: talk"):
        close_room(config, "night")
    with pytest.raises(UsageError, match="there is no room 'night'; the rooms are: talk"):
        rename_room(config, "night", "Night")
    with pytest.raises(UsageError, match="part of the configuration; change it there"):
        close_room(config, "talk")
    with pytest.raises(UsageError, match="part of the configuration; change it there"):
        rename_room(config, "talk", "Talk")
    with pytest.raises(UsageError, match="there is no room 'night'"):
        show_audit(config, "night", verify_only=True)


def test_the_audit_is_shown_in_numbers(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    assert show_audit(config, "talk", verify_only=False)
    assert capsys.readouterr().out == "Nothing was ever written.\n"
    _write_audit(config)
    assert show_audit(config, "talk", verify_only=False)
    first, second, verdict = capsys.readouterr().out.splitlines()
    assert first == "1\t2023-11-14 22:15\tmember_muted\tby 22\tto 33"
    assert second == "2\t2023-11-14 22:15\tall_muted\tby 22\tto -"
    assert verdict.startswith("Whole: 2 rows, up to row 2 with the digest ")


def test_a_changed_audit_is_told(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    _write_audit(config)
    with closing(sqlite3.connect(config.server.data_path / SQLITE_FILE)) as database:
        database.execute("UPDATE audit SET actor = 44 WHERE number = 1")
        database.commit()
    assert not show_audit(config, "talk", verify_only=True)
    assert capsys.readouterr().out.startswith("Broken at row 1: ")


def test_a_store_that_cannot_be_used_is_told(config: Config) -> None:
    config.server.data_path.write_text("")
    with pytest.raises(UsageError, match=r"lamplit\.db cannot be used: "):
        list_rooms(config)
