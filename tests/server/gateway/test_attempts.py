from rooms.ids import MemberId, RoomSlug
from server.gateway.attempts import ATTEMPT_MS, ATTEMPTS_MAX, Attempts
from tests.server.clock import FakeClock

TALK, OTHER = RoomSlug("talk"), RoomSlug("other")


def test_an_attempt_finds_its_own_seat_in_its_own_room() -> None:
    attempts = Attempts(FakeClock())
    attempts.note(TALK, "a", MemberId(1))
    assert attempts.seat_of(TALK, "a") == 1
    assert attempts.seat_of(OTHER, "a") is None
    assert attempts.seat_of(TALK, "b") is None


def test_who_draws_no_attempt_is_not_remembered() -> None:
    attempts = Attempts(FakeClock())
    attempts.note(TALK, "", MemberId(1))
    assert attempts.seat_of(TALK, "") is None


def test_the_oldest_is_forgotten_first() -> None:
    attempts = Attempts(FakeClock())
    for number in range(ATTEMPTS_MAX + 1):
        attempts.note(TALK, str(number), MemberId(number + 1))
    assert attempts.seat_of(TALK, "0") is None
    assert attempts.seat_of(TALK, str(ATTEMPTS_MAX)) == ATTEMPTS_MAX + 1


def test_an_attempt_is_forgotten_in_time() -> None:
    clock = FakeClock()
    attempts = Attempts(clock)
    attempts.note(TALK, "a", MemberId(1))
    clock.pass_ms(ATTEMPT_MS - 1)
    attempts.note(TALK, "b", MemberId(2))
    assert attempts.seat_of(TALK, "a") == 1
    clock.pass_ms(1)
    assert attempts.seat_of(TALK, "a") is None
    assert attempts.seat_of(TALK, "b") == 2


def test_who_tries_again_is_as_young_as_the_last_try() -> None:
    clock = FakeClock()
    attempts = Attempts(clock)
    attempts.note(TALK, "a", MemberId(1))
    clock.pass_ms(ATTEMPT_MS - 1)
    attempts.note(TALK, "a", MemberId(3))
    clock.pass_ms(ATTEMPT_MS - 1)
    assert attempts.seat_of(TALK, "a") == 3
