"""A source of packets for the tests of this folder: what a browser's microphone sends."""

from rooms.voice.packet import OPUS_PAYLOAD_TYPE, AudioPacket

FRAME_48K = 960
FRAME_MS = 20.0
SPEECH_DBOV = 35
SILENT_DBOV = 127


class Sender:
    """Numbers its packets as RFC 3550 wants; every packet's payload says which one it is."""

    def __init__(self, ssrc: int = 1, seq: int = 65_530, time_48k: int = 2**32 - 4_000) -> None:
        self.ssrc, self.seq, self.time_48k = ssrc, seq, time_48k

    def next(
        self, level_dbov: int | None = SPEECH_DBOV, *, ticks: int = FRAME_48K, marker: bool = False
    ) -> AudioPacket:
        packet = AudioPacket(
            OPUS_PAYLOAD_TYPE,
            marker,
            self.seq & 0xFFFF,
            self.time_48k & 0xFFFFFFFF,
            self.ssrc,
            level_dbov,
            level_dbov is not None and level_dbov < 60,
            b"%d" % self.seq,
        )
        self.seq += 1
        self.time_48k += ticks
        return packet
