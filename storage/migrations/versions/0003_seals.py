"""The seals of the ledger, the cosignatures under them, and the keys they are checked with. All only ever added to.

Revision ID: 0003
Revises: 0002

A ledger that is already long is sealed whole by its first seal.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

GUARDED = {"seal": "number = NEW.number", "cosignature": "number = NEW.number AND line = NEW.line",
           "seal_key": "place = NEW.place OR key = NEW.key"}  # fmt: skip
"""Each table, and when a row is there already."""


def upgrade() -> None:
    """Make the tables and their guards."""
    sqlite = op.get_context().dialect.name == "sqlite"
    moment = sa.String() if sqlite else sa.DateTime(timezone=True)
    op.create_table(
        "seal",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("root", sa.String, nullable=False),
        sa.Column("edge", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("made_at", moment, nullable=False),
    )
    op.create_table(
        "cosignature",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("line", sa.Text, primary_key=True),
    )
    op.create_table(
        "seal_key",
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key", sa.String, nullable=False, unique=True),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("since", sa.Integer, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("made_at", moment, nullable=False),
    )
    for table, there in GUARDED.items():
        if sqlite:
            guard_sqlite(table, there)
        else:
            guard_postgres(table)


def guard_sqlite(table: str, there: str) -> None:
    """Refuse changes. INSERT OR REPLACE deletes without a delete trigger, so it has its own."""
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: rows are only ever added'); END"
        )
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {there}) "
        f"BEGIN SELECT RAISE(ABORT, '{table}: this row exists'); END"
    )


def guard_postgres(table: str) -> None:
    """Refuse changes, TRUNCATE included; `only_ever_added` is of 0001."""
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION only_ever_added()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION only_ever_added()"
    )
