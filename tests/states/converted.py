"""The shipped measure in values and rows: its forms and readings, and the parts that its file does not have yet."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

PARTS = Path(__file__).parents[1] / "measures" / "liuzhou-2021-rules.toml"
STANDINGS = ("party_cadre", "party_member", "cadre", "staff", "student_member", "student")


def converted(raw: dict[str, Any]) -> dict[str, Any]:
    """The data of `ResultRules`, with the readings, of the data of the shipped rulebook."""
    parts = tomllib.loads(PARTS.read_text("utf-8"), parse_float=Decimal)
    return {**parts, "form": [_form(one) for one in raw["form"]], "reading": [_reading(one) for one in raw["reading"]]}


def _form(old: dict[str, Any]) -> dict[str, Any]:
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


MEANS: dict[str, dict[str, Any]] = {
    "party_cadre": {"party_or_cadre": ["party_cadre", "party_member", "cadre", "student_member"], "party_and_cadre": ["party_cadre"]},
    "deduction_unit": {"case": True, "person": False},
    "concurrent_sanctions": {"heaviest": True, "each": False},
    "case_year": {"effective": ["effective", "act"], "act": ["act", "effective"]},
    "later_sanction": {key: key for key in ("excess", "whole", "once")},
    "substituted_sanction": {key: key for key in ("as_given", "committee")},
    "double_loss": {"both": False, "once": True},
    "attribution": {key: key for key in ("unit_at_act", "unit_now")},
    "rounding": {"before_grade": 0},
}  # fmt: skip
"""What each alternative puts where its reading stands; one that is not here leaves the key out."""


def _reading(old: dict[str, Any]) -> dict[str, Any]:
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
