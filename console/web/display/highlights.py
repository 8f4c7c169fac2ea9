"""要点: what the committee should see about a result before it decides, and whether the result needs attention.

Nothing is decided here. The two limits are our own choice: a result that lacks one point to a better grade, and two
assessors' sheets that are five points apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from states.assessment import Assessment
from states.context import Context
from states.result.result import Result, format_points, lost_elements, veto_and_flag_lines
from states.rulebook.types import Rulebook
from states.stages.scoring import Scored, is_stale, stale_reason
from states.vocabulary import Text

NEAR_GRADE = Decimal(1)
"""A result needs attention if it lacks no more than this to a better grade."""

SHEET_DIFFERENCE = Decimal(5)
"""A result needs attention if the totals of two sheets are this far apart."""


class Highlight(Struct, frozen=True):
    """One thing to see: its light (empty for a mere note), a short title, and details."""

    light: Literal["veto", "soon", "back", ""]
    title: Text
    text: Text | None = None
    clause: str = ""


def highlights(state: Assessment, context: Context, return_reason: str | None) -> list[Highlight]:
    """The highlights of a scored assessment, mere notes last; empty before the scoring.

    `return_reason` is the reason why it was sent back before it was scored again; None if it was not sent back.
    """
    scored = state.fact(Scored)
    if scored is None:
        return []
    reasons_for_attention = [
        *_open_questions(state, scored.result, context),
        *_return_note(return_reason),
        *_near_better_grade(scored.result, context.rulebook),
        *_differing_sheets(state),
    ]
    return [*reasons_for_attention, *_largest_losses(scored, state, context.rulebook)]


def needs_attention(highlights_: list[Highlight]) -> bool:
    """Whether the committee should look at the result by itself."""
    return any(highlight.light for highlight in highlights_)


def _open_questions(state: Assessment, result: Result, context: Context) -> Iterator[Highlight]:
    """A stale score, vetoes, and open questions (待定)."""
    if is_stale(state, context):
        changed = stale_reason(state, context)
        text = Text(
            zh=f"计分之后{changed.zh}，须先重新计分", en=f"since scoring, {changed.en}; it is scored again first"
        )
        yield Highlight("soon", Text(zh="得分待重算", en="To be scored again"), text, context.rulebook.veto_clause)
    # `veto_and_flag_lines` lists the vetoes first.
    veto_texts = {line.text for line in veto_and_flag_lines(result, context.rulebook)[: len(result.effects.vetoes)]}
    for line in veto_and_flag_lines(result, context.rulebook):
        is_veto = line.text in veto_texts
        title = Text(zh="一票否决", en="Vetoed") if is_veto else Text(zh="待定", en="Open")
        yield Highlight("veto" if is_veto else "soon", title, _after_colon(line.text), line.clause)


def _after_colon(text: Text) -> Text:
    """The text of a line without its first word, which is the title."""
    return Text(zh=text.zh.partition("：")[2] or text.zh, en=text.en.partition(": ")[2] or text.en)


def _return_note(reason: str | None) -> Iterator[Highlight]:
    if reason is not None:
        yield Highlight("back", Text(zh="退回后重报", en="Returned, then scored again"), Text(zh=reason, en=reason))


def _near_better_grade(result: Result, rulebook: Rulebook) -> Iterator[Highlight]:
    """A better grade that the score narrowly misses. A veto is no narrow miss."""
    gaps = [(g.at_least - result.score, g.title.text) for g in rulebook.grade if result.score < g.at_least]
    smallest = min(gaps, key=lambda gap: gap[0], default=None)
    if result.cause == "score" and smallest is not None and smallest[0] <= NEAR_GRADE:
        points, title = smallest
        yield Highlight(
            "soon",
            Text(
                zh=f"差 {format_points(points)} 分到{title.zh}",
                en=f"{format_points(points)} short of {title.en.lower()}",
            ),
        )


def _differing_sheets(state: Assessment) -> Iterator[Highlight]:
    """The totals of the assessors' sheets, if they differ much."""
    totals = sorted((sum(sheet.marks.values(), Decimal(0)) for sheet in state.sheets.values()), reverse=True)
    if totals and totals[0] - totals[-1] >= SHEET_DIFFERENCE:
        gap, texts = format_points(totals[0] - totals[-1]), [format_points(total) for total in totals]
        yield Highlight(
            "soon",
            Text(zh=f"评分相差 {gap} 分", en=f"Sheets {gap} points apart"),
            Text(zh=f"各表 {'、'.join(texts)}", en=f"sheets {', '.join(texts)}"),
        )


def _largest_losses(scored: Scored, state: Assessment, rulebook: Rulebook) -> Iterator[Highlight]:
    """The points that cases cost, and the element that lost most."""
    if scored.result.deducted:
        points = format_points(scored.result.deducted)
        yield Highlight("", Text(zh=f"案件扣 {points} 分", en=f"Cases cost {points}"))
    largest = max(lost_elements(scored, rulebook.tables[state.unit_kind]), key=lambda loss: loss.points, default=None)
    if largest is not None:
        points, label = format_points(largest.points), largest.label
        title = Text(zh=f"失分最多 {label.zh}，−{points}", en=f"Lost most at {label.en}, −{points}")
        yield Highlight("", title, Text(zh=largest.reason, en=largest.reason))
