"""What lasts of a host's account, and what the server asks of the store about it.

An account is a random id with passkeys and recovery codes, and nothing else: no name, no address. Of every
secret only a digest is kept. Times are wall-clock milliseconds since 1970. Every method may raise
`server.ports.StoreError`; whatever writes is done whole, or was not begun, when it does.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

LABEL_MAX_CHARS: Final = 40  # what somebody calls a passkey
PASSKEYS_MAX: Final = 20  # of one account; a person has a few devices
SESSION_HOURS: Final = 12  # an evening's service, and the night after it
ENROLMENT_HOURS: Final = 72  # a link that was sent on Friday is opened on Monday


class StoredPasskey(NamedTuple):
    """A passkey (W3C Web Authentication Level 3).

    Attributes:
        credential_id: how the browser calls it, at most 1023 bytes.
        account_id: whose it is.
        public_key: in COSE form.
        sign_count: the authenticator's own count of uses; 0 for ever where it keeps none.
        transports: how browsers reach it, with commas; may be empty.
        label: what its owner calls it.
        made_ms: when it was made.
    """

    credential_id: bytes
    account_id: str
    public_key: bytes
    sign_count: int
    transports: str
    label: str
    made_ms: int


class StoredCode(NamedTuple):
    """A recovery code that was not used: its number within the account, and Argon2id's text of it."""

    number: int
    digest: str


class AccountLine(NamedTuple):
    """What an operator is shown of an account."""

    account_id: str
    created_ms: int
    passkeys: int
    codes: int
    has_link: bool
    """Whether a link that makes a passkey can still be used."""


class AccountStore(Protocol):
    """Accounts, their passkeys, codes and sessions, and the links that make them."""

    async def add(self, account_id: str, secret_hash: bytes, now_ms: int) -> bool:
        """Make an account that nobody can sign in to, and its enrolment. False where the id is taken."""
        ...

    async def reset(self, account_id: str, secret_hash: bytes, now_ms: int) -> bool:
        """Forget its passkeys, codes and sessions, and keep one enrolment in place of all others.

        Returns False where there is no such account.
        """
        ...

    async def remove(self, account_id: str) -> bool:
        """Forget an account. Returns False where there is none."""
        ...

    async def accounts(self, now_ms: int) -> tuple[AccountLine, ...]:
        """Return every account, oldest first."""
        ...

    async def enrolling(self, secret_hash: bytes, now_ms: int) -> str | None:
        """Return whose enrolment this is, or None where it is unknown, used or too old."""
        ...

    async def enrol(
        self, secret_hash: bytes, passkey: StoredPasskey, digests: Sequence[str], now_ms: int
    ) -> bool:
        """Use the enrolment up: keep the passkey and the codes.

        Returns False, and keeps nothing, where the enrolment is not the account's, used or too old, or the
        credential is known.
        """
        ...

    async def passkey(self, credential_id: bytes) -> StoredPasskey | None:
        """Return a passkey by its credential."""
        ...

    async def passkeys(self, account_id: str) -> tuple[StoredPasskey, ...]:
        """Return an account's passkeys, oldest first."""
        ...

    async def add_passkey(self, passkey: StoredPasskey) -> bool:
        """Keep one more. Returns False where the credential is known or the account has `PASSKEYS_MAX`."""
        ...

    async def count_use(self, credential_id: bytes, before: int, sign_count: int) -> bool:
        """Note the authenticator's count. Returns False where it is no longer what it was `before`."""
        ...

    async def remove_passkey(self, account_id: str, credential_id: bytes) -> bool:
        """Forget a passkey. Returns False where there is none, or it is the last and no code is left."""
        ...

    async def codes(self, account_id: str) -> tuple[StoredCode, ...]:
        """Return the codes that are left; empty also where there is no such account."""
        ...

    async def use_code(self, account_id: str, code: StoredCode, now_ms: int) -> bool:
        """Use a code up. Returns False where somebody was faster."""
        ...

    async def set_codes(self, account_id: str, digests: Sequence[str]) -> None:
        """Keep these in place of all codes."""
        ...

    async def open_session(self, secret_hash: bytes, account_id: str, now_ms: int) -> None:
        """Keep a session for `SESSION_HOURS`."""
        ...

    async def session(self, secret_hash: bytes, now_ms: int) -> str | None:
        """Return whose session this is, or None where there is none that lasts."""
        ...

    async def close_session(self, secret_hash: bytes) -> None:
        """Forget a session."""
        ...

    async def close_sessions(self, account_id: str) -> None:
        """Forget all sessions of an account."""
        ...
