from rooms.ids import MemberId, RoomSlug
from server.gateway.attempts import ATTEMPTS_MAX, Attempts

TALK, OTHER = RoomSlug("talk"), RoomSlug("other")


def test_an_attempt_leads_to_its_own_seat_in_its_own_room() -> None:
    attempts = Attempts()
    attempts.note(TALK, "a", MemberId(1))
    assert attempts.seat_of(TALK, "a") == 1
    assert attempts.seat_of(OTHER, "a") is None
    assert attempts.seat_of(TALK, "b") is None


def test_no_attempt_is_never_remembered() -> None:
    attempts = Attempts()
    attempts.note(TALK, "", MemberId(1))
    assert attempts.seat_of(TALK, "") is None


def test_the_oldest_is_forgotten() -> None:
    attempts = Attempts()
    for number in range(ATTEMPTS_MAX + 1):
        attempts.note(TALK, str(number), MemberId(number + 1))
    assert attempts.seat_of(TALK, "0") is None
    assert attempts.seat_of(TALK, str(ATTEMPTS_MAX)) == ATTEMPTS_MAX + 1
