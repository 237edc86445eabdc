"""What those who lead do with invites from within the room."""

from rooms.model import Room
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import RANK, Ability, Role, may
from server.gateway.connection import Seat
from server.group_ports import StoredInvite
from server.groups import GroupBook
from server.ports import StoreError
from server.room_service import RoomService
from signaling import from_host as host
from signaling.to_browser import Accepted, Answer, Invited, Invites, InviteShown

InviteMessage = host.MakeInvite | host.ListInvites | host.RevokeInvite

BUSY_RETRY_MS = 1_000


class InviteDesk:
    """Answers for one node. Invites for members are made by those who keep order, for roles by hosts."""

    def __init__(self, book: GroupBook, rooms: RoomService) -> None:
        """Take the parts."""
        self._book = book
        self._rooms = rooms

    async def answer(self, message: InviteMessage, seat: Seat) -> Answer:
        """Return the answer: whoever may not ask is refused, whatever is asked."""
        room = self._rooms.open_room(seat.room)
        refusal = _refusal(room, seat, message)
        if refusal is not None:
            return Refusal(code=refusal)
        try:
            match message:
                case host.MakeInvite():
                    return await self._make(message, seat)
                case host.ListInvites():
                    found = await self._book.invites_of(seat.room)
                    return Invites(invites=tuple(map(_shown, found)))
                case host.RevokeInvite(invite_id=invite_id):
                    await self._book.revoke_invite(seat.room, invite_id)
                    return Accepted(revision=self._rooms.record(seat.room).revision)
        except StoreError:
            return Refusal(code=RefusalCode.BUSY, retry_ms=BUSY_RETRY_MS)

    async def _make(self, message: host.MakeInvite, seat: Seat) -> Answer:
        pass_ = self._rooms.record(seat.room).ledger.passes.get(seat.member_id)
        parent = pass_.branch if pass_ else ""
        made = await self._book.make_invite(seat.room, parent, message.role, message.uses, message.hours)
        if made is None:  # the maker's own invite was revoked or has ended: theirs starts no branch
            return Refusal(code=RefusalCode.NOT_ALLOWED)
        return Invited(invite_id=made.invite.invite_id, secret=made.secret, until_ms=made.invite.until_ms)


def _refusal(room: Room | None, seat: Seat, message: InviteMessage) -> RefusalCode | None:
    member = room.members.get(seat.member_id) if room else None
    if member is None:
        return RefusalCode.NOT_A_MEMBER
    if not may(member.role, Ability.KEEP_ORDER):
        return RefusalCode.NOT_ALLOWED
    if isinstance(message, host.MakeInvite) and message.role is not Role.MEMBER:
        if not may(member.role, Ability.GIVE_ROLES):
            return RefusalCode.NOT_ALLOWED
        if RANK[message.role] >= RANK[member.role]:
            return RefusalCode.HIGHER_RANK
    return None


def _shown(invite: StoredInvite) -> InviteShown:
    return InviteShown(
        invite_id=invite.invite_id,
        parent_id=invite.parent_id,
        role=invite.role,
        uses=invite.uses,
        uses_max=invite.uses_max,
        until_ms=invite.until_ms,
        is_revoked=invite.is_revoked,
        is_paused=invite.is_paused,
    )
