"""What the lobby and the schedule say without a program: rooms and meetings go in, words come out. Pure.

Every meeting is shown by the clocks of its own zone, and under its own date. The zone of most of them is
named once, at the top; a meeting of another zone names its own.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Final, NamedTuple

from markupsafe import Markup

from rooms.model import Phase
from server.http.room_cards import SCHEDULE_DAYS, PlannedMeeting, RoomCard
from server.http.said_times import day_words, local_time, time_mark, zone_words
from server.http.words import Words

CLOSED: Final = "closed"
SHORT_WEEK: Final = 10  # a week of as many meetings is shown at once; of more, one day is unfolded

_DASH: Final = Markup(" \N{EN DASH} ")


class OpenCard(NamedTuple):
    """A room that is open: how it stands, and who is there, in words."""

    slug: str
    title: str
    about: str
    phase: Markup
    here: str


class Line(NamedTuple):
    """A meeting to come. `zone` is empty where it is the one that is named at the top."""

    slug: str
    title: str
    about: str
    day: str
    times: Markup
    zone: str


class DayLines(NamedTuple):
    """The meetings of one day."""

    title: str
    how_many: str
    is_open: bool
    lines: tuple[Line, ...]


class ClosedCard(NamedTuple):
    """A room that is closed, with no meeting in the week."""

    slug: str
    title: str
    phase: Markup


class FrontView(NamedTuple):
    """The lobby, from what is on to what is far away; `quiet` says that nothing is on."""

    zone: str
    quiet: Markup | str
    on: tuple[OpenCard, ...]
    always: tuple[OpenCard, ...]
    next: tuple[Line, ...]
    later: tuple[Line, ...]
    days: tuple[DayLines, ...]
    rest: tuple[ClosedCard, ...]


class Front:
    """The rooms and meetings of one moment, in the words of one language."""

    def __init__(
        self, words: Words, cards: Sequence[RoomCard], meetings: Sequence[PlannedMeeting], now_ms: int
    ) -> None:
        """Take the rooms in the operator's order, and the meetings of the week by their start."""
        self._words = words
        self._cards = cards
        self._meetings = meetings
        self._now_ms = now_ms
        zones = Counter(meeting.zone for meeting in meetings)
        self._zone = zones.most_common(1)[0][0] if zones else ""

    def lobby(self) -> FrontView:
        """Return what the lobby shows."""
        on, always = self._open_cards()
        sitting = {(card.slug, card.starts_ms) for card in (*on, *always)}
        coming = [
            one
            for one in self._meetings
            if one.starts_ms > self._now_ms
            and self._days_ahead(one) < SCHEDULE_DAYS
            and (one.slug, one.starts_ms) not in sitting
        ]
        soonest = coming[0].starts_ms if coming else 0
        after = [one for one in coming if one.starts_ms > soonest]
        later = [one for one in after if not self._days_ahead(one)]
        held = {one.slug for one in coming}
        return FrontView(
            zone=self.zone_line(),
            quiet="" if on else self._quiet(coming),
            on=tuple(self._open(card) for card in on),
            always=tuple(self._open(card) for card in always),
            next=tuple(self._line(one) for one in coming if one.starts_ms == soonest),
            later=tuple(self._line(one) for one in later),
            days=self._days([one for one in after if self._days_ahead(one)]),
            rest=tuple(
                ClosedCard(card.slug, card.title, self.phase(card))
                for card in self._cards
                if card.phase == CLOSED and card.slug not in held
            ),
        )

    def week(self) -> tuple[DayLines, ...]:
        """Return every meeting of the week by its days."""
        return self._days([one for one in self._meetings if self._days_ahead(one) < SCHEDULE_DAYS])

    def always(self) -> tuple[OpenCard, ...]:
        """Return the rooms that are open round the clock."""
        return tuple(self._open(card) for card in self._open_cards()[1])

    def zone_line(self) -> str:
        """Return the zone of most meetings in words; empty where there is no meeting."""
        return zone_words(self._words, self._zone, self._now_ms) if self._zone else ""

    def phase(self, card: RoomCard) -> Markup:
        """Say where a room stands."""
        t = self._words.marked
        if card.phase == CLOSED:
            if card.next_starts_ms:
                return t("phase.closed", when=self._when(card.next_starts_ms, card.zone))
            return t("phase.always" if card.is_continuous else "phase.unplanned")
        if card.is_continuous and not card.ends_ms:
            return t("phase.always")
        if card.phase == Phase.DOORS:
            return t("phase.doors", when=self._when(card.starts_ms, card.zone))
        if not card.ends_ms:
            return t("phase.open")
        time = self._time(card.ends_ms, card.zone)
        return t("phase.fellowship" if card.phase == Phase.FELLOWSHIP else "phase.on", time=time)

    def _open_cards(self) -> tuple[list[RoomCard], list[RoomCard]]:
        """Return rooms with a meeting, and those round the clock: first where somebody keeps order."""
        found = sorted(
            (card for card in self._cards if card.phase != CLOSED), key=lambda card: not card.has_host
        )
        return [one for one in found if not one.is_continuous], [one for one in found if one.is_continuous]

    def _open(self, card: RoomCard) -> OpenCard:
        words = self._words
        here = words.t_count("lobby.here", card.members) if card.members else words.t("lobby.nobody")
        host = f" \N{MIDDLE DOT} {words.t('lobby.host')}" if card.has_host else ""
        return OpenCard(card.slug, card.title, card.about, self.phase(card), here + host)

    def _quiet(self, coming: Sequence[PlannedMeeting]) -> Markup | str:
        if not coming:
            return self._words.t("lobby.empty")
        return self._words.marked("lobby.quiet", when=self._when(coming[0].starts_ms, coming[0].zone))

    def _line(self, one: PlannedMeeting) -> Line:
        zone = one.zone
        return Line(
            slug=one.slug,
            title=one.title,
            about=next((card.about for card in self._cards if card.slug == one.slug), ""),
            day=_capital(day_words(self._words, local_time(one.starts_ms, zone).date())),
            times=time_mark(one.starts_ms, zone) + _DASH + time_mark(one.ends_ms, zone),
            zone="" if zone == self._zone else zone_words(self._words, zone, one.starts_ms),
        )

    def _days(self, meetings: Sequence[PlannedMeeting]) -> tuple[DayLines, ...]:
        by_day = sorted(
            ((local_time(one.starts_ms, one.zone).date(), one) for one in meetings), key=lambda pair: pair[0]
        )
        found: list[DayLines] = []
        for day, pairs in groupby(by_day, key=lambda pair: pair[0]):
            lines = tuple(self._line(one) for _, one in pairs)
            found.append(
                DayLines(
                    title=_capital(day_words(self._words, day)),
                    how_many=self._words.t_count("lobby.count", len(lines)),
                    is_open=not found or len(meetings) <= SHORT_WEEK,
                    lines=lines,
                )
            )
        return tuple(found)

    def _when(self, at_ms: int, zone: str) -> Markup:
        """Say when something starts; with its date where that is not today's."""
        zone = zone or "UTC"
        day = local_time(at_ms, zone).date()
        time = self._time(at_ms, zone)
        if day == local_time(self._now_ms, zone).date():
            return self._words.marked("when.today", time=time)
        return self._words.marked("when.day", day=Markup.escape(day_words(self._words, day)), time=time)

    def _time(self, at_ms: int, zone: str) -> Markup:
        zone = zone or "UTC"
        mark = time_mark(at_ms, zone)
        if zone == self._zone:
            return mark
        return mark + Markup(" ({})").format(zone_words(self._words, zone, at_ms))

    def _days_ahead(self, one: PlannedMeeting) -> int:
        """Return how many midnights of the meeting's zone lie between now and then."""
        today = local_time(self._now_ms, one.zone).date()
        return (local_time(one.starts_ms, one.zone).date() - today).days


def _capital(text: str) -> str:
    """Return a text as a heading begins: some languages write days small."""
    return text[:1].upper() + text[1:]
