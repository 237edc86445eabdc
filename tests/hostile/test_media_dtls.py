"""BD1 to BD10: handshakes and records that no browser sends."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from OpenSSL import SSL

from server.media.plane import HANDSHAKE_S
from tests.hostile.beside import Beside
from tests.hostile.hand import Hand, Handshake, is_silent, stranger

Key = ec.EllipticCurvePrivateKey
HALF_OPEN: Final = 10
STOPPED: Final = ((1, 0), (2, 1), (2, 3))  # flights, and records of the last: hello, certificate, no end
GCM: Final = b"SRTP_AEAD_AES_256_GCM"
CIPHERS: Final = b"ECDHE-ECDSA-AES128-GCM-SHA256:@SECLEVEL=0"

HELLO: Final = bytes.fromhex("16feff0000000000000000003a0100002e000000000000002efefd") + bytes(45)
PLAIN: Final = {
    "null cipher": HELLO[:-9] + b"\0\2\0\0\1\0" + bytes(3),
    "version": HELLO[:25] + b"\xfe\x00" + HELLO[27:],
    "old version": b"\x16\x03\x00" + HELLO[3:],
    "16 kB": b"\x16\xfe\xfd" + bytes(8) + b"\x3f\xff" + bytes(1_200),
    "piece": bytes.fromhex("16fefd000000000000000100 0d 010000ff000000000000 01 01".replace(" ", "")),
    "overlap": bytes.fromhex("16fefd0000000000000002000e 010000ff0000000000000201 02".replace(" ", "")),
    "length lies": HELLO[:11] + b"\x00\x05" + HELLO[13:],
    "alert": bytes.fromhex("15fefd00000000000000000002 0228".replace(" ", "")),
    "goodbye": bytes.fromhex("15fefd00000000000000000002 0100".replace(" ", "")),
    "change cipher": bytes.fromhex("14fefd0000000000000000000101"),
    "finished": bytes.fromhex("16fefd0001000000000000001814000000") + bytes(20),
    "heartbeat": bytes.fromhex("18fefd00000000000000000003014000"),
    "application": bytes.fromhex("17fefd0001000000000000001000") + bytes(15),
    "epoch 65535": bytes.fromhex("17feffffffffffffffffff0010") + bytes(16),
}
"""Records that anybody can write: nothing in them is encrypted."""


@pytest.fixture
async def sam(beside: Beside) -> AsyncIterator[Hand]:
    """A member with an offer that was not answered yet."""
    hand = await Hand.seated(beside.port)
    yield hand
    await hand.leave()


def certificate_of(key: Key, days: int = 1) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    now = datetime.now(UTC)
    ends = now + timedelta(days=days)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, ends - timedelta(days=30), ends)
    return builder.sign(key, SHA256())


def fingerprint_of(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(SHA256()).hex(":").upper()


def context_of(key: Key | None, certificate: x509.Certificate | None, profiles: bytes = GCM) -> SSL.Context:
    context = SSL.Context(SSL.DTLS_METHOD)
    context.set_cipher_list(CIPHERS)
    context.set_verify(SSL.VERIFY_NONE, lambda *_: True)
    if key is not None and certificate is not None:
        context.use_certificate(certificate)
        context.use_privatekey(key)
    if profiles:
        context.set_tlsext_use_srtp(profiles)
    return context


def good() -> tuple[Key, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    return key, certificate_of(key)


async def test_bd1_bd2_what_strangers_send_ends_no_handshake(beside: Beside) -> None:
    async with beside.trial("BD2", "stranger") as trial:
        for _ in range(3):
            hand = await Hand.seated(beside.port)
            with stranger(hand.target) as sock:
                for _ in range(5):
                    for record in (b"", *PLAIN.values()):
                        sock.send(record)
                async with asyncio.TaskGroup() as group:
                    group.create_task(hand.connect())
                    for _ in range(5):
                        for record in (b"", *PLAIN.values()):
                            sock.send(record)
                        await asyncio.sleep(0)
                assert is_silent(sock)
            await hand.leave()
        await trial.counted("media_drops", "stranger", at_least=30 * len(PLAIN))
        await trial.counted("media_drops", "too_short", at_least=30)


async def test_bd1_empty_datagrams_at_any_phase(beside: Beside, sam: Hand) -> None:
    async with beside.trial("BD1", "member") as trial:
        sam.send(b"", b"\x16")
        await sam.check()
        sam.send(b"", b"\x16")
        await sam.accept()
        sam.send(b"", b"\x16")
        await sam.connect()
        sam.send(b"", b"\x16")
        assert (await sam.line.ask("restart_media"))["type"] == "offered"
        await trial.counted("media_drops", "too_short", at_least=8)


@pytest.mark.parametrize("name", PLAIN)
async def test_bd3_junk_from_a_proven_address_harms_that_handshake_only(beside: Beside, name: str) -> None:
    async with beside.trial("BD3", "member", name):
        hand, other = await Hand.seated(beside.port), await Hand.connected(beside.port)
        await hand.accept()
        await hand.check()
        hand.send(PLAIN[name])
        await other.check()  # it was read
        if (await hand.line.ask("restart_media"))["type"] == "refused":
            assert (await beside.counts())["media_handshake_failures", ""] >= 1
            await hand.reopen()
            await hand.connect()  # by a new offer
        await other.check()
        await hand.leave()
        await other.leave()


async def test_bd4_bd8_plain_records_after_the_keys_change_nothing(beside: Beside, sam: Hand) -> None:
    await sam.connect()
    async with beside.trial("BD4", "member"):
        ann = await Hand.connected(beside.port)
        await sam.command("set_microphone", on=True)
        sam.send(*PLAIN.values())
        assert await sam.is_heard_by(ann)
        await ann.leave()


def _none() -> tuple[SSL.Context, str]:
    _, certificate = good()
    return context_of(None, None), fingerprint_of(certificate)


def _other() -> tuple[SSL.Context, str]:
    return context_of(*good()), fingerprint_of(good()[1])


def _without_srtp() -> tuple[SSL.Context, str]:
    key, certificate = good()
    return context_of(key, certificate, b""), fingerprint_of(certificate)


def _short_tags() -> tuple[SSL.Context, str]:
    key, certificate = good()
    return context_of(key, certificate, b"SRTP_AES128_CM_SHA1_32"), fingerprint_of(certificate)


@pytest.mark.parametrize(
    ("entry", "made"),
    [("BD6", _none), ("BD6", _other), ("BD7", _without_srtp), ("BD7", _short_tags)],
)
async def test_bd6_bd7_who_is_not_who_he_said_or_agrees_on_nothing_gets_no_keys(
    beside: Beside, sam: Hand, entry: str, made: Callable[[], tuple[SSL.Context, str]]
) -> None:
    async with beside.trial(entry, "member", made.__name__.strip("_")) as trial:
        context, fingerprint = made()
        await sam.accept(fingerprint)
        await sam.check()
        await Handshake(sam, context).run()
        await trial.counted("media_handshake_failures")
        await trial.counted("media_peers_closed", "handshake_failed")
        assert (await sam.line.ask("restart_media"))["code"] == "no_peer"


async def test_bd8_bd9_what_else_dtls_can_do_is_of_no_use(beside: Beside, sam: Hand) -> None:
    async with beside.trial("BD9", "member"):
        key, certificate = good()
        await sam.accept(fingerprint_of(certificate))
        await sam.check()
        shaking = Handshake(sam, context_of(key, certificate))
        assert await shaking.run()
        await sam.check()
        for _ in range(3):
            shaking.ssl.send(b"\x13\x88\x13\x88" + bytes(60))  # the start of SCTP
            shaking.flush()
        await sam.check()
        assert (await sam.line.ask("restart_media"))["type"] == "offered"
    async with beside.trial("BD8", "member"):
        shaking.ssl.renegotiate()
        await shaking.run(2)
        again = Handshake(sam, context_of(*good()))
        assert not await again.run(3)
        await sam.check()
        assert (await sam.line.ask("restart_media"))["type"] == "offered"


async def _end_of_media(hand: Hand) -> None:
    """Ask until there is no transport: nobody tells, and a line that nobody reads answers no pings."""
    while (await hand.line.ask("restart_media"))["type"] != "refused":  # noqa: ASYNC110 - it is far away
        await asyncio.sleep(1)


@pytest.mark.long
async def test_bd5_a_handshake_that_stops_has_ten_seconds(beside: Beside) -> None:
    async with beside.trial("BD5", "member") as trial:
        hands = [await Hand.seated(beside.port) for _ in STOPPED]
        for (flights, records), hand in zip(STOPPED, hands, strict=True):
            key, certificate = good()
            await hand.accept(fingerprint_of(certificate))
            await hand.check()
            await Handshake(hand, context_of(key, certificate)).run(flights, records=records)
        async with asyncio.timeout(HANDSHAKE_S + 5), asyncio.TaskGroup() as group:
            for hand in hands:
                group.create_task(_end_of_media(hand))
        await trial.counted("media_handshake_failures", at_least=len(hands))
        for hand in hands:
            await hand.leave()


@pytest.mark.parametrize("count", [HALF_OPEN, pytest.param(150, marks=pytest.mark.long)])
async def test_bd10_half_open_handshakes(beside: Beside, count: int) -> None:
    async with beside.trial("BD10", "member", str(count), is_flood=count > HALF_OPEN):
        hands = [await Hand.seated(beside.port) for _ in range(count)]
        for hand in hands:
            key, certificate = good()
            await hand.accept(fingerprint_of(certificate))
            await hand.check()
            await Handshake(hand, context_of(key, certificate)).run(1)
        await beside.look()
        for hand in hands:
            await hand.leave()
