"""What one node writes another reads; what is no frame is no packet."""

import math

import pytest

from rooms.ids import MemberId
from rooms.voice.packet import PACKET_MAX_BYTES, AudioPacket
from server.bus.voice_frame import VoiceFrame, read_voice, write_voice
from server.ports import SentVoice


def spoken(*, level_dbov: int | None = 20, marker: bool = False, voice_flag: bool = True) -> SentVoice:
    packet = AudioPacket(111, marker, 65_535, 4_294_967_295, 7, level_dbov, voice_flag, b"opus")
    return SentVoice(MemberId(4_000_000_000), 1_800_000_000_000, packet)


@pytest.mark.parametrize("level_dbov", [None, 0, 20, 127])
@pytest.mark.parametrize("marker", [True, False])
@pytest.mark.parametrize("voice_flag", [True, False])
def test_a_packet_comes_back_as_it_was(level_dbov: int | None, marker: bool, voice_flag: bool) -> None:  # noqa: FBT001
    voice = spoken(level_dbov=level_dbov, marker=marker, voice_flag=voice_flag)
    assert read_voice(write_voice(voice, 12.5)) == VoiceFrame(voice, 12.5)


def test_what_is_no_frame_is_none() -> None:
    frame = write_voice(spoken(), math.pi)
    head = len(frame) - len(b"opus")
    assert all(read_voice(frame[:size]) is None for size in range(head + 1))
    assert read_voice(bytes([2]) + frame[1:]) is None
    assert read_voice(frame[:head] + bytes(PACKET_MAX_BYTES + 1)) is None
    assert read_voice(frame[:head] + bytes(PACKET_MAX_BYTES)) is not None
