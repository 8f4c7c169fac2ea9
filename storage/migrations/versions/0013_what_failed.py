"""The lease says which parts of the clock's last tick failed.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `failed` to `lease`."""
    op.add_column("lease", sa.Column("failed", sa.String))
