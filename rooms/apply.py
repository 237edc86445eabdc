"""The only place where a room changes: one function per fact.

Folding `apply` over a log gives the record; folding `change_room` over what a viewer was shown
gives what `rooms.project` shows of that record. Both are tested for every command, and the page's
reducer is tested against the same vectors.
"""

from typing import Final

from rooms import change_floor, change_live, change_members, change_order
from rooms.changing import change_for
from rooms.facts import Commit, RoomClosed, RoomOpened, is_ruling
from rooms.ledger import forget_gone, write_ledger
from rooms.model import Floor, Order, Record, Revision, Room

_NOUNS: Final = (
    change_members,
    change_floor,
    change_order,
    change_live,
)  # importing registers their rules


def apply(record: Record, commit: Commit) -> Record:
    """Return the record after one commit.

    Raises:
        ValueError: if the commit is not the next one, or a meeting's fact precedes its opening.
    """
    if commit.seq != record.revision.seq + 1:
        msg = f"commit {commit.seq} does not follow {record.revision.seq}"
        raise ValueError(msg)
    room = change_room(record.room, commit)
    ledger = write_ledger(record.ledger, commit)
    return Record(
        revision=Revision(record.revision.epoch, commit.seq),
        ruling_seq=commit.seq if is_ruling(commit.fact) else record.ruling_seq,
        room=room,
        ledger=ledger if room is None else forget_gone(ledger, room, commit.fact),
    )


def change_room(room: Room | None, commit: Commit) -> Room | None:
    """Return the room as members see it after one commit; None once the meeting is over.

    Raises:
        ValueError: if no meeting is open and the fact does not open one.
    """
    if isinstance(commit.fact, RoomOpened):
        return _open(commit.fact, commit)
    if room is None:
        msg = "a fact of a meeting came before its opening"
        raise ValueError(msg)
    return None if isinstance(commit.fact, RoomClosed) else change_for(commit.fact, room, commit)


def _open(fact: RoomOpened, commit: Commit) -> Room:
    settings = fact.settings
    return Room(
        slug=fact.slug,
        title=fact.title,
        about=fact.about,
        meeting_id=fact.meeting_id,
        opened_ms=commit.at_ms,
        members={},
        chat=(),
        floor=Floor(mode=settings.floor, limit_ms=settings.limit_ms),
        order=Order(is_locked=settings.is_locked, chat=settings.chat, slow_ms=settings.slow_ms),
        phase=fact.phase,
        starts_ms=fact.starts_ms,
        ends_ms=fact.ends_ms,
        rules=settings.rules,
        bans=fact.bans,
    )
