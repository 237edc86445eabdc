"""Gives browsers the card that says "was here before": the server itself keeps nothing about a visit."""

from collections.abc import Mapping
from typing import Final

from rooms.ids import MemberId, RoomSlug
from rooms.model import Member, Room
from server.gateway.audience import Audience
from server.group_ports import GroupSlug
from server.groups import GroupBook
from server.ports import Clock
from server.room_service import RoomService
from server.tickets import TicketOffice
from signaling.to_browser import CardGiven

AFTER_MS: Final = 600_000  # in the room; long enough that nobody makes known devices in passing


class Cards:
    """One for each node: `give` is called now and then."""

    def __init__(self, rooms: RoomService, tickets: TicketOffice, book: GroupBook, clock: Clock) -> None:
        """Take the parts."""
        self._rooms = rooms
        self._tickets = tickets
        self._book = book
        self._clock = clock
        self._given: set[tuple[str, MemberId]] = set()

    def give(self, audiences: Mapping[RoomSlug, Audience]) -> None:
        """Give a card to everybody who has been here for a while, in good standing, once in a sitting."""
        now_ms = self._clock.wall_ms()
        present: set[tuple[str, MemberId]] = set()
        for slug, audience in audiences.items():
            record = self._rooms.record(slug)
            if record.room is None:
                continue
            for member_id, member in record.room.members.items():
                key = (record.room.meeting_id, member_id)
                present.add(key)
                pass_ = record.ledger.passes.get(member_id)
                if key in self._given or pass_ is None or not pass_.device:
                    continue
                if pass_.is_known or _is_in_good_standing(record.room, member, now_ms):
                    self._give(self._book.group_of(slug), pass_.device, audience, member_id, now_ms)
                    self._given.add(key)
        self._given &= present

    def _give(
        self, group: GroupSlug, device: str, audience: Audience, member_id: MemberId, now_ms: int
    ) -> None:
        holder = audience.holder(member_id)
        if holder is not None:
            holder.tell(CardGiven(card=self._tickets.issue_card(group, device, now_ms)))


def _is_in_good_standing(room: Room, member: Member, now_ms: int) -> bool:
    is_in_burst = member.member_id in room.burst
    is_reported = any(report.member_id == member.member_id for report in room.reports)
    stayed = now_ms - member.joined_ms >= AFTER_MS
    return stayed and not (is_in_burst or is_reported or member.mutes.by_host or room.order.is_frozen)
