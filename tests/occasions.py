"""The shipped measure with a half-year check: an occasion with fewer stages and a form of its own, for tests."""

from __future__ import annotations

from config.rulebooks import Edition, default_edition, parse_edition

HALF_YEAR = """
[[occasion]]
key = "midyear"
title = { zh = "半年检查", en = "Half-year check" }
clause = "第六条"
stages = ["opening", "self_report", "scoring", "circulation"]
opens = "06-01"

[[form]]
key = "half"
title = { zh = "半年检查表", en = "Half-year form" }
clause = "第六条"
points = 10
item = [
  { key = "h-1", label = "1", title = { zh = "任务进度", en = "Progress" }, points = 6, clause = "第六条", item = [
    { key = "h-1.1", label = "1.1", title = { zh = "年度任务过半", en = "Half done" }, points = 6, clause = "第六条" },
  ] },
  { key = "h-2", label = "2", title = { zh = "整改", en = "Rectification" }, points = 4, clause = "第六条", item = [
    { key = "h-2.1", label = "2.1", title = { zh = "问题整改", en = "Put right" }, points = 4, clause = "第六条" },
  ] },
]

[[subject]]
key = "half_year"
title = { zh = "部门（半年检查）", en = "Department (half-year check)" }
is = "unit"
occasion = "midyear"
form = { college = "half", party-admin = "half", support = "half" }
clause = "第六条"
"""


def with_half_year(text: str = HALF_YEAR) -> Edition:
    """The shipped edition with the half-year check of this text."""
    return parse_edition((default_edition().source + text).encode(), "half-year")
