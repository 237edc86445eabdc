import json
from pathlib import Path

import msgspec
import pytest

from signaling.sdp import OfferTerms, write_offer

VECTOR = Path(__file__).parents[1] / "vectors" / "sdp_offer.json"

TERMS = OfferTerms(
    session_id=4_611_686_018_427_387_904,
    version=2,
    ufrag="k3Jd8sLq0ZxCvBnM",
    pwd="abcdefghijklmnopqrstuvwxyz012345",  # noqa: S106 -- guards nothing
    fingerprint=":".join(["A1"] * 32),
    candidates=(("198.51.100.7", 40_000), ("2001:db8::7", 40_000)),
    slot_ssrcs=(101, 102, 103),
    cname="c7022",
)


def sections(sdp: str) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for line in sdp.removesuffix("\r\n").split("\r\n"):
        if line.startswith("m="):
            found.append([])
        found[-1].append(line)
    return found


def test_offer_equals_the_golden_vector() -> None:
    vector = json.loads(VECTOR.read_text(encoding="utf-8"))

    terms = msgspec.convert(vector["terms"], OfferTerms)

    assert terms == TERMS
    assert write_offer(terms).split("\r\n") == [*vector["lines"], ""]


def test_one_line_to_receive_and_one_to_send_for_each_slot() -> None:
    head, mic, *slots = sections(write_offer(TERMS))

    assert "a=ice-lite" in head
    assert "a=group:BUNDLE mic s0 s1 s2" in head
    assert "a=mid:mic" in mic
    assert "a=recvonly" in mic
    assert not any(line.startswith("a=ssrc:") for line in mic)
    for number, (slot, ssrc) in enumerate(zip(slots, TERMS.slot_ssrcs, strict=True)):
        assert f"a=mid:s{number}" in slot
        assert "a=sendonly" in slot
        assert f"a=ssrc:{ssrc} cname:c7022" in slot


def test_every_line_of_the_bundle_carries_the_same_transport() -> None:
    _, *media = sections(write_offer(TERMS))

    for section in media:
        assert section[0] == "m=audio 40000 UDP/TLS/RTP/SAVPF 111"
        assert "c=IN IP4 198.51.100.7" in section
        assert "a=candidate:1 1 udp 2130706431 198.51.100.7 40000 typ host" in section
        assert "a=candidate:2 1 udp 2130706175 2001:db8::7 40000 typ host" in section
        assert "a=setup:actpass" in section
        assert "a=rtcp-mux" in section
        assert f"a=fingerprint:sha-256 {TERMS.fingerprint}" in section


def test_ipv6_first_makes_an_ipv6_connection_line() -> None:
    terms = msgspec.structs.replace(TERMS, candidates=(("2001:db8::7", 9_000),))

    assert "c=IN IP6 2001:db8::7" in write_offer(terms).split("\r\n")


@pytest.mark.parametrize("ptime_ms", [20, 40, 60])
def test_packet_length_and_bitrate_are_the_callers(ptime_ms: int) -> None:
    sdp = write_offer(msgspec.structs.replace(TERMS, ptime_ms=ptime_ms, max_bitrate_bps=24_000))

    assert sdp.count(f"a=ptime:{ptime_ms}\r\n") == 4
    assert sdp.count("maxaveragebitrate=24000\r\n") == 4
    assert sdp.count("useinbandfec=1;usedtx=1;stereo=0") == 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"ptime_ms": 30},
        {"max_bitrate_bps": 5_999},
        {"max_bitrate_bps": 510_001},
        {"candidates": ()},
        {"slot_ssrcs": (1, 1, 2)},
    ],
)
def test_terms_that_no_browser_takes_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must be|needs"):
        write_offer(msgspec.structs.replace(TERMS, **wrong))
