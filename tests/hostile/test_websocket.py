"""BH10, BH11 and BH14 to BH17: WebSockets that no browser opens, and frames that none sends."""

import asyncio
import json
from collections.abc import Sequence
from typing import Final

import pytest

from server.gateway.door import DoorLimits
from server.gateway.engine import FRAME_MAX_BYTES
from server.gateway.frames import FRAMES_AT_ONCE, PIECES_MAX
from tests.hostile.beside import Beside
from tests.hostile.line import BINARY, CLOSE, PING, TEXT, Line, frame, other_address

WHO: Final = ("stranger", "member")
CHAT: Final = '["post_chat",{"n":1,"text":"never to be read"}]'


# --- the switch -------------------------------------------------------------------------------------


def foreign(origin: str) -> list[str]:
    """Origins that look a little like ours."""
    host = origin.removeprefix("http://")
    name, port = host.split(":")
    return [
        "https://evil.example",
        "null",
        "",
        f"https://{host}",
        f"HTTP://{host}",
        f"http://{name}",
        f"http://{name}.:{port}",
        f"http://{name}.evil.example:{port}",
        f"http://evil-{host}",
        f"http://{host}@evil.example",
        f"http://evil.example/{host}",
        f"{origin}/",
        f"{origin} ",
        f"{origin}\t",
        f"{origin}, https://evil.example",
        f"{origin}\r\nOrigin: {origin}",
        f"http://0x7f000001:{port}",
        f"http://2130706433:{port}",
        f"http://127.1:{port}",
        f"http://lоcalhost:{port}",  # noqa: RUF001 - the second letter is Cyrillic
    ]


async def status_of(beside: Beside, headers: str = "", **given: str) -> str:
    line = await Line.open(beside.port)
    line.send(line.switch_request(headers, **given))
    status = (await line.head()).split(b" ", 2)[1].decode()
    line.close()
    return status


@pytest.mark.parametrize(
    ("entry", "headers"),
    [
        ("BH10", ""),
        (
            "BH11",
            "X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\nForwarded: host=evil.example\r\n",
        ),
    ],
)
async def test_a_foreign_origin_opens_nothing(beside: Beside, entry: str, headers: str) -> None:
    async with beside.trial(entry, "stranger") as trial:
        origins = foreign(f"http://127.0.0.1:{beside.port}")
        found = {origin: await status_of(beside, headers, origin=origin) for origin in origins}
        assert (
            found.pop(f"http://127.0.0.1:{beside.port} ") == "101"
        )  # blanks around a field are no part of it
        assert found.pop(f"http://127.0.0.1:{beside.port}\t") == "101"
        assert set(found.values()) == {"403"}, found
        await trial.counted("http_refused", "403", at_least=len(found))


async def test_bh10_a_switch_that_is_none_is_refused(beside: Beside) -> None:
    line = await Line.open(beside.port)
    request = line.switch_request()
    line.close()
    broken = [
        request.replace(b"HTTP/1.1", b"HTTP/1.0"),
        request.replace(b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Version: 12"),
        request.replace(b"Sec-WebSocket-Version: 13\r\n", b""),
        request.replace(b"AAAAAAAAAAAAAAAAAAAAAA==", b"AA"),
        request.replace(b"AAAAAAAAAAAAAAAAAAAAAA==", b"!" * 24),
        request.replace(b"Upgrade: websocket", b"Upgrade: h2c"),
        request.replace(b"Connection: Upgrade", b"Connection: close"),
        request.replace(b"GET ", b"POST "),
        request + frame("40"),  # before it is answered
    ]
    async with beside.trial("BH10", "stranger", "handshake") as trial:
        for sent in broken:
            line = await Line.open(beside.port)
            line.send(sent)
            assert (await line.head()).split(b" ", 2)[1] == b"400", sent
            line.close()
        await trial.counted("http_refused", "400", at_least=len(broken))


async def test_bh16_nothing_is_compressed_whatever_is_offered(beside: Beside) -> None:
    offers = [
        "permessage-deflate",
        "permessage-deflate; client_max_window_bits=8; server_max_window_bits=8",
        "permessage-deflate; server_max_window_bits=99",
        "x-webkit-deflate-frame, permessage-bzip2",
        ", ".join(["permessage-deflate"] * 200),
    ]
    async with beside.trial("BH16", "stranger", "offers"):
        for offer in offers:
            line = await Line.open(beside.port)
            line.send(line.switch_request(f"Sec-WebSocket-Extensions: {offer}\r\n"))
            head = await line.head()
            assert head.startswith(b"HTTP/1.1 101 ")
            assert b"extensions" not in head.lower()
            assert b"aiohttp" not in head
            line.close()


# --- frames -----------------------------------------------------------------------------------------

BROKEN: Final[dict[str, list[tuple[int, Sequence[bytes]]]]] = {
    "BH14": [
        (1002, [frame("421" + CHAT, masked=False)]),
        *((1002, [frame("421" + CHAT, head=0x80 | bit)]) for bit in (0x40, 0x20, 0x10)),
        *((1002, [frame("x", kind)]) for kind in (0x3, 0x7, 0xB, 0xF)),
        (1002, [frame("x" * 126, PING)]),
        (1002, [frame("x", PING, head=0)]),
        (1002, [frame("x", CLOSE, head=0)]),
        (1002, [frame("x", 0)]),
        (1002, [frame("4", head=0), frame("21" + CHAT)]),
        (1007, [frame(b"421" + CHAT.encode() + b"\xff")]),
        (1007, [frame(b"42\xe2", head=0), frame(b"\x28\xa1", 0)]),
        (1007, [frame(b"42\xed\xa0\x80")]),
        *((1002, [frame(code.to_bytes(2, "big"), CLOSE)]) for code in (0, 999, 1004, 1005, 1015)),
        (1002, [frame(b"\x03", CLOSE)]),
        (1007, [frame(b"\x03\xe8\xff", CLOSE)]),
    ],
    "BH15": [
        (1008, [frame("4", head=0), frame("2", 0, head=0) * 100_000]),
        (1008, [frame("", head=0), frame("", 0, head=0) * 100_000]),
        (1009, [frame("x", size=2**63)]),
        (1009, [frame("x", size=2**64 - 1)]),
        (1009, [frame("x", size=FRAME_MAX_BYTES + 2)]),
        (1009, [frame("4" * 20_000, head=0), frame("4" * 20_000, 0)]),
    ],
    "BH16": [
        (1002, [frame(b"\xaa\xb2\x50\x02\x00", head=0xC0)]),
        (1002, [frame(b"\x00\x00\xff\xff" * 1_000, BINARY, head=0xC0)]),
    ],
}
FAULT_OF: Final = {1002: "bad_frame", 1007: "bad_frame", 1008: "too_fast", 1009: "too_large"}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("entry", BROKEN)
async def test_broken_frames_end_the_connection(beside: Beside, entry: str, who: str) -> None:
    async with beside.trial(entry, who) as trial:
        source = other_address()
        for code, frames in BROKEN[entry]:
            line = await (Line.seated if who == "member" else Line.connected)(beside.port, source)
            line.send(*frames, frame("429" + CHAT))
            assert await line.end() == ""
            assert line.close_code == code, (frames[0][:20], line.close_code)
            assert not [number for number, _ in line.answers if number == 9]
        for code in {code for code, _ in BROKEN[entry]}:
            await trial.counted("faults", FAULT_OF[code])
        await trial.back("connections")
        await trial.back("connections_seated")


@pytest.mark.parametrize("who", WHO)
async def test_bh14_a_seat_is_on_hold_after_a_broken_frame(beside: Beside, who: str) -> None:
    async with beside.trial("BH14", who, "seat"):
        watcher = await Line.seated(beside.port)
        sam = await Line.of(who, beside.port)
        sam.send(frame("x", masked=False))
        await sam.end()
        if who == "member":
            fact = await watcher.fact("member_stranded")
            assert fact["member_id"] == sam.member_id
            back = await Line.connected(beside.port)
            answer = await back.ask("resume", ticket=sam.ticket, epoch=0, seq=0)
            assert (answer["type"], answer["member_id"]) == ("resumed", sam.member_id)
            back.close()
        watcher.close()


@pytest.mark.parametrize("who", WHO)
async def test_bh15_one_message_in_many_pieces_is_one_message(beside: Beside, who: str) -> None:
    async with beside.trial("BH15", who, "pieces"):
        line = await Line.of(who, beside.port)
        text = f"4299{json.dumps(['catch_up', {'epoch': 0, 'seq': 0}])}".encode()
        pieces = [text[at : at + 1] for at in range(len(text) - 1)]
        assert len(pieces) < PIECES_MAX
        line.send(
            frame(pieces[0], TEXT, head=0),
            *(frame(piece, 0, head=0) + frame("between", PING) for piece in pieces[1:]),
            frame(text[-1:], 0),
        )
        answer = await line.answer(99)
        assert answer["type"] == ("synced" if who == "member" else "refused")
        line.close()


@pytest.mark.parametrize("who", WHO)
async def test_bh15_pings_of_the_websocket_are_answered_in_bounds(beside: Beside, who: str) -> None:
    async with beside.trial("BH15", who, "pings") as trial:
        line = await Line.of(who, beside.port)
        line.send(frame("hello", PING), frame("", PING), frame("x", 0xA))
        assert await line.pong() == b"hello"
        assert await line.pong() == b""
        line.send(frame("x", PING) * (FRAMES_AT_ONCE * 10))
        while await line.pong() is not None:
            pass
        line.close()
        assert line.reason == "fault"
        await trial.counted("faults", "too_fast")


# --- how many ---------------------------------------------------------------------------------------


async def crowd_from_one_place(beside: Beside, sockets: int) -> None:
    """Open so many WebSockets at once and say nothing; count who was let in, and see that others join."""
    source = other_address()
    limits = DoorLimits()

    lines = await asyncio.gather(*(Line.switched(beside.port, source) for _ in range(sockets)))
    others = [await Line.seated(beside.port) for _ in range(3)]
    for line in others:
        line.close()
    turned_away = 0
    for line in lines:
        if await line.is_turned_away():
            turned_away += 1
        line.close()
    least = sockets - limits.connections_per_address
    assert turned_away >= max(least, 1), (turned_away, least)


async def test_bh17_one_place_cannot_take_all_the_room(beside: Beside) -> None:
    async with beside.trial("BH17", "stranger") as trial:
        await crowd_from_one_place(beside, 220)
        await trial.counted("connections_turned_away", at_least=20)
        await trial.back("connections")


@pytest.mark.long
async def test_bh17_a_thousand_upgrades_from_one_place(beside: Beside) -> None:
    async with beside.trial("BH17", "stranger", "1,000") as trial:
        await crowd_from_one_place(beside, 1_000)
        await trial.counted("connections_turned_away", at_least=800)
        await trial.back("connections")
