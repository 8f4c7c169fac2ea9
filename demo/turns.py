"""The turns of the sample year: in the year of every sixteenth department the same special thing happens."""

from __future__ import annotations

from enum import IntEnum

from states.vocabulary import Words


class Turn(IntEnum):
    """The special event in a department's year. Department number n has the turn n modulo 16."""

    RECONSIDERED = 0
    REPORT_RETURNED = 1
    REPORT_LATE = 2
    SCORE_RETURNED = 3
    DEDUCTIONS = 4
    BASIC = 5
    VETO_IN_TIME = 6
    VETO_AFTER_CIRCULATION = 7
    CASE_AFTER_SCORING = 8
    BALLOT_VOID = 9
    MEMBER_AND_UNDO = 10
    CASE_RESCINDED = 11
    DEADLINE_MOVED = 12
    FAIL_BY_SCORE = 13
    OWN_UNIT_TRIED = 14
    DEDUCTIONS_AND_TALK = 15


POINTS = {Turn.BASIC: 66, Turn.FAIL_BY_SCORE: 61, Turn.DEDUCTIONS: 84, Turn.SCORE_RETURNED: 88, Turn.REPORT_LATE: 82}
"""About how many of the hundred points a department gets, if its turn decides that."""

MOODS = ((90, 8, 2, 0), (80, 14, 4, 2), (66, 22, 8, 4), (52, 30, 12, 6))
"""The weights of the ballot's options, about per hundred votes. A department has one of these moods."""

LOSS_REASONS = tuple(
    map(Words, ("佐证材料不全", "次数少于要求", "没有签到和会议记录", "台账登记不及时", "没有年中检查记录"))
)
"""The reasons why elements lose points, used in turn."""

CASES: dict[Turn, list[tuple[str, str, str, str, str]]] = {
    Turn.DEDUCTIONS: [("11-12", "a", "staff", "reminder_talk", "10-20"), ("11-12", "b", "party_member", "admonition", "10-22")],
    Turn.VETO_IN_TIME: [("12-04", "a", "party_cadre", "post_removal", "11-28")],
    Turn.VETO_AFTER_CIRCULATION: [("+01-08", "a", "party_cadre", "party_post_removal", "12-30")],
    Turn.CASE_AFTER_SCORING: [("12-23", "a", "staff", "circulated_criticism", "12-21")],
    Turn.CASE_RESCINDED: [("11-16", "a", "party_cadre", "demotion", "11-06")],
    Turn.FAIL_BY_SCORE: [("11-19", "a", "party_member", "party_warning", "11-03")],
    Turn.DEDUCTIONS_AND_TALK: [("12-10", "a", "staff", "circulated_criticism", "12-01"), ("12-10", "b", "staff", "duty_talk", "12-01")],
}  # fmt: skip
"""The cases of a turn: day of the record, letter of the case and of the person, standing, outcome, effective date.

A day with `+` is in the year after the assessed one.
"""
