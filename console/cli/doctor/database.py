"""Checks the database's pages, its schema, the end of the ledger, and the small tables beside it."""

from __future__ import annotations

from audit.tables.all_tables import check_small_tables
from console.cli.screen import Screen
from storage import queries
from storage.database.database import Database
from workflow.engine import Engine


def check(screen: Screen, engine: Engine) -> int:
    """Check that the database file is intact, and that the last entry of the ledger continues the one before.

    Returns the number of faults.
    """
    database = engine.ledger.database
    screen.say(database.description, database.description)
    faults = queries.page_faults(database)
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
    """Check the schema and the small tables beside the ledger. Print defects and caveats.

    Returns the number of defects. A caveat is only a warning.
    """
    findings = check_small_tables(database)
    for defect in findings.defects:
        screen.say(f"✗ {defect.render('zh')}", f"✗ {defect.render('en')}", "red")
    for text in findings.caveats:
        screen.say(f"! {text.zh}", f"! {text.en}", "yellow")
    if not findings.defects:
        screen.say(
            "✓ 触发器、索引等库结构与本版本所建一致",
            "✓ Triggers, indexes and tables are as this release makes them",
            "green",
        )
    return len(findings.defects)
