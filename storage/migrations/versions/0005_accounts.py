"""Accounts: what is personal or secret of them, sessions, one-time links, failed sign-ins, the security log.

Revision ID: 0005
Revises: 0004

What an account may do is in the ledger; here is what must be erasable, or must never be in an entry.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    moment = sa.String() if op.get_context().dialect.name == "sqlite" else sa.DateTime(timezone=True)
    op.create_table(
        "account",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("password", sa.String),
        sa.Column("password_at", moment),
        sa.Column("totp", sa.String),
        sa.Column("totp_at", sa.Integer),
    )
    op.create_table(
        "identity",
        sa.Column("provider", sa.String, primary_key=True),
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("account", sa.String, nullable=False, index=True),
    )
    op.create_table(
        "session",
        sa.Column("token", sa.String, primary_key=True),
        sa.Column("account", sa.String, nullable=False, index=True),
        sa.Column("provider", sa.String, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("agent", sa.String, nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("seen_at", moment, nullable=False),
        sa.Column("proved_at", moment, nullable=False),
    )
    op.create_table(
        "link",
        sa.Column("token", sa.String, primary_key=True),
        sa.Column("account", sa.String, nullable=False, index=True),
        sa.Column("until", moment, nullable=False),
    )
    op.create_table(
        "failure",
        sa.Column("what", sa.String, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("at", moment, nullable=False),
    )
    op.create_table(
        "security",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", moment, nullable=False, index=True),
        sa.Column("event", sa.String, nullable=False),
        sa.Column("account", sa.String),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
    )
