"""docs/PROTOCOL.md is true: its example happens, and its tables say what the code says."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final, get_args

import aiohttp
import msgspec
import pytest
from msgspec import inspect

from rooms import limits
from rooms.facts import Commit, Fact, LeaveReason
from rooms.ids import RoomSlug
from rooms.limits import ACTION_BURST, ACTION_PER_S
from rooms.model import (
    Ban,
    BanReason,
    Block,
    CaptionLine,
    ChatLine,
    ChatMode,
    Cue,
    DoorLine,
    DoorMode,
    Floor,
    FloorMode,
    Guest,
    Hand,
    Lane,
    Member,
    Mutes,
    Order,
    Pass,
    Phase,
    Proposal,
    Reaction,
    Reactions,
    Reading,
    Report,
    ReportReason,
    Revision,
    Room,
    RoomSettings,
    Rules,
    Share,
    Sheet,
    Watch,
)
from rooms.pace import Bucket, Pace
from rooms.refusals import RefusalCode
from rooms.roles import Role
from rooms.voice.forwarder import SLOT_COUNT
from server.clock import SystemClock
from server.lifecycle import RunningServer, running_server
from server.tickets import TicketOffice
from signaling import events, from_browser, to_browser
from signaling.to_browser import EndReason
from tests.server.nodes import node_config

PAGE: Final = (Path(__file__).resolve().parents[2] / "docs" / "PROTOCOL.md").read_text()
WITHIN_S: Final = 5.0
OBJECTS: Final = (
    *(Revision, to_browser.Snapshot, Commit, Room, Member, Mutes, ChatLine, Floor, Hand, Share, Order),
    *(Rules, Watch, Guest, DoorLine, Pass, Ban, Report, Block, Proposal, Sheet, Cue, Reading),
    *(CaptionLine, Reactions),
    *(RoomSettings, to_browser.Offer, from_browser.Fingerprint, to_browser.SavedSheet),
    to_browser.InviteShown,
)
CODES: Final[tuple[type[StrEnum], ...]] = (
    RefusalCode,
    EndReason,
    Role,
    LeaveReason,
    FloorMode,
    ChatMode,
    Lane,
    Phase,
    DoorMode,
    BanReason,
    ReportReason,
    Reaction,
)

OF_MEMBERS: Final = {
    event for event, kind in events.EVENTS.items() if kind.__module__ == from_browser.__name__
}
SHOWN_OF_HOSTS: Final = {
    *(
        "set_rules",
        "tell_guest",
        "admit_guest",
        "make_invite",
        "list_invites",
        "revoke_invite",
        "list_sheets",
    ),
    *("set_reachable", "ask_private", "answer_private", "send_private"),
}
"""Of what else there is, what the example shows; the rest is like it."""

# --- the example ----------------------------------------------------------------------------

_STEP: Final = re.compile(r"(?P<who>\w+) (?P<what>opens|is cut off|<- \(closed\)|->|<-)(?: (?P<frame>.*))?")
_PREFIX: Final = re.compile(r"\d+")


class Step:
    """One line of the example: who, what happens, and the frame's text if it is one."""

    def __init__(self, line: str) -> None:
        match = _STEP.fullmatch(line)
        assert match, f"not a line of the example: {line[:80]}"
        self.line = line
        self.who: str = match["who"]
        self.what: str = match["what"]
        self.frame: str = match["frame"] or ""


def blocks(language: str) -> list[str]:
    """Return the contents of all fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def steps() -> list[Step]:
    """Return the example's lines, with indented ones joined to those before."""
    text = "\n".join(blocks("frames"))
    return [Step(line) for line in re.sub(r"\n +", "", text).splitlines() if line]


class Bindings:
    """What the placeholders stand for; a name is bound where it is first met."""

    def __init__(self, **known: str) -> None:
        self.values = known

    def fill(self, frame: str) -> str:
        """Return a frame to send."""
        return re.sub(r"<(\w+)>", lambda found: self.values[found[1]], frame)

    def compare(self, expected: object, got: object, path: str = "$") -> None:
        """Compare two values of JSON; a placeholder's type must fit as well as its value."""
        match expected:
            case dict():
                assert isinstance(got, dict), path
                filled = {self.fill(str(key)): value for key, value in expected.items()}
                assert got.keys() == filled.keys(), path
                for key, value in filled.items():
                    self.compare(value, got[key], f"{path}.{key}")
            case list():
                assert isinstance(got, list), path
                assert len(got) == len(expected), path
                for place, item in enumerate(expected):
                    self.compare(item, got[place], f"{path}[{place}]")
            case str() if match := re.fullmatch(r"<(number )?(\w+)>", expected):
                assert type(got) is (int if match[1] else str), path
                assert self.values.setdefault(match[2], str(got)) == str(got), f"{path}: {match[2]}"
            case _:
                assert got == expected, path
                assert type(got) is type(expected), path

    def compare_frames(self, expected: str, got: str) -> None:
        """Compare two frames: the digits in front as text, the rest as JSON."""
        wanted, found = _PREFIX.match(expected), _PREFIX.match(got)
        assert wanted
        assert found
        assert found[0] == wanted[0], got[:80]
        bare = re.compile(r"(?<=[:,\[])<(\w+)>")  # placeholders of numbers stand without quotes
        self.compare(
            json.loads(bare.sub(r'"<number \1>"', expected[wanted.end() :])), json.loads(got[found.end() :])
        )


class Person:
    """One WebSocket after the other, as the example says."""

    def __init__(self, http: aiohttp.ClientSession, server: RunningServer) -> None:
        self._http = http
        self._url = f"{server.url}socket.io/?EIO=4&transport=websocket"
        self._origin = server.url.rstrip("/")
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self._bucket = Bucket(Pace(ACTION_BURST, ACTION_PER_S))

    @property
    def ws(self) -> aiohttp.ClientWebSocketResponse:
        """The WebSocket that is open."""
        assert self._ws is not None, "not opened yet"
        return self._ws

    async def open(self) -> None:
        self._ws = await self._http.ws_connect(self._url, headers={"Origin": self._origin})

    def cut(self) -> None:
        line = self.ws.get_extra_info("socket")
        assert line is not None
        line.shutdown(socket.SHUT_RDWR)

    async def send(self, frame: str) -> None:
        """Send a frame as soon as the pace that the page names allows it."""
        wait_ms = self._bucket.take(SystemClock().mono_ms())
        if wait_ms:
            await asyncio.sleep(wait_ms / 1_000)
            self._bucket.take(SystemClock().mono_ms())
        await self.ws.send_str(frame)

    async def receive(self) -> aiohttp.WSMessage:
        """Return the next message, pings aside."""
        while True:
            message = await self.ws.receive(WITHIN_S)
            if message.data != "2":
                return message
            await self.ws.send_str("3")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with running_server(node_config(tmp_path)) as running:
        yield running


def host_ticket(server: RunningServer) -> str:
    office = TicketOffice.open(server.config.server.data_path)
    return office.issue_invite(RoomSlug("talk"), 1, SystemClock().wall_ms())


async def replay(server: RunningServer) -> Bindings:
    """Do what the example says, and see that the server does what it says."""
    known = Bindings(invite=host_ticket(server))
    async with aiohttp.ClientSession() as http:
        people: dict[str, Person] = {}
        for step in steps():
            person = people.setdefault(step.who, Person(http, server))
            match step.what:
                case "opens":
                    await person.open()
                case "is cut off":
                    person.cut()
                case "->":
                    await person.send(known.fill(step.frame))
                case "<-":
                    message = await person.receive()
                    assert message.type is aiohttp.WSMsgType.TEXT, step.line[:80]
                    known.compare_frames(step.frame, message.data)
                case _:
                    message = await person.receive()
                    assert message.type is aiohttp.WSMsgType.CLOSE, step.line
                    assert message.data == aiohttp.WSCloseCode.OK
    return known


def whole_offer() -> list[str]:
    """Return the lines of the page's offer, with those that it leaves to the reader: slots 1 and 2."""
    (page,) = blocks("sdp")
    slot = page[page.rindex("m=audio") :]
    others = [re.sub(r"(mid:s|msid:slots slot|<ssrc_)0", rf"\g<1>{number}", slot) for number in (1, 2)]
    return "".join([page, *others]).splitlines()


def read_offer(sdp: str) -> dict[str, str]:
    """Compare an offer with the page's; return what its placeholders stand for."""
    lines, wanted = sdp.split("\r\n"), whole_offer()
    assert lines.pop() == ""
    assert len(lines) == len(wanted)
    known = Bindings()
    for line, form in zip(lines, wanted, strict=True):
        literal_or_name = re.split(r"<(\w+)>", form)
        pattern = "".join(
            r"(\S+)" if place % 2 else re.escape(part) for place, part in enumerate(literal_or_name)
        )
        match = re.fullmatch(pattern, line)
        assert match, f"{line} is not {form}"
        for name, value in zip(literal_or_name[1::2], match.groups(), strict=True):
            known.compare(f"<{name}>", value)
    return known.values


async def test_the_example_happens_as_written(server: RunningServer) -> None:
    known = (await replay(server)).values
    first, other, restarted = (read_offer(known[f"offer_{number}"]) for number in (1, 2, 3))
    for offer in (first, other, restarted):
        assert offer["port"] == str(server.udp_port)
        assert len({offer[f"ssrc_{slot}"] for slot in range(SLOT_COUNT)}) == SLOT_COUNT
    assert (first["version"], restarted["version"]) == ("1", "2")
    changed = {name for name, value in restarted.items() if first[name] != value}
    assert changed == {"version", "server_ufrag", "server_pwd"}


def test_the_example_shows_every_answer_and_every_usual_event() -> None:
    frames = "".join(step.frame for step in steps())
    sent = set(re.findall(r'42\d+\["(\w+)"', frames))
    assert OF_MEMBERS - sent == {"open_media"}  # as `restart_media`, with another peer_id
    assert sent - OF_MEMBERS == SHOWN_OF_HOSTS
    received = set(re.findall(r'42\["(\w+)"', frames))
    # For the slow, the unreachable, after ten minutes, and where there are several nodes.
    rare = {"resync", "media_closed", "card_given", "move", "reach"}
    assert set(to_browser.EVENTS) - received == rare
    answers = {tag_of(kind) for kind in get_args(to_browser.Answer)}
    answers -= {"elsewhere"}  # where there are several nodes
    assert answers == set(re.findall(r'43\d+\[\{"type":"(\w+)"', frames))


# --- the tables -----------------------------------------------------------------------------

_POWERS: Final = {2**53 - 1: "2^53 - 1", 2**31 - 1: "2^31 - 1"}


def sections() -> dict[str, str]:
    """Return the text under each heading of the third level, by the heading without its ticks."""
    parts = re.split(r"^(#{2,3}) (.+)$", PAGE, flags=re.MULTILINE)
    found: dict[str, str] = {}
    for level, heading, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        if level == "###":
            name = heading.strip("`")
            assert name not in found, f"{name} is there twice"
            found[name] = text
    return found


def rows(text: str) -> list[list[str]]:
    """Return the cells of a table's rows, without head and rule."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def first_cells(text: str) -> list[str]:
    return [row[0].strip("`") for row in rows(text)]


def written(kind: inspect.Type) -> tuple[str, str]:
    """Return how the page writes a field's type and bounds."""
    match kind:
        case inspect.Metadata(type=inner):
            return written(inner)
        case inspect.StrType(min_length=least, max_length=most):
            return "text", f"{least or 0} to {most:,} characters" if most else "-"
        case inspect.IntType(ge=least, le=most):
            return "integer", f"{least} to {_POWERS.get(most) or format(most, ',')}" if most else "-"
        case inspect.VarTupleType(item_type=item, min_length=least, max_length=most):
            return f"list of {written(item)[0]}", f"{least or 0} to {most} entries" if most else "-"
        case _:
            return written_name(kind), "-"


def written_name(kind: inspect.Type) -> str:
    """Return how the page names a type that has no bounds."""
    match kind:
        case inspect.BoolType():
            return "boolean"
        case inspect.NoneType():
            return "null"
        case inspect.StructType(cls=cls) | inspect.EnumType(cls=cls):
            return cls.__name__
        case inspect.DictType(value_type=value):
            return f"object of {written_name(value)}"
        case inspect.UnionType(types=types):
            names = [written_name(one) for one in types]
            return "Fact" if set(names) == {one.__name__ for one in get_args(Fact)} else " or ".join(names)
        case _:
            raise TypeError(f"the page has no words for {kind}")


def fields(struct: type) -> Iterator[tuple[str, str, str]]:
    """Yield name, type and bounds of a struct's fields, as the page writes them."""
    kind = inspect.type_info(struct)
    assert isinstance(kind, inspect.StructType)
    for field in kind.fields:
        name, bounds = written(field.type)
        if issubclass(struct, from_browser.FromBrowser) and not field.required:
            bounds += ", may be left out"  # what the server writes is always whole
        yield f"`{field.encode_name}`", name, bounds


def tag_of(struct: type) -> str:
    """Return the text of a struct's field `type`."""
    kind = inspect.type_info(struct)
    assert isinstance(kind, inspect.StructType)
    return str(kind.tag)


def named_structs() -> dict[str, type]:
    """Every struct of the wire under the heading that it must have."""
    found: dict[str, type] = {**events.EVENTS, **to_browser.EVENTS}
    for kind in (*get_args(to_browser.Answer), *get_args(Fact)):
        found[tag_of(kind)] = kind
    return found | {kind.__name__: kind for kind in OBJECTS}


@pytest.mark.parametrize(("heading", "struct"), named_structs().items())
def test_every_field_is_named_with_type_and_bounds(heading: str, struct: type) -> None:
    text = sections()[heading]
    found = [tuple(row[:3]) for row in rows(text)]
    assert found == list(fields(struct))
    assert all(row[3] for row in rows(text)), "a field without words"
    if not found:
        is_sent = issubclass(struct, from_browser.FromBrowser)
        assert ("No fields: send `{}`." if is_sent else "No fields.") in text


def test_no_heading_is_about_something_that_is_gone() -> None:
    enums = {kind.__name__ for kind in CODES}
    about_sound = {"The offer", "The answer", "ICE", "DTLS and SRTP", "What you send", "What you get", "RTCP"}
    about_http = {"Rooms and meetings"}
    assert set(sections()) == set(named_structs()) | enums | about_sound | about_http


@pytest.mark.parametrize("codes", CODES)
def test_every_code_is_named(codes: type[StrEnum]) -> None:
    assert first_cells(sections()[codes.__name__]) == [code.value for code in codes]


def test_every_limit_is_named_with_its_value() -> None:
    text = PAGE.split("## Limits\n")[1].split("\n## ")[0]
    found: dict[str, float] = {}
    for row in rows(text):
        names = [name.strip("` ") for name in row[0].split(",")]
        values = re.split(r", ", row[1])
        found |= dict(zip(names, (float(value.replace(",", "")) for value in values), strict=True))
    assert found == {name: value for name, value in vars(limits).items() if name.isupper()}


def test_json_that_the_page_shows_is_what_msgspec_reads() -> None:
    for step in steps():
        if step.what == "->" and (match := re.match(r"42\d+(\[.*\])", step.frame)):
            quoted = re.sub(r'"<\w+>"', '"words"', match[1])
            name, payload = json.loads(re.sub(r"(?<=[:,\[])<\w+>", "7", quoted))
            is_bad = payload.get("member_id") == 0  # the one that shows `bad_message`
            try:
                msgspec.convert(payload, events.EVENTS[name])
            except msgspec.ValidationError:
                assert is_bad
            else:
                assert not is_bad
