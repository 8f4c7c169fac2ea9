"""要点: what the committee should see about a result before it decides, and whether the result needs attention.

Nothing is decided here. The measure does not set the two limits; we chose them: at most one point below the next better
grade, and a difference of five points or more between two assessors' sheets.
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
"""A result needs attention if its score is at most this many points below a better grade."""

SHEET_DIFFERENCE = Decimal(5)
"""A result needs attention if the totals of two sheets differ by this many points or more."""


class Highlight(Struct, frozen=True):
    """One thing that the committee should see about a result: a short title, with details.

    `light` is the kind of its status light. A highlight with an empty `light` is only for information.
    """

    light: Literal["veto", "soon", "back", ""]
    title: Text
    text: Text | None = None
    clause: str = ""


def highlights(state: Assessment, context: Context, return_reason: str | None) -> list[Highlight]:
    """The highlights of a scored assessment, those without a light last. Empty if it has no score.

    `return_reason` is the reason why it was sent back before it was scored again; None if it was not sent back.
    """
    scored = state.fact(Scored)
    if scored is None:
        return []
    reasons_for_attention = [
        *_stale_score_and_effects(state, scored.result, context),
        *_returned_score(return_reason),
        *_near_better_grade(scored.result, context.rulebook),
        *_differing_sheets(state),
    ]
    return [*reasons_for_attention, *_loss_remarks(scored, state, context.rulebook)]


def needs_attention(highlights_: list[Highlight]) -> bool:
    """Whether the committee should look at this result individually."""
    return any(highlight.light for highlight in highlights_)


def _stale_score_and_effects(state: Assessment, result: Result, context: Context) -> Iterator[Highlight]:
    """A stale score, vetoes, and open questions (待定)."""
    if is_stale(state, context):
        reason = stale_reason(state, context)
        text = Text(zh=f"计分之后{reason.zh}，须先重新计分", en=f"since scoring, {reason.en}; it is scored again first")
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


def _returned_score(reason: str | None) -> Iterator[Highlight]:
    if reason is not None:
        yield Highlight("back", Text(zh="退回后重报", en="Returned, then scored again"), Text(zh=reason, en=reason))


def _near_better_grade(result: Result, rulebook: Rulebook) -> Iterator[Highlight]:
    """The next better grade, if the score is just below it. Nothing if a veto decided the grade."""
    gaps = [
        (grade.at_least - result.score, grade.title.text) for grade in rulebook.grade if result.score < grade.at_least
    ]
    smallest_gap = min(gaps, key=lambda gap: gap[0], default=None)
    if result.cause == "score" and smallest_gap is not None and smallest_gap[0] <= NEAR_GRADE:
        points, title = smallest_gap
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


def _loss_remarks(scored: Scored, state: Assessment, rulebook: Rulebook) -> Iterator[Highlight]:
    """The points that were deducted for cases, and the element that lost most points."""
    if scored.result.deducted:
        points = format_points(scored.result.deducted)
        yield Highlight("", Text(zh=f"案件扣 {points} 分", en=f"Cases cost {points}"))
    largest_loss = max(
        lost_elements(scored, rulebook.forms_by_kind[state.unit_kind]), key=lambda loss: loss.points, default=None
    )
    if largest_loss is not None:
        points, label = format_points(largest_loss.points), largest_loss.label
        title = Text(zh=f"失分最多 {label.zh}，−{points}", en=f"Lost most at {label.en}, −{points}")
        yield Highlight("", title, Text(zh=largest_loss.reason, en=largest_loss.reason))
