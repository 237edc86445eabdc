"""A scripted browser: one UDP socket that joins a plane over loopback and hears what it is sent."""

import asyncio
import os
import socket
import struct
from typing import Final, Self

from aioice import stun
from pylibsrtp import Session

from rooms.ids import RoomSlug
from rooms.refusals import Refusal
from rooms.voice.packet import AudioPacket, read_packet
from server.media.dtls_seam import Certificate, DtlsSeam
from server.media.plane import MediaPlane
from server.media.rtcp import is_rtcp
from signaling.from_browser import AnswerMedia, Fingerprint
from signaling.to_browser import Offer

WAIT_S: Final = 5.0
CERTIFICATE: Final = Certificate.generateCertificate()


class FakeClock:
    """Time that moves only when told."""

    def __init__(self) -> None:
        self.now_ms = 1_000_000.0

    def wall_ms(self) -> int:
        return 1_800_000_000_000 + int(self.now_ms)

    def mono_ms(self) -> float:
        return self.now_ms


def read_line(sdp: str, start: str) -> str:
    return next(line.removeprefix(start) for line in sdp.split("\r\n") if line.startswith(start))


class Client:
    """`packets` were heard, `reports` are decrypted RTCP, `answers` STUN; `raw` counts all datagrams."""

    def __init__(
        self,
        plane: MediaPlane,
        room: str,
        voice_id: int,
        host: str = "127.0.0.1",
        certificate: Certificate = CERTIFICATE,
    ) -> None:
        self.plane, self.room, self.voice_id = plane, RoomSlug(room), voice_id
        self.host = host
        self.certificate = certificate
        self.packets: asyncio.Queue[bytes] = asyncio.Queue()
        self.reports: asyncio.Queue[bytes] = asyncio.Queue()
        self.answers: asyncio.Queue[stun.Message] = asyncio.Queue()
        self.goodbye = asyncio.Event()
        self.raw = 0
        self.seq = 1_000
        self.ssrc = int.from_bytes(os.urandom(4), "big") | 1
        self.rx: Session | None = None
        self.tx: Session | None = None
        self.offer = Offer(peer_id="", sdp="")
        self.socket = self.open_socket()
        self.seam = DtlsSeam(certificate, "client", self.send, self.goodbye.set)

    def open_socket(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.bind((self.host, 0))
        sock.setblocking(False)  # noqa: FBT003 -- the standard library's signature
        asyncio.get_running_loop().add_reader(sock.fileno(), self._read)
        return sock

    def close(self) -> None:
        self.seam.close()
        self.close_socket()

    def close_socket(self) -> None:
        asyncio.get_running_loop().remove_reader(self.socket.fileno())
        self.socket.close()

    def rebind(self) -> None:
        """What a NAT does when it forgets us: from now on another source port."""
        self.close_socket()
        self.socket = self.open_socket()

    def send(self, datagram: bytes) -> None:
        self.socket.sendto(datagram, (self.host, self.plane.port_number))

    def _read(self) -> None:
        try:
            while True:
                datagram = self.socket.recv(2_048)
                self.raw += 1
                self._sort(datagram)
        except BlockingIOError:
            return

    def _sort(self, datagram: bytes) -> None:
        if datagram[0] < 4:
            self.answers.put_nowait(stun.parse_message(datagram))
        elif datagram[0] < 64:
            self.seam.feed(datagram)
        elif is_rtcp(datagram):
            assert self.rx is not None
            self.reports.put_nowait(self.rx.unprotect_rtcp(datagram))
        else:
            assert self.rx is not None
            self.packets.put_nowait(self.rx.unprotect(datagram))

    def write_check(self, *, nominated: bool = True, offer: Offer | None = None) -> bytes:
        sdp = (offer or self.offer).sdp
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = read_line(sdp, "a=ice-ufrag:") + ":client"
        message.attributes["PRIORITY"] = 1_845_501_695
        message.attributes["ICE-CONTROLLING"] = 7
        if nominated:
            message.attributes["USE-CANDIDATE"] = None
        message.add_message_integrity(read_line(sdp, "a=ice-pwd:").encode())
        return bytes(message)

    async def check(self, *, nominated: bool = True, offer: Offer | None = None) -> stun.Message:
        """Send a check and wait for its answer. All that was sent to us before it has then arrived."""
        self.send(self.write_check(nominated=nominated, offer=offer))
        async with asyncio.timeout(WAIT_S):
            return await self.answers.get()

    def answer(self, **changes: object) -> AnswerMedia:
        fields: dict[str, object] = {
            "peer_id": self.offer.peer_id,
            "fingerprints": (Fingerprint(algorithm="sha-256", value=self.certificate.sha256),),
            "setup": "active",
            **changes,
        }
        return AnswerMedia(**fields)  # type: ignore[arg-type]

    def accept(self, **changes: object) -> Refusal | None:
        return self.plane.accept_answer(self.room, self.voice_id, self.answer(**changes))

    async def join(self) -> Self:
        self.offer = self.plane.open_peer(self.room, self.voice_id)
        assert self.accept() is None
        await self.check()
        await self.shake_hands()
        await self.check()  # the server's last flight is here; its task had one more turn to go
        assert self.is_connected()
        return self

    def is_connected(self) -> bool:
        peer = self.plane._peer(self.room, self.voice_id)
        return peer is not None and peer.listener is not None

    async def shake_hands(self) -> None:
        fingerprint = read_line(self.offer.sdp, "a=fingerprint:sha-256 ")
        async with asyncio.timeout(WAIT_S):
            sessions = await self.seam.shake_hands([("sha-256", fingerprint)])
        assert sessions is not None
        self.rx, self.tx = sessions

    def write_packet(
        self, payload: bytes, level: int | None = 20, *, payload_type: int = 111, ssrc: int | None = None
    ) -> bytes:
        self.seq += 1
        flags = 0x80 if level is None else 0x90
        kind, time_48k = payload_type, self.seq * 960 & 0xFFFF_FFFF
        packet = struct.pack("!BBHII", flags, kind, self.seq & 0xFFFF, time_48k, ssrc or self.ssrc)
        if level is not None:
            packet += struct.pack("!HHBBxx", 0xBEDE, 1, 0x10, level)
        return packet + payload

    def protect(self, packet: bytes) -> bytes:
        assert self.tx is not None
        return self.tx.protect(packet)

    def speak(self, payload: bytes, level: int | None = 20) -> None:
        self.send(self.protect(self.write_packet(payload, level)))

    async def hear(self) -> AudioPacket:
        async with asyncio.timeout(WAIT_S):
            packet = read_packet(await self.packets.get())
        assert isinstance(packet, AudioPacket)
        return packet
