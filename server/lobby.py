"""What somebody sees before joining: which rooms there are, what is on in them, and what comes next."""

from collections.abc import Iterable
from typing import Final

from rooms.ids import RoomSlug
from rooms.model import Member, Room
from rooms.roles import Ability, may
from server.http.room_cards import PlannedMeeting, RoomCard
from server.ports import Clock
from server.room_service import RoomPlan, RoomService
from server.schedule.calendar_file import Entry, write_calendar
from server.schedule.plan import due, slot_of, slots
from server.schedule.timetable import Timetable

CLOSED: Final = "closed"

_DAY_MS: Final = 24 * 3_600_000


class Lobby:
    """The rooms that the operator wants, by their words; open or not."""

    def __init__(self, rooms: RoomService, timetable: Timetable, clock: Clock) -> None:
        """Show nothing yet."""
        self._rooms = rooms
        self._timetable = timetable
        self._clock = clock
        self._plans: dict[RoomSlug, RoomPlan] = {}

    def show(self, plans: Iterable[RoomPlan]) -> None:
        """Show these rooms alone from now on, in this order, under these words."""
        self._plans = {plan.slug: plan for plan in plans}

    def add(self, plans: Iterable[RoomPlan]) -> None:
        """Show these rooms as well."""
        self._plans |= {plan.slug: plan for plan in plans}

    def plan(self, slug: RoomSlug) -> RoomPlan | None:
        """Return what the operator says of a room."""
        return self._plans.get(slug)

    def cards(self) -> tuple[RoomCard, ...]:
        """Return a card for every room, whether or not a meeting is open in it."""
        now_ms = self._clock.wall_ms()
        return tuple(self._card(plan, now_ms) for plan in self._plans.values())

    def meetings(self, days: int) -> tuple[PlannedMeeting, ...]:
        """Return the meetings that are on now or planned to start within so many days."""
        now_ms = self._clock.wall_ms()
        found = [
            PlannedMeeting(
                slug=plan.slug,
                title=plan.title,
                starts_ms=slot.starts_ms,
                ends_ms=slot.ends_ms,
                zone=slot.zone,
            )
            for plan in self._plans.values()
            for slot in slots(self._timetable.series_of(plan.slug), now_ms, now_ms + days * _DAY_MS)
        ]
        return tuple(sorted(found, key=lambda meeting: meeting.starts_ms))

    def calendar(self, slug: RoomSlug | None, title: str) -> str:
        """Return the meetings of a room as a calendar file, those of every room where none is named.

        Args:
            slug: the room.
            title: what all meetings are called in it; empty: each by its room.
        """
        plans = [plan for plan in self._plans.values() if slug in (None, plan.slug)]
        entries = [Entry(title or plan.title, self._timetable.series_of(plan.slug)) for plan in plans]
        return write_calendar(entries, self._clock.wall_ms())

    def _card(self, plan: RoomPlan, now_ms: int) -> RoomCard:
        series = self._timetable.series_of(plan.slug)
        state = due(series, now_ms)
        held = state.slot or slot_of(series, state.next_starts_ms, now_ms)
        room = self._rooms.open_room(plan.slug)
        present = _present(room)
        return RoomCard(
            slug=plan.slug,
            title=plan.title,
            about=plan.about,
            members=len(present),
            phase=room.phase.value if room else CLOSED,
            starts_ms=room.starts_ms if room else 0,
            ends_ms=room.ends_ms if room else 0,
            next_starts_ms=state.next_starts_ms,
            has_host=any(may(member.role, Ability.KEEP_ORDER) for member in present),
            is_continuous=state.is_continuous,
            zone=held.zone if held else "",
        )


def _present(room: Room | None) -> list[Member]:
    """Return who is there: nobody meets a seat that is only kept."""
    return [member for member in room.members.values() if not member.stranded_ms] if room else []
