"""Bad packets on real sockets: each ends or is refused, nothing of it reaches others, who go on talking."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import WSCloseCode

from rooms.ids import MemberId
from rooms.limits import CHAT_BURST
from server.gateway.engine import FRAME_MAX_BYTES
from server.gateway.outbox import HARD_LIMIT_BYTES, LAG_MAX_MS, SOFT_LIMIT_BYTES, Outbox
from tests.integration.hostile import (
    FRAMES_AT_ONCE,
    WHO,
    Evening,
    RawLine,
    Who,
    reason_in,
    rest_of,
    send_all,
)
from tests.server.gateway.house import EDGE_S, TALK

CHAT = '["post_chat",{"n":1,"text":"never to be read"}]'
JOIN = '["join",{"room":"talk","name":"Mallory"}]'
DEEP = "[" * 1_000 + "]" * 1_000


@pytest_asyncio.fixture
async def evening() -> AsyncIterator[Evening]:
    async with Evening() as evening:
        yield evening


def _named(frames: list[tuple[str, list[str | bytes]]]) -> list[object]:
    return [pytest.param(sent, id=f"{row} {number}") for number, (row, sent) in enumerate(frames)]


# --- before CONNECT -------------------------------------------------------------------------------

BEFORE_CONNECT: list[tuple[str, list[str | bytes]]] = [
    ("BE5", ['40/admin,{"protocol":1}']),
    ("BE5", ["40/admin,"]),
    ("BE5", ["40/" + "x" * 30_000 + ","]),
    ("BE5", ["40/" + "x" * 100_000 + ","]),
    ("BE5", ["40/\0,{}"]),
    ("BE5", [f"40/n{number}," for number in range(10_000)]),
    ("BE6", ["4017"]),
    ("BE6", ["40[]"]),
    ("BE6", ['40"protocol"']),
    ("BE6", ["40null"]),
    ("BE6", ["40true"]),
    ("BE6", ['40{"protocol":null}']),
    ("BE6", ['40{"protocol":true}']),
    ("BE6", ['40{"protocol":"1"}']),
    ("BE6", ['40{"protocol":[1]}']),
    ("BE6", ['40{"protocol":1e999}']),
    ("BE6", ['40{"protocol":' + "1" * 10_000 + "}"]),
    ("BE6", ['40{"protocol":' + DEEP + "}"]),
    ("BE6", ['40{"protocol":1,"more":"' + "x" * 1_000_000 + '"}']),
    ("BE6", ["40{"]),
    ("BE6", ['40{"protocol":\ud800}'.encode("utf-8", "surrogatepass")]),
    ("BE7", [f"421{JOIN}", '40{"protocol":1}']),
    ("BE7", ["41", '40{"protocol":1}', f"421{JOIN}"]),
    ("BE8", ["42"]),
    ("BE13", ["451-[]", b"\x00"]),
]


@pytest.mark.parametrize("frames", _named(BEFORE_CONNECT))
async def test_what_is_no_way_to_begin_ends_the_connection(
    evening: Evening, frames: list[str | bytes]
) -> None:
    browser = await evening.house.open()
    await browser.text()
    await send_all(browser, frames)
    assert await rest_of(browser) in ([], ['44{"message":"protocol"}'])
    assert evening.house.gateway.counts()["seated"] == 2
    await evening.goes_on()


async def test_be5_connecting_twice_ends_the_connection(evening: Evening) -> None:
    for who in WHO:
        browser = await evening.hostile(who)
        await send_all(browser, ['40{"protocol":1}'])
        assert reason_in(await rest_of(browser)) == "fault"
    await evening.goes_on()


async def test_be7_after_a_goodbye_nothing_counts(evening: Evening) -> None:
    sam = await evening.hostile("member")
    await send_all(sam, ["41", f"421{CHAT}"])
    assert not any(text.startswith("43") for text in await rest_of(sam))
    shown = await evening.goes_on()
    assert "never to be read" not in str(shown)


# --- packets that are none ------------------------------------------------------------------------

FAULTS: list[tuple[str, list[str | bytes]]] = [
    ("BE8", ["42"]),
    ("BE8", ["42["]),
    ("BE8", ["42{}"]),
    ("BE8", ["42null"]),
    ("BE8", ["42[1]"]),
    ("BE8", ["42[]"]),
    ("BE8", ["42[null]"]),
    ("BE8", ['42["e"']),
    ("BE8", ["421[1,{}]"]),
    ("BE8", ["421[null,{}]"]),
    ("BE8", ['421["leave"]']),
    ("BE8", ['421["leave",{},{}]']),
    ("BE8", ['421["leave",{}']),
    ("BE8", ["421[" + DEEP + ",{}]"]),
    ("BE8", ["42" + DEEP]),
    ("BE8", [f"42{CHAT}"]),
    ("BE9", ['421["connect",{}]']),
    ("BE9", ['421["disconnect",{}]']),
    ("BE9", ['421["connect_error",{}]']),
    ("BE9", ['421["message",{}]']),
    ("BE9", ['421["*",{}]']),
    ("BE9", ['421["__proto__",{}]']),
    ("BE9", ['421["constructor",{}]']),
    ("BE9", ['421["",{}]']),
    ("BE9", ['421["post_chat ",{}]']),
    ("BE9", ['421["POST_CHAT",{"n":1,"text":"x"}]']),
    ("BE9", ['421["post_chat\\u0000",{"n":1,"text":"x"}]']),
    ("BE9", ['421["commits",{}]']),
    ("BE9", ['421["' + "x" * 30_000 + '",{}]']),
    ("BE9", ['421["' + "x" * 100_000 + '",{}]']),
    ("BE10", ['421["post_chat",{"n":NaN,"text":"x"}]']),
    ("BE10", ['421["post_chat",{"n":Infinity,"text":"x"}]']),
    ("BE10", ['421["post_chat",{"n":-Infinity,"text":"x"}]']),
    ("BE18", ['421["post_chat",' + DEEP + "]"]),
    ("BE18", ['421["post_chat",{"n":1,"text":' + DEEP + "}]"]),
    ("BE12", ["42" + "1" * 101 + CHAT]),
    ("BE12", [f"42-1{CHAT}"]),
    ("BE12", [f"421.5{CHAT}"]),
    ("BE12", [f"42 1{CHAT}"]),
    ("BE12", [f"42\u0661{CHAT}"]),
    ("BE12", ["4317[]"]),
    ("BE12", ['431[{"type":"accepted"}]']),
    ("BE12", [f"43{number}[]" for number in range(1_000)]),
    ("BE13", ['451-["join",{"_placeholder":true,"num":0}]']),
    ("BE13", ['459999999999-["join",{"_placeholder":true,"num":0}]']),
    ("BE13", ['452-["join",{"_placeholder":true,"num":0}]', b"one part"]),
    ("BE13", ["461-1[]"]),
    ("BE13", [b"a part without a head"]),
    ("BE13", [b""]),
    ("BE13", ["b!!!"]),
]


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("frames", _named(FAULTS))
async def test_what_is_no_packet_ends_the_connection(
    evening: Evening, who: Who, frames: list[str | bytes]
) -> None:
    browser = await evening.hostile(who)
    await send_all(browser, [*frames, f"429{CHAT}"])
    texts = await rest_of(browser)
    assert reason_in(texts) == "fault" or browser.ws.close_code == WSCloseCode.MESSAGE_TOO_BIG
    assert not any(text.startswith("43") for text in texts)  # neither answered, nor what came after it
    await evening.goes_on()


REFUSED: list[tuple[str, list[str | bytes]]] = [
    ("BE10", ['421["post_chat",{"n":1e999,"text":"x"}]']),
    ("BE10", ['421["post_chat",{"n":-0,"text":"x"}]']),
    ("BE10", ['421["post_chat",{"n":1.0,"text":"x"}]']),
    ("BE10", ['421["post_chat",{"n":9007199254740993,"text":"x"}]']),
    ("BE10", ['421["post_chat",{"n":' + "1" * 10_000 + ',"text":"x"}]']),
    ("BE10", ['421["add_time",{"n":1,"more_ms":1e3}]']),
    ("BE10", ['421["resume",{"ticket":"x","epoch":1e999,"seq":0}]']),
    ("BE10", ['421["catch_up",{"epoch":' + "9" * 30 + ',"seq":0}]']),
    ("BE10", ['421["mute_member",{"n":1,"member_id":2147483648}]']),
    (
        "BE10",
        [
            '421["set_sheet",{"n":1,"sheet":{"title":"x","cues":[{"title":"y","member_id":'
            + "9" * 30
            + "}]}}]"
        ],
    ),
    ("BE10", ['421["set_sheet",{"n":1,"sheet":{"title":"x","cues":[{"title":"y"}],"at":' + "9" * 30 + "}}]"]),
    ("BE10", ['421["set_rules",{"n":1,"rules":{"unknown":1e999}}]']),
    ("BE10", ['421["set_rules",{"n":1,"rules":{"probation_ms":' + "9" * 30 + "}}]"]),
    ("BE13", ['421["post_chat",{"_placeholder":true,"num":-1}]']),
    ("BE13", ['421["post_chat",{"_placeholder":true,"num":5}]']),
    ("BE13", ['421["post_chat",{"n":1,"text":{"_placeholder":true,"num":"0"}}]']),
    ("BE13", ['421["post_chat",{"n":1,"text":{"_placeholder":true,"num":true}}]']),
    ("BE18", ['421["post_chat",{"n":1,"text":"x","text":5}]']),
]


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("frames", _named(REFUSED))
async def test_what_breaks_its_schema_is_refused_to_its_sender_alone(
    evening: Evening, who: Who, frames: list[str | bytes]
) -> None:
    browser = await evening.hostile(who)
    await send_all(browser, frames)
    assert (await browser.answer(1))["code"] == "bad_message"
    await evening.goes_on()


@pytest.mark.parametrize("who", WHO)
async def test_be12_an_ack_id_may_be_used_again(evening: Evening, who: Who) -> None:
    browser = await evening.hostile(who)
    await send_all(browser, ['427["post_chat",{}]', '427["post_chat",{}]'])
    for _ in range(2):
        assert (await browser.answer(7))["code"] == "bad_message"
    await evening.goes_on()


@pytest.mark.parametrize("who", WHO)
async def test_one_who_only_earns_noes_is_ended(evening: Evening, who: Who) -> None:
    browser = await evening.hostile(who)
    await send_all(browser, ['421["post_chat",{}]'] * 200)
    texts = await rest_of(browser)
    assert (len([text for text in texts if text.startswith("43")]), reason_in(texts)) == (20, "fault")
    await evening.goes_on()


# --- HTTP -----------------------------------------------------------------------------------------

PACKETS = "\x1e".join([f"421{CHAT}"] * 17)


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("transport=polling", PACKETS),
        ("transport=polling", "\x1e".join([f"421{CHAT}"] * 10_000)),
        ("transport=polling", "\x1e"),
        ("transport=polling", ""),
        ("transport=polling&j=0", "d=" + PACKETS),
        ("transport=polling", "b!!!"),
        ("transport=websocket", PACKETS),
    ],
)
async def test_be14_nothing_is_taken_by_post(evening: Evening, query: str, body: str) -> None:
    url = evening.house.url(f"EIO=4&{query}")
    for method in ("POST", "GET", "PUT"):
        sent = evening.house.session.request(method, url, data=body.encode(), headers={"Origin": "x"})
        async with sent as answer:
            assert answer.status == 400
    await evening.goes_on()


# --- how much -------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", WHO)
async def test_be15_a_frame_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(
    evening: Evening, who: Who
) -> None:
    browser = await evening.hostile(who)
    text = '421["catch_up",{"epoch":0,"seq":0}]' if who == "member" else f"421{JOIN}"
    await browser.ws.send_str(text + " " * (FRAME_MAX_BYTES - len(text)))
    assert (await browser.answer(1))["type"] == ("synced" if who == "member" else "joined")
    await browser.ws.send_str(text + " " * (FRAME_MAX_BYTES + 1 - len(text)))
    texts = await rest_of(browser)
    assert browser.ws.close_code == WSCloseCode.MESSAGE_TOO_BIG
    assert not any(text.startswith("43") for text in texts)
    await evening.goes_on()


@pytest.mark.parametrize("is_seated", [True, False], ids=WHO[::-1])
async def test_be16_ten_thousand_events_in_one_run_of_bytes(*, evening: Evening, is_seated: bool) -> None:
    line = await RawLine.open(evening.house)
    if is_seated:
        await line.join("Sam")
    else:
        line.send('40{"protocol":1}')
        await line.text()
    line.send(
        *(
            f'42{number}["post_chat",' + json.dumps({"n": number, "text": f"line {number}"}) + "]"
            for number in range(1, 10_001)
        )
    )
    texts: list[str] = []
    while text := await line.text():
        texts.append(text)
    line.close()
    asked = [int(text[2 : text.index("[")]) for text in texts if text.startswith("43")]
    assert asked == list(range(1, len(asked) + 1))  # in order, and not one left out
    assert len(asked) < FRAMES_AT_ONCE
    assert reason_in(texts) == "fault"
    shown = await evening.goes_on(also=["chat_posted"])
    lines = [fact["text"] for fact in shown if fact.get("text", "").startswith("line ")]
    assert lines == [f"line {number}" for number in range(1, CHAT_BURST + 1)][: CHAT_BURST * is_seated]


async def test_be17_who_reads_nothing_is_cut_and_waited_for_by_nobody(evening: Evening) -> None:
    house = evening.house
    line = await RawLine.open(house, receive_bytes=4_096)
    sam = MemberId((await line.join("Sam"))["member_id"])
    line.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a reading transport
    held = house.gateway._audiences[TALK].holder(sam)
    assert held is not None
    kernel = held.outbox._transport.get_extra_info("socket")
    kernel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)  # what it takes, nobody has read either
    most = await _written_until_lagging(evening, line, held.outbox)
    assert SOFT_LIMIT_BYTES < most < SOFT_LIMIT_BYTES + 4_096 < HARD_LIMIT_BYTES
    cut = asyncio.Event()
    house.rooms.follow(TALK, lambda _record, _commits: cut.set())
    house.clock.pass_ms(LAG_MAX_MS + 1)
    async with asyncio.TaskGroup() as group, asyncio.timeout(EDGE_S):
        sweeping = group.create_task(house.gateway.run())
        await cut.wait()
        sweeping.cancel()
    line.close()
    assert house.gateway.counts()["slow_readers_cut"] == 1
    assert (await evening.maya.fact("member_stranded"))["member_id"] == sam
    assert (await evening.maya.ask("post_chat", n=10_000, text="Bye"))["type"] == "accepted"


async def _written_until_lagging(evening: Evening, line: RawLine, outbox: Outbox) -> int:
    """Maya writes and writes. Returns how much waited for the reader at most, also of what came after."""
    most = 0
    for n in range(1, 1_000):
        line.send("3")  # answers pings, as if all were well
        evening.house.clock.pass_ms(1_000)
        assert (await evening.maya.ask("post_chat", n=n, text="w" * 2_000))["type"] == "accepted"
        most = max(most, outbox.unsent_bytes)
        lagging_ms = outbox.lagging_since_ms
        if lagging_ms is not None and evening.house.clock.mono_ms() - lagging_ms > LAG_MAX_MS // 2:
            return most
    raise AssertionError("never lagging")
