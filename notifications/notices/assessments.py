"""The notices of an assessment's entries: a pure function of the fact, the state after it and the rulebook.

A notice goes to a role of the assessment, never to a named person. Notices on vetoes and cases go to the discipline office and the
committee only (docs/house.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from states.assessment import WITHDRAWN, Assessment, StageFact
from states.cases.vetoes import VetoLifted, VetoRaised, VetoRecorded
from states.deadlines.reasons import DEADLINE_EXTENDED, reason_text
from states.deadlines.reminders import DeadlineMoved, Escalated, ReminderFact, next_stage, open_items
from states.deadlines.schedule import HasDeadline, is_weekly
from states.result.result import lost, plain
from states.rulebook.types import Rulebook
from states.stages.circulation import Circulated
from states.stages.reopening import ResultReopened, last_resolution
from states.stages.scoring import Scored, ScoreReturned, StaleScoreNoted
from states.stages.self_report import SelfReportReturned
from states.vocabulary import Fact, Text

from .notice import Notice

VETO_RECIPIENTS = ("office", "committee")
"""The roles that hear of vetoes and of what cases do to a score."""


def assessment_notices(fact: Fact, state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    """The notices of one fact; `state` is the assessment after it. Most facts have none."""
    for notice in _of(fact, state, rulebook):
        values = {"unit": state.unit, "year": state.year, "special": state.special, **notice.values}
        yield replace(notice, unit=state.unit, values=values)


def still_applies(notice: Notice, state: Assessment, rulebook: Rulebook) -> bool:
    """Whether a notice still applies in the present state of the assessment."""
    if state.stage == WITHDRAWN:
        return False
    if notice.kind == "veto_raised":
        return bool(state.vetoes)
    if notice.kind == "stale_score":
        return bool(state.noted)
    if notice.asks is None:
        return True
    return any(what.key == notice.asks and notice.due in (None, due) for what, due in open_items(state, rulebook))


def _of(fact: Fact, state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    if isinstance(fact, ReminderFact):
        yield _called(fact, rulebook)
    elif isinstance(fact, SelfReportReturned):
        yield _returned("self_report", "unit", fact.reason, rulebook)
    elif isinstance(fact, ScoreReturned):
        yield _returned("scoring", "working_group", fact.reason, rulebook)
    elif isinstance(fact, DeadlineMoved):
        stage = rulebook.stages[fact.stage]
        if fact.reason == DEADLINE_EXTENDED.zh:
            yield from _given_time(fact, state, rulebook)
            return
        yield _notice("deadline_moved", stage.by[0], stage=stage.title.text, due=fact.due, reason=fact.reason)
    elif isinstance(fact, Circulated):
        why = last_resolution(state)
        yield _notice(
            "circulated", "unit", document=fact.document, replaces=fact.replaces, grade=_grade(state, rulebook),
            resolution=why and why.resolution, reason=why and why.reason, lost=_lost(state, rulebook),
        )  # fmt: skip
        due = {task.key: day for task, day in open_items(state, rulebook)}
        for key in fact.tasks:
            yield _asking("task", rulebook.consequences[key].by[0], rulebook.consequences[key], due.get(key))
    elif isinstance(fact, StageFact):
        yield from _handed_over(state, rulebook)
    else:
        yield from _discreet(fact, state, rulebook)


def _notice(kind: str, to: str, **values: object) -> Notice:
    return Notice(kind, to, "", values)


def _asking(kind: str, to: str, what: HasDeadline, due: date | None, **values: object) -> Notice:
    """A notice that asks for a step or a task, until that is done."""
    return Notice(kind, to, "", {"stage": _called_for(what), "due": due, **values}, what.key, due)


def _called_for(what: HasDeadline) -> Text:
    """The step or task that is asked for; a task that names persons says so, for a day alone does not complete it (第九条2)."""
    title, naming = what.title.text, _NAMED.get(getattr(what, "persons", "none"))
    return Text(zh=f"{title.zh}（{naming.zh}）", en=f"{title.en} ({naming.en})") if naming else title


_NAMED = {
    "team": Text(zh="逐人写明班子成员", en="naming every member of the team"),
    "responsible": Text(zh="写明责任人和采取的措施", en="naming those responsible and the measure taken for each"),
}


def _handed_over(state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    """The step that is open now, to the role that records it, unless the same role recorded the step before."""
    stage = next_stage(state, rulebook)
    if stage is None:
        return  # circulated, or withdrawn
    before = rulebook.stage[list(rulebook.stages).index(state.stage)]
    if stage.by[0] != before.by[0]:
        yield _asking("step_open", stage.by[0], stage, state.due.get(stage.kind))


def _given_time(fact: DeadlineMoved, state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    """A deadline that could not be met was moved: the role that can act hears the new day, and the office hears that it moved."""
    stage = next_stage(state, rulebook)
    if stage is not None and stage.kind == fact.stage:
        yield _asking("step_open", stage.by[0], stage, fact.due)
        if stage.by[0] != "office":
            told = _notice("deadline_moved", "office", stage=stage.title.text, due=fact.due, reason=DEADLINE_EXTENDED)
            yield replace(told, on_monday=True)


def _returned(kind: str, to: str, reason: str, rulebook: Rulebook) -> Notice:
    return _asking("returned", to, rulebook.stages[kind], None, reason=reason)


def _called(fact: ReminderFact, rulebook: Rulebook) -> Notice:
    what: HasDeadline = rulebook.stages.get(fact.stage) or rulebook.consequences[fact.stage]
    if isinstance(fact, Escalated):
        notice = _asking("escalation", fact.to, what, fact.due, by=rulebook.role_title(what.by[0]))
    else:
        notice = _asking("overdue" if fact.rung.startswith("+") else "reminder", fact.to, what, fact.due)
    return replace(notice, on_monday=is_weekly(fact.rung))


def _grade(state: Assessment, rulebook: Rulebook) -> Text | None:
    """The grade of the score on record; None where there is none."""
    scored = state.fact(Scored)
    return None if scored is None else rulebook.grades[scored.result.grade].title.text


MOST_REASONS = 3
"""Elements of which a letter says why they lost points; the others are counted."""


def _lost(state: Assessment, rulebook: Rulebook) -> Text | None:
    """Where the unit lost most, and why, so that it can be mended; None where it lost nothing."""
    scored = state.fact(Scored)
    found = sorted(lost(scored, rulebook.tables[state.unit_kind]), key=lambda one: -one.points) if scored else []
    if not found:
        return None
    more = len(found) - MOST_REASONS
    zh = "；".join(f"{one.label.zh} −{plain(one.points)}（{one.reason}）" for one in found[:MOST_REASONS])
    en = "; ".join(f"{one.label.en} −{plain(one.points)} ({one.reason})" for one in found[:MOST_REASONS])
    return Text(
        zh=f"{zh}{f'；另有 {more} 项，见系统' if more > 0 else ''}",
        en=f"{en}{f'; {more} more, see the console' if more > 0 else ''}",
    )


def _discreet(fact: Fact, state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    if isinstance(fact, VetoRaised | VetoRecorded):
        for to in VETO_RECIPIENTS:
            yield _notice("veto_raised", to, ground=rulebook.grounds[fact.ground].title.text)
    elif isinstance(fact, VetoLifted):
        for to in VETO_RECIPIENTS:
            yield _notice("veto_lifted", to, reason=reason_text(fact.reason))
    elif isinstance(fact, StaleScoreNoted) and fact.cases and state.stage == "scoring":
        # Elsewhere nobody can score again before the committee has returned or reopened the result.
        yield _notice("stale_score", "working_group")
    elif isinstance(fact, ResultReopened):
        for to in ("working_group", "committee"):
            yield _notice("reopened", to, resolution=fact.resolution, reason=reason_text(fact.reason))
