"""BE1 to BE9 and BE12 to BE16: text of Engine.IO and Socket.IO that no page sends."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import pytest

from rooms.limits import CHAT_BURST
from server.gateway.engine import CONNECT_WITHIN_S, FRAME_MAX_BYTES, FRAME_PACE, SEAT_WITHIN_S
from tests.hostile.beside import Beside
from tests.hostile.line import BINARY, Line, frame, other_address
from tests.integration.test_bad_messages import BEFORE_CONNECT, FAULTS, REFUSED

WHO: Final = ("stranger", "member")
JOIN: Final = '["join",{"room":"talk","name":"Mallory"}]'
CHAT: Final = '["post_chat",{"n":1,"text":"never to be read"}]'
TOO_BIG: Final = 1009

Frames = list[str | bytes]


def by_entry(table: Iterable[tuple[str, Frames]]) -> dict[str, list[Frames]]:
    """Put inputs together that have one id."""
    found: dict[str, list[Frames]] = defaultdict(list)
    for entry, frames in table:
        found[entry].append(frames)
    return found


def written(frames: Frames) -> bytes:
    return b"".join(frame(text, BINARY) if isinstance(text, bytes) else frame(text) for text in frames)


# --- BE1, BE2, BE14: the question itself --------------------------------------------------------------

QUERIES: Final[dict[str, list[str]]] = {
    "BE1": [
        "",
        "transport=websocket",
        "EIO=3&transport=websocket",
        "EIO=4",
        "EIO=4&transport=polling",
        "EIO=4&transport=webtransport",
        "EIO=4&transport=",
        "EIO=&transport=websocket",
        "EIO=04&transport=websocket",
        "EIO=4%20&transport=websocket",
        "EIO=4&EIO=4&transport=websocket",
        "EIO=4&EIO=3&transport=websocket",
        "EIO=4&transport=websocket&transport=polling",
        "EIO=" + "4" * 5_000 + "&transport=websocket",
    ],
    "BE2": [
        f"EIO=4&transport=websocket&sid={sid}"
        for sid in ("", "unknown", "x" * 7_000, "a&sid=b", "%00", "..%2f", "[]", "null")
    ],
}


@pytest.mark.parametrize("entry", QUERIES)
async def test_a_question_for_something_else_is_refused(beside: Beside, entry: str) -> None:
    async with beside.trial(entry, "stranger") as trial:
        bodies = set()
        for query in QUERIES[entry]:
            line = await Line.open(beside.port)
            line.send(line.switch_request("Connection: close\r\n", path=f"/socket.io/?{query}"))
            head, _, body = (await line.rest()).partition(b"\r\n\r\n")
            line.close()
            assert head.split(b" ", 2)[1] == b"400", query
            bodies.add(body)
        assert len(bodies) == 1  # and no hint about what was found
        await trial.counted("http_refused", "400", at_least=len(QUERIES[entry]))


async def test_be2_the_sid_of_another_member_is_no_key(beside: Beside) -> None:
    async with beside.trial("BE2", "member", "of another") as trial:
        other = await Line.seated(beside.port)
        sids = [json.loads(text[text.index("{") :])["sid"] for text in other.texts[:2]]
        for sid in sids:
            line = await Line.open(beside.port)
            line.send(line.switch_request(path=f"/socket.io/?EIO=4&transport=websocket&sid={sid}"))
            assert (await line.head()).startswith(b"HTTP/1.1 400 ")
            line.close()
        assert (await other.ask("catch_up", epoch=0, seq=0))["type"] == "synced"
        other.close()
        await trial.counted("http_refused", "400", at_least=2)


async def test_be14_nothing_is_taken_by_post(beside: Beside) -> None:
    packets = "\x1e".join([f"421{CHAT}"] * 17).encode()
    bodies = [packets, packets * 20, b"\x1e", b"", b"d=" + packets, b"b!!!", b"4" * 40_000]
    async with beside.trial("BE14", "stranger") as trial:
        for transport in ("polling", "websocket"):
            for method in ("POST", "GET", "PUT"):
                for body in bodies:
                    line = await Line.open(beside.port)
                    path = f"{method} /socket.io/?EIO=4&transport={transport}&j=0 HTTP/1.1\r\nHost: x\r\n"
                    length = f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
                    line.send((path + length).encode(), body)
                    status = (await line.rest()).split(b" ", 2)[1]
                    line.close()
                    assert status == (b"413" if len(body) > 16_384 else b"400")
        await trial.counted("http_refused", "400", at_least=30)


# --- BE3 to BE9, BE12, BE13: what is said ---------------------------------------------------------------

OPENINGS: Final = by_entry(BEFORE_CONNECT)
ALONE: Final = ("x", "", "9", "0", "0{}", "2", "2probe", "3probe", "33", "5", "6", "b!!!", "\x1e", "1x")
PONGS: Final[Frames] = ["3"] * 100_000
GOODBYES: Final = ("1", "41")
ENGINE: Final[list[tuple[str, Frames]]] = [("BE3", [text]) for text in ALONE]
SAID: Final = by_entry([*ENGINE, ("BE3", PONGS), *FAULTS])
SAID["BE12"].append([f"43{number}[]" for number in range(100_000)])


@pytest.mark.parametrize("entry", OPENINGS)
async def test_what_is_no_way_to_begin_ends_the_connection(beside: Beside, entry: str) -> None:
    async with beside.trial(entry, "stranger", "begin") as trial:
        source = other_address()
        for frames in OPENINGS[entry]:
            line = await Line.switched(beside.port, source)
            line.send(written(frames))
            await line.end()
            assert line.texts[1:] in ([], ['44{"message":"protocol"}']), frames[0][:40]
        await trial.counted("faults", "*", at_least=len(OPENINGS[entry]) - 1)  # one of them is a goodbye
        await trial.back("connections")


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("entry", SAID)
async def test_what_is_no_packet_ends_the_connection(beside: Beside, entry: str, who: str) -> None:
    async with beside.trial(entry, who) as trial:
        sources = [other_address(), other_address()]
        for number, frames in enumerate(SAID[entry]):
            source = sources[number % 2]  # one place may not come as often as this
            line = await (Line.seated if who == "member" else Line.connected)(beside.port, source)
            line.send(written([*frames, f"429{CHAT}"]))
            reason = await line.end()
            assert reason == "fault" or line.close_code == TOO_BIG, (frames[0][:40], reason, line.close_code)
            assert 9 not in dict(line.answers)
        await trial.counted("faults", "*", at_least=len(SAID[entry]))
        await trial.back("connections")
        await trial.back("connections_seated")


@pytest.mark.parametrize("who", WHO)
async def test_be5_connecting_twice_ends_the_connection(beside: Beside, who: str) -> None:
    async with beside.trial("BE5", who, "twice") as trial:
        line = await Line.of(who, beside.port)
        line.say('40{"protocol":1}', f"421{CHAT}")
        assert await line.end() == "fault"
        await trial.counted("faults", "connected_twice")


@pytest.mark.parametrize("goodbye", GOODBYES)
async def test_be7_after_a_goodbye_nothing_counts(beside: Beside, goodbye: str) -> None:
    async with beside.trial("BE7", "member", f"after {goodbye}") as trial:
        line = await Line.seated(beside.port)
        answers = len(line.answers)
        line.say(goodbye, f"429{CHAT}")
        assert await line.end() == ""
        assert len(line.answers) == answers
        await trial.back("connections_seated")


@pytest.mark.long
async def test_be4_who_never_connects_or_never_sits_down_is_not_waited_for(beside: Beside) -> None:
    async with beside.trial("BE4", "stranger") as trial:
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        opened, connected = await Line.switched(beside.port), await Line.connected(beside.port)
        assert await opened.end(CONNECT_WITHIN_S + 2) == ""  # pings are answered meanwhile
        assert loop.time() - begun_s >= CONNECT_WITHIN_S - 0.5
        assert await connected.end(SEAT_WITHIN_S + 2) == "fault"
        await trial.counted("faults", "too_late", at_least=2)


# --- BE10, BE13, BE18: packets whose payload is none ----------------------------------------------------

BROKEN_PAYLOADS: Final = by_entry(REFUSED)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("entry", BROKEN_PAYLOADS)
async def test_what_breaks_its_schema_is_refused_to_its_sender_alone(
    beside: Beside, entry: str, who: str
) -> None:
    async with beside.trial(entry, who, "payloads") as trial:
        line = await Line.of(who, beside.port)
        for frames in BROKEN_PAYLOADS[entry]:
            line.send(written(frames))
            assert (await line.answer(1))["code"] == "bad_message"
        line.close()
        await trial.counted("refusals", "bad_message", at_least=len(BROKEN_PAYLOADS[entry]))


# --- BE15, BE16: how much -------------------------------------------------------------------------------


@pytest.mark.parametrize("who", WHO)
async def test_be15_a_frame_of_the_limit_is_taken_and_one_byte_more_is_not(beside: Beside, who: str) -> None:
    async with beside.trial("BE15", who) as trial:
        line = await Line.of(who, beside.port)
        text = '427["catch_up",{"epoch":0,"seq":0}]'
        line.say(text + " " * (FRAME_MAX_BYTES - len(text)))
        assert (await line.answer(7))["type"] == ("synced" if who == "member" else "refused")
        line.say(text.replace("427", "428") + " " * (FRAME_MAX_BYTES + 1 - len(text)))
        assert await line.end() == ""
        assert line.close_code == TOO_BIG
        assert 8 not in dict(line.answers)
        await trial.counted("faults", "too_large")


@pytest.mark.parametrize("who", WHO)
async def test_be16_ten_thousand_events_in_one_run_of_bytes(beside: Beside, who: str) -> None:
    async with beside.trial("BE16", who) as trial:
        watcher = await Line.seated(beside.port)
        line = await Line.of(who, beside.port)
        before = len(line.answers)
        line.say(
            *(
                f'42{number}["post_chat",' + json.dumps({"n": number, "text": f"line {number}"}) + "]"
                for number in range(1_001, 11_001)
            )
        )
        assert await line.end() == "fault"
        answers = line.answers[before:]
        assert [number for number, _ in answers] == list(range(1_001, 1_001 + len(answers)))
        assert len(answers) < FRAME_PACE.burst
        accepted = [number for number, answer in answers if answer["type"] == "accepted"]
        least = CHAT_BURST if who == "member" else 0
        assert accepted == list(range(1_001, 1_001 + len(accepted)))
        assert least <= len(accepted) <= 2 * least
        if who == "member":
            texts = [(await watcher.fact("chat_posted"))["text"] for _ in accepted]
            assert texts == [f"line {number}" for number in accepted]
        watcher.close()
        await trial.counted("refusals", "too_fast" if who == "member" else "out_of_turn", at_least=10)
