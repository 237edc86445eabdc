"""One browser's media transport: its addresses, its keys, what it may send and what it is sent."""

import enum
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec
from OpenSSL import SSL
from pylibsrtp import Error as SrtpError
from pylibsrtp import Session

from rooms.ids import MemberId, RoomSlug
from rooms.voice.downlink import Downlink
from rooms.voice.drops import DropReason
from rooms.voice.packet import AudioPacket, read_packet
from rooms.voice.slot import Slot
from server.media.addresses import Address
from server.media.dtls_seam import Certificate, DtlsSeam
from server.media.gate import Gate
from server.media.ice_lite import Credentials, IceLite
from server.media.listener import Listener
from server.media.rtcp import (
    ReceiverStats,
    Reports,
    read_reports,
    round_trip_ms,
    write_cname,
    write_receiver_report,
    write_sender_report,
)
from server.media.srtp_gcm import SessionKeys
from server.media.srtp_opener import GcmOpener, Opener, SessionOpener, reason_of

REPORT_EVERY_MS: Final = 4_500.0
"""To a peer that says nothing: with its turn each second, every five seconds (RFC 3550 section 6.2)."""


class PeerPhase(enum.Enum):
    """How far a peer has come."""

    OPEN = "open"  # offered, not answered
    CONNECTING = "connecting"  # answered, handshake under way
    CONNECTED = "connected"
    CLOSED = "closed"


class PeerTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What makes one peer differ from another. Random parts are drawn by the plane.

    Attributes:
        room, voice_id: whose transport it is.
        peer_id: its name in messages.
        session_id: its number in offers.
        cname: its canonical name in reports.
        slot_ssrcs, slot_starts: see `rooms.voice.downlink.Downlink`.
        opened_ms: monotonic.
        since_ms: wall clock; of two transports of one voice, here or elsewhere, the later one is heard.
    """

    room: RoomSlug
    voice_id: MemberId
    peer_id: str
    session_id: int
    cname: str
    slot_ssrcs: tuple[int, ...]
    slot_starts: tuple[int, ...]
    opened_ms: float
    since_ms: int = 0


class Quality(msgspec.Struct, gc=False):
    """How well packets travel, for metrics. Up: from the peer, as we see it. Down: as the peer reports.

    Loss is a share of 0 to 1 since the last report, None before there is one.
    """

    up_jitter_ms: float = 0.0
    down_loss: float | None = None
    down_jitter_ms: float = 0.0
    round_trip_ms: float | None = None


class Peer:
    """One browser's media transport. The plane routes datagrams to it and closes it.

    Attributes:
        ice: addresses and passwords.
        phase: see `PeerPhase`.
        fingerprints: what the browser's certificate must match; empty before the answer.
        fingerprint: of our certificate, for its offers.
        version: of the newest offer.
        listener: what fan-out needs; None until connected.
        level_dbov: of the last packet that was read; None before, or when it has none.
        quality: numbers for metrics.
    """

    __slots__ = (
        "_gate",
        "_keys",
        "_opener",
        "_reported_ms",
        "_rx",
        "_seam",
        "_send",
        "_stats",
        "_tx",
        "fingerprint",
        "fingerprints",
        "ice",
        "level_dbov",
        "listener",
        "phase",
        "quality",
        "stop_handshake",
        "terms",
        "version",
    )

    def __init__(
        self,
        terms: PeerTerms,
        credentials: Credentials,
        certificate: Certificate,
        send: Callable[[bytes, Address], None],
        on_goodbye: Callable[["Peer"], None],
    ) -> None:
        """`send` never waits; `on_goodbye` is called when a connected browser says goodbye."""
        self.terms: Final = terms
        self.ice: Final = IceLite(credentials)
        self.phase = PeerPhase.OPEN
        self.fingerprints: tuple[tuple[str, str], ...] = ()
        self.fingerprint: Final = certificate.sha256
        self.version = 1
        self.listener: Listener | None = None
        self.level_dbov: int | None = None
        self.quality: Final = Quality()
        self.stop_handshake: Callable[[], object] | None = None
        self._send: Final = send
        self._seam: Final = DtlsSeam(certificate, "server", self._send_dtls, lambda: on_goodbye(self))
        self._gate: Final = Gate()
        self._rx: Session | None = None
        self._tx: Session | None = None
        self._opener: Opener | None = None
        self._keys: SessionKeys | Session | None = None
        self._stats: ReceiverStats | None = None
        self._reported_ms: float | None = None

    async def connect(self, fingerprints: Iterable[tuple[str, str]]) -> bool:
        """Shake hands; False when the browser is not who its answer said, or cannot agree on keys."""
        try:
            sessions = await self._seam.shake_hands(fingerprints)
        except SSL.Error:
            return False
        if sessions is None or self.phase is not PeerPhase.CONNECTING:
            return False
        self._rx, self._tx = sessions
        keys = self._seam.session_keys()
        self._keys = keys[1] if keys else self._tx
        self._opener = GcmOpener(keys[0]) if keys else SessionOpener(self._rx)
        self.phase = PeerPhase.CONNECTED
        return True

    def listen_to(self, slots: Sequence[Slot]) -> Listener | None:
        """Make the listener for a connected peer with a path."""
        if self._keys is None or self.ice.path is None:
            return None
        downlink = Downlink(slots, self.terms.slot_ssrcs, self.terms.slot_starts)
        self.listener = Listener(self.terms.voice_id, downlink, self._keys, self.ice.path)
        return self.listener

    def close(self) -> None:
        """Say goodbye if there is somebody to say it to, and take nothing more. Harmless when done twice."""
        if self.phase is PeerPhase.CLOSED:
            return
        self.phase = PeerPhase.CLOSED
        self._rx = self._tx = self._keys = self._opener = self.listener = None
        if self.stop_handshake is not None:
            self.stop_handshake()
            self.stop_handshake = None
        self._seam.close()

    def on_dtls(self, datagram: bytes, now_ms: float) -> DropReason | None:
        """Take a DTLS record, also before the answer; say why not."""
        refused = self._gate.refuse_dtls(now_ms)
        if refused is not None:
            return refused
        return None if self._seam.feed(datagram) else DropReason.QUEUE_FULL

    def on_sound(self, datagram: bytes, now_ms: float) -> AudioPacket | DropReason:
        """Return the authentic packet in an SRTP datagram, or why there is none.

        A muted voice comes this way too: its packets must go through decryption, since the roll-over
        count is guessed from them (RFC 3711 section 3.3.1) and would be lost after eleven minutes.
        """
        opener = self._opener
        if opener is None:
            return DropReason.NOT_KEYED
        refused = self._gate.refuse_sound(datagram, now_ms)
        if refused is not None:
            return refused
        opened = opener.open(datagram)
        packet = opened if isinstance(opened, DropReason) else read_packet(opened)
        if isinstance(packet, DropReason):
            return packet
        self._gate.admit_sound(packet.ssrc, now_ms)
        stats = self._stats
        if stats is None or stats.ssrc != packet.ssrc:
            stats = self._stats = ReceiverStats(packet.ssrc, packet.seq16)
        stats.on_packet(packet.seq16, packet.timestamp_48k, now_ms)
        self.level_dbov = packet.level_dbov
        return packet

    def on_report(self, datagram: bytes, now_ms: float, now_ntp64: int) -> DropReason | None:
        """Take an SRTCP compound; say why it is of no use."""
        rx = self._rx
        if rx is None:
            return DropReason.NOT_KEYED
        refused = self._gate.refuse_report(datagram, now_ms)
        if refused is not None:
            return refused
        try:
            compound = rx.unprotect_rtcp(datagram)
        except SrtpError as error:
            return reason_of(error)
        self._gate.admit_report(datagram)
        reports = read_reports(compound)
        if isinstance(reports, DropReason):
            return reports
        self._take_reports(reports, now_ms, now_ntp64)
        return None

    def write_report(self, slots: Sequence[Slot], now_ms: float, now_ntp64: int) -> bytes | None:
        """Return a protected compound: what was sent on each slot in use, and what came from the peer.

        None when there is nothing to say, nobody to say it to, or a peer that says nothing has heard of us
        within `REPORT_EVERY_MS`. Whoever speaks hears each second how that arrives: browsers choose by it how
        much they protect their sound against loss.
        """
        tx, listener, stats = self._tx, self.listener, self._stats
        if tx is None or listener is None:
            return None
        told_ms = self._reported_ms
        if (
            told_ms is not None
            and now_ms - told_ms < REPORT_EVERY_MS
            and not self._gate.has_heard_since(told_ms)
        ):
            return None
        compound = b""
        downlink = listener.downlink
        for slot, ssrc in zip(slots, downlink.ssrcs, strict=True):
            packets = downlink.packets_sent(slot.index)
            if packets:
                octets = downlink.octets_sent(slot.index)
                compound += write_sender_report(ssrc, now_ntp64, slot.time_at(now_ms), packets, octets)
                compound += write_cname(ssrc, self.terms.cname)
        if stats is not None:
            self.quality.up_jitter_ms = stats.jitter_ms
            ssrc = downlink.ssrcs[0]
            report = write_receiver_report(ssrc, stats.write_block(now_ms))
            compound += report if compound else report + write_cname(ssrc, self.terms.cname)
        if not compound:
            return None
        self._reported_ms = now_ms
        try:
            return tx.protect_rtcp(compound)
        except SrtpError:
            return None

    def _take_reports(self, reports: Reports, now_ms: float, now_ntp64: int) -> None:
        """Keep what the peer says of its own voice and of our slots; the rest is about nobody here."""
        if self._stats is not None:
            for ssrc, ntp_middle in reports.senders:
                if ssrc == self._stats.ssrc:
                    self._stats.on_sender_report(ntp_middle, now_ms)
        blocks = [block for block in reports.blocks if block.ssrc in self.terms.slot_ssrcs]
        if not blocks:
            return
        quality = self.quality
        quality.down_loss = max(block.fraction_lost for block in blocks) / 256
        quality.down_jitter_ms = max(block.jitter_48k for block in blocks) / 48
        ways_ms = [way_ms for block in blocks if (way_ms := round_trip_ms(block, now_ntp64)) is not None]
        if ways_ms:
            quality.round_trip_ms = min(ways_ms)

    def _send_dtls(self, datagram: bytes) -> None:
        if self.ice.path is not None:
            self._send(datagram, self.ice.path)
