"""The ledger, the rulebooks it names, and the projections.

Revision ID: 0001
Revises: -

There is no downgrade: a ledger is not taken back. The types are written out and not taken from `tables.py`, so
that this revision stays what it was when `tables.py` moves on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

GUARDED = ("entry", "rulebook")


def upgrade() -> None:
    """Make every table and its guards, and the head of an empty ledger."""
    ledger()
    projections()
    if op.get_context().dialect.name == "sqlite":
        guard_sqlite()
    else:
        guard_postgres()
    op.execute(f"INSERT INTO head (id, number, digest) VALUES (1, 0, '{'0' * 64}')")


def ledger() -> None:
    """`entry`, `head`, `command`, `rulebook`."""
    op.create_table(
        "entry",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("stream", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.UniqueConstraint("stream", "version", name="entry_stream_version"),
    )
    op.create_table(
        "head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("recorded_at", sa.String),
    )
    op.create_table(
        "command",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "rulebook",
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
    )


def projections() -> None:
    """`assessment` and `case_record`, with what is looked up in them."""
    moment = sa.String() if op.get_context().dialect.name == "sqlite" else sa.DateTime(timezone=True)
    op.create_table(
        "assessment",
        sa.Column("stream", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("unit_kind", sa.String, nullable=False),
        sa.Column("occasion", sa.String),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("score", sa.Integer),
        sa.Column("grade", sa.String),
        sa.Column("vetoed", sa.Boolean, nullable=False),
        sa.Column("stale", sa.Boolean, nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.Column("next_due_at", moment),
    )
    op.create_index("assessment_year_unit", "assessment", ["year", "unit"])
    op.create_index("ix_assessment_next_due_at", "assessment", ["next_due_at"])
    op.create_table(
        "case_record",
        sa.Column("stream", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("unit_now", sa.String),
        sa.Column("status", sa.String, nullable=False),
    )
    op.create_index("ix_case_record_unit", "case_record", ["unit"])
    op.create_index("ix_case_record_unit_now", "case_record", ["unit_now"])


def guard_sqlite() -> None:
    """Refuse what would change the ledger. INSERT OR REPLACE deletes without a delete trigger, so it has its own."""
    for table in GUARDED:
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}: rows are only ever added'); END"
            )
    for table, key in (("entry", "number"), ("rulebook", "digest")):
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) "
            f"BEGIN SELECT RAISE(ABORT, '{table}: this {key} exists'); END"
        )
    op.execute(
        "CREATE TRIGGER entry_no_replace_version BEFORE INSERT ON entry "
        "WHEN EXISTS (SELECT 1 FROM entry WHERE stream = NEW.stream AND version = NEW.version) "
        "BEGIN SELECT RAISE(ABORT, 'entry: this version of the stream exists'); END"
    )


def guard_postgres() -> None:
    """Refuse what would change the ledger, TRUNCATE included."""
    op.execute(
        "CREATE FUNCTION only_ever_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '%: rows are only ever added', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; "
        "END $$"
    )
    for table in GUARDED:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION only_ever_added()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION only_ever_added()"
        )
