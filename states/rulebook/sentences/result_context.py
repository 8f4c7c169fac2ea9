"""What the sentences of one result need: the subject with its values, its names, and the reasons for lost points."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from states.rulebook.calculation.lines import ValueLine
from states.rulebook.calculation.numbers import Amount
from states.rulebook.calculation.plan import SubjectScope

from .names import RuleNames


class ResultContext(Struct, frozen=True):
    """What the sentences of one result need: the names, the subject with its values, and the reasons for lost points.

    `shows_persons`: whether the values of single persons may be read, of which a value of this subject is made.
    """

    names: RuleNames
    scope: SubjectScope
    reasons: Mapping[str, str] = {}
    shows_persons: bool = True


def made_amount(line: ValueLine) -> Amount:
    """What the way itself made, before rounding and bounds."""
    assert line.amount is not None
    return line.amount if line.raw is None else line.raw
