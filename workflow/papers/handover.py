"""The list with which the files of a year go to the archive (移交清单): what there is, and how many of each.

Not here: the pieces themselves (`archive.py`), and the catalogue of the archive, with a number for each.
"""

from __future__ import annotations

from .archive import grouped, pieces_of, totals
from .sources import YearSource
from .words import PaperValues, head


def handover(one: YearSource) -> PaperValues:
    pieces = list(pieces_of(one))
    return {
        **head(one.rulebook, one.year.year, one.today),
        "unit_count": str(len(one.units)),
        "piece_count": str(totals(pieces).total()),
        "items": [
            {
                "number": str(number),
                "title": group.title,
                "author": group.author,
                "retention": group.retention,
                "count": str(group.count),
            }
            for number, group in enumerate(grouped(pieces), 1)
        ],
        "totals": [{"retention": period, "count": str(count)} for period, count in totals(pieces).items()],
    }
