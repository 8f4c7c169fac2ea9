"""What the clock and the post keep: deliveries, contacts, the post's place in the ledger, the lease, imported holidays.

Revision ID: 0002
Revises: 0001

The post of a ledger that is already long begins at its end: what happened before anybody could be told is not told now.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; put the post's cursor at the ledger's end."""
    moment = sa.String() if op.get_context().dialect.name == "sqlite" else sa.DateTime(timezone=True)
    op.create_table(
        "delivery",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("item", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("recipient", sa.String, primary_key=True),
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("stream", sa.String, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("message", sa.String),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("told", sa.String),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("sent_at", moment),
        sa.Column("next_at", moment),
    )
    op.create_index("ix_delivery_next_at", "delivery", ["next_at"])
    op.create_index("ix_delivery_message", "delivery", ["message"])
    op.create_index("delivery_recipient", "delivery", ["channel", "recipient", "sent_at"])
    op.create_table(
        "contact",
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("roles", sa.String, nullable=False),
        sa.Column("unit", sa.String),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("channels", sa.String, nullable=False),
        sa.Column("email", sa.String),
    )
    op.create_table(
        "cursor", sa.Column("name", sa.String, primary_key=True), sa.Column("number", sa.Integer, nullable=False)
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("owner", sa.String),
        sa.Column("term", sa.Integer, nullable=False),
        sa.Column("until", moment),
        sa.Column("beat_at", moment),
    )
    op.create_table(
        "holidays",
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("source", sa.Text, nullable=False),
    )
    op.execute("INSERT INTO cursor (name, number) SELECT 'post', number FROM head WHERE id = 1")
    op.execute("INSERT INTO lease (name, term) VALUES ('clock', 0)")
