import pytest

from rooms.voice.levels import ACTIVE_LOUDNESS, Loudness, SilenceGate

SPEECH = [30, 28, 35, 45, 60, 38]  # syllables and the gaps between them, dBov


def speak(loudness: Loudness, begin_ms: float, end_ms: float, step_ms: float = 20.0) -> float:
    now_ms, index = begin_ms, 0
    while now_ms < end_ms:
        loudness.hear(SPEECH[index % len(SPEECH)], now_ms)
        now_ms, index = now_ms + step_ms, index + 1
    return now_ms


def hold(
    loudness: Loudness, level_dbov: int | None, begin_ms: float, end_ms: float, step_ms: float = 20.0
) -> None:
    now_ms = begin_ms
    while now_ms < end_ms:
        loudness.hear(level_dbov, now_ms)
        now_ms += step_ms


@pytest.mark.parametrize(
    ("level_dbov", "is_loud"), [(0, True), (66, True), (67, False), (127, False), (None, True)]
)
def test_loud_is_louder_than_room_noise(level_dbov: int | None, *, is_loud: bool) -> None:
    loudness = Loudness()
    assert loudness.hear(level_dbov, 0.0) is is_loud
    assert loudness.is_active(0.0) is is_loud


def test_rises_within_a_syllable_and_falls_slowly() -> None:
    loudness = Loudness()
    hold(loudness, 30, 0.0, 120.0)
    assert loudness.score > 0.8 * 97
    hold(loudness, 127, 120.0, 240.0)
    assert loudness.score > 0.5 * 97
    hold(loudness, 127, 240.0, 2_000.0)
    assert loudness.score < 1


def test_counts_time_and_not_packets() -> None:
    often, seldom = Loudness(), Loudness()
    hold(often, 40, 0.0, 240.0, step_ms=10.0)
    hold(seldom, 40, 0.0, 240.0, step_ms=60.0)
    assert often.score == pytest.approx(seldom.score, abs=3)


def test_a_pause_without_packets_is_silence() -> None:
    dtx, dense = Loudness(), Loudness()
    hold(dtx, 30, 0.0, 500.0)
    hold(dense, 30, 0.0, 500.0)
    hold(dense, 127, 500.0, 900.0)
    dtx.hear(127, 900.0)
    dense.hear(127, 900.0)
    assert dtx.score == pytest.approx(dense.score, abs=3)


def test_one_click_after_a_pause_is_no_speech() -> None:
    loudness = Loudness()
    loudness.hear(20, 10_000.0)
    assert loudness.score < ACTIVE_LOUDNESS


def test_a_burst_counts_as_the_time_it_took() -> None:
    burst = Loudness()
    burst.hear(30, 0.0)
    score = burst.score
    for _ in range(50):
        burst.hear(30, 0.0)
    assert burst.score == score


def test_active_for_a_while_after_the_last_loud_packet() -> None:
    loudness = Loudness()
    assert not loudness.is_active(0.0)
    loudness.hear(30, 0.0)
    loudness.hear(127, 20.0)
    assert loudness.is_active(599.0)
    assert not loudness.is_active(600.0)


def test_claiming_more_than_speech_gains_nothing() -> None:
    liar, shouter = Loudness(), Loudness()
    hold(liar, 0, 0.0, 500.0)
    hold(shouter, 20, 0.0, 500.0)
    assert liar.score == shouter.score


def test_speech_keeps_its_rank() -> None:
    loudness = Loudness()
    now_ms = speak(loudness, 0.0, 15_000.0)
    assert loudness.rank(now_ms) == loudness.score > 80


@pytest.mark.parametrize("level_dbov", [0, 30, None])
def test_a_level_that_never_varies_loses_its_rank(level_dbov: int | None) -> None:
    loudness = Loudness()
    hold(loudness, level_dbov, 0.0, 3_900.0)
    assert loudness.rank(3_900.0) == loudness.score
    hold(loudness, level_dbov, 3_900.0, 4_100.0)
    assert loudness.score >= ACTIVE_LOUDNESS
    assert loudness.rank(4_100.0) == ACTIVE_LOUDNESS


def test_a_level_that_hardly_varies_loses_its_rank() -> None:
    loudness = Loudness()
    for index in range(300):
        loudness.hear((25, 30, 36)[index % 3], 20.0 * index)
    assert loudness.rank(6_000.0) == ACTIVE_LOUDNESS < loudness.score


def test_variation_brings_the_rank_back() -> None:
    loudness = Loudness()
    hold(loudness, 30, 0.0, 5_000.0)
    assert loudness.rank(5_000.0) == ACTIVE_LOUDNESS
    now_ms = speak(loudness, 5_000.0, 5_300.0)
    assert loudness.rank(now_ms) == loudness.score > ACTIVE_LOUDNESS


def test_a_dip_below_active_is_variation_too() -> None:
    loudness = Loudness()
    for index in range(300):
        loudness.hear(80 if index % 50 == 49 else 50, 20.0 * index)
    assert loudness.rank(6_000.0) == loudness.score > ACTIVE_LOUDNESS


def test_speech_without_a_breath_loses_its_rank_until_it_pauses() -> None:
    loudness = Loudness()
    now_ms = speak(loudness, 0.0, 20_100.0)
    assert loudness.rank(now_ms) == ACTIVE_LOUDNESS < loudness.score
    now_ms = speak(loudness, now_ms + 600.0, now_ms + 1_000.0)
    assert loudness.rank(now_ms) == loudness.score > ACTIVE_LOUDNESS


def test_a_quiet_voice_ranks_below_active() -> None:
    loudness = Loudness()
    hold(loudness, 127, 0.0, 1_000.0)
    assert loudness.rank(1_000.0) == pytest.approx(0.0)


def test_the_gate_shuts_after_unbroken_silence() -> None:
    gate = SilenceGate()
    shut = [gate.is_shut(127, 20.0 * index) for index in range(30)]
    assert shut == [False] * 20 + [True] * 10
    assert not gate.is_shut(79, 600.0)
    assert not gate.is_shut(80, 620.0)


def test_the_gate_stays_open_for_a_sender_that_pauses_by_itself() -> None:
    gate = SilenceGate()
    times_ms = [20.0 * index for index in range(10)]
    times_ms += [ms for pair in range(20) for ms in (580.0 + 400.0 * pair, 600.0 + 400.0 * pair)]
    assert not any(gate.is_shut(127, ms) for ms in times_ms)


def test_the_gate_never_shuts_on_a_sender_without_levels() -> None:
    gate = SilenceGate()
    assert not any(gate.is_shut(None, 20.0 * index) for index in range(100))
