import asyncio
import os
import shutil
import socket
import struct
import threading

import pytest

from server.media.stun import BindingCheck, has_integrity, read_check
from tests.bench.legs import FIRST_LEN, MARK_BYTES, MARK_EVERY
from tests.bench.load import Heard, Kind, Load
from tests.bots.checks import draw_transaction, write_check

PACKETS = MARK_EVERY  # one with a mark: no lateness of a busy machine makes it another one
WARM = 2
DELAY_S = 0.004
PWD = b"the password of an offer, 32 long"

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")


def packet(index: int) -> bytes:
    mark = 0 if index % MARK_EVERY else MARK_BYTES
    return struct.pack("!BBHII", 0x80, 111, index, index * 960, 7) + os.urandom(FIRST_LEN + mark)


class Relay(threading.Thread):
    """Sends what comes from the voice to two listeners, but some packets not to the second one."""

    def __init__(self, lost: set[int]) -> None:
        super().__init__(daemon=True)
        self._lost = lost
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(10)
        self._left = PACKETS
        self.listeners: list[tuple[str, int]] = []
        self._late = threading.Event()

    def client(self) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        sock.connect(self._socket.getsockname())
        return sock

    def run(self) -> None:
        while self._left:
            datagram = self._socket.recv(2_048)
            index = int.from_bytes(datagram[2:4], "big")
            self._late.wait(DELAY_S)  # never set: the delay that is to be measured
            for number, listener in enumerate(self.listeners):
                if not (number == 1 and index in self._lost):
                    self._socket.sendto(datagram, listener)
            self._left -= 1
        self._socket.close()


async def hear(lost: set[int]) -> Heard:
    relay = Relay(lost)
    with Load(core=None) as load:
        voice = load.add_voice(load.add(relay.client(), Kind.RTP, 0, FIRST_LEN))
        for _ in range(2):
            listener = relay.client()
            relay.listeners.append(listener.getsockname())
            load.add(listener, Kind.RTP, 0, FIRST_LEN)
        relay.start()
        load.prepare(voice, map(packet, range(PACKETS)))
        load.begin(PACKETS * 0.01, interval_us=10_000, warm=WARM, settle_ms=60_000)
        await asyncio.to_thread(relay.join)
        load.stop()
        return await load.end()
    raise AssertionError("nothing swallows an error here")


async def test_every_packet_and_its_delay_is_counted() -> None:
    heard = await hear(set())
    assert heard.said == PACKETS
    assert heard.received == 2 * PACKETS
    assert heard.expected == heard.heard == 2 * (PACKETS - WARM)
    assert heard.strange == heard.dropped == heard.cut == 0
    assert heard.lost_part == 0
    assert heard.p50_ms >= DELAY_S * 1_000


async def test_each_consent_check_is_a_new_one() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, Load(core=None) as load:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        member = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        member.connect(server.getsockname())
        check = write_check(draw_transaction(), "ours:theirs", PWD, bytes(8))
        load.add(member, Kind.RTP, 0, FIRST_LEN, [check], PWD)
        checks = [read_check(await asyncio.to_thread(server.recv, 2_048)) for _ in range(2)]
    one, other = checks
    assert isinstance(one, BindingCheck)
    assert isinstance(other, BindingCheck)
    assert has_integrity(one, PWD)
    assert has_integrity(other, PWD)
    assert one.transaction_id != other.transaction_id


async def test_what_is_lost_is_told_except_at_the_beginning() -> None:
    heard = await hear({1, 3, 6})
    assert heard.received == 2 * PACKETS - 3
    assert heard.expected - heard.heard == 2
    assert heard.lost_part == pytest.approx(2 / (2 * (PACKETS - WARM)))
