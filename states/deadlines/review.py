"""复核、申诉: a request for a review of a circulated result, and the decision on it.

The decision is that the result stands, or that it is to be reopened. It changes nothing else: to reopen the result is
an act of its own (`stages/reopening.py`), and until then the tasks that follow from the result go on. The decision is
itself a task, under the id of its window, and has its deadline as one (`task_dates.py`). Not here: which windows are
open, and until when (`windows.py`).
"""

# 公务员法：“复核、申诉期间不停止人事处理的执行。” The measures that we know say nothing else, so a review holds up no task.

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import Assessment, AssessmentFact, ReviewOutcome, ReviewState
from states.context import Context
from states.guards import FaultCollector, check_not_in_future
from states.refusals import NothingToDo, NotKnown, Refusal, TooEarly
from states.result.open_tasks import window_title
from states.rulebook.types import Rulebook
from states.vocabulary import UNIT_ROLE, Citation, Command, Stamp, Text, Words, accounts_of

from .task_dates import possible_last_days
from .windows import Windows, undecided_reviews

REVIEW_ACTS = frozenset({"ask_review", "decide_review"})
"""The acts that a rulebook must have if it has windows."""

_WINDOW = Text(zh="复核或申诉", en="review")
_NONE_TO_ASK = Text(zh="这一结果没有复核或申诉", en="no review of this result can be asked for")
_NONE_TO_DECIDE = Text(zh="无人提出复核或申诉", en="nobody has asked for a review")
_ASKED_ON = Text(zh="提出日期", en="asked on")
_DECIDED_ON = Text(zh="决定日期", en="decided on")


class WindowOver(Refusal):
    """Somebody asks after the last day."""

    zh = "“{window}”最迟于 {last} 提出，{asked} 提出已超过期限（{clause}）。逾期不再受理；结果确有错误的，仍可由审定结果的机构决定重新审议。"
    en = (
        "The last day to ask for “{window}” was {last}, and this request is of {asked} ({clause}). It is too late. If the "
        "result is wrong, those who approved it can still reopen it."
    )


class WindowNotOpen(Refusal):
    """Somebody asks in a window that opens after the decision in another one."""

    zh = "“{window}”须在“{before}”决定维持原结果之后提出（{clause}）。现在还不能提出。"
    en = (
        "“{window}” can be asked for only after “{before}” was decided and the result stands ({clause}). It is not "
        "possible now."
    )


class AskedOnAnotherDay(Refusal):
    """A department gives another day than today for its own request."""

    zh = "本部门提出申请，以在系统中提交的日期为准（{clause}）。提出日期请填 {today}。"
    en = "Your own request counts from the day on which you submit it here ({clause}). Enter {today} as the day."


class ReviewRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request: the id of the window, the day, the reason, and the number of the paper (if any)."""

    window: str
    asked_on: date
    reason: Words
    document: Words | None = None


class AskReview(Command, ReviewRequest, frozen=True, kw_only=True):
    """Ask for a review of the circulated result."""


class ReviewAsked(AssessmentFact, ReviewRequest, frozen=True, kw_only=True):
    """Somebody asked for a review. The decision on it is now a task of those who decide."""

    dated = "asked_on"

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        review = ReviewState(asked_on=self.asked_on, asked_by=accounts_of(stamp), role=stamp.role)
        return replace(state, reviews={**state.reviews, self.window: review}, tasks={**state.tasks, self.window: None})


class ReviewDecision(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The decision: the id of the window, what is decided, the day, the reason, and the number of the paper (if any)."""

    window: str
    decision: ReviewOutcome
    decided_on: date
    reason: Words
    document: Words | None = None


class DecideReview(Command, ReviewDecision, frozen=True, kw_only=True):
    """Decide on a review that somebody asked for."""


class ReviewDecided(AssessmentFact, ReviewDecision, frozen=True, kw_only=True):
    """A review was decided: the result stands, or it is to be reopened."""

    dated = "decided_on"

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        review = replace(state.reviews[self.window], decision=self.decision)
        return replace(
            state,
            reviews={**state.reviews, self.window: review},
            tasks={**state.tasks, self.window: stamp.recorded_at},
            task_days={**state.task_days, self.window: self.decided_on},
        )


def may_ask(state: Assessment, context: Context) -> bool:
    """Whether a window is open today."""
    return bool(Windows(state, context.rulebook).open(context.today))


def may_decide(state: Assessment, context: Context) -> bool:
    """Whether a review waits for its decision."""
    return bool(undecided_reviews(state))


def check_request(state: Assessment, record: ReviewRequest, context: Context) -> None:
    """Refuse a request in a window that the result does not have, that is not open, or in which somebody has asked.

    Refuse a day in the future, before the window opened, or after the last day to ask; from a department, any day but
    today.
    """
    windows, rulebook = Windows(state, context.rulebook), context.rulebook
    _check_window(record.window, windows.ids, "ask_review", _NONE_TO_ASK, rulebook)
    title, clause = window_title(state, record.window, rulebook), windows.rule(record.window).clause
    if record.window in state.reviews:
        raise NothingToDo(act=title, why=Text(zh="已经提出", en="somebody has asked already"), clause=clause)
    opened_on = windows.opened_on(record.window)
    if opened_on is None:
        before = rulebook.windows[windows.rule(record.window).from_].title.text
        raise WindowNotOpen(window=title, before=before, clause=clause)
    faults = FaultCollector(clause)
    with faults.at("asked_on"):
        _check_day_asked(record.asked_on, opened_on, windows, record.window, title, context)
    faults.end()


def check_decision(state: Assessment, record: ReviewDecision, context: Context) -> None:
    """Refuse a decision where nobody has asked or which was made already, and a day before the request or in the future."""
    clause = context.rulebook.cited("decide_review")
    _check_window(record.window, state.reviews, "decide_review", _NONE_TO_DECIDE, context.rulebook)
    review = state.reviews[record.window]
    title = window_title(state, record.window, context.rulebook)
    if review.decision is not None:
        raise NothingToDo(act=title, why=Text(zh="已作出决定", en="it is decided already"), clause=clause)
    faults = FaultCollector(clause)
    with faults.at("decided_on"):
        check_not_in_future(_DECIDED_ON, record.decided_on, context, clause)
        _check_not_before(_DECIDED_ON, record.decided_on, _ASKED_ON, review.asked_on, clause)
    faults.end()


def windows_to_ask(state: Assessment, rulebook: Rulebook, today: date) -> dict[str, Text]:
    """The windows in which somebody may ask today, with their titles."""
    return {id_: window_title(state, id_, rulebook) for id_ in Windows(state, rulebook).open(today)}


def _check_window(id_: str, known: Collection[str], act: str, none: Text, rulebook: Rulebook) -> None:
    """Refuse a window that is not in `known`; if there is no window at all, say so (`none`)."""
    if not known:
        raise NothingToDo(act=rulebook.acts[act].title.text, why=none, clause=rulebook.cited(act))
    if id_ not in known:
        raise NotKnown(what=_WINDOW, value=id_, known=", ".join(known), clause=rulebook.cited(act))


def _check_day_asked(
    asked_on: date, opened_on: date, windows: Windows, id_: str, title: Text, context: Context
) -> None:
    rule = windows.rule(id_)
    check_not_in_future(_ASKED_ON, asked_on, context, rule.clause)
    _check_not_before(_ASKED_ON, asked_on, Text(zh="可以提出之日", en="the day it opened"), opened_on, rule.clause)
    # Until the clock has counted the last day, only a day that is too late by every calendar is refused.
    last = windows.last_day(id_) or possible_last_days(rule.within, opened_on)[1]
    if asked_on > last:
        raise WindowOver(window=title, last=last, asked=asked_on, clause=rule.clause)
    # A department that could give an earlier day would set its own deadline. Another role enters a paper request, and
    # gives the day on which the paper came.
    if context.actor.role == UNIT_ROLE and asked_on != context.today:
        raise AskedOnAnotherDay(today=context.today, clause=rule.clause)


def _check_not_before(what: Text, day: date, after: Text, earliest: date, clause: Citation) -> None:
    if day < earliest:
        raise TooEarly(what=what, value=day, after=after, against=earliest, clause=clause)
