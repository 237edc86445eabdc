"""The server's offer as session description text (RFC 8866, RFC 8829).

One deterministic text for every browser. It travels one way only: nothing that a
client writes as session description text is ever read by the server.
"""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final

import msgspec

from rooms.voice.packet import LEVEL_EXTENSION_ID, OPUS_PAYLOAD_TYPE

MIC_MID: Final = "mic"  # the line on which the browser sends
SLOT_MID_PREFIX: Final = "s"  # s0, s1, s2: the lines on which the server sends
PTIMES_MS: Final = (20, 40, 60)  # frame lengths a meeting can use; Opus has more (RFC 7587 section 4.2)
MIN_BITRATE_BPS: Final = 6_000  # Opus' own range (RFC 7587 section 6.1, maxaveragebitrate)
MAX_BITRATE_BPS: Final = 510_000

_FORMAT: Final = "minptime=10;useinbandfec=1;usedtx=1;stereo=0;sprop-stereo=0"
_HOST_TYPE_PREFERENCE: Final = 126  # RFC 8445 section 5.1.2.2
_TOP_LOCAL_PREFERENCE: Final = 65_535
_COMPONENT_ID: Final = 1  # RTP and RTCP share it (rtcp-mux)


class OfferTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between one offer and the next.

    Attributes:
        session_id: the peer's number in the o= line, below 2^63 (RFC 8829 section 5.2.1).
        version: 1 for the first offer, one more for each restart.
        ufrag: the server's ICE user name for this peer.
        pwd: the server's ICE password for this peer.
        fingerprint: SHA-256 of the server's certificate, upper case with colons (RFC 8122).
        candidates: (address, port) in order of preference, IPv4 or IPv6; at least one.
        slot_ssrcs: one SSRC for each slot, all different.
        cname: the canonical name behind all slots (RFC 7022: says nothing about anybody).
        ptime_ms: wanted length of a packet: 20, 40 or 60 ms.
        max_bitrate_bps: the microphone's average limit.
    """

    session_id: int
    version: int
    ufrag: str
    pwd: str
    fingerprint: str
    candidates: tuple[tuple[str, int], ...]
    slot_ssrcs: tuple[int, ...]
    cname: str
    ptime_ms: int = 20
    max_bitrate_bps: int = 32_000


def write_offer(terms: OfferTerms) -> str:
    """Return the offer: ICE-lite, one microphone line to receive, one line to send for each slot.

    Opus mono with in-band error correction and DTX; the browser is told to be the DTLS client by
    answering `a=setup:active`. No feedback messages, no media identifiers on the wire, no encoded
    redundancy: slots are told apart by SSRC alone.

    Raises:
        ValueError: for terms that no browser would accept.
    """
    _check(terms)
    slot_mids = [f"{SLOT_MID_PREFIX}{number}" for number in range(len(terms.slot_ssrcs))]
    lines = [
        "v=0",
        f"o=- {terms.session_id} {terms.version} IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        "a=extmap-allow-mixed",
        "a=group:BUNDLE " + " ".join([MIC_MID, *slot_mids]),
        "a=msid-semantic: WMS *",
    ]
    transport = _transport_lines(terms)
    sound = _sound_lines(terms)
    lines += [*transport, f"a=mid:{MIC_MID}", *sound, "a=recvonly"]
    for number, (mid, ssrc) in enumerate(zip(slot_mids, terms.slot_ssrcs, strict=True)):
        lines += [*transport, f"a=mid:{mid}", *sound, "a=sendonly"]
        lines += [f"a=msid:slots slot{number}", f"a=ssrc:{ssrc} cname:{terms.cname}"]
    return "\r\n".join(lines) + "\r\n"


def _check(terms: OfferTerms) -> None:
    """Raise ValueError for terms out of range."""
    if terms.ptime_ms not in PTIMES_MS:
        raise ValueError(f"ptime must be one of {PTIMES_MS} ms, not {terms.ptime_ms}")
    if not MIN_BITRATE_BPS <= terms.max_bitrate_bps <= MAX_BITRATE_BPS:
        raise ValueError(f"max bitrate must be {MIN_BITRATE_BPS} to {MAX_BITRATE_BPS} bit/s")
    if not terms.candidates:
        raise ValueError("an offer needs at least one candidate address")
    if len(set(terms.slot_ssrcs)) != len(terms.slot_ssrcs):
        raise ValueError("every slot needs an SSRC of its own")


def _transport_lines(terms: OfferTerms) -> list[str]:
    """The m= and c= line and what says how to reach the server; the same for every line of the bundle."""
    first_ip, first_port = terms.candidates[0]
    return [
        f"m=audio {first_port} UDP/TLS/RTP/SAVPF {OPUS_PAYLOAD_TYPE}",
        f"c=IN IP{ip_address(first_ip).version} {first_ip}",
        *_candidate_lines(terms.candidates),
        "a=end-of-candidates",
        f"a=ice-ufrag:{terms.ufrag}",
        f"a=ice-pwd:{terms.pwd}",
        f"a=fingerprint:sha-256 {terms.fingerprint}",
        "a=setup:actpass",
        "a=rtcp-mux",
        "a=rtcp-rsize",
    ]


def _candidate_lines(candidates: Sequence[tuple[str, int]]) -> list[str]:
    """Host candidates, the first one with the highest priority (RFC 8445 section 5.1.2.1)."""
    lines = []
    for number, (ip, port) in enumerate(candidates):
        local_preference = _TOP_LOCAL_PREFERENCE - number
        priority = (_HOST_TYPE_PREFERENCE << 24) | (local_preference << 8) | (256 - _COMPONENT_ID)
        lines.append(f"a=candidate:{number + 1} {_COMPONENT_ID} udp {priority} {ip} {port} typ host")
    return lines


def _sound_lines(terms: OfferTerms) -> list[str]:
    """Opus (RFC 7587) and the level extension (RFC 6464)."""
    return [
        f"a=extmap:{LEVEL_EXTENSION_ID} urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        f"a=rtpmap:{OPUS_PAYLOAD_TYPE} opus/48000/2",
        f"a=fmtp:{OPUS_PAYLOAD_TYPE} {_FORMAT};maxaveragebitrate={terms.max_bitrate_bps}",
        f"a=ptime:{terms.ptime_ms}",
        f"a=maxptime:{max(PTIMES_MS)}",
    ]
