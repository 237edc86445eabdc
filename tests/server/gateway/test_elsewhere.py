"""Who is sent to another node before they come in."""

from rooms.ids import MemberId
from server.ports import NodeState
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
