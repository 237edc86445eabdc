"""Who is sent to another node before they come in."""

from rooms.ids import MemberId
from rooms.model import DoorMode, RoomSettings, Rules
from server.ports import NodeState
from tests.server.bus.clustered import until
from tests.server.gateway.house import TALK, House

URL = "https://n2.lamplit.example"
ELSEWHERE = {"type": "elsewhere", "url": URL}


def there() -> NodeState:
    """Another node, where the room is."""
    return NodeState(name="n2", epoch=1, public_url=URL, rooms={TALK: {MemberId(7): 1}})


async def test_a_newcomer_is_sent_to_the_room_once_and_nothing_has_happened(house: House) -> None:
    house.other_nodes = [there()]
    maya = await (await house.open()).connect(goes_elsewhere=True)
    link = house.office.issue_invite(TALK, 1, house.clock.wall_ms())
    assert await maya.join("Maya", link) == ELSEWHERE
    room = house.rooms.open_room(TALK)
    assert room is not None
    assert not room.members
    assert (await maya.join("Maya", link))["type"] == "joined"  # who insists is taken
    assert len(house.media.peers) == 1


async def test_a_page_that_does_not_know_of_it_is_taken(house: House) -> None:
    house.other_nodes = [there()]
    maya = await (await house.open()).connect()
    assert (await maya.join("Maya"))["type"] == "joined"


async def test_who_comes_back_is_sent_to_the_room(house: House) -> None:
    maya = await (await house.open()).connect(goes_elsewhere=True)
    assert (await maya.join("Maya"))["type"] == "joined"
    house.media.close_peer(TALK, maya.member_id)
    house.other_nodes = [there()]
    back = await (await house.open()).connect(goes_elsewhere=True)
    assert await back.resume(maya.ticket) == ELSEWHERE
    assert (await back.resume(maya.ticket))["type"] == "resumed"


async def test_who_still_has_a_transport_here_stays(house: House) -> None:
    maya = await (await house.open()).connect()
    await maya.join("Maya")
    house.other_nodes = [there()]
    back = await (await house.open()).connect(goes_elsewhere=True)
    assert (await back.resume(maya.ticket))["type"] == "resumed"


async def test_a_lost_answer_is_found_here(house: House) -> None:
    attempt = {"room": "talk", "name": "Maya", "attempt": "a" * 22}
    maya = await (await house.open()).connect()
    first = await maya.ask("join", **attempt)
    house.other_nodes = [there()]
    again = await (await house.open()).connect(goes_elsewhere=True)
    second = await again.ask("join", **attempt)
    assert (second["type"], second["member_id"]) == ("joined", first["member_id"])


async def test_a_room_that_is_not_open_is_refused_here(house: House) -> None:
    house.other_nodes = [there()]
    maya = await (await house.open()).connect(goes_elsewhere=True)
    assert (await maya.ask("join", room="nowhere", name="Maya"))["code"] == "no_room"


async def test_who_never_had_a_transport_takes_the_seat_at_another_node() -> None:
    async with House() as one, House(beside=one) as two:
        maya, tom = await one.member("Maya"), await two.member("Tom")
        one.media.close_peer(TALK, maya.member_id)  # the offer was never answered
        back = await two.browser()
        answer = await back.resume(maya.ticket)
        assert (answer["type"], answer["peer_id"]) == ("resumed", "")
        one.seats.see((NodeState(name="two", epoch=1, rooms=two.seats.own()),))
        await maya.ws.close()
        await until(lambda: not one.seats.own())
        assert (await back.ask("post_chat", n=1, text="here"))["type"] == "accepted"
        assert (await tom.fact("chat_posted"))["member_id"] == maya.member_id
        room = two.rooms.open_room(TALK)
        assert room is not None
        assert {who: room.members[who].stranded_ms for who in room.members} == {
            MemberId(maya.member_id): 0,
            MemberId(tom.member_id): 0,
        }
        assert maya.member_id not in one.media.peers | two.media.peers
        assert (await back.ask("open_media"))["type"] == "offered"
        assert maya.member_id in two.media.peers


async def test_a_guest_who_came_from_another_node_is_let_in_with_a_transport() -> None:
    settings = RoomSettings(rules=Rules(door=DoorMode.EVERYBODY))
    async with House(settings=settings) as one, House(beside=one, settings=settings) as two:
        host, sam = await one.host("Host"), await one.browser()
        assert (await sam.join("Sam"))["type"] == "waits"
        back = await two.browser()
        assert (await back.resume(sam.ticket))["peer_id"] == ""
        assert (await host.ask("admit_guest", n=1, member_id=sam.member_id))["type"] == "accepted"
        moved = await back.event("moved")
        assert moved["offer"]["peer_id"] == two.media.peers[sam.member_id]
        assert str(sam.member_id) in moved["sync"]["room"]["members"]
