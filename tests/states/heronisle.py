"""The invented measure of Heron Isle College (tests/measures/heronisle-2031.toml), and a school that does well under it."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from states.rulebook.calculation.lines import Inputs, Judgement, RecordLine
from states.rulebook.calculation.plan import Reckoned
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.calculation.scales import GradeDecision
from states.rulebook.readings import Reading, meanings, put_in
from states.rulebook.tasks import FollowUpRules, FollowUps

FILE = Path(__file__).parents[1] / "measures" / "heronisle-2031.toml"
RAW: dict[str, Any] = tomllib.loads(FILE.read_text("utf-8"), parse_float=Decimal)
FOLLOW_UPS = FollowUpRules.model_validate({"task": RAW["task"], "window": RAW["window"]})
READINGS = {part["key"]: Reading.model_validate(part) for part in RAW["reading"]}
HEAD, FIRST, SECOND = "p-head", "p-first", "p-second"
SCHOOL_ITEMS = ("s-plan", "s-list", "s-open", "s-teaching", "s-exams", "s-funds", "s-students", "s-ethics")
OFFICE_ITEMS = ("o-plan", "o-list", "o-deadline", "o-procurement", "o-rules", "o-service")
OWN_ITEMS = ("m-duty", "m-meetings", "m-integrity")


@cache
def rules(**settings: str) -> ResultRules:
    """The rules under the readings in force, with other choices for some of them."""
    data = put_in(RAW, meanings(READINGS, settings)).data
    return ResultRules.model_validate({key: part for key, part in data.items() if key in ResultRules.model_fields})


def votes(good: int, fairly_good: int = 0, fair: int = 0, poor: int = 0, abstain: int = 0) -> dict[str, int]:
    return {"good": good, "fairly-good": fairly_good, "fair": fair, "poor": poor, "abstain": abstain}


GOOD_VOTES = votes(30, 10, 5, abstain=5)
"""Fifty votes, of which 45 are valid and 30 good: two thirds exactly."""

SCHOOL = Inputs(
    unit="u-1",
    unit_kind="school",
    year=2031,
    heads=(HEAD,),
    members=(FIRST, SECOND),
    levels={
        **dict.fromkeys(SCHOOL_ITEMS, "done"),
        **{f"{item}@{person}": "done" for item in OWN_ITEMS for person in (FIRST, SECOND)},
        "self-view": "good", "first-view": "good", "second-view": "good", f"rating@{HEAD}": "satisfactory",
    },
    numbers={"received": Decimal(50), "settled": Decimal(45), "upheld": Decimal(0), f"months@{HEAD}": Decimal(30)},
    ballots={
        "opinion": {
            group: {"team": GOOD_VOTES, HEAD: GOOD_VOTES, FIRST: GOOD_VOTES, SECOND: GOOD_VOTES}
            for group in ("staff", "served")
        }
    },
    earlier_grades={"last-round": "fairly-good"},
)  # fmt: skip
"""All is done, both reviews say good, 45 of 50 requests are settled, and every share of good votes is two thirds."""

OFFICE = replace(SCHOOL, unit_kind="office", levels={**SCHOOL.levels, **dict.fromkeys(OFFICE_ITEMS, "done")})


def changed_inputs(inputs: Inputs, changes: dict[str, Any]) -> Inputs:
    """A change of `levels`, `numbers` or `earlier_grades` is put over those of `inputs`; any other one replaces them."""
    over = {
        name: {**getattr(inputs, name), **changes[name]}
        for name in ("levels", "numbers", "earlier_grades")
        if name in changes
    }
    return replace(inputs, **{**changes, **over})


def results(inputs: Inputs = SCHOOL, settings: dict[str, str] | None = None, **changes: Any) -> dict[str, Reckoned]:
    """The results by subject, or by person."""
    changed = changed_inputs(inputs, changes)
    plan = rules(**(settings or {})).plans[changed.unit_kind]
    return {result.person or result.subject: result for result in plan.reckon(changed)}


def follow_ups(inputs: Inputs = SCHOOL, **changes: Any) -> tuple[FollowUps, FollowUps]:
    """The tasks and the windows that follow from the results."""
    changed = changed_inputs(inputs, changes)
    scopes = rules().plans[changed.unit_kind].scopes(changed)
    return FOLLOW_UPS.tasks_of(scopes, "unit"), FOLLOW_UPS.windows_of(scopes, "unit")


def grades(inputs: Inputs = SCHOOL, settings: dict[str, str] | None = None, **changes: Any) -> dict[str, str | None]:
    """The grade of every subject, by subject or by person."""
    return {
        who: result.decision.grade for who, result in results(inputs, settings, **changes).items() if result.decision
    }


def decided(inputs: Inputs = SCHOOL, settings: dict[str, str] | None = None, who: str = "unit", **changes: Any) -> Any:
    """What decided the grade of one subject: its grade, the grade of its row, and the limits that hold."""
    decision = decision_on(who, results(inputs, settings, **changes))
    return decision.grade, decision.by_row, decision.limits


def decision_on(who: str, found: dict[str, Reckoned]) -> GradeDecision:
    decision = found[who].decision
    assert decision is not None
    return decision


def unknown(*keys: str, inputs: Inputs = SCHOOL) -> Inputs:
    """The same inputs, without these levels and earlier results: nobody has entered them yet."""
    levels = {key: level for key, level in inputs.levels.items() if key not in keys}
    earlier = {key: grade for key, grade in inputs.earlier_grades.items() if key not in keys}
    return replace(inputs, levels=levels, earlier_grades=earlier)


def ballots(row: str = "team", **groups: dict[str, int]) -> dict[str, Any]:
    """The ballots of `SCHOOL` with other votes on one row in these groups."""
    opinion = SCHOOL.ballots["opinion"]
    return {"opinion": {group: {**rows, row: groups.get(group, rows[row])} for group, rows in opinion.items()}}


def not_done(number: int) -> dict[str, str]:
    """So many items of a school that are not done."""
    return dict.fromkeys(SCHOOL_ITEMS[:number], "not-done")


def views(first: str, second: str | None = None) -> dict[str, str]:
    return {"first-view": first, "second-view": second or first}


def case(id_: str, outcome: str, rank: str = "staff", person: str = "p-x", **more: Any) -> RecordLine:
    """One line of a case, with a sanction that took effect in June 2031."""
    return RecordLine(
        record=id_, kind="case", unit="u-1", unit_now="u-1", person=person, fields={"outcome": outcome, "rank": rank},
        **{"effective_on": date(2031, 6, 1), "acted_on": date(2031, 3, 1), **more},
    )  # fmt: skip


def judged(*findings: str) -> tuple[Judgement, ...]:
    return tuple(Judgement(id=f"judged/{number}", finding=finding) for number, finding in enumerate(findings))
