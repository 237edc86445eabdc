"""The tables as queries see them. Their making and changing is in `server.store.migrations`."""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, MetaData, String, Table, Text

_SLUG: Final = String(64)
_DIGEST: Final = LargeBinary(32)

METADATA: Final = MetaData()

# Rooms that an operator made by command; those of the configuration are not here.
ROOMS: Final = Table(
    "rooms",
    METADATA,
    Column("slug", _SLUG, primary_key=True),
    Column("title", String(80), nullable=False),
    Column("about", String(280), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("closed_ms", BigInteger),
    Column("group_slug", _SLUG),  # none: the room is a group by itself
)

# `rooms.model.RoomSettings` as JSON, one row for each room that was ever set, of the configuration too.
# `epoch` and `seq` say since which commit; zeros: since none.
ROOM_SETTINGS: Final = Table(
    "room_settings",
    METADATA,
    Column("slug", _SLUG, primary_key=True),
    Column("chosen", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False, server_default="0"),
    Column("seq", BigInteger, nullable=False, server_default="0"),
)

# Where each room's chain of rows starts (what was dropped before it) and where it ends.
AUDIT_CHAINS: Final = Table(
    "audit_chains",
    METADATA,
    Column("slug", _SLUG, primary_key=True),
    Column("start_number", BigInteger, nullable=False),
    Column("start_digest", _DIGEST, nullable=False),
    Column("end_number", BigInteger, nullable=False),
    Column("end_digest", _DIGEST, nullable=False),
)

# `epoch` and `seq` name the commit that a row is of, so that of several nodes one writes it.
AUDIT: Final = Table(
    "audit",
    METADATA,
    Column("slug", _SLUG, ForeignKey("audit_chains.slug", ondelete="CASCADE"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at_min", BigInteger, nullable=False),
    Column("action", String(40), nullable=False),
    Column("actor", BigInteger, nullable=False),
    Column("target", BigInteger, nullable=False),
    Column("digest", _DIGEST, nullable=False),
    Column("epoch", BigInteger),  # none: from before there were several nodes
    Column("seq", BigInteger),
    Index("audit_commit", "slug", "epoch", "seq", unique=True),
)

# What was used up, known by 32 bytes that do not tell it, until it would have ended anyway.
SPENT: Final = Table(
    "spent",
    METADATA,
    Column("key", _DIGEST, primary_key=True),
    Column("until_ms", BigInteger, nullable=False),
)
