"""Which edition of the measure binds a stream, and the context that a decision about it gets.

Pure: the states of other streams are handed in (`OtherStreams`).
"""

# The engine asks before it writes an entry, a preview before anything is written, and the replay long after. All three
# ask here: with a second answer to the same question, the replay would refuse what the engine accepted.

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from .assessment import Assessment
from .cases.attribution import CasesAndChecks, cases_and_checks_for
from .compiled_rulebook import CompiledRulebook
from .context import ACCOUNTS, CASES, PROGRESS, YEAR, Context, Needs
from .records.account import Account
from .records.roster import Roster
from .records.year import Progress, Year
from .stream_kinds import State
from .streams import ROSTER, account_stream, kind_of, year_of
from .vocabulary import Actor


class OtherStreams(Protocol):
    """The other streams of the ledger at one moment: inside a transaction, as last committed, or at a replayed entry.

    None means that the answer cannot be known, because a replay found the stream broken. Then no check uses it.
    """

    def state(self, stream: str) -> State | None: ...

    def cases_and_checks_of(self, unit: str) -> CasesAndChecks:
        """The cases and routine checks on record for a unit."""
        ...

    def progress(self, year: str) -> tuple[Progress, ...] | None:
        """The stages of the annual assessments of a year; `year` is the year's stream."""
        ...


def pin_that_binds(stream: str, pin_of: Callable[[str], str]) -> str:
    """The pin of the edition that binds a stream's next entry; empty where that is the edition in force.

    `pin_of` gives the pin of a stream's first entry; empty if it has none.
    """
    # A year is assessed under one edition from its opening to its end, even if another comes into force meanwhile. An
    # assessment opened late follows its year; a special one of a year that was never opened follows its own first
    # entry. A case or an account may outlive the edition it began under, so each of its entries follows the edition in
    # force.
    kind = kind_of(stream)
    if kind == "assessment":
        return pin_of(stream) or pin_of(year_of(stream))
    return pin_of(stream) if kind == "year" else ""


def context_for(
    state: State,
    needs: Needs,
    actor: Actor,
    now: datetime,
    compiled: CompiledRulebook,
    others: OtherStreams,
    record: Any = None,
) -> Context:
    """The context of a decision about `state`: actor, time, rulebook, and what the decision `needs` of other streams.

    `record` is the command or the fact to decide on, if there is one. It names the accounts that `ACCOUNTS` asks for.
    """
    # The roster is always in the context: recusal depends on it (F16).
    roster, rulebook = others.state(ROSTER), compiled.rulebook
    of_unit: CasesAndChecks = ((), ())
    year: State | None = None
    if isinstance(state, Assessment):
        if needs >= CASES:
            of_unit = cases_and_checks_for(
                state, roster if isinstance(roster, Roster) else None, rulebook, others.cases_and_checks_of
            )
        if needs >= YEAR:
            year = others.state(year_of(state.stream))
    accounts: dict[str, Account] | None = None
    if needs >= ACCOUNTS and record is not None:
        named = ((id_, others.state(account_stream(id_))) for id_ in record.accounts)
        accounts = {id_: one for id_, one in named if isinstance(one, Account)}
    return Context(
        rulebook=rulebook,
        actor=actor,
        now=now,
        today=compiled.today(now),
        cases=of_unit[0],
        checks=of_unit[1],
        year=year if isinstance(year, Year) else None,
        roster=roster if isinstance(roster, Roster) else None,
        progress=others.progress(state.stream) if needs >= PROGRESS and isinstance(state, Year) else None,
        accounts=accounts,
    )
