import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from rooms.ids import MemberId, RoomSlug
from rooms.model import Pass
from rooms.roles import Role
from server.group_ports import GroupSlug, RosterEntry
from server.tickets import CARD_DAYS, HOST_TICKET_MS, KEY_FILE, SEAT_HOURS, SeatTicket, TicketOffice

TALK = RoomSlug("talk")
NOW_MS = 1_700_000_000_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
DEVICE = "ab" * 32
PASS = Pass(device=DEVICE, branch="/".join(["abcdefghijkl"] * 8), is_known=True)


def _seat(name: str, role: Role) -> SeatTicket:
    return SeatTicket(room=TALK, member_id=MemberId(5), name=name, role=role, pass_=PASS)


@pytest.fixture
def office() -> TicketOffice:
    return TicketOffice(Fernet.generate_key())


def test_a_seat_ticket_says_who_and_lasts_a_while(office: TicketOffice) -> None:
    text = office.issue_seat(_seat("Maya", Role.HOST), NOW_MS)
    ticket = office.read_seat(text, NOW_MS)
    assert ticket is not None
    assert (ticket.room, ticket.member_id, ticket.name, ticket.role) == (TALK, 5, "Maya", Role.HOST)
    assert (ticket.pass_, ticket.is_guest) == (PASS, False)
    assert office.read_seat(text, NOW_MS + SEAT_HOURS * HOUR_MS - 1) == ticket
    assert office.read_seat(text, NOW_MS + SEAT_HOURS * HOUR_MS) is None


def test_the_text_hides_the_name(office: TicketOffice) -> None:
    text = office.issue_seat(_seat("Maya", Role.MEMBER), NOW_MS)
    assert "Maya" not in text
    assert len(text) < 1_024


def test_kinds_are_not_mixed_up(office: TicketOffice) -> None:
    invite = office.issue_invite(TALK, 1.5, NOW_MS)
    assert office.read_seat(invite, NOW_MS) is None
    read = office.read_invite(invite, NOW_MS)
    assert read is not None
    assert (read.role, read.until_ms) == (Role.HOST, NOW_MS + HOUR_MS * 3 // 2)
    seat = office.issue_seat(_seat("Maya", Role.MEMBER), NOW_MS)
    assert office.read_invite(seat, NOW_MS) is None


ENTRY = RosterEntry(GroupSlug("talk"), "k7dm2x9q", Role.SECRETARY, "Ann", 2, NOW_MS)


def test_a_hosts_ticket_says_what_the_roster_says_and_lasts_a_minute(office: TicketOffice) -> None:
    text = office.issue_host(TALK, ENTRY, NOW_MS)
    assert "Ann" not in text
    assert len(text) < 1_024
    ticket = office.read_host(text, NOW_MS)
    assert ticket is not None
    assert (ticket.room, ticket.account_id, ticket.role) == (TALK, "k7dm2x9q", Role.SECRETARY)
    assert (ticket.alias, ticket.place) == ("Ann", 2)
    assert office.read_host(text, NOW_MS + HOST_TICKET_MS - 1) == ticket
    assert office.read_host(text, NOW_MS + HOST_TICKET_MS) is None
    assert office.read_invite(text, NOW_MS) is None
    assert office.read_seat(text, NOW_MS) is None
    assert office.read_host(office.issue_invite(TALK, 1, NOW_MS), NOW_MS) is None


@pytest.mark.parametrize("text", ["", "x", "gAAAA", "\u00e4", "\ud800", "A" * 1_024])
def test_garbage_is_no_ticket(office: TicketOffice, text: str) -> None:
    assert office.read_seat(text, NOW_MS) is None
    assert office.read_invite(text, NOW_MS) is None
    assert office.read_host(text, NOW_MS) is None


@pytest.mark.parametrize(
    "inside", [b"", b"[]", b'{"type":"\xff"}', b'{"type":"operator","more":' + b"[" * 5_000]
)
def test_garbage_under_our_own_seal_is_no_ticket(inside: bytes) -> None:
    key = Fernet.generate_key()
    assert not TicketOffice(key).is_operator(Fernet(key).encrypt(inside).decode(), NOW_MS)


def test_another_servers_ticket_is_no_ticket(office: TicketOffice) -> None:
    other = TicketOffice(Fernet.generate_key())
    assert office.read_seat(other.issue_seat(_seat("x", Role.HOST), 0), 0) is None


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


def test_a_card_is_for_one_group_and_one_browser_and_lasts_a_season(office: TicketOffice) -> None:
    text = office.issue_card("talk", DEVICE, NOW_MS)
    end_ms = NOW_MS + CARD_DAYS * DAY_MS
    card = office.read_card(text, "talk", DEVICE, end_ms - 1)
    assert card is not None
    assert (card.group, card.device, card.since_ms, card.until_ms) == ("talk", DEVICE, NOW_MS, end_ms)
    assert office.read_card(text, "talk", DEVICE, end_ms) is None
    assert office.read_card(text, "walk", DEVICE, NOW_MS) is None
    assert office.read_card(text, "talk", "cd" * 32, NOW_MS) is None
    assert len(text) < 1_024


def test_a_card_without_a_browser_is_no_card(office: TicketOffice) -> None:
    assert office.read_card(office.issue_card("talk", "", NOW_MS), "talk", "", NOW_MS) is None


def test_a_renewed_card_remembers_since_when(office: TicketOffice) -> None:
    old = office.read_card(office.issue_card("talk", DEVICE, NOW_MS), "talk", DEVICE, NOW_MS)
    later_ms = NOW_MS + 80 * DAY_MS
    card = office.read_card(office.issue_card("talk", DEVICE, later_ms, old), "talk", DEVICE, later_ms)
    assert card is not None
    assert (card.since_ms, card.until_ms) == (NOW_MS, later_ms + CARD_DAYS * DAY_MS)


def test_a_card_is_neither_seat_nor_invite(office: TicketOffice) -> None:
    card = office.issue_card("talk", DEVICE, NOW_MS)
    assert office.read_seat(card, NOW_MS) is None
    assert office.read_invite(card, NOW_MS) is None
    invite = office.issue_invite(TALK, 1, NOW_MS)
    assert office.read_card(invite, "talk", DEVICE, NOW_MS) is None
