"""Whether tasks and windows can follow: every name is there, every test can decide something, every order has a way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from states.rulebook.calculation.forms import Subject
from states.rulebook.calculation.plan import WORD_NAMES
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.parts import Misfit, unknown
from states.rulebook.stages import unknown_recipients
from states.rulebook.tasks import CIRCULATION, FollowUp, FollowUpRules
from states.rulebook.types import Rulebook

from .cells import TableOfRows
from .form_checks import check_condition
from .known_names import KnownNames
from .name_checks import SINGLE, Surroundings, has_plans
from .rule_checks import NOTHING_KNOWN, check_rules, hiding_misfits, spans_of
from .subject_spans import PlanSpans
from .table_checks import AskedTable, check_table

_WHO = {
    "unit": {"department"},
    "team": {"department"},
    "each_head": {"heads"},
    "each_other": {"others"},
    "each_member": {"heads", "others"},
}


class ResultAndTaskRules(ResultRules, FollowUpRules):
    """The rules of results, and what follows from them. They are loaded and checked together."""


def check_results_and_tasks(rules: ResultAndTaskRules | Rulebook, known: KnownNames = NOTHING_KNOWN) -> list[Misfit]:
    """Every misfit of the rules of results, and of the tasks and windows."""
    return [*check_rules(rules, known), *check_follow_ups(rules, rules, known)]


def check_follow_ups(
    follow_ups: FollowUpRules,
    rules: ResultRules,
    known: KnownNames = NOTHING_KNOWN,
) -> list[Misfit]:
    """Every misfit of tasks and windows, each once. Their tests need the spans of values, which hidden faults may spoil."""
    misfits = [*_names(follow_ups, known)]
    for location, part in _parts(follow_ups):
        misfits += [*_subjects(location, part, rules), *_subjects_before(location, part, follow_ups, rules)]
    hiding = hiding_misfits(rules, known)
    if not has_plans(hiding):
        return list(dict.fromkeys(misfits))
    spans = [] if hiding else spans_of(rules, known)
    for location, part in _parts(follow_ups):
        misfits += list(_names_of_subjects(location, part, rules, known)) or _tests(location, part, rules, spans)
    return list(dict.fromkeys(misfits))


def _parts(follow_ups: FollowUpRules) -> Iterator[tuple[str, FollowUp]]:
    yield from ((f"task.{task.key}", task) for task in follow_ups.task)
    yield from ((f"window.{window.key}", window) for window in follow_ups.window)


def _names(follow_ups: FollowUpRules, known: KnownNames) -> Iterator[Misfit]:
    """The roles, and what a window opens after."""
    if known.roles is not None:
        for location, part in _parts(follow_ups):
            yield from unknown(f"{location}.by", part.by, known.roles)
        for task in follow_ups.task:
            yield from unknown_recipients(f"task.{task.key}", task.reminders, known.roles)
        for window in follow_ups.window:
            yield from unknown(f"window.{window.key}.decided_by", window.decided_by, known.roles)
            yield from unknown_recipients(f"window.{window.key}", window.reminders, known.roles)
    if known.stages is not None:
        for place, part in _parts(follow_ups):
            # A deadline is named by a stage, a task or a window. `routine_check` is that of a routine check.
            if part.key in known.stages | {"routine_check"}:
                yield Misfit(place, "与步骤同名", "has the name of a stage")
    for window in follow_ups.window:
        yield from unknown(f"window.{window.key}.from", (window.from_,), {CIRCULATION, *follow_ups.windows})


def _subjects(location: str, part: FollowUp, rules: ResultRules) -> Iterator[Misfit]:
    yield from unknown(f"{location}.for", part.subjects, {subject.key for subject in rules.subject})


def _subjects_before(location: str, part: FollowUp, follow_ups: FollowUpRules, rules: ResultRules) -> Iterator[Misfit]:
    """A task of a department cannot come after one of its members: of which?"""
    parts = follow_ups.tasks if location.startswith("task.") else follow_ups.windows
    before = parts.get(part.predecessor or "")
    if before is None:
        return
    first = (rules.subject[0].key,)
    of_before = before.subjects or first
    single = {subject.key for subject in rules.subject if subject.is_ in SINGLE}
    for subject in part.subjects or first:
        if subject not in of_before and not single & set(of_before):
            zh = f"{before.key} 是 {'、'.join(of_before)} 的事项，{subject} 没有这一事项，因此永远轮不到"
            en = f"{before.key} is for {', '.join(of_before)}: {subject} does not have it, so this never comes"
            yield Misfit(location, zh, en)


def _names_of_subjects(location: str, part: FollowUp, rules: ResultRules, known: KnownNames) -> Iterator[Misfit]:
    keys = [test.of for test in part.tests() if test.of not in WORD_NAMES]
    for occasion in dict.fromkeys(subject.occasion for subject in rules.subject):
        for kind in rules.kinds_of(occasion):
            plans = rules.subject_plans(occasion, kind)
            asked_plans = [plan for plan in plans if plan.subject.key in _for(part, rules)]
            for plan in asked_plans:
                yield from Surroundings(rules, known, kind, plans, plan).unknown(location, keys)
            yield from _shared_subjects(location, [plan.subject for plan in asked_plans])


def _shared_subjects(location: str, subjects: Sequence[Subject]) -> Iterator[Misfit]:
    """Two subjects that are the department, or the same person: nobody could tell whose task it is."""
    for first, second in combinations(subjects, 2):
        if _WHO[first.is_] & _WHO[second.is_]:
            zh = f"{first.key} 与 {second.key} 可能是同一部门或者同一个人：请各写一项"
            en = f"{first.key} and {second.key} may be the same department or person: write one for each"
            yield Misfit(f"{location}.for", zh, en)


def _tests(location: str, part: FollowUp, rules: ResultRules, spans: Sequence[PlanSpans]) -> Iterator[Misfit]:
    """Tests that decide nothing. A row without tests is no fault: every result has such a task."""
    if not any(part.tests()):
        return
    table = TableOfRows(location=location, names=(location,), rows=(part,), match=None)
    scopes = (scope for plan in spans for key, scope in plan.subjects.items() if key in _for(part, rules))
    tables = [AskedTable(table, scope) for scope in scopes]
    words = [
        misfit
        for one in tables
        for test in part.tests()
        for misfit in check_condition(location, test.of, test, one.scope.span(test.of))
    ]
    yield from words
    if tables and not words:
        yield from check_table(tables)


def _for(part: FollowUp, rules: ResultRules) -> tuple[str, ...]:
    return part.subjects or (rules.subject[0].key,)
