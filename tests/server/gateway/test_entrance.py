"""As what somebody comes: by a card, a device, a host's ticket or an invite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from rooms.ids import RoomSlug
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Role
from server.devices import DeviceKeys
from server.gateway.entrance import Entrance, Entry
from server.group_ports import GroupSlug, RosterEntry
from server.groups import GroupBook
from server.ports import StoreError
from server.store.sql_store import SqlStore, open_store
from server.tickets import TicketOffice
from signaling.from_browser import Join
from tests.server.clock import FakeClock

TALK, NIGHT, FAR = RoomSlug("talk"), RoomSlug("night"), RoomSlug("far")
HARBOUR = GroupSlug("harbour")
TOKEN = "t" * 22


class Hall:
    """An entrance with everything real behind it."""

    def __init__(self, store: SqlStore) -> None:
        self.clock = FakeClock()
        self.store = store
        self.book = GroupBook(self.clock)
        self.office = TicketOffice(Fernet.generate_key())
        self.keys = DeviceKeys(b"k" * 32)
        self.entrance = Entrance(self.office, self.keys, self.book, self.clock)

    async def come(self, room: RoomSlug = TALK, **brought: str) -> Entry:
        entry = await self.ask(room, **brought)
        assert isinstance(entry, Entry), entry
        return entry

    async def ask(self, room: RoomSlug = TALK, **brought: str) -> Entry | Refusal:
        return await self.entrance.entry_of(Join(room=room, name="Maya", **brought))

    def host_ticket(self, room: RoomSlug = TALK) -> str:
        entry = RosterEntry(HARBOUR, "account", Role.COHOST, "Ann", 3, 0)
        return self.office.issue_host(room, entry, self.clock.wall_ms())


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    """Talk and Night belong to one group, Far to none."""
    async with open_store("", tmp_path) as store:
        hall = Hall(store)
        await hall.book.read(store, {TALK: HARBOUR, NIGHT: HARBOUR, FAR: GroupSlug(FAR)})
        yield hall


async def test_who_brings_nothing_is_new_and_nobody(hall: Hall) -> None:
    role, pass_, _ = await hall.come()
    assert (role, pass_.device, pass_.branch, pass_.is_known) == (Role.MEMBER, "", "", False)


async def test_a_device_is_one_within_a_group_and_another_beyond(hall: Hall) -> None:
    talk = (await hall.come(device=TOKEN)).pass_
    assert len(talk.device) == 64
    assert TOKEN not in talk.device
    assert (await hall.come(NIGHT, device=TOKEN)).pass_.device == talk.device
    assert (await hall.come(FAR, device=TOKEN)).pass_.device != talk.device


async def test_a_card_makes_its_own_device_known_in_its_own_group(hall: Hall) -> None:
    device = hall.keys.key_of(HARBOUR, TOKEN)
    card = hall.office.issue_card(HARBOUR, device, hall.clock.wall_ms())
    assert (await hall.come(device=TOKEN, card=card)).pass_.is_known
    assert (await hall.come(NIGHT, device=TOKEN, card=card)).pass_.is_known
    assert not (await hall.come(FAR, device=TOKEN, card=card)).pass_.is_known
    assert not (await hall.come(device="u" * 22, card=card)).pass_.is_known
    assert not (await hall.come(card=card)).pass_.is_known


async def test_a_hosts_link_gives_its_role_in_its_own_room(hall: Hall) -> None:
    link = hall.office.issue_invite(TALK, 1, hall.clock.wall_ms())
    role, pass_, _ = await hall.come(invite=link)
    assert (role, pass_.may_be, pass_.is_known) == (Role.HOST, Role.HOST, True)
    assert await hall.ask(NIGHT, invite=link) == Refusal(code=RefusalCode.TICKET_UNUSABLE)


async def test_a_hosts_ticket_is_good_for_one_join_unless_the_room_says_no(hall: Hall) -> None:
    ticket = hall.host_ticket()
    entry = await hall.come(invite=ticket)
    assert (entry.role, entry.pass_.may_be, entry.pass_.place) == (Role.COHOST, Role.COHOST, 3)
    assert entry.pass_.account == "account"
    assert await hall.ask(invite=ticket) == Refusal(code=RefusalCode.TICKET_UNUSABLE)
    await entry.undo()
    assert (await hall.come(invite=ticket)).role is Role.COHOST
    assert await hall.ask(NIGHT, invite=hall.host_ticket(TALK)) == Refusal(code=RefusalCode.TICKET_UNUSABLE)


async def test_an_invite_counts_once_for_each_attempt(hall: Hall) -> None:
    made = await hall.book.make_invite(TALK, "", Role.MEMBER, 2, 24)
    assert made is not None
    first, second = "a" * 22, "b" * 22
    for attempt in (first, first, first, second):
        pass_ = (await hall.come(invite=made.secret, attempt=attempt)).pass_
        assert (pass_.branch, pass_.is_known) == (made.invite.invite_id, True)
    used_up = await hall.ask(invite=made.secret, attempt="c" * 22)
    assert used_up == Refusal(code=RefusalCode.TICKET_UNUSABLE)


async def test_an_invite_lets_into_its_own_group_alone(hall: Hall) -> None:
    made = await hall.book.make_invite(TALK, "", Role.GREETER, 9, 24)
    assert made is not None
    assert (await hall.come(NIGHT, invite=made.secret)).role is Role.GREETER
    assert await hall.ask(FAR, invite=made.secret) == Refusal(code=RefusalCode.TICKET_UNUSABLE)


@pytest.mark.parametrize("invite", ["x", "gAAAA", "A" * 1_024, "\u00e4"])
async def test_garbage_is_no_invite(hall: Hall, invite: str) -> None:
    assert await hall.ask(invite=invite) == Refusal(code=RefusalCode.TICKET_UNUSABLE)


async def test_a_store_that_does_not_answer_is_asked_again(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: object) -> None:
        raise StoreError("away")

    monkeypatch.setattr(hall.book, "use_invite", silent)
    refusal = await hall.ask(invite="s" * 22)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.retry_ms > 0) == (RefusalCode.BUSY, True)
