"""What the public Engine.IO protocol 4 asks of a server whose only transport is WebSocket."""

import json
from typing import Any

import pytest

from server.gateway.engine import FRAME_MAX_BYTES, PING_EVERY_S, PING_LATE_S
from tests.hostile.beside import Beside
from tests.hostile.line import BINARY, CLOSE, Line, frame


def hello_of(line: Line) -> dict[str, Any]:
    hello: dict[str, Any] = json.loads(line.texts[0][1:])
    return hello


async def test_the_first_packet_is_open_and_says_how_the_session_is(beside: Beside) -> None:
    lines = [await Line.switched(beside.port) for _ in range(3)]
    for line in lines:
        hello = hello_of(line)
        assert hello.keys() == {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
        assert hello["upgrades"] == []
        assert (hello["pingInterval"], hello["pingTimeout"]) == (PING_EVERY_S * 1_000, PING_LATE_S * 1_000)
        assert hello["maxPayload"] == FRAME_MAX_BYTES
        line.close()
    assert len({hello_of(line)["sid"] for line in lines}) == 3


async def test_the_server_pings_and_a_pong_keeps_the_session(beside: Beside) -> None:
    line = await Line.connected(beside.port)
    await line.ping()
    line.say("3")
    assert (await line.ask("catch_up", epoch=0, seq=0))["code"] == "out_of_turn"  # it is there
    line.close()


async def test_a_message_is_a_packet_of_the_layer_above(beside: Beside) -> None:
    line = await Line.switched(beside.port)
    line.say('40{"protocol":1}')
    assert (await line.text()).startswith("40{")
    line.close()


@pytest.mark.parametrize("goodbye", [frame("1"), frame(b"\x03\xe8", CLOSE), frame(b"", CLOSE)], ids=range(3))
async def test_close_ends_the_session_on_either_layer(beside: Beside, goodbye: bytes) -> None:
    line = await Line.connected(beside.port)
    line.send(goodbye)
    assert await line.end() == ""
    assert line.close_code == 1000


@pytest.mark.parametrize("text", ["2", "2probe", "5", "6", "7", "", "x", "0{}"])
async def test_packets_that_only_a_server_or_an_upgrade_sends_are_refused(beside: Beside, text: str) -> None:
    line = await Line.connected(beside.port)
    line.say(text)
    assert await line.end() == "fault"


@pytest.mark.parametrize(
    "sent", [frame(b"\x00\x01", BINARY), frame(b"", BINARY), frame("bAAE=")], ids=range(3)
)
async def test_binary_is_refused_on_purpose(beside: Beside, sent: bytes) -> None:
    line = await Line.connected(beside.port)
    line.send(sent)
    assert await line.end() == "fault"


@pytest.mark.parametrize(
    "query", ["EIO=4&transport=polling", "EIO=3&transport=websocket", "EIO=4", "transport=websocket"]
)
async def test_other_transports_and_versions_are_refused_with_400(beside: Beside, query: str) -> None:
    line = await Line.open(beside.port)
    line.send(line.switch_request(path=f"/socket.io/?{query}"))
    assert (await line.head()).startswith(b"HTTP/1.1 400 ")
    line.close()


async def test_further_words_in_the_query_are_passed_over(beside: Beside) -> None:
    """Clients add `t=...` against caches; the protocol leaves room for more."""
    line = await Line.open(beside.port)
    line.send(line.switch_request(path="/socket.io/?EIO=4&transport=websocket&t=PZw0kbn&b64=1"))
    assert (await line.head()).startswith(b"HTTP/1.1 101 ")
    assert (await line.text()).startswith("0{")
    line.close()
