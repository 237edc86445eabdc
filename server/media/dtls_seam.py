"""The seam to aiortc: the only file that uses its private names, pinned by a contract test.

Used of `RTCDtlsTransport`: `_set_role`, `_rx_srtp`, `_tx_srtp`, `_ssl`, and that its transport needs no more
than `role`, `_recv` and `_send`. Used of `RTCCertificate`: `_create_ssl_context`, called once instead of per
peer.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Final, Literal

from aiortc import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtcdtlstransport import SRTPProtectionProfile
from OpenSSL import SSL
from pylibsrtp import Session

from server.media import srtp_gcm
from server.media.srtp_gcm import SendingKeys

Role = Literal["server", "client"]
Send = Callable[[bytes], None]
OnClosed = Callable[[], None]
QUEUE_DATAGRAMS: Final = (
    32  # a handshake has about six; when full, the new one is dropped (DTLS repeats itself)
)
_EXPORTER: Final = b"EXTRACTOR-dtls_srtp"  # RFC 5764 section 4.2


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
            self._shared.set_mode(SSL.MODE_RELEASE_BUFFERS)  # 6 KiB less for each peer, of 88
        return self._shared

    @cached_property
    def sha256(self) -> str:
        """The fingerprint for an offer, upper case with colons (RFC 8122 section 5)."""
        return next(print_.value for print_ in self.getFingerprints() if print_.algorithm == "sha-256")


class DtlsSeam:
    """One DTLS association over datagrams that somebody else sends and receives."""

    role = "controlled"  # aiortc reads this of its transport, for statistics only

    def __init__(self, certificate: Certificate, role: Role, send: Send, on_closed: OnClosed) -> None:
        """`on_closed` is called once after a handshake that went well: the other side said goodbye."""
        self._send_now, self._on_closed = send, on_closed
        self._arrived: asyncio.Queue[bytes] = asyncio.Queue(QUEUE_DATAGRAMS)
        self._dtls = RTCDtlsTransport(self, [certificate])  # type: ignore[arg-type] # duck type, see above
        self._dtls._set_role(role)
        self._is_server: Final = role == "server"

    def feed(self, datagram: bytes) -> bool:
        """Take a DTLS datagram, also before the handshake starts; False: the queue is full."""
        if self._arrived.full():
            return False
        self._arrived.put_nowait(datagram)
        return True

    async def shake_hands(self, fingerprints: Iterable[tuple[str, str]]) -> tuple[Session, Session] | None:
        """Return the SRTP sessions (from and to the peer), or None when it is not who it should be."""
        prints = [RTCDtlsFingerprint(algorithm=algorithm, value=value) for algorithm, value in fingerprints]
        await self._dtls.start(RTCDtlsParameters(fingerprints=prints))
        if self._dtls.state != "connected":
            return None
        self._dtls.once("statechange", self._on_closed)
        return self._dtls._rx_srtp, self._dtls._tx_srtp

    def sending_keys(self) -> SendingKeys | None:
        """Return the keys for what we send, after the handshake; None when another profile was agreed on."""
        ssl = self._dtls._ssl
        if ssl is None or ssl.get_selected_srtp_profile() != srtp_gcm.PROFILE:
            return None
        # RFC 5764 section 4.2: the client's key, the server's, the client's salt, the server's.
        key, salt = srtp_gcm.KEY_BYTES, srtp_gcm.SALT_BYTES
        exported = bytearray(ssl.export_keying_material(_EXPORTER, 2 * (key + salt)))
        key_at = key if self._is_server else 0
        salt_at = 2 * key + (salt if self._is_server else 0)
        master = exported[key_at : key_at + key] + exported[salt_at : salt_at + salt]
        keys = SendingKeys.derive(master)
        exported[:] = bytes(len(exported))
        master[:] = bytes(len(master))
        return keys

    def close(self) -> None:
        """Say goodbye (close_notify) and stop. `stop()` never waits here: our `_send` does not."""
        self._dtls.remove_all_listeners()
        try:
            self._dtls.stop().send(None)
        except StopIteration:
            return
        raise RuntimeError("aiortc's stop() waits for something new")

    async def _recv(self) -> bytes:
        return await self._arrived.get()

    async def _send(self, datagram: bytes) -> None:
        self._send_now(datagram)
