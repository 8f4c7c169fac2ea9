"""Documents: what a file was called when it was handed in.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what was handed in before, no name is known."""
    op.add_column("handed_in", sa.Column("name", sa.Text, nullable=True))
