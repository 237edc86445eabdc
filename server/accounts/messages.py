"""What the page of hosts asks and is answered, as JSON. Bytes travel in base64 (RFC 4648 section 4).

An expected "no" is an answer as well, `Refused`; only what breaks these shapes is an error of HTTP.
"""

from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

from rooms.limits import SLUG_MAX_CHARS
from server.account_ports import LABEL_MAX_CHARS
from server.accounts.challenges import CHALLENGE_BYTES
from server.accounts.opaque import SECRET_CHARS
from server.accounts.recovery_codes import CODE_MAX_CHARS

CREDENTIAL_ID_MAX_BYTES: Final = 1_023  # Web Authentication, section 4, "credential ID"
_PART_MAX_BYTES: Final = 4_096  # an attestation without its certificates has a few hundred

_Secret = Annotated[str, Meta(max_length=SECRET_CHARS)]
_Challenge = Annotated[bytes, Meta(min_length=CHALLENGE_BYTES, max_length=CHALLENGE_BYTES)]
_CredentialId = Annotated[bytes, Meta(min_length=1, max_length=CREDENTIAL_ID_MAX_BYTES)]
_Part = Annotated[bytes, Meta(max_length=_PART_MAX_BYTES)]
_Transports = Annotated[tuple[Annotated[str, Meta(pattern="^[a-z-]{1,20}$")], ...], Meta(max_length=5)]
_Label = Annotated[str, Meta(max_length=LABEL_MAX_CHARS)]
_Room = Annotated[str, Meta(max_length=SLUG_MAX_CHARS)]


class HostRefusal(StrEnum):
    """Why not. Each has words on the page."""

    NOT_SIGNED_IN = "not_signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"  # the same for every reason, so that nobody learns who has an account
    ENROLMENT_UNUSABLE = "enrolment_unusable"
    PASSKEY_UNUSABLE = "passkey_unusable"
    TOO_MANY_PASSKEYS = "too_many_passkeys"
    LAST_PASSKEY = "last_passkey"
    NO_PASSKEYS_HERE = "no_passkeys_here"  # the address is a number, for which no passkey can be made
    NOT_SERVING = "not_serving"
    TOO_FAST = "too_fast"
    STORE_AWAY = "store_away"


class Ask(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asks without saying anything more."""


class MadeCredential(Ask, frozen=True, kw_only=True):
    """What `navigator.credentials.create` gave."""

    credential_id: _CredentialId
    client_data: _Part
    attestation: _Part
    transports: _Transports = ()


class UsedCredential(Ask, frozen=True, kw_only=True):
    """What `navigator.credentials.get` gave."""

    credential_id: _CredentialId
    client_data: _Part
    authenticator_data: _Part
    signature: _Part
    user_handle: _Part = b""


class BeginEnrolment(Ask, frozen=True, kw_only=True):
    """Opens the link that an operator gave."""

    secret: _Secret


class FinishEnrolment(Ask, frozen=True, kw_only=True):
    """Brings the passkey of a new account."""

    secret: _Secret
    challenge: _Challenge
    label: _Label
    credential: MadeCredential


class FinishSignIn(Ask, frozen=True, kw_only=True):
    """Brings the answer to a challenge."""

    challenge: _Challenge
    credential: UsedCredential


class Recover(Ask, frozen=True, kw_only=True):
    """Signs in with a recovery code, as typed."""

    code: Annotated[str, Meta(max_length=CODE_MAX_CHARS)]


class SignOut(Ask, frozen=True, kw_only=True):
    """Ends this session, or all of the account."""

    everywhere: bool = False


class FinishPasskey(Ask, frozen=True, kw_only=True):
    """Brings one more passkey."""

    challenge: _Challenge
    label: _Label
    credential: MadeCredential


class RemovePasskey(Ask, frozen=True, kw_only=True):
    """Wants a passkey forgotten."""

    credential_id: _CredentialId


class AskTicket(Ask, frozen=True, kw_only=True):
    """Wants to enter a room as its host."""

    room: _Room


class Answer(Struct, frozen=True, kw_only=True, tag_field="type"):
    """Any answer."""


class Refused(Answer, frozen=True, kw_only=True, tag="refused"):
    """No; `retry_ms` where waiting helps."""

    code: HostRefusal
    retry_ms: int = 0


class Done(Answer, frozen=True, kw_only=True, tag="done"):
    """It is done."""


class MakePasskey(Answer, frozen=True, kw_only=True, tag="make_passkey"):
    """What a browser needs to make one. `known` are those that need no second one."""

    challenge: bytes
    rp_id: str
    rp_name: str
    user_id: bytes
    user_name: str
    algorithms: tuple[int, ...]
    known: tuple[bytes, ...]


class UsePasskey(Answer, frozen=True, kw_only=True, tag="use_passkey"):
    """What a browser needs to use one."""

    challenge: bytes
    rp_id: str


class CodesMade(Answer, frozen=True, kw_only=True, tag="codes_made"):
    """Recovery codes: shown this once."""

    codes: tuple[str, ...]


class HostRoom(Struct, frozen=True, kw_only=True):
    """A room that a host may enter as host."""

    slug: str
    title: str


class Serving(Struct, frozen=True, kw_only=True):
    """One entry on a group's roster, and the group's rooms. `may_look`: the group's page is for this role."""

    group: str
    title: str
    may_look: bool
    role: str
    alias: str
    rooms: tuple[HostRoom, ...]


class PasskeyLine(Struct, frozen=True, kw_only=True):
    """A passkey as its owner sees it."""

    credential_id: bytes
    label: str
    made_ms: int


class Me(Answer, frozen=True, kw_only=True, tag="me"):
    """Everything that an account is."""

    account_id: str
    serving: tuple[Serving, ...]
    passkeys: tuple[PasskeyLine, ...]
    codes_left: int


class TicketMade(Answer, frozen=True, kw_only=True, tag="ticket_made"):
    """A ticket for `join`'s `invite`, good for a minute and for one join; and the name that goes with it."""

    ticket: str
    alias: str


AnyAnswer = Refused | Done | MakePasskey | UsePasskey | CodesMade | Me | TicketMade

ASKS: Final[dict[str, type[Ask]]] = {
    "enrol/begin": BeginEnrolment,
    "enrol/finish": FinishEnrolment,
    "sign_in/begin": Ask,
    "sign_in/finish": FinishSignIn,
    "recover": Recover,
    "me": Ask,
    "codes": Ask,
    "passkeys/begin": Ask,
    "passkeys/finish": FinishPasskey,
    "passkeys/remove": RemovePasskey,
    "ticket": AskTicket,
    "sign_out": SignOut,
}
"""What is asked at each path below /api/host/."""
