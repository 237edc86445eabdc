import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from rooms.ids import MemberId, RoomSlug
from rooms.roles import Role
from server.tickets import KEY_FILE, SEAT_HOURS, TicketOffice

TALK = RoomSlug("talk")
NOW_MS = 1_700_000_000_000
HOUR_MS = 3_600_000


@pytest.fixture
def office() -> TicketOffice:
    return TicketOffice(Fernet.generate_key())


def test_a_seat_ticket_says_who_and_lasts_a_while(office: TicketOffice) -> None:
    text = office.issue_seat(TALK, MemberId(5), "Maya", Role.HOST, NOW_MS)
    ticket = office.read_seat(text, NOW_MS)
    assert ticket is not None
    assert (ticket.room, ticket.member_id, ticket.name, ticket.role) == (TALK, 5, "Maya", Role.HOST)
    assert office.read_seat(text, NOW_MS + SEAT_HOURS * HOUR_MS - 1) == ticket
    assert office.read_seat(text, NOW_MS + SEAT_HOURS * HOUR_MS) is None


def test_the_text_hides_the_name(office: TicketOffice) -> None:
    text = office.issue_seat(TALK, MemberId(5), "Maya", Role.MEMBER, NOW_MS)
    assert "Maya" not in text
    assert len(text) < 1_024


def test_kinds_are_not_mixed_up(office: TicketOffice) -> None:
    invite = office.issue_invite(TALK, 1.5, NOW_MS)
    assert office.read_seat(invite, NOW_MS) is None
    read = office.read_invite(invite, NOW_MS)
    assert read is not None
    assert (read.role, read.until_ms) == (Role.HOST, NOW_MS + HOUR_MS * 3 // 2)
    seat = office.issue_seat(TALK, MemberId(5), "Maya", Role.MEMBER, NOW_MS)
    assert office.read_invite(seat, NOW_MS) is None


@pytest.mark.parametrize("text", ["", "x", "gAAAA", "\u00e4", "\ud800", "A" * 1_024])
def test_garbage_is_no_ticket(office: TicketOffice, text: str) -> None:
    assert office.read_seat(text, NOW_MS) is None
    assert office.read_invite(text, NOW_MS) is None


def test_another_servers_ticket_is_no_ticket(office: TicketOffice) -> None:
    other = TicketOffice(Fernet.generate_key())
    assert office.read_seat(other.issue_seat(TALK, MemberId(5), "x", Role.HOST, 0), 0) is None


def test_the_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    text = TicketOffice.open(tmp_path / "lamplit").issue_invite(TALK, 1, NOW_MS)
    assert TicketOffice.open(tmp_path / "lamplit").read_invite(text, NOW_MS) is not None
    files = list((tmp_path / "lamplit").iterdir())
    assert [file.name for file in files] == [KEY_FILE]
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600


def test_a_file_that_is_no_key_is_an_error(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("short")
    with pytest.raises(ValueError, match="32 url-safe"):
        TicketOffice.open(tmp_path)
