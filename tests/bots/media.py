"""A bot's media end: one UDP socket with ICE, DTLS and SRTP on it."""

import asyncio
import secrets
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import pylibsrtp

from server.media.dtls_seam import Certificate, DtlsSeam
from tests.bots.checks import draw_transaction, read_success, write_check
from tests.bots.hearing import Arrival, Hearing
from tests.bots.offer import Offered
from tests.bots.reception import READ_BYTES, SO_TIMESTAMPNS, STAMP, STAMP_SPACE_BYTES, Reception, open_socket
from tests.bots.reports import Reports
from tests.bots.speech import Speech

CHECK_EVERY_S: Final = 2.5
CONNECT_WITHIN_S: Final = 15.0

_FIRST_CHECKS_EVERY_S: Final = 0.1  # until the first answer; browsers use 50 ms
_TRANSACTIONS_KEPT: Final = 8
_ROUND_TRIPS_KEPT: Final = 12_000
_ASKED_KEPT: Final = 1_000
_REPORT_EVERY_CHECKS: Final = 2  # 5 s

_RTP_FIRST: Final = 0x80  # RFC 7983 section 7
_RTP_MASK: Final = 0xC0
_STUN_LAST: Final = 3
_DTLS: Final = range(20, 64)
_RTCP_FIRST: Final = 0xC0  # 192 to 223, RFC 5761 section 4
_RTCP_MASK: Final = 0xE0


class MediaError(Exception):
    """The transport did not come about."""


class MediaEnd:
    """The client's end of one media transport.

    Attributes:
        offered: what the server's offer said.
        ufrag: our ICE user name; to be changed before `connect` where the other side was told another.
        hearing: what came in; None before the keys are there.
        speech: the own voice.
        reports: RTCP in and out.
        first_packet_ns: CLOCK_MONOTONIC when the first RTP packet came, 0 before.
        refused: datagrams that the kernel said nobody took, or had no room to send.
        round_trips_ns: of the checks sent by `ask`: when sent (CLOCK_MONOTONIC), how long the answer took.
    """

    def __init__(
        self,
        offered: Offered,
        target: tuple[str, int],
        certificate: Certificate,
        reception: Reception,
        *,
        sample: int = 1,
        probes: bool = False,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.offered = offered
        self._certificate, self._reception = certificate, reception
        self._sample, self._probes = sample, probes
        self.ufrag = secrets.token_hex(4)
        self._tie_breaker = secrets.token_bytes(8)
        self._waiting: list[bytes] = []
        self._answered = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._checks = 0
        self._asked_ns: dict[bytes, int] = {}
        self.round_trips_ns: deque[tuple[int, int]] = deque(maxlen=_ROUND_TRIPS_KEPT)
        self._protect: Callable[[bytes], bytes] | None = None
        self._sending: pylibsrtp.Session | None = None
        self._socket = open_socket(target, stamps=probes)
        self._receive = self._socket.recv
        self._dtls = DtlsSeam(certificate, "client", self._send_datagram, self._on_goodbye)
        self.hearing: Hearing | None = None
        self.speech = Speech(self._loop, self.send_rtp, offered.payload_type, offered.level_id)
        self.reports: Reports | None = None
        self.closed = asyncio.Event()
        self.first_packet_ns = 0
        self.checks_answered = 0
        self.refused = 0
        reception.add(self._socket, self._on_stamped if probes else self._on_ready)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the own certificate, for the answer."""
        return self._certificate.sha256

    async def connect(self, on_arrival: Arrival | None = None) -> None:
        """Check the path, shake hands, and listen.

        Raises:
            MediaError: within 15 s at the latest.
        """
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                self._check()
                await self._answered.wait()
                keys = await self._dtls.shake_hands([("sha-256", self.offered.fingerprint)])
        except TimeoutError:
            what = "no DTLS" if self._answered.is_set() else "no answer to checks"
            raise MediaError(f"{what} within {CONNECT_WITHIN_S:.0f} s") from None
        if keys is None:
            raise MediaError("the DTLS handshake failed")
        receiving, sending = keys
        self.hearing = Hearing(
            receiving.unprotect, self.offered.slot_ssrcs, sample=self._sample, probes=self._probes
        )
        self.hearing.on_arrival = on_arrival
        self.reports = Reports(receiving, sending, self.hearing, self.speech)
        self._protect, self._sending = sending.protect, sending

    def ask(self) -> None:
        """Send one check more, only to see how soon it is answered. See `round_trips_ns`."""
        transaction = draw_transaction()
        username = f"{self.offered.ufrag}:{self.ufrag}"
        check = write_check(transaction, username, self.offered.pwd.encode("ascii"), self._tie_breaker)
        while len(self._asked_ns) >= _ASKED_KEPT:
            del self._asked_ns[next(iter(self._asked_ns))]
        self._asked_ns[transaction] = time.monotonic_ns()
        self._send_datagram(check)

    def asked_ns(self) -> list[int]:
        """When those checks were sent by `ask` that are not answered yet."""
        return list(self._asked_ns.values())

    def restart(self, offered: Offered) -> None:
        """Go on under the new credentials of an ICE restart; keys stay (RFC 8445 section 9)."""
        self.offered = offered
        self._answered.clear()
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
        self._check()

    def move(self) -> None:
        """Send from another port from now on, as behind a NAT that forgot: the next check makes it known."""
        self._reception.remove(self._socket)
        target = self._socket.getpeername()[:2]
        self._socket.close()
        self._socket = open_socket(target, stamps=self._probes)
        self._receive = self._socket.recv
        self._reception.add(self._socket, self._on_stamped if self._probes else self._on_ready)

    def give_away(self) -> tuple[socket.socket, bytes, pylibsrtp.Session]:
        """Stop reading and checking, so that another program can go on with the socket.

        Returns:
            A copy of the socket, a check to repeat on it, and the session that encrypts what is sent.
        """
        if self._sending is None:
            raise RuntimeError("there are no keys yet")
        if self._timer is not None:
            self._timer.cancel()
        self.speech.stop()
        self._reception.remove(self._socket)
        copy = self._socket.dup()
        self._socket.close()
        self._dtls.close()  # ends its task; what it would say goes nowhere
        username = f"{self.offered.ufrag}:{self.ufrag}"
        pwd = self.offered.pwd.encode("ascii")
        return copy, write_check(draw_transaction(), username, pwd, self._tie_breaker), self._sending

    def take_over(self, old: "MediaEnd") -> None:
        """Say what the other end was saying, on both, for as long as that is open."""
        self.speech.take_over(old.speech)

    def send_rtp(self, packet: bytes) -> None:
        """Encrypt and send; nothing before the keys are there."""
        if self._protect is not None and not self.closed.is_set():
            self._send_datagram(self._protect(packet))

    def close(self, *, goodbye: bool = True) -> None:
        """Stop; without a goodbye the server must find out by itself."""
        self.speech.stop()
        if self._timer is not None:
            self._timer.cancel()
        if self._socket.fileno() < 0:
            return
        if goodbye:
            self._dtls.close()
        self._reception.remove(self._socket)
        self._socket.close()
        if not goodbye:
            self._dtls.close()  # ends its task; what it would say goes nowhere
        self.closed.set()

    def _check(self) -> None:
        """Send a check now and again later, for as long as the end is open."""
        transaction = draw_transaction()
        self._waiting = [*self._waiting[1 - _TRANSACTIONS_KEPT :], transaction]
        username = f"{self.offered.ufrag}:{self.ufrag}"
        pwd = self.offered.pwd.encode("ascii")
        self._send_datagram(write_check(transaction, username, pwd, self._tie_breaker))
        self._checks += 1
        if self.reports is not None and self._checks % _REPORT_EVERY_CHECKS == 0:
            self._send_datagram(self.reports.write(time.time_ns(), time.monotonic_ns()))
        every_s = CHECK_EVERY_S if self._answered.is_set() else _FIRST_CHECKS_EVERY_S
        self._timer = self._loop.call_later(every_s, self._check)

    def _send_datagram(self, datagram: bytes) -> None:
        try:
            self._socket.send(datagram)
        except OSError:
            self.refused += 1

    def _on_ready(self, now_ns: int) -> None:
        try:
            datagram = self._receive(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:  # nobody listens on the server's port
            self.refused += 1
            return
        self._take(datagram, now_ns)

    def _on_stamped(self, now_ns: int) -> None:
        """As `_on_ready`, with the kernel's time of arrival in place of ours."""
        try:
            datagram, notes, _, _ = self._socket.recvmsg(READ_BYTES, STAMP_SPACE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self.refused += 1
            return
        for level, kind, value in notes:
            if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = STAMP.unpack(value)
                now_ns = seconds * 1_000_000_000 + nanoseconds - self._reception.wall_ahead_ns
        self._take(datagram, now_ns)

    def _take(self, datagram: bytes, now_ns: int) -> None:
        hearing = self.hearing
        if hearing is not None and len(datagram) > 1 and datagram[0] & _RTP_MASK == _RTP_FIRST:
            if datagram[1] & _RTCP_MASK != _RTCP_FIRST:
                if not hearing.packets and not self.first_packet_ns:
                    self.first_packet_ns = now_ns
                hearing.take(datagram, now_ns)
            elif self.reports is not None:
                self.reports.take(datagram, now_ns)
        elif datagram:
            self._take_other(datagram, now_ns)

    def _take_other(self, datagram: bytes, now_ns: int) -> None:
        if datagram[0] in _DTLS:
            self._dtls.feed(datagram)
        elif datagram[0] <= _STUN_LAST:
            transaction = read_success(datagram, self.offered.pwd.encode("ascii"))
            if transaction is None:
                return
            if transaction in self._asked_ns:
                sent_ns = self._asked_ns.pop(transaction)
                self.round_trips_ns.append((sent_ns, max(0, now_ns - sent_ns)))
            elif transaction in self._waiting:
                self.checks_answered += 1
                if not self._answered.is_set():
                    self._answered.set()
                    self._slow_down()

    def _slow_down(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = self._loop.call_later(CHECK_EVERY_S, self._check)

    def _on_goodbye(self) -> None:
        self.speech.stop()
        self.closed.set()
