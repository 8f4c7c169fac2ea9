"""The result: score, grade, the cause of the grade, and the explanation, all from one calculation.

score = the working group's points (the 考核 column) − deductions, not below 0. Deductions are those of item 5, and those
of routine checks if the rulebook gives them points. The grade follows from the exact score (F13: 89.995 is not 优秀), or
from the rounded one if the rulebook says so. A veto forces the worst grade; score and deductions stay visible.
"""

# There is no second calculation for the explanation: `explain` prints the numbers that `compute` used. So an
# explanation cannot contradict its result.

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from msgspec import Struct

from states.assessment import Marks, ScoreSheet
from states.cases.effects import Checked, Deducted, Effects, Flag, Repeat, Vetoed
from states.cases.routine_check import STATUS_TITLES
from states.rulebook.calculation.forms import Element, ScoreForm
from states.rulebook.types import Grade, Rulebook
from states.vocabulary import Text


class Result(Struct, frozen=True, forbid_unknown_fields=True):
    """One result: `given` is the sum of the marks, `deducted` the deductions, `score` the total.

    Deductions are those of item 5, limited by the cap (reading `deduction_cap`), and those of routine checks, which
    have no cap and are 0 unless the rulebook gives them points.
    """

    given: Decimal
    deducted: Decimal
    score: Decimal
    grade: str
    cause: Literal["score", "veto"]
    effects: Effects


class Line(Struct, frozen=True):
    """One line of an explanation: a sentence, its points (None if it has none), and its clause."""

    text: Text
    amount: Decimal | None
    clause: str


class LostPoints(Struct, frozen=True):
    """The points that an element lost, and the working group's reason (扣分理由)."""

    label: Text
    points: Decimal
    reason: str
    clause: str


SUBTOTAL = Text(zh="考核得分小计", en="Points given")
"""The line after the indicators and before the deductions, the total, the vetoes and the grade."""


def format_points(points: Decimal) -> str:
    """Points without trailing zeros: 87.0 as 87, 4.50 as 4.5."""
    return f"{points.normalize():f}" if points else "0"


def compute(marks: Marks, effects: Effects, rulebook: Rulebook) -> Result:
    """The result of these marks with these effects. It depends on nothing else, so the replay can compute it again."""
    mark_total = sum(marks.values(), Decimal(0))
    cost = sum((d.points for d in effects.deductions), Decimal(0))
    cap = rulebook.readings["deduction_cap"].amount
    deducted = (min(cost, cap) if cap else cost) + _cost_of_checks(effects)
    score = max(mark_total - deducted, Decimal(0))
    if effects.vetoes:
        return Result(mark_total, deducted, score, rulebook.worst_grade.key, "veto", effects)
    return Result(mark_total, deducted, score, grade_of(score, rulebook).key, "score", effects)


def _cost_of_checks(effects: Effects) -> Decimal:
    return sum((check.points for check in effects.checks), Decimal(0))


def grade_of(score: Decimal, rulebook: Rulebook) -> Grade:
    """第八条（二）: the grade whose range contains the score. The reading `rounding` says if the score is rounded before."""
    if rulebook.readings["rounding"].value == "before_grade":
        score = score.quantize(Decimal(1), ROUND_HALF_UP)
    return next(g for g in rulebook.grade if score >= g.at_least)


def explain(result: Result, sheet: ScoreSheet, table: ScoreForm, rulebook: Rulebook) -> list[Line]:
    """The whole explanation: indicators, deductions, vetoes, flags, the grade, the readings, each with its clause."""
    return [
        *_indicator_lines(sheet, table),
        Line(SUBTOTAL, result.given, table.clause),
        *deduction_lines(result, table, rulebook),
        Line(Text(zh="总分（不低于 0 分）", en="Total (not below 0)"), result.score, rulebook.stages["scoring"].clause),
        _score_line(result, rulebook),
        *veto_and_flag_lines(result, rulebook),
        _grade_line(result, rulebook),
        *reading_lines(result, rulebook),
    ]


def deduction_lines(result: Result, table: ScoreForm, rulebook: Rulebook) -> list[Line]:
    """扣分项 (item 5 of the annexes): deductions and repeats of cases, the cap, and routine checks."""
    return [
        *(_deduction_line(d, rulebook) for d in result.effects.deductions),
        *(_repeat_line(r, rulebook) for r in result.effects.repeats),
        *_cap_line(result, rulebook),
        *(_check_line(check, table, rulebook) for check in result.effects.checks),
    ]


def veto_and_flag_lines(result: Result, rulebook: Rulebook) -> list[Line]:
    """The lines that the score does not show: every veto, and every case that does not count yet (待定)."""
    vetoes = [_veto_line(v, rulebook) for v in result.effects.vetoes]
    return vetoes + [_flag_line(f, rulebook) for f in result.effects.flags]


# The keys of the readings that each part of a calculation uses.
_ALWAYS_USED = ("self_scores", "rounding", "interviewed_members")
_USED_BY_CASES = (
    "party_cadre",
    "deduction_unit",
    "concurrent_sanctions",
    "case_year",
    "later_sanction",
    "attribution",
    "ladder",
    "double_loss",
    "deduction_cap",
    "substituted_sanction",
    "duty_talks",
    "revised_result",
)
_USED_BY_VETOES = ("judged_grounds",)


def reading_lines(result: Result, rulebook: Rulebook) -> list[Line]:
    """The readings of the measure that this result used: one line for each, with its clause."""
    effects = result.effects
    names = [*_ALWAYS_USED]
    names += _USED_BY_CASES if effects.cases else ()
    names += _USED_BY_VETOES if effects.vetoes else ()
    names += ("open_cases",) if effects.flags else ()
    names += ("routine_check_points",) if effects.checks else ()
    return [_reading_line(name, rulebook) for name in names]


def _reading_line(name: str, rulebook: Rulebook) -> Line:
    reading = rulebook.readings[name]
    sentence = reading.sentence
    text = Text(zh=f"条文理解：{sentence.zh}", en=f"As we read the measure: {sentence.en[0].lower()}{sentence.en[1:]}")
    return Line(text, None, reading.clause)


def _indicator_lines(sheet: ScoreSheet, table: ScoreForm) -> Iterator[Line]:
    """The points of each indicator; below it every element that lost points, with the reason (扣分理由)."""
    for branch in table.branches:
        points = sum((sheet.marks[element.key] for element in branch.elements), Decimal(0))
        title, label = branch.part.title, branch.part.label
        text = Text(zh=f"{label} {title.zh}（满分 {branch.points}）", en=f"{label} {title.en} (of {branch.points})")
        yield Line(text, points, branch.part.clause)
        yield from (_lost_points_line(loss) for loss in lost_elements(sheet, table, branch.elements))


def _lost_points_line(loss: LostPoints) -> Line:
    label, points = loss.label, format_points(loss.points)
    text = Text(zh=f"{label.zh} −{points}：{loss.reason}", en=f"{label.en} −{points}: {loss.reason}")
    return Line(text, None, loss.clause)


def lost_elements(sheet: ScoreSheet, table: ScoreForm, among: Iterable[Element] | None = None) -> list[LostPoints]:
    """Every element that lost points, with the reason, in the annex's order. `among` limits it to some elements."""
    return [
        LostPoints(table.labels[e.key], e.points - sheet.marks[e.key], sheet.reasons.get(e.key, ""), e.clause)
        for e in (table.elements.values() if among is None else among)
        if sheet.marks[e.key] < e.points
    ]


def _deduction_line(d: Deducted, rulebook: Rulebook) -> Line:
    outcome, tier = _sanction_title(d.outcome, d.instead_of, rulebook), rulebook.deductions[d.tier]
    reading = rulebook.readings["deduction_unit"]
    per_zh, per_en = ("每起", "per case") if reading.value == "case" else ("每人", "per person")
    rest = tier.points - d.points
    part = Text(zh="", en="")
    if rest:
        part = Text(
            zh=f"，同案以前年度已减 {rest} 分，本年减 {d.points} 分",
            en=f", of which an earlier year had {rest} for the same case; this year {d.points}",
        )
    return Line(
        Text(
            zh=f"案件：{outcome.zh}，按“{tier.title.zh}”{per_zh}减 {tier.points} 分{part.zh}",
            en=f"Case: {outcome.en}; “{tier.title.en}” costs {tier.points} {per_en}{part.en}",
        ),
        -d.points,
        tier.clause,
    )


def _repeat_line(r: Repeat, rulebook: Rulebook) -> Line:
    outcome = rulebook.outcomes[r.outcome].title
    zh, en = ("不再否决", "no veto again") if r.effect == "veto" else ("不再减分", "no points again")
    return Line(
        Text(
            zh=f"案件：{outcome.zh}，同案已在以前年度计入，本年{zh}",
            en=f"Case: {outcome.en}; an earlier year had as much for the same case, so {en} this year",
        ),
        None,
        rulebook.readings["later_sanction"].clause,
    )


def _sanction_title(outcome: str, instead_of: str | None, rulebook: Rulebook) -> Text:
    """The title of an outcome, with the title of the heavier one that it replaced (F6)."""
    title = _outcome_title(outcome, rulebook)
    if instead_of is None:
        return title
    heavier = _outcome_title(instead_of, rulebook)
    return Text(zh=f"{title.zh}，代替{heavier.zh}", en=f"{title.en}, in place of {heavier.en}")


def _outcome_title(key: str, rulebook: Rulebook) -> Text:
    # An outcome recorded under another edition may be missing in this one. Then only its key can be shown.
    outcome = rulebook.outcomes.get(key)
    return outcome.title.text if outcome else Text(zh=key, en=key)


def _cap_line(result: Result, rulebook: Rulebook) -> list[Line]:
    cost = sum((d.points for d in result.effects.deductions), Decimal(0))
    deducted = result.deducted - _cost_of_checks(result.effects)
    if cost == deducted:
        return []
    cap = rulebook.readings["deduction_cap"]
    text = Text(zh=f"扣分封顶 {cap.amount} 分（原值 {cost}）", en=f"Deductions capped at {cap.amount} (raw {cost})")
    return [Line(text, cost - deducted, cap.clause)]


def _check_line(check: Checked, table: ScoreForm, rulebook: Rulebook) -> Line:
    """第三条（三）: the line of a routine check. It costs points only if the rulebook says so."""
    labels = [table.labels[key] for key in check.elements if key in table.labels]
    zh = f"，涉及要素 {'、'.join(label.zh for label in labels)}" if labels else ""
    en = f", on {', '.join(label.en for label in labels)}" if labels else ""
    status = STATUS_TITLES[check.status]
    reading = rulebook.readings["routine_check_points"]
    free_zh, free_en = ("", "") if check.points else ("，不直接计分", "; no points by itself")
    return Line(
        Text(
            zh=f"平时检查 {check.checked_on}（{check.check}）{zh}：{status.zh}{free_zh}",
            en=f"Routine check of {check.checked_on} ({check.check}){en}: {status.en}{free_en}",
        ),
        -check.points if check.points else None,
        reading.clause,
    )


def _score_line(result: Result, rulebook: Rulebook) -> Line:
    grade = grade_of(result.score, rulebook)
    below = f"，＜{grade.below}" if grade.below is not None else ""
    until = f", < {grade.below}" if grade.below is not None else ""
    return Line(
        Text(
            zh=f"按得分为“{grade.title.zh}”（≥{grade.at_least}{below}）",
            en=f"By score: {grade.title.en} (≥ {grade.at_least}{until})",
        ),
        None,
        grade.clause,
    )


def _veto_line(v: Vetoed, rulebook: Rulebook) -> Line:
    ground = rulebook.grounds[v.ground]
    cause = _sanction_title(v.outcome, v.instead_of, rulebook) if v.outcome else ground.title.text
    source_zh = f"案件（{cause.zh}）" if v.case else f"经判定：{cause.zh}"
    source_en = f"case ({cause.en})" if v.case else f"judged: {cause.en}"
    return Line(
        Text(
            zh=f"一票否决：{source_zh}，直接评定为{rulebook.worst_grade.title.zh}",
            en=f"Veto: {source_en}; rated {rulebook.worst_grade.title.en} outright",
        ),
        None,
        ground.clause,
    )


def _flag_line(f: Flag, rulebook: Rulebook) -> Line:
    outcome = rulebook.outcomes.get(f.outcome)
    title = _sanction_title(f.outcome, f.instead_of, rulebook)
    zh, en = {
        "pending": ("尚未办结", "not closed yet"),
        "committee": ("是否构成否决须由党委判定", "whether it vetoes is for the committee"),
        "successor": (
            "原部门已拆分，尚未写明由哪个部门承接",
            "its department was split, and no successor is named yet",
        ),
    }[f.why]
    return Line(
        Text(zh=f"待定：案件（{title.zh}）{zh}", en=f"Open: case ({title.en}), {en}"),
        None,
        outcome.clause if outcome else rulebook.veto_clause,
    )


def _grade_line(result: Result, rulebook: Rulebook) -> Line:
    title = rulebook.grades[result.grade].title
    zh, en = ("因一票否决", "by veto") if result.cause == "veto" else ("按得分", "by score")
    clause = rulebook.veto_clause if result.cause == "veto" else rulebook.grades[result.grade].clause
    return Line(Text(zh=f"等次：{title.zh}（{zh}）", en=f"Grade: {title.en} ({en})"), None, clause)
