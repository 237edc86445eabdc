"""Committed changes of what is read along, and reactions; `rooms.facts` has the others and the union."""

import msgspec

from rooms.ids import MemberId
from rooms.model import Reaction


class CaptionWritten(msgspec.Struct, frozen=True, kw_only=True, tag="caption_written"):
    """The whole of one line of live text, so far. Of no effect on a line that was erased.

    The author's name is that of the seat: this comes a few times a second and is kept small.
    """

    member_id: MemberId
    line: int
    text: str
    is_over: bool


class CaptionErased(msgspec.Struct, frozen=True, kw_only=True, tag="caption_erased"):
    """A line of live text was erased: its text is gone everywhere."""

    member_id: MemberId
    line: int
    by: MemberId


class CaptionsExpired(msgspec.Struct, frozen=True, kw_only=True, tag="captions_expired"):
    """Every line of live text that was changed last by this seq or before it is forgotten."""

    through_seq: int


class Reacted(msgspec.Struct, frozen=True, kw_only=True, tag="reacted"):
    """Somebody gave a sign. Who it was is in the commit, and that is shown to nobody else."""

    kind: Reaction


class ReadingMarked(msgspec.Struct, frozen=True, kw_only=True, tag="reading_marked"):
    """The reading is at this line; nothing where no reading is shown."""

    line: int


LiveFact = CaptionWritten | CaptionErased | CaptionsExpired | Reacted | ReadingMarked
