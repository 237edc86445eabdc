import asyncio
from datetime import date
from pathlib import Path

import pytest

from server.cli_series import add_series, list_series, remove_series, skip_series
from server.cli_store import UsageError
from server.config import Config
from server.schedule.setting import SeriesConfig
from server.store.sql_store import open_store
from tests.server.nodes import node_config

EVENING = SeriesConfig(every="MO,TH", at="19:00", minutes=60, zone="Europe/Lisbon", doors=10, fellowship=0)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return node_config(tmp_path)


def _listed(config: Config, capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    capsys.readouterr()
    list_series(config)
    return [line.split("\t") for line in capsys.readouterr().out.splitlines()]


def test_a_meeting_is_made_skipped_once_and_removed(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    add_series(config, "talk", EVENING, "")
    ((series_id, *shown),) = _listed(config, capsys)
    when = "MO,TH 19:00 Europe/Lisbon, 60 minutes, doors 10, fellowship 0"
    assert shown == ["talk", "meeting", when, "-"]
    skip_series(config, series_id, date(2026, 12, 24))
    ((_, *shown),) = _listed(config, capsys)
    assert shown == ["talk", "meeting", when, "2026-12-24"]
    with pytest.raises(UsageError, match="not held on 2026-12-25"):
        skip_series(config, series_id, date(2026, 12, 25))
    remove_series(config, series_id)
    assert _listed(config, capsys) == []
    with pytest.raises(UsageError, match="there is no series"):
        remove_series(config, series_id)
    with pytest.raises(UsageError, match="there is no series"):
        skip_series(config, series_id, date(2026, 12, 24))


def test_a_shift_needs_an_account(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="there is no account 'ann'"):
        add_series(config, "talk", EVENING, "ann")

    async def make_account() -> None:
        async with open_store("", config.server.data_path) as store:
            await store.accounts.add("ann", b"a" * 32, 1)

    asyncio.run(make_account())
    add_series(config, "talk", EVENING, "ann")
    assert [line[2] for line in _listed(config, capsys)] == ["shift of ann"]


def test_a_room_that_is_not_there_is_told(config: Config) -> None:
    with pytest.raises(UsageError, match="there is no room 'night'; the rooms are: talk"):
        add_series(config, "night", EVENING, "")
