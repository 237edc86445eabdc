"""Groups and what they have; a room's settings become one text, so that they may grow."""

import json
from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"

_KINDS: Final = ("groups", "rooms", "roster", "bans", "invites", "series")


def upgrade() -> None:
    """Make the tables, and carry every room's settings over."""
    op.add_column("rooms", sa.Column("group_slug", sa.String(64), nullable=True))
    _carry_settings_over()
    _make_groups()
    _make_doors()
    _make_meetings()
    changes = op.create_table(
        "changes",
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(changes, [{"kind": kind, "number": 0} for kind in _KINDS])


def _carry_settings_over() -> None:
    found = sa.table(
        "room_settings",
        *(sa.column(name) for name in ("slug", "floor", "limit_ms", "chat", "slow_ms")),
        sa.column("is_locked", sa.Boolean),
    )
    rows = op.get_bind().execute(sa.select(found)).mappings().all()
    op.drop_table("room_settings")
    made = op.create_table(
        "room_settings",
        sa.Column("slug", sa.String(64), primary_key=True),
        sa.Column("chosen", sa.Text, nullable=False),
    )
    texts = [
        {
            "slug": row["slug"],
            "chosen": json.dumps({str(key): row[key] for key in row if key != "slug"}),
        }
        for row in rows
    ]
    op.bulk_insert(made, texts)


def _make_groups() -> None:
    op.create_table(
        "groups",
        sa.Column("slug", sa.String(64), primary_key=True),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("about", sa.String(280), nullable=False),
        sa.Column("appeal", sa.String(280), nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("closed_ms", sa.BigInteger, nullable=True),
    )
    op.create_table(
        "roster",
        sa.Column("group_slug", sa.String(64), primary_key=True),
        sa.Column("account_id", sa.String(64), primary_key=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("alias", sa.String(40), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("added_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_roster_account_id", "roster", ["account_id"])


def _make_doors() -> None:
    op.create_table(
        "bans",
        sa.Column("ban_id", sa.String(64), primary_key=True),
        sa.Column("group_slug", sa.String(64), nullable=False),
        sa.Column("device", sa.String(64), nullable=False),
        sa.Column("branch", sa.Text, nullable=False),
        sa.Column("reason", sa.String(280), nullable=False),
        sa.Column("placed_ms", sa.BigInteger, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.Column("lifted_ms", sa.BigInteger, nullable=True),
    )
    op.create_index("ix_bans_group_slug", "bans", ["group_slug"])
    op.create_table(
        "invites",
        sa.Column("invite_id", sa.String(64), primary_key=True),
        sa.Column("group_slug", sa.String(64), nullable=False),
        sa.Column("parent_id", sa.String(64), nullable=False),
        sa.Column("branch", sa.Text, nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("uses_max", sa.Integer, nullable=False),
        sa.Column("uses", sa.Integer, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
        sa.Column("is_revoked", sa.Boolean, nullable=False),
        sa.Column("is_paused", sa.Boolean, nullable=False),
    )
    op.create_index("ix_invites_group_slug", "invites", ["group_slug"])
    op.create_index("ix_invites_secret_hash", "invites", ["secret_hash"], unique=True)


def _make_meetings() -> None:
    op.create_table(
        "series",
        sa.Column("series_id", sa.String(64), primary_key=True),
        sa.Column("room_slug", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("ical", sa.Text, nullable=False),
        sa.Column("doors_ms", sa.Integer, nullable=False),
        sa.Column("fellowship_ms", sa.Integer, nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "reports",
        sa.Column("report_id", sa.String(64), primary_key=True),
        sa.Column("group_slug", sa.String(64), nullable=False),
        sa.Column("room_slug", sa.String(64), nullable=False),
        sa.Column("at_min", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("closed_ms", sa.BigInteger, nullable=True),
    )
    op.create_index("ix_reports_group_slug", "reports", ["group_slug"])
    op.create_table(
        "sheets",
        sa.Column("sheet_id", sa.String(64), primary_key=True),
        sa.Column("group_slug", sa.String(64), nullable=False),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("cues", sa.Text, nullable=False),
        sa.Column("changed_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_sheets_group_slug", "sheets", ["group_slug"])
