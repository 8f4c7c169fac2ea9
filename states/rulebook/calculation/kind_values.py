"""The values that each kind of department has: those that its results read, and those that no kind's results read.

A result reads its form, its scale with the limits, its tasks and windows, and what a place is compared by if it reads
that place. A row that asks for another kind of department (`unit_kind`) reads nothing. A value that no result reads is
there for a page, and every kind has it; so is a finding, which is recorded of any department.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from .computed_values import BandsValue
from .forms import TOTAL
from .plan import GRADE, Plan, SubjectPlan, ValueNode
from .read_values import EarlierValue, FindingValue
from .rows import RuleRow
from .values import NamedValue


def subjects_of_kinds(
    plans: Mapping[str, Plan], rows: Sequence[RuleRow], first: str, read_elsewhere: Collection[str]
) -> dict[str, list[SubjectPlan]]:
    """By kind of department, its subjects with the values that it has, out of plans in which it has every value.

    `rows`: the tasks and windows. `first`: the key of the first subject. `read_elsewhere`: the keys of values that the
    results of other assessments read.
    """
    readers = {kind: _KindReader(kind, plan) for kind, plan in plans.items()}
    roots = {kind: [*one.of_results(rows, first), *one.named(read_elsewhere)] for kind, one in readers.items()}
    read = {kind: one.read(roots[kind]) for kind, one in readers.items()}
    by_some = set[ValueNode]().union(*read.values())
    of_kind = {kind: one.read([*roots[kind], *(one.every - by_some)]) for kind, one in readers.items()}
    return {kind: [_subject(plan, of_kind[kind]) for plan in plans[kind].subjects.values()] for kind in plans}


def _subject(plan: SubjectPlan, nodes: Collection[ValueNode]) -> SubjectPlan:
    key = plan.subject.key
    own = {name: value for name, value in plan.values.items() if ValueNode(key, name) in nodes}
    return plan._replace(
        values=own, of_other_kinds={name: value for name, value in plan.values.items() if name not in own}
    )


class _KindReader:
    """What the results of one kind of department read of its values."""

    def __init__(self, unit_kind: str, plan: Plan) -> None:
        self.unit_kind, self.plan = unit_kind, plan
        self.every = {ValueNode(one.subject.key, key) for one in plan.subjects.values() for key in one.values}

    def named(self, keys: Collection[str]) -> Iterator[ValueNode]:
        return (node for node in self.every if node.key in keys)

    def of_results(self, rows: Iterable[RuleRow], first: str) -> Iterator[ValueNode]:
        """What is read without any value: by forms, scales, tasks and windows; and every finding."""
        for key, plan in self.plan.subjects.items():
            on_form = {TOTAL, *plan.form.items} if plan.form is not None else set()
            yield from (
                ValueNode(key, name)
                for name, value in plan.values.items()
                if name in on_form or isinstance(value, FindingValue)
            )
            of_scale = plan.scale.rows() if plan.scale is not None else ()
            of_subject = (one.row for one in rows if (one.subject or first) == key)
            for row in (*of_scale, *of_subject):
                for test in row.tests_for(self.unit_kind):
                    yield from self.plan.nodes(plan, test.of)

    def read(self, roots: Iterable[ValueNode]) -> set[ValueNode]:
        """These values, and all that they are made of."""
        left, read = [*roots], set[ValueNode]()
        while left:
            node = left.pop()
            if node in self.every and node not in read:
                read.add(node)
                plan = self.plan.subjects[node.subject]
                value = plan.values[node.key]
                needs = (*self._needs(value), *self.plan.compared_by(plan, value))
                left += (other for need in needs for other in self.plan.nodes(plan, need))
        return read

    def _needs(self, value: NamedValue) -> Iterator[str]:
        if isinstance(value, BandsValue):
            rows = (row for row in value.row if row.is_for(self.unit_kind))
            for row in rows:
                yield from (test.of for test in row.tests_for(self.unit_kind))
                if row.of is not None:
                    yield row.of
        elif isinstance(value, EarlierValue) and value.back is not None and value.of != GRADE:
            # What a later round reads of this one has to be known then.
            yield value.of
        else:
            yield from value.needs()
