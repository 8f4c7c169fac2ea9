"""The spans of the values of one kind of department: of each subject, by the names that its rows use."""

from __future__ import annotations

from msgspec.structs import replace

from states.rulebook.calculation.plan import GRADE, Plan, SubjectPlan
from states.rulebook.calculation.result_rules import ResultRules

from . import computed_spans  # noqa: F401  it registers its ways
from .known_names import KnownNames
from .spans import ABSENT, WORD, Span, clamped, rounded, union
from .way_spans import span_of_way


class PlanSpans:
    """The spans of all values of one kind of department. It needs a plan in which every name is there."""

    def __init__(self, rules: ResultRules, unit_kind: str, plan: Plan, known: KnownNames) -> None:
        self.rules, self.unit_kind, self.plan, self.known = rules, unit_kind, plan, known
        self.subjects = {key: SubjectSpans(self, subject) for key, subject in plan.subjects.items()}


class SubjectSpans:
    """The spans of one subject's values, and of what they may name of others."""

    def __init__(self, whole: PlanSpans, plan: SubjectPlan) -> None:
        self.whole, self.plan, self.rules, self.known = whole, plan, whole.rules, whole.known
        self._spans: dict[str, Span] = {}

    def span(self, name: str) -> Span:
        """The span of what a name stands for: a value, `grade`, `unit_kind`, `who:value`, `subject.value`."""
        if name not in self._spans:
            # A part of a score may be the score of an earlier round. While its span is made, nothing is known of it.
            self._spans[name] = Span()
            self._spans[name] = self._make(name)
        return self._spans[name]

    def _make(self, name: str) -> Span:
        if name == "unit_kind":
            return replace(WORD, words=(self.whole.unit_kind,))
        if name in self.plan.values:
            value = self.plan.values[name]
            span = span_of_way(value, self)
            if value.decimals is not None:
                span = rounded(span, value.decimals, value.rounding)
            return clamped(span, value.min, value.max)
        if name in self.plan.of_other_kinds:
            return replace(ABSENT, unit=span_of_way(self.plan.of_other_kinds[name], self).unit)
        if name == GRADE:
            return replace(WORD, words=tuple(self.plan.scale.grades) if self.plan.scale else ())
        nodes = self.whole.plan.nodes(self.plan, name)
        return union([self.whole.subjects[node.subject].span(node.key) for node in nodes])
