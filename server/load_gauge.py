"""What a node says of its load: rates since it was last asked, and how well packets travel."""

from collections.abc import Callable, Iterable, Sequence

from server.loop_lag import LoopLag
from server.media.counts import MediaCounts
from server.media.peer import Quality
from server.ports import Clock, NodeLoad

LEAST_MS = 500.0
"""Rates over less than this say more about chance than about load; the ones of before are given again."""


class LoadGauge:
    """Reads the node's plain numbers."""

    def __init__(
        self,
        counts: MediaCounts,
        qualities: Callable[[], Sequence[Quality]],
        lag: LoopLag,
        clock: Clock,
    ) -> None:
        """Take the sources; rates count from now."""
        self._counts = counts
        self._qualities = qualities
        self._lag = lag
        self._clock = clock
        self._at_ms = clock.mono_ms()
        self._packets = (counts.packets_in, counts.packets_out)
        self._last = NodeLoad()

    def read(self) -> NodeLoad:
        """Return the load since the last reading."""
        now_ms = self._clock.mono_ms()
        passed_ms = now_ms - self._at_ms
        if passed_ms < LEAST_MS:
            return self._last
        before_in, before_out = self._packets
        self._packets = (self._counts.packets_in, self._counts.packets_out)
        self._at_ms = now_ms
        loss, way_ms = travel(self._qualities())
        self._last = NodeLoad(
            packets_in_per_s=round((self._packets[0] - before_in) * 1_000 / passed_ms),
            packets_out_per_s=round((self._packets[1] - before_out) * 1_000 / passed_ms),
            loss=round(loss, 4),
            round_trip_ms=round(way_ms, 1),
            lag_ms=round(self._lag.worst_ms, 1),
        )
        return self._last


def travel(qualities: Iterable[Quality]) -> tuple[float, float]:
    """Return the mean loss (0 to 1) and round trip (ms) that browsers report; 0 where none has."""
    losses, ways_ms = [], []
    for quality in qualities:
        if quality.down_loss is not None:
            losses.append(quality.down_loss)
        if quality.round_trip_ms is not None:
            ways_ms.append(quality.round_trip_ms)
    return _mean(losses), _mean(ways_ms)


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0
