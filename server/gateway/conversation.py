"""What each message of a browser does. One method for each; the rules themselves are in `rooms`."""

import secrets
from collections.abc import Mapping
from functools import singledispatchmethod
from typing import Final, Protocol

from rooms.commands import (
    Command,
    JoinRoom,
    LeaveRoom,
    ResumeSeat,
    StrandMember,
)
from rooms.hearing import is_heard
from rooms.ids import MEMBER_ID_MAX, MemberId, RoomSlug
from rooms.model import Revision
from rooms.pace import Bucket
from rooms.project import Viewer, project, project_room
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Role
from server.gateway.attempts import Attempts
from server.gateway.audience import Audience
from server.gateway.connection import NO_MAX, Connection, Seat
from server.logs import log_for
from server.ports import Clock, Missing
from server.room_service import RoomService
from server.tickets import TicketOffice
from signaling import from_browser as said
from signaling.codec import Event
from signaling.intents import command_of
from signaling.session import Phase
from signaling.to_browser import (
    Accepted,
    Answer,
    Commits,
    EndReason,
    Joined,
    Offer,
    Offered,
    Resumed,
    Snapshot,
    Sync,
    Synced,
    TicketRenewed,
)

_DRAWN_BYTES: Final = 12  # of the ids of bans and reports

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

    def has_peer(self, room: RoomSlug, voice_id: int) -> bool:
        """Whether the member has a live transport here."""
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

    def __init__(
        self,
        rooms: RoomService,
        media: MediaDesk,
        tickets: TicketOffice,
        clock: Clock,
        audiences: Mapping[RoomSlug, Audience],
    ) -> None:
        """Take the parts that an answer needs."""
        self._rooms = rooms
        self._media = media
        self._tickets = tickets
        self._clock = clock
        self._audiences = audiences
        self._attempts = Attempts()

    async def carry_out(self, connection: Connection, event: Event) -> None:
        """Answer one event; end a connection that only earns noes."""
        answer: Answer | None = self._refuse_unread(connection, event.payload)
        connection.noes = connection.noes + 1 if answer else 0  # what a room refuses is no fault
        if answer is None:
            answer = await self._respond(event.payload, connection)
        connection.answer(event.ack_id, answer)
        _note(connection.seat, event, answer)
        if connection.noes >= NO_MAX:
            connection.end(EndReason.FAULT)
        elif isinstance(event.payload, said.Leave) and isinstance(answer, Accepted):
            connection.end(EndReason.LEFT)

    async def lost(self, connection: Connection) -> None:
        """The connection is gone: keep the seat for the grace time, unless a newer one holds it."""
        seat = connection.seat
        if seat is None or not self._audiences[seat.room].remove(seat.member_id, connection):
            return
        _log.debug("connection_lost", room=seat.room, member_id=seat.member_id)
        await self._rooms.carry_out(seat.room, StrandMember(member_id=seat.member_id))

    def renew(self, connection: Connection) -> None:
        """Give the connection a ticket that knows the member's name and role of now, if still seated."""
        seat = self._seat(connection)
        room = self._rooms.open_room(seat.room)
        if room is not None and seat.member_id in room.members:
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
        match payload:
            case said.PostChat():
                return connection.paces.chat
            case said.OpenMedia() | said.RestartMedia() | said.AnswerMedia():
                return connection.paces.media
            case _:
                return connection.paces.action

    # --- coming and going -------------------------------------------------------------------

    @_respond.register
    async def _join(self, message: said.Join, connection: Connection) -> Answer:
        slug = RoomSlug(message.room)
        role = Role.MEMBER
        if message.invite:
            invite = self._tickets.read_invite(message.invite, self._clock.wall_ms())
            if invite is None or invite.room != slug:
                return Refusal(code=RefusalCode.TICKET_UNUSABLE)
            role = invite.role
        member_id = MemberId(secrets.randbelow(MEMBER_ID_MAX) + 1)
        command: Command = JoinRoom(member_id=member_id, name=message.name, role=role)
        taken = self._attempts.seat_of(slug, message.attempt)
        room = self._rooms.open_room(slug)
        if taken is not None and room is not None and taken in room.members:
            member_id = taken
            command = ResumeSeat(by=member_id, name=message.name, role=role)
        done = await self._rooms.carry_out(slug, command)
        if isinstance(done, Refusal):
            return done
        self._attempts.note(slug, message.attempt, member_id)
        return self._seat_new(connection, Seat(slug, member_id, self._role(slug, member_id)))

    def _seat_new(self, connection: Connection, seat: Seat) -> Answer:
        """From snapshot to audience without a pause, so that no fact falls between them."""
        if connection.phase is not Phase.CONNECTED:
            return self._late(connection, seat)
        record = self._rooms.record(seat.room)
        if record.room is None or seat.member_id not in record.room.members:
            return Refusal(code=RefusalCode.WAS_REMOVED)
        offer = self._media.open_peer(seat.room, seat.member_id)
        connection.take_seat(seat)
        self._audiences[seat.room].add(seat.member_id, connection)
        return Joined(
            member_id=seat.member_id,
            ticket=self._ticket(seat),
            sync=Snapshot(revision=record.revision, room=project_room(record.room, seat.viewer)),
            offer=offer,
            now_ms=self._clock.wall_ms(),
        )

    def _late(self, connection: Connection, seat: Seat) -> Refusal:
        """The connection ended while its seat was being taken: `lost` will strand the seat."""
        connection.seat = seat
        self._audiences[seat.room].add(seat.member_id, connection)
        return Refusal(code=RefusalCode.OUT_OF_TURN)

    @_respond.register
    async def _resume(self, message: said.Resume, connection: Connection) -> Answer:
        ticket = self._tickets.read_seat(message.ticket, self._clock.wall_ms())
        if ticket is None:
            return Refusal(code=RefusalCode.TICKET_UNUSABLE)
        command = ResumeSeat(by=ticket.member_id, name=ticket.name, role=ticket.role)
        done = await self._rooms.carry_out(ticket.room, command)
        if isinstance(done, Refusal):
            return done
        revision = Revision(message.epoch, message.seq)
        viewer = Viewer(ticket.member_id, self._role(ticket.room, ticket.member_id))
        sync = await self._sync(ticket.room, revision, viewer)
        seat = Seat(ticket.room, ticket.member_id, viewer.role)
        if connection.phase is not Phase.CONNECTED:
            return self._late(connection, seat)
        record = self._rooms.record(seat.room)
        member = record.room.members.get(seat.member_id) if record.room else None
        if member is None:
            return Refusal(code=RefusalCode.WAS_REMOVED)
        if member.stranded_ms:  # the older connection was found lost in the meantime
            return Refusal(code=RefusalCode.BUSY, retry_ms=1)
        connection.take_seat(seat)
        self._audiences[seat.room].add(seat.member_id, connection)
        answered = record.ledger.answered.get(seat.member_id)
        return Resumed(
            member_id=seat.member_id,
            ticket=self._ticket(seat),
            last_n=answered.n if answered else 0,
            sync=sync,
            has_media=self._media.has_peer(seat.room, seat.member_id),
            now_ms=self._clock.wall_ms(),
        )

    @_respond.register
    async def _leave(self, _: said.Leave, connection: Connection) -> Answer:
        seat = self._seat(connection)
        done = await self._rooms.carry_out(seat.room, LeaveRoom(by=seat.member_id))
        if isinstance(done, Refusal):
            return done
        self._audiences[seat.room].remove(seat.member_id, connection)
        return Accepted(revision=done.revision)

    @_respond.register
    async def _catch_up(self, message: said.CatchUp, connection: Connection) -> Answer:
        seat = self._seat(connection)
        revision = Revision(message.epoch, message.seq)
        return Synced(sync=await self._sync(seat.room, revision, seat.viewer))

    async def _sync(self, slug: RoomSlug, revision: Revision, viewer: Viewer) -> Sync:
        """Return what brings the viewer to exactly where the record stands now."""
        missed = await self._rooms.since(slug, revision)
        record = self._rooms.record(slug)
        now = record.revision
        if not isinstance(missed, Missing):
            reached = missed[-1].seq if missed else revision.seq
            if reached == now.seq:
                seen = tuple(project(commit, viewer) for commit in missed)
                return Commits(epoch=now.epoch, commits=seen)
        if record.room is None:
            raise LookupError(slug)
        return Snapshot(revision=now, room=project_room(record.room, viewer))

    # --- commands with a number -------------------------------------------------------------

    @_respond.register
    async def _numbered(self, message: said.Numbered, connection: Connection) -> Answer:
        seat = self._seat(connection)
        command = command_of(message, seat.member_id, secrets.token_urlsafe(_DRAWN_BYTES))
        done = await self._rooms.carry_out(seat.room, command, seat.member_id, message.n)
        if isinstance(done, Refusal):
            return done
        if isinstance(message, said.Rename):
            self.renew(connection)
        return Accepted(revision=done.revision)

    # --- media ------------------------------------------------------------------------------

    @_respond.register
    async def _open_media(self, _: said.OpenMedia, connection: Connection) -> Answer:
        seat = self._seat(connection)
        offer = self._media.open_peer(seat.room, seat.member_id)
        room = self._rooms.open_room(seat.room)
        member = room.members.get(seat.member_id) if room else None
        heard = room is not None and member is not None and is_heard(room, member)
        self._media.allow_voice(seat.room, seat.member_id, heard)
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

    def _role(self, slug: RoomSlug, member_id: MemberId) -> Role:
        room = self._rooms.open_room(slug)
        member = room.members.get(member_id) if room else None
        return member.role if member else Role.MEMBER

    def _ticket(self, seat: Seat) -> str:
        room = self._rooms.open_room(seat.room)
        if room is None:
            raise LookupError(seat.room)
        name = room.members[seat.member_id].name
        now_ms = self._clock.wall_ms()
        return self._tickets.issue_seat(seat.room, seat.member_id, name, seat.role, now_ms)
