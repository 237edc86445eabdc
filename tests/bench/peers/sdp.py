"""What peers' session descriptions say, and the least that they want to hear (RFC 8866, 8839, 8842)."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from tests.bench.peers.agent import ICE_PWD
from tests.bots.offer import Offered

OPUS: Final = 111
LEVEL: Final = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
_CANDIDATE: Final = re.compile(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", re.IGNORECASE)


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """What a peer's description says.

    Attributes:
        offered: its transport, as our bots want it.
        mids: of its media.
    """

    offered: Offered
    mids: tuple[str, ...]


def read_description(sdp: str) -> Described:
    """Read what a bundled description says of its one transport.

    Raises:
        ValueError: if something is missing.
    """
    lines = sdp.replace("\r", "").split("\n")
    found = {key: _first(lines, start) for key, start in _WANTED.items()}
    missing = [key for key, value in found.items() if not value]
    candidates = tuple(
        dict.fromkeys((match[1], int(match[2])) for line in lines if (match := _CANDIDATE.match(line)))
    )
    if missing or not candidates:
        raise ValueError(f"a description without {', '.join(missing) or 'candidates'}:\n{sdp}")
    level = next((line for line in lines if line.endswith(LEVEL)), "a=extmap:0 ")
    payload_type = next((line for line in lines if "opus/48000" in line), f"a=rtpmap:{OPUS} ")
    offered = Offered(
        ufrag=found["ufrag"],
        pwd=found["pwd"],
        fingerprint=found["fingerprint"].upper(),
        candidates=candidates,
        payload_type=int(payload_type.split(":")[1].split()[0]),
        level_id=int(level.split(":")[1].split("/")[0].split()[0]),
        slot_ssrcs=(),
    )
    return Described(
        offered=offered,
        mids=tuple(line.removeprefix("a=mid:") for line in lines if line.startswith("a=mid:")),
    )


def write_description(  # noqa: PLR0913 - what a description holds
    ufrag: str,
    fingerprint: str,
    address: str,
    *,
    direction: str,
    mids: Sequence[str] = ("0",),
    level_id: int = 1,
    ssrc: int = 0,
) -> str:
    """Describe our end: Opus, one transport for all, we begin the handshake (`setup:active`)."""
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", f"a=group:BUNDLE {' '.join(mids)}"]
    for mid in mids:
        lines += [
            f"m=audio 9 UDP/TLS/RTP/SAVPF {OPUS}",
            "c=IN IP4 0.0.0.0",
            "a=rtcp:9 IN IP4 0.0.0.0",
            f"a=ice-ufrag:{ufrag}",
            f"a=ice-pwd:{ICE_PWD}",
            f"a=fingerprint:sha-256 {fingerprint}",
            # Nothing is sent there: where we are is learned from our checks. Some want to be told of a place.
            f"a=candidate:1 1 udp 2130706431 {address} 9 typ host",
            "a=end-of-candidates",
            "a=setup:active",
            f"a=mid:{mid}",
            f"a={direction}",
            "a=rtcp-mux",
            f"a=rtpmap:{OPUS} opus/48000/2",
        ]
        if level_id:
            lines.append(f"a=extmap:{level_id} {LEVEL}")
        if ssrc:
            lines.append(f"a=ssrc:{ssrc} cname:bench")
    return "\r\n".join([*lines, ""])


_WANTED: Final = {"ufrag": "a=ice-ufrag:", "pwd": "a=ice-pwd:", "fingerprint": "a=fingerprint:sha-256 "}


def _first(lines: Sequence[str], start: str) -> str:
    for line in lines:
        if line.lower().startswith(start):
            return line[len(start) :].strip()
    return ""
