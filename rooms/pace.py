"""How often something may be done: a leaky bucket with the clock as an argument."""

import msgspec


class Pace(msgspec.Struct, frozen=True):
    """A rule: so many at once, so many a second in the long run."""

    burst: int
    per_s: float


class Bucket:
    """One member's use of one pace. Times are monotonic milliseconds."""

    __slots__ = ("_full_ms", "_pace")

    def __init__(self, pace: Pace) -> None:
        """Start with the whole burst unused."""
        self._pace = pace
        self._full_ms = 0.0  # when the bucket will have leaked empty again

    def take(self, now_ms: float) -> int:
        """Use one. Return 0 if it was free, else in how many ms one will be."""
        step_ms = 1_000 / self._pace.per_s
        full_ms = max(self._full_ms, now_ms) + step_ms
        over_ms = full_ms - now_ms - self._pace.burst * step_ms
        if over_ms > 0:
            return max(1, round(over_ms))
        self._full_ms = full_ms
        return 0
