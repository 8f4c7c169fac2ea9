"""Prints how much of the ledger is sealed and witnessed, and checks that the next seal can be signed."""

from __future__ import annotations

from audit.seals import keyfiles, proving
from audit.seals.high_water import find_loss
from config.settings import Settings
from console.cli.screen import Screen
from states.user_errors import UserError
from storage import seals
from storage.database.database import Database


def check(screen: Screen, database: Database) -> int:
    """Print the sizes, read the sealing key, and compare the ledger with the note beside the key.

    Returns the number of faults, 0 or 1. That no key is set is only a warning.
    """
    newest, key = seals.last_seal(database), Settings().seal_key
    number, witnessed = newest.number if newest else 0, proving.last_witnessed_size(database)
    screen.say(
        f"封存至第 {number} 条，见证至第 {witnessed} 条", f"Sealed to entry {number}, witnessed to entry {witnessed}"
    )
    if key is None:
        screen.say(
            "! 没有设置封存密钥（KAOHE_SEAL_KEY），台账不会被封存：整体改写无从发现",
            "! No sealing key is set (KAOHE_SEAL_KEY): the ledger is not sealed, and nobody could tell if all of it were rewritten",
            "yellow",
        )
        return 0
    fault: UserError | None
    try:
        keyfiles.read(key)
        fault = find_loss(database, key)
    except UserError as error:
        fault = error
    if fault is not None:
        screen.error(fault)
    return 0 if fault is None else 1
