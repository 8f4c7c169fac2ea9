"""The whole schema of the first release.

Revision ID: 0001
Revises: -

There is no downgrade, because entries of a ledger are never removed. The types are written here and not imported from
`storage/tables/`, so that this revision stays the same when the tables change.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.migrations.guards import append_only
from storage.migrations.table_versions import version_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

GENESIS = "0" * 64
"""The digest that precedes the first entry, and the first line of the security log."""

APPEND_ONLY = {
    "entry": "number = NEW.number OR (stream = NEW.stream AND version = NEW.version)",
    "rulebook": "digest = NEW.digest",
    "seal": "number = NEW.number",
    "cosignature": "number = NEW.number AND line = NEW.line",
    "seal_key": "position = NEW.position OR key = NEW.key",
}
"""The append-only tables, each with the SQL condition that a row with the key of NEW exists."""

VERSIONED = {"person": "", "account": "name"}
"""The tables that have a version, each with the column that counts; empty for every column."""


def upgrade() -> None:
    """Make every table, the guards, and the first rows of an empty ledger."""
    make_ledger()
    make_projections()
    make_seals()
    make_post()
    make_clock()
    make_accounts()
    make_sign_in()
    make_security_log()
    make_papers()
    make_vault()
    make_replay_jobs()
    append_only(APPEND_ONLY)
    version_tables(VERSIONED)
    op.execute(f"INSERT INTO head (id, number, digest) VALUES (1, 0, '{GENESIS}')")
    op.execute("INSERT INTO cursor (name, number) VALUES ('post', 0)")
    op.execute("INSERT INTO lease (name, term) VALUES ('clock', 0)")
    op.execute(
        f"INSERT INTO security_head (id, first, before, number, digest) VALUES (1, 1, '{GENESIS}', 0, '{GENESIS}')"
    )


def time_type() -> Any:
    """The type of a time. On SQLite it is text of a fixed width, so that the text sorts in the order of the times."""
    return sa.String() if op.get_context().dialect.name == "sqlite" else sa.DateTime(timezone=True)


def make_ledger() -> None:
    op.create_table(
        "head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("recorded_at", sa.String),
    )
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


def make_projections() -> None:
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
        sa.Column("next_due_at", time_type(), index=True),
    )
    op.create_index("assessment_year_unit", "assessment", ["year", "unit"])
    op.create_table(
        "record",
        sa.Column("stream", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("unit", sa.String, nullable=False, index=True),
        sa.Column("unit_now", sa.String, index=True),
        sa.Column("status", sa.String, nullable=False),
    )
    op.create_table(
        "routine_check",
        sa.Column("stream", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("unit", sa.String, nullable=False, index=True),
        sa.Column("checked_on", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("next_due_at", time_type(), index=True),
    )


def make_seals() -> None:
    op.create_table(
        "seal",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("root", sa.String, nullable=False),
        sa.Column("edge", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("made_at", time_type(), nullable=False),
    )
    op.create_table(
        "cosignature",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("line", sa.Text, primary_key=True),
    )
    op.create_table(
        "seal_key",
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key", sa.String, nullable=False, unique=True),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("since", sa.Integer, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("made_at", time_type(), nullable=False),
    )


def make_post() -> None:
    op.create_table(
        "delivery",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("item", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("recipient", sa.String, primary_key=True),
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("stream", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False, server_default=sa.text("''")),
        sa.Column("unit", sa.String, nullable=False, server_default=sa.text("''")),
        sa.Column("notice", sa.Text, nullable=False),
        sa.Column("confidential", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("message", sa.String, index=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("response", sa.String),
        sa.Column("made_at", time_type(), nullable=False),
        sa.Column("sent_at", time_type()),
        sa.Column("next_at", time_type(), index=True),
        sa.Column("tried_at", time_type()),
    )
    op.create_index("delivery_inbox", "delivery", ["channel", "recipient", "number"])
    op.create_index("delivery_pace", "delivery", ["channel", "tried_at"])
    op.create_index("delivery_recipient", "delivery", ["channel", "recipient", "sent_at"])
    op.create_table(
        "cursor",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )
    op.create_table(
        "inbox",
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )
    op.create_table(
        "pause",
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("setting", sa.String, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("began_at", time_type(), nullable=False),
        sa.Column("ends_at", time_type(), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
    )
    op.create_table(
        "contact",
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("roles", sa.String, nullable=False),
        sa.Column("unit", sa.String),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("channels", sa.String, nullable=False),
        sa.Column("email", sa.String),
    )


def make_clock() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("owner", sa.String),
        sa.Column("term", sa.Integer, nullable=False),
        sa.Column("until", time_type()),
        sa.Column("beat_at", time_type()),
        sa.Column("failed", sa.String),
    )
    op.create_table(
        "holidays",
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("source", sa.Text, nullable=False),
    )


def make_accounts() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("details", sa.Text),
    )
    op.create_table(
        "column_head",
        sa.Column("form", sa.String, primary_key=True),
        sa.Column("head", sa.String, primary_key=True),
        sa.Column("key", sa.String, nullable=False),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("password", sa.String),
        sa.Column("password_at", time_type()),
        sa.Column("totp", sa.String),
        sa.Column("totp_at", sa.Integer),
    )
    op.create_table(
        "identity",
        sa.Column("provider", sa.String, primary_key=True),
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("account", sa.String, nullable=False, index=True),
        sa.Column("salt", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False, unique=True),
    )
    op.create_table(
        "session",
        sa.Column("token", sa.String, primary_key=True),
        sa.Column("account", sa.String, nullable=False, index=True),
        sa.Column("provider", sa.String, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("agent", sa.String, nullable=False),
        sa.Column("made_at", time_type(), nullable=False),
        sa.Column("seen_at", time_type(), nullable=False),
        sa.Column("authenticated_at", time_type(), nullable=False),
        sa.Column("ticket", sa.String),
    )
    op.create_table(
        "link",
        sa.Column("token", sa.String, primary_key=True),
        sa.Column("account", sa.String, nullable=False, index=True),
        sa.Column("until", time_type(), nullable=False),
    )
    op.create_table(
        "token",
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("account", sa.String, nullable=False),
        sa.Column("token", sa.String, nullable=False),
    )


def make_sign_in() -> None:
    op.create_table(
        "failed_attempt",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("account", sa.String, nullable=False, index=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("at", time_type(), nullable=False),
    )
    op.create_table(
        "device",
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("account", sa.String, primary_key=True, index=True),
        sa.Column("at", time_type(), nullable=False),
    )
    op.create_table(
        "rate",
        sa.Column("caller", sa.String, primary_key=True),
        sa.Column("minute", sa.Integer, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
    )


def make_security_log() -> None:
    op.create_table(
        "security",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", time_type(), nullable=False, index=True),
        sa.Column("event", sa.String, nullable=False),
        sa.Column("account", sa.String),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
    )
    op.create_table(
        "security_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("before", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
    )


def make_papers() -> None:
    op.create_table(
        "document",
        sa.Column("sha256", sa.String, primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("stored_at", time_type(), nullable=False),
    )
    op.create_table(
        "document_part",
        sa.Column("sha256", sa.String, sa.ForeignKey("document.sha256"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "upload",
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("sha256", sa.String, sa.ForeignKey("document.sha256"), primary_key=True),
    )
    op.create_table(
        "attachment",
        sa.Column("command", sa.String, primary_key=True),
        sa.Column("sha256", sa.String, sa.ForeignKey("document.sha256"), primary_key=True),
        sa.Column("stream", sa.String, nullable=False, index=True),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_table(
        "evidence",
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("unit", sa.String, primary_key=True),
        sa.Column("element", sa.String, primary_key=True),
        sa.Column("sha256", sa.String, sa.ForeignKey("document.sha256"), primary_key=True),
        sa.Column("account", sa.String, nullable=False),
        sa.Column("at", time_type(), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
    )
    op.create_table(
        "draft",
        sa.Column("account", sa.String, primary_key=True),
        sa.Column("form", sa.String, primary_key=True),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("at", time_type(), nullable=False),
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("stream", sa.String, nullable=False, index=True),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("at", time_type(), nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("withdrawn_at", time_type()),
    )


def make_vault() -> None:
    op.create_table(
        "vault",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("about", sa.String, index=True),
        sa.Column("master_key", sa.String, nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
        sa.Column("ciphertext", sa.LargeBinary, nullable=False),
        sa.Column("made_at", time_type(), nullable=False),
    )


def make_replay_jobs() -> None:
    op.create_table(
        "verification",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("asked_by", sa.String, nullable=False),
        sa.Column("asked_at", time_type(), nullable=False),
        sa.Column("expected", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("read", sa.Integer, nullable=False),
        sa.Column("beat_at", time_type(), nullable=False),
        sa.Column("finished_at", time_type()),
        sa.Column("report", sa.Text),
        sa.Column("fault", sa.String),
    )
