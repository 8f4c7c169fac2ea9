"""Sessions: the CAS ticket by which the provider ends one.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a session that began before has no ticket."""
    op.add_column("session", sa.Column("ticket", sa.String, nullable=True))
