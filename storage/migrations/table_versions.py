"""Makes the triggers that give a table another version with every change of its rows (`storage/table_cache.py`).

Revisions call this module, so a released revision must always get the same triggers from it.
"""

# Triggers, and not a statement in each function that writes: a change by any statement counts, also by one that an
# administrator types. A version is random, and not a number: after a restore, the same number would come again with
# other rows.

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

FUNCTION = "new_table_version"


def version_tables(columns: Mapping[str, str]) -> None:
    """Make the table of versions, and its triggers. `columns`: by table, the column that counts; empty for all of them."""
    op.create_table(
        "table_version",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("version", sa.String, nullable=False),
    )
    is_sqlite = op.get_context().dialect.name == "sqlite"
    if not is_sqlite:
        op.execute(
            f"CREATE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "UPDATE table_version SET version = gen_random_uuid()::text WHERE name = TG_TABLE_NAME; RETURN NULL; "
            "END $$"
        )
    for table, column in columns.items():
        op.execute(f"INSERT INTO table_version (name, version) VALUES ('{table}', '')")
        update = f"UPDATE OF {column}" if column else "UPDATE"
        (_trigger_sqlite if is_sqlite else _trigger_postgres)(table, update)


def _trigger_sqlite(table: str, update: str) -> None:
    for change in ("INSERT", update, "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_version_{change.split()[0].lower()} AFTER {change} ON {table} "
            f"BEGIN UPDATE table_version SET version = hex(randomblob(16)) WHERE name = '{table}'; END"
        )


def _trigger_postgres(table: str, update: str) -> None:
    # Before the statement: every writer then locks the version first and the rows after it, so that two never wait for
    # each other.
    op.execute(
        f"CREATE TRIGGER {table}_version BEFORE INSERT OR DELETE OR {update} OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()"
    )
