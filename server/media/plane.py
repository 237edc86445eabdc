"""The media plane: what the rest of the server uses of all this. One per process.

Nothing here waits on the way of a packet: from the socket through the peer's gate, decryption, the room's
forwarder to every listener's socket it is one call.
"""

import asyncio
import secrets
from collections.abc import Callable, Collection
from types import TracebackType
from typing import Final, Self

from rooms.ids import MemberId, RoomSlug
from rooms.refusals import Refusal, RefusalCode
from rooms.voice.downlink import START_END
from rooms.voice.drops import DropCounts, DropReason
from rooms.voice.forwarder import SLOT_COUNT, TICK_MS
from rooms.voice.slot import Forward
from server.bus.memory import MemoryVoice
from server.logs import log_for
from server.media.addresses import Address, candidate_addresses
from server.media.answer import read_answer
from server.media.counts import CloseReason, MediaCounts, PeerClosed
from server.media.dtls_seam import Certificate
from server.media.ice_lite import draw_credentials
from server.media.kernel_lists import ROWS
from server.media.listener import Sent
from server.media.media_room import FanOut, MediaRoom
from server.media.offers import draw_ssrcs, write_peer_offer
from server.media.packet_out import PacketOut
from server.media.peer import Peer, PeerPhase, PeerTerms, Quality
from server.media.peer_table import PeerTable
from server.media.rtcp import is_rtcp, ntp64_of
from server.media.settings import MediaSettings
from server.media.stun import BindingCheck, read_check
from server.media.udp_port import READ_BYTES, UdpPort
from server.ports import Clock, SentVoice, VoiceBus
from signaling.from_browser import AnswerMedia
from signaling.to_browser import Offer

FIRST_CHECK_MS: Final = 10_000.0  # an offer that leads to no connectivity check is abandoned
CONNECT_MS: Final = 15_000.0  # from the offer to keys; the slowest browser seen needed 0.3 s
HANDSHAKE_S: Final = 10.0
CERTIFICATE_MS: Final = 14 * 24 * 60 * 60 * 1_000.0  # it is valid for 30 days, a peer may stay for days
MAX_WAITING: Final = 24  # packets of one large room, 160 ms of three voices; a stall of 100 ms makes 15

_MIN_ROUTABLE_BYTES: Final = 2
_STUN_LAST: Final = 3  # RFC 7983 section 7: what the first byte means
_DTLS_FIRST, _DTLS_LAST = 20, 63
_RTP_FIRST, _RTP_LAST = 128, 191

_log: Final = log_for("media")


class MediaPlane:
    """All rooms' sound on this node, behind one UDP port. Use it as `async with plane:`."""

    def __init__(
        self,
        settings: MediaSettings,
        clock: Clock,
        on_peer_closed: Callable[[PeerClosed], None] = lambda _closed: None,
        voices: VoiceBus | None = None,
    ) -> None:
        """`on_peer_closed` hears of every peer that ended without `close_peer` or a newer `open_peer`.

        It is called from the loop, on its own, never in the middle of a change. `voices` carries sound to and
        from other nodes; without it this one is alone.
        """
        self._voices: Final = voices or MemoryVoice()
        self._shared: frozenset[RoomSlug] = frozenset()
        self._counts: Final = MediaCounts()
        self._settings: Final = settings
        self._clock: Final = clock
        self._on_peer_closed: Final = on_peer_closed
        self._rooms: Final[dict[RoomSlug, MediaRoom]] = {}
        self._table: Final = PeerTable()
        self._drops: Final[DropCounts] = self._counts.drops
        self._ntp_base_ms = clock.wall_ms() - clock.mono_ms()
        self._certificate = Certificate.generateCertificate()
        self._certificate_ms = clock.mono_ms()
        self._candidates: tuple[tuple[str, int], ...] = ()
        self._port: UdpPort | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._ticker: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __aenter__(self) -> Self:
        """Bind the port and start.

        Raises:
            OSError: the port is in use, or an address is not this machine's.
        """
        settings = self._settings
        port = UdpPort(settings.udp_host4, settings.udp_host6, settings.udp_port, settings.sending_threads)
        addresses = candidate_addresses(port.hosts, settings.public_addresses)
        self._candidates = tuple((address, port.number) for address in addresses)
        self._port = port
        self._loop = asyncio.get_running_loop()
        self._tasks = await asyncio.TaskGroup().__aenter__()
        self._ticker = self._tasks.create_task(self._tick_for_ever())
        port.start(self._loop, self._on_datagram)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say goodbye to every peer and close the port."""
        for peer in self._all_peers():
            self._end(peer)
        if self._ticker is not None:
            self._ticker.cancel()
        try:
            if self._tasks is not None:
                await self._tasks.__aexit__(kind, error, trace)
        finally:
            if self._port is not None:
                self._port.close()

    @property
    def port_number(self) -> int:
        """The UDP port's number; 0 when it is not bound."""
        return self._port.number if self._port is not None else 0

    def open_peer(self, room: RoomSlug, voice_id: int) -> Offer:
        """Offer a new transport to a member; an older one is closed, without telling anybody."""
        self.retire_peer(room, voice_id)
        now_ms = self._clock.mono_ms()
        found = self._room(room)
        terms = PeerTerms(
            room=room,
            voice_id=MemberId(voice_id),
            peer_id=secrets.token_urlsafe(12),
            session_id=secrets.randbits(62),
            cname=secrets.token_hex(8),
            slot_ssrcs=draw_ssrcs(),
            slot_starts=tuple(secrets.randbelow(START_END) for _ in range(SLOT_COUNT)),
            opened_ms=now_ms,
            since_ms=found.next_since_ms(MemberId(voice_id), self._clock.wall_ms()),
        )
        peer = Peer(terms, draw_credentials(), self._fresh_certificate(now_ms), self._send, self._on_goodbye)
        self._table.add(peer)
        found.add(peer)
        if found.stop_following is None:
            found.stop_following = self._voices.follow(room, self._on_remote)
        self._counts.peers += 1
        return write_peer_offer(peer, self._candidates, self._settings)

    def restart_peer(self, room: RoomSlug, voice_id: int) -> Offer | None:
        """Offer new ICE credentials for the transport there is; None when there is none.

        Keys and sound stay. The old credentials hold until the browser uses the new ones.
        """
        peer = self._peer(room, voice_id)
        if peer is None:
            return None
        self._table.restart(peer, draw_credentials())
        peer.version += 1
        return write_peer_offer(peer, self._candidates, self._settings)

    def accept_answer(self, room: RoomSlug, voice_id: int, answer: AnswerMedia) -> Refusal | None:
        """Take the browser's fingerprints and role; the handshake starts.

        The answer to a restart must name the same fingerprints: it is the same browser's transport.
        """
        peer = self._peer(room, voice_id)
        if peer is None:
            return Refusal(code=RefusalCode.NO_PEER)
        if peer.terms.peer_id != answer.peer_id:
            return Refusal(code=RefusalCode.STALE_OFFER)
        fingerprints = read_answer(answer)
        if isinstance(fingerprints, Refusal):
            return fingerprints
        if peer.phase is not PeerPhase.OPEN:
            same = fingerprints == peer.fingerprints
            return None if same else Refusal(code=RefusalCode.BAD_FINGERPRINT)
        if self._tasks is None:
            raise RuntimeError("the media plane is not running")
        peer.fingerprints = fingerprints
        peer.phase = PeerPhase.CONNECTING
        peer.stop_handshake = self._tasks.create_task(self._connect(peer)).cancel
        return None

    def close_peer(self, room: RoomSlug, voice_id: int) -> None:
        """End a member's transport, if there is one, and forget what the voice was allowed."""
        peer = self._peer(room, voice_id)
        if peer is not None:
            self._end(peer)
        self.allow_voice(room, voice_id, allowed=False)

    def retire_peer(self, room: RoomSlug, voice_id: int) -> None:
        """End a member's transport, if there is one, whose voice goes on by another node."""
        peer = self._peer(room, voice_id)
        if peer is not None:
            self._end(peer)

    def allow_voice(self, room: RoomSlug, voice_id: int, allowed: bool) -> None:  # noqa: FBT001
        """Let a voice be heard, or mute it from its next packet on. It is muted until allowed.

        This outlasts the transport: a member who reconnects is heard again, until `close_peer`.
        """
        if not allowed and room not in self._rooms:
            return
        found = self._room(room)
        found.allow(MemberId(voice_id), allowed)
        self._forget_if_empty(found)

    def set_apart(self, room: RoomSlug, one: int, other: int, apart: bool) -> None:  # noqa: FBT001
        """Keep two voices from each other, both ways, from the next packet on; or let them hear each other.

        This outlasts both transports, also `close_peer`: it holds until it is taken back.

        Raises:
            ValueError: one and the same voice.
        """
        if not apart and room not in self._rooms:
            return
        found = self._room(room)
        found.set_apart(MemberId(one), MemberId(other), apart)
        self._forget_if_empty(found)

    def share(self, rooms: Collection[RoomSlug]) -> None:
        """Send what is heard in these rooms to other nodes too, and nothing of any other room."""
        self._shared = frozenset(rooms)
        for found in self._rooms.values():
            found.is_shared = found.slug in self._shared

    def peer_id(self, room: RoomSlug, voice_id: int) -> str:
        """Return the name of the member's transport here, connected or on the way; empty: there is none."""
        peer = self._peer(room, voice_id)
        return "" if peer is None else peer.terms.peer_id

    def speaking(self, room: RoomSlug) -> list[tuple[int, int | None]]:
        """Voices that speak now, loudest first, each with its last level in dBov."""
        found = self._rooms.get(room)
        if found is None:
            return []
        heard, peers = found.forwarder.active_voices, found.peers
        return [(voice_id, peers[voice_id].level_dbov) for voice_id in heard if voice_id in peers]

    def counts(self) -> MediaCounts:
        """Running totals, for metrics."""
        return self._counts

    def quality(self, room: RoomSlug, voice_id: int) -> Quality | None:
        """How well a peer's packets travel; None when there is no such peer."""
        peer = self._peer(room, voice_id)
        return peer.quality if peer is not None else None

    def qualities(self) -> list[Quality]:
        """How well every peer's packets travel."""
        return [peer.quality for peer in self._all_peers()]

    def on_tick(self) -> None:
        """Do what is due: slots of all rooms, and reports and expiry of the peers whose turn it is."""
        now_ms = self._clock.mono_ms()
        for room in self._rooms.values():
            room.forwarder.tick(now_ms)
        self._count(self._port.collect() if self._port is not None else Sent())
        now_ntp64 = self._ntp64(now_ms)
        for peer in self._table.next_turn():
            if (reason := self._expired(peer, now_ms)) is not None:
                self._end(peer, reason)
                continue
            report = peer.write_report(self._rooms[peer.terms.room].forwarder.slots, now_ms, now_ntp64)
            if report is not None and peer.ice.path is not None:
                self._send(report, peer.ice.path)
                self._counts.reports_out += 1

    # --- datagrams --------------------------------------------------------------------------

    def _on_datagram(self, datagram: bytes, address: Address) -> None:
        """Route by the first byte (RFC 7983). A stranger never gets a byte back."""
        self._counts.datagrams_in += 1
        if len(datagram) < _MIN_ROUTABLE_BYTES:
            self._drops.add(DropReason.TOO_SHORT)
            return
        first = datagram[0]
        if first <= _STUN_LAST:
            self._on_check(datagram, address)
            return
        is_sound = _RTP_FIRST <= first <= _RTP_LAST
        if not is_sound and not _DTLS_FIRST <= first <= _DTLS_LAST:
            self._drops.add(DropReason.NOT_ROUTABLE)
            return
        peer = self._table.by_address.get(address)
        if peer is None:
            self._drops.add(DropReason.STRANGER)
            return
        now_ms = self._clock.mono_ms()
        if is_sound and not is_rtcp(datagram):
            self._on_sound(peer, datagram, now_ms)
            return
        dropped = self._on_other(peer, datagram, now_ms, is_sound=is_sound)
        if dropped is not None:
            self._drops.add(dropped)

    def _on_sound(self, peer: Peer, datagram: bytes, now_ms: float) -> None:
        packet = peer.on_sound(datagram, now_ms)
        if isinstance(packet, DropReason):
            self._drops.add(packet)
            return
        self._counts.packets_in += 1
        room = self._rooms[peer.terms.room]
        terms = peer.terms
        forward = room.receive(terms.voice_id, terms.since_ms, packet, now_ms)
        if isinstance(forward, DropReason):
            self._drops.add(forward)
            return
        self._fan_out(room, forward)
        if room.is_shared:
            self._counts.packets_shared += 1
            self._voices.publish(room.slug, SentVoice(terms.voice_id, terms.since_ms, packet))

    def _on_remote(self, slug: RoomSlug, voice: SentVoice) -> None:
        """Take a packet from another node: a candidate like those from here, by the same rules."""
        room = self._rooms.get(slug)
        if room is None:
            self._drops.add(DropReason.UNKNOWN_VOICE)
            return
        self._counts.packets_from_nodes += 1
        forward = room.receive_remote(voice.voice_id, voice.since_ms, voice.packet, self._clock.mono_ms())
        if isinstance(forward, DropReason):
            self._drops.add(forward)
        else:
            self._fan_out(room, forward)

    def _on_other(self, peer: Peer, datagram: bytes, now_ms: float, *, is_sound: bool) -> DropReason | None:
        if is_sound:
            self._counts.reports_in += 1
            return peer.on_report(datagram, now_ms, self._ntp64(now_ms))
        if len(datagram) >= READ_BYTES:
            return DropReason.TOO_LARGE
        return peer.on_dtls(datagram, now_ms)

    def _on_check(self, datagram: bytes, address: Address) -> None:
        known = self._table.by_address.get(address)
        usual = known.ice.on_usual_check(datagram, address, self._clock.mono_ms()) if known else None
        if usual is not None:
            self._send(usual, address)
            return
        check = read_check(datagram)
        dropped = check if isinstance(check, DropReason) else self._answer_check(check, address)
        if dropped is not None:
            self._drops.add(dropped)

    def _answer_check(self, check: BindingCheck, address: Address) -> DropReason | None:
        peer = self._table.by_ufrag.get(check.ufrag)
        if peer is None:
            return DropReason.UNKNOWN_UFRAG
        path = peer.ice.path
        answer = peer.ice.on_check(check, address, self._clock.mono_ms())
        if answer is None:
            return DropReason.BAD_INTEGRITY
        if answer.datagram is None:
            return DropReason.REPLAYED
        self._send(answer.datagram, address)
        if check.controlled:
            return DropReason.ROLE_CONFLICT
        self._table.learn(peer, address, answer)
        if peer.ice.path != path:
            self._move(peer)
        return DropReason.TOO_MANY_ADDRESSES if answer.forgotten is not None else None

    def _fan_out(self, room: MediaRoom, forward: Forward) -> None:
        """Send to all listeners: at once, or in a large room in parts, with air for the loop in between."""
        port, count = self._port, room.listener_count
        if port is None or not count:
            return
        packet = PacketOut(forward, room.skipped_by(forward.voice_id))
        if count <= ROWS and not room.waiting:
            for sent in room.send(packet, port.senders):
                self._count(sent)
        elif len(room.waiting) >= MAX_WAITING:
            self._drops.add(DropReason.QUEUE_FULL, room.lose(packet))
        else:
            room.waiting.append(FanOut(packet, room.send(packet, port.senders)))
            if len(room.waiting) == 1:
                self._send_waiting(room)

    def _send_waiting(self, room: MediaRoom) -> None:
        """Send one part of the oldest packet that waits; come back for the rest in the loop's next turn."""
        while (sent := next(room.waiting[0].rest, None)) is None:
            room.waiting.popleft()
            if not room.waiting:
                return
        self._count(sent)
        if self._loop is not None:
            self._loop.call_soon(self._send_waiting, room)

    def _count(self, sent: Sent) -> None:
        self._counts.packets_out += sent.sent
        if sent.refused:
            self._drops.add(DropReason.KERNEL_REFUSED, sent.refused)
        if sent.not_keyed:
            self._drops.add(DropReason.NOT_KEYED, sent.not_keyed)
        if sent.too_late:
            self._drops.add(DropReason.TOO_LATE, sent.too_late)

    def _send(self, datagram: bytes, address: Address) -> None:
        if self._port is not None and not self._port.send(datagram, address):
            self._drops.add(DropReason.KERNEL_REFUSED)

    def _move(self, peer: Peer) -> None:
        """Follow a peer to its new path."""
        if peer.listener is not None and peer.ice.path is not None:
            self._rooms[peer.terms.room].move_listener(peer.listener, peer.ice.path)

    # --- lives ------------------------------------------------------------------------------

    async def _connect(self, peer: Peer) -> None:
        """Shake hands with one peer; its end is the only outcome of any failure."""
        connected = False
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                connected = await peer.connect(peer.fingerprints)
        except TimeoutError:
            pass
        except Exception as error:  # noqa: BLE001 -- root of this peer's task: a bug must not end the others' sound
            _log.error("handshake_broke", exc_info=error)
        peer.stop_handshake = None
        room = self._rooms.get(peer.terms.room)
        if room is None or peer.phase is PeerPhase.CLOSED:
            return
        listener = peer.listen_to(room.forwarder.slots) if connected else None
        if listener is None:
            self._counts.handshake_failures += 1
            self._end(peer, CloseReason.HANDSHAKE_FAILED)
            return
        self._counts.joins += 1
        self._counts.join_ms_total += self._clock.mono_ms() - peer.terms.opened_ms
        room.add_listener(listener)

    def _on_goodbye(self, peer: Peer) -> None:
        self._end(peer, CloseReason.GOODBYE)

    def _expired(self, peer: Peer, now_ms: float) -> CloseReason | None:
        age_ms = now_ms - peer.terms.opened_ms
        last_check_ms = peer.ice.last_check_ms
        if last_check_ms is None:
            return CloseReason.NEVER_CONNECTED if age_ms > FIRST_CHECK_MS else None
        if peer.phase is not PeerPhase.CONNECTED:
            return CloseReason.NEVER_CONNECTED if age_ms > CONNECT_MS else None
        return CloseReason.EXPIRED if now_ms - last_check_ms > self._settings.expiry_ms else None

    def _end(self, peer: Peer, reason: CloseReason | None = None) -> None:
        """Close a peer and forget it everywhere; with a reason, tell whoever wants to know."""
        if peer.phase is PeerPhase.CLOSED:
            return
        room = self._rooms[peer.terms.room]
        room.remove(peer)  # before its listener is gone
        peer.close()
        self._table.remove(peer)
        self._counts.peers -= 1
        if not room.peers and room.stop_following is not None:
            room.stop_following()
            room.stop_following = None
        self._forget_if_empty(room)
        if reason is not None and self._loop is not None:
            closed = PeerClosed(peer.terms.room, peer.terms.voice_id, peer.terms.peer_id, reason)
            self._counts.closed[reason] += 1
            self._loop.call_soon(self._on_peer_closed, closed)

    def _room(self, slug: RoomSlug) -> MediaRoom:
        """Return a room, a new one where there is none."""
        found = self._rooms.get(slug)
        if found is None:
            found = self._rooms[slug] = MediaRoom(slug)
            found.is_shared = slug in self._shared
        return found

    def _forget_if_empty(self, room: MediaRoom) -> None:
        if room.is_empty:
            self._rooms.pop(room.slug, None)

    def _peer(self, room: RoomSlug, voice_id: int) -> Peer | None:
        found = self._rooms.get(room)
        return found.peers.get(MemberId(voice_id)) if found is not None else None

    def _all_peers(self) -> list[Peer]:
        return [peer for room in self._rooms.values() for peer in room.peers.values()]

    async def _tick_for_ever(self) -> None:
        while True:
            await asyncio.sleep(TICK_MS / 1_000)
            try:
                self.on_tick()
            except Exception as error:  # noqa: BLE001 -- root of the ticker: without it slots and expiry stop for all
                _log.error("tick_broke", exc_info=error)

    def _fresh_certificate(self, now_ms: float) -> Certificate:
        """The process' certificate; a new one for new peers long before the old one ends."""
        if now_ms - self._certificate_ms > CERTIFICATE_MS:
            self._certificate = Certificate.generateCertificate()
            self._certificate_ms = now_ms
        return self._certificate

    def _ntp64(self, now_ms: float) -> int:
        """Wall time for reports, counted on by the monotonic clock: a change of the wall clock is no jump."""
        return ntp64_of(self._ntp_base_ms + now_ms)
