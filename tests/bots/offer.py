"""A strict little reader of the server's offer: what a client must know, and nothing else (RFC 8866)."""

import re
from typing import Final

import msgspec

_CANDIDATE: Final = re.compile(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", re.IGNORECASE)
_SSRC: Final = re.compile(r"a=ssrc:(\d+) cname:\S+")


class OfferError(Exception):
    """The offer lacks something, or says something twice in different words."""


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """What an offer says.

    Attributes:
        ufrag: the server's ICE user name.
        pwd: the server's ICE password.
        fingerprint: SHA-256 of the server's certificate.
        candidates: (address, port), best first.
        payload_type: Opus.
        level_id: header extension of the level (RFC 6464), 0 for none.
        slot_ssrcs: in the order of the slots.
    """

    ufrag: str
    pwd: str
    fingerprint: str
    candidates: tuple[tuple[str, int], ...]
    payload_type: int
    level_id: int
    slot_ssrcs: tuple[int, ...]


def read_offer(sdp: str) -> Offered:
    """Read the text.

    Raises:
        OfferError: with what is missing or ambiguous.
    """
    lines = sdp.split("\r\n")
    if lines[0] != "v=0" or lines[-1]:
        raise OfferError("not a session description with lines that end in CRLF")
    if "a=ice-lite" not in lines:
        raise OfferError("a=ice-lite is missing: a full agent would want checks answered")
    payload_type = re.fullmatch(r"(\d+) opus/48000/2", _only(lines, "a=rtpmap:"))
    if payload_type is None:
        raise OfferError("the only codec is not Opus")
    found = dict.fromkeys(match.groups() for line in lines if (match := _CANDIDATE.fullmatch(line)))
    if not found:
        raise OfferError("no host candidate")
    return Offered(
        ufrag=_only(lines, "a=ice-ufrag:"),
        pwd=_only(lines, "a=ice-pwd:"),
        fingerprint=_only(lines, "a=fingerprint:sha-256 "),
        candidates=tuple((host, int(port)) for host, port in found),
        payload_type=int(payload_type[1]),
        level_id=_level_id(lines),
        slot_ssrcs=tuple(int(match[1]) for line in lines if (match := _SSRC.fullmatch(line))),
    )


def _only(lines: list[str], start: str) -> str:
    """What follows `start`; the lines that have it must agree, since the media are bundled."""
    found = {line.removeprefix(start) for line in lines if line.startswith(start)}
    if len(found) != 1:
        raise OfferError(f"{len(found)} different lines {start}... where there should be one")
    return found.pop()


def _level_id(lines: list[str]) -> int:
    found = {line for line in lines if line.endswith(" urn:ietf:params:rtp-hdrext:ssrc-audio-level")}
    return int(found.pop().removeprefix("a=extmap:").split(" ")[0]) if found else 0
