"""All checks before use, over the data of a rulebook or over rules that are loaded. Every fault comes out at once.

Only faults that hide others come alone: data that do not load, names that nothing has, circles, and words where numbers
are needed. Without a value there is no span of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.parts import Misfit

from .form_checks import check_form, check_sums, check_words
from .known_names import KnownNames
from .ladder_checks import check_ladders
from .name_checks import check_circles, check_names
from .record_checks import check_records
from .standing_checks import check_standings
from .subject_spans import PlanSpans
from .table_checks import check_tables

NOTHING_KNOWN = KnownNames()


def check_rules(rules: ResultRules, known: KnownNames = NOTHING_KNOWN) -> list[Misfit]:
    """Every misfit of rules that are loaded, each once, in the order of the checks."""
    apart = [*check_sums(rules), *check_records(rules), *check_ladders(rules)]
    hiding = hiding_misfits(rules, known)
    if hiding:
        return list(dict.fromkeys([*hiding, *apart]))
    spans = spans_of(rules, known)
    return list(dict.fromkeys([*_of_forms(spans), *check_standings(rules), *check_tables(spans), *apart]))


def hiding_misfits(rules: ResultRules, known: KnownNames) -> list[Misfit]:
    """The misfits that hide others: names that nothing has; if there are none, circles; if there are none, words."""
    hiding = list(check_names(rules, known)) or list(check_circles(rules))
    if hiding:
        return hiding
    scopes = (scope for plan in spans_of(rules, known) for scope in plan.subjects.values())
    return [misfit for scope in scopes for misfit in check_words(scope)]


def spans_of(rules: ResultRules, known: KnownNames = NOTHING_KNOWN) -> list[PlanSpans]:
    """The spans of every kind of department, in the round and at every occasion. Every name must be there."""
    rounds = [rules.plans, *rules.occasion_plans.values()]
    return [PlanSpans(rules, kind, plan, known) for plans in rounds for kind, plan in plans.items()]


def _of_forms(spans: list[PlanSpans]) -> Iterator[Misfit]:
    for plan in spans:
        for scope in plan.subjects.values():
            yield from check_form(scope)
