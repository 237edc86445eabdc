"""What several nodes bring is kept once, and what is used once is used once at all of them."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0005"
down_revision: Final = "0004"


def upgrade() -> None:
    """Name the commit of each row, and make the table of what was used up."""
    for column in ("epoch", "seq"):
        op.add_column("audit", sa.Column(column, sa.BigInteger))
        op.add_column("room_settings", sa.Column(column, sa.BigInteger, nullable=False, server_default="0"))
    op.create_index("audit_commit", "audit", ["slug", "epoch", "seq"], unique=True)
    op.create_table(
        "spent",
        sa.Column("key", sa.LargeBinary(32), primary_key=True),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
    )
