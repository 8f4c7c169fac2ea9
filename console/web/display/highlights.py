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
from states.explanation import explain_inputs, is_remark
from states.result import places
from states.result.losses import lost_elements
from states.result.next_grade import next_grade
from states.result.result import grades_of, scopes_of
from states.result.sheet_items import points_in_all
from states.result.subjects import subject_title
from states.rulebook.calculation.numbers import plain
from states.rulebook.sentences.names import change, listed
from states.rulebook.types import VETOED, Rulebook
from states.stages.scoring import Scored, is_stale, stale_reason
from states.vocabulary import Text

from .grades import place_text

GRADE_OPEN = Text(zh="等次待定", en="Grade not known yet")

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
        *_stale_score_and_remarks(state, scored, context),
        *_returned_score(return_reason),
        *_near_better_grade(scored, context.rulebook),
        *_differing_sheets(state, context.rulebook),
    ]
    return [
        *reasons_for_attention,
        *_places(scored, context.rulebook),
        *_loss_remarks(scored, state, context.rulebook),
    ]


def needs_attention(highlights_: list[Highlight]) -> bool:
    """Whether the committee should look at this result individually."""
    return any(highlight.light for highlight in highlights_)


def _stale_score_and_remarks(state: Assessment, scored: Scored, context: Context) -> Iterator[Highlight]:
    """A stale score, grades that are not known yet, limits of the grade, and open questions (待定)."""
    if is_stale(state, context):
        reason = stale_reason(state, context)
        text = Text(zh=f"计分之后{reason.zh}，须先重新计分", en=f"since scoring, {reason.en}; it is scored again first")
        yield Highlight("soon", Text(zh="结果待重算", en="To be scored again"), text, context.clause("scoring"))
    open_ids = [id_ for id_, grade in grades_of(scored.results, context.rulebook).items() if grade is None]
    if open_ids:
        whose = listed(subject_title(id_, state, context.rulebook) for id_ in open_ids)
        yield Highlight("soon", GRADE_OPEN, whose, context.clause("approval"))
    for line in explain_inputs(scored.inputs, context.rulebook):
        if is_remark(line):
            is_limit = line.location.removeprefix("limit.") in scored.result.limits
            cause = context.rulebook.cause_of_grade((line.location.removeprefix("limit."),)) if is_limit else None
            title, text = (cause, line.title) if cause is not None else (line.title, line.sentence)
            yield Highlight("veto" if cause == VETOED else "soon", title, text, line.clause)


def _places(scored: Scored, rulebook: Rulebook) -> Iterator[Highlight]:
    """The places of the department on which the result rests, and its seats."""
    for standing in places.standings_read(scored.inputs, rulebook):
        place = scored.inputs.standings.get(standing.key)
        if place is not None:
            yield Highlight("", standing.title.text, place_text(place, standing), standing.clause)


def _returned_score(reason: str | None) -> Iterator[Highlight]:
    if reason is not None:
        yield Highlight("back", Text(zh="退回后重报", en="Returned, then scored again"), Text(zh=reason, en=reason))


def _near_better_grade(scored: Scored, rulebook: Rulebook) -> Iterator[Highlight]:
    """The next better grade, if the score is just below it. Nothing if a limit decided the grade."""
    better = next_grade(scopes_of(scored.inputs, rulebook)[0])
    if better is not None and better.missing <= NEAR_GRADE:
        points, title = plain(better.missing), better.title
        yield Highlight("soon", Text(zh=f"差 {points} 分到{title.zh}", en=f"{points} short of {title.en.lower()}"))


def _differing_sheets(state: Assessment, rulebook: Rulebook) -> Iterator[Highlight]:
    """The totals of the assessors' sheets, if they add up to points and differ much."""
    sums = (points_in_all(sheet.marks, rulebook) for sheet in state.sheets.values())
    totals = sorted((total for total in sums if total is not None), reverse=True)
    if totals and totals[0] - totals[-1] >= SHEET_DIFFERENCE:
        gap, texts = plain(totals[0] - totals[-1]), [plain(total) for total in totals]
        yield Highlight(
            "soon",
            Text(zh=f"评分相差 {gap} 分", en=f"Sheets {gap} points apart"),
            Text(zh=f"各表 {'、'.join(texts)}", en=f"sheets {', '.join(texts)}"),
        )


def _loss_remarks(scored: Scored, state: Assessment, rulebook: Rulebook) -> Iterator[Highlight]:
    """What was added or taken off beside the form, and the element that lost most points."""
    if scored.result.adjustment:
        made = change(scored.result.adjustment)
        yield Highlight("", Text(zh=f"另{made.zh}", en=f"{made.en} beside the form"))
    largest_loss = max(
        lost_elements(scored.sheet, rulebook.forms_by_kind[state.unit_kind]), key=lambda loss: loss.points, default=None
    )
    if largest_loss is not None:
        points, label = plain(largest_loss.points), largest_loss.label
        title = Text(zh=f"失分最多 {label.zh}，−{points}", en=f"Lost most at {label.en}, −{points}")
        yield Highlight("", title, Text(zh=largest_loss.reason, en=largest_loss.reason))
