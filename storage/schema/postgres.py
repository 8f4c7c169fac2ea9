"""The objects of a PostgreSQL schema, from its catalogue, and those that the statements of the migrations make.

The server prints a definition in its own spelling, so both are normalised. Of a trigger five things count: its table,
when it fires, at which changes, for rows or statements, and its function.
"""

from __future__ import annotations

import re
from functools import cache
from io import StringIO

from alembic import command
from sqlalchemy import Connection, text

from storage.database.database import alembic_config

Objects = dict[tuple[str, str], str]
"""(kind, name) -> definition."""


@cache
def wanted() -> Objects:
    """The objects that the migrations make, read from their statements (alembic's offline mode)."""
    script = StringIO()
    config = alembic_config()
    config.output_buffer = script
    config.attributes["dialect"] = "postgresql"
    command.upgrade(config, "head", sql=True)
    found: Objects = {}
    for kind, name, definition in _statements(script.getvalue()):
        if definition is None:
            found.pop((kind, name), None)
        else:
            found[kind, name] = definition
    return found


def present(connection: Connection) -> Objects:
    """The objects in our schema: triggers, their functions, indexes, rules, and row security, which hides rows."""
    return {
        (kind, name): _normalised(kind, definition) for kind, name, definition in connection.execute(text(_CATALOGUE))
    }


def switches(connection: Connection) -> list[tuple[str, str, str]]:
    """Triggers that exist and do not fire: disabled ones, and all of them where sessions run in the role of a replica."""
    found = [("trigger", name, "disabled") for (name,) in connection.execute(text(_DISABLED))]
    settings = connection.execute(text(_REPLICA)).scalar_one()
    return [*found, ("setting", "session_replication_role", "changed")] if settings else found


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

# An internal trigger belongs to a foreign key: while it is disabled, the constraint does not hold.
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

_MADE = re.compile(
    r"CREATE (?:OR REPLACE |UNIQUE |CONSTRAINT )*(TRIGGER|INDEX|FUNCTION) \"?(\w+)\"?.*?(?:\$\$.*?\$\$.*?)?;\s*$",
    re.DOTALL | re.MULTILINE,
)
_GONE = re.compile(r"DROP (TRIGGER|INDEX|FUNCTION) (?:IF EXISTS )?\"?(\w+)\"?[^;]*;")
_TABLE_GONE = re.compile(r"DROP TABLE (?:IF EXISTS )?\"?(\w+)\"?")


def _statements(sql: str) -> list[tuple[str, str, str | None]]:
    """Every object that is created, with its definition, or dropped (None), in order."""
    found = [(one.start(), one[1].lower(), one[2], _normalised(one[1].lower(), one[0])) for one in _MADE.finditer(sql)]
    gone = [(one.start(), one[1].lower(), one[2], None) for one in _GONE.finditer(sql)]
    for one in _TABLE_GONE.finditer(sql):
        hung = [(kind, name) for at, kind, name, form in found if at < one.start() and _on(form) == one[1]]
        gone += [(one.start(), kind, name, None) for kind, name in hung]
    return [(kind, name, form) for _, kind, name, form in sorted([*found, *gone], key=lambda row: row[0])]


def _on(form: str) -> str:
    found = re.search(r"\bON (\w+)", form)
    return found[1] if found else ""


def _normalised(kind: str, definition: str) -> str:
    """A definition in the form in which both are compared."""
    if kind == "function":
        # Written without a connection, Alembic doubles a percent sign.
        body = definition.split("$$")[1].replace("%%", "%") if "$$" in definition else definition
        return " ".join(body.split())
    form = " ".join(definition.replace('"', "").rstrip("; \n").split())
    form = re.sub(r"\bON (?:ONLY )?(?:\w+\.)?(\w+)", r"ON \1", form)
    if kind == "index":
        return form.replace(" USING btree", "")
    if kind == "trigger":
        form = re.sub(r"EXECUTE (?:FUNCTION|PROCEDURE) (?:\w+\.)?", "EXECUTE FUNCTION ", form)
        return re.sub(
            r"(?<=BEFORE |.AFTER )(.+?) ON ", lambda deeds: " OR ".join(sorted(deeds[1].split(" OR "))) + " ON ", form
        )
    return form
