"""Reads the objects of a PostgreSQL schema from its catalogue, and the expected objects from the migrations.

The server prints a definition in its own spelling, so both are normalised. Five properties of a trigger are compared:
its table, when it fires, at which changes, for rows or for statements, and its function.
"""

from __future__ import annotations

import re
from functools import cache
from io import StringIO

from alembic import command
from sqlalchemy import Connection, text

from storage.database.database import alembic_config

Objects = dict[tuple[str, str], str]
"""The definition of each object, by its kind and its name."""


@cache
def expected_objects() -> Objects:
    """The objects that the migrations make, read from their statements (alembic's offline mode)."""
    script = StringIO()
    config = alembic_config()
    config.output_buffer = script
    config.attributes["dialect"] = "postgresql"
    command.upgrade(config, "head", sql=True)
    objects: Objects = {}
    for kind, name, definition in _statements(script.getvalue()):
        if definition is None:
            objects.pop((kind, name), None)
        else:
            objects[kind, name] = definition
    return objects


def existing_objects(connection: Connection) -> Objects:
    """The objects in our schema: triggers, their functions, indexes, rules, and row security, which hides rows."""
    rows = connection.execute(text(_CATALOGUE))
    return {(kind, name): _normalise(kind, definition) for kind, name, definition in rows}


def disabled_objects(connection: Connection) -> list[tuple[str, str, str]]:
    """The triggers that exist but do not fire, as (kind, name, state).

    If sessions run in the role of a replica, no trigger fires, and the setting for that is in the list.
    """
    triggers = [("trigger", name, "disabled") for (name,) in connection.execute(text(_DISABLED))]
    is_replica = connection.execute(text(_REPLICA)).scalar_one()
    return [*triggers, ("setting", "session_replication_role", "changed")] if is_replica else triggers


_CATALOGUE = """
SELECT 'trigger', t.tgname, pg_get_triggerdef(t.oid)
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
 WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace
UNION ALL
SELECT 'function', p.proname, p.prosrc FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
UNION ALL
SELECT 'index', i.indexname, i.indexdef FROM pg_indexes i WHERE i.schemaname = current_schema()
UNION ALL
SELECT 'rule', r.rulename, r.definition FROM pg_rules r WHERE r.schemaname = current_schema()
UNION ALL
SELECT 'rule', 'row security of ' || c.relname, '' FROM pg_class c
 WHERE c.relrowsecurity AND c.relnamespace = current_schema()::regnamespace
"""

# An internal trigger belongs to a foreign key. While it is disabled, the constraint is not checked.
_DISABLED = """
SELECT DISTINCT CASE WHEN t.tgisinternal THEN 'foreign key of ' || c.relname ELSE t.tgname END
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
 WHERE t.tgenabled NOT IN ('O', 'A') AND c.relnamespace = current_schema()::regnamespace
"""

_REPLICA = """
SELECT current_setting('session_replication_role') <> 'origin' OR EXISTS (
  SELECT 1 FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase
   WHERE (s.setdatabase = 0 OR d.datname = current_database())
     AND EXISTS (SELECT 1 FROM unnest(s.setconfig) one WHERE one ~ '^session_replication_role=(?!origin)'))
"""

_CREATE = re.compile(
    r"CREATE (?:OR REPLACE |UNIQUE |CONSTRAINT )*(TRIGGER|INDEX|FUNCTION) \"?(\w+)\"?.*?(?:\$\$.*?\$\$.*?)?;\s*$",
    re.DOTALL | re.MULTILINE,
)
_DROP = re.compile(r"DROP (TRIGGER|INDEX|FUNCTION) (?:IF EXISTS )?\"?(\w+)\"?[^;]*;")
_DROP_TABLE = re.compile(r"DROP TABLE (?:IF EXISTS )?\"?(\w+)\"?")


def _statements(sql: str) -> list[tuple[str, str, str | None]]:
    """Every object that the statements create, with its definition, or drop (None), in order."""
    created = [
        (match.start(), match[1].lower(), match[2], _normalise(match[1].lower(), match[0]))
        for match in _CREATE.finditer(sql)
    ]
    dropped = [(match.start(), match[1].lower(), match[2], None) for match in _DROP.finditer(sql)]
    for match in _DROP_TABLE.finditer(sql):
        # Its triggers and indexes go with a table.
        earlier = (row for row in created if row[0] < match.start())
        of_table = [(kind, name) for _, kind, name, definition in earlier if _table_of(definition) == match[1]]
        dropped += [(match.start(), kind, name, None) for kind, name in of_table]
    in_order = sorted([*created, *dropped], key=lambda row: row[0])
    return [(kind, name, definition) for _, kind, name, definition in in_order]


def _table_of(definition: str) -> str:
    match = re.search(r"\bON (\w+)", definition)
    return match[1] if match else ""


def _normalise(kind: str, definition: str) -> str:
    """A definition in the form for the comparison."""
    if kind == "function":
        # When Alembic writes SQL without a connection, it doubles a percent sign.
        body = definition.split("$$")[1].replace("%%", "%") if "$$" in definition else definition
        return " ".join(body.split())
    form = " ".join(definition.replace('"', "").rstrip("; \n").split())
    form = re.sub(r"\bON (?:ONLY )?(?:\w+\.)?(\w+)", r"ON \1", form)
    if kind == "index":
        return form.replace(" USING btree", "")
    if kind == "trigger":
        form = re.sub(r"EXECUTE (?:FUNCTION|PROCEDURE) (?:\w+\.)?", "EXECUTE FUNCTION ", form)
        return re.sub(
            r"(?<=BEFORE |.AFTER )(.+?) ON ", lambda match: " OR ".join(sorted(match[1].split(" OR "))) + " ON ", form
        )
    return form
