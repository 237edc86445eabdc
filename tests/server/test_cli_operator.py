from pathlib import Path

import pytest

from rooms.ids import RoomSlug
from server.cli import main
from server.clock import SystemClock
from server.tickets import TicketOffice

HOUR_MS = 3_600_000


def test_the_link_holds_an_operators_ticket_behind_the_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["operator-link", "--hours", "2", "--url", "https://meet.example/"]) == 0
    place, ticket = capsys.readouterr().out.strip().split("#enrol=")
    assert place == "https://meet.example/operator"
    office, now_ms = TicketOffice.open(tmp_path / "data"), SystemClock().wall_ms()
    assert office.is_operator(ticket, now_ms)
    assert office.is_operator(ticket, now_ms + HOUR_MS)
    assert not office.is_operator(ticket, now_ms + 2 * HOUR_MS + 1)
    assert office.read_invite(ticket, now_ms) is None, "it is no host's link"


def test_a_hosts_link_opens_nothing_for_operators(tmp_path: Path) -> None:
    office, now_ms = TicketOffice.open(tmp_path), SystemClock().wall_ms()
    assert not office.is_operator(office.issue_invite(RoomSlug("talk"), 1, now_ms), now_ms)


@pytest.mark.parametrize(
    "asked", [["operator-link", "--hours", "0"], ["top", "--once", "--every", "0"], ["top", "--every", "nan"]]
)
def test_what_cannot_be_is_refused_in_a_sentence(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(asked) == 2
    assert capsys.readouterr().err.count("\n") == 1
