"""DTLS-SRTP for one peer (RFC 5764): OpenSSL shakes hands, then lets go of the association.

A step of a handshake is one call: a datagram goes in, what OpenSSL answers goes out. There is no task and no
queue; one timer repeats flights that were lost. Once the keys are there OpenSSL's connection is given back,
see `server.media.dtls_records`.

Of aiortc only `RTCCertificate` is used, and of that the private `_create_ssl_context`, once for each
certificate; pinned by a contract test.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property
from typing import Final, Literal

from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import SRTP_PROFILES, SRTPProtectionProfile
from OpenSSL import SSL
from pylibsrtp import Policy, Session

from server.media import srtp_gcm
from server.media.dtls_records import CIPHER, Heard, Rest, rest_of
from server.media.srtp_gcm import SessionKeys
from server.media.srtp_opener import REPLAY_WINDOW

Role = Literal["server", "client"]
Send = Callable[[bytes], None]
OnClosed = Callable[[], None]
QUEUE_DATAGRAMS: Final = (
    32  # a handshake has about six; when full, the new one is dropped (DTLS repeats itself)
)
FLIGHT_MAX_BYTES: Final = 1_200  # a longer flight is sent in parts, cut between records
_EXPORTER: Final = b"EXTRACTOR-dtls_srtp"  # RFC 5764 section 4.2
_DTLS_1_2: Final = 0xFEFD
_DIGESTS: Final = {"sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512"}
_READ_BYTES: Final = 65_536
_RECORD_HEAD_BYTES: Final = 13


class Certificate(RTCCertificate):
    """An ECDSA certificate with one TLS context for all peers: no resumption, no renegotiation."""

    _shared: SSL.Context | None = None

    def _create_ssl_context(self, srtp_profiles: list[SRTPProtectionProfile]) -> SSL.Context:
        if self._shared is None:
            # A server takes the first of its own profiles that the client has too.
            ours_first = sorted(srtp_profiles, key=lambda one: one.openssl_profile != srtp_gcm.PROFILE)
            self._shared = super()._create_ssl_context(ours_first)
            self._shared.set_session_cache_mode(SSL.SESS_CACHE_OFF)
            self._shared.set_options(SSL.OP_NO_RENEGOTIATION)
            self._shared.set_cipher_list(CIPHER)
            self._shared.set_min_proto_version(_DTLS_1_2)
            self._shared.set_max_proto_version(_DTLS_1_2)
        return self._shared

    @property
    def context(self) -> SSL.Context:
        """The one context."""
        return self._create_ssl_context(SRTP_PROFILES)

    @cached_property
    def sha256(self) -> str:
        """The fingerprint for an offer, upper case with colons (RFC 8122 section 5)."""
        return next(print_.value for print_ in self.getFingerprints() if print_.algorithm == "sha-256")


class DtlsSeam:
    """One DTLS association over datagrams that somebody else sends and receives."""

    __slots__ = (
        "_arrived",
        "_certificate",
        "_done",
        "_is_closed",
        "_is_server",
        "_masters",
        "_on_closed",
        "_prints",
        "_rest",
        "_send",
        "_ssl",
        "_timer",
    )

    def __init__(self, certificate: Certificate, role: Role, send: Send, on_closed: OnClosed) -> None:
        """`on_closed` is called once after a handshake that went well: the other side said goodbye."""
        self._certificate, self._send, self._on_closed = certificate, send, on_closed
        self._is_server: Final = role == "server"
        self._is_closed = False
        self._arrived: list[bytes] = []  # before the handshake
        self._prints: tuple[tuple[str, str], ...] = ()
        self._done: asyncio.Future[tuple[Session, Session] | None] | None = None
        self._ssl: SSL.Connection | None = None  # during the handshake
        self._timer: asyncio.TimerHandle | None = None
        self._masters: tuple[bytearray, ...] = ()  # from and to the peer
        self._rest: Rest | None = None  # after it

    def feed(self, datagram: bytes) -> bool:
        """Take a DTLS datagram, also before the handshake starts; False: too many wait for that."""
        if self._rest is not None:
            self._hear(self._rest, datagram)
        elif self._is_closed:
            return True
        elif self._done is None:
            if len(self._arrived) >= QUEUE_DATAGRAMS:
                return False
            self._arrived.append(datagram)
        elif not self._done.done():
            ssl = self._ssl or self._begin()
            ssl.bio_write(datagram)
            self._step(ssl)
        return True

    async def shake_hands(self, fingerprints: Iterable[tuple[str, str]]) -> tuple[Session, Session] | None:
        """Return the SRTP sessions (from and to the peer), or None when it is not who it should be."""
        self._prints = tuple(fingerprints)
        self._done = asyncio.get_running_loop().create_future()
        arrived, self._arrived = self._arrived, []
        try:
            if not self._is_server:
                self._step(self._begin())
            for datagram in arrived:
                self.feed(datagram)
            return await self._done
        finally:
            self._let_go()

    def session_keys(self) -> tuple[SessionKeys, SessionKeys] | None:
        """Return the keys from and to the peer, once after the handshake; None: another profile is used."""
        if not self._masters:
            return None
        heard, sent = (SessionKeys.derive(master) for master in self._masters)
        for master in self._masters:
            master[:] = bytes(len(master))
        self._masters = ()
        return heard, sent

    def close(self) -> None:
        """Say goodbye (close_notify), if there is somebody to say it to, and take nothing more."""
        rest, self._rest = self._rest, None
        self._is_closed = True
        self._arrived.clear()
        self._end(None)
        if rest is not None:
            self._send(rest.goodbye)
        # Both lead back to the peer that holds this: without them it is freed at once, not by the collector.
        self._send, self._on_closed = _to_nobody, _for_nobody

    def _hear(self, rest: Rest, datagram: bytes) -> None:
        """Take what comes after the handshake: our last flight may be lost any number of times."""
        heard = rest.hear(datagram)
        if heard is Heard.AGAIN:
            for part in rest.last_flight:
                self._send(part)
        elif heard is Heard.GOODBYE:
            self._rest = None
            self._is_closed = True
            self._on_closed()

    def _begin(self) -> SSL.Connection:
        """Take a connection of OpenSSL's: a server only once there is something to read."""
        ssl = self._ssl = SSL.Connection(self._certificate.context)
        if self._is_server:
            ssl.set_accept_state()
        else:
            ssl.set_connect_state()
        return ssl

    def _step(self, ssl: SSL.Connection) -> None:
        """Go on with the handshake as far as what came reaches."""
        try:
            ssl.do_handshake()
        except SSL.WantReadError:
            self._send_all(_flight_of(ssl))
            self._repeat_later()
        except SSL.Error:  # an alert tells the other side
            self._send_all(_flight_of(ssl))
            self._end(None)
        else:
            try:
                self._finish(ssl)
            except Exception as error:  # noqa: BLE001 -- belongs to whoever waits, not to the socket's reader
                self._let_go()
                if self._done is not None and not self._done.done():
                    self._done.set_exception(error)

    def _finish(self, ssl: SSL.Connection) -> None:
        """Take the keys, then let go of OpenSSL's connection."""
        flight = _flight_of(ssl)
        sessions = self._sessions(ssl) if self._is_expected(ssl) else None
        if sessions is not None:
            with suppress(SSL.Error):
                ssl.shutdown()
            self._rest = rest_of(ssl, flight, b"".join(_flight_of(ssl)), is_server=self._is_server)
        self._let_go()
        self._send_all(flight)
        self._end(sessions)

    def _is_expected(self, ssl: SSL.Connection) -> bool:
        """Whether the certificate has all fingerprints that were told and can be made here, one at least."""
        certificate = ssl.get_peer_certificate()
        told = [(_DIGESTS[name.lower()], value) for name, value in self._prints if name.lower() in _DIGESTS]
        return bool(told) and all(
            certificate is not None and certificate.digest(name).decode("ascii") == value.upper()
            for name, value in told
        )

    def _sessions(self, ssl: SSL.Connection) -> tuple[Session, Session] | None:
        """Make libsrtp's sessions, from and to the peer; None when no profile was agreed on."""
        agreed = ssl.get_selected_srtp_profile()
        profile = next((one for one in SRTP_PROFILES if one.openssl_profile == agreed), None)
        if profile is None:
            return None
        size = 2 * (profile.key_length + profile.salt_length)
        exported = ssl.export_keying_material(_EXPORTER, size)
        ours, theirs = (1, 0) if self._is_server else (0, 1)
        receiving = profile.get_key_and_salt(exported, theirs)
        sending = profile.get_key_and_salt(exported, ours)
        if agreed == srtp_gcm.PROFILE:
            self._masters = (bytearray(receiving), bytearray(sending))
        return (
            _session(receiving, Policy.SSRC_ANY_INBOUND, profile),
            _session(sending, Policy.SSRC_ANY_OUTBOUND, profile),
        )

    def _repeat_later(self) -> None:
        """See that a flight is sent again when nothing answers it: OpenSSL knows when."""
        if self._timer is None and self._ssl is not None:
            wait_s = self._ssl.DTLSv1_get_timeout()
            if wait_s is not None:
                self._timer = asyncio.get_running_loop().call_later(wait_s, self._repeat)

    def _repeat(self) -> None:
        self._timer = None
        if self._ssl is None:
            return
        try:
            self._ssl.DTLSv1_handle_timeout()
        except SSL.Error:  # it was repeated too often
            self._end(None)
        else:
            self._send_all(_flight_of(self._ssl))
            self._repeat_later()

    def _send_all(self, flight: tuple[bytes, ...]) -> None:
        for datagram in flight:
            self._send(datagram)

    def _end(self, sessions: tuple[Session, Session] | None) -> None:
        """Tell whoever waits for the handshake how it ended."""
        self._let_go()
        if self._done is not None and not self._done.done():
            self._done.set_result(sessions)

    def _let_go(self) -> None:
        """Give OpenSSL's connection back, and the timer."""
        self._ssl = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _to_nobody(_: bytes) -> None:
    """Send nothing: the association is closed."""


def _for_nobody() -> None:
    """Tell nobody: whoever closed it knows."""


def _session(key: bytes, direction: int, profile: SRTPProtectionProfile) -> Session:
    policy = Policy(key=key, ssrc_type=direction, srtp_profile=profile.libsrtp_profile)
    policy.allow_repeat_tx = True
    policy.window_size = REPLAY_WINDOW
    return Session(policy)


def _flight_of(ssl: SSL.Connection) -> tuple[bytes, ...]:
    """Take what OpenSSL wants to send, whole records in each datagram."""
    try:
        flight = ssl.bio_read(_READ_BYTES)
    except SSL.WantReadError:
        return ()
    if len(flight) <= FLIGHT_MAX_BYTES:
        return (flight,)
    parts, start, at = [], 0, 0
    while at < len(flight):
        size = _RECORD_HEAD_BYTES + int.from_bytes(flight[at + 11 : at + 13], "big")
        if at > start and at + size - start > FLIGHT_MAX_BYTES:
            parts.append(flight[start:at])
            start = at
        at += size
    return (*parts, flight[start:])
