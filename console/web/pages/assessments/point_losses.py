"""The points that departments lost in their results: by indicator, and the elements with the highest mean loss.

The functions only compute. `ranked_results.py` decides before which results the user may read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from states.rulebook.calculation.entered_values import MarkValue
from states.rulebook.calculation.forms import Branch, ScoreForm
from states.rulebook.types import Rulebook
from states.vocabulary import Text

from .ranked_results import RankedResult

_MAX_LISTED = 10
"""The most elements in the list of the highest losses."""


class PointLoss(Struct, frozen=True):
    """The points lost at one indicator or element.

    `points` are its full points, `mean` is the mean loss, and `units` is the number of departments that lost points.
    """

    label: str
    text: Text
    points: Decimal
    mean: Decimal
    units: int


class TableLosses(Struct, frozen=True):
    """The losses at the indicators and elements of one table (annex) of the measure.

    `department_count` departments have a result under it. Only annual results are counted, so each department has one.

    The indicators are those with items to which assessors give points, in the order of the table. The elements are at
    most `_MAX_LISTED`, the highest mean loss first; an element at which nobody lost a point is left out.
    """

    table: ScoreForm
    department_count: int
    indicators: list[PointLoss]
    elements: list[PointLoss]

    @property
    def largest(self) -> Decimal:
        """The largest mean loss of an indicator: the length of the longest bar."""
        return max((loss.mean for loss in self.indicators), default=Decimal(0))


def table_losses(results: Sequence[RankedResult], rulebook: Rulebook) -> Iterator[TableLosses]:
    """The losses under each table that has results and items to which assessors give points.

    Several kinds of department may share a table.
    """
    for table in rulebook.form:
        results_of_table = [result for result in results if rulebook.forms_by_kind[result.state.unit_kind] is table]
        if not results_of_table or not table.judged:
            continue
        element_losses = [
            _point_loss(element.label, element.title.text, [element], results_of_table)
            for element in table.judged.values()
        ]
        largest_losses = sorted((loss for loss in element_losses if loss.units), key=lambda loss: -loss.mean)
        yield TableLosses(
            table,
            len(results_of_table),
            [_branch_loss(branch, results_of_table) for branch in table.branches if branch.judged],
            largest_losses[:_MAX_LISTED],
        )


def _branch_loss(branch: Branch, results: Sequence[RankedResult]) -> PointLoss:
    return _point_loss(branch.part.label, branch.part.title.text, branch.judged, results)


def _point_loss(label: str, text: Text, elements: Iterable[MarkValue], results: Sequence[RankedResult]) -> PointLoss:
    points_by_key = {element.key: element.points for element in elements}
    full_points = sum(points_by_key.values(), Decimal(0))
    losses = [
        full_points - sum((result.scored.marks.get(key, points_by_key[key]) for key in points_by_key), Decimal(0))
        for result in results
    ]
    mean_loss = (sum(losses, Decimal(0)) / len(results)).quantize(Decimal("0.01"))
    return PointLoss(label, text, full_points, mean_loss, sum(points_lost > 0 for points_lost in losses))
