"""CPU time per forwarded packet, beside the floors in the same run.

Without `--bare` a real server is measured with bots: see `tests.bench.fanout_served`.

`--bare` measures inside one process: prepared packets go through `read_packet`, `Forwarder.receive` and
`Listeners.send` to as many loopback sockets as there are listeners. In turns with it, so that all meet the
same machine, to the same sockets with the same cipher, go the floors:

* one by one: pylibsrtp's protect of one fixed packet for each listener, and `socket.sendto`;
* at once: `AESGCM.encrypt_into` of one fixed payload, header and nonce for each, and one sendmmsg.

CPU time is user and system time of the process, delivery over loopback included; sinks are emptied between
the turns, outside of the measured time.
"""

import argparse
import gc
import itertools
import os
import platform
import socket
import statistics
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pylibsrtp import Policy, Session

from rooms.ids import MemberId
from rooms.voice.downlink import Downlink
from rooms.voice.drops import DropReason
from rooms.voice.forwarder import SLOT_COUNT, Forwarder
from rooms.voice.packet import OPUS_PAYLOAD_TYPE, read_packet
from rooms.voice.slot import FRAME_48K, Forward
from server.media.copies import Copies
from server.media.fanout import Listeners
from server.media.kernel_lists import ROWS, write_name
from server.media.listener import CopySender, Listener, Sent, Span
from server.media.packet_out import PacketOut
from server.media.srtp_gcm import NONCE_BYTES, SessionKeys
from server.media.threaded_sender import ThreadedSender
from server.media.udp_port import open_sender
from tests.bench import fanout_served

SUMMARY = "CPU time per forwarded packet with one room of N listeners"
PAYLOAD_BYTES = 78  # 20 ms at 32 kbit/s
PACKET_MS = 20.0
LEVEL_DBOV = 30
RECEIVE_PACKETS = 20_000
IDLE_LOOK_S = 0.000_5
NO_PACKET = Forward(0, 0, 0, 0, False, MemberId(0), None, False, b"")  # noqa: FBT003 - nothing is refused
KEY_BYTES = 28  # AES-128-GCM: key and salt


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bare", action="store_true", help="in this process, no server, no bots")
    parser.add_argument("--voices", type=int, default=1, choices=range(1, SLOT_COUNT + 1))
    parser.add_argument("--listeners", type=int, nargs="+", default=[100, 300, 1000], metavar="N")
    parser.add_argument(
        "--threads",
        type=int,
        default=0,
        help="send in so many threads, with --bare",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=6.0,
        help="of speaking at each number of listeners",
    )


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    if not arguments.bare:
        if arguments.voices > 1:
            raise SystemExit("fanout: several voices of a real server are what `stage` measures")
        return fanout_served.measure(arguments.listeners, arguments.seconds / fanout_served.TURNS)
    rows = [_measure_bare(n, arguments) for n in arguments.listeners]
    return {
        "measurement": "fanout --bare",
        "voices": arguments.voices,
        "payload_bytes": PAYLOAD_BYTES,
        "cipher": "AEAD_AES_128_GCM",
        "threads": arguments.threads,
        "python": platform.python_version(),
        "load_1min": round(os.getloadavg()[0], 2),
        "rows": rows,
    }


def write_table(report: dict[str, Any]) -> str:
    if report["measurement"] == "fanout":
        return fanout_served.write_table(report)
    title = f"{report['measurement']}: {report['voices']} voice(s), {report['payload_bytes']}-byte payloads"
    lines = [
        f"{title}, {report['cipher']}, load {report['load_1min']}",
        "listeners  us/packet   in loop   one by one   ratio   at once   ratio   receive us     sent refused",
    ]
    lines.extend(
        f"{row['listeners']:9}  {row['us_per_packet']:9.2f}   {row['loop_us_per_packet']:7.2f}   "
        f"{row['floor_us_per_packet']:10.2f}   {row['ratio']:5.2f}   "
        f"{row['at_once_us_per_packet']:7.2f}   {row['at_once_ratio']:5.2f}   "
        f"{row['receive_us']:10.2f}   {row['packets_sent']:6}   {row['refused']:5}"
        for row in report["rows"]
    )
    return "\n".join(lines)


class _Sinks:
    """Loopback sockets that stand for the listeners' machines."""

    def __init__(self, count: int) -> None:
        self.sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
        for sink in self.sockets:
            sink.bind(("127.0.0.1", 0))
            sink.setblocking(False)  # noqa: FBT003 - the library's signature
        self.addresses = [sink.getsockname() for sink in self.sockets]

    def drain(self) -> int:
        count = 0
        for sink in self.sockets:
            try:
                while True:
                    sink.recv(2048)
                    count += 1
            except BlockingIOError:
                continue
        return count

    def close(self) -> None:
        for sink in self.sockets:
            sink.close()


def _open_session() -> Session:
    policy = Policy(
        key=os.urandom(KEY_BYTES),
        ssrc_type=Policy.SSRC_ANY_OUTBOUND,
        srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    )
    policy.allow_repeat_tx = True
    return Session(policy)


def datagrams(voice: int) -> Iterator[bytes]:
    """One voice's packets as they are after decryption."""
    seq = 0
    block = struct.pack("!HHBBxx", 0xBEDE, 1, 0x10, 0x80 | LEVEL_DBOV)
    while True:
        head = struct.pack(
            "!BBHII", 0x90, OPUS_PAYLOAD_TYPE, seq & 0xFFFF, seq * FRAME_48K & 0xFFFFFFFF, 1000 + voice
        )
        yield head + block + os.urandom(PAYLOAD_BYTES)
        seq += 1


def _measure_bare(listener_count: int, arguments: argparse.Namespace) -> dict[str, Any]:
    sinks = _Sinks(listener_count)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.setblocking(False)  # noqa: FBT003 - the library's signature
    try:
        sender = open_sender(sock, getattr(arguments, "threads", 0))
        try:
            return _run_turns(sinks, sock, sender, arguments)
        finally:
            sender.close()
    finally:
        sock.close()
        sinks.close()


def _run_turns(
    sinks: _Sinks, sock: socket.socket, sender: CopySender, arguments: argparse.Namespace
) -> dict[str, Any]:
    voice_count = arguments.voices
    forwarder = Forwarder()
    voices = [MemberId(1 + index) for index in range(voice_count)]
    for voice in voices:
        forwarder.add_voice(voice)
        forwarder.allow(voice, allowed=True)
    listeners = _listen(forwarder, sinks)
    one_by_one = _one_by_one(sinks, sock)
    at_once = _at_once(sinks, open_sender(sock))
    sources = [datagrams(index) for index in range(voice_count)]
    now_ms, outcome, delivered = 0.0, Sent(), 0
    ours_us: list[float] = []
    loop_us: list[float] = []
    floor_us: list[float] = []
    at_once_us: list[float] = []
    gc.collect()
    gc.freeze()
    deadline = time.monotonic() + arguments.seconds
    while time.monotonic() < deadline:
        now_ms += PACKET_MS
        for voice, source in zip(voices, sources, strict=True):
            took, sent = _time_ours(forwarder, voice, next(source), now_ms, listeners, sender)
            ours_us.append(took.all_us / listeners.count)
            loop_us.append(took.loop_us / listeners.count)
            outcome = Sent(*map(sum, zip(outcome, sent, strict=True)))
            delivered += sinks.drain()
            floor_us.append(_time(one_by_one) / listeners.count)
            sinks.drain()
            at_once_us.append(_time(at_once) / listeners.count)
            sinks.drain()
        forwarder.tick(now_ms)
    assert delivered == outcome.sent, f"{outcome} sent, {delivered} arrived"
    ours, bare, together = map(statistics.median, (ours_us, floor_us, at_once_us))
    return {
        "listeners": listeners.count,
        "us_per_packet": round(ours, 3),
        "loop_us_per_packet": round(statistics.median(loop_us), 3),
        "floor_us_per_packet": round(bare, 3),
        "ratio": round(ours / bare, 3),
        "at_once_us_per_packet": round(together, 3),
        "at_once_ratio": round(ours / together, 3),
        "receive_us": round(_time_receive(), 3),
        "packets_sent": outcome.sent,
        "refused": outcome.refused,
    }


def _listen(forwarder: Forwarder, sinks: _Sinks) -> Listeners:
    listeners = Listeners()
    for index, address in enumerate(sinks.addresses):
        starts = [int.from_bytes(os.urandom(2)) >> 1 for _ in range(SLOT_COUNT)]
        downlink = Downlink(forwarder.slots, (1, 2, 3), starts)
        keys = SessionKeys.derive(os.urandom(KEY_BYTES))
        listeners.add(Listener(MemberId(100 + index), downlink, keys, address))
    return listeners


class Took(NamedTuple):
    """CPU time in us: of all threads until the last copy is sent, and of the loop's own."""

    all_us: float
    loop_us: float


def _time_ours(
    forwarder: Forwarder,
    voice: MemberId,
    datagram: bytes,
    now_ms: float,
    listeners: Listeners,
    sender: CopySender,
) -> tuple[Took, Sent]:
    """From a decrypted datagram until all its copies are sent: what that took, and what became of them."""
    begin, begin_here = time.process_time_ns(), time.thread_time_ns()
    packet = read_packet(datagram)
    forward = packet if isinstance(packet, DropReason) else forwarder.receive(voice, packet, now_ms)
    assert isinstance(forward, Forward), forward
    parts = list(listeners.send(PacketOut(forward, frozenset({voice})), sender))
    loop_us = (time.thread_time_ns() - begin_here) / 1_000
    while isinstance(sender, ThreadedSender) and not sender.is_idle:
        time.sleep(IDLE_LOOK_S)
    took = Took((time.process_time_ns() - begin) / 1_000, loop_us)
    return took, Sent(*map(sum, zip(*parts, strict=True)))


def _time(work: Callable[[], None]) -> float:
    """CPU time in us."""
    begin = time.process_time_ns()
    work()
    return (time.process_time_ns() - begin) / 1_000


def _write_packet() -> tuple[bytes, bytes]:
    """One fixed packet: header and payload."""
    head = struct.pack("!BBHII", 0x91, OPUS_PAYLOAD_TYPE, 1, 960, 7)
    return head + struct.pack("!IHHBBxx", 5, 0xBEDE, 1, 0x10, LEVEL_DBOV), os.urandom(PAYLOAD_BYTES)


def _one_by_one(sinks: _Sinks, sock: socket.socket) -> Callable[[], None]:
    """Protect one fixed packet per listener and send it, and do nothing else."""
    packet = b"".join(_write_packet())
    rows = [(_open_session().protect, address) for address in sinks.addresses]
    sendto = sock.sendto

    def send() -> None:
        for protect, address in rows:
            sendto(protect(packet), address)

    return send


def _at_once(sinks: _Sinks, sender: CopySender) -> Callable[[], None]:
    """Encrypt one fixed packet per listener in place and send all by one call, and do nothing else."""
    head, payload = _write_packet()
    aeads = [SessionKeys.derive(os.urandom(KEY_BYTES)).aead for _ in sinks.addresses]
    names = [write_name(address) for address in sinks.addresses]

    def send() -> None:
        for start in range(0, len(aeads), ROWS):
            part = aeads[start : start + ROWS]
            _send_part(sender.copies, part, head, payload)
            sender.copies.write_names(b"".join(names[start : start + ROWS]), ())
            sender.send_copies([Span(0, len(part))], (), NO_PACKET, 0)

    return send


def _send_part(copies: Copies, aeads: list[Any], head: bytes, payload: bytes) -> None:
    shape = copies.take_shape(len(head), len(payload), len(aeads))
    nonce = bytes(NONCE_BYTES)
    for aead, place, body in zip(aeads, shape.heads, shape.bodies, strict=False):
        place[:] = head
        aead.encrypt_into(nonce, payload, place, body)


def _time_receive() -> float:
    """CPU time in us from a decrypted datagram to the decision, for one voice in a slot, caches warm."""
    forwarder = Forwarder()
    forwarder.add_voice(MemberId(1))
    forwarder.allow(MemberId(1), allowed=True)
    prepared = list(itertools.islice(datagrams(0), RECEIVE_PACKETS))
    begin = time.process_time_ns()
    for index, datagram in enumerate(prepared):
        packet = read_packet(datagram)
        if not isinstance(packet, DropReason):
            forwarder.receive(MemberId(1), packet, index * PACKET_MS)
    return (time.process_time_ns() - begin) / 1_000 / len(prepared)
