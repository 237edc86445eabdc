"""What several nodes bring is kept once, and what is used once is used once at all of them."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0005"
down_revision: Final = "0004"


def upgrade() -> None:
    """Name the commit of each row, count changes of settings, and make the table of what was used up."""
    for column in ("epoch", "seq"):
        op.add_column("audit", sa.Column(column, sa.BigInteger))
        op.add_column("room_settings", sa.Column(column, sa.BigInteger, nullable=False, server_default="0"))
    op.create_index("audit_commit", "audit", ["slug", "epoch", "seq"], unique=True)
    changes = sa.table("changes", sa.column("kind", sa.String), sa.column("number", sa.BigInteger))
    op.bulk_insert(changes, [{"kind": "settings", "number": 0}])
    op.create_table(
        "spent",
        sa.Column("key", sa.LargeBinary(32), primary_key=True),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
    )
