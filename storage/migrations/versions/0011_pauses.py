"""The post: when a delivery was last tried, and the channels that wait for a setting or for their pace.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `delivery.tried_at`, make `pause`."""
    moment = sa.String() if op.get_context().dialect.name == "sqlite" else sa.DateTime(timezone=True)
    op.add_column("delivery", sa.Column("tried_at", moment))
    op.create_index("delivery_pace", "delivery", ["channel", "tried_at"])
    op.create_table(
        "pause",
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("setting", sa.String, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("began_at", moment, nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
    )
