import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from rooms.ids import MemberId, RoomSlug
from rooms.model import ReportReason
from rooms.roles import Role
from server.cli_groups import (
    add_group,
    add_host,
    close_group,
    close_report,
    lift_ban,
    list_bans,
    list_groups,
    list_reports,
    move_room,
    place_host,
    remove_host,
    rename_group,
    set_appeal,
    show_report,
    show_roster,
)
from server.cli_store import UsageError, add_room
from server.clock import SystemClock
from server.config import Config, RoomConfig
from server.group_ports import GroupSlug, StoredBan, StoredReport
from server.reports import Evidence, ReportSeal, SaidLine
from server.store.sql_store import SqlStore, open_store
from tests.server.nodes import node_config

HALL = GroupSlug("hall")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return node_config(tmp_path)


def _in_store(config: Config, do: Callable[[SqlStore], Awaitable[object]]) -> None:
    async def act() -> None:
        async with open_store("", config.server.data_path) as store:
            await do(store)

    asyncio.run(act())


def _lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_groups_are_named_given_rooms_and_closed(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    add_room(config, "night", "Night", "")
    add_group(config, "hall", "The hall", "", "")
    move_room(config, "night", "hall")
    rename_group(config, "hall", "The great hall")
    capsys.readouterr()
    list_groups(config)
    assert _lines(capsys) == ["hall\tThe great hall\tnight", "talk\tThe talk room\ttalk"]
    with pytest.raises(UsageError, match="has rooms: night; move or close them first"):
        close_group(config, "hall")
    move_room(config, "night", None)
    close_group(config, "hall")
    capsys.readouterr()
    list_groups(config)
    assert _lines(capsys) == ["talk\tThe talk room\ttalk", "night\tNight\tnight"]
    with pytest.raises(UsageError, match="there is no group 'hall'; the groups are: talk, night"):
        close_group(config, "hall")
    add_group(config, "hall", "The hall again", "", "")
    with pytest.raises(UsageError, match="`lamplit group rename`"):
        add_group(config, "hall", "The hall", "", "")


def test_a_room_that_is_a_group_by_itself_gets_a_row_when_something_is_said_of_it(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    set_appeal(config, "talk", "Write to appeal@hall.example")
    rename_group(config, "talk", "The talkers")
    capsys.readouterr()
    list_groups(config)
    assert _lines(capsys) == ["talk\tThe talkers\ttalk"]

    async def check(store: SqlStore) -> None:
        assert await store.groups.named() == (("talk", "The talkers", "", "Write to appeal@hall.example"),)

    _in_store(config, check)


def test_a_group_of_the_configuration_is_there(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    rooms = (RoomConfig(slug=RoomSlug("talk"), title="Talk", group="hall"),)
    config = msgspec.structs.replace(config, rooms=rooms)
    list_groups(config)
    assert _lines(capsys) == ["hall\tTalk\ttalk"]
    with pytest.raises(UsageError, match="set its `group` there"):
        move_room(config, "talk", "hall")


@pytest.mark.parametrize(
    ("slug", "title", "appeal", "why"),
    [
        ("Hall", "Hall", "", "slug must be lower-case letters"),
        ("hall", " ", "", "title must be 1 to 80"),
        ("hall", "Hall", "x" * 281, "appeal must be 0 to 280"),
        ("hall", "Hall", "a\nb", "appeal must be 0 to 280"),
    ],
)
def test_a_group_that_cannot_be_is_told(config: Config, slug: str, title: str, appeal: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        add_group(config, slug, title, "", appeal)


def test_what_is_not_there_is_told(config: Config) -> None:
    for act in (rename_group, set_appeal):
        with pytest.raises(UsageError, match="there is no group 'hall'; the groups are: talk"):
            act(config, "hall", "x")
    with pytest.raises(UsageError, match="there is no group 'hall'"):
        show_roster(config, "hall")
    with pytest.raises(UsageError, match="there is no room 'night' that was made by command"):
        move_room(config, "night", None)
    with pytest.raises(UsageError, match="there is no ban 'b' in force"):
        lift_ban(config, "b")
    with pytest.raises(UsageError, match="there is no open report 'r'"):
        close_report(config, "r")
    with pytest.raises(UsageError, match="'ann' is not on the roster of 'talk'"):
        remove_host(config, "talk", "ann")
    with pytest.raises(UsageError, match="'ann' is not on the roster of 'talk'"):
        place_host(config, "talk", "ann", 1)
    with pytest.raises(UsageError, match="there is no account 'ann'"):
        add_host(config, "talk", "ann", "host", "", 0)


def test_hosts_are_put_on_a_roster_moved_and_taken_off(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, account_id in enumerate(("ann", "ben")):
        _in_store(
            config,
            lambda store, a=account_id, n=number: store.accounts.add(a, bytes([n] * 32), 1),  # type: ignore[misc]
        )
    add_host(config, "talk", "ann", "host", "Ann", 1)
    add_host(config, "talk", "ben", "safety", "", 0)
    capsys.readouterr()
    show_roster(config, "talk")
    assert _lines(capsys) == ["ann\thost\tAnn\tplace 1", "ben\tsafety\t-\tplace -"]
    place_host(config, "talk", "ben", 1)
    capsys.readouterr()
    show_roster(config, "talk")
    assert _lines(capsys) == ["ben\tsafety\t-\tplace 1", "ann\thost\tAnn\tplace 2"]
    remove_host(config, "talk", "ben")
    capsys.readouterr()
    show_roster(config, "talk")
    assert _lines(capsys) == ["ann\thost\tAnn\tplace 2"]
    with pytest.raises(UsageError, match="a place must be 1 to 99"):
        place_host(config, "talk", "ann", 100)
    with pytest.raises(UsageError, match="alias must be 0 to 40"):
        add_host(config, "talk", "ann", Role.HOST.value, "x" * 41, 0)


def test_bans_are_listed_without_whom_and_lifted(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    soon_ms = SystemClock().wall_ms() + 3_600_000
    placed_ms = 1_700_000_000_000
    bans = (
        StoredBan("b1", HALL, "devicecanary", "", "flood", soon_ms - 1, soon_ms),
        StoredBan("b2", HALL, "", "branchcanary", "", placed_ms, placed_ms + 60_000),
        StoredBan("b3", GroupSlug("pier"), "devicecanary", "", "hate", placed_ms, placed_ms + 60_000),
    )
    for ban in bans:
        _in_store(config, lambda store, ban=ban: store.bans.add(ban))  # type: ignore[misc]
    list_bans(config, "hall")
    old, held = _lines(capsys)
    assert old == "b2\thall\tinvites\t-\t2023-11-14 22:13\t2023-11-14 22:14\tover"
    assert held.startswith("b1\thall\tdevice\tflood\t")
    assert held.endswith("\tin force")
    lift_ban(config, "b1")
    capsys.readouterr()
    list_bans(config, None)
    shown = _lines(capsys)
    assert [line.split("\t")[0] for line in shown] == ["b2", "b1", "b3"]
    assert shown[1].endswith("\tlifted")
    assert "canary" not in "".join(shown)


def test_reports_are_listed_without_their_words_and_closed(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    report = StoredReport("r1", HALL, RoomSlug("night"), 28_333_335, b"sealed")
    _in_store(config, lambda store: store.reports.add(report))
    list_reports(config, None)
    assert _lines(capsys) == ["r1\thall\tnight\t2023-11-14 22:15\topen"]
    close_report(config, "r1")
    capsys.readouterr()
    list_reports(config, "pier")
    assert _lines(capsys) == []
    list_reports(config, "hall")
    assert "\tclosed 20" in _lines(capsys)[0]


def test_a_report_is_shown_to_whoever_has_the_key(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="there is no report 'r1'"):
        show_report(config, "r1")
    said = SaidLine(member_id=MemberId(7), name="Jo", text="go\naway", sent_ms=1_700_000_000_000)
    evidence = Evidence(
        report_id="r1",
        room=RoomSlug("night"),
        at_min=28_333_335,
        reason=ReportReason.THREAT,
        words="she shouts",
        member_id=MemberId(7),
        name="",
        by=MemberId(8),
        chat=(said,),
    )
    sealed = ReportSeal.open(config.server.data_path).seal(evidence)
    report = StoredReport("r1", HALL, RoomSlug("night"), 28_333_335, sealed)
    _in_store(config, lambda store: store.reports.add(report))
    show_report(config, "r1")
    assert _lines(capsys) == [
        "r1\thall\tnight\t2023-11-14 22:15\topen",
        "reason\tthreat",
        "about\t7\t-",
        "told by\t8",
        "words\tshe shouts",
        "chat\t2023-11-14 22:13\t7\tJo\tgo / away",
    ]
    damaged = report._replace(report_id="r2", sealed=sealed[:-1])
    _in_store(config, lambda store: store.reports.add(damaged))
    with pytest.raises(UsageError, match="cannot be opened: the report was sealed under another key"):
        show_report(config, "r2")
