"""Opens and closes the rooms by their series.

The rule, for each room, once a second, one step at a time:

* Closed, and a sitting is due: it opens in the phase that it is due in, also after a restart in the middle. A
  sitting that was closed, by hosts or because nobody was left, does not open again; the next one does. (A
  restart forgets that.) A room round the clock always opens.
* Doors are open and the start has come: the meeting is on. It is on until the `ends_ms` of the room, then
  comes fellowship, then the room closes at the `ends_ms` that came with it, whoever is there: the page counts
  down to it. 0 is no end. While doors are open, `ends_ms` is already that of the meeting.
* Hosts are never dragged back. Whatever phase and end they set stands; only what lies ahead of it follows
  from the times. A meeting that goes on longer has its whole fellowship afterwards, up to the next doors;
  if it goes on beyond those, the next one waits, and opens in the phase that it is due in then.
* A sitting closes early where nobody has been there for `EMPTY_MS`: in fellowship; after the planned end of a
  meeting that hosts gave none; and where the calendar says that it is not held after all. One that began as
  round the clock, in a room that has meetings by now, closes as soon as nobody is there: whoever has just
  planned a first meeting finds its doors, and not an evening without beginning. None is broken off because
  the calendar has changed.

The rule is `next_step`, which is pure. `Keeper` is the task that carries it out.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from rooms.commands import CloseRoom, OpenRoom, SetPhase
from rooms.facts import Commit
from rooms.ids import RoomSlug
from rooms.model import Phase, Record, Room, RoomSettings
from rooms.refusals import Refusal, RefusalCode
from server.chosen import Chosen, commands_for, with_chosen
from server.logs import log_for
from server.ports import Clock, LogUnavailableError
from server.room_service import RoomService
from server.schedule.plan import FELLOWSHIP_MS, Due, Planned, due, slot_of, slots

TICK_S: Final = 1.0  # a meeting that starts on the minute starts within a second of it
EMPTY_MS: Final = (
    2 * 60_000
)  # a lost connection keeps its seat as long; also time to come back after a restart

_DAY_MS: Final = 24 * 3_600_000

_log = log_for("keeper")


class Seen(NamedTuple):
    """What the keeper remembers of a room from one tick to the next.

    Attributes:
        meeting_id: of the sitting that was seen last.
        starts_ms: when that was planned to start.
        empty_ms: since when nobody is there; 0 while somebody is.
    """

    meeting_id: str = ""
    starts_ms: int = 0
    empty_ms: int = 0


class Opening(NamedTuple):
    """A sitting is to be opened."""

    phase: Phase
    starts_ms: int
    ends_ms: int


Step = Opening | SetPhase | CloseRoom


def next_step(
    seen: Seen, room: Room | None, planned: Sequence[Planned], now_ms: int
) -> tuple[Seen, Step | None]:
    """Return what to do now about one room, if anything, and what to remember of it."""
    state = due(planned, now_ms)
    if room is None:
        return seen, _opening(seen, state)
    seen = _look(seen, room, now_ms)
    if _is_left(seen, room, now_ms) and _may_close(room, planned, state, now_ms):
        return seen, CloseRoom()
    return seen, _move(room, planned, now_ms)


def opened(seen: Seen, step: Opening) -> Seen:
    """Remember a sitting from its opening on: hosts may close it before anybody has looked."""
    return seen._replace(starts_ms=step.starts_ms)


def _opening(seen: Seen, state: Due) -> Opening | None:
    if state.phase is None:
        return None
    if state.slot is None:
        return Opening(state.phase, 0, 0)
    if state.slot.starts_ms == seen.starts_ms:
        return None
    is_over = state.phase is Phase.FELLOWSHIP
    return Opening(state.phase, state.slot.starts_ms, state.slot.closes_ms if is_over else state.slot.ends_ms)


def _look(seen: Seen, room: Room, now_ms: int) -> Seen:
    if room.members or room.guests:
        empty_ms = 0
    else:
        empty_ms = (seen.empty_ms if seen.meeting_id == room.meeting_id else 0) or now_ms
    return Seen(room.meeting_id, room.starts_ms, empty_ms)


def _is_left(seen: Seen, room: Room, now_ms: int) -> bool:
    """Whether nobody will come back: a sitting without a start of its own is nobody's evening."""
    if not seen.empty_ms:
        return False
    return not room.starts_ms or now_ms - seen.empty_ms >= EMPTY_MS


def _may_close(room: Room, planned: Sequence[Planned], state: Due, now_ms: int) -> bool:
    """Whether the sitting, with nobody in it, has no future."""
    if not room.starts_ms:
        return not state.is_continuous
    slot = slot_of(planned, room.starts_ms, now_ms)
    if slot is None or room.phase is Phase.FELLOWSHIP:
        return True
    return not room.ends_ms and now_ms >= slot.ends_ms


def _move(room: Room, planned: Sequence[Planned], now_ms: int) -> Step | None:
    """Return the step ahead that the room's own times ask for."""
    if room.phase is Phase.DOORS and 0 < room.starts_ms <= now_ms:
        return SetPhase(phase=Phase.ON, ends_ms=room.ends_ms)
    if not 0 < room.ends_ms <= now_ms or room.phase is Phase.DOORS:
        return None
    if room.phase is Phase.FELLOWSHIP:
        return CloseRoom()
    closes_ms = _closes_ms(room, planned, now_ms)
    return SetPhase(phase=Phase.FELLOWSHIP, ends_ms=closes_ms) if closes_ms > now_ms else CloseRoom()


def _closes_ms(room: Room, planned: Sequence[Planned], now_ms: int) -> int:
    """Return when fellowship after this meeting, which has just ended, is over."""
    slot = slot_of(planned, room.starts_ms, now_ms)
    length_ms = slot.closes_ms - slot.ends_ms if slot else FELLOWSHIP_MS
    closes_ms = room.ends_ms + length_ms
    for later in slots(planned, now_ms, now_ms + _DAY_MS):
        if later.starts_ms > room.starts_ms:
            return min(closes_ms, later.opens_ms)
    return closes_ms


class Keeper:
    """Carries out the rule for every room of this node. Several nodes may: who is second finds it done."""

    def __init__(
        self,
        rooms: RoomService,
        clock: Clock,
        planned_for: Callable[[RoomSlug], Sequence[Planned]],
        opening_for: Callable[[RoomSlug, RoomSettings | None], OpenRoom | None],
    ) -> None:
        """Take the rooms, and whom to ask about them.

        Args:
            rooms: where commands go.
            clock: wall time, which is what people come by.
            planned_for: the series of a room, as they are now.
            opening_for: the command that opens a room, but for its times, or None where nobody wants the
                room any more. The settings are those that the last sitting on this node was left with, None
                where there was none.
        """
        self._rooms = rooms
        self._clock = clock
        self._planned_for = planned_for
        self._opening_for = opening_for
        self._seen: dict[RoomSlug, Seen] = {}
        self._left: dict[RoomSlug, RoomSettings] = {}
        self._setting = asyncio.Lock()  # so that no room opens between a choice and what it is opened with

    def follow(self) -> None:
        """Learn how sittings are set, so that the next one finds it again; once more for later rooms."""
        for slug in self._rooms.slugs():
            if slug not in self._seen:
                self._seen[slug] = Seen()
                self._rooms.follow(slug, self)

    def __call__(self, record: Record, commits: tuple[Commit, ...]) -> None:
        """Take new commits. See `server.room_service.Follower`."""
        if record.room is not None:
            self._left[record.room.slug] = record.room.settings

    def settings_of(self, slug: RoomSlug) -> RoomSettings | None:
        """Return how a room is set, or was left; None where nothing was open in it on this node."""
        room = self._rooms.open_room(slug)
        return room.settings if room else self._left.get(slug)

    def learn(self, stored: Mapping[RoomSlug, RoomSettings]) -> None:
        """Let closed rooms be held as the store has them, where another node was told so."""
        for slug, settings in stored.items():
            if slug in self._seen and not self.is_open(slug):
                self._left[slug] = settings

    def is_open(self, slug: RoomSlug) -> bool:
        """Whether a meeting is open in the room."""
        return self._rooms.open_room(slug) is not None

    async def settle(self, slug: RoomSlug, chosen: Chosen, kept: RoomSettings) -> bool:
        """Let a room be held as its group chooses: at once where a meeting is open, else at the next.

        Args:
            slug: the room.
            chosen: by the group, from outside of the room.
            kept: how the store has the room, for one where nothing was open on this node.

        Returns:
            False where the log does not answer; the choice may hold in part then, and can be made again.
        """
        async with self._setting:
            room = self._rooms.open_room(slug)
            if room is not None:
                try:
                    outcome = await self._choose(slug, room.settings, chosen)
                except LogUnavailableError:
                    return False
                if outcome is not RefusalCode.NO_ROOM:  # else the meeting ended meanwhile
                    return outcome is None
            self._left[slug] = with_chosen(self._left.get(slug, kept), chosen)
            return True

    async def _choose(self, slug: RoomSlug, before: RoomSettings, chosen: Chosen) -> RefusalCode | None:
        for command in commands_for(before, chosen):
            outcome = await self._rooms.carry_out(slug, command)
            if isinstance(outcome, Refusal):
                return outcome.code
        return None

    async def run(self) -> None:
        """Keep the rooms until cancelled."""
        while True:
            await asyncio.sleep(TICK_S)
            await self.tick()

    async def tick(self) -> None:
        """Do what is due now in every room, one step in each."""
        for slug in self._rooms.slugs():
            try:
                await self._keep(slug)
            except LogUnavailableError:
                _log.warning("not_kept", room=slug)  # the next tick decides again, on what there is then
            await asyncio.sleep(0)  # expanding a new day's dates takes milliseconds: sound goes first

    async def _keep(self, slug: RoomSlug) -> None:
        seen = self._seen.get(slug, Seen())
        room = self._rooms.open_room(slug)
        self._seen[slug], step = next_step(seen, room, self._planned_for(slug), self._clock.wall_ms())
        match step:
            case None:
                return
            case Opening():
                async with self._setting:
                    await self._open(slug, step)
            case SetPhase(phase=phase):
                _log.info("phase", room=slug, phase=phase.value)
                await self._rooms.carry_out(slug, step)
            case CloseRoom():
                _log.info("meeting_closes", room=slug)
                await self._rooms.carry_out(slug, step)

    async def _open(self, slug: RoomSlug, step: Opening) -> None:
        opening = self._opening_for(slug, self._left.get(slug))
        if opening is None:
            return
        _log.info("meeting_opens", room=slug, phase=step.phase.value)
        await self._rooms.carry_out(slug, msgspec.structs.replace(opening, **step._asdict()))
        self._seen[slug] = opened(self._seen[slug], step)
