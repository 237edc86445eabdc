"""What the server says: answers (the one argument of a Socket.IO ack, tagged by `type`) and events.

A browser must tolerate fields that it does not know: they are how the protocol grows.
"""

from enum import StrEnum
from typing import Final

import msgspec

from rooms.facts import Commit
from rooms.ids import MemberId
from rooms.model import Cue, Revision, Room
from rooms.refusals import Refusal
from rooms.roles import Role


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


class Waits(ToBrowser, frozen=True, kw_only=True, tag="waits"):
    """You wait at the door: a host looks first. Keep `ticket`; `moved` tells that you were let in.

    The room is shown as from outside: you are the last of `guests`, behind nameless ones who came before.
    """

    member_id: MemberId
    ticket: str
    sync: Snapshot
    now_ms: int


class Resumed(ToBrowser, frozen=True, kw_only=True, tag="resumed"):
    """You are back. `last_n` is the last command number of yours that was carried out.

    `peer_id` names the media transport that the server has of yours, empty: none. Is it yours, keep it; else
    send `open_media`: it may be one that you left, on a node to which you come back.
    """

    member_id: MemberId
    ticket: str
    last_n: int
    sync: Sync
    peer_id: str
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


class Invited(ToBrowser, frozen=True, kw_only=True, tag="invited"):
    """The answer to `make_invite`: put `secret` behind the `#invite=` of the room's address. Shown once."""

    invite_id: str
    secret: str
    until_ms: int


class InviteShown(ToBrowser, frozen=True, kw_only=True):
    """An invite as hosts see it. `parent_id` is the one that it grew from, or empty."""

    invite_id: str
    parent_id: str
    role: Role
    uses: int
    uses_max: int
    until_ms: int
    is_revoked: bool
    is_paused: bool


class Invites(ToBrowser, frozen=True, kw_only=True, tag="invites"):
    """The answer to `list_invites`: newest first."""

    invites: tuple[InviteShown, ...]


class SavedSheet(ToBrowser, frozen=True, kw_only=True):
    """A run-sheet that the group keeps. It names nobody: who has the floor at a cue is chosen in the room."""

    sheet_id: str
    title: str
    cues: tuple[Cue, ...]


class Sheets(ToBrowser, frozen=True, kw_only=True, tag="sheets"):
    """The answer to `list_sheets`: by title."""

    sheets: tuple[SavedSheet, ...]


class Elsewhere(ToBrowser, frozen=True, kw_only=True, tag="elsewhere"):
    """Ask the same at another node, where the room is: the answer to `join` and `resume` of one who knows it.

    `url` is an origin such as `https://n2.meet.example`. Nothing has happened yet. Where that node does not
    take you soon, ask again at the address of the page, and do not go elsewhere a second time.
    """

    url: str


Answer = (
    Elsewhere | Joined | Waits | Resumed | Synced | Accepted | Offered | Invited | Invites | Sheets | Refusal
)


class EndReason(StrEnum):
    """Why the server ends a connection."""

    REMOVED = "removed"  # a host took you out
    REPLACED = "replaced"  # your ticket came in on a newer connection
    LEFT = "left"  # you left
    LOST = "lost"  # your seat's grace time ran out
    RESTARTING = "restarting"  # the server stops; come back with your ticket
    FAULT = "fault"  # you broke the protocol
    BANNED = "banned"  # a host closed the group's doors to you
    TURNED_AWAY = "turned_away"  # a host did not let you in
    CLOSED = "closed"  # the meeting is over


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


class Moved(ToBrowser, frozen=True, kw_only=True):
    """Your place changed: let in, sent back to the door, or trusted with another role.

    Forget what you knew of the room and take `sync`. With `offer` there is sound to open; without it
    keep the transport you have, unless you are at the door, where there is none.
    """

    sync: Snapshot
    offer: Offer | None = None


class Move(ToBrowser, frozen=True, kw_only=True):
    """This node is about to stop. Come to another one before you leave it: nobody need hear of it.

    Open a new connection at `url`, an origin such as `https://n2.meet.example`, or where that is empty at the
    address of the page; `resume` there with your ticket, open a new media transport, and close the old
    connection and transport once the new ones work. After `within_ms` the old ones end.
    """

    url: str
    within_ms: int


class Reach(ToBrowser, frozen=True, kw_only=True):
    """Whether your node reaches the others, told when that has changed.

    While it does not, voices of members elsewhere are missing, and commands are refused with `busy`.
    """

    is_whole: bool


class CardGiven(ToBrowser, frozen=True, kw_only=True):
    """Keep this under the room's slug and show it at the next `join`: it says that you were here before."""

    card: str


class PrivateAsked(ToBrowser, frozen=True, kw_only=True):
    """Somebody asks to write to you privately."""

    member_id: MemberId


class PrivateAnswered(ToBrowser, frozen=True, kw_only=True):
    """Whom you asked agrees; or one of you has ended it."""

    member_id: MemberId
    yes: bool


class PrivateLine(ToBrowser, frozen=True, kw_only=True):
    """A private line to you. It is kept nowhere but here."""

    member_id: MemberId
    text: str
    sent_ms: int


class Ended(ToBrowser, frozen=True, kw_only=True):
    """The connection ends now. `retry_ms` is 0 where coming back is of no use.

    For `banned`, `why` is the code of the ban's reason and `until_ms` its end.
    """

    reason: EndReason
    retry_ms: int
    why: str = ""
    until_ms: int = 0


EVENTS: Final[dict[str, type[ToBrowser]]] = {
    "commits": Commits,
    "resync": Resync,
    "media_closed": MediaClosed,
    "ticket_renewed": TicketRenewed,
    "moved": Moved,
    "move": Move,
    "reach": Reach,
    "card_given": CardGiven,
    "private_asked": PrivateAsked,
    "private_answered": PrivateAnswered,
    "private_line": PrivateLine,
    "ended": Ended,
}
"""Every event that a browser may get, with the struct of its only argument."""
