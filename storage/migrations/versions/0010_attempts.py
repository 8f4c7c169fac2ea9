"""Attempts to sign in: by account and address; known browsers; the rate of the API's callers.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make `failure` anew with `account`; make `device` and `rate`."""
    moment = sa.String() if op.get_context().dialect.name == "sqlite" else sa.DateTime(timezone=True)
    op.drop_table("failure")
    op.create_table(
        "failure",
        sa.Column("what", sa.String, primary_key=True),
        sa.Column("account", sa.String, nullable=False, index=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("at", moment, nullable=False),
    )
    op.create_table(
        "device",
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("account", sa.String, primary_key=True, index=True),
        sa.Column("at", moment, nullable=False),
    )
    op.create_table(
        "rate",
        sa.Column("caller", sa.String, primary_key=True),
        sa.Column("minute", sa.Integer, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
    )
