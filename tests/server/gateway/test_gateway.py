import asyncio
import gc
import weakref

import pytest
import socketio
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError

from rooms.commands import JoinRoom, SetMicrophone
from rooms.ids import MeetingId, MemberId
from server.gateway.connection import Connection
from server.gateway.door import DoorLimits
from server.gateway.engine import FRAME_MAX_BYTES
from server.room_service import RoomPlan
from tests.integration.hostile import RawLine
from tests.server.gateway.house import ORIGIN, TALK, House


@pytest.mark.parametrize(
    ("query", "origin", "status"),
    [
        ("EIO=4&transport=polling", ORIGIN, 400),
        ("EIO=3&transport=websocket", ORIGIN, 400),
        ("EIO=4&EIO=4&transport=websocket", ORIGIN, 400),
        ("transport=websocket", ORIGIN, 400),
        ("EIO=4&transport=websocket&sid=x", ORIGIN, 400),
        ("EIO=4&transport=websocket", None, 403),
        ("EIO=4&transport=websocket", "null", 403),
        ("EIO=4&transport=websocket", "https://lamplit.example.evil", 403),
        ("EIO=4&transport=websocket", "https://LAMPLIT.example", 403),
        ("EIO=4&transport=websocket", ORIGIN + ".", 403),
        ("EIO=4&transport=websocket", ORIGIN + ":444", 403),
    ],
)
async def test_the_door(house: House, query: str, origin: str | None, status: int) -> None:
    headers = {"X-Forwarded-Host": "lamplit.example"}
    if origin is not None:
        headers["Origin"] = origin
    with pytest.raises(WSServerHandshakeError) as caught:
        await house.session.ws_connect(house.url(query), headers=headers)
    assert caught.value.status == status


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
async def test_only_websockets_are_served(house: House, method: str) -> None:
    async with house.session.request(method, house.url(), headers={"Origin": ORIGIN}) as answer:
        assert answer.status == 400


async def test_too_many_from_one_place() -> None:
    async with House(DoorLimits(connections_per_address=2)) as house:
        await house.open()
        await house.open()
        third = await house.open()
        assert (await third.text()).startswith("0{")
        assert await third.text() == '44{"message":"too_many"}'
        assert await third.text() == ""
        assert house.gateway.counts()["turned_away"] == 1
        assert house.gateway.counts()["connections"] == 2


async def test_nothing_is_compressed(house: House) -> None:
    ws = await house.session.ws_connect(house.url(), headers={"Origin": ORIGIN}, compress=15)
    house.sockets.append(ws)
    assert not ws.compress


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "9", "0{}", "2probe", "3probe", "5", "6", "b!!!", "4", "4abc", "42{}", "42[", "42[]",
        "42[null]", '42["leave",{}]', "451-[]", '421["connect",{}]', '421["disconnect",{}]', "431[]",
        '421["post_chat",{"n":NaN,"text":"x"}]', "40", '40{"protocol":1}', "11",
    ],
)  # fmt: skip
async def test_a_fault_ends_the_connection_and_keeps_the_seat(house: House, text: str) -> None:
    jo, maya = await house.member("Jo"), await house.member("Maya")
    await maya.ws.send_str(text)
    assert await maya.closed() == "fault"
    assert (await jo.fact("member_stranded"))["member_id"] == maya.member_id


async def test_bytes_are_a_fault(house: House) -> None:
    maya = await house.member("Maya")
    await maya.ws.send_bytes(b"x")
    assert await maya.closed() == "fault"
    assert house.gateway.counts()["fault_bad_frame"] == 1


async def test_a_flood_is_a_fault(house: House) -> None:
    maya = await house.member("Maya")
    for _ in range(301):
        await maya.ws.send_str("3")
    assert await maya.closed() == "fault"
    assert house.gateway.counts()["fault_too_fast"] == 1


async def test_too_large_a_message_closes(house: House) -> None:
    maya = await house.member("Maya")
    await maya.ws.send_str('421["leave",{}]' + " " * (FRAME_MAX_BYTES - 15))  # just not too large
    assert (await maya.answer(1))["type"] == "accepted"
    pat, jo = await house.member("Pat"), await house.member("Jo")
    await jo.ws.send_str("4" + "x" * FRAME_MAX_BYTES)
    await jo.closed()
    assert jo.ws.close_code == 1009
    assert (await pat.fact("member_stranded"))["member_id"] == jo.member_id
    assert house.gateway.counts()["fault_too_large"] == 1


@pytest.mark.parametrize("text", ["41", "1"])
async def test_goodbyes(house: House, text: str) -> None:
    jo, maya = await house.member("Jo"), await house.member("Maya")
    await maya.ws.send_str(text)
    assert await maya.closed() == ""
    assert (await jo.fact("member_stranded"))["member_id"] == maya.member_id


async def test_what_was_sent_before_a_goodbye_counts(house: House) -> None:
    jo, maya = await house.member("Jo"), await house.member("Maya")
    await maya.ws.send_str('429["leave",{}]')
    await maya.ws.send_str("41")
    assert (await jo.fact("member_left"))["member_id"] == maya.member_id


async def test_a_seat_is_on_hold_while_a_goodbye_waits_for_its_answer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.gateway.engine.CLOSE_WITHIN_S", 60.0)
    maya = await house.member("Maya")
    line = await RawLine.open(house)
    sam = await line.join("Sam")
    line.send("no packet")
    assert (await maya.fact("member_stranded"))["member_id"] == sam["member_id"]
    assert house.gateway.counts()["connections"] == 2
    line.close()


async def test_a_goodbye_that_is_never_answered_is_no_mistake_of_ours(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.gateway.engine.CLOSE_WITHIN_S", 0.01)
    line = await RawLine.open(house)
    line.send("no packet")
    assert await line.text() == ""
    async with asyncio.timeout(5):
        while house.gateway.counts()["connections"]:
            assert await line.text() == ""  # the server hangs up
    assert house.gateway.counts()["bugs"] == 0
    line.close()


def _transports_of(house: House) -> list[asyncio.Transport]:
    """The server's ends of all connections."""
    found = [one for one in gc.get_objects() if isinstance(one, asyncio.Transport) and not one.is_closing()]
    return [one for one in found if (one.get_extra_info("sockname") or (0, 0))[1] == house.server.port]


@pytest.mark.parametrize("is_polite", [True, False])
async def test_a_closed_connection_is_freed_at_once_and_not_by_the_collector(
    house: House, *, is_polite: bool
) -> None:
    assert house.server.runner is not None
    assert house.server.runner.server is not None
    house.server.runner.server.handler_cancellation = False  # which a server of ours does not have
    line = await RawLine.open(house)
    await line.join("Sam")
    freed = asyncio.Event()
    (transport,) = _transports_of(house)
    weakref.finalize(transport, freed.set)
    del transport
    gc.disable()
    try:
        if is_polite:
            line.send("1")
            await line.rest()
        line.close()
        async with asyncio.timeout(5):
            await freed.wait()
    finally:
        gc.enable()


async def test_nothing_is_said_after_the_goodbye(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.gateway.engine.PING_EVERY_S", 0.02)
    monkeypatch.setattr("server.gateway.engine.CLOSE_WITHIN_S", 0.5)
    maya = await house.member("Maya")
    line = await RawLine.open(house)
    await line.join("Sam")
    line.send("no packet")
    while await line.text():
        pass
    for n in range(1, 4):
        await maya.ask("post_chat", n=n, text="x")
    assert await line.rest() == b""
    line.close()


async def test_events_before_connect_are_a_fault(house: House) -> None:
    browser = await house.open()
    await browser.text()
    await browser.ws.send_str('421["join",{"room":"talk","name":"x"}]')
    assert await browser.closed() == ""
    assert house.gateway.counts()["fault_not_connected"] == 1


@pytest.mark.parametrize("auth", ["", "{}", '{"protocol":2}'])
async def test_a_protocol_that_is_not_ours_is_refused(house: House, auth: str) -> None:
    browser = await house.open()
    await browser.text()
    await browser.ws.send_str("40" + auth)
    if auth != "{}":
        assert await browser.text() == '44{"message":"protocol"}'
    assert await browser.text() == ""


async def test_deadlines(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.gateway.engine.CONNECT_WITHIN_S", 0.05)
    silent = await house.open()
    await silent.text()
    assert await silent.text() == ""
    monkeypatch.setattr("server.gateway.engine.CONNECT_WITHIN_S", 5.0)
    monkeypatch.setattr("server.gateway.engine.SEAT_WITHIN_S", 0.05)
    idle = await house.browser()
    assert await idle.closed() == "fault"
    assert house.gateway.counts()["fault_too_late"] == 2


async def test_one_who_answers_no_ping_is_cut(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.gateway.engine.PING_EVERY_S", 0.02)
    monkeypatch.setattr("server.gateway.engine.PONG_WITHIN_S", 0.05)
    stranded = asyncio.Event()
    jo = await house.member("Jo")
    jo.answers_pings = False
    house.rooms.follow(TALK, lambda _record, _commits: stranded.set())
    assert await jo.closed() == ""
    async with asyncio.timeout(5):
        await stranded.wait()


async def test_pings_go_on_while_an_answer_is_on_its_way(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.gateway.engine.PING_EVERY_S", 0.02)
    browser = await house.browser()
    async with asyncio.timeout(5):
        for _ in range(3):  # none is answered
            while (await browser.ws.receive()).data != "2":
                pass


async def test_a_slow_reader_is_told_to_catch_up_once_it_reads(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    maya = await house.member("Maya")
    connection: Connection = house.gateway._audiences[TALK].holder(maya.member_id)  # type: ignore[assignment]
    connection.outbox.lagging_since_ms = 0.0
    async with asyncio.TaskGroup() as group:
        sweeping = group.create_task(house.gateway.run())
        told = await maya.event("resync")
        sweeping.cancel()
    assert told["revision"]["seq"] == maya.revision[1]
    assert not connection.outbox.is_lagging


async def test_stopping_tells_everybody_and_lets_nobody_in(house: House) -> None:
    maya = await house.member("Maya")
    async with asyncio.TaskGroup() as group:
        group.create_task(house.gateway.stop())
        ended = await maya.event("ended")
        assert (ended["reason"], ended["retry_ms"] > 0) == ("restarting", True)
        assert await maya.closed() == ""
    with pytest.raises(WSServerHandshakeError) as caught:
        await house.open()
    assert caught.value.status == 503


async def test_while_others_are_not_reached_nobody_comes_and_who_is_inside_stays(house: House) -> None:
    maya = await house.member("Maya")
    house.reaches_others = False
    with pytest.raises(WSServerHandshakeError) as caught:
        await house.open()
    assert caught.value.status == 503  # so that a load balancer asks another node
    assert (await maya.ask("catch_up", epoch=0, seq=0))["type"] == "synced"
    house.reaches_others = True
    assert await house.member("Ben")


async def test_a_lost_transport_is_told_to_its_member(house: House) -> None:
    maya = await house.member("Maya")
    house.gateway.on_media_closed(TALK, maya.member_id, "peer-0")
    assert (await maya.event("media_closed"))["peer_id"] == "peer-0"
    house.gateway.on_media_closed(TALK, 1, "nobody's")


async def test_a_bug_ends_one_connection_and_nothing_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    maya, jo = await house.member("Maya"), await house.member("Jo")

    def broken(*_: object) -> None:
        raise ZeroDivisionError("Maya")

    monkeypatch.setattr(house.media, "restart_peer", broken)
    await maya.ws.send_str('427["restart_media",{}]')
    await maya.closed()
    assert house.gateway.counts()["bugs"] == 1
    assert (await jo.ask("post_chat", n=1, text="x"))["type"] == "accepted"


async def test_the_librarys_own_client_is_understood(house: House) -> None:
    session = ClientSession(headers={"Origin": ORIGIN})
    client = socketio.AsyncClient(http_session=session, reconnection=False)
    url = str(house.server.make_url("/"))
    await client.connect(url, auth={"protocol": 1}, transports=["websocket"])
    joined = await client.call("join", {"room": "talk", "name": "Maya"}, timeout=5)
    assert joined["type"] == "joined"
    await client.disconnect()
    await session.close()


async def test_counts(house: House) -> None:
    maya = await house.member("Maya")
    await house.browser()
    assert house.gateway.counts()["connections"] == 2
    assert house.gateway.counts()["seated"] == 1
    assert maya.ws.closed is False
    assert WSMsgType.TEXT


async def test_a_node_that_joins_a_meeting_knows_who_is_heard_in_it() -> None:
    house = House()
    await house.rooms.open_rooms([RoomPlan(TALK, "Talk", "", MeetingId("m"), house.settings)])
    maya = MemberId(5)
    await house.rooms.carry_out(TALK, JoinRoom(member_id=maya, name="Maya"))
    await house.rooms.carry_out(TALK, SetMicrophone(by=maya, on=True))
    house.gateway.add_rooms()
    assert house.media.heard == {maya: True}
