"""Verifications: the replays asked for on a page, and what each answered.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make `verification`."""
    moment = sa.String() if op.get_context().dialect.name == "sqlite" else sa.DateTime(timezone=True)
    op.create_table(
        "verification",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("asked_by", sa.String, nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("expected", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("read", sa.Integer, nullable=False),
        sa.Column("beat_at", moment, nullable=False),
        sa.Column("finished_at", moment),
        sa.Column("report", sa.Text),
        sa.Column("fault", sa.String),
    )
