"""The readings that the program itself follows, each with the alternatives that it knows.

They concern what every measure may leave open: open cases, changed results, talks, recusal. A rulebook that says
nothing about one of them has the reading given here, which is our default. All other readings only put a value in.
"""

from __future__ import annotations

from .parts import Wording
from .readings import Alternative, Reading

OUR_DEFAULT = "本系统默认"
"""The clause of a reading that no measure gives."""


def _reading(key: str, asks: Wording | None, why: Wording, **alternatives: Wording) -> Reading:
    """A reading whose first alternative is our default."""
    listed = tuple(Alternative(key=name, text=text) for name, text in alternatives.items())
    return Reading(key=key, value=listed[0].key, alternative=listed, clause=OUR_DEFAULT, asks=asks, why=why)


_EVERY = (
    _reading(
        "open_cases",
        Wording(zh="有案件尚未结案的，如何处理？", en="What happens to a result while a case is not closed?"),
        Wording(
            zh="一件未结案件不应拖住全年考核。",
            en="One open case should not hold up the whole year.",
        ),
        mark=Wording(
            zh="有未结案件的，照常评定等次，标注“待定”",
            en="An open case does not hold up the grade; the result is marked as open",
        ),
        block=Wording(zh="有未结案件的，结案后再计分", en="A result is not scored before its cases are closed"),
    ),
    _reading(
        "revised_result",
        Wording(
            zh="结果审定后处分变更的，如何处理？",
            en="What happens if a sanction is changed after the result was approved?",
        ),
        Wording(
            zh="已审定的结果，只有审定的机构可以改变。",
            en="An approved result is changed only by the body that approved it.",
        ),
        committee=Wording(
            zh="已审定的结果因处分变更而改变的，重新计算，重新审定",
            en="Where a sanction is changed after the approval, the result is computed again and approved again",
        ),
        note=Wording(
            zh="已审定的结果不因处分变更而改变，只作记录",
            en="Where a sanction is changed after the approval, that is noted; the result stays as it is",
        ),
    ),
    _reading(
        "interviewed_members",
        Wording(zh="班子成员是否逐人谈话？", en="Is every member of the team talked with?"),
        Wording(
            zh="班子成员人数不多，逐人谈话才能了解情况。",
            en="A team has few members, and only talks with all of them give the whole picture.",
        ),
        all=Wording(
            zh="班子成员逐人谈话，未谈的写明原因",
            en="Every member of the team is talked with, or it is said why not",
        ),
        some=Wording(zh="与部分班子成员谈话即可", en="Talks with some members of the team are enough"),
    ),
    _reading(
        "attribution",
        Wording(
            zh="人员调动的，案件计入哪个部门？",
            en="For which department does the case of somebody count who has moved?",
        ),
        Wording(
            zh="职务变动不免除责任。",
            en="A change of post does not end responsibility.",
        ),
        unit_at_act=Wording(
            zh="人员调动的，案件计入行为发生时所在的部门",
            en="The case of somebody who moved counts for the department at the time of the act",
        ),
        unit_now=Wording(
            zh="人员调动的，案件计入现在所在的部门",
            en="The case of somebody who moved counts for the department now",
        ),
    ),
    _reading(
        "recusal",
        None,
        Wording(zh="任何人不得自己考核自己。", en="Nobody assesses themselves."),
        own_unit=Wording(
            zh="任何人不得为本部门评分、审定或者签署",
            en="Nobody scores, decides or signs for their own department",
        ),
    ),
)

PROGRAM_READINGS = {reading.key: reading for reading in _EVERY}
