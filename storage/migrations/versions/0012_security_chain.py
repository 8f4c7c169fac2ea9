"""The security log as a chain.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the log anew, each line with its digest, and `security_head`. Nothing before it is chained."""
    moment = sa.String() if op.get_context().dialect.name == "sqlite" else sa.DateTime(timezone=True)
    op.drop_table("security")
    op.create_table(
        "security",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", moment, nullable=False, index=True),
        sa.Column("event", sa.String, nullable=False),
        sa.Column("account", sa.String),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
    )
    op.create_table(
        "security_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("before", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
    )
    genesis = "0" * 64
    op.execute(
        f"INSERT INTO security_head (id, first, before, number, digest) VALUES (1, 1, '{genesis}', 0, '{genesis}')"
    )
