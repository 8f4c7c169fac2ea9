"""The vault: confidential values, each encrypted under a key of its own.

Revision ID: 0004
Revises: 0003

The one table of which rows may be deleted without a trace of what they held.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    moment = sa.String() if op.get_context().dialect.name == "sqlite" else sa.DateTime(timezone=True)
    op.create_table(
        "vault",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("value", sa.String, nullable=False),
        sa.Column("about", sa.String, index=True),
        sa.Column("master", sa.String, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("made_at", moment, nullable=False),
    )
