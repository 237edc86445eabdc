"""What hosts changed about their groups from the page: a chain of rows for each group."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0004"
down_revision: Final = "0003"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "act_chains",
        sa.Column("group_slug", sa.String(64), primary_key=True),
        sa.Column("start_number", sa.BigInteger, nullable=False),
        sa.Column("start_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("end_number", sa.BigInteger, nullable=False),
        sa.Column("end_digest", sa.LargeBinary(32), nullable=False),
    )
    whose = sa.ForeignKey("act_chains.group_slug", ondelete="CASCADE")
    op.create_table(
        "acts",
        sa.Column("group_slug", sa.String(64), whose, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at_min", sa.BigInteger, nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
    )
