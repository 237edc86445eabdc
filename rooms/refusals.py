"""The expected ways to say no: a stable code and the fields that words for people need.

Text for people lives in the page (`web/locales`), never here.
"""

from enum import StrEnum

import msgspec


class RefusalCode(StrEnum):
    """Why a command was not allowed. Codes are part of the protocol: added, never changed."""

    NO_ROOM = "no_room"  # nobody has opened a room under this slug
    ALREADY_OPEN = "already_open"
    ROOM_FULL = "room_full"
    NAME_UNUSABLE = "name_unusable"  # empty, only marks, or made of unseen characters
    NAME_TAKEN = "name_taken"  # `suggestion` holds a free name
    NAME_RESERVED = "name_reserved"  # it claims a role; `suggestion` is it without, or empty
    NOT_A_MEMBER = "not_a_member"  # the actor has no seat
    NO_SUCH_MEMBER = "no_such_member"  # the member acted upon has no seat
    NOT_ALLOWED = "not_allowed"  # the role lacks the ability
    MUTED_BY_HOST = "muted_by_host"
    WAS_REMOVED = "was_removed"
    TICKET_UNUSABLE = "ticket_unusable"  # forged, expired, or of another room
    HIGHER_RANK = "higher_rank"  # the other one's role is not below the own
    LOCKED = "locked"  # nobody new comes in at present
    FROZEN = "frozen"  # only trusted roles are heard and may write
    NO_FLOOR = "no_floor"  # speaking is by call here: raise a hand
    HAND_IS_UP = "hand_is_up"
    NO_HAND = "no_hand"  # that hand is not up
    HAS_FLOOR = "has_floor"  # one who has the floor needs no hand
    NOBODY_WAITS = "nobody_waits"
    NO_SHARE = "no_share"  # nobody shares at present
    OUT_OF_BOUNDS = "out_of_bounds"  # a number is too small or too large
    CHAT_CLOSED = "chat_closed"
    NO_SUCH_LINE = "no_such_line"
    EMPTY_TEXT = "empty_text"
    TEXT_TOO_LONG = "text_too_long"  # after normalising, which may add characters
    TOO_SOON = "too_soon"  # the seat to be ended is not stranded, or was lost anew meanwhile
    TOO_FAST = "too_fast"  # `retry_ms` says when to try again
    BUSY = "busy"  # the log could not take the change; try again
    BAD_MESSAGE = "bad_message"  # the payload broke its schema; `suggestion` is empty
    OUT_OF_TURN = "out_of_turn"  # the message does not fit the session's phase
    NO_PEER = "no_peer"  # media: open a new transport instead
    STALE_OFFER = "stale_offer"  # media: an answer to an offer that is no longer in force
    BANNED = "banned"  # the group has closed its doors to this device; `suggestion` is the reason's code
    STEPPED_OUT = "stepped_out"  # at the door that is not possible
    NO_SUCH_GUEST = "no_such_guest"
    NO_SUCH_BAN = "no_such_ban"
    ON_PROBATION = "on_probation"  # a new device's microphone waits for a call, or for `retry_ms`
    CANNOT_BLOCK = "cannot_block"  # who keeps order must hear everybody, and be heard
    NOT_ASKED = "not_asked"  # nobody asked this member to lead
    NO_SHEET = "no_sheet"
    NO_SUCH_CUE = "no_such_cue"
    NO_SUCH_REPORT = "no_such_report"
    PRIVATE_OFF = "private_off"  # the room has no private messages
    NOT_REACHABLE = "not_reachable"  # the other one takes no private messages
    NOT_AGREED = "not_agreed"  # ask first
    REACTIONS_OFF = "reactions_off"  # the room has no reactions
    BAD_FINGERPRINT = "bad_fingerprint"
    BAD_SETUP = "bad_setup"  # media: only the active role is taken (RFC 8842 section 5.2)


class Refusal(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """An expected no. `retry_ms` is 0 where trying again would not help."""

    code: RefusalCode
    retry_ms: int = 0
    suggestion: str = ""
