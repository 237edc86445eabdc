"""Private words between members of two nodes, through real sockets; the bus between them is in memory."""

from collections.abc import AsyncIterator

import pytest

from rooms.model import RoomSettings, Rules
from server.gateway import private
from server.ports import NodeState
from tests.server.gateway.house import TALK, Browser, House
from tests.server.gateway.test_order import Numbered, host
from tests.server.gateway.test_private import agreed, code, reachable, read_all, told

PRIVATE = RoomSettings(rules=Rules(has_private=True))


class Place:
    """Two nodes that know of each other's seats."""

    def __init__(self, one: House, two: House) -> None:
        self.one, self.two = one, two
        self.clock = one.clock

    def look(self) -> None:
        """Let each node know what seats the other one holds."""
        for here, there in ((self.one, self.two), (self.two, self.one)):
            here.seats.see((NodeState(name="other", epoch=1, rooms=there.seats.own()),))

    async def pair(self) -> tuple[Browser, Browser]:
        """Ann at one node and Ben at the other, who may be asked."""
        ann, ben = await reachable(self.one, "Ann"), await reachable(self.two, "Ben")
        self.look()
        return ann, ben


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with House(settings=PRIVATE) as one, House(settings=PRIVATE, beside=one) as two:
        yield Place(one, two)


async def test_words_pass_both_ways_once_both_agree_and_until_one_ends_it(place: Place) -> None:
    ann, ben = await place.pair()
    assert await code(ann, "send_private", member_id=ben.member_id, text="too soon") == "not_agreed"
    await agreed(ann, ben)
    for sender, receiver in ((ann, ben), (ben, ann)):
        text = f"to {receiver.member_id}"
        assert await code(sender, "send_private", member_id=receiver.member_id, text=text) == ""
        line = await receiver.event("private_line")
        assert (line["member_id"], line["text"]) == (sender.member_id, text)
    assert await code(ben, "answer_private", member_id=ann.member_id, yes=False) == ""
    assert await ann.event("private_answered") == {"member_id": ben.member_id, "yes": False}
    assert await code(ann, "send_private", member_id=ben.member_id, text="please") == "not_agreed"
    assert await code(ann, "ask_private", member_id=ben.member_id) == ""  # once in a sitting
    await read_all(ben)
    assert told(ben) == []


async def test_who_is_turned_down_is_told_nothing_there_either(place: Place) -> None:
    ann, ben = await place.pair()
    assert await code(ann, "ask_private", member_id=ben.member_id) == ""
    await ben.event("private_asked")
    assert await code(ben, "answer_private", member_id=ann.member_id, yes=False) == ""
    await read_all(ann)
    assert told(ann) == []


async def test_whether_one_may_be_asked_is_known_everywhere(place: Place) -> None:
    ann = await reachable(place.one, "Ann")
    ben = await place.two.member("Ben")  # new here, and has not said so
    place.look()
    assert await code(ann, "ask_private", member_id=ben.member_id) == "not_reachable"
    assert await code(ben, "set_reachable", on=True) == ""
    assert await code(ann, "ask_private", member_id=ben.member_id) == ""
    assert await ben.event("private_asked") == {"member_id": ann.member_id}


async def test_a_block_and_a_freeze_hold_between_nodes_too(place: Place) -> None:
    tom = await host(place.one, "Tom")
    ann, ben = await place.pair()
    await agreed(ann, ben)
    await tom.do("set_freeze", on=True)
    assert await code(ben, "send_private", member_id=ann.member_id, text="x") == "private_off"
    await tom.do("set_freeze", on=False)
    await Numbered(ann).do("block_member", member_id=ben.member_id)
    assert await code(ben, "send_private", member_id=ann.member_id, text="x") == ""  # as if it had arrived
    await read_all(ann)
    assert told(ann) == []


async def test_what_was_agreed_is_known_where_one_comes_back(place: Place) -> None:
    ann, ben = await place.pair()
    cat = await reachable(place.one, "Cat")
    await agreed(ann, ben)
    assert await code(cat, "ask_private", member_id=ben.member_id) == ""
    again = await place.one.browser()
    await again.resume(ben.ticket)
    place.look()
    assert await again.event("private_asked") == {"member_id": cat.member_id}
    assert await again.event("private_answered") == {"member_id": ann.member_id, "yes": True}
    assert await code(ann, "send_private", member_id=ben.member_id, text="there") == ""
    assert (await again.event("private_line"))["text"] == "there"
    await read_all(ben)
    assert "private_line" not in told(ben)  # the older connection has lost the seat


async def test_a_line_goes_to_the_newer_connection_of_one_who_has_just_moved(place: Place) -> None:
    _, ben = await place.pair()
    dan = await reachable(place.two, "Dan")
    await agreed(dan, ben)
    again = await place.one.browser()
    await again.resume(ben.ticket)
    place.clock.pass_ms(1)
    place.look()
    assert await code(dan, "send_private", member_id=ben.member_id, text="there") == ""
    assert (await again.event("private_line"))["text"] == "there"


async def test_a_node_that_starts_later_learns_what_was_agreed(place: Place) -> None:
    ann, ben = await place.pair()
    await agreed(ann, ben)
    async with House(settings=PRIVATE, beside=place.one) as three:
        again = await three.browser()
        await again.resume(ann.ticket)
        assert await again.event("private_answered") == {"member_id": ben.member_id, "yes": True}


async def test_a_line_that_no_node_passes_on_is_refused(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private, "PASSED_WITHIN_S", 0.05)
    ann, ben = await place.pair()
    await agreed(ann, ben)
    del place.two.letters_of_all[:]  # what the nodes share is away
    assert await code(ann, "send_private", member_id=ben.member_id, text="lost") == "not_reachable"
    await read_all(ben)
    assert told(ben) == []


async def test_nothing_is_heard_where_the_room_has_no_private_words(place: Place) -> None:
    tom = await host(place.one, "Tom")
    listening = [letters._listeners for letters in place.one.letters_of_all]
    assert all(TALK in one for one in listening)
    off = {"door": "open", "has_private": False}
    await tom.do("set_rules", rules=off)
    assert not any(listening)
    await tom.do("set_rules", rules={**off, "has_private": True})
    assert all(TALK in one for one in listening)
