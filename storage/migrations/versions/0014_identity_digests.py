"""Identities: the salt and the digest by which entries name each.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table again: an identity no entry names lets nobody in."""
    op.drop_table("identity")
    op.create_table(
        "identity",
        sa.Column("provider", sa.String, primary_key=True),
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("account", sa.String, nullable=False),
        sa.Column("salt", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("ix_identity_account", "identity", ["account"])
