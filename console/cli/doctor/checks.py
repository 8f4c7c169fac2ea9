"""All checks of the doctor, in the order in which they are printed."""

from __future__ import annotations

import sys

from config.rulebooks import Edition
from console.cli.screen import Screen
from states.user_errors import UserError
from workflow import wiring

from . import backups, database, file_modes, post, roster, seals, time, vault


def check_everything(screen: Screen, url: str, edition: Edition) -> int:
    """Check the installation over the database at `url`, reading only. Returns the number of faults."""
    screen.say(f"Python {sys.version.split()[0]}", f"Python {sys.version.split()[0]}")
    screen.say(f"办法：{edition.pin}", f"Rulebook in force: {edition.pin}")
    faults = 0
    try:
        with wiring.read_only_engine(url, edition) as engine:
            opened = engine.ledger.database
            faults += database.check(screen, engine)
            time.check(screen, engine)
            faults += seals.check(screen, opened)
            faults += vault.check(screen, engine)
            backups.check(screen, url, opened)
            faults += file_modes.check(screen, url, opened.file)
            faults += database.check_beside(screen, opened)
            faults += post.check(screen, engine.ledger)
            roster.check(screen, engine)
            engine.editions.check()
    except UserError as error:
        faults += 1
        screen.error(error)
    return faults
