"""What comes over a browser's WebSocket: frames, packets, events, the answer to a media offer."""

import json
from collections.abc import Iterable
from functools import cache
from typing import Final, cast

import msgspec
from aiohttp import WebSocketError, WSCloseCode, WSMessage, WSMsgType, web

from rooms.apply import apply
from rooms.commands import JoinRoom, PostChat, RaiseHand, SetMicrophone
from rooms.decide import decide
from rooms.facts import Commit
from rooms.host_commands import BanMember, ReportMember, SetSheet
from rooms.ids import NO_MEMBER, MemberId
from rooms.model import BanReason, Cue, Lane, Pass, Record, ReportReason, Sheet
from rooms.project import project, project_room, viewer_of
from rooms.refusals import Refusal
from server.gateway.connection import Connection
from server.gateway.engine import Server
from server.gateway.frames import FrameGate, Queue, Reader
from server.media.answer import MAX_FINGERPRINTS, read_answer
from signaling.codec import ACK_ID_MAX_DIGITS, Connect, Disconnect, Event, read_packet, write_event
from signaling.events import EVENTS
from signaling.faults import Fault, FaultCode
from signaling.from_browser import AnswerMedia, Numbered
from signaling.intents import command_of
from signaling.session import Phase
from signaling.to_browser import Commits
from tests.fuzz.samples import sample_of
from tests.fuzz.target import JSON_WORDS, Target, chunks, run, step
from tests.rooms.story import JO, MAYA, TOM, Story, peopled_story
from tests.server.clock import FakeClock
from tests.server.gateway.test_outbox import FakeTransport

SAM: Final = MemberId(44)  # at the door
KIM: Final = MemberId(55)  # banned


# --- a whole connection: Engine.IO ------------------------------------------------------------------


class _WebSocket:
    """A WebSocket whose frames are all there already; behind the last one the browser is gone."""

    def __init__(self, messages: Iterable[WSMessage]) -> None:
        self._messages = [*messages, WSMessage(WSMsgType.CLOSED, None, None)]
        self.is_closed = False

    async def receive(self) -> WSMessage:
        return self._messages.pop(0)

    async def close(self) -> None:
        self.is_closed = True

    def exception(self) -> BaseException | None:
        return None


class _Gateway:
    """Notes what the engine asks for."""

    def __init__(self) -> None:
        self.faults: list[FaultCode] = []
        self.carried: list[tuple[Phase, Event]] = []
        self.lost = 0
        self.server = Server(FakeClock(), self.carry_out, self.on_lost, self.faults.append)

    async def carry_out(self, connection: Connection, event: Event) -> None:
        self.carried.append((connection.phase, event))

    async def on_lost(self, _: Connection) -> None:
        self.lost += 1


@cache
def _gateway() -> _Gateway:
    return _Gateway()


def _message(kind: int, body: bytes) -> WSMessage:
    """What aiohttp makes of a frame: text is always good UTF-8, anything else was a fault of the frame."""
    if kind % 16 == 1:
        return WSMessage(WSMsgType.BINARY, body, None)
    if kind % 16 == 2:
        code = WSCloseCode.MESSAGE_TOO_BIG if body else WSCloseCode.PROTOCOL_ERROR
        return WSMessage(WSMsgType.ERROR, WebSocketError(code, "bad"), None)
    if kind % 16 == 3:
        return WSMessage(WSMsgType.PING, body, "")
    return WSMessage(WSMsgType.TEXT, body.decode("utf-8", "replace"), "")


def take_engine(content: bytes) -> None:
    """A connection ends with one fault at most, nothing counts before CONNECT, nothing stays behind."""
    gateway = _gateway()
    gateway.faults.clear()
    gateway.carried.clear()
    gateway.lost = 0
    transport = FakeTransport()
    ws = _WebSocket(_message(kind, body) for kind, body in chunks(content))
    engine = gateway.server.eio
    gate = FrameGate(cast("Reader", None), cast("Queue", None))  # in front of a reader that is not here
    run(engine.serve(cast("web.WebSocketResponse", ws), cast("object", transport), gate))
    assert len(gateway.faults) <= 1
    assert gateway.lost
    assert ws.is_closed or transport.aborted
    assert not engine.sockets
    assert transport.buffer[:1] == b"\x81"
    assert b'0{"sid":' in transport.buffer[:16]
    assert all(phase is not Phase.OPENED for phase, _ in gateway.carried)


_JOIN: Final = b'421["join",{"room":"talk","name":"Sam"}]'
_ENGINE_SEEDS: Final = (
    step(0, b'40{"protocol":1}') + step(0, _JOIN) + step(0, b"3") + step(0, b"41"),
    step(0, _JOIN) + step(0, b'40{"protocol":1}'),
    step(0, b"3") * 20 + step(0, b"1"),
    step(0, b'40{"protocol":1}') + step(1, b"part") + step(2, b""),
    step(0, b'451-["join",{"_placeholder":true,"num":0}]') + step(1, b"part"),
    step(0, b'40{"protocol":2}'),
    step(0, b'40{"protocol":1}') * 2,
    step(3, b"ping") + step(0, b"2probe") + step(0, b"5") + step(0, b"6"),
)


# --- one packet: Socket.IO ---------------------------------------------------------------------------


def _refuse_constant(name: str) -> object:
    raise AssertionError(f"{name} is written")


def strict_json(content: bytes) -> object:
    """Read JSON that must hold nothing but finite numbers."""
    return json.loads(content, parse_constant=_refuse_constant)


def take_packet(content: bytes) -> None:
    """Text is one of four things, and an event's payload is what its schema says, also when written again."""
    text = content.decode("utf-8", "surrogateescape")
    try:
        packet = read_packet(text)
    except Fault:
        return
    assert isinstance(packet, Connect | Disconnect | Event)
    if isinstance(packet, Event):
        check_event(packet)


def check_event(event: Event) -> None:
    """What a typed decode let through has its type, and every number in it is finite."""
    kind = EVENTS[event.name]
    assert 0 <= event.ack_id < 10**ACK_ID_MAX_DIGITS
    if event.payload is None:
        return
    assert type(event.payload) is kind
    written = msgspec.json.encode(event.payload)
    assert msgspec.json.decode(written, type=kind) == event.payload
    strict_json(written)


_SAMPLES: Final = {name: (sample_of(kind), sample_of(kind, full=True)) for name, kind in EVENTS.items()}
_PACKET_SEEDS: Final = (
    b"0",
    b'0{"protocol":1,"elsewhere":true}',
    b"1",
    b"31[]",
    b'51-["join",{"_placeholder":true,"num":0}]',
    b'0/admin,{"protocol":1}',
    *(b'21["%b",%b]' % (name.encode(), sample[1]) for name, sample in _SAMPLES.items()),
)


# --- an event in a room where there is something to do ------------------------------------------------


@cache
def _busy_room() -> Story:
    story = peopled_story()
    story.do(SetMicrophone(by=JO, on=True))
    story.do(RaiseHand(by=MAYA, lane=next(iter(Lane))))
    story.do(PostChat(by=JO, n=1, text="a line"), n=1)
    story.do(
        SetSheet(by=TOM, sheet=Sheet(title="Tonight", cues=(Cue(title="Welcome"), Cue(title="Close")), at=0))
    )
    story.do(
        ReportMember(by=MAYA, member_id=JO, reason=next(iter(ReportReason)), words="why", report_id="r1")
    )
    story.do(JoinRoom(member_id=KIM, name="Kim", pass_=Pass(device="d")))
    story.do(BanMember(by=TOM, member_id=KIM, reason=next(iter(BanReason)), hours=1, ban_id="b1"))
    story.fill(guests=2)
    return story


def take_event(content: bytes) -> None:
    """What gets in is decided, applied, and shown to everybody as strict JSON."""
    if len(content) < 2:
        return
    names = tuple(EVENTS)
    name, by = names[content[0] % len(names)], (MAYA, TOM, JO)[content[1] % 3]
    text = content[2:].decode("utf-8", "replace")
    try:
        event = read_packet(f'21["{name}",{text}]')
    except Fault:
        return
    assert isinstance(event, Event)
    check_event(event)
    if event.name == name and isinstance(event.payload, Numbered) and name not in _NO_COMMANDS:
        _carry_out(event.payload, by)


_NO_COMMANDS: Final = {
    "set_reachable",
    "ask_private",
    "answer_private",
    "send_private",
    "make_invite",
    "list_invites",
    "revoke_invite",
    "list_sheets",
    "save_sheet",
    "remove_sheet",
}


def _carry_out(message: Numbered, by: MemberId) -> None:
    story = _busy_room()
    record: Record = story.record
    before = record.room
    assert before is not None
    decision = decide(record, command_of(message, by, "drawn"), story.now_ms)
    if isinstance(decision, Refusal):
        return
    commits = []
    for number, fact in enumerate(decision, start=1):
        seq = record.revision.seq + 1
        commit = Commit(seq=seq, at_ms=story.now_ms, by=by if number == 1 else NO_MEMBER, n=0, fact=fact)
        record = apply(record, commit)
        commits.append(commit)
    room = record.room
    for member_id in (MAYA, TOM, JO):
        viewer = viewer_of(before, member_id)
        shown = tuple(project(commit, viewer) for commit in commits)
        frame = write_event(Commits(epoch=record.revision.epoch, commits=shown))
        strict_json(frame[frame.index(b"42[") + 2 :])
        if room is not None and member_id in room.members:
            strict_json(msgspec.json.encode(project_room(room, viewer_of(room, member_id))))


_EVENT_SEEDS: Final = tuple(
    bytes((number, who)) + body
    for number, samples in enumerate(_SAMPLES.values())
    for who, body in ((1, samples[0]), (2, samples[1]))
)


# --- the answer to an offer ---------------------------------------------------------------------------


def take_answer(content: bytes) -> None:
    """Only strong fingerprints in their one form get to the handshake, and only from the active side."""
    try:
        answer = msgspec.json.decode(content, type=AnswerMedia)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return
    found = read_answer(answer)
    if isinstance(found, Refusal):
        return
    assert answer.setup == "active"
    assert 1 <= len(found) <= MAX_FINGERPRINTS
    for algorithm, value in found:
        size = {"sha-256": 32, "sha-384": 48, "sha-512": 64}[algorithm]
        assert len(bytes.fromhex(value.replace(":", ""))) == size
        assert value == value.upper()
        assert len(value) == 3 * size - 1


def _answer(algorithm: str, size: int, setup: str = "active", times: int = 1) -> bytes:
    prints = [{"algorithm": algorithm, "value": ":".join(["A1"] * size)}] * times
    return json.dumps({"peer_id": "p", "fingerprints": prints, "setup": setup}).encode()


_ANSWER_SEEDS: Final = (
    _answer("sha-256", 32),
    _answer("sha-384", 48, times=4),
    _answer("sha-512", 64),
    _answer("sha-1", 20),
    _answer("md5", 16),
    _answer("sha-256", 32, setup="passive"),
)

TARGETS: Final = (
    Target(
        "media_answer",
        take_answer,
        _ANSWER_SEEDS,
        ("server.media.answer",),
        (
            b"active",
            b"passive",
            b"actpass",
            b"sha-256",
            b"sha-512",
            b"sha-1",
            b":A1",
            b"a1",
            b"\\n",
            *JSON_WORDS,
        ),
    ),
    Target(
        "engine_io",
        take_engine,
        _ENGINE_SEEDS,
        (
            "server.gateway.engine:Socket.run,Socket._read,Socket._take,Socket._finish,Server.on_text,Engine.serve",
            "signaling.session",
        ),
        (step(0, b"3"), step(0, b"2"), step(0, b"1"), step(1, b"x"), b'40{"protocol":1}', _JOIN),
    ),
    Target(
        "socket_io",
        take_packet,
        _PACKET_SEEDS,
        ("signaling.codec:read_,_read", "signaling.strict:says_only_known,_is_known"),
        (b"0", b"1", b"2", b"3", b"4", b"51-", b"/admin,", b'["connect",', b'["disconnect",', *JSON_WORDS),
    ),
    Target(
        "events",
        take_event,
        _EVENT_SEEDS,
        ("signaling.codec:_read_event", "signaling.intents", "rooms.decide", "rooms.apply"),
        (b'"n":1', b'"member_id":11', b'"member_id":22', b'"member_id":33', b'"seq":1', *JSON_WORDS),
    ),
)
