"""A clock that stands still until a test moves it."""


class FakeClock:
    def __init__(self) -> None:
        self.wall = 1_700_000_000_000
        self.mono = 0.0

    def wall_ms(self) -> int:
        return self.wall

    def mono_ms(self) -> float:
        return self.mono

    def pass_ms(self, ms: int) -> None:
        self.wall += ms
        self.mono += ms
