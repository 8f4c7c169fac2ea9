"""Attachments: the name of a file belongs to the entry that names it, and no more to the account that uploaded it.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rename the one table and make the other; nothing is released, so no name is carried over."""
    op.rename_table("handed_in", "upload")
    op.drop_column("upload", "name")
    op.create_table(
        "attachment",
        sa.Column("command", sa.String, primary_key=True),
        sa.Column("sha256", sa.String, sa.ForeignKey("document.sha256"), primary_key=True),
        sa.Column("stream", sa.String, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_index("ix_attachment_stream", "attachment", ["stream"])
