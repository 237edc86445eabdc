"""What the server says: answers (the one argument of a Socket.IO ack, tagged by `type`) and events.

A browser must tolerate fields that it does not know: they are how the protocol grows.
"""

from enum import StrEnum
from typing import Final

import msgspec

from rooms.facts import Commit
from rooms.ids import MemberId
from rooms.model import Revision, Room
from rooms.refusals import Refusal


class ToBrowser(msgspec.Struct, frozen=True, kw_only=True):
    """The root of everything that the server sends."""


class Offer(ToBrowser, frozen=True, kw_only=True):
    """A media transport that the server offers: `sdp` is the whole text for `setRemoteDescription`."""

    peer_id: str
    sdp: str


class Snapshot(ToBrowser, frozen=True, kw_only=True, tag="snapshot"):
    """Forget what you knew: this is the room at this revision."""

    revision: Revision
    room: Room


class Commits(ToBrowser, frozen=True, kw_only=True, tag="commits"):
    """Apply these in order: they follow what you have. May be empty."""

    epoch: int
    commits: tuple[Commit, ...]


Sync = Snapshot | Commits


class Joined(ToBrowser, frozen=True, kw_only=True, tag="joined"):
    """You have a seat. Keep `ticket` to come back with; `now_ms` is the server's wall clock."""

    member_id: MemberId
    ticket: str
    sync: Snapshot
    offer: Offer
    now_ms: int


class Resumed(ToBrowser, frozen=True, kw_only=True, tag="resumed"):
    """You are back. `last_n` is the last command number of yours that was carried out.

    `has_media` says whether your media transport is still there: keep it, or send `open_media`.
    """

    member_id: MemberId
    ticket: str
    last_n: int
    sync: Sync
    has_media: bool
    now_ms: int


class Synced(ToBrowser, frozen=True, kw_only=True, tag="synced"):
    """The answer to `catch_up`."""

    sync: Sync


class Accepted(ToBrowser, frozen=True, kw_only=True, tag="accepted"):
    """Carried out: the record stood at `revision` afterwards."""

    revision: Revision


class Offered(ToBrowser, frozen=True, kw_only=True, tag="offered"):
    """The answer to `open_media` and `restart_media`."""

    offer: Offer


Answer = Joined | Resumed | Synced | Accepted | Offered | Refusal


class EndReason(StrEnum):
    """Why the server ends a connection."""

    REMOVED = "removed"  # a host took you out
    REPLACED = "replaced"  # your ticket came in on a newer connection
    LEFT = "left"  # you left
    LOST = "lost"  # your seat's grace time ran out
    RESTARTING = "restarting"  # the server stops; come back with your ticket
    FAULT = "fault"  # you broke the protocol


class TurnedAway(StrEnum):
    """Why CONNECT is refused: the `message` of Socket.IO's CONNECT_ERROR."""

    PROTOCOL = "protocol"  # you speak another version: load the page anew
    TOO_MANY = "too_many"  # too many connections from where you are; try again later


class Resync(ToBrowser, frozen=True, kw_only=True):
    """You were too slow and missed facts: send `catch_up` with the revision you have."""

    revision: Revision


class MediaClosed(ToBrowser, frozen=True, kw_only=True):
    """Your media transport is gone on the server: send `open_media` if you still want sound."""

    peer_id: str


class TicketRenewed(ToBrowser, frozen=True, kw_only=True):
    """Come back with this ticket instead of the one you had: it knows your new name."""

    ticket: str


class Ended(ToBrowser, frozen=True, kw_only=True):
    """The connection ends now. `retry_ms` is 0 where coming back is of no use."""

    reason: EndReason
    retry_ms: int


EVENTS: Final[dict[str, type[ToBrowser]]] = {
    "commits": Commits,
    "resync": Resync,
    "media_closed": MediaClosed,
    "ticket_renewed": TicketRenewed,
    "ended": Ended,
}
"""Every event that a browser may get, with the struct of its only argument."""
