from server.load_gauge import LoadGauge, travel
from server.loop_lag import LoopLag
from server.media.counts import MediaCounts
from server.media.peer import Quality
from server.ports import NodeLoad
from tests.server.clock import FakeClock


def test_rates_are_of_the_time_since_the_last_reading() -> None:
    clock, counts = FakeClock(), MediaCounts()
    counts.packets_in, counts.packets_out = 1_000, 9_000
    quality = [Quality(down_loss=0.02, round_trip_ms=40.0)]
    gauge = LoadGauge(counts, lambda: quality, LoopLag(clock), clock)
    counts.packets_in += 100
    counts.packets_out += 900
    clock.pass_ms(2_000)
    read = gauge.read()
    assert read == NodeLoad(packets_in_per_s=50, packets_out_per_s=450, loss=0.02, round_trip_ms=40.0)
    counts.packets_out += 10**6
    clock.pass_ms(100)
    assert gauge.read() == read, "too soon to say anything new"
    clock.pass_ms(900)
    assert gauge.read().packets_out_per_s == 10**6


def test_who_has_not_reported_counts_for_nothing() -> None:
    assert travel([]) == (0, 0)
    assert travel([Quality(), Quality(down_loss=0.1, round_trip_ms=30.0), Quality(down_loss=0.0)]) == (
        0.05,
        30,
    )
