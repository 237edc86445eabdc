import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.bench.pages import frame_of
from tests.bench.peers.bencode import Bencoded, read_bencoded, write_bencoded
from tests.bench.peers.mumble import read_fields, write_field, write_varint
from tests.bench.peers.ocb import Sealer, encrypt
from tests.bench.peers.sdp import read_description, write_description

JANUS = """v=0
o=- 1 1 IN IP4 198.18.0.1
s=VideoRoom 1
t=0 0
a=group:BUNDLE a b
a=fingerprint:sha-256 0a:1B
a=extmap-allow-mixed
m=audio 9 UDP/TLS/RTP/SAVPF 109
a=mid:a
a=ice-ufrag:tm/4
a=ice-pwd:MNTbzc93cfw4H3dl71GW5F
a=rtpmap:109 opus/48000/2
a=extmap:3/sendrecv urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=candidate:1 1 udp 2015363327 198.18.0.1 58967 typ host
a=candidate:1 2 udp 2015363326 198.18.0.1 58968 typ host
m=audio 9 UDP/TLS/RTP/SAVPF 109
a=mid:b
""".replace("\n", "\r\n")


def test_a_description_is_read() -> None:
    found = read_description(JANUS)
    assert found.mids == ("a", "b")
    assert found.offered.ufrag == "tm/4"
    assert found.offered.fingerprint == "0A:1B"
    assert found.offered.candidates == (("198.18.0.1", 58967),)
    assert found.offered.payload_type == 109
    assert found.offered.level_id == 3


@pytest.mark.parametrize("missing", ["a=ice-pwd:", "a=fingerprint:", "a=candidate:1 1"])
def test_a_description_that_lacks_something_is_refused(missing: str) -> None:
    with pytest.raises(ValueError, match="a description without"):
        read_description(JANUS.replace(missing, "a=other:"))


def test_what_is_written_can_be_read() -> None:
    text = write_description("uf", "AA:BB", "127.0.0.1", direction="recvonly", mids=("0", "1"), level_id=0)
    found = read_description(text)
    assert found.mids == ("0", "1")
    assert found.offered.level_id == 0
    assert text.count("a=recvonly") == 2


def test_bencoding_goes_both_ways() -> None:
    value: Bencoded = {"command": "publish", "flags": ["a", ["b"]], "n": -3, "text": "zwei Wörter"}
    assert write_bencoded({"b": 1, "a": "x"}) == b"d1:a1:x1:bi1ee"  # keys in order
    assert read_bencoded(write_bencoded(value)) == value
    with pytest.raises(ValueError, match="follows"):
        read_bencoded(b"i1ei2e")


@pytest.mark.parametrize("size", [5, 125, 126, 400])
def test_a_frame_has_its_length_and_a_mask_of_zeros(size: int) -> None:
    frame = frame_of(b"x" * size)
    assert frame[0] == 0x81
    if size < 126:
        assert frame[1:6] == bytes((0x80 | size, 0, 0, 0, 0))
    else:
        assert frame[1:8] == bytes((0xFE, size >> 8, size & 0xFF, 0, 0, 0, 0))
    assert frame.endswith(b"x" * size)
    assert len(frame) == size + (6 if size < 126 else 8)


def test_ocb_has_the_tags_of_its_specification() -> None:
    key = bytes(range(16))
    aes = Cipher(algorithms.AES128(key), modes.ECB()).encryptor().update  # noqa: S305 - the block alone
    assert encrypt(aes, key, b"") == (b"", bytes.fromhex("bf3108130773ad5ec70ec69e7875a7b0"))
    sealed, tag = encrypt(aes, key, bytes(range(40)))
    assert len(sealed) == 40
    assert tag == bytes.fromhex("9db0cdf880f73e3e10d4eb3217766688")


def test_each_datagram_has_the_next_nonce() -> None:
    sealer = Sealer(bytes(16), b"\xff" + bytes(15))
    first, second = sealer.seal(b"same"), sealer.seal(b"same")
    assert (first[0], second[0]) == (0, 1)
    assert first[4:] != second[4:]


@pytest.mark.parametrize(("value", "text"), [(0, "00"), (127, "7f"), (128, "8080"), (16_384, "c04000")])
def test_mumbles_numbers(value: int, text: str) -> None:
    assert write_varint(value) == bytes.fromhex(text)


def test_protobuf_fields_go_both_ways() -> None:
    body = write_field(1, b"x" * 200) + write_field(4, 300) + write_field(2, b"y")
    assert read_fields(body) == {1: b"x" * 200, 2: b"y"}
