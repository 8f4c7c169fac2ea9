"""The result of each subject, as a score records it. It is made of the inputs and the rulebook, and of nothing else.

Not here: the calculation (`states/rulebook/calculation/`), and its explanation (`states/explanation.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from msgspec import Struct

from states.rulebook.calculation.computed_values import worth
from states.rulebook.calculation.forms import ScoreForm
from states.rulebook.calculation.lines import Inputs
from states.rulebook.calculation.numbers import Amount, add, round_to, total
from states.rulebook.calculation.plan import SubjectScope
from states.rulebook.types import Rulebook


class Result(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The result of one subject. The values of which it was made are not in it: they can be made again from the inputs.

    - `subject`: its key in the rulebook. `person`: the id of the person; empty for the department or its team.
    - `score`: the total. None: it is not known yet, or the subject has no form.
    - `subtotal`: the points of the form without the items that stand beside it. `adjustment`: what these add; below 0,
      what they take off (扣分). The two add up to `score`, unless the total was rounded or held within its bounds. A number
      that is no finite decimal is rounded to the decimals of the form.
    - `grade`: None: it is not known yet, or the subject has no scale. `by_row`: the grade before the limits lower it.
    - `limits`: the keys of the limits that hold (一票否决). `open_limits`: the keys of those that may hold (待定).
    """

    subject: str
    person: str = ""
    score: Decimal | None
    subtotal: Decimal | None
    adjustment: Decimal
    grade: str | None
    by_row: str | None
    limits: tuple[str, ...] = ()
    open_limits: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The key of the subject, and the person if the result is of a person: `team`, `member@p-1`."""
        return f"{self.subject}@{self.person}" if self.person else self.subject


def grades_of(results: Iterable[Result], rulebook: Rulebook) -> dict[str, str | None]:
    """The grade of each subject that has a scale, by `Result.id`; None: it is not known yet."""
    graded = {subject.key for subject in rulebook.subject if subject.scale is not None}
    return {one.id: one.grade for one in results if one.subject in graded}


def scopes_of(inputs: Inputs, rulebook: Rulebook) -> list[SubjectScope]:
    """Every subject with these inputs, in the order of the rulebook."""
    return rulebook.plans[inputs.unit_kind].scopes(inputs)


def results_of(inputs: Inputs, rulebook: Rulebook) -> tuple[Result, ...]:
    """The result of every subject. It depends on nothing else, so the replay can make it again."""
    return tuple(result_of_subject(scope) for scope in scopes_of(inputs, rulebook))


def result_of_subject(scope: SubjectScope) -> Result:
    line, decision, form = scope.total, scope.decision, scope.plan.form
    adjustment = total(_beside(scope))
    unbounded = line.amount if line.raw is None else line.raw
    return Result(
        subject=scope.plan.subject.key,
        person=scope.person,
        score=None if line.amount is None else _finite(line.amount, form),
        subtotal=None if unbounded is None else _finite(add(unbounded, -adjustment), form),
        adjustment=_finite(adjustment, form),
        grade=decision.grade if decision is not None else None,
        by_row=decision.by_row if decision is not None else None,
        limits=decision.limits if decision is not None else (),
        open_limits=decision.open_limits if decision is not None else (),
    )


def _beside(scope: SubjectScope) -> Iterator[Amount]:
    """What each item that stands beside the form adds or takes off."""
    for item in scope.plan.form.items_beside if scope.plan.form is not None else ():
        amount = scope.line(item.key).amount
        if amount is not None:
            yield worth(item, amount)


def _finite(amount: Amount, form: ScoreForm | None) -> Decimal:
    """The amount as a finite decimal. The loader refuses a form that makes a fraction and does not say how it is rounded."""
    if isinstance(amount, Decimal):
        return amount
    assert form is not None, "without a form nothing is added up"
    assert form.decimals is not None, "a total is a finite decimal: the loader has shown that"
    return round_to(amount, form.decimals, form.rounding)
