"""A small invented measure with one of everything that is checked, and a way to break one thing in it."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.checks.known_names import KnownNames
from states.rulebook.checks.reading_checks import check
from states.rulebook.parts import Misfit
from states.rulebook.readings import Reading, meanings, put_in

D = Decimal
KNOWN = KnownNames(roles={"office", "committee"})


def part(key: str, **fields: Any) -> dict[str, Any]:
    return {"key": key, "title": {"zh": f"{key} 的名称", "en": f"title of {key}"}, "clause": "第一条", **fields}


def option(key: str, **fields: Any) -> dict[str, Any]:
    return {"key": key, "title": {"zh": key, "en": key}, **fields}


def field(key: str, *options: str, **fields: Any) -> dict[str, Any]:
    return option(key, option=[option(one) for one in options], **fields)


def row(**fields: Any) -> dict[str, Any]:
    return {"clause": "第二条", **fields}


def ask(of: str, **bounds: Any) -> dict[str, Any]:
    return {"of": of, **bounds}


SOUND: dict[str, Any] = {
    "unit_kind": [part("faculty", group="teaching"), part("bureau", group="services")],
    "form": [
        part(
            "main", points=100, min=0, decimals=2, rescale=True,
            item=[
                part("duty", points=60, item=[part("plan", points=40), part("talks", points=20, step=5)]),
                part("survey", points=100, weight=40, kind="given", by=["office"], may_be_absent=True),
                part("honours", kind="ladder", ladder="honours", beside=True, max=6),
                part("cases", kind="ladder", ladder="cases", beside=True, min=-12),
            ],
        ),
        part("person", points=100, item=[part("own_voice", points=100, kind="vote", ballot="meeting", decimals=2)]),
    ],
    "subject": [
        part("unit", **{"is": "unit"}, form={"faculty": "main", "bureau": "main"}, scale="unit"),
        part("head", **{"is": "each_head"}, form={"faculty": "person", "bureau": "person"}, scale="person"),
    ],
    "ballot": [
        part("meeting", option=[option("good", points=100), option("fair", points=70), option("poor", points=20), option("none")])
    ],
    "record": [
        {
            "key": "case", "title": {"zh": "案件", "en": "Case"}, "clause": "第八条",
            "field": [
                field("outcome", "talk", "warning", "removal"),
                field("rank", "chief", "cadre", "staff", group={"cadres": ["chief", "cadre"]}),
            ],
        },
        {
            "key": "honour", "title": {"zh": "表彰", "en": "Honour"}, "personal": False, "clause": "第七条",
            "field": [field("level", "city", "province")],
        },
    ],
    "ladder": [
        part(
            "cases", record="case", one_per_record={"reading": "several_people"},
            row=[
                row(**{"is": {"outcome": ["talk"]}}, points=-1),
                row(**{"is": {"outcome": ["warning"]}}, costs=4),
                row(**{"is": {"outcome": ["removal"], "rank": ["staff"]}}, points=-7),
                row(**{"is": {"outcome": ["removal"], "rank": ["cadres"]}}, raises="heavy"),
            ],
        ),
        part(
            "honours", record="honour",
            row=[row(**{"is": {"level": ["city"]}}, points=D("0.5")), row(**{"is": {"level": ["province"]}}, points=2)],
        ),
    ],
    "value": [
        part("heavy", kind="finding"),
        part("empty", kind="how_many", under="duty", at_most=0),
        part("head_voice", kind="take", take="min", over="head", of=["own_voice"]),
        part("poor_share", kind="vote", ballot="meeting", share_of=["poor"], **{"for": ["head"]}),
        part("good_share", kind="vote", ballot="meeting", share_of=["good"], **{"for": ["head"]}),
        part("seat", kind="standing", standing="order", give="seat"),
    ],
    "standing": [part("order", of="total", quota=[part("top", share=25, rounding="down")])],
    "scale": [
        {
            "key": "unit", "match": "first",
            "grade": [
                part("excellent", when=[ask("total", at_least=90), ask("empty", at_most=0), ask("seat", at_least=1)]),
                part("good", when=[ask("total", at_least=70)]),
                part("pass", when=[ask("total", at_least={"reading": "pass_mark"})]),
                part("fail", when=[ask("total", below=70)]),
            ],
            "limit": [
                part("heavy", not_above="fail", when=[ask("heavy", at_least=1)]),
                part("voice", not_above="good", when=[ask("head_voice", below=60)]),
            ],
        },
        {
            "key": "person",
            "grade": [
                part("able", when=[ask("own_voice", at_least=60)]),
                part("not_able", when=[ask("own_voice", below=60)]),
            ],
        },
    ],
    "reading": [
        {
            "key": "several_people", "value": "one", "clause": "第三条", "why": {"zh": "按起计算", "en": "cases are counted"},
            "asks": {"zh": "一案多人按几次计？", "en": "How often does a case of several people count?"},
            "alternative": [
                {"key": "one", "text": {"zh": "只计一次", "en": "once"}, "means": True},
                {"key": "each", "text": {"zh": "每人各计", "en": "for each person"}, "means": False},
            ],
        },
        {
            "key": "pass_mark", "value": "sixty", "clause": "第四条", "why": {"zh": "惯例", "en": "custom"},
            "alternative": [
                {"key": "sixty", "text": {"zh": "六十分", "en": "sixty"}, "means": 60},
                {"key": "fifty", "text": {"zh": "五十分", "en": "fifty"}, "means": 50},
            ],
        },
    ],
}  # fmt: skip


def broken(**locations: Any) -> list[Misfit]:
    """The misfits of the measure with other values at some locations: `form__main__item__duty__points=50`.

    `None` takes the key away.
    """
    data = deepcopy(SOUND)
    for path, value in locations.items():
        *above, last = path.split("__")
        inner: Any = data
        for step in above:
            inner = _step(inner, step)
        if isinstance(inner, list):
            inner[_index(inner, last)] = value
        elif value is None:
            del inner[last]
        else:
            inner[last] = value
    return check(data, KNOWN)


def _step(parts: Any, step: str) -> Any:
    return parts[_index(parts, step)] if isinstance(parts, list) else parts[step]


def _index(parts: list[Any], step: str) -> int:
    return int(step) if step.isdigit() else next(n for n, one in enumerate(parts) if one.get("key") == step)


def small_rules() -> ResultRules:
    readings = {reading["key"]: Reading.model_validate(reading) for reading in SOUND["reading"]}
    return ResultRules.model_validate(put_in(SOUND, meanings(readings)).data)
