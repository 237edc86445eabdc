"""What a log may go on holding of words that are no longer shown: their place, not the words.

A log forgets at every commit, and a meeting that is over as a whole; see `server.bus.memory`.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from rooms.facts import (
    ChatExpired,
    ChatPosted,
    ChatRetracted,
    Commit,
    Fact,
    GuestArrived,
    GuestLeft,
    GuestTold,
    HeldDropped,
    LineErased,
    LineHeld,
    MemberJoined,
    MemberLeft,
    MemberRemoved,
    MemberRenamed,
    MemberSteppedOut,
    ReadingShown,
    ReportMade,
    ReportSettled,
    ShareWritten,
)
from rooms.ids import MemberId
from rooms.live_facts import CaptionErased, CaptionsExpired, CaptionWritten
from rooms.model import Room

_OF_CAPTIONS: Final = CaptionWritten | CaptionErased | CaptionsExpired
_OF_LINES: Final = ChatPosted | ChatRetracted | ChatExpired | LineErased | LineHeld | HeldDropped


def withdrawn_lines(before: Room, after: Room, commit: Commit) -> frozenset[int]:
    """Return the seqs of the lines whose words this commit took away: of chat, of those held, of live text.

    A commit takes words away by taking a line back, by expiry, by letting a held line through or
    dropping it, by writing a line of live text on, or by pushing the oldest line out of the window.
    """
    if isinstance(commit.fact, _OF_CAPTIONS):
        return _withdrawn_captions(before, after, commit)
    if not isinstance(commit.fact, _OF_LINES):
        return frozenset()
    shown = {line.seq for line in (*after.chat, *after.held) if not line.retracted}
    return frozenset(line.seq for line in (*before.chat, *before.held) if line.seq not in shown)


def _withdrawn_captions(before: Room, after: Room, commit: Commit) -> frozenset[int]:
    """Return which groups of letters are no longer the newest of a line, or came too late."""
    shown = {one.seq for one in after.captions}
    written = {one.seq for one in before.captions if not one.is_erased}
    return frozenset((written | ({commit.seq} if isinstance(commit.fact, CaptionWritten) else set())) - shown)


def withdrawn_words(before: Room, after: Room, commit: Commit, kept: Iterable[Commit]) -> frozenset[int]:
    """Return which of the commits that a log keeps hold other words that this commit took away.

    Those are what was told at the door once the guest is gone or in, earlier names of a member who is
    gone, a report once it is settled, a reading once another has taken its place; and of each what was
    pushed out by newer ones. `kept` is in order and ends with this commit.
    """
    found: frozenset[int] = frozenset()
    match commit.fact:
        case GuestTold(member_id=who) | GuestLeft(member_id=who):
            found = _told(after, who, kept)
        case GuestArrived(guest=one) | MemberJoined(member=one):
            if any(guest.member_id == one.member_id for guest in before.guests):
                found = _told(after, one.member_id, kept)
        case MemberRenamed(member_id=who) | MemberLeft(member_id=who) | MemberRemoved(member_id=who):
            found = _names_before(after, who, kept)
        case MemberSteppedOut(guest=guest):
            found = _names_before(after, guest.member_id, kept)
        case ReportMade() | ReportSettled():
            found = _reported(after, kept)
        case ReadingShown():
            found = frozenset(old.seq for old in kept if isinstance(old.fact, ReadingShown)) - {commit.seq}
        case _:
            pass
    return found


def loses_words(before: Room, after: Room, commit: Commit) -> bool:
    """Whether this commit took away words that `withdrawn_words` finds by the commit which brought them.

    Where that commit is kept no longer, they are still in records of before.
    """
    return not _other_words(before, commit.fact) <= _other_words(after, commit.fact)


def _other_words(room: Room, fact: Fact) -> frozenset[object]:
    """Return what a room holds of words that are no lines, as far as a fact like this may take some away."""
    match fact:
        case GuestTold(member_id=who) | GuestLeft(member_id=who):
            words: Iterable[object] = _told_to(room, who)
        case GuestArrived(guest=one) | MemberJoined(member=one):
            words = _told_to(room, one.member_id)
        case MemberRenamed(member_id=who) | MemberLeft(member_id=who) | MemberRemoved(member_id=who):
            words = _was(room, who)
        case MemberSteppedOut(guest=guest):
            words = _was(room, guest.member_id)
        case ReportMade() | ReportSettled():
            words = (report.report_id for report in room.reports)
        case ReadingShown():
            words = [(room.reading.title, room.reading.text)] if room.reading else []
        case _:
            words = ()
    return frozenset(words)


def _told_to(room: Room, who: MemberId) -> list[object]:
    return [line for guest in room.guests if guest.member_id == who for line in guest.lines]


def _was(room: Room, who: MemberId) -> tuple[str, ...]:
    seat = room.members.get(who)
    return seat.was if seat else ()


def _reported(after: Room, kept: Iterable[Commit]) -> frozenset[int]:
    shown = {report.report_id for report in after.reports}
    return frozenset(
        old.seq for old in kept if isinstance(old.fact, ReportMade) and old.fact.report.report_id not in shown
    )


def _told(after: Room, who: MemberId, kept: Iterable[Commit]) -> frozenset[int]:
    shown = sum(len(guest.lines) for guest in after.guests if guest.member_id == who)
    told = [old.seq for old in kept if isinstance(old.fact, GuestTold) and old.fact.member_id == who]
    return _all_but(told, shown)


def _names_before(after: Room, who: MemberId, kept: Iterable[Commit]) -> frozenset[int]:
    seat = after.members.get(who)
    renamed = [
        old.seq
        for old in kept
        if isinstance(old.fact, MemberRenamed) and old.fact.member_id == who and old.fact.was
    ]
    return _all_but(renamed, len(seat.was) if seat else 0)


def _all_but(seqs: Sequence[int], newest: int) -> frozenset[int]:
    return frozenset(seqs[: max(0, len(seqs) - newest)])


def shown_share(after: Room, commit: Commit, shown_seq: int) -> int:
    """Return the seq of the commit whose words of a share in writing are shown now, 0 for none.

    `shown_seq` is what this returned for the commit before. Where it changes, the words of that
    older commit are withdrawn: newer ones took their place, or the share is over.
    """
    share = after.floor.share
    if share is None or not share.text:
        return 0
    fact = commit.fact
    is_newer = isinstance(fact, ShareWritten) and fact.member_id == share.member_id
    return commit.seq if is_newer else shown_seq


def without_words(commit: Commit, room: Room) -> Commit:
    """Return the commit of withdrawn words as late readers may have it.

    Applied in its place it still leads to the same room: a line that was taken back keeps its
    author's name, one that is gone keeps nothing; of everything else the words are gone.
    """
    fact = commit.fact
    match fact:
        case ShareWritten() | GuestTold() | CaptionWritten():
            bare: Fact = replace(fact, text="")
        case ChatPosted() | LineHeld():
            is_shown = any(line.seq == commit.seq for line in room.chat)
            bare = replace(fact, text="", name=fact.name if is_shown else "")
        case MemberRenamed():
            bare = replace(fact, was="")
        case ReportMade():
            bare = replace(fact, report=replace(fact.report, words=""))
        case ReadingShown():
            bare = replace(fact, title="", text="")
        case _:
            return commit
    return replace(commit, fact=bare)
