"""Live text and reactions: what each fact changes."""

from msgspec.structs import asdict, replace

from rooms.changing import change_for
from rooms.facts import Commit
from rooms.limits import CAPTION_LINES, REACTIONS_MAX, REACTIONS_QUIET_MS
from rooms.live_facts import CaptionErased, CaptionsExpired, CaptionWritten, Reacted
from rooms.model import CaptionLine, Reactions, Room


@change_for.register
def _caption_written(fact: CaptionWritten, room: Room, commit: Commit) -> Room:
    author = room.members.get(fact.member_id)
    if author is None:  # gone while this was written
        return room
    line = CaptionLine(
        member_id=fact.member_id,
        line=fact.line,
        name=author.name,
        text=fact.text,
        is_over=fact.is_over,
        seq=commit.seq,
        at_ms=commit.at_ms,
    )
    return _with_line(room, line)


@change_for.register
def _caption_erased(fact: CaptionErased, room: Room, commit: Commit) -> Room:
    captions = tuple(
        replace(one, text="", is_over=True, is_erased=True, seq=commit.seq, at_ms=commit.at_ms)
        if (one.member_id, one.line) == (fact.member_id, fact.line)
        else one
        for one in room.captions
    )
    return replace(room, captions=captions)


@change_for.register
def _captions_expired(fact: CaptionsExpired, room: Room, _: Commit) -> Room:
    return replace(room, captions=tuple(one for one in room.captions if one.seq > fact.through_seq))


@change_for.register
def _reacted(fact: Reacted, room: Room, commit: Commit) -> Room:
    is_quiet = room.floor.share is None and commit.at_ms - room.reactions.at_ms > REACTIONS_QUIET_MS
    before = Reactions() if is_quiet else room.reactions
    count = min(asdict(before)[fact.kind.value] + 1, REACTIONS_MAX)
    return replace(room, reactions=replace(before, at_ms=commit.at_ms, **{fact.kind.value: count}))


def _with_line(room: Room, line: CaptionLine) -> Room:
    place = next((at for at, one in enumerate(room.captions) if _is_same(one, line)), None)
    if place is None:
        return replace(room, captions=(*room.captions, line)[-CAPTION_LINES:])
    if room.captions[place].is_erased:  # letters that were on their way
        return room
    return replace(room, captions=(*room.captions[:place], line, *room.captions[place + 1 :]))


def _is_same(one: CaptionLine, other: CaptionLine) -> bool:
    return (one.member_id, one.line) == (other.member_id, other.line)
