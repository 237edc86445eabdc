"""What the public Socket.IO protocol 5 asks of a server with one namespace and no binary."""

import json

import pytest

from tests.hostile.beside import Beside
from tests.hostile.line import BINARY, Line, frame

ASK = '["catch_up",{"epoch":0,"seq":0}]'


async def test_connect_is_answered_with_a_sid_of_its_own(beside: Beside) -> None:
    line = await Line.switched(beside.port)
    line.say('40{"protocol":1,"further":"fields are passed over"}')
    answer = json.loads((await line.text())[2:])
    assert answer.keys() == {"sid"}
    assert answer["sid"] != json.loads(line.texts[0][1:])["sid"]
    line.close()


@pytest.mark.parametrize("connect", ["40", "40{}", '40{"protocol":2}', '40{"protocol":0}'])
async def test_connect_without_our_version_is_answered_with_connect_error(
    beside: Beside, connect: str
) -> None:
    line = await Line.switched(beside.port)
    line.say(connect)
    await line.end()
    assert line.texts[1:] in (['44{"message":"protocol"}'], [])
    assert connect == "40{}" or line.texts[1:]  # an object without the field is no CONNECT of ours


@pytest.mark.parametrize("connect", ["40/admin,", '40/admin,{"protocol":1}', "40/,"])
async def test_other_namespaces_are_refused_on_purpose(beside: Beside, connect: str) -> None:
    line = await Line.switched(beside.port)
    line.say(connect)
    assert await line.end() == ""
    assert len(line.texts) == 1


@pytest.mark.parametrize("number", [0, 7, 10**14])
async def test_an_event_with_an_id_is_answered_under_that_id(beside: Beside, number: int) -> None:
    line = await Line.seated(beside.port)
    line.say(f"42{number}{ASK}")
    assert (await line.answer(number))["type"] == "synced"
    line.close()


async def test_answers_come_in_the_order_of_the_questions(beside: Beside) -> None:
    line = await Line.seated(beside.port)
    before = len(line.answers)
    line.say(*(f"42{number}{ASK}" for number in (12, 5, 9, 5)))
    await line.answer(9)
    await line.answer(5)
    assert [number for number, _ in line.answers[before:]] == [12, 5, 9, 5]
    line.close()


async def test_json_may_be_written_with_blanks_and_escapes(beside: Beside) -> None:
    line = await Line.seated(beside.port)
    line.say('427 [ "catch_up" , { "epoch" : 0 , "seq" : 0 } ] '.replace("7 [", "7["))
    assert (await line.answer(7))["type"] == "synced"
    line.say('428["catch_\\u0075p",{"ep\\u006fch":0,"seq":0}]')
    assert (await line.answer(8))["type"] == "synced"
    line.close()


async def test_text_of_any_script_comes_as_it_was_sent(beside: Beside) -> None:
    words = "Grüße, привет, こんにちは, \U0001f33b"
    watcher, line = await Line.seated(beside.port), await Line.seated(beside.port)
    assert (await line.ask("post_chat", n=1, text=words))["type"] == "accepted"
    assert (await watcher.fact_of("chat_posted", line.member_id))["text"] == words
    watcher.close()
    line.close()


async def test_the_servers_events_have_a_name_one_payload_and_no_id(beside: Beside) -> None:
    watcher, line = await Line.seated(beside.port), await Line.seated(beside.port)
    await line.ask("post_chat", n=1, text="x")
    await watcher.fact_of("chat_posted", line.member_id)
    name, payload = json.loads(watcher.texts[-1][2:])
    assert (name, payload.keys()) == ("commits", {"type", "epoch", "commits"})
    watcher.close()
    line.close()


async def test_disconnect_ends_the_connection(beside: Beside) -> None:
    line = await Line.seated(beside.port)
    line.say("41")
    assert await line.end() == ""
    assert line.close_code == 1000


@pytest.mark.parametrize(
    "text",
    [
        f"42{ASK}",  # no ack is asked for
        f"42/,7{ASK}",
        f"42/admin,7{ASK}",
        "427[]",
        '427["catch_up"]',
        '427["catch_up",{},{}]',
        "437[]",
        '44{"message":"x"}',
        '451-["catch_up",{"_placeholder":true,"num":0}]',
        "461-7[]",
        "4abc",
        "4",
        "48",
        '40{"protocol":1}',
    ],
)
async def test_what_we_refuse_on_purpose_ends_the_connection(beside: Beside, text: str) -> None:
    line = await Line.connected(beside.port)
    line.say(text)
    assert await line.end() == "fault"


async def test_an_attachment_is_refused_at_its_head(beside: Beside) -> None:
    line = await Line.connected(beside.port)
    line.send(frame('451-["catch_up",{"_placeholder":true,"num":0}]'), frame(b"x" * 30_000, BINARY))
    assert await line.end() == "fault"
