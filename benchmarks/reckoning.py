"""Compares reckoning the result of an assessment with the bare sum of its marks, in turn, on the shipped edition.

    python -m benchmarks.reckoning [--rounds 20]

The bare sum looks up each mark by its key and adds it exactly, and does nothing else. The result also has what the
records cost, the findings, the grade and its limits. `explanation` also makes the line of every value, down to every
mark. The sentences are not in it: they are made when somebody reads them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from os import getloadavg
from random import Random
from time import process_time

from msgspec import Struct
from msgspec.structs import replace

from states.result.result import result_of_subject, results_of, scopes_of
from states.rulebook.calculation.lines import Inputs, RecordLine
from states.rulebook.calculation.numbers import EXACT
from states.rulebook.types import Rulebook

from .figures import Spread, ratios, spread
from .ledgers import edition_in_force

ASSESSMENTS = 60
"""The number of assessments that one block reckons."""
YEAR = 2026


class ReckoningTimes(Struct, frozen=True):
    """The figures of one kind of assessment, by way: µs of CPU for one assessment, and the ratio to the bare sum."""

    elements: int
    lines: int
    micros: dict[str, Spread]
    ratio: dict[str, Spread]


Way = Callable[[Inputs, Rulebook], object]


def bare_sum(inputs: Inputs, rulebook: Rulebook) -> Decimal:
    """The exact sum of the marks, each looked up by its key."""
    points, marks = Decimal(0), inputs.marks
    for key in rulebook.forms_by_kind[inputs.unit_kind].judged:
        points = EXACT.add(points, marks[key])
    return points


def explanation(inputs: Inputs, rulebook: Rulebook) -> int:
    """The results, with the line of every value made. Gives the number of lines."""
    lines = 0
    for scope in scopes_of(inputs, rulebook):
        result_of_subject(scope)
        lines += len([scope.line(key) for key in scope.plan.values])
    return lines


WAYS: dict[str, Way] = {"sum": bare_sum, "result": results_of, "explanation": explanation}


def assessments(rulebook: Rulebook, records: int) -> list[Inputs]:
    """Invented assessments of the longest form, each with so many lines of records."""
    unit_kind, form = max(rulebook.forms_by_kind.items(), key=lambda pair: len(pair[1].judged))
    made = []
    for number in range(ASSESSMENTS):
        random = Random(number)
        marks = {
            key: element.points if random.random() < 0.7 else Decimal(random.randrange(int(element.points * 2))) / 2
            for key, element in form.judged.items()
        }
        lines = tuple(_record_line(rulebook, random, f"c-{n}") for n in range(records))
        made.append(Inputs(unit="u1", unit_kind=unit_kind, year=YEAR, marks=marks, records=lines))
    return made


def _record_line(rulebook: Rulebook, random: Random, id_: str) -> RecordLine:
    kind = next(iter(rulebook.records.values()))
    fields = {field.key: random.choice(field.option).key for field in kind.field}
    day = date(YEAR, random.randint(1, 12), 1)
    return RecordLine(
        record=id_, kind=kind.key, person="p1", unit="u1", unit_now="u1", fields=fields, acted_on=day, version=1
    )


def measure(rounds: int, records: int = 0) -> ReckoningTimes:
    """Measure each way `rounds` times in turn, in changing order, after one round that is not counted."""
    rulebook = edition_in_force().rulebook
    of_round = assessments(rulebook, records)
    micros: dict[str, list[float]] = {way: [] for way in WAYS}
    for turn in range(rounds + 1):
        for way in WAYS if turn % 2 else reversed(WAYS):
            # New inputs, as a command or an entry brings them.
            fresh = [replace(one) for one in of_round]
            started = process_time()
            for inputs in fresh:
                WAYS[way](inputs, rulebook)
            if turn:
                micros[way].append((process_time() - started) / len(fresh) * 1e6)
    return ReckoningTimes(
        elements=len(of_round[0].marks),
        lines=explanation(of_round[0], rulebook),
        micros={way: spread(times) for way, times in micros.items()},
        ratio={way: ratios(micros[way], micros["sum"]) for way in WAYS if way != "sum"},
    )


def main() -> None:
    """Measure without and with records, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reckoning", description="a result against a bare sum")
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    for records in (0, 2):
        times = measure(rounds, records)
        print(f"{times.elements} elements, {times.lines} lines, {records} lines of records; load {getloadavg()[0]:.1f}")
        for way, micros in times.micros.items():
            share = f", {times.ratio[way].say(1)} times the bare sum" if way in times.ratio else ""
            print(f"  {way}: least {micros.least:.1f}, median {micros.median:.1f} µs CPU{share}")


if __name__ == "__main__":
    main()
