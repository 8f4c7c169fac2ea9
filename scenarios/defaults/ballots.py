"""The counts of a ballot: those of the story; on every other sheet everybody is for the best option."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from states.stages.democratic_evaluation import Sheet, papers_of
from states.vocabulary import Opaque

from .scene import Fields, Scene

COUNTS: Mapping[str, Any] = {"issued": int, "returned": int, "valid": int, "counts": dict[str, int]}
"""The fields of one sheet that a story can write, and their types."""


def ballot_fields(scene: Scene, fields: Fields) -> Fields:
    """A ballot in which everybody is satisfied. The numbers that the story writes are those of the first sheet.

    `votes` has the counts of other sheets by their ids (`meeting.staff.team`); all ballots on them are then valid.
    """
    state, votes = scene.assessment, fields.pop("votes", {})
    own: Fields = {}
    own.update((key, fields.pop(key)) for key in COUNTS if key in fields)
    sheets = []
    for paper in papers_of(state, scene.context.rulebook):
        best = next(iter(paper.options))
        counts = {option: state.staff if option == best else 0 for option in paper.options}
        counts = {**dict.fromkeys(counts, 0), **votes[paper.id]} if paper.id in votes else counts
        cast = sum(counts.values())
        sheet: Fields = {"issued": cast, "returned": cast, "valid": cast, "counts": counts, **own}
        subject = Opaque(paper.subject)
        sheets.append(Sheet(ballot=paper.ballot, group=paper.group, subject=subject, **sheet))
        own = {}
    return {"held_on": scene.day, "sheets": tuple(sheets), **fields}
