"""Prepared Opus frames with room for a mark in their padding (RFC 6716)."""

import array
import functools
import math
from typing import Final

import av

PTIME_MS: Final = 20
FRAME_48K: Final = 960  # ticks of 20 ms at 48 kHz
TONE_BITRATE_BPS: Final = 22_800  # 57 bytes a frame: 78 with the mark, what a browser sends at 32 kbit/s
_SAMPLE_RATE_HZ: Final = 48_000
_AMPLITUDE: Final = 12_000
_LOOP_FRAMES: Final = 100  # 2 s: a whole number of periods of every whole frequency, so the loop has no click
_SETTLE_FRAMES: Final = 50  # the encoder's first frames differ from those it makes later

_ONE_PADDED_FRAME: Final = 0x41  # no VBR, padding, one frame (RFC 6716 section 3.2.5)
_CODE_BITS: Final = 0x03
_MAX_SHORT_PADDING_BYTES: Final = 254


@functools.cache
def tone_frames(hz: int) -> tuple[bytes, ...]:
    """Return 2 s of a sine as Opus packets of 20 ms, mono, one frame each, fit to be played in a loop."""
    encoder = av.CodecContext.create("libopus", "w")
    if not isinstance(encoder, av.AudioCodecContext):
        raise TypeError("libopus is no audio codec here")
    encoder.sample_rate = _SAMPLE_RATE_HZ
    encoder.layout = "mono"
    encoder.format = av.AudioFormat("s16")
    encoder.bit_rate = TONE_BITRATE_BPS
    # "lowdelay" keeps to one coding mode: every frame has the same shape.
    encoder.options = {"vbr": "off", "application": "lowdelay", "frame_duration": str(PTIME_MS)}
    packets: list[bytes] = []
    for number in range(_SETTLE_FRAMES + _LOOP_FRAMES):
        packets += [bytes(packet) for packet in encoder.encode(_sine(hz, number))]
    frames = tuple(packets[_SETTLE_FRAMES : _SETTLE_FRAMES + _LOOP_FRAMES])
    if len(frames) != _LOOP_FRAMES or any(frame[0] & _CODE_BITS for frame in frames):
        raise RuntimeError("the encoder made something else than single frames")
    return frames


def silent_frame() -> bytes:
    """A frame of silence, for pauses."""
    return tone_frames(0)[-1]


def open_padding(frame: bytes, padding_bytes: int) -> bytes:
    """Turn a packet of one frame into the beginning of a padded one: `padding_bytes` more must follow.

    Raises:
        ValueError: for a packet of more frames, or padding that one length byte cannot tell.
    """
    if frame[0] & _CODE_BITS:
        raise ValueError("only a packet of one frame can be padded here")
    if not 0 < padding_bytes <= _MAX_SHORT_PADDING_BYTES:
        raise ValueError(f"padding must be 1 to {_MAX_SHORT_PADDING_BYTES} bytes, not {padding_bytes}")
    return bytes((frame[0] | _CODE_BITS, _ONE_PADDED_FRAME, padding_bytes)) + frame[1:]


@functools.cache
def _second_of(hz: int) -> "array.array[int]":
    turn = 2 * math.pi * hz / _SAMPLE_RATE_HZ
    return array.array("h", (round(_AMPLITUDE * math.sin(turn * at)) for at in range(_SAMPLE_RATE_HZ)))


def _sine(hz: int, number: int) -> av.AudioFrame:
    """The frame with this number of an endless sine."""
    start = number * FRAME_48K
    at = start % _SAMPLE_RATE_HZ  # a second has a whole number of frames
    samples = _second_of(hz)[at : at + FRAME_48K]
    frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME_48K)
    frame.sample_rate = _SAMPLE_RATE_HZ
    frame.pts = start
    frame.planes[0].update(samples.tobytes())
    return frame
