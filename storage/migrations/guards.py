"""Guards: triggers that make a table append-only.

Called by revisions, so what a released revision makes must not change here.

A guard stops accidents: a wrong statement, a script run on the wrong database. It does not stop the owner of the
database, who can drop it. That it is missing, disabled or changed is found by the schema check (`storage/schema/`), and
what was changed behind it by the hash chain and the seals.
"""

from alembic import op

FUNCTION = "only_ever_added"


def append_only(keys: dict[str, str]) -> None:
    """Refuse every change of these tables: each table, and the condition under which a row like NEW exists already."""
    if op.get_context().dialect.name == "sqlite":
        for table, exists in keys.items():
            _guard_sqlite(table, exists)
        return
    op.execute(
        f"CREATE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '%: rows are only ever added', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; "
        "END $$"
    )
    for table in keys:
        _guard_postgres(table)


def _guard_sqlite(table: str, exists: str) -> None:
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: rows are only ever added'); END"
        )
    # INSERT OR REPLACE deletes the row in its way, and fires no delete trigger unless the connection has
    # `recursive_triggers` on. Ours has (`sqlite.set_up`), another program's may not: so an insert is guarded as well.
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {exists}) "
        f"BEGIN SELECT RAISE(ABORT, '{table}: this row exists'); END"
    )


def _guard_postgres(table: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {FUNCTION}()"
    )
    # TRUNCATE fires no row trigger.
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()"
    )
