from structlog.testing import capture_logs

from server.group_ports import ChangeKind
from server.ports import StoreError
from server.store_watch import StoreWatch


class Numbers:
    """Numbers that a test lets grow, or go away."""

    def __init__(self) -> None:
        self.of_kind = {"rooms": 1, "bans": 7, "accounts": 3}
        self.is_away = False

    async def numbers(self) -> dict[str, int]:
        if self.is_away:
            raise StoreError("away")
        return dict(self.of_kind)


class Taker:
    """Counts how often it was called."""

    def __init__(self) -> None:
        self.calls = 0
        self.is_away = False

    async def __call__(self) -> None:
        self.calls += 1
        if self.is_away:
            raise StoreError("away")


async def _watched() -> tuple[Numbers, StoreWatch, Taker, Taker]:
    numbers, rooms, bans = Numbers(), Taker(), Taker()
    watch = StoreWatch(numbers)
    await watch.begin()
    watch.on(ChangeKind.ROOMS, rooms)
    watch.on(ChangeKind.BANS, bans)
    return numbers, watch, rooms, bans


async def test_only_whoever_asked_for_what_changed_is_called_and_once() -> None:
    numbers, watch, rooms, bans = await _watched()
    await watch.look()
    assert (rooms.calls, bans.calls) == (0, 0)
    numbers.of_kind["bans"] += 1
    numbers.of_kind["accounts"] += 1
    await watch.look()
    await watch.look()
    assert (rooms.calls, bans.calls) == (0, 1)


async def test_what_could_not_be_taken_up_is_tried_again() -> None:
    numbers, watch, rooms, bans = await _watched()
    numbers.of_kind["rooms"] += 1
    rooms.is_away = True
    await watch.look()
    rooms.is_away = False
    numbers.of_kind["bans"] += 1
    await watch.look()
    await watch.look()
    assert (rooms.calls, bans.calls) == (2, 1)


async def test_a_store_that_is_away_is_told_once_and_changes_nothing() -> None:
    numbers, watch, rooms, _ = await _watched()
    settled = Taker()
    watch.each_time(settled)
    with capture_logs() as logs:
        numbers.is_away = True
        for _ in range(3):
            await watch.look()
        assert (rooms.calls, settled.calls) == (0, 0)
        numbers.is_away = False
        numbers.of_kind["rooms"] += 1
        await watch.look()
        assert (rooms.calls, settled.calls) == (1, 1)
    assert [entry["event"] for entry in logs] == ["watch_failed"]
