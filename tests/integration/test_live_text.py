"""Live text and silent signs over real sockets: who is shown what, how long, and what a freeze leaves."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import msgspec
import pytest

from rooms.limits import CAPTION_BURST, CAPTION_WINDOW_MS
from tests.integration.evening import SECOND_MS, Evening, Person, forget
from tests.rooms.story import letters

STORM: Final = 9


@pytest.fixture
async def evening() -> AsyncIterator[Evening]:
    async with Evening() as going:
        yield going


async def captioned(evening: Evening) -> tuple[Person, Person, Person]:
    """Tom leads, Cato writes live text, Lee reads."""
    tom, cato, lee = await evening.lead("Tom"), await evening.sit("Cato"), await evening.sit("Lee")
    await tom.do("give_role", member_id=cato.member_id, role="captioner")
    await forget(tom, cato, lee)
    return tom, cato, lee


async def test_everybody_reads_along_and_whoever_comes_later_reads_the_last_lines(evening: Evening) -> None:
    tom, cato, lee = await captioned(evening)
    for text, is_over in (("good", False), ("good evening", False), ("Good evening.", True)):
        await cato.do("write_caption", line=1, text=text, is_over=is_over)
    for person in (tom, cato, lee):
        assert [fact["text"] for fact in await person.told()] == ["good", "good evening", "Good evening."]
    maya = await evening.sit("Maya")
    (line,) = (await maya.shown())["captions"]
    assert (line["name"], line["text"], line["is_over"]) == ("Cato", "Good evening.", True)
    assert await lee.code("write_caption", line=1, text="x", is_over=True) == "not_allowed"
    assert await lee.code("erase_caption", member_id=cato.member_id, line=1) == "not_allowed"


async def test_what_a_host_erased_is_gone_from_everywhere(evening: Evening) -> None:
    tom, cato, lee = await captioned(evening)
    known = (await lee.say("catch_up", epoch=0, seq=0))["sync"]["revision"]
    await cato.do("write_caption", line=1, text="her name", is_over=False)
    await cato.do("write_caption", line=1, text="her name is Anna Smith", is_over=False)
    await tom.do("erase_caption", member_id=cato.member_id, line=1)
    assert (
        await cato.code("write_caption", line=1, text="her name is Anna Smith.", is_over=True)
        == "no_such_line"
    )
    missed = await lee.say("catch_up", **known)
    assert [one["fact"]["type"] for one in missed["sync"]["commits"]] == [
        *["caption_written"] * 2,
        "caption_erased",
    ]
    assert b"her name" not in msgspec.json.encode(missed)
    assert b"her name" not in msgspec.json.encode(await lee.shown())


async def test_it_is_forgotten_after_a_few_minutes(evening: Evening) -> None:
    _, cato, lee = await captioned(evening)
    await cato.do("write_caption", line=1, text="Good evening.", is_over=True)
    await evening.pass_s(CAPTION_WINDOW_MS // SECOND_MS + 1)
    assert (await lee.kinds())[-1] == "captions_expired"
    assert (await lee.shown())["captions"] == []


async def test_a_block_parts_from_live_text(evening: Evening) -> None:
    tom, cato, lee = await captioned(evening)
    await lee.do("block_member", member_id=cato.member_id)
    await cato.do("write_caption", line=1, text="Good evening.", is_over=True)
    assert [fact.get("text") for fact in await lee.told()] == [None, ""]
    assert [line["text"] for line in (await lee.shown())["captions"]] == [""]
    assert [line["text"] for line in (await tom.shown())["captions"]] == ["Good evening."]


async def test_live_text_has_a_pace_of_its_own(evening: Evening) -> None:
    _, cato, _ = await captioned(evening)
    ask = cato.browser.ask
    cato.evening.clock.mono += 60_000
    for n in range(1, CAPTION_BURST + 1):
        answer = await ask("write_caption", n=n, line=1, text=f"{n}", is_over=False)
        assert answer["type"] == "accepted"
    n = CAPTION_BURST + 1
    refused = await ask("write_caption", n=n, line=1, text="too fast", is_over=False)
    assert (refused["code"], refused["retry_ms"]) == ("too_fast", 333)
    assert (await ask("post_chat", n=n, text="hello"))["type"] == "accepted"  # another pace


async def test_nobody_is_told_whose_a_sign_is(evening: Evening) -> None:
    tom, cato, lee = await captioned(evening)
    await lee.do("react", kind="thanks")
    for person, by in ((tom, 0), (cato, 0), (lee, lee.member_id)):
        events = [body for name, body in await person.events() if name == "commits"]
        (commit,) = [one for body in events for one in body["commits"]]
        assert (commit["fact"], commit["by"]) == ({"type": "reacted", "kind": "thanks"}, by)
        assert (await person.shown())["reactions"]["thanks"] == 1
    known = (await tom.say("catch_up", epoch=0, seq=0))["sync"]["revision"]
    missed = await tom.say("catch_up", epoch=known["epoch"], seq=known["seq"] - 1)
    assert [one["by"] for one in missed["sync"]["commits"]] == [0]


async def test_one_sign_in_five_seconds_whatever_the_page_thinks(evening: Evening) -> None:
    _, _, lee = await captioned(evening)
    ask = lee.browser.ask
    assert (await ask("react", n=1, kind="thanks"))["type"] == "accepted"
    refused = await ask("react", n=2, kind="applause")
    assert (refused["code"], refused["retry_ms"]) == ("too_fast", 5_000)
    evening.clock.mono += 4_999
    assert (await ask("react", n=2, kind="applause"))["code"] == "too_fast"
    evening.clock.mono += 1
    assert (await ask("react", n=2, kind="applause"))["type"] == "accepted"


async def test_after_a_freeze_nothing_comes_of_anybody_without_a_role(evening: Evening) -> None:
    tom, cato, lee = await captioned(evening)
    others = [await evening.sit(letters(111 * number)) for number in range(1, STORM + 1)]
    await forget(lee)

    async def storm(person: Person) -> str:
        sign = await person.browser.ask("react", n=1, kind="applause")
        line = await person.browser.ask("post_chat", n=2, text="louder")
        return f"{sign.get('code', '')} {line.get('code', '')}"

    cato_writes = cato.browser.ask("write_caption", n=1, line=1, text="The room is frozen.", is_over=True)
    half = len(others) // 2
    early, _, late, written = await asyncio.gather(
        asyncio.gather(*map(storm, others[:half])),
        tom.browser.ask("set_freeze", n=50, on=True),
        asyncio.gather(*map(storm, others[half:])),
        cato_writes,
    )
    assert written["type"] == "accepted"
    assert "frozen" in f"{early} {late}"
    told = [one for name, body in await lee.events() if name == "commits" for one in body["commits"]]
    kinds = [one["fact"]["type"] for one in told]
    after = told[kinds.index("room_frozen") + 1 :]
    assert not any(one["fact"]["type"] in {"reacted", "chat_posted"} for one in after)
    assert all(one["by"] in {0, tom.member_id, cato.member_id} for one in after)
    evening.clock.mono += 10_000
    others[0].n = cato.n = 10
    assert await others[0].code("react", kind="thanks") == "frozen"
    await cato.do("write_caption", line=2, text="Please wait a moment.", is_over=True)
    assert (await lee.told())[-1]["text"] == "Please wait a moment."
    await tom.browser.ask("set_freeze", n=51, on=False)
    evening.clock.mono += 10_000
    await others[0].do("react", kind="thanks")
