"""The standings of a subject, and the tests of its grades, limits and quotas, each with the location of its row."""

from __future__ import annotations

from collections.abc import Iterator

from states.rulebook.calculation.plan import SubjectPlan
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.calculation.rows import Test
from states.rulebook.calculation.standings import StandingKind


def standings_of(rules: ResultRules, plan: SubjectPlan) -> list[StandingKind]:
    """The standings that put this subject in order."""
    first = rules.subject[0].key
    return [standing for standing in rules.standing if (standing.subject or first) == plan.subject.key]


def tests_of(rules: ResultRules, plan: SubjectPlan) -> Iterator[tuple[str, Test]]:
    """The tests of a subject, each with the location of its row. Not here: those of bands."""
    for standing in standings_of(rules, plan):
        for quota in standing.quota:
            yield from ((f"standing.{standing.key}.quota.{quota.key}.among", test) for test in quota.among)
    if plan.scale is not None:
        for part, rows in (("grade", plan.scale.grade), ("limit", plan.scale.limit)):
            for row in rows:
                yield from ((f"scale.{plan.scale.key}.{part}.{row.key}", test) for test in row.tests())
