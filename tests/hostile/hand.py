"""A member's media transport whose every datagram the test chooses, and sockets of strangers."""

import asyncio
import itertools
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, Self

from OpenSSL import SSL
from pylibsrtp import Error as SrtpError
from pylibsrtp import Session

from server.media.dtls_seam import Certificate, DtlsSeam
from server.media.rtcp import is_rtcp
from tests.bots.offer import Offered, read_offer
from tests.fuzz.headers import LEADS, NOMINATES, PRIORITY, attribute, rtp, signed_check
from tests.hostile.line import Line

WITHIN_S: Final = 10.0
CERTIFICATE: Final = Certificate.generateCertificate()
_STUN_LAST: Final = 3
_DTLS: Final = range(20, 64)
_levels = itertools.cycle((20, 21, 22))


def open_socket(target: tuple[str, int]) -> socket.socket:
    """A socket that nobody has heard of, for this server."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)  # noqa: FBT003 - the library's signature
    sock.connect(target)
    return sock


@contextmanager
def stranger(target: tuple[str, int]) -> Iterator[socket.socket]:
    """Somebody whom no signed check has vouched for."""
    sock = open_socket(target)
    try:
        yield sock
    finally:
        sock.close()


def is_silent(sock: socket.socket) -> bool:
    """Whether nothing came there."""
    with suppress(BlockingIOError):
        sock.recv(2_048)
        return False
    return True


class Hand:
    """One transport. Made by `Hand.seated`, which takes a seat and asks for an offer.

    Attributes:
        line: the connection of the seat.
        offered: what the server offered.
        peer_id: the offer's.
        answers: STUN that came.
        records: DTLS that came while nobody shook hands.
        packets: SRTP that came.
        socket: where it sends from.
    """

    def __init__(self, line: Line) -> None:
        self.line = line
        self.socket: socket.socket
        self.answers: asyncio.Queue[bytes] = asyncio.Queue()
        self.records: asyncio.Queue[bytes] = asyncio.Queue()
        self.packets: asyncio.Queue[bytes] = asyncio.Queue()
        self.ssrc = secrets.randbits(31) + 1
        self.seq = 1_000
        self._n = 0
        self.seam: DtlsSeam | None = None
        self.rx: Session | None = None
        self.tx: Session | None = None

    @classmethod
    async def seated(cls, port: int) -> Self:
        """Take a seat; nothing was answered yet."""
        hand = cls(await Line.seated(port))
        await hand.reopen()
        hand.socket = open_socket(hand.offered.candidates[0])
        asyncio.get_running_loop().add_reader(hand.socket.fileno(), hand._read)
        return hand

    @classmethod
    async def connected(cls, port: int, *, speaks: bool = False) -> Self:
        """Take a seat and have keys."""
        hand = await cls.seated(port)
        await hand.connect()
        if speaks:
            assert (await hand.command("set_microphone", on=True))["type"] == "accepted"
        return hand

    async def leave(self) -> None:
        """Give everything back."""
        if self.seam is not None:
            self.seam.close()
        asyncio.get_running_loop().remove_reader(self.socket.fileno())
        self.socket.close()
        with suppress(AssertionError, TimeoutError):
            await self.line.ask("leave")
        self.line.close()

    async def command(self, event: str, **payload: object) -> dict[str, object]:
        """Ask with the seat's next number."""
        self._n += 1
        answer: dict[str, object] = await self.line.ask(event, n=self._n, **payload)
        return answer

    async def reopen(self) -> None:
        """Ask for another transport."""
        answer = await self.line.ask("open_media")
        assert answer["type"] == "offered", answer
        self.peer_id: str = answer["offer"]["peer_id"]
        self.offered: Offered = read_offer(answer["offer"]["sdp"])

    async def accept(self, sha256: str = "", setup: str = "active") -> dict[str, object]:
        """Answer the offer."""
        prints = [{"algorithm": "sha-256", "value": sha256 or CERTIFICATE.sha256}]
        answer: dict[str, object] = await self.line.ask(
            "answer_media", peer_id=self.peer_id, fingerprints=prints, setup=setup
        )
        return answer

    async def connect(self) -> None:
        """Answer, check, shake hands."""
        assert (await self.accept())["type"] == "accepted"
        await self.check()
        await self.shake_hands()
        await self.check()

    async def shake_hands(self) -> None:
        """Get keys."""
        self.seam = DtlsSeam(CERTIFICATE, "client", self.send, lambda: None)
        async with asyncio.timeout(WITHIN_S):
            keys = await self.seam.shake_hands([("sha-256", self.offered.fingerprint)])
        assert keys is not None
        self.rx, self.tx = keys

    # -- datagrams

    @property
    def target(self) -> tuple[str, int]:
        """The server's media port."""
        return self.offered.candidates[0]

    @property
    def pwd(self) -> bytes:
        """The password of its checks."""
        return self.offered.pwd.encode()

    @property
    def username(self) -> bytes:
        """The attribute that names whose check it is."""
        return attribute(6, f"{self.offered.ufrag}:them".encode())

    def send(self, *datagrams: bytes) -> None:
        """Send as they are."""
        for datagram in datagrams:
            self.socket.send(datagram)

    def write_check(self, more: bytes = b"", *, nominates: bool = True) -> bytes:
        """A good check, new each time."""
        body = self.username + PRIORITY + LEADS + (NOMINATES if nominates else b"") + more
        return signed_check(body, secrets.token_bytes(12), self.pwd)

    async def check(self) -> bytes:
        """Send a check and wait for its answer: all that anybody sent before has then been read."""
        self.send(self.write_check())
        return await self.answer()

    async def answer(self) -> bytes:
        """The next STUN that came."""
        async with asyncio.timeout(WITHIN_S):
            return await self.answers.get()

    def write_packet(self, payload: bytes = b"opus", *, ssrc: int = 0) -> bytes:
        """The next packet of the voice, not protected yet."""
        self.seq += 1
        extension = bytes.fromhex("bede000110") + bytes((next(_levels),)) + bytes(2)
        packet = rtp(extension + payload, flags=0x90, seq16=self.seq & 0xFFFF, ssrc=ssrc or self.ssrc)
        return packet[:4] + (self.seq * 960 & 0xFFFF_FFFF).to_bytes(4, "big") + packet[8:]

    def protect(self, packet: bytes) -> bytes:
        """Encrypt."""
        assert self.tx is not None
        return self.tx.protect(packet)

    def protect_report(self, compound: bytes) -> bytes:
        """Encrypt a report."""
        assert self.tx is not None
        return self.tx.protect_rtcp(compound)

    def heard(self, voice_id: int) -> list[bytes]:
        """What came of a voice since the last call."""
        assert self.rx is not None
        found = []
        while not self.packets.empty():
            with suppress(SrtpError):
                packet = self.rx.unprotect(self.packets.get_nowait())
                if int.from_bytes(packet[12:16], "big") == voice_id:
                    found.append(packet)
        return found

    async def is_heard_by(self, other: "Hand") -> bool:
        """Whether the next packets of this voice get there."""
        await other.check()
        other.heard(self.line.member_id)
        for _ in range(5):
            self.send(self.protect(self.write_packet()))
        await self.check()
        await other.check()
        return bool(other.heard(self.line.member_id))

    async def is_heard_again_by(self, other: "Hand") -> bool:
        """Whether that is so within some seconds: then allowances have grown and new clocks are believed."""
        for _ in range(60):
            if await self.is_heard_by(other):
                return True
            await asyncio.sleep(0.1)  # time itself is what is needed
        return False

    def _read(self) -> None:
        with suppress(BlockingIOError, ConnectionRefusedError):
            while True:
                datagram = self.socket.recv(2_048)
                if datagram[0] <= _STUN_LAST:
                    self.answers.put_nowait(datagram)
                elif datagram[0] in _DTLS:
                    if self.seam is not None:
                        self.seam.feed(datagram)
                    else:
                        self.records.put_nowait(datagram)
                elif not is_rtcp(datagram):
                    self.packets.put_nowait(datagram)


class Handshake:
    """DTLS by hand on a `Hand` without a seam: any certificate, any profiles, stopped anywhere."""

    def __init__(self, hand: Hand, context: SSL.Context) -> None:
        self._hand = hand
        self.ssl = SSL.Connection(context)
        self.ssl.set_connect_state()

    async def run(self, flights: int = 9, *, records: int = 0) -> bool:
        """Shake hands, or send no more than so many flights; False: it is not done.

        `records`: how many of the last flight are sent; 0: all.
        """
        for number in range(1, flights + 1):
            try:
                self.ssl.do_handshake()
            except SSL.WantReadError:
                self.flush(records if number == flights else 0)
            except SSL.Error:
                self.flush()
                return False
            else:
                self.flush()
                return True
            try:
                async with asyncio.timeout(WITHIN_S / 10):
                    self.ssl.bio_write(await self._hand.records.get())
            except TimeoutError:
                continue
        return False

    def flush(self, records: int = 0) -> None:
        """Send what OpenSSL wants to say, a record to a datagram; no more than so many, where it is said."""
        with suppress(SSL.WantReadError):
            flight, sent = self.ssl.bio_read(1 << 16), 0
            while flight and (sent < records or not records):
                size = 13 + int.from_bytes(flight[11:13], "big")
                self._hand.send(flight[:size])
                flight, sent = flight[size:], sent + 1
