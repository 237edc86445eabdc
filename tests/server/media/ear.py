"""A listener's machine: a socket on loopback and the other end of the SRTP session."""

import os
import socket
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from pylibsrtp import Policy, Session

from rooms.ids import MemberId
from rooms.voice.downlink import Downlink
from rooms.voice.packet import AudioPacket, read_packet
from rooms.voice.slot import Forward, Slot
from server.media.addresses import Address
from server.media.copies import Copies
from server.media.fanout import Listeners
from server.media.listener import CopySender, Listener, Sent, Span, lose_rows
from server.media.packet_out import PacketOut
from server.media.srtp_gcm import KEY_BYTES, SALT_BYTES, SessionKeys

Cipher = Literal["ours", "libsrtp"]
SSRCS: Final = (0xFFFFFFFF, 0x1000, 7)
START: Final = 1_000
WAIT_S: Final = 2.0


def draw_master() -> bytes:
    return os.urandom(KEY_BYTES + SALT_BYTES)


def open_session(master: bytes, kind: int, *, repeats: bool = False) -> Session:
    """libsrtp's end. Outwards it may be allowed what ours never does: to use a number again."""
    policy = Policy(key=master, ssrc_type=kind, srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM)
    policy.allow_repeat_tx = repeats
    policy.window_size = 1_024
    return Session(policy)


class Ear:
    """`listener` is the server's view of it. What it receives is opened by libsrtp, which refuses repeats."""

    def __init__(
        self,
        voice_id: MemberId,
        slots: Sequence[Slot],
        family: socket.AddressFamily = socket.AF_INET,
        cipher: Cipher = "ours",
        start: int = START,
    ) -> None:
        self.master = draw_master()
        self.rx = open_session(self.master, Policy.SSRC_ANY_INBOUND)
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        self.sock.settimeout(WAIT_S)
        keys: SessionKeys | Session = SessionKeys.derive(self.master)
        if cipher == "libsrtp":
            keys = open_session(self.master, Policy.SSRC_ANY_OUTBOUND, repeats=True)
        downlink = Downlink(slots, SSRCS, (start,) * 3)
        self.listener = Listener(voice_id, downlink, keys, self.sock.getsockname())

    def receive(self) -> bytes:
        return self.rx.unprotect(self.sock.recv(2_048))

    def hear(self) -> AudioPacket:
        packet = read_packet(self.receive())
        assert isinstance(packet, AudioPacket)
        return packet

    def heard_nothing(self) -> bool:
        self.sock.settimeout(0.0)
        try:
            self.sock.recv(2_048)
        except BlockingIOError:
            return True
        else:
            return False
        finally:
            self.sock.settimeout(WAIT_S)


class KeptCopies:
    """A sender that keeps what it is given, by address, and refuses what it is told to."""

    def __init__(self, family: int = socket.AF_INET, refused_rows: Iterable[int] = ()) -> None:
        self.copies = Copies(family)
        self.sent: list[tuple[bytes, Address]] = []
        self.refused_rows = set(refused_rows)
        self.calls = 0

    def send_copies(
        self, spans: list[Span], listeners: Sequence[Listener], forward: Forward, turn: int
    ) -> int:
        del turn
        self.calls += 1
        rows = [row for start, end in spans for row in range(start, end)]
        for row in rows:
            if row not in self.refused_rows:
                self.sendto(self.copies.datagram(row), self.copies.addresses[row])
        return lose_rows([row for row in rows if row in self.refused_rows], listeners, forward)

    def collect(self) -> int:
        return 0

    def close(self) -> None:
        """Nothing waits."""

    def sendto(self, datagram: bytes | memoryview, address: Address, /) -> int:
        self.sent.append((bytes(datagram), address))
        return len(datagram)


def listeners_of(*listeners: Listener) -> Listeners:
    found = Listeners()
    for listener in listeners:
        found.add(listener)
    return found


def send(
    forward: Forward, listeners: Listeners, sender: CopySender, apart: Iterable[MemberId] = ()
) -> tuple[int, ...]:
    """Send to everybody; return the sums of what became of it, as in `Sent`."""
    packet = PacketOut(forward, frozenset({forward.voice_id, *apart}))
    return tuple(map(sum, zip(Sent(), *listeners.send(packet, sender), strict=True)))
