from rooms.voice.levels import Loudness
from rooms.voice.selector import HOLD_MS, Seat, choose_seat

NOW_MS = 10_000.0


def speaking(level_dbov: int, end_ms: float = NOW_MS) -> Loudness:
    """Somebody who has been speaking for the last second before `end_ms`."""
    loudness = Loudness()
    for index in range(50):
        loudness.hear(level_dbov + (15 if index % 10 == 9 else 0), end_ms - 20.0 * (50 - index))
    return loudness


def seat(level_dbov: int, held_ms: float = HOLD_MS, end_ms: float = NOW_MS) -> Seat:
    return Seat(speaking(level_dbov, end_ms), NOW_MS - held_ms)


def test_a_free_seat_at_once() -> None:
    first_packet = Loudness()
    first_packet.hear(60, NOW_MS)
    assert choose_seat(first_packet, [seat(20), Seat(), Seat()], NOW_MS) == 1


def test_a_free_seat_before_an_idle_one() -> None:
    assert choose_seat(speaking(40), [seat(20, end_ms=NOW_MS - 700), Seat()], NOW_MS) == 1


def test_an_idle_seat_before_a_weak_one() -> None:
    assert choose_seat(speaking(20), [seat(60), seat(20, end_ms=NOW_MS - 700)], NOW_MS) == 1


def test_the_first_of_two_idle_seats() -> None:
    quiet = NOW_MS - 700
    assert choose_seat(speaking(60), [seat(20), seat(20, end_ms=quiet), seat(20, end_ms=quiet)], NOW_MS) == 1


def test_a_holder_in_a_short_pause_is_not_idle() -> None:
    assert choose_seat(speaking(30), [seat(30, end_ms=NOW_MS - 400)], NOW_MS) is None


def test_the_weakest_yields_to_somebody_clearly_louder() -> None:
    assert choose_seat(speaking(30), [seat(40), seat(50), seat(45)], NOW_MS) == 1


def test_nobody_yields_within_the_margin() -> None:
    assert choose_seat(speaking(30), [seat(36), seat(35), seat(34)], NOW_MS) is None


def test_nobody_yields_before_the_minimum_hold() -> None:
    assert choose_seat(speaking(30), [seat(50, held_ms=HOLD_MS - 1)], NOW_MS) is None
    assert choose_seat(speaking(30), [seat(50, held_ms=HOLD_MS)], NOW_MS) == 0


def test_a_steady_claim_to_be_loud_yields_to_ordinary_speech() -> None:
    liar = Loudness()
    for index in range(300):
        liar.hear(0, NOW_MS - 6_000 + 20.0 * index)
    assert choose_seat(speaking(45), [seat(20), Seat(liar, 0.0), seat(20)], NOW_MS) == 1
    assert choose_seat(liar, [seat(60), seat(60), seat(60)], NOW_MS) is None
