"""For a reorganisation: the last year in which a department is assessed, and what it leaves open. Reads only."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from msgspec import Struct

from states.assessment import WITHDRAWN, Assessment
from states.records.account import Account
from states.records.case import Case
from states.records.lineage import answering_units
from states.records.roster import Roster
from states.records.routine_check import RoutineCheck
from states.stages.circulation import Circulated
from states.streams import ROSTER, account_stream, year_stream
from storage import queries
from storage.sign_in import accounts

from .engine import Engine


class OpenItems(Struct, frozen=True):
    """What a closed department leaves open.

    - `running`: its assessments that continue to their end.
    - `surplus`: its assessments of a year in which it is not assessed any more; they are to be withdrawn.
    - `tasks`: its circulated assessments with tasks that are not done.
    - `checks`: the ids of routine checks that are not closed.
    - `accounts`: the ids of accounts that still belong to it.
    - `cases`: the ids of cases for which no successor is named.
    """

    running: tuple[Assessment, ...] = ()
    surplus: tuple[Assessment, ...] = ()
    tasks: tuple[Assessment, ...] = ()
    checks: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is left open."""
        return not (self.running or self.surplus or self.tasks or self.checks or self.accounts or self.cases)


def final_year(engine: Engine, since: date) -> int:
    """The last year in which a department is assessed that is closed on the day `since`."""
    # 第六条「每年年底组织开展一次」: a department that existed when the year was opened is assessed to the end; one that was
    # closed before is not.
    first = engine.ledger.stream(year_stream(since.year))[:1]
    zone = ZoneInfo(engine.editions.in_force.rulebook.timezone)
    begun = any(entry.recorded_at.astimezone(zone).date() <= since for entry in first)
    return since.year if begun else since.year - 1


def open_items_of(engine: Engine, unit: str) -> OpenItems:
    """What the department leaves open; empty for a department that was not closed."""
    roster, database = engine.state(ROSTER), engine.ledger.database
    assert isinstance(roster, Roster)
    if roster.end(unit) is None:
        return OpenItems()
    of_unit = [engine.state(row.stream) for row in queries.assessments_of_unit(database, unit)]
    states = [state for state in of_unit if isinstance(state, Assessment)]
    cases_and_checks = [engine.state(stream) for stream in queries.cases_and_checks_of_unit(database, unit)]
    checks = [one for one in cases_and_checks if isinstance(one, RoutineCheck) and one.unit == unit]
    unended = [state for state in states if state.stage not in (Circulated.stage, WITHDRAWN)]
    return OpenItems(
        running=tuple(state for state in unended if not roster.is_retired(unit, state.year)),
        surplus=tuple(state for state in unended if roster.is_retired(unit, state.year)),
        tasks=tuple(state for state in states if state.stage == Circulated.stage and None in state.tasks.values()),
        accounts=tuple(
            row.id for row in accounts.accounts(database) if _is_in(engine.state(account_stream(row.id)), unit)
        ),
        cases=tuple(one.id for one in cases_and_checks if isinstance(one, Case) and _is_unassigned(one, roster)),
        checks=tuple(one.id for one in checks if one.status in ("open", "answered")),
    )


def _is_in(account: object, unit: str) -> bool:
    return isinstance(account, Account) and account.unit == unit and not account.closed


def _is_unassigned(case: Case, roster: Roster) -> bool:
    if case.body is None or case.rescinded:
        return False
    last = max((one.final_year for one in roster.reorganisations), default=0)
    return len(answering_units(case.body.unit, case.body.unit_now, last + 1, roster)) > 1
