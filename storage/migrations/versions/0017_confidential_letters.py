"""Deliveries: what is confidential goes in a letter of its own.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nothing is released, so what waits now is ordinary."""
    op.add_column("delivery", sa.Column("confidential", sa.Boolean, nullable=False, server_default=sa.false()))
