"""Handshakes between two of our own, and the contract with aiortc and OpenSSL."""

import asyncio
import gc
import inspect
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import SRTP_PROFILES, SRTPProtectionProfile
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from OpenSSL import SSL
from pylibsrtp import Session

from server.media import srtp_gcm
from server.media.dtls_seam import QUEUE_DATAGRAMS, Certificate, DtlsSeam

Pair = tuple[DtlsSeam, DtlsSeam, asyncio.Event]
Keys = tuple[Session, Session] | None

RTP = bytes.fromhex("806f000100000001000000ff") + b"sound"
REPORT = bytes.fromhex("80c90001000000ff")


def make_pair(
    server: Certificate, client: Certificate, *, lose: Callable[[bytes], bool] = lambda _datagram: False
) -> Pair:
    """A server and a client that hand each other their datagrams, and when the client hears goodbye."""
    goodbye = asyncio.Event()

    def to_client(datagram: bytes) -> None:
        _ = lose(datagram) or there.feed(datagram)

    def to_server(datagram: bytes) -> None:
        _ = lose(datagram) or here.feed(datagram)

    here = DtlsSeam(server, "server", to_client, lambda: None)
    there = DtlsSeam(client, "client", to_server, goodbye.set)
    return here, there, goodbye


def both(pair: Pair, server_print: str, client_print: str) -> Awaitable[tuple[Keys, Keys]]:
    here, there, _ = pair
    return asyncio.gather(
        here.shake_hands([("sha-256", client_print)]), there.shake_hands([("sha-256", server_print)])
    )


def test_the_private_name_is_there() -> None:
    assert list(inspect.signature(RTCCertificate._create_ssl_context).parameters) == ["self", "srtp_profiles"]


async def test_a_handshake_gives_keys_that_fit() -> None:
    server, client = Certificate.generateCertificate(), Certificate.generateCertificate()
    pair = make_pair(server, client)

    keys_here, keys_there = await both(pair, server.sha256, client.sha256)

    assert keys_here is not None
    assert keys_there is not None
    (rx_here, tx_here), (rx_there, tx_there) = keys_here, keys_there
    assert rx_there.unprotect(tx_here.protect(RTP)) == RTP
    assert rx_here.unprotect(tx_there.protect(RTP)) == RTP
    assert rx_here.unprotect_rtcp(tx_there.protect_rtcp(REPORT)) == REPORT
    assert tx_here.protect(RTP) != RTP
    pair[0].close()
    pair[1].close()


async def test_both_ends_agree_on_the_profile_that_is_fast_and_its_keys_are_libsrtps() -> None:
    server, client = Certificate.generateCertificate(), Certificate.generateCertificate()
    pair = make_pair(server, client)
    assert pair[0].session_keys() is None

    keys_here, keys_there = await both(pair, server.sha256, client.sha256)

    assert keys_here is not None
    assert keys_there is not None
    here, there = pair[0].session_keys(), pair[1].session_keys()
    assert here is not None
    assert there is not None
    assert pair[0].session_keys() is None  # they are told once
    assert (here[0].salt, here[1].salt) == (there[1].salt, there[0].salt)
    for (_, keys), rx in ((here, keys_there[0]), (there, keys_here[0])):
        nonce = keys.salt ^ (int.from_bytes(RTP[8:12], "big") << 48 | int.from_bytes(RTP[2:4], "big"))
        assert (
            rx.unprotect(RTP[:12] + keys.aead.encrypt(nonce.to_bytes(12, "big"), RTP[12:], RTP[:12])) == RTP
        )
    pair[0].close()
    pair[1].close()


class OtherProfiles(Certificate):
    """Of a browser that does not know the profile that is fast here."""

    def _create_ssl_context(self, srtp_profiles: list[SRTPProtectionProfile]) -> SSL.Context:
        others = [one for one in srtp_profiles if one.openssl_profile != srtp_gcm.PROFILE]
        return super()._create_ssl_context(others)


async def test_without_that_profile_libsrtp_sends() -> None:
    server, client = Certificate.generateCertificate(), OtherProfiles.generateCertificate()
    pair = make_pair(server, client)

    keys_here, keys_there = await both(pair, server.sha256, client.sha256)

    assert keys_here is not None
    assert keys_there is not None
    assert pair[0].session_keys() is None
    assert keys_there[0].unprotect(keys_here[1].protect(RTP)) == RTP
    pair[0].close()
    pair[1].close()


async def test_goodbye_is_heard_at_the_other_end_and_close_may_come_twice() -> None:
    server, client = Certificate.generateCertificate(), Certificate.generateCertificate()
    pair = make_pair(server, client)
    await both(pair, server.sha256, client.sha256)

    pair[0].close()
    pair[0].close()

    async with asyncio.timeout(5):
        await pair[2].wait()
    pair[1].close()


async def hands_shaken_without(number: int) -> tuple[Pair, list[bytes]]:
    """Shake hands while the datagram of this number is lost; return the pair and all that was sent."""
    server, client = Certificate.generateCertificate(), Certificate.generateCertificate()
    sent: list[bytes] = []

    def lose(datagram: bytes) -> bool:
        sent.append(datagram)
        return len(sent) == number

    pair = make_pair(server, client, lose=lose)
    async with asyncio.timeout(5):
        assert None not in await both(pair, server.sha256, client.sha256)
    return pair, sent


async def test_a_lost_flight_is_sent_again() -> None:
    pair, _ = await hands_shaken_without(3)
    pair[0].close()
    pair[1].close()


async def test_the_last_flight_is_sent_again_for_as_long_as_it_is_asked_for() -> None:
    pair, sent = await hands_shaken_without(4)
    assert sent[5] == sent[3]  # the same bytes: no nonce was used for anything else
    pair[0].feed(sent[4])
    assert sent[6] == sent[3]
    pair[0].close()
    pair[1].close()


async def test_a_handshake_leaves_nothing_of_openssl() -> None:
    server, client = Certificate.generateCertificate(), Certificate.generateCertificate()
    pair = make_pair(server, client)

    await both(pair, server.sha256, client.sha256)

    gc.collect()
    assert not [one for one in gc.get_objects() if type(one) is SSL.Connection]
    pair[0].close()
    pair[1].close()


async def test_a_long_flight_goes_in_parts_that_are_whole_records() -> None:
    server, client = Certificate.generateCertificate(), Certificate.generateCertificate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "long" * 15)] * 24)
    key = client._key
    now = datetime.now(UTC)
    ends = now + timedelta(days=1)
    long = x509.CertificateBuilder(name, name, key.public_key(), 7, now - timedelta(days=1), ends)
    client = Certificate(key, long.sign(key, SHA256()))
    sent: list[bytes] = []

    def note(datagram: bytes) -> bool:
        sent.append(datagram)
        return False

    pair = make_pair(server, client, lose=note)

    keys = await both(pair, server.sha256, client.sha256)

    assert None not in keys
    assert max(map(len, sent)) <= 1_500
    assert len([one for one in sent if len(one) > 1_000]) > 1
    pair[0].close()
    pair[1].close()


async def test_another_certificate_than_announced_gives_no_keys() -> None:
    server, client = Certificate.generateCertificate(), Certificate.generateCertificate()
    pair = make_pair(server, client)

    keys_here, keys_there = await both(pair, server.sha256, Certificate.generateCertificate().sha256)

    assert keys_here is None
    assert keys_there is not None
    pair[0].close()
    pair[1].close()


async def test_all_fingerprints_must_match() -> None:
    server, client = Certificate.generateCertificate(), Certificate.generateCertificate()
    here, there, _ = make_pair(server, client)
    wrong = Certificate.generateCertificate().sha256

    keys_here, _ = await asyncio.gather(
        here.shake_hands([("sha-256", client.sha256), ("sha-256", wrong)]),
        there.shake_hands([("sha-256", server.sha256)]),
    )

    assert keys_here is None
    here.close()
    there.close()


async def test_datagrams_wait_for_the_handshake_to_start_but_not_without_bound() -> None:
    here, there, _ = make_pair(Certificate.generateCertificate(), Certificate.generateCertificate())

    taken = [here.feed(b"\x16") for _ in range(QUEUE_DATAGRAMS + 1)]

    assert taken == [True] * QUEUE_DATAGRAMS + [False]
    here.close()
    there.close()


async def test_a_cancelled_handshake_ends() -> None:
    here, there, _ = make_pair(Certificate.generateCertificate(), Certificate.generateCertificate())

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await here.shake_hands([("sha-256", "A1")])

    here.close()
    there.close()


def test_one_context_serves_all_peers_of_a_certificate() -> None:
    certificate = Certificate.generateCertificate()

    first = certificate._create_ssl_context(SRTP_PROFILES)

    assert certificate._create_ssl_context(SRTP_PROFILES) is first
    assert Certificate.generateCertificate()._create_ssl_context(SRTP_PROFILES) is not first
    assert first.get_session_cache_mode() == 0


def test_the_fingerprint_is_written_as_offers_want_it() -> None:
    parts = Certificate.generateCertificate().sha256.split(":")

    assert len(parts) == 32
    assert all(len(part) == 2 and part == part.upper() for part in parts)
