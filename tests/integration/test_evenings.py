"""A newcomer, a fair turn, kind time, a run-sheet and a share in writing, on every socket of the room."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from rooms.limits import SHARE_LIMIT_MS, SHARE_OVER_MS
from signaling.from_browser import Join
from tests.integration.evening import SECOND_MS, Evening, Person, forget, heard, queue_of


@pytest.fixture
async def evening() -> AsyncIterator[Evening]:
    async with Evening() as opened:
        yield opened


# --- a newcomer enters -----------------------------------------------------------------------


async def test_a_newcomer_gives_a_name_and_only_those_who_keep_order_learn_that_it_is_the_first_time(
    evening: Evening,
) -> None:
    tom, safe = await evening.lead("Tom"), await evening.sit("Sana")
    greeter, maya = await evening.sit("Gerda"), await evening.sit("Maya")
    await tom.do("give_role", member_id=safe.member_id, role="safety")
    await tom.do("give_role", member_id=greeter.member_id, role="greeter")
    await tom.do("set_microphone", on=True)
    assert tom.is_heard
    await forget(tom, safe, greeter, maya)

    ann = await evening.browser()
    answer = await ann.ask("join", room="talk", name="Ann")  # all that she gave
    assert answer["type"] == "joined"
    assert answer["offer"]["sdp"]  # sound is offered with the seat
    who = answer["member_id"]
    own = answer["sync"]["room"]["members"][str(who)]
    assert (own["mutes"]["by_self"], own["is_new"]) == (True, True)
    assert not evening.media.heard.get(who)
    assert {*Join.__struct_fields__} == {"room", "name", "invite", "attempt", "device", "card"}

    for person, is_told in ((tom, True), (safe, True), (greeter, False), (maya, False)):
        (joined,) = await person.told()
        assert (joined["type"], joined["member"]["name"]) == ("member_joined", "Ann")
        assert joined["member"]["is_new"] is is_told
        assert (await person.shown())["members"][str(who)]["is_new"] is is_told


async def test_she_is_new_to_everybody_once_she_says_so_herself(evening: Evening) -> None:
    tom, maya = await evening.lead("Tom"), await evening.sit("Maya")
    ann = await evening.sit("Ann", is_known=False)
    await forget(tom, maya)
    await ann.do("post_chat", text="I'm new.")
    for person in (tom, maya):
        (posted,) = await person.told()
        assert (posted["type"], posted["name"], posted["text"]) == ("chat_posted", "Ann", "I'm new.")


# --- a fair turn -----------------------------------------------------------------------------


async def six_hands(evening: Evening) -> tuple[Person, list[Person]]:
    """A host and six members who take turns by hand."""
    tom = await evening.lead("Tom")
    await tom.do("set_floor", mode="hands", limit_ms=SHARE_LIMIT_MS)
    await evening.pass_s(1)  # from now on the room knows that somebody leads
    return tom, [await evening.sit(f"Guest {number}") for number in range(6)]


async def raise_hands(evening: Evening, people: list[Person]) -> None:
    for person in people:
        await person.do("raise_hand", lane="share")
        await evening.pass_s(1)


async def test_of_six_hands_the_not_yet_shared_come_first_and_every_socket_has_one_order(
    evening: Evening,
) -> None:
    tom, six = await six_hands(evening)
    for person in six[:2]:
        await tom.do("give_floor", member_id=person.member_id)
        await person.do("end_share", passed=False)
    everybody = (tom, *six)
    await forget(*everybody)
    await raise_hands(evening, six)
    order = [person.member_id for person in (*six[2:], *six[:2])]
    lines = [await person.told() for person in everybody]
    assert all(line == lines[0] for line in lines)  # one order: the same facts in the same sequence
    queue: list[int] = []
    for fact in lines[0]:
        queue.insert(fact["place"], fact["hand"]["member_id"])
    assert queue == order
    for place, who in enumerate(order):
        for person in everybody:
            assert queue_of(await person.shown()) == order[place:]
        await tom.do("call_next")
        for person in everybody:
            began = (await person.told())[-1]
            assert (began["type"], began["member_id"]) == ("share_began", who)


async def test_a_place_in_the_queue_outlives_a_minute_without_network(evening: Evening) -> None:
    tom, six = await six_hands(evening)
    lost = six[2]
    await raise_hands(evening, six[:5])
    before = queue_of(await six[0].shown())
    await forget(tom, six[5])
    await lost.drop()
    await evening.pass_s(60)
    assert await six[5].kinds() == ["member_stranded"]  # the hand stays up, and nothing else was said
    await lost.back()
    assert lost.answer["type"] == "resumed"
    assert await six[5].kinds() == ["member_returned"]
    for person in (lost, tom, *six[3:]):
        assert queue_of(await person.shown()) == before
    for expected in six[:3]:
        await tom.do("call_next")
        assert (await tom.shown())["floor"]["share"]["member_id"] == expected.member_id
    assert (await lost.told())[-1]["member_id"] == lost.member_id


async def test_who_is_away_while_called_is_passed_over_and_not_dropped(evening: Evening) -> None:
    tom, six = await six_hands(evening)
    await raise_hands(evening, six[:3])
    await six[0].drop()
    await evening.pass_s(30)
    await tom.do("call_next")
    assert (await six[5].shown())["floor"]["share"]["member_id"] == six[1].member_id
    await evening.pass_s(30)
    await six[0].back()
    assert queue_of(await six[0].shown()) == [six[0].member_id, six[2].member_id]


# --- the timer of a share --------------------------------------------------------------------


@pytest.mark.parametrize("closes_share", [False, True])
async def test_at_half_past_two_nobody_is_told_and_only_the_groups_rule_closes_a_microphone(
    evening: Evening, *, closes_share: bool
) -> None:
    tom, (maya, jo, *_) = await six_hands(evening)
    await tom.do("set_rules", rules={"closes_share": closes_share})
    await tom.do("give_floor", member_id=maya.member_id)
    began = (await maya.told())[-1]
    assert (began["type"], began["limit_ms"]) == ("share_began", SHARE_LIMIT_MS)
    share = (await maya.shown())["floor"]["share"]
    assert share["since_ms"] == evening.clock.wall_ms()  # her own page knows when 2:30 is
    await maya.do("set_microphone", on=True)
    people = (tom, maya, jo)
    await forget(*people)

    for seconds in (150, 30, SHARE_OVER_MS // SECOND_MS - 1):  # 2:30, 3:00, and while a sentence is ended
        await evening.pass_s(seconds)
        for person in people:
            assert await person.events() == []
        assert maya.is_heard
    await evening.pass_s(1)
    for person in people:
        assert await person.kinds() == (["share_ended"] if closes_share else [])
    assert maya.is_heard is not closes_share
    await evening.pass_s(600)
    for person in people:
        assert await person.events() == []
    assert maya.is_heard is not closes_share


async def test_the_chair_closes_a_share_or_gives_it_a_minute_and_everybody_is_told(evening: Evening) -> None:
    tom, (maya, jo, *_) = await six_hands(evening)
    await tom.do("give_floor", member_id=maya.member_id)
    await maya.do("set_microphone", on=True)
    await evening.pass_s(180)
    await forget(tom, maya, jo)
    await tom.do("add_time", more_ms=60_000)
    for person in (tom, maya, jo):
        (added,) = await person.told()
        assert added == {"type": "time_added", "limit_ms": SHARE_LIMIT_MS + 60_000}
    await evening.pass_s(60)
    await tom.do("end_share", passed=False)
    for person in (tom, maya, jo):
        assert "share_ended" in await person.kinds()
    assert not maya.is_heard


# --- a run-sheet -----------------------------------------------------------------------------


def tuesday(reader: Person) -> dict[str, object]:
    cues = (
        {"title": "Welcome", "text": "Good evening.", "floor": "hands", "chat": "off"},
        {
            "title": "How it works",
            "text": "Rarely have we seen.",
            "mutes": True,
            "member_id": reader.member_id,
        },
        {"title": "Shares"},
        {"title": "Announcements", "chat": "everyone"},
    )
    return {"title": "Tuesday", "cues": cues}


def read_out(facts: list[dict[str, object]]) -> list[object]:
    return [fact["text"] for fact in facts if fact["type"] == "reading_shown"]


async def test_the_script_drives_the_room_and_another_host_goes_on_where_the_first_was_lost(
    evening: Evening,
) -> None:
    tom, ben = await evening.lead("Tom"), await evening.lead("Ben")
    maya, jo = await evening.sit("Maya"), await evening.sit("Jo")
    for person in (maya, jo):
        await person.do("set_microphone", on=True)
    everybody = (tom, ben, maya, jo)
    await forget(*everybody)

    await tom.do("set_sheet", sheet=tuesday(maya))
    await tom.do("show_cue", at=0)
    for person in everybody:
        facts = await person.told()
        kinds = [fact["type"] for fact in facts]
        assert read_out(facts) == ["Good evening."]
        assert ("sheet_set" in kinds, "cue_reached" in kinds) == (person in (tom, ben),) * 2
        assert {"chat_set", "floor_set", "all_muted"} <= {*kinds}
    assert heard(maya, jo) == [False, False]
    assert await jo.code("post_chat", text="hello") == "chat_closed"

    await tom.do("show_cue", at=1)
    for person in everybody:
        facts = await person.told()
        assert read_out(facts) == ["Rarely have we seen."]
        assert [fact["member_id"] for fact in facts if fact["type"] == "share_began"] == [maya.member_id]
    await maya.do("set_microphone", on=True)
    assert heard(maya, jo) == [True, False]
    assert await jo.code("set_microphone", on=True) == "no_floor"

    await tom.drop()
    assert (await ben.shown())["sheet"]["at"] == 1
    assert (await jo.shown())["sheet"] is None
    await ben.do("show_cue", at=2)
    assert heard(maya, jo) == [False, False]
    assert await jo.code("post_chat", text="hello") == "chat_closed"
    await jo.do("raise_hand", lane="share")
    await maya.do("raise_hand", lane="share")
    await ben.do("call_next")
    await forget(ben, maya, jo)
    await ben.do("show_cue", at=3)
    for person in (ben, maya, jo):
        assert [fact["mode"] for fact in await person.told() if fact["type"] == "chat_set"] == ["everyone"]
    await jo.do("post_chat", text="hello")
    assert (await maya.told())[-1]["text"] == "hello"
    await tom.back()
    assert tom.answer["type"] == "resumed"
    assert (await tom.shown())["sheet"]["at"] == 3
    for person in (maya, jo):
        assert b"Announcements" not in msgspec.json.encode(await person.shown())


# --- those who do not hear, and those who do not see -----------------------------------------


async def test_a_share_in_writing_has_the_floor_like_any_other_and_everybody_is_told_of_it(
    evening: Evening,
) -> None:
    tom, (ann, ben, cleo, *_) = await six_hands(evening)
    others = (tom, ben, cleo)
    await raise_hands(evening, [ann, ben])
    await forget(ann, *others)
    await tom.do("call_next")
    began = [await person.told() for person in (ann, *others)]
    assert [fact["type"] for fact in began[0]] == ["share_began"]
    assert all(facts == began[0] for facts in began)
    assert (began[0][0]["member_id"], began[0][0]["limit_ms"]) == (ann.member_id, SHARE_LIMIT_MS)
    assert queue_of(await ben.shown()) == [ben.member_id]  # he is next

    for text in ("I would", "I would rather write."):
        await ann.do("write_share", text=text)
    assert await ben.code("set_microphone", on=True) == "no_floor"  # nobody talks over it
    assert await ben.code("write_share", text="me too") == "no_floor"
    for person in others:
        assert [fact["text"] for fact in await person.told()] == ["I would", "I would rather write."]
        assert (await person.shown())["floor"]["share"]["text"] == "I would rather write."

    await evening.pass_s(SHARE_LIMIT_MS // SECOND_MS)
    await tom.do("add_time", more_ms=60_000)
    await cleo.do("post_chat", text="Take your time.")
    await ann.do("end_share", passed=False)
    for person in others:
        assert await person.kinds() == ["time_added", "chat_posted", "share_ended"]
        assert (await person.shown())["floor"]["shared"] == [ann.member_id]  # it was a turn
    await raise_hands(evening, [ann, cleo])
    order = [ben.member_id, cleo.member_id, ann.member_id]  # whoever shared in writing comes last, too
    for person in (ann, *others):
        assert queue_of(await person.shown()) == order
