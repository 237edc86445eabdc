"""What a browser may say: one struct for each event, unknown fields refused, every length bounded.

The Socket.IO event name chooses the struct; the payload is the event's only argument. `n` is the
member's own running number (1, 2, 3, ...): a retry carries the same `n` and is answered, not
carried out twice.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from rooms.ids import MEMBER_ID_MAX, SLUG_PATTERN
from rooms.limits import (
    CAPTION_MAX_CHARS,
    CHAT_MAX_CHARS,
    COMMAND_NUMBER_MAX,
    DOOR_TEXT_MAX_CHARS,
    HANDS_MAX,
    NAME_MAX_CHARS,
    SHARE_LIMIT_MAX_MS,
    SHARE_TEXT_MAX_CHARS,
    SLOW_MAX_MS,
    SLUG_MAX_CHARS,
)
from rooms.model import ChatMode, FloorMode, Lane, Reaction
from rooms.roles import Role

TICKET_MAX_CHARS: Final = 1_024
ATTEMPT_PATTERN: Final = "^([A-Za-z0-9_-]{22,})?$"  # 128 bits of chance at least, or nothing

ITEM_PATTERN: Final = "^[A-Za-z0-9_-]+$"
DEVICE_PATTERN: Final = "^([A-Za-z0-9_-]{22})?$"  # 128 bits in base64url, or nothing

Slug = Annotated[str, Meta(min_length=1, max_length=SLUG_MAX_CHARS, pattern=SLUG_PATTERN)]
Name = Annotated[str, Meta(min_length=1, max_length=4 * NAME_MAX_CHARS)]  # before normalising
TicketText = Annotated[str, Meta(min_length=1, max_length=TICKET_MAX_CHARS)]
CommandNumber = Annotated[int, Meta(ge=1, le=COMMAND_NUMBER_MAX)]
Seq = Annotated[int, Meta(ge=0, le=COMMAND_NUMBER_MAX)]
OtherMember = Annotated[int, Meta(ge=1, le=MEMBER_ID_MAX)]
ChatText = Annotated[str, Meta(min_length=1, max_length=CHAT_MAX_CHARS)]
DeviceToken = Annotated[str, Meta(max_length=22, pattern=DEVICE_PATTERN)]
ItemId = Annotated[str, Meta(min_length=1, max_length=64, pattern=ITEM_PATTERN)]
DoorText = Annotated[str, Meta(min_length=1, max_length=DOOR_TEXT_MAX_CHARS)]
EndsMs = Annotated[int, Meta(ge=0, le=COMMAND_NUMBER_MAX)]
PeerId = Annotated[str, Meta(min_length=1, max_length=64)]


class FromBrowser(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The root of everything that a browser sends."""


class Numbered(FromBrowser, frozen=True, kw_only=True):
    """The root of a member's commands. `n` is the member's own running number."""

    n: CommandNumber


class Join(FromBrowser, frozen=True, kw_only=True):
    """Take a seat. Answered by `Joined`, or by `Waits` where a host looks first.

    `invite` is a host's ticket, or an invite's secret, from a link, or empty. `device` is the browser's
    own random token, made by itself and kept by itself; `card` is what the last good visit in this room
    gave. Without them the person is new here.

    `attempt` is a random text that stays the same while the same join is tried again: where only the
    answer was lost, the retry finds the seat that is already taken. Empty: every join is a new one.
    """

    room: Slug
    name: Name
    invite: Annotated[str, Meta(max_length=TICKET_MAX_CHARS)] = ""
    attempt: Annotated[str, Meta(max_length=64, pattern=ATTEMPT_PATTERN)] = ""
    device: DeviceToken = ""
    card: Annotated[str, Meta(max_length=TICKET_MAX_CHARS)] = ""


class Resume(FromBrowser, frozen=True, kw_only=True):
    """Come back with a ticket and the last revision applied (0, 0 for none). Answered by `Resumed`."""

    ticket: TicketText
    epoch: Seq
    seq: Seq


class Leave(FromBrowser, frozen=True, kw_only=True):
    """Give up the seat. Answered by `Accepted`; then the server closes the connection."""


class CatchUp(FromBrowser, frozen=True, kw_only=True):
    """Ask for what came after a revision. Answered by `Synced`."""

    epoch: Seq
    seq: Seq


class Rename(Numbered, frozen=True, kw_only=True):
    """Take another name."""

    name: Name


class SetMicrophone(Numbered, frozen=True, kw_only=True):
    """Say that the own microphone is now on or off. The server forwards nothing while it is off."""

    on: bool


class PostChat(Numbered, frozen=True, kw_only=True):
    """Write a line of chat."""

    text: ChatText


class RetractChat(Numbered, frozen=True, kw_only=True):
    """Take back an own line."""

    seq: Seq


class MuteMember(Numbered, frozen=True, kw_only=True):
    """Hosts: close a member's microphone."""

    member_id: OtherMember


class LiftMute(Numbered, frozen=True, kw_only=True):
    """Hosts: let a member open the microphone again."""

    member_id: OtherMember


class RemoveMember(Numbered, frozen=True, kw_only=True):
    """Hosts: take a member out of the meeting."""

    member_id: OtherMember


class RaiseHand(Numbered, frozen=True, kw_only=True):
    """Ask for a turn."""

    lane: Lane


class LowerHand(Numbered, frozen=True, kw_only=True):
    """Take down the own hand, or as somebody who runs the floor another's."""

    member_id: OtherMember


class LowerAllHands(Numbered, frozen=True, kw_only=True):
    """Take down every hand."""


class MoveHand(Numbered, frozen=True, kw_only=True):
    """Put a hand at another place of the queue, 0 being next."""

    member_id: OtherMember
    place: Annotated[int, Meta(ge=0, le=HANDS_MAX)]


class GiveFloor(Numbered, frozen=True, kw_only=True):
    """Call a member to share."""

    member_id: OtherMember


class CallNext(Numbered, frozen=True, kw_only=True):
    """Thank whoever shares and call the next."""


class EndShare(Numbered, frozen=True, kw_only=True):
    """End the share that goes on. `passed`: there was no turn."""

    passed: bool


class AddTime(Numbered, frozen=True, kw_only=True):
    """Give the share that goes on more time."""

    more_ms: Annotated[int, Meta(ge=1, le=SHARE_LIMIT_MAX_MS)]


class WriteShare(Numbered, frozen=True, kw_only=True):
    """Share in writing: the whole text so far, empty where it was taken back."""

    text: Annotated[str, Meta(max_length=SHARE_TEXT_MAX_CHARS)]


class WriteCaption(Numbered, frozen=True, kw_only=True):
    """Captioners: the whole of one line of live text so far; `line` is the own number of it."""

    line: Annotated[int, Meta(ge=1, le=COMMAND_NUMBER_MAX)]
    text: Annotated[str, Meta(max_length=CAPTION_MAX_CHARS)]
    is_over: bool


class EraseCaption(Numbered, frozen=True, kw_only=True):
    """Erase a line of live text: an own one, or as a host anybody's."""

    member_id: OtherMember
    line: Annotated[int, Meta(ge=1, le=COMMAND_NUMBER_MAX)]


class React(Numbered, frozen=True, kw_only=True):
    """Give a silent sign. Nobody is shown whose it is."""

    kind: Reaction


class SetFloor(Numbered, frozen=True, kw_only=True):
    """Choose how turns are taken; `limit_ms` 0 is no limit."""

    mode: FloorMode
    limit_ms: Annotated[int, Meta(ge=0, le=SHARE_LIMIT_MAX_MS)]


class SetChat(Numbered, frozen=True, kw_only=True):
    """Choose who may write, and how often."""

    mode: ChatMode
    slow_ms: Annotated[int, Meta(ge=0, le=SLOW_MAX_MS)]


class EraseLine(Numbered, frozen=True, kw_only=True):
    """Erase anybody's line, everywhere."""

    seq: Seq


class SetLock(Numbered, frozen=True, kw_only=True):
    """Lock the room, or open it again."""

    on: bool


class SetFreeze(Numbered, frozen=True, kw_only=True):
    """Freeze the room, or let it go on."""

    on: bool


class MuteAll(Numbered, frozen=True, kw_only=True):
    """Close every microphone but those of trusted roles and of whoever has the floor."""


class GiveRole(Numbered, frozen=True, kw_only=True):
    """Trust a member with a role for this meeting."""

    member_id: OtherMember
    role: Role


class OpenMedia(FromBrowser, frozen=True, kw_only=True):
    """Ask for a new media transport; an older one of this member is closed. Answered by `Offered`."""


class RestartMedia(FromBrowser, frozen=True, kw_only=True):
    """Ask for an ICE restart of the transport there is (RFC 8445 section 9). Answered by `Offered`."""


class Fingerprint(FromBrowser, frozen=True, kw_only=True):
    """The hash of the browser's DTLS certificate (RFC 8122 section 5)."""

    algorithm: Annotated[str, Meta(max_length=16)]
    value: Annotated[str, Meta(max_length=191)]  # SHA-512 in hexadecimal with colons


class AnswerMedia(FromBrowser, frozen=True, kw_only=True):
    """Accept an offer: the fingerprint and the DTLS role, which must be "active". Answered by `Accepted`."""

    peer_id: PeerId
    fingerprints: Annotated[tuple[Fingerprint, ...], Meta(min_length=1, max_length=4)]
    setup: Annotated[str, Meta(max_length=16)]
