"""Whole transports over loopback: what one end says the other hears, and nobody else gets a byte."""

import asyncio
import os
import struct

import pytest
from aioice import stun

from rooms.ids import MemberId
from rooms.refusals import Refusal, RefusalCode
from rooms.voice.drops import DropReason
from server.media import plane
from server.media.counts import CloseReason, PeerClosed
from server.media.dtls_seam import Certificate
from server.media.rtcp import Reports, read_reports
from signaling.from_browser import Fingerprint
from tests.server.media.client import WAIT_S, Client, read_line
from tests.server.media.stage import ROOM, Stage, settle
from tests.server.media.test_dtls_seam import OtherProfiles


async def test_random_payload_arrives_unchanged_with_the_voice_in_the_csrc(stage: Stage) -> None:
    speaker, listener = await stage.speaker(7_001), await stage.join(7_002)
    payloads = [os.urandom(size) for size in (1, 40, 81, 400, 1_100)]

    for payload in payloads:
        stage.clock.now_ms += 20
        speaker.speak(payload, level=31)

    heard = [await listener.packets.get() for _ in payloads]
    flags, kind, _, _, ssrc, csrc = struct.unpack_from("!BBHIII", heard[0])
    assert flags == 0x91
    assert kind & 0x7F == 111
    assert csrc == 7_001
    assert f"a=ssrc:{ssrc} " in listener.offer.sdp
    assert [packet[24:] for packet in heard] == payloads
    assert all(packet[16:22] == b"\xbe\xde\x00\x01\x10\x1f" for packet in heard)
    sequence = [struct.unpack_from("!H", packet, 2)[0] for packet in heard]
    assert [number - sequence[0] for number in sequence] == [0, 1, 2, 3, 4]
    await settle([speaker])
    assert speaker.packets.empty()


async def test_over_ipv6_to_ipv4_and_back(stage: Stage) -> None:
    six = await stage.join(1, host="::1")
    four = await stage.speaker(2)
    stage.plane.allow_voice(six.room, 1, allowed=True)

    six.speak(b"from six")
    four.speak(b"from four")

    assert (await four.hear()).payload == b"from six"
    assert (await six.hear()).payload == b"from four"


async def test_browsers_of_two_ciphers_hear_each_other(stage: Stage) -> None:
    other = OtherProfiles.generateCertificate()
    ann = await stage.speaker(1)
    ben = Client(stage.plane, ROOM, 2, certificate=other)
    stage.clients.append(ben)
    await ben.join()
    stage.plane.allow_voice(ben.room, 2, allowed=True)

    ann.speak(b"hello")
    assert (await ben.hear()).payload == b"hello"
    ben.speak(b"hello yourself")
    assert (await ann.hear()).payload == b"hello yourself"
    assert stage.all_drops() == 0


async def test_rooms_do_not_hear_each_other(stage: Stage) -> None:
    speaker = await stage.speaker(1, room="talk")
    neighbour = await stage.join(2, room="night")
    listener = await stage.join(3, room="talk")

    speaker.speak(b"here")

    assert (await listener.hear()).payload == b"here"
    await settle([neighbour])
    assert neighbour.packets.empty()


async def test_mute_is_silence_from_the_next_packet_and_ends_with_the_mute(stage: Stage) -> None:
    speaker, listener = await stage.speaker(1), await stage.join(2)
    speaker.speak(b"heard")
    await listener.hear()

    stage.plane.allow_voice(speaker.room, 1, allowed=False)
    for _ in range(5):
        speaker.speak(b"muted")
    await settle([speaker, listener])
    assert listener.packets.empty()
    assert stage.drops(DropReason.MUTED) == 5

    stage.plane.allow_voice(speaker.room, 1, allowed=True)
    stage.clock.now_ms += 1_000
    speaker.speak(b"again")
    assert (await listener.hear()).payload == b"again"


async def test_a_voice_is_muted_until_it_is_allowed(stage: Stage) -> None:
    speaker, listener = await stage.join(1), await stage.join(2)

    speaker.speak(b"unasked")

    await settle([speaker, listener])
    assert listener.packets.empty()


async def test_permission_outlasts_the_transport_but_not_its_closing(stage: Stage) -> None:
    speaker, listener = await stage.speaker(1), await stage.join(2)
    again = await stage.join(1)
    again.speak(b"after a new transport")
    assert (await listener.hear()).payload == b"after a new transport"

    stage.plane.close_peer(speaker.room, 1)
    back = await stage.join(1)
    back.speak(b"after leaving")
    await settle([back, listener])
    assert listener.packets.empty()


async def test_a_check_that_is_sent_again_and_again_is_read_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = await stage.join(1)
    await member.check()

    def never(datagram: bytes) -> DropReason:
        raise AssertionError(f"read {len(datagram)} bytes")

    monkeypatch.setattr(plane, "read_check", never)
    answers = [await member.check() for _ in range(3)]
    assert len({answer.transaction_id for answer in answers}) == 3
    here = member.socket.getsockname()
    assert {answer.attributes["XOR-MAPPED-ADDRESS"] for answer in answers} == {here}


async def test_a_stranger_gets_no_byte(stage: Stage) -> None:
    stranger, member = stage.client(666), await stage.join(1)
    stranger.offer = member.offer
    good = stranger.write_check()
    shots = [
        b"",
        b"\x00",
        bytes(20),
        b"\x01" + os.urandom(1_399),
        b"\x16\xfe\xfd" + os.urandom(200),
        b"\x80\x6f" + os.urandom(60),
        b"\x80\xc8" + os.urandom(60),
        bytes([70]) + os.urandom(60),
        bytes([250]) + os.urandom(60),
        good[:-1] + bytes([good[-1] ^ 1]),
        bytes(stun.Message(stun.Method.BINDING, stun.Class.REQUEST)),
        bytes(stun.Message(stun.Method.ALLOCATE, stun.Class.REQUEST)),
    ]
    wrong = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    wrong.attributes.update(
        {"USERNAME": read_line(member.offer.sdp, "a=ice-ufrag:") + ":them", "PRIORITY": 1}
    )
    wrong.attributes["ICE-CONTROLLING"] = 7
    wrong.add_message_integrity(b"not the password at all")
    shots.append(bytes(wrong))

    for shot in shots:
        stranger.send(shot)
    await settle([member])

    assert stage.all_drops() == len(shots)
    assert stage.drops(DropReason.STRANGER) == 3
    assert stage.drops(DropReason.NOT_ROUTABLE) >= 2
    assert stage.drops(DropReason.BAD_INTEGRITY) == 1
    assert stranger.raw == 0
    assert member.is_connected()


async def test_a_second_address_without_a_check_is_a_stranger(stage: Stage) -> None:
    speaker, listener = await stage.speaker(1), await stage.join(2)

    speaker.rebind()
    speaker.speak(b"from nowhere")

    await settle([listener, listener])
    assert stage.drops(DropReason.STRANGER) == 1
    assert listener.packets.empty()


async def test_another_certificate_than_the_answers_ends_the_peer_at_once(stage: Stage) -> None:
    client = stage.client(1)
    client.offer = stage.plane.open_peer(client.room, 1)
    other = Certificate.generateCertificate().sha256
    assert client.accept(fingerprints=(Fingerprint(algorithm="sha-256", value=other),)) is None
    await client.check()

    await client.shake_hands()
    began_s = asyncio.get_running_loop().time()
    closed = await stage.next_closed()

    assert asyncio.get_running_loop().time() - began_s < 0.1
    assert closed == PeerClosed(client.room, MemberId(1), client.offer.peer_id, CloseReason.HANDSHAKE_FAILED)
    assert not stage.plane.peer_id(client.room, 1)
    assert stage.plane.counts().handshake_failures == 1
    client.speak(b"with keys of nobody")
    watcher = await stage.join(2)
    await settle([watcher])
    assert stage.drops(DropReason.STRANGER) == 1


async def test_junk_from_a_proven_address_ends_its_own_handshake_only(stage: Stage) -> None:
    bystander = await stage.join(2)
    client = stage.client(1)
    client.offer = stage.plane.open_peer(client.room, 1)
    assert client.accept() is None
    await client.check()

    client.send(bytes.fromhex("15fefd00000000000000000002022f"))  # a fatal alert in clear

    assert (await stage.next_closed()).reason is CloseReason.HANDSHAKE_FAILED
    assert bystander.is_connected()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"setup": "passive"}, RefusalCode.BAD_SETUP),
        ({"setup": "actpass"}, RefusalCode.BAD_SETUP),
        ({"setup": "holdconn"}, RefusalCode.BAD_SETUP),
        ({"peer_id": "another"}, RefusalCode.STALE_OFFER),
        ({"fingerprints": ()}, RefusalCode.BAD_FINGERPRINT),
        ({"fingerprints": (Fingerprint(algorithm="sha-1", value="A1"),)}, RefusalCode.BAD_FINGERPRINT),
    ],
)
async def test_answers_that_are_refused(stage: Stage, changes: dict[str, object], code: RefusalCode) -> None:
    client = stage.client(1)
    client.offer = stage.plane.open_peer(client.room, 1)

    assert client.accept(**changes) == Refusal(code=code)


async def test_an_answer_without_a_peer_is_refused(stage: Stage) -> None:
    assert stage.client(1).accept() == Refusal(code=RefusalCode.NO_PEER)


async def test_a_second_answer_must_be_the_same_browsers(stage: Stage) -> None:
    client = await stage.join(1)
    other = Fingerprint(algorithm="sha-256", value=Certificate.generateCertificate().sha256)

    assert client.accept() is None
    assert client.accept(fingerprints=(other,)) == Refusal(code=RefusalCode.BAD_FINGERPRINT)
    assert client.is_connected()


async def test_the_handshake_may_begin_before_the_answer_arrives(stage: Stage) -> None:
    client, listener = stage.client(1), await stage.join(2)
    client.offer = stage.plane.open_peer(client.room, 1)
    stage.plane.allow_voice(client.room, 1, allowed=True)
    await client.check()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(client.shake_hands())
        await settle([listener])  # the first flight is in the peer's queue by now
        assert client.accept() is None
    await settle([client])

    client.speak(b"patience")
    assert (await listener.hear()).payload == b"patience"


async def test_ice_restart_keeps_sound_and_the_old_credentials_until_the_new_are_used(stage: Stage) -> None:
    speaker, listener = await stage.speaker(1), await stage.join(2)

    offer = stage.plane.restart_peer(listener.room, 2)
    assert offer is not None
    assert offer.peer_id == listener.offer.peer_id
    assert read_line(offer.sdp, "a=ice-ufrag:") != read_line(listener.offer.sdp, "a=ice-ufrag:")
    assert read_line(offer.sdp, "o=").split()[2] == "2"
    assert read_line(offer.sdp, "a=ssrc:") == read_line(listener.offer.sdp, "a=ssrc:")
    await listener.check()  # under the old ones
    speaker.speak(b"before")
    assert (await listener.hear()).payload == b"before"

    listener.rebind()
    await listener.check(offer=offer)
    assert listener.accept() is None
    stage.clock.now_ms += 20
    speaker.speak(b"after")
    assert (await listener.hear()).payload == b"after"

    listener.send(listener.write_check())
    await settle([speaker])
    assert stage.drops(DropReason.UNKNOWN_UFRAG) == 1


async def test_restart_without_a_peer_is_none(stage: Stage) -> None:
    assert stage.plane.restart_peer(stage.client(9).room, 9) is None


async def test_sound_follows_a_rebinding_by_the_next_nominated_check(stage: Stage) -> None:
    speaker, listener = await stage.speaker(1), await stage.join(2)

    listener.rebind()
    await listener.check(nominated=False)
    speaker.speak(b"to the old place")
    await settle([speaker])
    assert listener.packets.empty()

    await listener.check()
    stage.clock.now_ms += 20
    speaker.speak(b"to the new place")
    assert (await listener.hear()).payload == b"to the new place"


async def test_a_recorded_check_sent_from_elsewhere_moves_nothing(stage: Stage) -> None:
    speaker, listener, thief = await stage.speaker(1), await stage.join(2), stage.client(3)
    recorded = listener.write_check()
    listener.send(recorded)
    await settle([listener])
    async with asyncio.timeout(WAIT_S):
        await listener.answers.get()

    thief.send(recorded)
    await settle([speaker])
    speaker.speak(b"mine")

    assert (await listener.hear()).payload == b"mine"
    assert thief.raw == 0
    assert stage.drops(DropReason.REPLAYED) == 1


async def test_a_browser_that_wants_to_follow_is_told_to_lead(stage: Stage) -> None:
    client = stage.client(1)
    client.offer = stage.plane.open_peer(client.room, 1)
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = read_line(client.offer.sdp, "a=ice-ufrag:") + ":client"
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLED"] = 7
    message.add_message_integrity(read_line(client.offer.sdp, "a=ice-pwd:").encode())

    client.send(bytes(message))

    async with asyncio.timeout(WAIT_S):
        assert (await client.answers.get()).error_code == 487
    client.send(b"\x16\xfe\xfd" + bytes(50))
    await client.check()
    assert stage.drops(DropReason.STRANGER) == 1


async def test_one_source_at_a_time(stage: Stage) -> None:
    speaker, listener = await stage.speaker(1), await stage.join(2)
    speaker.speak(b"first source")
    await listener.hear()

    for number in range(50):
        speaker.send(speaker.protect(speaker.write_packet(b"other source", ssrc=number + 1)))
    await settle([speaker, listener])
    assert listener.packets.empty()
    assert stage.drops(DropReason.UNKNOWN_SSRC) == 50

    stage.clock.now_ms += 2_000
    speaker.ssrc = 4_711
    speaker.speak(b"a track made anew")
    assert (await listener.hear()).payload == b"a track made anew"


async def test_what_is_too_large_of_another_kind_or_forged_is_dropped(stage: Stage) -> None:
    speaker, listener = await stage.speaker(1), await stage.join(2)
    forged = bytearray(speaker.protect(speaker.write_packet(b"forged")))
    forged[-1] ^= 1
    twice = speaker.protect(speaker.write_packet(b"once"))

    speaker.send(speaker.protect(speaker.write_packet(bytes(1_170))))
    speaker.send(speaker.protect(speaker.write_packet(b"video", payload_type=96)))
    speaker.send(bytes(forged))
    speaker.send(twice)
    speaker.send(twice)
    await settle([speaker, listener])

    assert stage.drops(DropReason.TOO_LARGE) == 1
    assert stage.drops(DropReason.PAYLOAD_TYPE) == 1
    assert stage.drops(DropReason.NOT_AUTHENTIC) == 1
    assert stage.drops(DropReason.REPLAYED) == 1
    assert (await listener.hear()).payload == b"once"
    assert listener.packets.empty()


async def test_a_flood_is_cut_to_the_allowance_and_sound_goes_on(stage: Stage) -> None:
    speaker, listener = await stage.speaker(1), await stage.join(2)

    for _ in range(200):
        speaker.speak(b"much")
    await settle([speaker, listener])

    assert stage.drops(DropReason.RATE) == 140
    stage.clock.now_ms += 1_000
    speaker.speak(b"calm")
    await settle([speaker, listener])
    assert stage.drops(DropReason.RATE) == 140


def sender_report(ssrc: int, *blocks: bytes) -> bytes:
    head = struct.pack("!BBHIQIII", 0x80 | len(blocks), 200, 6 + 6 * len(blocks), ssrc, 5 << 32, 0, 1, 1)
    return head + b"".join(blocks)


async def test_reports_go_both_ways_and_nobody_elses_are_forwarded(stage: Stage) -> None:
    speaker, listener = await stage.speaker(1), await stage.join(2)
    for number in range(10):
        stage.clock.now_ms += 20
        if number == 4:
            speaker.seq += 1  # one is lost on the way
        speaker.speak(b"sound")
        await listener.hear()
    gossip = sender_report(speaker.ssrc)
    gossip += struct.pack("!BBHI", 0x81, 203, 1, speaker.ssrc)  # BYE
    gossip += struct.pack("!BBHI4s", 0x80, 204, 2, speaker.ssrc, b"name")  # APP
    assert speaker.tx is not None
    speaker.send(speaker.tx.protect_rtcp(gossip))
    await settle([speaker])
    stage.clock.now_ms += 500

    stage.tick_round()

    async with asyncio.timeout(WAIT_S):
        to_speaker, to_listener = await speaker.reports.get(), await listener.reports.get()
    about_speaker = read_reports(to_speaker)
    assert isinstance(about_speaker, Reports)
    (block,) = about_speaker.blocks
    assert (block.ssrc, block.lost, block.fraction_lost) == (speaker.ssrc, 1, 256 // 11)
    assert block.highest_seq == speaker.seq
    assert block.last_report == 5 << 16
    assert block.delay == 32_768
    about_slot = read_reports(to_listener)
    assert isinstance(about_slot, Reports)
    assert len(about_slot.senders) == 1
    ssrc = about_slot.senders[0][0]
    assert f"a=ssrc:{ssrc} " in listener.offer.sdp
    assert struct.unpack_from("!II", to_listener, 20) == (10, 50)
    assert read_line(listener.offer.sdp, f"a=ssrc:{ssrc} cname:").encode() in to_listener
    assert b"name" not in to_listener
    await settle([listener])
    assert listener.reports.empty()


async def test_who_speaks_is_told_each_second_and_others_seldom(stage: Stage) -> None:
    speaker, listener = await stage.speaker(1), await stage.join(2)
    told = []
    for _ in range(10):
        stage.clock.now_ms += 1_000
        speaker.speak(b"sound")
        await listener.hear()
        stage.tick_round()
        await settle([speaker, listener])
        told.append((speaker.reports.qsize(), listener.reports.qsize()))
    assert told == [(second, 1 + (second - 1) // 5) for second in range(1, 11)]

    stage.clock.now_ms += 1_000
    stage.tick_round()
    await settle([speaker])
    assert speaker.reports.qsize() == 10  # who has fallen silent hears as seldom


async def test_what_a_listener_reports_becomes_numbers(stage: Stage) -> None:
    speaker, listener = await stage.speaker(1), await stage.join(2)
    speaker.speak(b"sound")
    await listener.hear()
    stage.tick_round()
    async with asyncio.timeout(WAIT_S):
        reports = read_reports(await listener.reports.get())
    assert isinstance(reports, Reports)
    ssrc, ntp_middle = reports.senders[0]

    stage.clock.now_ms += 80
    block = struct.pack("!IIIIII", ssrc, 64 << 24 | 3, 0, 480, ntp_middle, 65_536 * 30 // 1_000)
    assert listener.tx is not None
    listener.send(listener.tx.protect_rtcp(struct.pack("!BBHI", 0x81, 201, 7, 99) + block))
    await settle([listener])

    quality = stage.plane.quality(listener.room, 2)
    assert quality is not None
    assert quality.down_loss == 0.25
    assert quality.down_jitter_ms == 10
    assert quality.round_trip_ms == pytest.approx(50, abs=0.1)


async def test_malformed_reports_end_nothing(stage: Stage) -> None:
    speaker, listener = await stage.speaker(1), await stage.join(2)
    assert speaker.tx is not None
    head = struct.pack("!BBHI", 0x9F, 201, 1, speaker.ssrc)  # 31 blocks, none there

    for compound in (
        head,
        head[:4] + bytes(4) + b"\xff" * 8,
        struct.pack("!BBHI", 0x80, 207, 99, speaker.ssrc),
    ):
        speaker.send(speaker.tx.protect_rtcp(compound))
    await settle([speaker])

    assert stage.drops(DropReason.RTCP_MALFORMED) == 3
    speaker.speak(b"still here")
    assert (await listener.hear()).payload == b"still here"
