"""Makes the guards: triggers that make a table append-only.

Revisions call this module, so a released revision must always get the same triggers from it.

A guard prevents accidents: a wrong statement, or a script on the wrong database. It does not stop the owner of the
database, who can drop it. The schema check (`storage/schema/`) finds a missing, disabled or changed guard. The hash
chain and the seals find changed rows.
"""

from alembic import op

FUNCTION = "only_ever_added"


def append_only(keys: dict[str, str]) -> None:
    """Make guards for these tables. `keys`: for each table the SQL condition that a row with the key of NEW exists."""
    if op.get_context().dialect.name == "sqlite":
        for table, condition in keys.items():
            _guard_sqlite(table, condition)
        return
    op.execute(
        f"CREATE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '%: rows are only ever added', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; "
        "END $$"
    )
    for table in keys:
        _guard_postgres(table)


def _guard_sqlite(table: str, condition: str) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: rows are only ever added'); END"
        )
    # INSERT OR REPLACE deletes the existing row, and fires a delete trigger only if `recursive_triggers` is on. Our
    # connections have it on (`sqlite.configure_connection`), but another program's may not, so an insert is guarded
    # too.
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {condition}) "
        f"BEGIN SELECT RAISE(ABORT, '{table}: this row exists'); END"
    )


def _guard_postgres(table: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {FUNCTION}()"
    )
    # TRUNCATE fires no trigger for rows.
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()"
    )
