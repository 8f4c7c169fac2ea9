"""The notices of a routine check's entries, and whether they still apply later. Pure.

A letter says that there is something to rectify or to decide, and the deadline. It never says what the check found;
people read that after signing in.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from states import policy
from states.cases.routine_check import (
    AcceptAnswer,
    AnswerAccepted,
    AnswerReturned,
    RoutineCheckAnswered,
    RoutineCheckFact,
    RoutineCheckWithdrawn,
)
from states.deadlines.rectification import CheckEscalated, CheckReminderFact
from states.deadlines.schedule import is_weekly
from states.records.routine_check import Findings, RoutineCheck
from states.rulebook.types import Rulebook
from states.vocabulary import Text

from .notice import Notice

_RECORDED = Text(zh="检查情况已登记，请登录查看", en="the findings have been recorded; sign in to read them")
_ACCEPTED = Text(zh="整改答复已认可", en="the answer was accepted")
_WITHDRAWN = Text(zh="检查记录已撤销", en="the record of the check was withdrawn")


def routine_check_notices(fact: RoutineCheckFact, state: RoutineCheck, rulebook: Rulebook) -> Iterator[Notice]:
    """The notices of one fact; `state` is the check after it."""
    rectification, role = rulebook.routine_check, rulebook.routine_check.by[0]
    title, key = rectification.title.text, rectification.key
    if isinstance(fact, CheckEscalated):
        escalation = _request("escalation", fact.to, state, title, key, fact.due, by=rulebook.role_title(role))
        yield replace(escalation, on_monday=is_weekly(fact.step_name))
    elif isinstance(fact, CheckReminderFact):
        kind = "overdue" if fact.step_name.startswith("+") else "reminder"
        yield replace(_request(kind, fact.to, state, title, key, fact.due), on_monday=is_weekly(fact.step_name))
    elif isinstance(fact, AnswerReturned):
        yield _request("returned", role, state, title, key, state.due, reason=fact.reason)
    elif isinstance(fact, RoutineCheckAnswered):
        act = AcceptAnswer.act
        roles, _ = policy.entitled_roles(act, None, None, rulebook)
        yield _request("step_open", roles[0], state, policy.title(act, rulebook), act, None)
    elif isinstance(fact, Findings) and fact.to_mend:
        yield _request("step_open", role, state, title, key, state.due)
    elif isinstance(fact, Findings):
        yield _information(role, state, _RECORDED)
    elif isinstance(fact, AnswerAccepted | RoutineCheckWithdrawn):
        yield _information(role, state, _ACCEPTED if isinstance(fact, AnswerAccepted) else _WITHDRAWN)


def still_applies(notice: Notice, state: RoutineCheck) -> bool:
    """Whether a notice still applies in the present state of the check."""
    if notice.asks is None:
        return True
    if notice.asks == AcceptAnswer.act:
        return state.status == "answered"
    return state.status == "open" and notice.due in (None, state.due)


def _request(
    kind: str, to: str, state: RoutineCheck, title: Text, asks: str, due: date | None, **values: object
) -> Notice:
    """A notice that asks for something. It applies until that is done."""
    all_values = {**_common_values(state), "stage": title, "due": due, **values}
    return Notice(kind, to, state.unit, all_values, asks, due)


def _information(to: str, state: RoutineCheck, message: Text) -> Notice:
    """A notice that asks for nothing."""
    checked_on = state.findings.checked_on if state.findings else None
    values = {**_common_values(state), "checked_on": checked_on, "what": message}
    return Notice("routine_check", to, state.unit, values, on_monday=True)


def _common_values(state: RoutineCheck) -> dict[str, object]:
    return {"unit": state.unit, "year": state.findings.checked_on.year if state.findings else None}
