"""WebRTC legs: made here with checks and handshake, then given to the load with what will be sent on them."""

import os
import random
import struct
import time
from collections.abc import Iterator
from typing import Final, NamedTuple

from aiortc.rtcdtlstransport import SRTPProtectionProfile
from OpenSSL import SSL
from pylibsrtp import Session

from server.media.dtls_seam import Certificate
from tests.bench.load import Kind, Load
from tests.bots.media import MediaEnd

PAYLOAD_BYTES: Final = 78  # 20 ms at 32 kbit/s; of three voices 77, 78 and 79, which tells them apart
MARK_EVERY: Final = 8  # packets: one that is MARK_BYTES longer shows which number it has
MARK_BYTES: Final = 4
TAG_BYTES: Final = 16  # of GCM, RFC 7714
FIRST_LEN: Final = PAYLOAD_BYTES - 1 + TAG_BYTES
REPORTS: Final = 4  # prepared for each leg: one each 5 s
LEVEL_DBOV: Final = 30
FRAME_48K: Final = 960
_CIPHER: Final = b"SRTP_AEAD_AES_128_GCM"
_HEADER: Final = struct.Struct("!BBHII")


class OneCipher(Certificate):
    """Offers AES-128-GCM alone, so that all servers encrypt the same."""

    def _create_ssl_context(self, srtp_profiles: list[SRTPProtectionProfile]) -> SSL.Context:
        return super()._create_ssl_context(
            [profile for profile in srtp_profiles if profile.openssl_profile == _CIPHER]
        )


class Leg(NamedTuple):
    """What a member's end of the media is. The sound of `end` must be open."""

    end: MediaEnd
    payload_type: int
    level_id: int
    group: int = 0


class Voice:
    """Prepares what a leg says: RTP with a level, encrypted."""

    def __init__(self, leg: Leg, load: Load, in_group: int, kind: Kind) -> None:
        sock, check, self._session = leg.end.give_away()
        pwd = leg.end.offered.pwd.encode("ascii")
        self._leg, self._in_group = leg, in_group
        self._seq, self._ssrc = random.getrandbits(15), leg.end.speech.ssrc
        self._first_48k = random.getrandbits(32)
        reports = [check, *_reports(self._session, self._ssrc)]
        member = load.add(sock, kind, leg.group, FIRST_LEN, reports, pwd)
        self._number, self._load = load.add_voice(member), load

    def prepare(self, count: int) -> None:
        """Let the load have the next `count` packets."""
        self._load.prepare(self._number, self._write(count))

    def _write(self, count: int) -> Iterator[bytes]:
        level = self._leg.level_id
        now_48k = self._first_48k + time.monotonic_ns() * 48 // 1_000_000
        for index in range(count):
            marker = 0x80 if index == 0 else 0
            first = 0x90 if level else 0x80
            packet = _HEADER.pack(
                first,
                marker | self._leg.payload_type,
                self._seq,
                (now_48k + index * FRAME_48K) & 0xFFFFFFFF,
                self._ssrc,
            )
            mark = 0 if index % MARK_EVERY else MARK_BYTES
            if level:
                packet += struct.pack("!HHBBxx", 0xBEDE, 1, level << 4, 0x80 | LEVEL_DBOV)
            payload = b"\x78" + os.urandom(PAYLOAD_BYTES - 2 + self._in_group + mark)
            yield self._session.protect(packet + payload)
            self._seq = (self._seq + 1) & 0xFFFF


def give_listener(leg: Leg, load: Load, kind: Kind) -> None:
    """Give a leg that only listens to the load."""
    sock, check, session = leg.end.give_away()
    reports = _reports(session, leg.end.speech.ssrc)
    load.add(sock, kind, leg.group, FIRST_LEN, [check, *reports], leg.end.offered.pwd.encode("ascii"))


def _reports(session: Session, ssrc: int) -> list[bytes]:
    """Empty receiver reports (RFC 3550 section 6.4.2), encrypted."""
    return [session.protect_rtcp(struct.pack("!BBHI", 0x80, 201, 1, ssrc)) for _ in range(REPORTS)]
