"""The tables of hosts' accounts, as queries see them; `server.account_ports` says what each column means."""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, String, Table

from server.store.tables import METADATA

_ID: Final = String(64)
_DIGEST: Final = LargeBinary(32)


def _account_id(*, is_key: bool = False) -> Column[str]:
    whose = ForeignKey("accounts.account_id", ondelete="CASCADE")
    return Column("account_id", _ID, whose, primary_key=is_key, nullable=False, index=not is_key)


ACCOUNTS: Final = Table(
    "accounts",
    METADATA,
    Column("account_id", _ID, primary_key=True),
    Column("created_ms", BigInteger, nullable=False),
)

PASSKEYS: Final = Table(
    "passkeys",
    METADATA,
    Column("credential_id", LargeBinary(1023), primary_key=True),
    _account_id(),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("transports", String(120), nullable=False),
    Column("label", String(40), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
)

RECOVERY_CODES: Final = Table(
    "recovery_codes",
    METADATA,
    _account_id(is_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("hash", String(120), nullable=False),
    Column("used_ms", BigInteger),
)

SESSIONS: Final = Table(
    "sessions",
    METADATA,
    Column("secret_hash", _DIGEST, primary_key=True),
    _account_id(),
    Column("until_ms", BigInteger, nullable=False),
)

ENROLMENTS: Final = Table(
    "enrolments",
    METADATA,
    Column("secret_hash", _DIGEST, primary_key=True),
    _account_id(),
    Column("until_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
)
