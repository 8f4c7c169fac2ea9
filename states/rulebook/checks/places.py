"""The places of parts in a rulebook file, as a person finds them: `form.annex-1.item.a1.item.a1-1`."""

from __future__ import annotations

from collections.abc import Iterator

from states.rulebook.calculation.forms import TOTAL
from states.rulebook.calculation.plan import SubjectPlan
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.calculation.rows import Test
from states.rulebook.calculation.standings import StandingKind
from states.rulebook.calculation.values import NamedValue


def place_of(plan: SubjectPlan, key: str) -> str:
    """The place of a subject's value: on its form, or beside it."""
    form = plan.form
    if form is None or (key != TOTAL and key not in form.items):
        return f"value.{key}"
    return f"form.{form.key}" if key == TOTAL else f"form.{form.key}{_path(form, key)}"


def standings_of(rules: ResultRules, plan: SubjectPlan) -> list[StandingKind]:
    """The standings that put this subject in order."""
    first = rules.subject[0].key
    return [standing for standing in rules.standing if (standing.subject or first) == plan.subject.key]


def tests_of(rules: ResultRules, plan: SubjectPlan) -> Iterator[tuple[str, Test]]:
    """The tests of a subject's grades, limits and quotas, each with the place of its row. Not here: those of bands."""
    for standing in standings_of(rules, plan):
        for quota in standing.quota:
            yield from ((f"standing.{standing.key}.quota.{quota.key}.among", test) for test in quota.among)
    if plan.scale is not None:
        for part, rows in (("grade", plan.scale.grade), ("limit", plan.scale.limit)):
            for row in rows:
                yield from ((f"scale.{plan.scale.key}.{part}.{row.key}", test) for test in row.tests())


def _path(item: NamedValue, key: str) -> str:
    """The way down from an item to the one with this key; empty if it is not below it."""
    for part in item.parts():
        if part.key == key:
            return f".item.{key}"
        below = _path(part, key)
        if below:
            return f".item.{part.key}{below}"
    return ""
