"""The shipped measure of the old format in the new one, while both are there."""

from __future__ import annotations

from typing import Any


def converted(raw: dict[str, Any]) -> dict[str, Any]:
    """The parts of `ResultRules`, and the readings, of an old rulebook's data."""
    kinds = {k["key"]: k["form"] for k in raw["scope"]["unit_kind"]}
    outcomes = sorted(raw["outcome"], key=lambda o: o["weight"])
    return {
        "form": [form(one) for one in raw["form"]],
        "subject": [
            {
                "key": "unit",
                "title": {"zh": "部门", "en": "Department"},
                "is": "unit",
                "scale": "unit",
                "form": kinds,
                "clause": "第二条",
            }
        ],
        "value": values(raw),
        "scale": [scale(raw)],
        "record": records(outcomes),
        "ladder": ladders(raw, outcomes),
        "reading": [reading(one) for one in raw["reading"]],
    }


def form(old: dict[str, Any]) -> dict[str, Any]:
    return {
        **old, "min": 0,
        "item": [
            *old["item"],
            {
                "key": "item-5", "kind": "ladder", "ladder": "item-5", "beside": True, "cap": {"reading": "deduction_cap"},
                "title": {"zh": "扣分项", "en": "Deductions"}, "clause": f"{old['clause']} 5",
            },
            {
                "key": "routine-checks", "kind": "ladder", "ladder": "routine-checks", "beside": True,
                "title": {"zh": "平时检查", "en": "Routine checks"}, "clause": "第三条（三）",
            },
        ],
    }  # fmt: skip


def values(raw: dict[str, Any]) -> list[dict[str, Any]]:
    found = [
        {"key": g["key"], "kind": "finding", "title": g["title"], "clause": g["clause"], "by": g.get("judged_by", [])}
        for g in raw["veto_ground"]
    ]
    graded_by = {
        "key": "graded_by", "kind": "take", "take": "max", "of": ["total"], "decimals": {"reading": "rounding"},
        "title": {"zh": "评定等次所依据的得分", "en": "The score that the grade is taken from"}, "clause": "第八条（二）",
    }  # fmt: skip
    return [graded_by, *found]


def scale(raw: dict[str, Any]) -> dict[str, Any]:
    def row(grade: dict[str, Any]) -> dict[str, Any]:
        bounds = {k: grade[k] for k in ("at_least", "below") if k in grade}
        if bounds["at_least"] == 0:
            del bounds["at_least"]
        return {**{k: grade[k] for k in ("key", "title", "clause")}, "when": [{"of": "graded_by", **bounds}]}

    return {
        "key": "unit",
        "grade": [row(grade) for grade in raw["grade"]],
        "limit": [
            {
                "key": g["key"], "title": {"zh": "一票否决", "en": "Veto"}, "clause": g["clause"], "not_above": raw["grade"][-1]["key"],
                "when": [{"of": g["key"], "at_least": 1}],
            }
            for g in raw["veto_ground"]
        ],
    }  # fmt: skip


STANDINGS = {
    "party_cadre": ("党员干部", "Party member and cadre"),
    "party_member": ("党员（非干部）", "Party member, no cadre"),
    "cadre": ("干部（非党员）", "cadre, no Party member"),
    "staff": ("其他教职工", "other staff"),
    "student_member": ("学生党员", "student, Party member"),
    "student": ("学生（非党员）", "student"),
}
STATUSES = ("withdrawn", "noted", "accepted", "open", "answered", "late")


def records(outcomes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "key": "case", "title": {"zh": "案件", "en": "Case"},
            "field": [
                {
                    "key": "outcome", "title": {"zh": "处理结果", "en": "Outcome"},
                    "option": [{"key": o["key"], "title": o["title"], "clause": o["clause"]} for o in outcomes],
                },
                {
                    "key": "standing", "title": {"zh": "人员身份", "en": "Standing"},
                    "option": [{"key": k, "title": {"zh": zh, "en": en}} for k, (zh, en) in STANDINGS.items()],
                    "group": {"cadres": {"reading": "party_cadre"}},
                },
            ],
        },
        {
            "key": "routine_check", "personal": False, "title": {"zh": "平时检查", "en": "Routine check"},
            "field": [
                {
                    "key": "status", "title": {"zh": "状态", "en": "Status"},
                    "option": [{"key": key, "title": {"zh": key, "en": key}} for key in STATUSES],
                }
            ],
        },
    ]  # fmt: skip


def ladders(raw: dict[str, Any], outcomes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    tiers = {tier["key"]: tier for tier in raw["deduction"]}
    ground = next(g["key"] for g in raw["veto_ground"] if g["how"] == "case")

    def effect(o: dict[str, Any], side: str) -> dict[str, Any]:
        kind = o[side]
        if kind == "deduct":
            tier = tiers[o[f"{side}_deduction"]]
            return {"costs": tier["points"], "title": tier["title"], "clause": tier["clause"]}
        if kind == "veto":
            return {"raises": ground, "clause": o["clause"]}
        return {"flag": kind, "clause": o["clause"]} if kind in ("pending", "committee") else {"clause": o["clause"]}

    rows: list[dict[str, Any]] = []
    for o in outcomes:
        rows.append({"is": {"outcome": [o["key"]], "standing": ["cadres"]}, **effect(o, "cadre")})
        rows.append({"is": {"outcome": [o["key"]], "standing": ["student", "student_member"]}, "clause": o["clause"]})
        rows.append({"is": {"outcome": [o["key"]]}, **effect(o, "other")})
    return [
        {
            "key": "item-5", "record": "case", "match": "first", "title": {"zh": "扣分项", "en": "Deductions"}, "clause": "附件1 5.1",
            "one_per_record": {"reading": "deduction_unit"}, "one_per_person": {"reading": "concurrent_sanctions"},
            "counts_in": {"reading": "case_year"}, "answers": {"reading": "attribution"},
            "later": {"reading": "later_sanction"}, "replaced": {"reading": "substituted_sanction"},
            "unless_emptied": {"reading": "double_loss"}, "row": rows,
        },
        {
            "key": "routine-checks", "record": "routine_check", "match": "first", "title": {"zh": "平时检查", "en": "Routine checks"},
            "clause": "第三条（三）", "counts_in": ["act"], "later": "whole", "answers": "unit_now",
            "row": [
                {"is": {"status": ["late"]}, "costs": {"reading": "routine_check_points"}, "clause": "第三条（三）"},
                {"is": {"status": list(STATUSES)}, "points": 0, "clause": "第三条（三）"},
            ],
        },
    ]  # fmt: skip


MEANS: dict[str, dict[str, Any]] = {
    "party_cadre": {
        "party_or_cadre": ["party_cadre", "party_member", "cadre", "student_member"],
        "party_and_cadre": ["party_cadre"],
    },
    "deduction_unit": {"case": True, "person": False},
    "concurrent_sanctions": {"heaviest": True, "each": False},
    "case_year": {"effective": ["effective", "act"], "act": ["act", "effective"]},
    "later_sanction": {key: key for key in ("excess", "whole", "once")},
    "substituted_sanction": {key: key for key in ("as_given", "committee")},
    "double_loss": {"both": False, "once": True},
    "attribution": {key: key for key in ("unit_at_act", "unit_now")},
    "rounding": {"before_grade": 0},
}


def reading(old: dict[str, Any]) -> dict[str, Any]:
    means = MEANS.get(old["key"], {})
    alternatives = [{**one, "means": means[one["key"]]} if one["key"] in means else one for one in old["alternative"]]
    return {**old, "alternative": alternatives}


def task(consequence: dict[str, Any]) -> dict[str, Any]:
    """A consequence of the old format as a task. It is due also on a day that is no working day."""
    same = ("key", "title", "clause", "by", "special", "persons", "due_source", "reminders")
    return {
        **{key: consequence[key] for key in same if key in consequence},
        "when": [{"of": "grade", "is": consequence["grades"]}],
        "due": {"days": consequence["due_after"], "roll": "stay"},
    }
