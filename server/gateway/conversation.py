"""What each message of a browser does. One method for each; the rules themselves are in `rooms`."""

import secrets
from collections.abc import Callable, Mapping
from functools import singledispatchmethod
from operator import attrgetter
from typing import Final, Protocol

from rooms.commands import (
    Command,
    JoinRoom,
    LeaveRoom,
    ResumeSeat,
    StrandMember,
)
from rooms.hearing import is_heard
from rooms.host_commands import NoteTry
from rooms.ids import MEMBER_ID_MAX, NO_MEMBER, MemberId, RoomSlug
from rooms.ledger import last_number
from rooms.model import Guest, Member, Pass, Record, Revision, Room
from rooms.pace import Bucket
from rooms.project import Viewer, is_move_of, project, project_room, viewer_of
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Role
from server.gateway.attempts import Attempts
from server.gateway.audience import Audience
from server.gateway.connection import NO_MAX, Connection, Paces, Seat
from server.gateway.entrance import Entrance
from server.gateway.invite_desk import InviteDesk, InviteMessage
from server.gateway.order_desk import OrderDesk
from server.gateway.private import Relay
from server.gateway.sheet_desk import SheetDesk, SheetMessage
from server.logs import log_for
from server.ports import Clock, Missing
from server.room_service import RoomService
from server.seats import Seats
from server.signpost import Signpost
from server.tickets import SeatTicket, TicketOffice
from signaling import from_browser as said
from signaling import from_host as host
from signaling.codec import Event
from signaling.session import Phase
from signaling.to_browser import (
    Accepted,
    Answer,
    Commits,
    Elsewhere,
    EndReason,
    Joined,
    Moved,
    Offer,
    Offered,
    Resumed,
    Snapshot,
    Sync,
    Synced,
    TicketRenewed,
    Waits,
)

_ACTION: Final[Callable[[Paces], Bucket]] = attrgetter("action")
_BUCKETS: Final[dict[type[said.FromBrowser], Callable[[Paces], Bucket]]] = {
    said.PostChat: attrgetter("chat"),
    host.SendPrivate: attrgetter("chat"),
    said.WriteCaption: attrgetter("caption"),
    said.React: attrgetter("reaction"),
    host.AskPrivate: attrgetter("ask"),
    host.ReportMember: attrgetter("report"),
    said.OpenMedia: attrgetter("media"),
    said.RestartMedia: attrgetter("media"),
    said.AnswerMedia: attrgetter("media"),
}
"""Which pace each message is under; all others count as actions."""

_COUNTED: Final = (
    RefusalCode.BAD_MESSAGE,
    RefusalCode.OUT_OF_TURN,
    RefusalCode.TOO_FAST,
    RefusalCode.NOT_ALLOWED,
    RefusalCode.TICKET_UNUSABLE,
)
"""What tells of bad input. All others are counted as one: how many banned people came is nobody's affair."""
_OTHER: Final = "other"

_log = log_for("gateway")


class MediaDesk(Protocol):
    """What this file needs of the media plane."""

    def open_peer(self, room: RoomSlug, voice_id: int) -> Offer:
        """Make a new transport for the member; an older one is closed."""
        ...

    def restart_peer(self, room: RoomSlug, voice_id: int) -> Offer | None:
        """Offer new ICE credentials for the transport there is."""
        ...

    def accept_answer(self, room: RoomSlug, voice_id: int, answer: said.AnswerMedia) -> Refusal | None:
        """Take the browser's fingerprint and role."""
        ...

    def peer_id(self, room: RoomSlug, voice_id: int) -> str:
        """Return the name of the member's live transport here, empty where there is none."""
        ...

    def allow_voice(self, room: RoomSlug, voice_id: int, allowed: bool) -> None:  # noqa: FBT001
        """Forward the voice, or drop it."""
        ...


def _note(seat: Seat | None, event: Event, answer: Answer) -> None:
    """Say what kind of thing was asked and answered, for whoever looks for a fault; never its content."""
    _log.debug(
        "answered",
        room=seat.room if seat else None,
        member_id=seat.member_id if seat else None,
        asked=type(event.payload).__name__,
        answer=answer.code.value if isinstance(answer, Refusal) else type(answer).__name__,
    )


class Conversation:
    """Answers events. Holds no connection: they are given to it."""

    def __init__(  # noqa: PLR0913 - the parts of an answer, each given once, at start
        self,
        rooms: RoomService,
        media: MediaDesk,
        tickets: TicketOffice,
        clock: Clock,
        *,
        entrance: Entrance,
        invites: InviteDesk,
        sheets: SheetDesk,
        seats: Seats,
        signpost: Signpost,
        audiences: Mapping[RoomSlug, Audience],
        relays: Mapping[RoomSlug, Relay],
    ) -> None:
        """Take the parts that an answer needs."""
        self._entrance = entrance
        self._invites = invites
        self._sheets = sheets
        self._seats = seats
        self._signpost = signpost
        self._rooms = rooms
        self._media = media
        self._tickets = tickets
        self._clock = clock
        self._audiences = audiences
        self._relays = relays
        self._attempts = Attempts(clock)
        self._refusals = dict.fromkeys((*(code.value for code in _COUNTED), _OTHER), 0)
        self._orders = OrderDesk(rooms)

    def refusals(self) -> dict[str, int]:
        """Return how many messages were answered with no, by code."""
        return dict(self._refusals)

    def arrived(self, connection: Connection, event: Event) -> None:
        """Look at an event that waits behind others of its connection."""
        self._orders.arrived(connection, event)

    async def carry_out(self, connection: Connection, event: Event) -> None:
        """Answer one event; end a connection that only earns noes."""
        refusal = self._refuse_unread(connection, event.payload)
        answer: Answer | None = refusal
        connection.noes = connection.noes + 1 if answer else 0  # what a room refuses is no fault
        if refusal is not None and isinstance(event.payload, said.Numbered):
            self._orders.refused(connection, event.payload, refusal)
        if answer is None:
            answer = await self._respond(event.payload, connection)
        connection.answer(event.ack_id, answer)
        if isinstance(answer, Refusal):
            self._refusals[answer.code.value if answer.code in _COUNTED else _OTHER] += 1
        if connection.seat is not None and isinstance(answer, Joined | Resumed):
            self._relays[connection.seat.room].welcome(connection.seat.member_id, connection)
        _note(connection.seat, event, answer)
        if connection.noes >= NO_MAX:
            connection.end(EndReason.FAULT)
        elif isinstance(event.payload, said.Leave) and isinstance(answer, Accepted):
            connection.end(EndReason.LEFT)

    async def lost(self, connection: Connection) -> None:
        """The connection is gone: keep the seat for a while, unless a newer one holds it somewhere."""
        seat = connection.seat
        if seat is None or not self._audiences[seat.room].remove(seat.member_id, connection):
            return
        _log.debug("connection_lost", room=seat.room, member_id=seat.member_id)
        self._rooms.release(seat.room, seat.member_id)
        if await self._seats.went_elsewhere(seat.room, seat.member_id):
            return
        await self._rooms.carry_out(seat.room, StrandMember(member_id=seat.member_id))

    async def give_up(self, text: str) -> None:
        """Leave the seat that a ticket is for, and end the connection that speaks for it, if one does."""
        ticket = self._tickets.read_seat(text, self._clock.wall_ms())
        audience = self._audiences.get(ticket.room) if ticket else None
        if ticket is None or audience is None:
            return
        self._rooms.release(ticket.room, ticket.member_id)
        done = await self._rooms.carry_out(ticket.room, LeaveRoom(by=ticket.member_id))
        holder = audience.holder(ticket.member_id)
        if isinstance(done, Refusal) or holder is None:
            return
        audience.remove(ticket.member_id, holder)
        holder.end(EndReason.LEFT)

    def move(self, connection: Connection, viewer: Viewer, record: Record) -> None:
        """Show the room from the member's new place or role, and give a ticket that knows it."""
        seat = self._seat(connection)
        room = record.room
        if room is None:
            return
        offer = None
        if not viewer.is_outside and not self._media.peer_id(seat.room, seat.member_id):
            offer = self._media.open_peer(seat.room, seat.member_id)
        sync = Snapshot(revision=record.revision, room=project_room(room, viewer))
        connection.tell(Moved(sync=sync, offer=offer))
        self.renew(connection)

    def renew(self, connection: Connection) -> None:
        """Give the connection a ticket that knows the member's name, place and role of now."""
        seat = self._seat(connection)
        record = self._rooms.record(seat.room)
        if record.room is not None and _person(record.room, seat.member_id) is not None:
            connection.tell(TicketRenewed(ticket=self._ticket(seat)))

    def _refuse_unread(self, connection: Connection, payload: said.FromBrowser | None) -> Refusal | None:
        """Return why a message goes no further, before any room is asked: schema, phase, pace."""
        if payload is None:
            return Refusal(code=RefusalCode.BAD_MESSAGE)
        entering = isinstance(payload, said.Join | said.Resume)
        due = Phase.CONNECTED if entering else Phase.SEATED
        if connection.phase is not due:
            return Refusal(code=RefusalCode.OUT_OF_TURN)
        wait_ms = self._bucket(connection, payload).take(self._clock.mono_ms())
        return Refusal(code=RefusalCode.TOO_FAST, retry_ms=wait_ms) if wait_ms else None

    @singledispatchmethod
    async def _respond(self, message: said.FromBrowser, connection: Connection) -> Answer:
        msg = f"no answer for {type(message).__name__} in {connection.phase}"
        raise TypeError(msg)

    @staticmethod
    def _bucket(connection: Connection, payload: said.FromBrowser) -> Bucket:
        return _BUCKETS.get(type(payload), _ACTION)(connection.paces)

    # --- coming and going -------------------------------------------------------------------

    @_respond.register
    async def _join(self, message: said.Join, connection: Connection) -> Answer:
        slug = RoomSlug(message.room)
        room = self._rooms.open_room(slug)
        if room is None:
            return Refusal(code=RefusalCode.NO_ROOM)
        taken = self._attempts.seat_of(slug, message.attempt)
        if taken is not None and _person(room, taken) is not None:
            # Only the page that drew the attempt knows it: it finds what its first try got.
            command: Command = ResumeSeat(by=taken, name=message.name, role=Role.MEMBER)
            done = await self._rooms.carry_out(slug, command)
            return done if isinstance(done, Refusal) else self._seat_new(connection, Seat(slug, taken))
        if elsewhere := self._send_on(connection, slug):
            return elsewhere
        entry = await self._entrance.entry_of(message)
        if isinstance(entry, Refusal):
            return entry
        member_id = MemberId(secrets.randbelow(MEMBER_ID_MAX) + 1)
        command = JoinRoom(member_id=member_id, name=message.name, role=entry.role, pass_=entry.pass_)
        done = await self._rooms.carry_out(slug, command)
        if isinstance(done, Refusal):
            await entry.undo()
            await self._note_try(slug, done, entry.pass_)
            return done
        self._attempts.note(slug, message.attempt, member_id)
        return self._seat_new(connection, Seat(slug, member_id))

    def _send_on(
        self, connection: Connection, slug: RoomSlug, returning: MemberId = NO_MEMBER
    ) -> Elsewhere | None:
        """Send somebody to the node where their room is, unless that is here, or they were sent on before.

        Whoever still has a transport here stays: it would have to be made anew.
        """
        if not connection.goes_elsewhere or self._rooms.open_room(slug) is None:
            return None
        connection.goes_elsewhere = False
        if returning != NO_MEMBER and self._media.peer_id(slug, returning):
            return None
        url = self._signpost.url_for(slug, returning)
        return Elsewhere(url=url) if url else None

    async def _note_try(self, slug: RoomSlug, refusal: Refusal, pass_: Pass) -> None:
        """Let those who keep order know, in time, that somebody banned tries to come in."""
        if refusal.code is RefusalCode.BANNED:
            await self._rooms.carry_out(slug, NoteTry(pass_=pass_))

    def _seat_new(self, connection: Connection, seat: Seat) -> Answer:
        """From snapshot to audience without a pause, so that no fact falls between them."""
        record = self._rooms.record(seat.room)
        room = record.room
        if room is None or _person(room, seat.member_id) is None:
            return Refusal(code=RefusalCode.WAS_REMOVED)
        viewer = viewer_of(room, seat.member_id)
        if connection.phase is not Phase.CONNECTED:
            return self._late(connection, seat, viewer)
        sync = Snapshot(revision=record.revision, room=project_room(room, viewer))
        ticket, now_ms = self._ticket(seat), self._clock.wall_ms()
        offer = None if viewer.is_outside else self._media.open_peer(seat.room, seat.member_id)
        connection.take_seat(seat)
        self._audiences[seat.room].add(viewer, connection)
        if offer is None:
            return Waits(member_id=seat.member_id, ticket=ticket, sync=sync, now_ms=now_ms)
        return Joined(member_id=seat.member_id, ticket=ticket, sync=sync, offer=offer, now_ms=now_ms)

    def _late(self, connection: Connection, seat: Seat, viewer: Viewer) -> Refusal:
        """The connection ended while its seat was being taken: `lost` will strand the seat."""
        connection.seat = seat
        self._audiences[seat.room].add(viewer, connection)
        return Refusal(code=RefusalCode.OUT_OF_TURN)

    @_respond.register
    async def _resume(self, message: said.Resume, connection: Connection) -> Answer:
        ticket = self._tickets.read_seat(message.ticket, self._clock.wall_ms())
        if ticket is None:
            return Refusal(code=RefusalCode.TICKET_UNUSABLE)
        if elsewhere := self._send_on(connection, ticket.room, ticket.member_id):
            return elsewhere
        command = ResumeSeat(
            by=ticket.member_id,
            name=ticket.name,
            role=ticket.role,
            pass_=ticket.pass_,
            is_guest=ticket.is_guest,
        )
        done = await self._rooms.carry_out(ticket.room, command)
        if isinstance(done, Refusal):
            await self._note_try(ticket.room, done, ticket.pass_)
            return done
        revision = Revision(message.epoch, message.seq)
        sync = await self._sync(ticket.room, revision, ticket.member_id)
        if isinstance(sync, Refusal):
            return sync
        return self._seat_back(connection, Seat(ticket.room, ticket.member_id), sync)

    def _seat_back(self, connection: Connection, seat: Seat, sync: Sync) -> Answer:
        """Let the connection speak for a seat that is still there; nothing may come between."""
        record = self._rooms.record(seat.room)
        person = _person(record.room, seat.member_id) if record.room else None
        if record.room is None or person is None:
            return Refusal(code=RefusalCode.WAS_REMOVED)
        viewer = viewer_of(record.room, seat.member_id)
        if connection.phase is not Phase.CONNECTED:
            return self._late(connection, seat, viewer)
        if isinstance(person, Member) and person.stranded_ms:  # the older connection was found lost meanwhile
            return Refusal(code=RefusalCode.BUSY, retry_ms=1)
        self._rooms.release(seat.room, seat.member_id)
        connection.take_seat(seat)
        self._audiences[seat.room].add(viewer, connection)
        return Resumed(
            member_id=seat.member_id,
            ticket=self._ticket(seat),
            last_n=last_number(record, seat.member_id),
            sync=sync,
            peer_id=self._media.peer_id(seat.room, seat.member_id),
            now_ms=self._clock.wall_ms(),
        )

    @_respond.register
    async def _leave(self, _: said.Leave, connection: Connection) -> Answer:
        seat = self._seat(connection)
        self._rooms.release(seat.room, seat.member_id)
        done = await self._rooms.carry_out(seat.room, LeaveRoom(by=seat.member_id))
        if isinstance(done, Refusal):
            return done
        self._audiences[seat.room].remove(seat.member_id, connection)
        return Accepted(revision=done.revision)

    @_respond.register
    async def _catch_up(self, message: said.CatchUp, connection: Connection) -> Answer:
        seat = self._seat(connection)
        revision = Revision(message.epoch, message.seq)
        sync = await self._sync(seat.room, revision, seat.member_id)
        return sync if isinstance(sync, Refusal) else Synced(sync=sync)

    async def _sync(self, slug: RoomSlug, revision: Revision, member_id: MemberId) -> Sync | Refusal:
        """Return what brings the viewer to exactly where the record stands now."""
        missed = await self._rooms.since(slug, revision)
        record = self._rooms.record(slug)
        now = record.revision
        if record.room is None:  # the meeting ended meanwhile
            return Refusal(code=RefusalCode.NO_ROOM)
        viewer = viewer_of(record.room, member_id)
        if not isinstance(missed, Missing) and not any(
            is_move_of(member_id, commit.fact) for commit in missed
        ):
            reached = missed[-1].seq if missed else revision.seq
            if reached == now.seq:
                seen = tuple(project(commit, viewer) for commit in missed)
                return Commits(epoch=now.epoch, commits=seen)
        return Snapshot(revision=now, room=project_room(record.room, viewer))

    # --- commands with a number -------------------------------------------------------------

    @_respond.register
    async def _numbered(self, message: said.Numbered, connection: Connection) -> Answer:
        seat = self._seat(connection)
        done = await self._orders.carry_out(connection, seat, message)
        if isinstance(done, Refusal):
            return done
        if isinstance(message, said.Rename):
            self.renew(connection)
        return Accepted(revision=done.revision)

    @_respond.register(host.MakeInvite | host.ListInvites | host.RevokeInvite)
    async def _invite(self, message: InviteMessage, connection: Connection) -> Answer:
        return await self._invites.answer(message, self._seat(connection))

    @_respond.register(host.ListSheets | host.SaveSheet | host.RemoveSheet)
    async def _sheet(self, message: SheetMessage, connection: Connection) -> Answer:
        return await self._sheets.answer(message, self._seat(connection))

    @_respond.register(host.SetReachable | host.AskPrivate | host.AnswerPrivate | host.SendPrivate)
    async def _private(self, message: said.FromBrowser, connection: Connection) -> Answer:
        seat = self._seat(connection)
        return await self._relays[seat.room].respond(seat.member_id, message)

    # --- media ------------------------------------------------------------------------------

    @_respond.register
    async def _open_media(self, _: said.OpenMedia, connection: Connection) -> Answer:
        """Open sound for a member; whoever waits at the door has none."""
        seat = self._seat(connection)
        room = self._rooms.room_in_effect(seat.room)
        member = room.members.get(seat.member_id) if room else None
        if room is None or member is None:
            return Refusal(code=RefusalCode.STEPPED_OUT)
        offer = self._media.open_peer(seat.room, seat.member_id)
        self._media.allow_voice(seat.room, seat.member_id, is_heard(room, member))
        return Offered(offer=offer)

    @_respond.register
    async def _restart_media(self, _: said.RestartMedia, connection: Connection) -> Answer:
        seat = self._seat(connection)
        offer = self._media.restart_peer(seat.room, seat.member_id)
        return Offered(offer=offer) if offer else Refusal(code=RefusalCode.NO_PEER)

    @_respond.register
    async def _answer_media(self, message: said.AnswerMedia, connection: Connection) -> Answer:
        seat = self._seat(connection)
        refusal = self._media.accept_answer(seat.room, seat.member_id, message)
        return refusal or Accepted(revision=self._rooms.record(seat.room).revision)

    # --- small things -----------------------------------------------------------------------

    @staticmethod
    def _seat(connection: Connection) -> Seat:
        if connection.seat is None:  # `_refuse_unread` has checked the phase
            raise LookupError
        return connection.seat

    def _ticket(self, seat: Seat) -> str:
        record = self._rooms.record(seat.room)
        person = _person(record.room, seat.member_id) if record.room else None
        if person is None:
            raise LookupError(seat.room)
        ticket = SeatTicket(
            room=seat.room,
            member_id=seat.member_id,
            name=person.name,
            role=person.role if isinstance(person, Member) else Role.MEMBER,
            pass_=record.ledger.passes.get(seat.member_id, Pass()),
            is_guest=isinstance(person, Guest) and seat.member_id not in record.ledger.outside,
        )
        return self._tickets.issue_seat(ticket, self._clock.wall_ms())


def _person(room: Room, member_id: MemberId) -> Member | Guest | None:
    """Return whoever is inside or at the door under this number."""
    member = room.members.get(member_id)
    return member or next((guest for guest in room.guests if guest.member_id == member_id), None)
