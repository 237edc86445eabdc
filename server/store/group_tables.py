"""The tables of groups as queries see them; `server.group_ports` says what each column means."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, LargeBinary, String, Table, Text

from server.store.tables import METADATA

_SLUG: Final = String(64)
_ID: Final = String(64)

GROUPS: Final = Table(
    "groups",
    METADATA,
    Column("slug", _SLUG, primary_key=True),
    Column("title", String(80), nullable=False),
    Column("about", String(280), nullable=False),
    Column("appeal", String(280), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("closed_ms", BigInteger),
)

ROSTER: Final = Table(
    "roster",
    METADATA,
    Column("group_slug", _SLUG, primary_key=True),
    Column("account_id", _ID, primary_key=True, index=True),
    Column("role", String(16), nullable=False),
    Column("alias", String(40), nullable=False),
    Column("place", Integer, nullable=False),
    Column("added_ms", BigInteger, nullable=False),
)

BANS: Final = Table(
    "bans",
    METADATA,
    Column("ban_id", _ID, primary_key=True),
    Column("group_slug", _SLUG, nullable=False, index=True),
    Column("device", String(64), nullable=False),
    Column("branch", Text, nullable=False),
    Column("reason", String(280), nullable=False),
    Column("placed_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("lifted_ms", BigInteger),
)

INVITES: Final = Table(
    "invites",
    METADATA,
    Column("invite_id", _ID, primary_key=True),
    Column("group_slug", _SLUG, nullable=False, index=True),
    Column("parent_id", _ID, nullable=False),
    Column("branch", Text, nullable=False),
    Column("secret_hash", LargeBinary(32), nullable=False, index=True, unique=True),
    Column("role", String(16), nullable=False),
    Column("uses_max", Integer, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("is_revoked", Boolean, nullable=False),
    Column("is_paused", Boolean, nullable=False),
)

SERIES: Final = Table(
    "series",
    METADATA,
    Column("series_id", _ID, primary_key=True),
    Column("room_slug", _SLUG, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("ical", Text, nullable=False),
    Column("doors_ms", Integer, nullable=False),
    Column("fellowship_ms", Integer, nullable=False),
    Column("account_id", _ID, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)

REPORTS: Final = Table(
    "reports",
    METADATA,
    Column("report_id", _ID, primary_key=True),
    Column("group_slug", _SLUG, nullable=False, index=True),
    Column("room_slug", _SLUG, nullable=False),
    Column("at_min", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("closed_ms", BigInteger),
)

SHEETS: Final = Table(
    "sheets",
    METADATA,
    Column("sheet_id", _ID, primary_key=True),
    Column("group_slug", _SLUG, nullable=False, index=True),
    Column("title", String(80), nullable=False),
    Column("cues", Text, nullable=False),
    Column("changed_ms", BigInteger, nullable=False),
)

# What hosts changed from the page, as a chain for each group: see `server.store.act_rows`.
ACT_CHAINS: Final = Table(
    "act_chains",
    METADATA,
    Column("group_slug", _SLUG, primary_key=True),
    Column("start_number", BigInteger, nullable=False),
    Column("start_digest", LargeBinary(32), nullable=False),
    Column("end_number", BigInteger, nullable=False),
    Column("end_digest", LargeBinary(32), nullable=False),
)

ACTS: Final = Table(
    "acts",
    METADATA,
    Column("group_slug", _SLUG, ForeignKey("act_chains.group_slug", ondelete="CASCADE"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at_min", BigInteger, nullable=False),
    Column("action", String(40), nullable=False),
    Column("account_id", _ID, nullable=False),
    Column("target", _ID, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
)

# One row for each kind of change, made with the tables.
CHANGES: Final = Table(
    "changes",
    METADATA,
    Column("kind", String(16), primary_key=True),
    Column("number", BigInteger, nullable=False),
)
