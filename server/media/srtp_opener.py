"""Opening a peer's SRTP: by the cryptography package where AES-128-GCM was agreed on, else by libsrtp.

Through pylibsrtp a packet is copied three times and a replay is told by an error's text. What counts here is
libsrtp's own: the index is guessed as it guesses (RFC 3711 section 3.3.1), and a window of the same length
refuses what came before. Tests hold both against each other, packet by packet.
"""

import struct
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from pylibsrtp import Error as SrtpError
from pylibsrtp import Session

from rooms.voice.drops import DropReason
from server.media.srtp_gcm import INDEX_END, NONCE_BYTES, SSRC_SHIFT, TAG_BYTES, SessionKeys

REPLAY_WINDOW: Final = 1_024  # packets; 20 s of sound

_HEADER: Final = struct.Struct("!BxH4xI")  # flags, sequence number, SSRC (RFC 3550 section 5.1)
_CSRC_COUNT: Final = 0x0F
_EXTENDED: Final = 0x10
_WORD_BYTES: Final = 4
_HALF: Final = 1 << 15
_ROUND: Final = 1 << 16
_SEEN_MASK: Final = (1 << REPLAY_WINDOW) - 1


class Opener(Protocol):
    """Opens the sound of one peer."""

    def open(self, datagram: bytes) -> bytes | DropReason:
        """Return the RTP packet in an SRTP datagram of any length, or why there is none; never raises."""
        ...


class SessionOpener:
    """Opens by libsrtp."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session: Final = session

    def open(self, datagram: bytes) -> bytes | DropReason:
        """See `Opener.open`."""
        try:
            packet: bytes = self._session.unprotect(datagram)
        except SrtpError as error:
            return reason_of(error)
        return packet


class _Source:
    """What was heard under one SSRC: the highest index, and bit n: index `newest - n` came."""

    __slots__ = ("newest", "seen")

    def __init__(self) -> None:
        self.newest = 0
        self.seen = 0


class GcmOpener:
    """Opens by the session keys of AEAD_AES_128_GCM (RFC 7714)."""

    __slots__ = ("_keys", "_sources")

    def __init__(self, keys: SessionKeys) -> None:
        """A source is kept for good once a packet of it was authentic; who may send is judged before this."""
        self._keys: Final = keys
        self._sources: Final[dict[int, _Source]] = {}

    def open(self, datagram: bytes) -> bytes | DropReason:
        """See `Opener.open`."""
        size = len(datagram)
        if size < _HEADER.size:
            return DropReason.NOT_AUTHENTIC
        flags, seq16, ssrc = _HEADER.unpack_from(datagram)
        start = _HEADER.size + _WORD_BYTES * (flags & _CSRC_COUNT)
        if flags & _EXTENDED:
            start += _WORD_BYTES * (1 + int.from_bytes(datagram[start + 2 : start + _WORD_BYTES], "big"))
        if start + TAG_BYTES > size:
            return DropReason.NOT_AUTHENTIC
        source = self._sources.get(ssrc) or _Source()
        newest = source.newest
        index = _guess(newest, seq16)
        ahead = index - newest
        if ahead <= 0 and (ahead <= -REPLAY_WINDOW or source.seen >> -ahead & 1):
            return DropReason.REPLAYED
        if index >= INDEX_END:
            return DropReason.NOT_AUTHENTIC
        head = datagram[:start]
        nonce = (self._keys.salt ^ (ssrc << SSRC_SHIFT | index)).to_bytes(NONCE_BYTES, "big")
        try:
            payload = self._keys.aead.decrypt(nonce, datagram[start:], head)
        except InvalidTag:
            return DropReason.NOT_AUTHENTIC
        if ahead > 0:
            source.seen = (source.seen << ahead | 1) & _SEEN_MASK if ahead < REPLAY_WINDOW else 1
            source.newest = index
        else:
            source.seen |= 1 << -ahead
        self._sources[ssrc] = source
        return head + payload


def reason_of(error: SrtpError) -> DropReason:
    """Tell a packet that came before, or too late, from a forged one, by libsrtp's error text."""
    text = str(error)
    return DropReason.REPLAYED if "replay" in text or "too old" in text else DropReason.NOT_AUTHENTIC


def _guess(newest: int, seq16: int) -> int:
    """Return the 48-bit index that is nearest to the newest one; there is none before the first round."""
    if newest <= _HALF:
        return seq16
    rounds, last16 = newest >> 16, newest & 0xFFFF
    if last16 < _HALF:
        rounds -= seq16 - last16 > _HALF
    else:
        rounds += last16 - _HALF > seq16
    return rounds * _ROUND | seq16
