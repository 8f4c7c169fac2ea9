"""The readings of the measure: a sentence for each setting of a rulebook, for the result and the rulebook's page.

Not here: the reason for a reading, which the rulebook gives with the clause (`Setting.why`). The keys are for authors
of a rulebook (docs/rulebook.md) and appear in no sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from states.vocabulary import Text

from .types import MeasureSettings


def reading(name: str, settings: MeasureSettings) -> Text:
    """The meaning of the setting `name` with its value in `settings`, as one sentence."""
    value = getattr(settings, name).value
    return _POINT_SETTINGS[name](value) if name in _POINT_SETTINGS else READINGS[name][value]


READINGS: Mapping[str, Mapping[str, Text]] = {
    "party_cadre": {
        "party_or_cadre": Text(zh="“党员干部”指党员和干部，普通党员、非党员干部都算在内", en="“Party members and cadres” means both, whether or not one is the other"),
        "party_and_cadre": Text(zh="“党员干部”指党员中的干部", en="“Party members and cadres” means cadres who are Party members"),
    },
    "deduction_unit": {
        "case": Text(zh="“每起”按案件计：一案只扣一次，取案内最重的处理结果", en="A case costs points once, at the heaviest outcome in it"),
        "person": Text(zh="“每起”按人次计：一案中每人各扣一次", en="Each person in a case costs points"),
    },
    "concurrent_sanctions": {
        "heaviest": Text(zh="同一人因同一行为受几项处分的，按最重的一项计一次", en="Of several sanctions of one person for one act, the heaviest counts, once"),
        "each": Text(zh="同一人因同一行为受几项处分的，各计一次", en="Of several sanctions of one person for one act, each counts"),
    },
    "case_year": {
        "effective": Text(zh="案件计入处分决定生效的年度", en="A case counts in the year in which the decision takes effect"),
        "act": Text(zh="案件计入行为发生的年度", en="A case counts in the year of the act"),
    },
    "later_sanction": {
        "excess": Text(zh="同一案件以后年度又有处分的，扣分只计超过以前年度的部分，符合否决情形的照样否决", en="A later sanction in the same case costs only what it exceeds the earlier one, and vetoes where it is one that vetoes"),
        "whole": Text(zh="同一案件以后年度又有处分的，全数另计", en="A later sanction in the same case counts whole"),
        "once": Text(zh="同一案件在以前年度已否决或者扣分的，不再否决或者扣分", en="A case that has vetoed or cost points in an earlier year does so no more"),
    },
    "open_cases": {
        "mark": Text(zh="有未结案件的，照常评定等次，标注“待定”", en="An open case does not hold up the grade; the result is marked as open"),
        "block": Text(zh="有未结案件的，结案后再计分", en="A result is not scored before its cases are closed"),
    },
    "revised_result": {
        "committee": Text(zh="处分变更或者撤销的，重新计算，由学校党委重新审定", en="Where a sanction is changed or lifted, the result is computed again and the Party committee approves it again"),
        "note": Text(zh="处分变更或者撤销的，作记录，已审定的结果不变", en="Where a sanction is changed or lifted, that is noted; an approved result stays as it is"),
    },
    "substituted_sanction": {
        "as_given": Text(zh="代替较重处分而给予的处分，按实际给予的计", en="A sanction given in place of a heavier one counts as it was given"),
        "committee": Text(zh="代替较重处分而给予的处分，由学校党委认定如何计", en="What a sanction given in place of a heavier one counts is for the Party committee"),
    },
    "duty_talks": {"never_deducted": Text(zh="按职责开展的约谈不扣分", en="Talks held as a duty cost no points")},
    "ladder": {"measure": Text(zh="各档扣分的轻重次序照办法原文", en="Which outcome costs how much is in the measure's own order")},
    "double_loss": {
        "both": Text(zh="同一案件既使考核要素失分、又按第 5 项扣分的，两者都计", en="A case that costs an element its points and falls under item 5 counts in both"),
        "once": Text(zh="同一案件既使考核要素失分、又按第 5 项扣分的，只计一次", en="A case that costs an element its points and falls under item 5 counts once"),
    },
    "judged_grounds": {"recorded_with_reasons": Text(zh="“重大”“其他严重”由学校党委或者考核领导小组认定，并写明理由", en="What is “major” or “other serious” is judged by the Party committee or the leading group, with reasons")},
    "attribution": {
        "unit_at_act": Text(zh="人员调动的，案件计入行为发生时所在的部门", en="The case of somebody who moved counts for the department at the time of the act"),
        "unit_now": Text(zh="人员调动的，案件计入现在所在的部门", en="The case of somebody who moved counts for the department now"),
    },
    "rounding": {
        "display_only": Text(zh="等次按未经舍入的得分评定", en="The grade is taken from the exact score"),
        "before_grade": Text(zh="得分先四舍五入到整数，再评定等次", en="The score is rounded half up to whole points before grading"),
    },
    "member_grades": {"none": Text(zh="班子成员参加报告、测评和结果运用，不单独计分、不定等次", en="Members of a team have reports, ballots and consequences, and no score or grade of their own")},
    "self_scores": {"shown": Text(zh="自评得分列出供对照，不计入考核得分", en="The department's own points are shown beside the others and never counted")},
    "interviewed_members": {
        "all": Text(zh="班子成员逐人谈话，未谈的写明原因", en="Every member of the team is talked with, or it is said why not"),
        "some": Text(zh="与部分班子成员谈话即可", en="Talks with some members of the team are enough"),
    },
    "recusal": {"own_unit": Text(zh="任何人不得为本部门评分、审定或者签署", en="Nobody scores, decides or signs for their own department")},
    "numbering": {"own_keys": Text(zh="附件中重号的考核要素，写明所在的二级指标", en="Of two elements printed with one number, the misplaced one names the indicator it stands under")},
    "result_route": {"as_stages": Text(zh="结果依次报学校党委审定、全校通报、报组织部备案", en="A result goes to the Party committee, then to the whole institution, then to the Organization Department")},
}  # fmt: skip
"""The sentence of each reading, by the name and the value of the setting."""


def _cap_reading(points: Decimal) -> Text:
    if not points:
        return Text(
            zh="第 5 项扣分不设上限，总分不低于 0 分",
            en="Deductions under item 5 have no cap; the total is not below 0",
        )
    return Text(zh=f"第 5 项扣分最多 {points} 分", en=f"Deductions under item 5 cost {points} points at most")


def _routine_check_reading(points: Decimal) -> Text:
    if not points:
        return Text(zh="平时检查不直接扣分", en="Routine checks cost no points by themselves")
    return Text(
        zh=f"平时检查发现的问题逾期未整改的，每件扣 {points} 分",
        en=f"Each finding of a routine check not mended in time costs {points} points",
    )


_POINT_SETTINGS: Mapping[str, Callable[[Decimal], Text]] = {
    "deduction_cap": _cap_reading,
    "routine_check_points": _routine_check_reading,
}
