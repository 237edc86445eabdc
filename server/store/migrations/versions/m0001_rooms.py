"""Rooms, their settings, and the audit."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "rooms",
        sa.Column("slug", sa.String(64), primary_key=True),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("about", sa.String(280), nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("closed_ms", sa.BigInteger, nullable=True),
    )
    op.create_table(
        "room_settings",
        sa.Column("slug", sa.String(64), primary_key=True),
        sa.Column("floor", sa.String(16), nullable=False),
        sa.Column("limit_ms", sa.Integer, nullable=False),
        sa.Column("chat", sa.String(16), nullable=False),
        sa.Column("slow_ms", sa.Integer, nullable=False),
        sa.Column("is_locked", sa.Boolean, nullable=False),
    )
    op.create_table(
        "audit_chains",
        sa.Column("slug", sa.String(64), primary_key=True),
        sa.Column("start_number", sa.BigInteger, nullable=False),
        sa.Column("start_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("end_number", sa.BigInteger, nullable=False),
        sa.Column("end_digest", sa.LargeBinary(32), nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column(
            "slug", sa.String(64), sa.ForeignKey("audit_chains.slug", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at_min", sa.BigInteger, nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("actor", sa.BigInteger, nullable=False),
        sa.Column("target", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
    )
