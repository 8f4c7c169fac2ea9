"""The shipped measure with a quota of 优秀: half of all departments, in the order of their scores; for tests.

It has few stages, so that a round is short. A department within the quota must have 90 points as well.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import asdict

from config.rulebooks import Edition, default_edition, parse_edition
from scenarios.variant import StoryChanges, variant_of
from states.stages.scoring import FillSheet, Score, Scored
from states.vocabulary import Actor, Words

from .college import RULEBOOK, College

GROUP = Actor("g-1", "working_group")

QUOTA = """
[[standing]]
key = "order"
title = {{ zh = "得分名次", en = "Order by score" }}
clause = "第十条"
of = "total"
group = "{group}"
ties = "{ties}"
ask = {ask}
afterwards = "{afterwards}"
quota = [
  {{ key = "best", title = {{ zh = "优秀名额", en = "Places of excellent" }}, clause = "第十条", share = 50, rounding = "down" }},
]

[[value]]
key = "seat"
title = {{ zh = "优秀名额内", en = "Within the quota of excellent" }}
clause = "第十条"
kind = "standing"
standing = "order"
give = "seat"
"""

ACT = """
[[act]]
command = "settle"
by = ["working_group", "office"]
clause = "第十条"
source = "measure"
title = { zh = "核定名次", en = "settle the places" }
"""

_EXCELLENT = 'when = [{ of = "graded_by", at_least = 90 }]'
_WITH_SEAT = 'when = [{ of = "graded_by", at_least = 90 }, { of = "seat", at_least = 1 }]'
_SCALE = '[[scale]]\nkey = "unit"\n'
_PASS = 'when = [{ of = "graded_by", at_least = 70, below = 90 }]'
_STAGES = ("opening", "self_report", "scoring", "approval", "circulation")


def with_quota(
    *,
    act: str = ACT,
    ties: str = "ask",
    ask: tuple[str, ...] = (),
    afterwards: str = "stands",
    group: str = "round",
    base: Edition | None = None,
    more: str = "",
) -> Edition:
    """The shipped edition with the quota, and the act that settles it."""
    source = (base or variant_of(default_edition(), StoryChanges(stages=_STAGES), "quota")).source
    for old, new in (
        (_EXCELLENT, _WITH_SEAT),
        (_SCALE, f'{_SCALE}match = "first"\n'),
        (_PASS, 'when = [{ of = "graded_by", at_least = 70 }]'),
    ):
        assert old in source, old
        source = source.replace(old, new)
    return parse_edition(
        (source + QUOTA.format(ties=ties, ask=list(ask), afterwards=afterwards, group=group) + act + more).encode(),
        "quota",
    )


def report_and_score(college: College, unit: str, total: str) -> None:
    """Report and score a department of an open year: with this total."""
    college.report(unit)
    elements = RULEBOOK.forms_by_kind["college"].elements
    sheet = FillSheet(marks={key: element.points for key, element in elements.items()})
    for number in (1, 2):
        actor = Actor(f"assessor-{number}", "assessor")
        college.engine.submit(f"assessment/2026/{unit}", sheet, actor, f"sheet-{unit}-{number}")
    score(college, unit, total)


def score(college: College, unit: str, total: str | None = None) -> None:
    """Score a department: with this total or, without one, again with the marks that it has."""
    scored = college.assessment(unit).fact(Scored)
    if total is None:
        assert scored is not None
        command = Score(**asdict(scored.sheet))
    else:
        elements, lost, marks = RULEBOOK.forms_by_kind["college"].elements, Decimal(100) - Decimal(total), {}
        for key, element in elements.items():
            cut = min(lost, element.points)
            marks[key], lost = element.points - cut, lost - cut
        reasons = {key: Words("佐证不足") for key, points in marks.items() if points < elements[key].points}
        command = Score(marks=marks, reasons=reasons)
    number = college.ledger.head().number
    college.engine.submit(f"assessment/2026/{unit}", command, GROUP, f"score-{unit}-{number}")
