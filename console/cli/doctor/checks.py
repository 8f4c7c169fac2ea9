"""Runs all checks of the doctor in order, and counts the faults."""

from __future__ import annotations

import sys

from config.rulebooks import Edition
from console.cli.screen import Screen
from states.user_errors import UserError
from workflow import wiring

from . import backups, database, file_modes, post, roster, seals, time, vault


def check_everything(screen: Screen, url: str, edition: Edition) -> int:
    """Check the installation with the database at `url`, and the editions of the ledger. Nothing is changed.

    Returns the number of faults. A `UserError` is one fault, and ends the checks.
    """
    screen.say(f"Python {sys.version.split()[0]}", f"Python {sys.version.split()[0]}")
    screen.say(f"办法：{edition.pin}", f"Rulebook in force: {edition.pin}")
    faults = 0
    try:
        with wiring.read_only_engine(url, edition) as engine:
            ledger = engine.ledger
            faults += database.check(screen, engine)
            time.check(screen, engine)
            faults += seals.check(screen, ledger.database)
            faults += vault.check(screen, engine)
            backups.check(screen, url, ledger.database)
            faults += file_modes.check(screen, url, ledger.database.file)
            faults += database.check_beside(screen, ledger.database)
            faults += post.check(screen, ledger)
            roster.check(screen, engine)
            engine.editions.check()
    except UserError as error:
        faults += 1
        screen.error(error)
    return faults
