"""Private words through real sockets: who is told what, and who is told nothing."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from rooms.ids import MeetingId, MemberId
from rooms.limits import ASK_BURST, ASK_PER_S, CHAT_BURST
from rooms.model import RoomSettings, Rules
from rooms.refusals import Refusal, RefusalCode
from server.bus.memory import MemoryLetters
from server.gateway.audience import Audience
from server.gateway.private import Relay
from server.room_service import RoomPlan
from signaling import from_host as said
from signaling.from_browser import Leave
from tests.server.gateway.house import TALK, Browser, House
from tests.server.gateway.test_order import Numbered, host

CANARY = "canary-private"


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """A room with private messages, where everybody is known: no device is new without strangers."""
    async with House(settings=RoomSettings(rules=Rules(has_private=True))) as built:
        yield built


async def reachable(house: House, name: str) -> Browser:
    """A member who has opened the door to private words."""
    browser = await house.member(name)
    assert (await browser.ask("set_reachable", on=True))["type"] == "accepted"
    return browser


async def agreed(one: Browser, other: Browser) -> None:
    assert await code(one, "ask_private", member_id=other.member_id) == ""
    assert await other.event("private_asked") == {"member_id": one.member_id}
    assert await code(other, "answer_private", member_id=one.member_id, yes=True) == ""
    assert await one.event("private_answered") == {"member_id": other.member_id, "yes": True}
    assert await other.event("private_answered") == {"member_id": one.member_id, "yes": True}


async def code(browser: Browser, event: str, **payload: object) -> str:
    return str((await browser.ask(event, **payload)).get("code", ""))


def told(browser: Browser) -> list[str]:
    """The private events that were read and not asked for."""
    return [name for name, _ in browser.events if name.startswith("private")]


async def read_all(browser: Browser) -> None:
    """Read what was sent before now: the answer comes after it."""
    assert (await browser.ask("catch_up", epoch=browser.revision[0], seq=browser.revision[1]))["sync"]


async def test_wanted_messages_only(house: House) -> None:
    newcomer, stranger = await house.member("Newcomer"), await reachable(house, "Stranger")
    who = {"member_id": newcomer.member_id}
    assert await code(stranger, "ask_private", **who) == "not_reachable"
    assert await code(stranger, "send_private", **who, text="hello") == "not_agreed"
    await newcomer.ask("set_reachable", on=True)
    assert await code(stranger, "ask_private", **who, text="hello") == "bad_message"  # never with a text
    assert await code(stranger, "ask_private", **who) == ""
    assert await newcomer.event("private_asked") == {"member_id": stranger.member_id}
    assert await code(stranger, "send_private", **who, text="hello") == "not_agreed"
    assert await code(newcomer, "answer_private", member_id=stranger.member_id, yes=True) == ""
    assert (await stranger.event("private_answered"))["yes"] is True
    assert await code(stranger, "send_private", **who, text=" hel\u200blo ") == ""
    line = await newcomer.event("private_line")
    assert line == {"member_id": stranger.member_id, "text": "hello", "sent_ms": house.clock.wall_ms()}
    assert await code(newcomer, "answer_private", member_id=stranger.member_id, yes=False) == ""
    assert (await stranger.event("private_answered"))["yes"] is False
    assert await code(stranger, "send_private", **who, text="please") == "not_agreed"


async def test_three_reports_of_different_people_end_the_asking(house: House) -> None:
    stranger = await reachable(house, "Stranger")
    people = [await reachable(house, f"Guest {number}") for number in range(4)]
    for person in people[:3]:
        assert await code(stranger, "ask_private", member_id=person.member_id) == ""
        about = {"member_id": stranger.member_id, "reason": "unwanted", "words": ""}
        assert (await Numbered(person).ask("report_member", **about))["type"] == "accepted"
    assert await code(stranger, "ask_private", member_id=people[3].member_id) == "not_allowed"
    await read_all(people[3])
    assert told(people[3]) == []


async def test_whoever_is_kept_apart_is_told_nothing(house: House) -> None:
    ann, ben = await reachable(house, "Ann"), await reachable(house, "Ben")
    await Numbered(ann).do("block_member", member_id=ben.member_id)
    waiting = await ben.ask("ask_private", member_id=ann.member_id)
    assert waiting["type"] == "accepted"
    await read_all(ann)
    assert told(ann) == []


async def test_a_freeze_closes_private_words_while_it_lasts(house: House) -> None:
    tom = await host(house, "Tom")
    ann, ben = await reachable(house, "Ann"), await reachable(house, "Ben")
    await agreed(ann, ben)
    await tom.do("set_freeze", on=True)
    for event, more in (("ask_private", {}), ("send_private", {"text": "x"})):
        assert await code(ann, event, member_id=ben.member_id, **more) == "private_off"
    await tom.do("set_freeze", on=False)
    assert await code(ann, "send_private", member_id=ben.member_id, text="again") == ""
    assert (await ben.event("private_line"))["text"] == "again"


async def test_a_page_that_comes_back_is_told_who_asks_and_who_agreed(house: House) -> None:
    ann, ben = await reachable(house, "Ann"), await reachable(house, "Ben")
    cat = await reachable(house, "Cat")
    await agreed(ann, ben)
    await ben.ws.close()
    await ann.fact("member_stranded")
    assert await code(ann, "send_private", member_id=ben.member_id, text="lost") == "not_reachable"
    assert await code(cat, "ask_private", member_id=ben.member_id) == ""
    again = await house.browser()
    await again.resume(ben.ticket)
    assert await again.event("private_asked") == {"member_id": cat.member_id}
    assert await again.event("private_answered") == {"member_id": ann.member_id, "yes": True}
    assert await code(ann, "send_private", member_id=ben.member_id, text="found") == ""
    assert (await again.event("private_line"))["text"] == "found"


async def test_who_leaves_is_forgotten(house: House) -> None:
    ann, ben = await reachable(house, "Ann"), await reachable(house, "Ben")
    await agreed(ann, ben)
    assert (await ben.ask("leave"))["type"] == "accepted"
    again = await house.browser()
    await again.resume(ben.ticket)
    assert again.member_id == ben.member_id
    assert await code(ann, "send_private", member_id=ben.member_id, text="x") == "not_agreed"


async def test_the_end_of_the_meeting_ends_what_was_agreed(house: House) -> None:
    tom = await host(house, "Tom")
    ann, ben = await reachable(house, "Ann"), await reachable(house, "Ben")
    await agreed(ann, ben)
    await tom.do("close_room")
    assert await ann.closed() == await ben.closed() == "closed"
    await house.rooms.open_rooms([RoomPlan(TALK, "Talk", "", MeetingId("next"), house.settings)])
    back = {}
    for browser in (ann, ben):
        back[browser] = again = await house.browser()
        assert (await again.resume(browser.ticket))["member_id"] == browser.member_id
    assert await code(back[ann], "send_private", member_id=ben.member_id, text="x") == "not_agreed"


async def test_private_lines_have_the_pace_of_the_chat_and_requests_their_own(house: House) -> None:
    ann, ben = await reachable(house, "Ann"), await reachable(house, "Ben")
    await agreed(ann, ben)
    for number in range(CHAT_BURST):
        assert await code(ann, "send_private", member_id=ben.member_id, text=str(number)) == ""
    assert await code(ann, "send_private", member_id=ben.member_id, text="x") == "too_fast"
    assert (await ann.ask("post_chat", n=1, text="x"))["code"] == "too_fast"
    for _ in range(ASK_BURST - 1):
        assert await code(ann, "ask_private", member_id=ben.member_id) == ""
    refused = await ann.ask("ask_private", member_id=ben.member_id)
    assert (refused["code"], refused["retry_ms"]) == ("too_fast", 1_000 / ASK_PER_S)


async def test_what_cannot_be_a_line_is_refused(house: House) -> None:
    ann, ben = await reachable(house, "Ann"), await reachable(house, "Ben")
    await agreed(ann, ben)
    assert await code(ann, "send_private", member_id=ben.member_id, text=" \u200b") == "empty_text"
    grows = "\u0958" * 1_500
    assert await code(ann, "send_private", member_id=ben.member_id, text=grows) == "text_too_long"


async def test_nobody_else_reads_a_private_line(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    tom = await host(house, "Tom")
    ann, ben, cat = [await reachable(house, name) for name in ("Ann", "Ben", "Cat")]
    await agreed(ann, ben)
    assert await code(ann, "send_private", member_id=ben.member_id, text=CANARY) == ""
    assert (await ben.event("private_line"))["text"] == CANARY
    for other in (tom.browser, cat, ann):
        await read_all(other)
        assert CANARY not in repr(other.events)
    assert told(cat) == told(tom.browser) == []
    assert CANARY.encode() not in msgspec.json.encode(house.rooms.record(TALK))
    captured = capsys.readouterr()
    assert "SendPrivate" in captured.out  # the log was on
    assert CANARY not in captured.out + captured.err


async def test_whoever_has_no_seat_has_no_private_words(house: House) -> None:
    audience = Audience(house.clock)
    relay = Relay(TALK, house.rooms, audience, house.clock, house.seats, MemoryLetters())
    ann = await house.member("Ann")
    for message in (
        said.SetReachable(on=True),
        said.AskPrivate(member_id=ann.member_id),
        said.SendPrivate(member_id=ann.member_id, text="x"),
    ):
        assert await relay.respond(MemberId(1), message) == Refusal(code=RefusalCode.NOT_A_MEMBER)
    with pytest.raises(TypeError, match="Leave is not about private words"):
        await relay.respond(MemberId(1), Leave())
