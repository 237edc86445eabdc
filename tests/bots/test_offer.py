import pytest

from signaling.sdp import OfferTerms, write_offer
from tests.bots.offer import OfferError, read_offer

PWD = "abcdefghijklmnopqrstuvwx"  # noqa: S105 -- an ICE password, made up
TERMS = OfferTerms(
    session_id=1,
    version=1,
    ufrag="abcdefgh",
    pwd=PWD,
    fingerprint=":".join(["AB"] * 32),
    candidates=(("127.0.0.1", 4_000), ("::1", 4_000)),
    slot_ssrcs=(11, 12, 13),
    cname="room",
)


def test_the_reader_finds_what_the_server_wrote() -> None:
    offered = read_offer(write_offer(TERMS))
    assert (offered.ufrag, offered.pwd, offered.fingerprint) == (TERMS.ufrag, TERMS.pwd, TERMS.fingerprint)
    assert offered.candidates == TERMS.candidates
    assert offered.slot_ssrcs == TERMS.slot_ssrcs
    assert (offered.payload_type, offered.level_id) == (111, 1)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("a=ice-lite\r\n", "", "ice-lite"),
        ("a=ice-ufrag:abcdefgh\r\n", "", "ufrag"),
        ("\r\n", "\n", "CRLF"),
        ("opus/48000/2", "PCMU/8000", "Opus"),
        ("typ host", "typ relay", "candidate"),
    ],
)
def test_an_offer_that_lacks_something_is_an_error(old: str, new: str, complaint: str) -> None:
    with pytest.raises(OfferError, match=complaint):
        read_offer(write_offer(TERMS).replace(old, new))


def test_lines_of_a_bundle_that_disagree_are_an_error() -> None:
    sdp = write_offer(TERMS)
    with pytest.raises(OfferError, match="2 different"):
        read_offer(sdp.replace("a=ice-pwd:abc", "a=ice-pwd:xyz", 1))
