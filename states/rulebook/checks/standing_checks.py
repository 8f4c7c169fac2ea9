"""Whether a standing compares somebody, and whether each subject that reads a place in it has one.

Not here: whether its value can be compared (`form_checks.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from states.rulebook.calculation.read_values import PlaceValue
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.file_locations import location_of
from states.rulebook.parts import Misfit

from .name_checks import SINGLE
from .subject_spans import PlanSpans, SubjectSpans
from .subject_tests import standings_of


def check_standings(rules: ResultRules, plans: Iterable[PlanSpans]) -> Iterator[Misfit]:
    """The misfits of all standings, and of the values that read them. Every name must be there."""
    yield from _groups(rules)
    for plan in plans:
        for scope in plan.subjects.values():
            yield from _places(rules, scope)


def _groups(rules: ResultRules) -> Iterator[Misfit]:
    subjects = {subject.key: subject for subject in rules.subject}
    for standing in rules.standing:
        location = f"standing.{standing.key}.group"
        subject = subjects[standing.subject or rules.subject[0].key]
        if standing.group == "unit" and subject.is_ in SINGLE:
            zh = f"每个部门只有一个 {subject.key}，无从比较：请写 round、unit_kind 或 unit_kind.group"
            en = f"every department has one {subject.key}, so there is nobody to compare it with: write another group"
            yield Misfit(location, zh, en)
        if standing.group == "unit_kind.group" and all(kind.group is None for kind in rules.unit_kind):
            zh = "没有任何部门类别写明 group，谁也没有名次"
            yield Misfit(location, zh, "no kind of department has a group, so nobody has a place")


def _places(rules: ResultRules, scope: SubjectSpans) -> Iterator[Misfit]:
    own = {standing.key for standing in standings_of(rules, scope.plan)}
    for key, value in scope.plan.values.items():
        if isinstance(value, PlaceValue) and value.standing not in own:
            zh = f"{value.standing} 比较的是另一考核对象，{scope.plan.subject.key} 没有其中的名次"
            en = f"{value.standing} compares another subject: {scope.plan.subject.key} has no place in it"
            yield Misfit(f"{location_of(scope.plan, key)}.standing", zh, en)
