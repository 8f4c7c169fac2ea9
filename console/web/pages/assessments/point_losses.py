"""The points that departments lost in their results: by indicator, and the elements with the highest mean loss.

The functions only compute. Which results a user may read is decided before (`ranked_results.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from states.rulebook.types import Element, Indicator, IndicatorTable, Rulebook
from states.vocabulary import Text

from .ranked_results import RankedResult

_MAX_LISTED = 10
"""The number of elements with the highest loss in the list."""


class PointLoss(Struct, frozen=True):
    """The loss at an indicator or element: its full points, the mean loss, and how many results have one (`units`)."""

    label: str
    text: Text
    points: Decimal
    mean: Decimal
    units: int


class TableLosses(Struct, frozen=True):
    """The losses under one table (annex) of the measure, in the results of `department_count` departments.

    The indicators are all those of the table, in its order. The elements are at most `_MAX_LISTED`, the highest mean
    loss first; an element at which nobody lost a point is left out.
    """

    table: IndicatorTable
    department_count: int
    indicators: list[PointLoss]
    elements: list[PointLoss]

    @property
    def largest(self) -> Decimal:
        """The largest mean loss of an indicator: the length of the longest bar."""
        return max((loss.mean for loss in self.indicators), default=Decimal(0))


def table_losses(results: Sequence[RankedResult], rulebook: Rulebook) -> Iterator[TableLosses]:
    """The losses under each table that has results. Several kinds of department may share a table."""
    for table in rulebook.table:
        results_of_table = [result for result in results if rulebook.tables[result.state.unit_kind] is table]
        if not results_of_table:
            continue
        indicators = [indicator for section in table.section for indicator in section.indicator]
        elements = [
            _loss(element.label, element.text.text, [element], results_of_table) for element in table.elements.values()
        ]
        with_loss = sorted((loss for loss in elements if loss.units), key=lambda loss: -loss.mean)
        yield TableLosses(
            table,
            len(results_of_table),
            [_indicator_loss(indicator, results_of_table) for indicator in indicators],
            with_loss[:_MAX_LISTED],
        )


def _indicator_loss(indicator: Indicator, results: Sequence[RankedResult]) -> PointLoss:
    return _loss(indicator.label, indicator.title.text, indicator.element, results)


def _loss(label: str, text: Text, elements: Iterable[Element], results: Sequence[RankedResult]) -> PointLoss:
    full_points = {element.key: element.points for element in elements}
    points = sum(full_points.values(), Decimal(0))
    losses = [points - sum((result.scored.marks[key] for key in full_points), Decimal(0)) for result in results]
    mean = (sum(losses, Decimal(0)) / len(results)).quantize(Decimal("0.01"))
    return PointLoss(label, text, points, mean, sum(points_lost > 0 for points_lost in losses))
