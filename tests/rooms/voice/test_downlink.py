import pytest

from rooms.ids import MemberId
from rooms.voice.downlink import START_END, Downlink
from rooms.voice.slot import LATE_MAX_PACKETS, Forward, Slot
from tests.rooms.voice.sender import Sender

ANN, BEN = MemberId(1), MemberId(2)


def send(slot: Slot, sender: Sender, now_ms: float) -> Forward:
    forward = slot.place(sender.next(), now_ms)
    assert isinstance(forward, Forward)
    return forward


@pytest.fixture
def slots() -> list[Slot]:
    return [Slot(0), Slot(1)]


@pytest.mark.parametrize("start", [0, 777, START_END - 1])
def test_a_listener_starts_at_its_start(slots: list[Slot], start: int) -> None:
    slots[0].take(ANN)
    sender = Sender()
    early = Downlink(slots, (1, 2), (start, 0))
    for index in range(70_000):
        forward = send(slots[0], sender, 20.0 * index)
        assert early.seq16(forward) == (start + LATE_MAX_PACKETS + 1 + index) & 0xFFFF
    late = Downlink(slots, (1, 2), (start, 0))
    forward = send(slots[0], sender, 20.0 * 70_000)
    assert late.seq16(forward) == start + LATE_MAX_PACKETS + 1
    assert (late.packets_sent(0), late.octets_sent(0)) == (1, len(forward.payload))


def test_a_packet_overtaken_before_the_listener_came_stays_above_its_start(slots: list[Slot]) -> None:
    slots[0].take(ANN)
    sender = Sender()
    send(slots[0], sender, 0.0)
    overtaken = sender.next()
    for _ in range(LATE_MAX_PACKETS - 1):
        sender.next()
    send(slots[0], sender, 20.0 * (LATE_MAX_PACKETS + 1))
    downlink = Downlink(slots, (1, 2), (0, 0))
    forward = slots[0].place(overtaken, 20.0 * (LATE_MAX_PACKETS + 2))
    assert isinstance(forward, Forward)
    assert downlink.seq16(forward) == 0


def test_skipped_packets_leave_no_gap(slots: list[Slot]) -> None:
    downlink = Downlink(slots, (1, 2), (100, 200))
    ben = Sender(ssrc=2)
    slots[0].take(BEN)
    before = downlink.seq16(send(slots[0], ben, 0.0))
    slots[0].take(ANN)
    ann = Sender()
    octets = 5  # of Ben's first packet
    for index in range(1, 10):
        if index == 4:
            ann.next()  # lost on its way to us: the slot has a gap
        downlink.skip(send(slots[0], ann, 20.0 * index))
    slots[0].take(BEN)
    after = send(slots[0], ben, 200.0)
    assert downlink.seq16(after) == before + 1
    assert downlink.packets_sent(0) == 2
    assert downlink.octets_sent(0) == octets + len(after.payload)
    assert (downlink.packets_sent(1), downlink.octets_sent(1)) == (0, 0)


def test_lost_packets_leave_a_gap(slots: list[Slot]) -> None:
    downlink = Downlink(slots, (1, 2), (100, 200))
    slots[1].take(ANN)
    sender = Sender()
    first, refused, third = (send(slots[1], sender, 20.0 * index) for index in range(3))
    downlink.lose(refused)
    assert downlink.seq16(third) == downlink.seq16(first) + 2
    assert downlink.packets_sent(1) == 2


@pytest.mark.parametrize(
    ("ssrcs", "starts"),
    [
        ((1, 1), (0, 0)),
        ((1,), (0,)),
        ((1, 2), (0,)),
        ((1, 2, 3), (0, 0)),
        ((1, 2), (0, START_END)),
        ((1, 2), (-1, 0)),
    ],
)
def test_what_is_refused(slots: list[Slot], ssrcs: tuple[int, ...], starts: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"slots need|numbers start"):
        Downlink(slots, ssrcs, starts)
