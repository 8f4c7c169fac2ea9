"""The database, the end of the ledger, and the tables beside it."""

from __future__ import annotations

from audit.tables.all_tables import check_small_tables
from console.cli.screen import Screen
from storage import queries
from storage.database.database import Database
from workflow.engine import Engine


def check(screen: Screen, engine: Engine) -> int:
    """Whether the database is intact, and the last entry of the ledger follows from the one before. Returns the number of faults."""
    database = engine.ledger.database
    screen.say(database.journal, database.journal)
    faults = queries.integrity(database)
    for line in faults:
        screen.say(f"✗ {line}", f"✗ {line}", "red")
    head = engine.ledger.head()
    screen.say(
        f"✓ 台账 {head.number} 条，末尾核验无误，摘要 {head.digest}",
        f"✓ The ledger has {head.number} entries, its end is correct, digest {head.digest}",
        "green",
    )
    return len(faults)


def check_beside(screen: Screen, database: Database) -> int:
    """Whether the schema and the small tables beside the ledger are as they should be. Returns the number of faults."""
    found = check_small_tables(database)
    for defect in found.defects:
        screen.say(f"✗ {defect.render('zh')}", f"✗ {defect.render('en')}", "red")
    for text in found.caveats:
        screen.say(f"! {text.zh}", f"! {text.en}", "yellow")
    if not found.defects:
        screen.say(
            "✓ 触发器、索引等库结构与本版本所建一致",
            "✓ Triggers, indexes and tables are as this release makes them",
            "green",
        )
    return len(found.defects)
