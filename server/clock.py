"""The machine's clocks. The only file that reads them; everything else is given the time."""

import time


class SystemClock:
    """Fits `server.ports.Clock`."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970 in UTC; may jump when the machine's clock is set."""
        return time.time_ns() // 1_000_000

    def mono_ms(self) -> float:
        """Milliseconds that never go back, from an unknown start."""
        return time.monotonic() * 1_000
