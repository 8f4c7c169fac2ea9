"""The invented measure of Cloudladder College (tests/measures/cloudladder-2031.toml), and a school that does well under it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from states.rulebook.calculation.lines import Inputs, Judgement, Place, RecordLine, ValueLine
from states.rulebook.calculation.numbers import Amount
from states.rulebook.calculation.plan import Reckoned
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.calculation.scales import GradeDecision
from states.rulebook.readings import Reading, meanings, put_in

FILE = Path(__file__).parents[1] / "measures" / "cloudladder-2031.toml"
RAW: dict[str, Any] = tomllib.loads(FILE.read_text("utf-8"), parse_float=Decimal)
READINGS = {part["key"]: Reading.model_validate(part) for part in RAW["reading"]}
HEAD, FIRST, SECOND = "p-head", "p-first", "p-second"
FULL_MARKS = {
    "plan": Decimal(8), "decisions": Decimal(10), "talks": Decimal(6), "expenses": Decimal(0), "assets": Decimal(8),
    "accidents": Decimal(0), "internship": Decimal(10),
}  # fmt: skip


@cache
def rules(**settings: str) -> ResultRules:
    """The rules under the readings in force, with other choices for some of them."""
    data = put_in(RAW, meanings(READINGS, settings)).data
    return ResultRules.model_validate({key: part for key, part in data.items() if key in ResultRules.model_fields})


def votes(satisfied: int, mostly: int = 0, dissatisfied: int = 0, unknown: int = 0) -> dict[str, int]:
    return {"satisfied": satisfied, "mostly": mostly, "dissatisfied": dissatisfied, "unknown": unknown}


def seat(has_seat: bool = True, from_last: int = 5) -> dict[str, Place | None]:
    """Second of six schools, with or without a place within the quota."""
    seats = ("excellent",) if has_seat else ()
    return {"order": Place(place=7 - from_last, from_last=from_last, size=6, best=Decimal(97), seats=seats)}


SCHOOL = Inputs(
    unit="u-1",
    unit_kind="school",
    year=2031,
    heads=(HEAD,),
    members=(FIRST, SECOND),
    marks=FULL_MARKS,
    numbers={
        "budget_rate": Decimal(95), "training_rate": Decimal(96), "received": Decimal(10), "closed_in_time": Decimal(10),
        "survey": Decimal(90), "found": Decimal(3), "rectified": Decimal(3),
    },
    earlier={"half": Decimal(90)},
    earlier_grades={"last_grade": "good"},
    ballots={
        "meeting": {
            "staff": {"team": votes(10), HEAD: votes(10), FIRST: votes(6, 4), SECOND: votes(0, 10)},
            "served": {"team": votes(8, 2), HEAD: votes(8, 2), FIRST: votes(5, 5), SECOND: votes(0, 10)},
            "peers": {"team": votes(4, 4), HEAD: votes(4, 4), FIRST: votes(0, 8), SECOND: votes(0, 8)},
        },
        "reports": {"panel": {HEAD: {"good": 5}, FIRST: {"good": 1, "fair": 4}, SECOND: {"ordinary": 5}}},
    },
    standings=seat(),
)  # fmt: skip
"""Full marks in daily duties, 96 in the ballot, 90 at the half-year check and in the survey; second of six schools."""

OFFICE = replace(
    SCHOOL,
    unit_kind="office",
    marks={"plan": Decimal(10), "decisions": Decimal(15), "talks": Decimal(5), "expenses": Decimal(0), "overdue": Decimal(4)},
)  # fmt: skip


def reckon(inputs: Inputs = SCHOOL, settings: dict[str, str] | None = None, **changes: Any) -> dict[str, Reckoned]:
    """The results by subject, or by person. A change of `marks` or `numbers` is put over those of `inputs`."""
    for name in ("marks", "numbers", "earlier", "earlier_grades"):
        if name in changes:
            changes[name] = {**getattr(inputs, name), **changes[name]}
    changed = replace(inputs, **changes)
    results = rules(**(settings or {})).plans[changed.unit_kind].reckon(changed)
    return {result.person or result.subject: result for result in results}


def unit(inputs: Inputs = SCHOOL, settings: dict[str, str] | None = None, **changes: Any) -> Reckoned:
    return reckon(inputs, settings, **changes)["unit"]


def points(key: str, inputs: Inputs = SCHOOL, settings: dict[str, str] | None = None, **changes: Any) -> Amount | None:
    """The points of an item of the department, or its score."""
    return unit(inputs, settings, **changes).line(key).amount


def value(key: str, **changes: Any) -> Amount | None:
    """A value of the department that no score and no grade reads, only a task."""
    inputs = replace(SCHOOL, **changes)
    return rules().plans[inputs.unit_kind].scopes(inputs)[0].line(key).amount


def team_votes(**groups: dict[str, int]) -> dict[str, Any]:
    """The ballots of `SCHOOL` with other votes on the team in some groups."""
    meeting = {
        group: {**rows, "team": groups.get(group, rows["team"])} for group, rows in SCHOOL.ballots["meeting"].items()
    }
    return {**SCHOOL.ballots, "meeting": meeting}


def own_votes(person: str, cast: dict[str, int]) -> dict[str, Any]:
    """The ballots of `SCHOOL` with the same votes on one person in every group."""
    return {**SCHOOL.ballots, "meeting": {g: {**rows, person: cast} for g, rows in SCHOOL.ballots["meeting"].items()}}


def case(id_: str, outcome: str, rank: str = "staff", rule: str = "college", **more: Any) -> RecordLine:
    """One line of a case that was decided in December 2031."""
    return RecordLine(
        record=id_, kind="case", unit="u-1", unit_now="u-1",
        **{"person": "p-x", "effective_on": date(2031, 12, 1), "acted_on": date(2031, 11, 1), **more},
        fields={"outcome": outcome, "rank": rank, "rule": rule},
    )  # fmt: skip


def honour(id_: str, level: str, share: str = "alone", issuer: str = "government", **more: Any) -> RecordLine:
    """One award for a matter, given in May 2032."""
    return RecordLine(
        record=id_, kind="honour", unit="u-1", unit_now="u-1", **{"effective_on": date(2032, 5, 1), **more},
        fields={"level": level, "issuer": issuer, "share": share},
    )  # fmt: skip


def other(id_: str, kind: str, option: str, number: str, **more: Any) -> RecordLine:
    """A new practice, or absences from meetings, with a number."""
    return RecordLine(
        record=id_, kind=kind, unit="u-1", unit_now="u-1", number=Decimal(number),
        **{"effective_on": date(2032, 3, 1), "acted_on": date(2032, 3, 1), **more}, fields={"kind": option},
    )  # fmt: skip


def decision(result: Reckoned) -> GradeDecision:
    assert result.decision is not None
    return result.decision


def finding(key: str) -> tuple[Judgement, ...]:
    return (Judgement(id="judged/9", finding=key),)


@dataclass(frozen=True)
class KnownValues:
    """Values that are known already, for a scale alone."""

    amounts: dict[str, str]
    unit_grade: str = "excellent"

    def line(self, key: str) -> ValueLine:
        if key == "unit.grade":
            return ValueLine(key, "known", word=self.unit_grade)
        return ValueLine(key, "known", Decimal(self.amounts.get(key, "0")))

    def word(self, key: str) -> str | None:
        raise AssertionError(key)
