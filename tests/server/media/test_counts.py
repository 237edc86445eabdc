from rooms.voice.drops import DropReason
from server.media.counts import CloseReason, MediaCounts


def test_everything_starts_at_zero_and_every_reason_is_there() -> None:
    counts = MediaCounts()

    assert set(counts.drops) == set(DropReason)
    assert set(counts.closed) == set(CloseReason)
    assert sum(counts.drops.values()) + sum(counts.closed.values()) == 0
    assert (counts.packets_in, counts.packets_out, counts.peers, counts.joins) == (0, 0, 0, 0)
