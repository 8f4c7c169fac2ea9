"""Opens the engine with which a command writes.

Its database comes from `--database` or the settings, its rulebook from the settings, and its clock is the machine's.
Not here: the engine of a command that only reads (`workflow.wiring.read_only_engine`).
"""

from __future__ import annotations

from config.clock import SystemClock
from config.rulebooks import Edition, default_edition, parse_edition
from config.settings import Settings
from states import policy
from states.vocabulary import CLOCK, Actor
from workflow import wiring
from workflow.engine import Engine


def open_engine(url: str | None, edition: Edition | None = None) -> Engine:
    """Open an engine for writing. `url`: the value of `--database`; None means the database of the settings.

    `edition`: the rulebook, if the command has loaded it already; None means the rulebook of the settings. Raises
    `RulebookFault` if no entry names it yet and it could not be used under another of its readings.
    """
    settings = Settings()
    in_force = edition or default_edition(settings.rulebook)
    engine = wiring.compose_engine(url or settings.database, SystemClock(), in_force)
    try:
        # An edition enters the ledger with the first entry that names it, and from then on it cannot be changed. Every
        # door opens here: the operator learns of a fault before anybody else, and not in the middle of a command.
        if not engine.editions.is_stored(in_force.pin):
            name = str(settings.rulebook or in_force.rulebook.id)
            parse_edition(in_force.source.encode(), name, under_every_reading=True)
    except BaseException:
        engine.close()
        raise
    return engine


def actor_for(act: str, engine: Engine, account: str, state: object = None) -> Actor:
    """The account as an actor, in the role of a person that the rulebook in force names first for the act.

    `state`: that of the stream, if the roles depend on it.
    """
    by, _ = policy.entitled_roles(act, state, None, engine.editions.in_force.rulebook)
    return Actor(account, next((role for role in by if role != CLOCK.role), ""))
