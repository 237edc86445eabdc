"""What the server knows about whoever comes: from a link, a device's token and a card."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final, NamedTuple, Protocol

from rooms.ids import RoomSlug
from rooms.model import Pass
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Role
from server.devices import DeviceKeys
from server.group_ports import GroupSlug, StoredInvite
from server.ports import Clock, StoreError
from server.tickets import HostTicket, TicketOffice
from signaling.from_browser import Join

BUSY_RETRY_MS: Final = 1_000


class InviteDesk(Protocol):
    """What this file needs of the groups."""

    def group_of(self, room: RoomSlug) -> GroupSlug:
        """Return the group that a room belongs to."""
        ...

    def use_invite(self, secret: str, attempt: str) -> Awaitable[StoredInvite | None]:
        """Count one use of an invite, once for each attempt; None where it is of no use."""
        ...

    def spend(self, nonce: str, until_ms: int) -> Awaitable[bool]:
        """Use up what may be used once; False where it was."""
        ...

    def give_back(self, nonce: str) -> Awaitable[None]:
        """Let it be used after all."""
        ...


async def _nothing() -> None:
    """There was nothing used up."""


class Entry(NamedTuple):
    """As what somebody comes. `undo` takes back what the coming used up, where the room says no."""

    role: Role
    pass_: Pass
    undo: Callable[[], Awaitable[None]] = _nothing


class Entrance:
    """One for each node."""

    def __init__(self, tickets: TicketOffice, keys: DeviceKeys, groups: InviteDesk, clock: Clock) -> None:
        """Take the parts."""
        self._tickets = tickets
        self._keys = keys
        self._groups = groups
        self._clock = clock

    async def entry_of(self, message: Join) -> Entry | Refusal:
        """Return as what this join comes, or why what it brings is of no use."""
        slug = RoomSlug(message.room)
        group = self._groups.group_of(slug)
        device = self._keys.key_of(group, message.device)
        now_ms = self._clock.wall_ms()
        card = self._tickets.read_card(message.card, group, device, now_ms) if message.card else None
        known = Pass(device=device, is_known=card is not None)
        if not message.invite:
            return Entry(Role.MEMBER, known)
        link = self._tickets.read_invite(message.invite, now_ms)
        if link is not None and link.room == slug:
            return Entry(link.role, Pass(device=device, is_known=True, may_be=link.role))
        host = self._tickets.read_host(message.invite, now_ms)
        if host is not None and host.room == slug:
            return await self._host(host, device)
        return await self._invited(message, group, device)

    async def _host(self, ticket: HostTicket, device: str) -> Entry | Refusal:
        """Of two who bring a ticket at once, to whichever nodes, one joins."""
        try:
            is_first = await self._groups.spend(ticket.nonce, ticket.until_ms)
        except StoreError:
            return Refusal(code=RefusalCode.BUSY, retry_ms=BUSY_RETRY_MS)
        if not is_first:
            return Refusal(code=RefusalCode.TICKET_UNUSABLE)
        pass_ = Pass(
            device=device,
            is_known=True,
            may_be=ticket.role,
            place=ticket.place,
            account=ticket.account_id,
        )
        return Entry(ticket.role, pass_, partial(self._give_back, ticket))

    async def _give_back(self, ticket: HostTicket) -> None:
        with suppress(StoreError):  # then it stays spent, and the host asks for another one
            await self._groups.give_back(ticket.nonce)

    async def _invited(self, message: Join, group: GroupSlug, device: str) -> Entry | Refusal:
        """An invite counts once for each attempt: a name that is taken costs no second use."""
        try:
            invite = await self._groups.use_invite(message.invite, message.attempt)
        except StoreError:
            return Refusal(code=RefusalCode.BUSY, retry_ms=BUSY_RETRY_MS)
        if invite is None or invite.group_slug != group:
            return Refusal(code=RefusalCode.TICKET_UNUSABLE)
        return Entry(invite.role, Pass(device=device, branch=invite.branch, is_known=True))
