"""The notices of a routine check's entries. Pure.

A letter says that there is something to put right or to decide, and until when. It never says what was found: that is read after signing in.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from states import policy
from states.deadlines.rectification import CheckEscalated, CheckReminderFact
from states.deadlines.schedule import is_weekly
from states.records.routine_check import Findings, RoutineCheck
from states.routine_check import (
    AcceptAnswer,
    AnswerAccepted,
    AnswerReturned,
    RoutineCheckAnswered,
    RoutineCheckFact,
    RoutineCheckWithdrawn,
)
from states.rulebook.types import Rulebook
from states.vocabulary import Text

from .notice import Notice

_NOTED = Text(zh="检查情况已登记，请登录查看", en="the findings have been recorded; sign in to read them")
_ACCEPTED = Text(zh="整改答复已认可", en="the answer was accepted")
_WITHDRAWN = Text(zh="检查记录已撤销", en="the record of the check was withdrawn")


def routine_check_notices(fact: RoutineCheckFact, state: RoutineCheck, rulebook: Rulebook) -> Iterator[Notice]:
    """The notices of one fact; `state` is the check after it."""
    mending, unit = rulebook.routine_check, rulebook.routine_check.by[0]
    if isinstance(fact, CheckEscalated):
        by = rulebook.role_title(unit)
        late = _asking("escalation", fact.to, state, mending.title.text, mending.key, fact.due, by=by)
        yield replace(late, on_monday=is_weekly(fact.rung))
    elif isinstance(fact, CheckReminderFact):
        kind = "overdue" if fact.rung.startswith("+") else "reminder"
        call = _asking(kind, fact.to, state, mending.title.text, mending.key, fact.due)
        yield replace(call, on_monday=is_weekly(fact.rung))
    elif isinstance(fact, AnswerReturned):
        yield _asking("returned", unit, state, mending.title.text, mending.key, state.due, reason=fact.reason)
    elif isinstance(fact, RoutineCheckAnswered):
        act = AcceptAnswer.act
        roles, _ = policy.entitled(act, None, None, rulebook)
        yield _asking("step_open", roles[0], state, policy.title(act, rulebook), act, None)
    elif isinstance(fact, Findings) and fact.to_mend:
        yield _asking("step_open", unit, state, mending.title.text, mending.key, state.due)
    elif isinstance(fact, Findings):
        yield _telling(unit, state, _NOTED)
    elif isinstance(fact, AnswerAccepted | RoutineCheckWithdrawn):
        yield _telling(unit, state, _ACCEPTED if isinstance(fact, AnswerAccepted) else _WITHDRAWN)


def still_applies(notice: Notice, state: RoutineCheck) -> bool:
    """Whether a notice still applies in the present state of the check."""
    if notice.asks is None:
        return True
    if notice.asks == AcceptAnswer.act:
        return state.status == "answered"
    return state.status == "open" and notice.due in (None, state.due)


def _asking(
    kind: str, to: str, state: RoutineCheck, what: Text, asks: str, due: date | None, **values: object
) -> Notice:
    """A notice that asks for something, until that is done."""
    said = {**_about(state), "stage": what, "due": due, **values}
    return Notice(kind, to, state.unit, said, asks, due)


def _telling(to: str, state: RoutineCheck, what: Text) -> Notice:
    checked_on = state.findings.checked_on if state.findings else None
    said = {**_about(state), "checked_on": checked_on, "what": what}
    return Notice("routine_check", to, state.unit, said, on_monday=True)


def _about(state: RoutineCheck) -> dict[str, object]:
    return {"unit": state.unit, "year": state.findings.checked_on.year if state.findings else None}
