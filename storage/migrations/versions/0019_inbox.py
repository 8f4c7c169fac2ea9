"""Deliveries: their kind and unit, to be looked for; up to where an account has read its inbox.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table; nothing is released, so what was delivered before is of no kind."""
    for name in ("kind", "unit"):
        op.add_column("delivery", sa.Column(name, sa.String, nullable=False, server_default=sa.text("''")))
    op.create_index("delivery_inbox", "delivery", ["channel", "recipient", "number"])
    op.create_table(
        "inbox",
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )
