"""Where departments lose points: by indicator, and the elements that lose most. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from states.rulebook.types import Element, Indicator, IndicatorTable, Rulebook
from states.vocabulary import Text

from .ranked_results import RankedResult

_MOST_LISTED = 10
"""How many of the elements that lose most are listed."""


class PointLoss(Struct, frozen=True):
    """The points an indicator or an element has, the mean of those it lost, and how many departments lost any."""

    label: str
    text: Text
    points: Decimal
    mean: Decimal
    units: int


class TableLosses(Struct, frozen=True):
    """The losses under one table (annex) of the measure, over `department_count` departments.

    The indicators are in the table's order, the elements by their mean loss.
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
    """The losses by table; several kinds of department may share a table. A table without results is left out."""
    for table in rulebook.table:
        of_table = [one for one in results if rulebook.tables[one.state.unit_kind] is table]
        if not of_table:
            continue
        indicators = [indicator for section in table.section for indicator in section.indicator]
        elements = [_loss(one.label, one.text.text, [one], of_table) for one in table.elements.values()]
        lossy = sorted((loss for loss in elements if loss.units), key=lambda loss: -loss.mean)
        yield TableLosses(
            table, len(of_table), [_indicator_loss(one, of_table) for one in indicators], lossy[:_MOST_LISTED]
        )


def _indicator_loss(indicator: Indicator, results: Sequence[RankedResult]) -> PointLoss:
    return _loss(indicator.label, indicator.title.text, indicator.element, results)


def _loss(label: str, text: Text, elements: Iterable[Element], results: Sequence[RankedResult]) -> PointLoss:
    full = {element.key: element.points for element in elements}
    points = sum(full.values(), Decimal(0))
    lost = [points - sum((one.scored.marks[key] for key in full), Decimal(0)) for one in results]
    mean = (sum(lost, Decimal(0)) / len(results)).quantize(Decimal("0.01"))
    return PointLoss(label, text, points, mean, sum(one > 0 for one in lost))
