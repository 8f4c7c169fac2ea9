"""The second invented measure against its articles, written a second time as plain code: random assessments come out the same."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from states.rulebook.calculation.lines import Inputs, RecordLine

from .heronisle import FIRST, HEAD, OWN_ITEMS, SCHOOL, SCHOOL_ITEMS, SECOND, case, grades, judged

GRADES = ("good", "fairly-good", "fair", "poor")
PEOPLE = {HEAD: "head", FIRST: "member", SECOND: "member"}


def drawn(draw: random.Random) -> Inputs:
    """A school. In half of them little goes wrong, so that every grade comes out often enough."""
    is_sound = draw.random() < 0.5

    def votes() -> dict[str, int]:
        mixed = ((10, 2, 1, 0, 1), (5, 3, 1, 1, 1), (2, 2, 1, 2, 0), (1, 0, 0, 1, 0))
        weights = (10, 2, 1, 0, 1) if is_sound else draw.choice(mixed)
        return {option: draw.randint(w, 3 * w) for option, w in zip((*GRADES, "abstain"), weights, strict=True)}

    def level(chance: float) -> str:
        return draw.choices(("done", "mostly", "not-done"), (1 - chance, chance / 2, chance / 2))[0]

    def view() -> str:
        return draw.choices(GRADES, (20, 1, 1, 1) if is_sound else (6, 3, 2, 1))[0]

    chance = 0.02 if is_sound else draw.choice((0.0, 0.15, 0.5))
    levels = {item: level(chance) for item in SCHOOL_ITEMS}
    levels |= {f"{item}@{person}": level(chance) for item in OWN_ITEMS for person in (FIRST, SECOND)}
    levels |= {"self-view": view(), "first-view": view(), "second-view": view()}
    levels[f"rating@{HEAD}"] = draw.choices(("satisfactory", "basically", "unsatisfactory"), (6, 2, 1))[0]
    received = draw.choice((0, 10, 10, 20))
    findings = [one for one in ("oversight", "ethics-breach") if draw.random() < 0.05]
    findings += [f"dereliction@{person}" for person in PEOPLE if draw.random() < 0.05]
    return replace(
        SCHOOL,
        levels=levels,
        numbers={
            "received": Decimal(received), "settled": Decimal(draw.randint(received - received // 5, received)),
            "upheld": Decimal(0), f"months@{HEAD}": Decimal(draw.choice((5, 6, 30, 30))),
        },
        ballots={"opinion": {group: {row: votes() for row in ("team", *PEOPLE)} for group in ("staff", "served")}},
        judgements=judged(*findings),
        records=tuple(drawn_case(draw, f"c-{n}") for n in range(draw.choice((0, 0, 0, 1, 2)))),
        earlier_grades={"last-round": draw.choice(GRADES)},
        absent=("second-view",) if draw.random() < 0.3 else (),
        grades={f"head@{HEAD}": "able"},
    )  # fmt: skip


def drawn_case(draw: random.Random, id_: str) -> RecordLine:
    person = draw.choice((*PEOPLE, "p-x"))
    outcome = draw.choice(("under-inquiry", "talk", "warning", "demerit", "demotion", "removal"))
    return case(
        id_,
        outcome,
        PEOPLE.get(person, "staff"),
        person,
        effective_on=date(draw.randint(2030, 2033), draw.randint(1, 12), 1),
    )


class Articles:
    """第七条至第十三条, under the readings in force, without any rulebook."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs, self.levels = inputs, inputs.levels
        self.votes = inputs.ballots["opinion"]
        self.findings = {one.finding for one in inputs.judgements}

    def share(self, group: str, row: str, *options: str) -> Fraction:
        votes = self.votes[group][row]
        return Fraction(sum(votes[option] for option in options), sum(votes[option] for option in GRADES))

    def own(self, person: str, *options: str) -> Fraction:
        return (6 * self.share("staff", person, *options) + 4 * self.share("served", person, *options)) / 10

    def sanctions(self, person: str | None = None) -> tuple[int, int]:
        """Light and heavy ones of the round, each case once (第九条（三）)."""
        light = heavy = 0
        for line in self.inputs.records:
            outcome, of_team = line.fields["outcome"], line.fields["rank"] != "staff"
            assert line.effective_on is not None
            if line.effective_on.year not in (2031, 2032) or person not in (None, line.person):
                continue
            demoted = outcome in ("demotion", "removal")
            heavy += demoted and of_team
            light += (demoted and not of_team) or (outcome in ("warning", "demerit") and of_team)
        return light, heavy

    def unit(self) -> str:
        groups = ("staff", "served")
        view = self.levels["first-view" if "second-view" in self.inputs.absent else "second-view"]
        items = Counter(self.levels[item] for item in SCHOOL_ITEMS)
        good = min(self.share(group, "team", "good") for group in groups)
        favourable = min(self.share(group, "team", "good", "fairly-good") for group in groups)
        poor = max(self.share(group, "team", "poor") for group in groups)
        mean = sum((self.own(person, "good") for person in PEOPLE), Fraction(0)) / 3
        received, settled = self.inputs.numbers["received"], self.inputs.numbers["settled"]
        if poor > Fraction(1, 2) or items["not-done"] >= 4 or view == "poor":
            grade = 3
        elif (
            good >= Fraction(2, 3) and not items["not-done"] and items["mostly"] <= 2 and view == "good"
            and mean >= Fraction(3, 5) and 10 * settled >= 9 * received
        ):  # fmt: skip
            grade = 0
        elif favourable >= Fraction(2, 3) and items["not-done"] <= 1 and view in ("good", "fairly-good"):
            grade = 1
        else:
            grade = 2
        light, heavy = self.sanctions()
        limits = {
            3: "oversight" in self.findings,
            2: "ethics-breach" in self.findings or light >= 2 or heavy >= 1,
            1: light >= 1 or (self.inputs.earlier_grades["last-round"] == "poor" and good < Fraction(9, 10)),
        }
        return GRADES[max([grade, *(limit for limit, holds in limits.items() if holds)])]

    def head(self) -> str:
        unit, rating = self.unit(), self.levels[f"rating@{HEAD}"]
        poor = self.own(HEAD, "poor")
        if self.inputs.numbers[f"months@{HEAD}"] < 6:
            grade = "able"
        elif unit == "poor" or poor >= Fraction(1, 3) or rating == "unsatisfactory":
            grade = "unable"
        elif unit == "good" and self.own(HEAD, "good") >= Fraction(2, 3) and rating == "satisfactory":
            grade = "outstanding"
        else:
            grade = "able"
        light, heavy = self.sanctions(HEAD)
        weak = ("fair", "poor")
        if (
            heavy
            or f"dereliction@{HEAD}" in self.findings
            or (unit in weak and self.inputs.earlier_grades["last-round"] in weak)
        ):
            return "unable"
        return "able" if light and grade == "outstanding" else grade

    def other(self, person: str) -> str:
        not_done = sum(self.levels[f"{item}@{person}"] == "not-done" for item in OWN_ITEMS)
        is_poor, own_duty = self.unit() == "poor", self.levels[f"m-duty@{person}"]
        light, heavy = self.sanctions(person)
        if heavy or f"dereliction@{person}" in self.findings:
            return "incompetent"
        if self.own(person, "poor") >= Fraction(1, 2) or not_done >= 2 or (is_poor and own_duty == "not-done"):
            return "incompetent"
        is_competent = not is_poor and self.own(person, "good", "fairly-good") >= Fraction(3, 5) and not not_done
        return "competent" if is_competent and not light else "basic"

    def every_grade(self) -> dict[str, Any]:
        return {"unit": self.unit(), HEAD: self.head(), FIRST: self.other(FIRST), SECOND: self.other(SECOND)}


@pytest.mark.parametrize("seed", range(4))
def test_random_assessments_come_out_as_the_articles_say(seed: int) -> None:
    draw = random.Random(seed)
    seen: Counter[tuple[str, str]] = Counter()
    for _ in range(250):
        inputs = drawn(draw)
        made = grades(inputs)
        assert msgspec.json.decode(msgspec.json.encode(inputs), type=Inputs) == inputs
        assert made == Articles(inputs).every_grade(), inputs
        seen.update((PEOPLE.get(who, who), str(grade)) for who, grade in made.items())
    assert len(seen) == 4 + 3 + 3, "a grade never came out"
    assert min(seen.values()) >= 3
