"""The shipped measure where colleges are ranked by their research and other departments by their score; for tests."""

from __future__ import annotations

from msgspec.structs import replace

from config.rulebooks import Edition, default_edition, parse_edition
from scenarios.variant import StoryChanges, variant_of
from states.records.roster import Unit

from .college import unit
from .quota import ACT

STAGES = ("opening", "self_report", "scoring", "approval", "circulation")

VALUES = """
[[value]]
key = "research"
kind = "given"
by = ["office"]
title = { zh = "科研总分", en = "Points for research" }
clause = "第十条"

[[value]]
key = "research-seat"
kind = "standing"
standing = "by-research"
give = "seat"
title = { zh = "科研名额", en = "Seat by research" }
clause = "第十条"

[[value]]
key = "score-seat"
kind = "standing"
standing = "by-score"
give = "seat"
title = { zh = "得分名额", en = "Seat by score" }
clause = "第十条"

[[standing]]
key = "by-research"
of = "research"
group = "unit_kind"
ties = "share"
title = { zh = "科研名次", en = "Order by research" }
clause = "第十条"
quota = [{ key = "best", title = { zh = "名额", en = "Seats" }, clause = "第十条", count = 1 }]

[[standing]]
key = "by-score"
of = "total"
group = "unit_kind"
ties = "share"
title = { zh = "得分名次", en = "Order by score" }
clause = "第十条"
quota = [{ key = "best", title = { zh = "名额", en = "Seats" }, clause = "第十条", count = 1 }]

[[act]]
command = "report_values"
by = ["office"]
clause = "第十条"
source = "measure"
title = { zh = "报送数据", en = "report values" }
"""

BY_KIND = """any = [
  [{ of = "unit_kind", is = ["college"] }, { of = "research-seat", at_least = 1 }],
  [{ of = "unit_kind", is = ["party-admin", "support"] }, { of = "score-seat", at_least = 1 }],
]"""
_EXCELLENT = 'when = [{ of = "graded_by", at_least = 90 }]'
_CHANGES = (
    (_EXCELLENT, f"{_EXCELLENT}\n{BY_KIND}"),
    ('[[scale]]\nkey = "unit"\n', '[[scale]]\nkey = "unit"\nmatch = "first"\n'),
    ('when = [{ of = "graded_by", at_least = 70, below = 90 }]', 'when = [{ of = "graded_by", at_least = 70 }]'),
)


def ranked_by_kind(more: str = "", *changes: tuple[str, str]) -> Edition:
    """The edition. `more`: parts that are added. `changes`: a text of it, and what stands in its place."""
    source = variant_of(default_edition(), StoryChanges(stages=STAGES), "kinds").source + VALUES + ACT + more
    for old, new in (*_CHANGES, *changes):
        assert old in source, old
        source = source.replace(old, new)
    return parse_edition(source.encode(), "kinds")


def admin(id_: str) -> Unit:
    """A department that is no college."""
    return replace(unit(id_), unit_kind="party-admin")
