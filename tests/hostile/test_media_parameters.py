"""BP1 to BP10: what a page says of its transport. No session description is read, and no candidate."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any, Final

import pytest

from tests.hostile.beside import Beside
from tests.hostile.hand import CERTIFICATE, Hand, is_silent
from tests.hostile.line import Line

SHA256: Final = ":".join(["A1"] * 32)
GOOD: Final = {"algorithm": "sha-256", "value": SHA256}
PLACES: Final = (
    "127.0.0.1", "0.0.0.0", "::", "::ffff:127.0.0.1", "169.254.169.254", "224.0.0.1", "255.255.255.255",  # noqa: S104
    "attacker.example", "x.local", "",
)  # fmt: skip
CANDIDATES: Final = 300


@pytest.fixture
async def sam(beside: Beside) -> AsyncIterator[Hand]:
    """A member with an offer that was not answered yet."""
    hand = await Hand.seated(beside.port)
    yield hand
    await hand.leave()


def prints(*values: tuple[str, str]) -> dict[str, Any]:
    return {"fingerprints": [{"algorithm": algorithm, "value": value} for algorithm, value in values]}


CHANGES: Final[dict[str, list[dict[str, Any]]]] = {
    "BP1": [
        {"ufrag": "abc", "pwd": "x" * 21},
        {"ufrag": "x" * 257},
        {"pwd": "\0" * 22},
        {"ice": {"ufrag": "a:b", "pwd": ""}},
    ],
    "BP2": [
        prints(("md5", ":".join(["A1"] * 16))),
        prints(("sha-1", ":".join(["A1"] * 20))),
        prints(("sha-256", SHA256[:-3])),
        prints(("sha-256", SHA256.lower())),
        prints(("sha-256", SHA256 + "\n")),
        prints(("sha-256", SHA256 + "\r\na=setup:passive")),
        prints(("sha-257", SHA256)),
        prints(("SHA-256", SHA256)),
        prints(*[("sha-256", SHA256)] * 100),
        prints(),
    ],
    "BP4": [
        {"setup": setup}
        for setup in ("passive", "actpass", "holdconn", "", "ACTIVE", "active ", "active\0", None, 1)
    ],
    "BP5 BP6": [
        {"payload_types": [0, 72, 76, 128, 255, -1]},
        {"codecs": [{"payload_type": 111, "clock": 0, "channels": 255}]},
        {"extensions": [{"id": number} for number in (0, 15, 256, 1, 1)]},
    ],
    "BP8": [
        {"sdp": "v=0\r\n" + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" * 500},
        {"sdp": "a=ssrc:" + "9" * 5_000 + " cname:x\r"},
        {"type": "answer", "sdp": "\0"},
    ],
}


async def answered(hand: Hand, change: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    payload = {"peer_id": hand.peer_id, "fingerprints": [GOOD], "setup": "active", **change}
    return await hand.line.ask_raw(json.dumps(["answer_media", payload]))


@pytest.mark.parametrize("entry", CHANGES)
async def test_what_no_page_says_is_refused(beside: Beside, sam: Hand, entry: str) -> None:
    async with beside.trial(entry.partition(" ")[0], "member", entry.partition(" ")[2]) as trial:
        codes = [(await answered(sam, change))["code"] for change in CHANGES[entry]]
        assert set(codes) <= {"bad_message", "bad_fingerprint", "bad_setup"}, codes
        await trial.counted("refusals", "*", at_least=len(codes))
        await sam.check()
        assert (await sam.accept())["type"] == "accepted"  # the offer stands


@pytest.mark.parametrize("event", ["open_media", "restart_media", "answer_media"])
async def test_without_a_seat_there_is_no_transport(beside: Beside, event: str) -> None:
    async with beside.trial("BP9", "stranger", event) as trial:
        line = await Line.connected(beside.port)
        payload = (
            {"peer_id": "p", "fingerprints": [GOOD], "setup": "active"} if event == "answer_media" else {}
        )
        line.say(f'421["{event}",{json.dumps(payload)}]')
        while not line.answers and await line.text():
            pass
        assert [answer["type"] for _, answer in line.answers] in (["refused"], [])
        counts = await beside.counts()
        assert counts["media_peers", ""] == trial.before["media_peers", ""]
        line.close()


async def test_bp3_another_fingerprint_than_the_certificates_gives_no_keys(beside: Beside, sam: Hand) -> None:
    async with beside.trial("BP3", "member") as trial:
        await sam.accept(SHA256)
        await sam.check()
        await sam.shake_hands()  # as far as it can see
        await trial.counted("media_handshake_failures")
        await trial.counted("media_peers_closed", "handshake_failed")
        assert (await sam.line.ask("restart_media"))["code"] == "no_peer"


async def test_bp7_nothing_is_sent_to_addresses_that_a_page_names(beside: Beside, sam: Hand) -> None:
    async with beside.trial("BP7", "member") as trial:
        with ExitStack() as stack:
            named = [stack.enter_context(socket.socket(type=socket.SOCK_DGRAM)) for _ in range(20)]
            for sock in named:
                sock.setblocking(False)  # noqa: FBT003 - the library's signature
                sock.bind(("127.0.0.1", 0))
            ports = [sock.getsockname()[1] for sock in named]
            places = [(place, port) for place in PLACES for port in (*ports, 0, 65_536)]
            candidates = [
                {"candidate": f"candidate:1 1 udp 1 {place} {port} typ host"} for place, port in places
            ]
            answer = await answered(sam, {"candidates": candidates[:CANDIDATES]})
            assert answer["code"] == "bad_message"
            assert (await answered(sam, {"candidate": candidates[0]}))["code"] == "bad_message"
            await sam.connect()
            assert all(is_silent(sock) for sock in named)
            await trial.counted("refusals", "bad_message", at_least=2)


async def test_bp7_there_is_no_event_for_candidates(beside: Beside) -> None:
    async with beside.trial("BP7", "member", "event") as trial:
        line = await Line.seated(beside.port)
        line.say('421["add_candidate",{"candidate":"candidate:1 1 udp 1 127.0.0.1 9 typ host"}]')
        assert await line.end() == "fault"
        await trial.counted("faults", "unknown_event")


async def test_bp8_a_session_description_of_megabytes_ends_its_connection(beside: Beside) -> None:
    async with beside.trial("BP8", "member", "size") as trial:
        line = await Line.seated(beside.port)
        line.say('421["answer_media",{"sdp":"' + "m=audio\\r\\n" * 100_000 + '"}]')
        await line.end()
        await trial.counted("faults", "too_large")


async def test_bp9_a_second_answer_is_the_same_or_refused(beside: Beside, sam: Hand) -> None:
    async with beside.trial("BP9", "member"):
        assert (await sam.accept())["type"] == "accepted"
        assert (await sam.accept(SHA256))["code"] == "bad_fingerprint"
        same = json.dumps(
            {
                "peer_id": sam.peer_id,
                "fingerprints": [{"algorithm": "sha-256", "value": CERTIFICATE.sha256}],
                "setup": "active",
            }
        )
        numbers = range(900, 908)
        sam.line.say(*(f'42{number}["answer_media",{same}]' for number in numbers))
        for number in numbers:
            assert (await sam.line.answer(number))["type"] == "accepted"
        old = sam.peer_id
        await sam.reopen()
        new, sam.peer_id = sam.peer_id, old
        assert (await sam.accept())["code"] == "stale_offer"
        sam.peer_id = new
        await sam.connect()


async def test_bp10_transports_that_nobody_uses_leave_nothing(beside: Beside) -> None:
    async with beside.trial("BP10", "member") as trial:
        for _ in range(3):
            hand = await Hand.seated(beside.port)
            for _ in range(8):
                await hand.reopen()
            await hand.leave()
        counts = await beside.counts()
        assert counts["media_peers", ""] == trial.before["media_peers", ""]
