"""How loud a voice has been, from the level in each packet's header (RFC 6464).

Everything is measured in time, not in packets: a sender that pauses in silence sends five packets a second
where another sends fifty. The numbers marked as guesses were tried with tones, not with real speech.
"""

from math import exp, inf
from typing import Final

SILENT_DBOV: Final = 127  # RFC 6464 section 3: digital silence
LOUDEST_COUNTED_DBOV: Final = 20  # usual peak of speech; nobody gains a slot by claiming more. Guess
ASSUMED_DBOV: Final = 60  # of a sender without levels: heard while there is room, displaces nobody. Guess
ACTIVE_LOUDNESS: Final = 60  # 127 less -67 dBov: quiet speech is above, room noise below. Guess
SILENCE_DBOV: Final = 80  # nobody misses what is quieter; well below active. Guess

ATTACK_MS: Final = 56.0  # time constants: a syllable is enough to be counted loud,
RELEASE_MS: Final = 320.0  # a pause between words is not enough to be counted quiet
PACKET_MAX_MS: Final = 60.0  # agreed longest packet; a longer gap is silence
PACKET_MS: Final = 20.0
ACTIVE_MS: Final = 600.0  # still counts as speaking this long after the last loud packet

STEADY_SPAN: Final = 12  # speech falls by more than this many dB between syllables, a fan or a lie does not
STEADY_MS: Final = 4_000.0  # length of speech in which that must be seen. Guess
BREATH_MS: Final = 20_000.0  # longest speech without a pause of ACTIVE_MS that keeps its advantage. Guess

SHUT_AFTER_MS: Final = 400.0  # longer than the burst of silent packets before a sender pauses by itself
PAUSE_MS: Final = 100.0  # a gap that no sender of 60 ms packets has while it sends without pause


class Loudness:
    """A voice's smoothed loudness, 0 (silent) to 107, and how it came about."""

    __slots__ = (
        "_heard_ms",
        "_highest",
        "_is_steady",
        "_loud_ms",
        "_lowest",
        "_span_ms",
        "_speech_ms",
        "score",
    )

    def __init__(self) -> None:
        self.score = 0.0
        self._heard_ms = -inf
        self._loud_ms = -inf  # last packet that was loud
        self._speech_ms = -inf  # when the voice began to be active without a pause
        self._span_ms = -inf  # begin of the stretch whose lowest and highest loudness are kept
        self._lowest = self._highest = 0
        self._is_steady = False

    def hear(self, level_dbov: int | None, now_ms: float) -> bool:
        """Take in one packet's level; return whether it was loud enough to count as speech."""
        level = ASSUMED_DBOV if level_dbov is None else level_dbov
        loudness = SILENT_DBOV - max(level, LOUDEST_COUNTED_DBOV)
        elapsed_ms = now_ms - self._heard_ms
        self._heard_ms = now_ms
        if elapsed_ms > PACKET_MAX_MS:  # silence, then one packet
            self.score *= exp((PACKET_MS - elapsed_ms) / RELEASE_MS)
            elapsed_ms = PACKET_MS
        rise = loudness - self.score
        self.score += rise * (1.0 - exp(-elapsed_ms / (ATTACK_MS if rise > 0 else RELEASE_MS)))
        if loudness <= ACTIVE_LOUDNESS:
            self._lowest = min(self._lowest, loudness)
            return False
        self._watch_span(loudness, now_ms)
        self._loud_ms = now_ms
        return True

    def is_active(self, now_ms: float) -> bool:
        """Say whether the voice was loud within the last ACTIVE_MS."""
        return now_ms - self._loud_ms < ACTIVE_MS

    def rank(self, now_ms: float) -> float:
        """Return the score that counts against other voices.

        A voice that is loud without the ups and downs of speech, or without ever drawing breath, ranks as
        barely active until it pauses: a steady noise, or a sender that claims to be loud for ever, keeps a
        slot only while nobody else wants it.
        """
        if self._is_steady or now_ms - self._speech_ms > BREATH_MS:
            return min(self.score, float(ACTIVE_LOUDNESS))
        return self.score

    def _watch_span(self, loudness: int, now_ms: float) -> None:
        """Keep track of how much the loudness varies while the voice is active."""
        if not self.is_active(now_ms):
            self._speech_ms = self._span_ms = now_ms
            self._lowest = self._highest = loudness
            self._is_steady = False
            return
        self._lowest = min(self._lowest, loudness)
        self._highest = max(self._highest, loudness)
        if self._highest - self._lowest >= STEADY_SPAN:
            self._is_steady = False
        if now_ms - self._span_ms >= STEADY_MS:
            self._is_steady = self._highest - self._lowest < STEADY_SPAN
            self._span_ms = now_ms
            self._lowest = self._highest = loudness


class SilenceGate:
    """Tells the silence of a sender that never pauses from that of one which does.

    A sender with discontinuous transmission (DTX) sends a few silent packets, then two every 400 ms; these
    describe its background noise and are forwarded. One without it goes on with 50 a second, of which
    nobody hears anything: after SHUT_AFTER_MS of them the gate shuts, until sound or a pause comes.
    """

    __slots__ = ("_last_ms", "_since_ms")

    def __init__(self) -> None:
        self._since_ms = inf
        self._last_ms = -inf

    def is_shut(self, level_dbov: int | None, now_ms: float) -> bool:
        """Take in one packet's level; return whether the packet should be held back."""
        if level_dbov is None or level_dbov < SILENCE_DBOV:
            self._since_ms = inf
            return False
        if self._since_ms == inf or now_ms - self._last_ms > PAUSE_MS:
            self._since_ms = now_ms
        self._last_ms = now_ms
        return now_ms - self._since_ms >= SHUT_AFTER_MS
