from pylibsrtp import Session

from rooms.ids import MemberId
from rooms.voice.downlink import Downlink
from rooms.voice.slot import Forward, Slot
from server.media.listener import Listener
from server.media.packet_out import PacketOut
from server.media.session_rows import SessionRows
from tests.server.media.ear import SSRCS, Ear, KeptCopies


def forward_on(slot: Slot, speaker: MemberId) -> Forward:
    slot.newest += 1
    slot.packets += 1
    return Forward(0, slot.newest, 1, 960, False, speaker, 30, True, b"sound")  # noqa: FBT003


def test_the_absent_the_skipped_and_those_without_keys() -> None:
    slots = [Slot(index) for index in range(3)]
    ears = [Ear(MemberId(index), slots, cipher="libsrtp") for index in range(3)]
    rows, kept = SessionRows(), KeptCopies()
    for ear in ears:
        rows.add(ear.listener)
    rows.add(Listener(MemberId(9), Downlink(slots, SSRCS, (0,) * 3), Session(), ("127.0.0.1", 9)))
    packet = PacketOut(forward_on(slots[0], MemberId(0)), frozenset({MemberId(0)}))
    packet.absent.add(MemberId(1))
    absent_bases = list(ears[1].listener.downlink.bases)

    assert rows.send(packet, kept) == (1, 0, 1, 0)

    assert [address for _, address in kept.sent] == [ears[2].listener.address]
    assert ears[1].listener.downlink.bases == absent_bases
    assert ears[0].listener.downlink.bases[0] == absent_bases[0] - 1
    assert rows.lose(packet) == 2
    for ear in ears:
        ear.sock.close()
