"""要点: what the committee should see of a result before it decides, in a few words; and whether it is one to look at by itself.

Nothing is decided here. What is near or apart is ours: a point below the next grade, five points between two assessors' sheets.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from states.assessment import Assessment
from states.context import Context
from states.result.result import Result, lost, plain, questions
from states.rulebook.types import Rulebook
from states.stages.scoring import Scored, is_stale, stale_reason
from states.vocabulary import Text

NEAR = Decimal(1)
"""A score that lacks no more than this to a better grade is one to look at."""

APART = Decimal(5)
"""Sheets whose totals lie this far apart are ones to look at."""


class Highlight(Struct, frozen=True):
    """One point: its light (none for a mere note), what it is in a word or two, and what there is to say of it."""

    light: Literal["veto", "soon", "back", ""]
    title: Text
    said: Text | None = None
    clause: str = ""


def highlights(state: Assessment, context: Context, returned: str | None) -> list[Highlight]:
    """The points of a scored assessment, the gravest first; `returned` is why it was sent back before it was scored again."""
    scored = state.fact(Scored)
    if scored is None:
        return []
    found = [
        *_asked(state, scored.result, context),
        *_back(returned),
        *_near(scored.result, context.rulebook),
        *_apart(state),
    ]
    return [*found, *_notes(scored, state, context.rulebook)]


def needs_attention(found: list[Highlight]) -> bool:
    """Whether the result is one to look at by itself."""
    return any(one.light for one in found)


def _asked(state: Assessment, result: Result, context: Context) -> Iterator[Highlight]:
    """A score that no longer holds, vetoes, and what is 待定."""
    if is_stale(state, context):
        changed = stale_reason(state, context)
        said = Text(
            zh=f"计分之后{changed.zh}，须先重新计分", en=f"since scoring, {changed.en}; it is scored again first"
        )
        yield Highlight("soon", Text(zh="得分待重算", en="To be scored again"), said, context.rulebook.veto_clause)
    veto = {line.text for line in questions(result, context.rulebook)[: len(result.effects.vetoes)]}
    for line in questions(result, context.rulebook):
        vetoed = line.text in veto
        title = Text(zh="一票否决", en="Vetoed") if vetoed else Text(zh="待定", en="Open")
        yield Highlight("veto" if vetoed else "soon", title, _after_colon(line.text), line.clause)


def _after_colon(text: Text) -> Text:
    """A line's text without the word it begins with, which is the title."""
    return Text(zh=text.zh.partition("：")[2] or text.zh, en=text.en.partition(": ")[2] or text.en)


def _back(returned: str | None) -> Iterator[Highlight]:
    if returned is not None:
        yield Highlight("back", Text(zh="退回后重报", en="Returned, then scored again"), Text(zh=returned, en=returned))


def _near(result: Result, rulebook: Rulebook) -> Iterator[Highlight]:
    """A better grade that is missed by little; a veto's grade is not missed."""
    short = [(g.at_least - result.score, g.title.text) for g in rulebook.grade if result.score < g.at_least]
    least = min(short, key=lambda one: one[0], default=None)
    if result.cause == "score" and least is not None and least[0] <= NEAR:
        points, title = least
        yield Highlight(
            "soon", Text(zh=f"差 {plain(points)} 分到{title.zh}", en=f"{plain(points)} short of {title.en.lower()}")
        )


def _apart(state: Assessment) -> Iterator[Highlight]:
    """Assessors who do not agree in all."""
    totals = sorted((sum(sheet.marks.values(), Decimal(0)) for sheet in state.sheets.values()), reverse=True)
    if totals and totals[0] - totals[-1] >= APART:
        gap, listed = plain(totals[0] - totals[-1]), [plain(total) for total in totals]
        yield Highlight(
            "soon", Text(zh=f"评分相差 {gap} 分", en=f"Sheets {gap} points apart"),
            Text(zh=f"各表 {'、'.join(listed)}", en=f"sheets {', '.join(listed)}"),
        )  # fmt: skip


def _notes(scored: Scored, state: Assessment, rulebook: Rulebook) -> Iterator[Highlight]:
    """What costs most: cases, and the elements that lost points."""
    if scored.result.deducted:
        points = plain(scored.result.deducted)
        yield Highlight("", Text(zh=f"案件扣 {points} 分", en=f"Cases cost {points}"))
    most = max(lost(scored, rulebook.tables[state.unit_kind]), key=lambda one: one.points, default=None)
    if most is not None:
        less, label = plain(most.points), most.label
        title = Text(zh=f"失分最多 {label.zh}，−{less}", en=f"Lost most at {label.en}, −{less}")
        yield Highlight("", title, Text(zh=most.reason, en=most.reason))
