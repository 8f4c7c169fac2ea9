"""The shipped measure with a result for every member of the team, and one assessment scored under it on the pages."""

from __future__ import annotations

from functools import cache

from config.rulebooks import Edition, default_edition, parse_edition
from tests.console.walk import NO_REASONS, marks, step, walk
from tests.console.web import Console

from .entered import MEMBERS

SHEET = {
    **marks("marks"), **NO_REASONS,
    "marks.m-duty@u-1-h1": "20", "marks.m-talks@u-1-h1": "5", "levels.m-conduct@u-1-h1": "done",
    "marks.m-duty@u-1-m1": "12", "marks.m-talks@u-1-m1": "4", "levels.m-conduct@u-1-m1": "mostly",
    "reasons.m-duty@u-1-m1": "两项任务延期", "reasons.m-conduct@u-1-m1": "报备迟了一次",
}  # fmt: skip
"""A sheet on which the head has 30 points and is able, and the other member 20 and is not."""


@cache
def edition() -> Edition:
    members = MEMBERS.replace(", may_be_absent = true", "")
    return parse_edition((default_edition().source + members).encode(), "members")


def scored(college: Console, until: str = "approve") -> None:
    """u-1 up to before `until`, with `SHEET` as the agreed sheet."""
    walk(college, until="fill_sheet")
    for who in ("assessor", "working_group"):
        step(college, "fill_sheet", who, **SHEET)
    step(college, "score", **SHEET)
    for act in ("approve", "circulate"):
        if act == until:
            return
        step(college, act)
