"""What a reorganisation leaves open: the last year in which a department is assessed, and its open items.

Nothing is written. Not here: the command (`states/year/reorganisation.py`).
"""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from msgspec import Struct

from states.assessment import WITHDRAWN, Assessment
from states.records.account import Account
from states.records.case import Case
from states.records.lineage import answering_units
from states.records.record import RecordState
from states.records.roster import Roster
from states.records.routine_check import RoutineCheck
from states.stages.circulation import Circulated
from states.streams import ROSTER, account_stream, year_stream
from storage import queries
from storage.sign_in import accounts

from .engine import Engine


class OpenItems(Struct, frozen=True):
    """The open items of a closed department.

    - `running`: assessments that continue to their end.
    - `surplus`: assessments of a year in which the department is no longer assessed; they must be withdrawn.
    - `tasks`: circulated assessments with open tasks.
    - `checks`: the ids of open routine checks.
    - `accounts`: the ids of open accounts of the department.
    - `cases`, `records`: the ids of cases and of other records for which several successors could answer, because
      none is named.
    """

    running: tuple[Assessment, ...] = ()
    surplus: tuple[Assessment, ...] = ()
    tasks: tuple[Assessment, ...] = ()
    checks: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    records: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether there are no open items."""
        unassigned = self.cases or self.records
        return not (self.running or self.surplus or self.tasks or self.checks or self.accounts or unassigned)


def final_year(engine: Engine, since: date) -> int:
    """The last year in which a department is assessed, if it is closed on the day `since`.

    It is the year of `since` if that year was opened by then, otherwise the year before.
    """
    # 第六条「每年年底组织开展一次」: a department that existed when the year was opened is assessed in that year; a department
    # that was closed before is not.
    first = engine.ledger.stream(year_stream(since.year))[:1]
    zone = ZoneInfo(engine.editions.in_force.rulebook.timezone)
    was_open = any(entry.recorded_at.astimezone(zone).date() <= since for entry in first)
    return since.year if was_open else since.year - 1


def open_items_of(engine: Engine, unit: str) -> OpenItems:
    """The open items of a closed department; none for a department that was not closed."""
    roster, database = engine.state(ROSTER), engine.ledger.database
    assert isinstance(roster, Roster)
    if roster.closing(unit) is None:
        return OpenItems()
    of_unit = [engine.state(row.stream) for row in queries.assessments_of_unit(database, unit)]
    states = [state for state in of_unit if isinstance(state, Assessment)]
    on_record = [engine.state(stream) for stream in queries.records_of_unit(database, unit)]
    checks = [state for state in on_record if isinstance(state, RoutineCheck) and state.unit == unit]
    unfinished = [state for state in states if state.stage not in (Circulated.stage, WITHDRAWN)]
    unassigned = [one for one in on_record if isinstance(one, RecordState) and _is_unassigned(one, roster)]
    return OpenItems(
        running=tuple(state for state in unfinished if not roster.is_past_final_year(unit, state.year)),
        surplus=tuple(state for state in unfinished if roster.is_past_final_year(unit, state.year)),
        tasks=tuple(state for state in states if state.stage == Circulated.stage and None in state.tasks.values()),
        accounts=tuple(
            row.id for row in accounts.accounts(database) if _is_member(engine.state(account_stream(row.id)), unit)
        ),
        cases=tuple(one.id for one in unassigned if isinstance(one, Case)),
        records=tuple(one.id for one in unassigned if not isinstance(one, Case)),
        checks=tuple(check.id for check in checks if check.status in ("open", "answered")),
    )


def _is_member(account: object, unit: str) -> bool:
    return isinstance(account, Account) and account.unit == unit and not account.closed


def _is_unassigned(record: RecordState, roster: Roster) -> bool:
    if record.body is None or record.rescinded:
        return False
    last = max((change.final_year for change in roster.reorganisations), default=0)
    return len(answering_units(record.body.unit, record.body.unit_now, last + 1, roster)) > 1
