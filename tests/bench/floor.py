"""The least that a fan-out in this language can cost: protect one fixed packet per listener and send it.

Run as a process of its own (`python -m tests.bench.floor CORE`): reads the sinks' ports as one JSON line,
then for each further line, a number of bursts, sends that many, one every 20 ms as a voice does, and
answers with a line of JSON. CPU time is user and system time of the bursts alone.
"""

import gc
import json
import os
import socket
import struct
import sys
import time
from collections.abc import Callable, Sequence

from pylibsrtp import Policy, Session

from rooms.voice.packet import OPUS_PAYLOAD_TYPE

PAYLOAD_BYTES = 78  # 20 ms at 32 kbit/s
PACKET_S = 0.02
KEY_BYTES = 28  # AES-128-GCM, which the server agrees on with bots and browsers: key and salt


def open_session() -> Session:
    policy = Policy(
        key=os.urandom(KEY_BYTES),
        ssrc_type=Policy.SSRC_ANY_OUTBOUND,
        srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    )
    policy.allow_repeat_tx = True
    return Session(policy)


def write_packet(number: int) -> bytes:
    """A slot's packet as a listener gets it: one CSRC, the level, the payload."""
    head = struct.pack("!BBHII", 0x91, OPUS_PAYLOAD_TYPE, number & 0x7FFF, number * 960, 7)
    return head + struct.pack("!IHHBBxx", 5, 0xBEDE, 1, 0x10, 30) + bytes(PAYLOAD_BYTES)


def main() -> None:
    core = int(sys.argv[1])
    if core >= 0:
        os.sched_setaffinity(0, {core})
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * 1024 * 1024)
    sock.bind(("127.0.0.1", 0))
    sock.setblocking(False)  # noqa: FBT003 - the library's signature
    sinks = [(open_session().protect, ("127.0.0.1", port)) for port in json.loads(sys.stdin.readline())]
    gc.collect()
    gc.freeze()
    number = 0
    for line in sys.stdin:
        cpu_ns = 0
        at_s = time.monotonic()
        for _ in range(int(line)):
            number += 1
            cpu_ns += _burst(write_packet(number), sinks, sock)
            at_s += PACKET_S
            time.sleep(max(0.0, at_s - time.monotonic()))
        answer = {"packets": int(line) * len(sinks), "cpu_ns": cpu_ns}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _burst(
    packet: bytes, sinks: Sequence[tuple[Callable[[bytes], bytes], tuple[str, int]]], sock: socket.socket
) -> int:
    sendto = sock.sendto
    begin_ns = time.process_time_ns()
    for protect, address in sinks:
        sendto(protect(packet), address)
    return time.process_time_ns() - begin_ns


if __name__ == "__main__":
    main()
