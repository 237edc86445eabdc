"""Bad payloads of every event on real sockets, and what members may not do: refused, and nothing changes."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import pytest
import pytest_asyncio
from msgspec import inspect

from rooms.limits import ACTION_BURST
from server.gateway.connection import NO_MAX
from signaling.events import EVENTS
from tests.examples import plain_of
from tests.integration.hostile import WHO, Evening, Who, reason_in, rest_of, send_all
from tests.server.gateway.house import TALK

DEEP: Final[Any] = json.loads("[" * 900 + "]" * 900)
HUGE: Final = "x" * 20_000
WRONG: Final[dict[type[inspect.Type], list[Any]]] = {
    inspect.StrType: [5, True, [], {}, HUGE, ["x"]],
    inspect.IntType: ["7", 1.5, True, [], {}, -(2**60), 2**60, 10**30],
    inspect.BoolType: [0, 1, "true", [], {}],
    inspect.EnumType: ["nobody knows this", "", 5, [], {}],
    inspect.StructType: [[], "x", 5, True],
    inspect.VarTupleType: [{}, "x", 5, True, [5]],
}


@pytest_asyncio.fixture
async def evening() -> AsyncIterator[Evening]:
    async with Evening() as evening:
        yield evening


# --- BE18: what breaks its schema -------------------------------------------------------------------


def _bad(event: str) -> Iterator[Any]:
    """Yield payloads of one event that its schema does not allow."""
    good = plain_of(EVENTS[event])
    kind = inspect.type_info(EVENTS[event])
    assert isinstance(kind, inspect.StructType)
    yield from ([], None, "x", 5, True, [good], DEEP)
    yield good | {"more": 1}
    yield good | {"": 1}
    yield good | {"__proto__": {}}
    yield from (_with(good, name, value) for name, value in _spoiled(kind, good))


_ABSENT: Final = object()


def _spoiled(kind: inspect.StructType, good: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield each field's name with what it may not be."""
    for field in kind.fields:
        name, held = field.encode_name, _held(field.type)
        if field.required:
            yield name, _ABSENT
        yield from ((name, value) for value in (DEEP, {"_placeholder": True, "num": 0}, *WRONG[type(held)]))
        if held is field.type:  # in a union with null, null is none of these
            yield name, None
        if isinstance(held, inspect.StrType) and held.min_length:
            yield name, ""
        if isinstance(held, inspect.StructType):
            within = (_with(good[name], inner, value) for inner, value in _spoiled(held, good[name]))
            yield from ((name, spoiled) for spoiled in (good[name] | {"more": 1}, *within))


def _with(good: dict[str, Any], name: str, value: object) -> dict[str, Any]:
    if value is _ABSENT:
        return {key: kept for key, kept in good.items() if key != name}
    return good | {name: value}


def _held(kind: inspect.Type) -> inspect.Type:
    """Return what a field holds where it is not null."""
    if isinstance(kind, inspect.UnionType):
        return next(one for one in kind.types if not isinstance(one, inspect.NoneType))
    return kind


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("event", EVENTS)
async def test_be18_a_payload_that_breaks_its_schema_is_refused_to_its_sender_alone(
    evening: Evening, who: Who, event: str
) -> None:
    payloads = list(_bad(event))
    for start in range(0, len(payloads), NO_MAX - 1):
        browser = await evening.hostile(who)
        for ack_id, payload in enumerate(payloads[start : start + NO_MAX - 1]):
            await browser.ws.send_str(f"42{ack_id}" + json.dumps([event, payload]))
            answer = await browser.answer(ack_id)
            assert (answer["type"], answer["code"]) == ("refused", "bad_message"), str(payload)[:80]
        await browser.ws.close()
    shown = await evening.goes_on()
    assert HUGE[:100] not in str(shown)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("event", EVENTS)
async def test_be18_what_is_too_large_or_too_deep_ends_the_connection(
    evening: Evening, who: Who, event: str
) -> None:
    for payload in ("[" * 10_000 + "]" * 10_000, json.dumps({"text": "x" * 1_000_000})):
        browser = await evening.hostile(who)
        await send_all(browser, [f'421["{event}",{payload}]'])
        assert not any(text.startswith("43") for text in await rest_of(browser))
    await evening.goes_on()


# --- BE19: what is somebody else's ------------------------------------------------------------------

# Events that need a role, with what a plain member is told; the payload names Maya.
OF_ROLES: Final[dict[str, str]] = dict.fromkeys(
    [
        *(
            "mute_member",
            "lift_mute",
            "remove_member",
            "ban_member",
            "lift_ban",
            "lift_removal",
            "remove_burst",
        ),
        *("lower_all_hands", "move_hand", "give_floor", "call_next", "add_time", "set_floor", "set_phase"),
        *("set_chat", "erase_line", "set_lock", "set_freeze", "mute_all", "give_role", "set_rules"),
        *("admit_guest", "admit_all", "hold_guest", "turn_away", "tell_guest", "step_out", "close_room"),
        *(
            "release_line",
            "settle_report",
            "set_sheet",
            "assign_cue",
            "show_cue",
            "show_reading",
            "mark_reading",
        ),
        *("make_invite", "list_invites", "revoke_invite", "list_sheets", "save_sheet", "remove_sheet"),
        *("lower_hand", "end_share"),  # of others
        *("write_caption", "erase_caption"),
    ],
    "not_allowed",
) | {
    "take_lead": "not_asked",
    "decline_lead": "not_asked",
    "drop_line": "no_such_line",
    "retract_chat": "no_such_line",
}
OF_EVERYBODY: Final = {
    *(
        "join",
        "resume",
        "leave",
        "catch_up",
        "rename",
        "set_microphone",
        "post_chat",
        "raise_hand",
        "write_share",
        "react",
    ),
    *("block_member", "unblock_member", "report_member"),
    *("set_reachable", "ask_private", "answer_private", "send_private"),
    *("open_media", "restart_media", "answer_media"),
}


def test_be19_every_event_is_for_everybody_or_not() -> None:
    assert OF_ROLES.keys() | OF_EVERYBODY == EVENTS.keys()
    assert not OF_ROLES.keys() & OF_EVERYBODY


@pytest.mark.parametrize("event", OF_ROLES)
async def test_be19_what_needs_a_role_is_refused_to_members_and_changes_nothing(
    evening: Evening, event: str
) -> None:
    tom = await evening.house.host("Tom")
    await tom.ask("give_floor", n=1, member_id=evening.maya.member_id)
    await tom.ask("raise_hand", n=2, lane="share")
    line = await evening.maya.ask("post_chat", n=100, text="Maya's own")
    sam = await evening.hostile("member")
    payload = plain_of(EVENTS[event]) | ({"n": 1} if "n" in plain_of(EVENTS[event]) else {})
    for name, value in {"member_id": evening.maya.member_id, "seq": line["revision"]["seq"], "at": 0}.items():
        if name in payload:
            payload[name] = value
    before = evening.house.rooms.record(TALK)
    answer = await sam.ask(event, **payload)
    assert (answer["type"], answer["code"]) == ("refused", OF_ROLES[event])
    assert evening.house.rooms.record(TALK) == before
    shown = await evening.goes_on(also=["share_began", "hand_raised"])
    assert sam.member_id not in {fact.get("by") for fact in shown}


async def test_be19_nobody_comes_in_without_a_role_because_of_what_they_send(evening: Evening) -> None:
    forged = [evening.maya.ticket, "x" * 1_024, "gAAAAA" + "A" * 200]
    for number, invite in enumerate(forged):
        browser = await evening.house.browser()
        answer = await browser.join(f"Sam {'abc'[number]}", invite=invite)
        assert answer["code"] == "ticket_unusable"
    for role in ({"role": "host"}, {"member_id": evening.maya.member_id}, {"may_be": "host"}):
        browser = await evening.house.browser()
        assert (await browser.ask("join", room="talk", name="Sam", **role))["code"] == "bad_message"
    await evening.goes_on()


# --- BE20 to BE22: the same again -------------------------------------------------------------------


async def test_be20_one_number_is_one_line(evening: Evening) -> None:
    sam = await evening.hostile("member")
    await send_all(sam, (f'42{ack}["post_chat",{{"n":1,"text":"once"}}]' for ack in range(8)))
    for ack in range(8):
        assert (await sam.answer(ack))["type"] == "accepted"
    kim = await evening.house.member("Kim")
    assert (await kim.ask("post_chat", n=1, text="once"))[
        "type"
    ] == "accepted"  # another's number 1 is another
    shown = await evening.goes_on(also=["chat_posted"])
    assert [fact["member_id"] for fact in shown if fact.get("text") == "once"] == [
        sam.member_id,
        kim.member_id,
    ]


@pytest.mark.parametrize(
    ("epoch", "seq"), [(2**53 - 1, 0), (2**53 - 1, 2**53 - 1), (0, 2**53 - 1), (-1, 9), (9, -1)]
)
async def test_be21_a_revision_that_never_was_brings_the_whole_room(
    evening: Evening, epoch: int, seq: int
) -> None:
    sam = await evening.hostile("member")
    back = await evening.house.browser()
    answer = await back.resume(sam.ticket, epoch, seq)
    if min(epoch, seq) < 0:
        assert answer["code"] == "bad_message"
    else:
        assert answer["sync"]["type"] == "snapshot"
        assert await sam.closed() == "replaced"
    await evening.goes_on()


async def test_be21_of_many_who_bring_one_ticket_the_newest_has_the_seat(evening: Evening) -> None:
    sam = await evening.hostile("member")
    browsers = [await evening.house.browser() for _ in range(10)]
    answers = await asyncio.gather(*(browser.resume(sam.ticket) for browser in browsers))
    assert {answer["type"] for answer in answers} <= {"resumed", "refused"}
    room = evening.house.rooms.open_room(TALK)
    assert room is not None
    assert [member.name for member in room.members.values()].count("Sam") == 1
    ends = [await browser.closed() for browser in [sam, *browsers[:-1]] if answers[-1]["type"] == "resumed"]
    assert set(ends) <= {"replaced"}
    await evening.goes_on()


async def test_be22_one_attempt_is_one_seat(evening: Evening) -> None:
    browsers = [await evening.house.browser() for _ in range(30)]
    asked = (browser.ask("join", room="talk", name="Sam", attempt="A" * 22) for browser in browsers)
    answers = await asyncio.gather(*asked)
    assert {answer.get("code", "seated") for answer in answers} <= {
        "seated",
        "name_taken",
        "busy",
        "out_of_turn",
    }
    room = evening.house.rooms.open_room(TALK)
    assert room is not None
    assert [member.name for member in room.members.values()].count("Sam") == 1
    await evening.goes_on()


# --- BE11, BE23, BE24: words ------------------------------------------------------------------------

WORDS: Final = [
    "a\x00b",
    "\x00",
    "\u202egnp.exe",
    "\u2066\u2067\u2068 turned \u2069",
    "e" + "\u0301" * 1_900,
    "\u200b\u200c\u200d\u2060\ufeff",
    "\ufffe and \uffff and \U0001fffe",
    "\U0001f600" * 500,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\x1b[31mred\x1b[0m",
    "\x08" * 50,
    "\ufdfa" * 100,
    " \t\r\n ",
]
AS_WRITTEN: Final = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "[click](javascript:alert(1))",
    "![x](https://example.org/x.png)",
    '=HYPERLINK("https://example.org")',
    "{{constructor.constructor('x')()}}",
    "%00%2e%2e%2f",
]
UNSEEN: Final = {chr(code) for code in [*range(32), 0x7F, *range(0x200B, 0x200D), *range(0x202A, 0x202F)]} | {
    *map(chr, [*range(0x2060, 0x206A), 0xFEFF, 0xFFFE, 0xFFFF, 0x1FFFE])
}


@pytest.mark.parametrize("words", WORDS, ids=range(len(WORDS)))
async def test_be11_words_are_cleaned_or_refused(evening: Evening, words: str) -> None:
    sam = await evening.hostile("member")
    tom = await evening.house.host("Tom")
    asked = [
        await sam.ask("post_chat", n=1, text=words),
        await sam.ask("rename", n=2, name=words[:160]),
        await tom.ask("show_reading", n=1, title=words[:80], text=words),
        await sam.ask(
            "report_member", n=3, member_id=evening.maya.member_id, reason="other", words=words[:1_000]
        ),
    ]
    for answer in asked:
        code = answer.get("code", "")
        assert code in {"", "empty_text", "text_too_long", "name_unusable", "bad_message"}
    shown = await evening.goes_on(also=["chat_posted", "member_renamed", "reading_shown"])
    for text in (value for fact in shown for value in fact.values() if isinstance(value, str)):
        assert not UNSEEN & set(text) - {"\n"}
        assert text.encode().decode() == text
        assert "\u0301\u0301\u0301" not in text


@pytest.mark.parametrize("escape", ["\\ud800", "\\udfff\\ud800", "a\\ud83dz"])
async def test_be11_half_a_character_is_no_text(evening: Evening, escape: str) -> None:
    sam = await evening.hostile("member")
    await send_all(sam, [f'421["post_chat",{{"n":1,"text":"{escape}"}}]'])
    texts = [await sam.text()]
    assert texts[0].startswith("431[") or reason_in(texts) == "fault"
    assert '"accepted"' not in texts[0]
    await evening.goes_on()


@pytest.mark.parametrize("words", AS_WRITTEN)
async def test_be23_what_looks_like_code_is_text(evening: Evening, words: str) -> None:
    sam = await evening.hostile("member")
    assert (await sam.ask("post_chat", n=1, text=words))["type"] == "accepted"
    shown = await evening.goes_on(also=["chat_posted"])
    assert words in [fact.get("text") for fact in shown]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Tom", "name_taken"),
        ("T\u043em", "name_taken"),
        ("TOM", "name_taken"),
        ("Tom \U0001f451", "name_taken"),
        ("T\u200bom", "name_taken"),
        ("Host", "name_reserved"),
        ("h0st", "name_reserved"),
        (" \t ", "name_unusable"),
        ("\u200b\u200d\ufeff", "name_unusable"),
        ("\u0301\u0302\u0303", "name_unusable"),
        ("x" * 41, "name_unusable"),
        ("x" * 20_000, "bad_message"),
        ("", "bad_message"),
    ],
)
async def test_be24_nobody_is_taken_for_another_or_for_nobody(evening: Evening, name: str, code: str) -> None:
    await evening.house.host("Tom")
    stranger = await evening.house.browser()
    assert (await stranger.join(name))["code"] == code
    sam = await evening.hostile("member")
    assert (await sam.ask("rename", n=1, name=name))["code"] == code
    await evening.goes_on()


# --- BE25: much of the same -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        [("raise_hand", {"lane": "share"}), ("lower_hand", {})],
        [("set_microphone", {"on": True}), ("set_microphone", {"on": False})],
    ],
    ids=["hands", "microphones"],
)
async def test_be25_others_hear_no_more_than_the_pace_allows(
    evening: Evening, asked: list[tuple[str, dict[str, Any]]]
) -> None:
    sam = await evening.hostile("member")
    for number in range(200):
        event, payload = asked[number % 2]
        own = {"member_id": sam.member_id} if event == "lower_hand" else {}
        await sam.ws.send_str(f"42{number}" + json.dumps([event, {"n": number + 1, **payload, **own}]))
    assert reason_in(await rest_of(sam)) == "fault"  # twenty noes in a row
    shown = await evening.goes_on(also=["hand_raised", "hand_lowered", "microphone_set"])
    kinds = {"hand_raised", "hand_lowered", "microphone_set"}
    assert len([fact for fact in shown if fact["type"] in kinds]) <= ACTION_BURST
