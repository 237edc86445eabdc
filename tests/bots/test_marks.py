import math

import av
import pytest

from tests.bots.marks import MARK_BYTES, read_mark, write_mark
from tests.bots.opus import FRAME_48K, open_padding, silent_frame, tone_frames

HZ = 440


def test_a_mark_is_read_as_it_was_written() -> None:
    assert read_mark(b"header and frame" + write_mark(7, 12, 2**40)) == (7, 12, 2**40)


@pytest.mark.parametrize("packet", [b"", b"short", bytes(100), write_mark(7, 1, 1)[:-1] + b"xx"])
def test_what_a_bot_did_not_send_has_no_mark(packet: bytes) -> None:
    assert read_mark(packet) is None


def test_a_marked_packet_is_as_long_as_a_browser_s() -> None:
    marked = open_padding(tone_frames(HZ)[0], MARK_BYTES) + write_mark(1, 1, 1)
    assert len(marked) == 78


def test_marked_packets_decode_to_the_tone_and_nothing_else() -> None:
    frames = tone_frames(HZ)
    played = (frames * 2)[50:150]  # over the loop's seam
    samples = _decode([_mark(frame, number) for number, frame in enumerate(played)])[4_800:]
    tone = _power_at(HZ, samples)
    everything = sum(sample * sample for sample in samples) / len(samples)
    assert everything > 0.01
    assert everything - tone < tone / 100  # all else together is 20 dB below


def test_a_silent_frame_ends_the_tone() -> None:
    frames = tone_frames(HZ)
    packets = [_mark(frame, 0) for frame in frames[:20]] + [_mark(silent_frame(), 0)] * 20
    samples = _decode(packets)
    assert len(samples) == 40 * FRAME_48K
    assert max(abs(sample) for sample in samples[-FRAME_48K:]) < 0.01


@pytest.mark.parametrize("padding_bytes", [0, 255])
def test_padding_that_one_byte_cannot_tell_is_an_error(padding_bytes: int) -> None:
    with pytest.raises(ValueError, match="padding"):
        open_padding(b"\xb8frame", padding_bytes)


def test_a_packet_of_two_frames_cannot_be_marked() -> None:
    with pytest.raises(ValueError, match="one frame"):
        open_padding(b"\xb9frames", 10)


def _mark(frame: bytes, number: int) -> bytes:
    return open_padding(frame, MARK_BYTES) + write_mark(2**31 - 1, number, 2**62 + number)


def _decode(packets: list[bytes]) -> list[float]:
    decoder = av.CodecContext.create("libopus", "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.sample_rate = 48_000
    decoder.layout = "mono"
    samples: list[float] = []
    for packet in packets:
        for frame in decoder.decode(av.Packet(packet)):
            assert frame.format.name in {"s16", "flt"}, frame.format.name
            view = memoryview(frame.planes[0])[: frame.samples * frame.format.bytes]
            if frame.format.name == "s16":
                samples += [value / 32_768 for value in view.cast("h")]
            else:
                samples += view.cast("f")
    return samples


def _power_at(hz: int, samples: list[float]) -> float:
    """The mean power of the sine of this frequency in the samples."""
    turn = 2 * math.pi * hz / 48_000
    real = sum(sample * math.cos(turn * at) for at, sample in enumerate(samples))
    imaginary = sum(sample * math.sin(turn * at) for at, sample in enumerate(samples))
    return 2 * (real * real + imaginary * imaginary) / len(samples) ** 2
