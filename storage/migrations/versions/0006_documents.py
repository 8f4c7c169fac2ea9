"""Documents by their digests, in parts.

Revision ID: 0006
Revises: 0005

What was handed in before is named by its digest in the ledger and kept nowhere; it stays so.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    moment = sa.String() if op.get_context().dialect.name == "sqlite" else sa.DateTime(timezone=True)
    op.create_table(
        "document",
        sa.Column("sha256", sa.String, primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("kept_at", moment, nullable=False),
    )
    op.create_table(
        "document_part",
        sa.Column("sha256", sa.String, sa.ForeignKey("document.sha256"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
