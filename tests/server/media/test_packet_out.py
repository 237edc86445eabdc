import struct

import pytest

from rooms.ids import MemberId
from rooms.voice.packet import AudioPacket, read_packet
from rooms.voice.slot import Forward
from server.media.packet_out import PacketOut

ANN = MemberId(0x7FFFFFFF)


@pytest.mark.parametrize("marker", [False, True])
@pytest.mark.parametrize(("level_dbov", "voice_flag"), [(0, False), (127, True), (None, False)])
def test_a_packet_reads_as_it_was_written(level_dbov: int | None, *, voice_flag: bool, marker: bool) -> None:
    forward = Forward(1, 70_000, 1, 0xFFFFFFFF, marker, ANN, level_dbov, voice_flag, b"sound")
    packet = PacketOut(forward, frozenset({ANN}))
    written = packet.write(65_535, 0xABCDEF01)
    assert read_packet(written) == AudioPacket(
        111, marker, 65_535, 0xFFFFFFFF, 0xABCDEF01, level_dbov, voice_flag, b"sound"
    )
    assert struct.unpack_from("!I", written, 12) == (ANN,)
    # What all copies share is the same with zeros for a listener's number and source.
    assert packet.head + packet.payload == packet.write(0, 0)
    assert (packet.slot, packet.counter, packet.advance) == (1, 70_000, 1)
    assert packet.absent == set()
