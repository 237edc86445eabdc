import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.facts import ChatPosted, Commit
from rooms.ids import MemberId
from rooms.model import Revision
from rooms.refusals import Refusal, RefusalCode
from signaling.codec import (
    Connect,
    Disconnect,
    Event,
    Packet,
    read_packet,
    write_answer,
    write_event,
    write_frame,
    write_pong,
    write_turned_away,
)
from signaling.faults import Fault, FaultCode
from signaling.from_browser import PostChat, SetMicrophone
from signaling.to_browser import Accepted, Commits, TurnedAway


def _fault(text: str) -> str:
    with pytest.raises(Fault) as caught:
        read_packet(text)
    return caught.value.code.value


def _read(text: str) -> Packet | FaultCode:
    try:
        return read_packet(text)
    except Fault as fault:
        return fault.code


def test_an_event() -> None:
    assert read_packet('27["post_chat",{"n":1,"text":"hi"}]') == Event(
        "post_chat", 7, PostChat(n=1, text="hi")
    )


def test_connecting_and_leaving() -> None:
    assert read_packet('0{"protocol":1}') == Connect(1)
    assert read_packet("0") == Connect(0)
    assert read_packet('0{"protocol":1,"elsewhere":true}') == Connect(1, goes_elsewhere=True)
    for other in ("false", "1", '"true"', "null", "[true]"):
        assert read_packet(f'0{{"protocol":1,"elsewhere":{other}}}') == Connect(1)
    assert read_packet("1") == Disconnect()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "4",
        '51-["join",{"_placeholder":true,"num":0}]',
        '61-[]',
        "2",
        "2[",
        "2{}",
        "2null",
        '2["leave",{}]',  # no ack asked for
        '2abc["leave",{}]',
        '2-1["leave",{}]',
        '2\u0661["leave",{}]',  # a digit of another script
        '2' + "1" * 16 + '["leave",{}]',
        '2/other,1["leave",{}]',
        '21["leave"]',
        '21["leave",{},{}]',
        '21[1,{}]',
        '21[null,{}]',
        '21["leave",{}',
        '21["leave",\ud800]',
        "0[]",
        '0{"protocol":"1"}',
        '0{"protocol":1.5}',
        '0{}',
        '0/admin,{"protocol":1}',
        "1x",
    ],
)  # fmt: skip
def test_what_is_no_packet_of_ours(text: str) -> None:
    assert _fault(text) == FaultCode.BAD_PACKET


@pytest.mark.parametrize(
    "name", ["connect", "disconnect", "connect_error", "message", "*", "__proto__", "", "x" * 9_999]
)
def test_the_table_of_events_is_closed(name: str) -> None:
    packet = "21" + msgspec.json.encode([name, {}]).decode()
    assert _fault(packet) == FaultCode.UNKNOWN_EVENT


def test_we_ask_for_no_acks() -> None:
    assert _fault("31[]") == FaultCode.UNWANTED_ACK


@pytest.mark.parametrize(
    "payload",
    [
        "{}",
        '{"n":1}',
        '{"n":1,"text":""}',
        '{"n":1,"text":"hi","more":1}',
        '{"n":"1","text":"hi"}',
        '{"n":1.5,"text":"hi"}',
        '{"n":NaN,"text":"hi"}',
        '{"n":Infinity,"text":"hi"}',
        '{"n":1e999,"text":"hi"}',
        '{"n":9007199254740993,"text":"hi"}',
        '{"n":0,"text":"hi"}',
        '{"n":-1,"text":"hi"}',
        '{"n":1,"text":5}',
        '{"n":1,"text":null}',
        "null",
        "[]",
        '"x"',
        '{"n":1,"text":"' + "x" * 2_001 + '"}',
        '{"n":1,"text":' + "[" * 5_000 + "]" * 5_000 + "}",
    ],
)
def test_a_payload_that_breaks_its_schema_never_gets_in(payload: str) -> None:
    outcome = _read(f'21["post_chat",{payload}]')
    assert outcome in (Event("post_chat", 1, None), FaultCode.BAD_PACKET)


@given(st.text(max_size=80))
def test_any_text_is_a_packet_or_a_fault(text: str) -> None:
    assert isinstance(_read(text), Connect | Disconnect | Event | FaultCode)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" * 400 + ".5"])
def test_a_number_beyond_all_in_a_field_that_is_not_there_is_no_payload(number: str) -> None:
    rules = f'21["set_rules",{{"n":1,"rules":{{"unknown":{number}}}}}]'
    assert read_packet(rules) == Event("set_rules", 1, None)


@given(st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.text(max_size=8)))
def test_any_payload_is_typed_or_nothing(payload: dict[str, object]) -> None:
    packet = read_packet("21" + msgspec.json.encode(["set_microphone", payload]).decode())
    assert isinstance(packet, Event)
    assert packet.payload is None or isinstance(packet.payload, SetMicrophone)


def _payload(frame: bytes) -> bytes:
    return frame[4:] if frame[1] == 126 else frame[2:]


def test_an_answer() -> None:
    frame = write_answer(12, Accepted(revision=Revision(5, 9)))
    assert _payload(frame) == b'4312[{"type":"accepted","revision":{"epoch":5,"seq":9}}]'
    refused = write_answer(0, Refusal(code=RefusalCode.TOO_FAST, retry_ms=200))
    assert msgspec.json.decode(_payload(refused)[3:]) == [
        {"type": "refused", "code": "too_fast", "retry_ms": 200, "suggestion": ""}
    ]


def test_an_event_of_ours() -> None:
    fact = ChatPosted(member_id=MemberId(4), n=2, name="Maya", text="hi")
    commit = Commit(seq=3, at_ms=1, by=MemberId(4), n=2, fact=fact)
    frame = write_event(Commits(epoch=1, commits=(commit,)))
    name, body = msgspec.json.decode(_payload(frame)[2:])
    assert name == "commits"
    assert body["commits"][0]["fact"] == {
        "type": "chat_posted", "member_id": 4, "n": 2, "name": "Maya", "text": "hi", "held_seq": 0,
    }  # fmt: skip


@pytest.mark.parametrize("why", TurnedAway)
def test_why_connect_is_refused(why: TurnedAway) -> None:
    assert _payload(write_turned_away(why)) == b'44{"message":"%b"}' % why.value.encode()


def test_only_events_of_the_table_are_spoken() -> None:
    with pytest.raises(KeyError):
        write_event(Accepted(revision=Revision(1, 1)))


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_frames_say_their_length(size: int) -> None:
    frame = write_frame(b"x" * size)
    assert frame[0] == 0x81
    if frame[1] < 126:
        assert (frame[1], frame[2:]) == (size, b"x" * size)
    elif frame[1] == 126:
        assert struct.unpack_from("!H", frame, 2) == (size,)
        assert len(frame) == 4 + size
    else:
        assert struct.unpack_from("!Q", frame, 2) == (size,)
        assert len(frame) == 10 + size


def test_a_pong_is_what_the_ping_was() -> None:
    assert write_pong(b"") == b"\x8a\x00"
    assert write_pong(b"x" * 125) == b"\x8a\x7d" + b"x" * 125
