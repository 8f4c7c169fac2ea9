"""Routine checks: where each stands, and when the clock is next to look at it.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; no ledger has a check before it is there."""
    moment = sa.String() if op.get_context().dialect.name == "sqlite" else sa.DateTime(timezone=True)
    op.create_table(
        "routine_check",
        sa.Column("stream", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("checked_on", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("next_due_at", moment),
    )
    op.create_index("ix_routine_check_unit", "routine_check", ["unit"])
    op.create_index("ix_routine_check_next_due_at", "routine_check", ["next_due_at"])
