"""The list with which the files of a year go to the archive (移交清单): what there is, and how many of each.

Which files a year has follows from the stages that are done (`pieces_of`); `handover_words` makes the list of any
pieces. Not here: the catalogue of the archive, with a number for each file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from states.papers.catalogue import MATERIAL, PAPERS
from states.papers.paper import Paper
from states.vocabulary import documents_of

from .sources import YearSource
from .words import PaperValues, head, roles

_WHEN_NEEDED = frozenset({"reminder", "rectification", "handover"})
"""Papers of which no stage says that there is one: those who hand over write them in."""


class Pieces(Struct, frozen=True):
    """Files of one kind: their title, who made them, how long they are kept, and how many there are (件)."""

    title: str
    author: str
    retention: str
    count: int


def handover(one: YearSource) -> PaperValues:
    return {
        **head(one.rulebook, one.year.year, one.today),
        "unit_count": str(len(one.units)),
        **handover_words(pieces_of(one)),
    }


def handover_words(pieces: Iterable[Pieces]) -> PaperValues:
    """The rows of the list, the sum for each period of retention, and the sum of all."""
    listed = [one for one in pieces if one.count]
    totals: Counter[str] = Counter()
    for one in listed:
        totals[one.retention] += one.count
    return {
        "piece_count": str(totals.total()),
        "items": [
            {
                "number": str(number),
                "title": one.title,
                "author": one.author,
                "retention": one.retention,
                "count": str(one.count),
            }
            for number, one in enumerate(listed, 1)
        ],
        "totals": [{"retention": retention, "count": str(count)} for retention, count in totals.items()],
    }


def pieces_of(one: YearSource) -> Iterator[Pieces]:
    """The papers of the stages that are done, and the documents that came with each stage, in the order of the year."""
    year = one.year.year
    for paper in PAPERS.values():
        if paper.is_archived and paper.key not in _WHEN_NEEDED:
            author = roles(paper.makers(one.rulebook)[:1], one.rulebook)
            yield Pieces(f"{year}年度{paper.title.zh}", author, paper.retention.zh, _count(paper, one))
    for stage in one.rulebook.stage:
        steps = [step for each in one.units if (step := each.state.step(stage.key)) is not None]
        count = sum(len({document.sha256 for document in documents_of(step.fact)}) for step in steps)
        yield Pieces(f"{year}年度“{stage.title.zh}”环节材料", roles(stage.by[:1], one.rulebook), MATERIAL.zh, count)


def _count(paper: Paper, one: YearSource) -> int:
    """For how many departments the stage of a paper is done, or its task follows; of a paper about the year: one."""
    stage = next((key for key in paper.stages if key in one.rulebook.stages), None)
    done = [each for each in one.units if stage is not None and each.state.step(stage) is not None]
    if paper.task and paper.of == "assessment":
        done = [each for each in done if paper.task in each.state.tasks]
    return min(len(done), 1) if paper.of == "year" else len(done)
