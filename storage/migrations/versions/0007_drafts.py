"""Forms begun and not yet handed in, and who handed in which document.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    moment = sa.String() if op.get_context().dialect.name == "sqlite" else sa.DateTime(timezone=True)
    op.create_table(
        "handed_in",
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("sha256", sa.String, sa.ForeignKey("document.sha256"), primary_key=True),
    )
    op.create_table(
        "draft",
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("form", sa.String, primary_key=True),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("at", moment, nullable=False),
    )
