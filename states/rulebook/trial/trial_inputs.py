"""From what was entered in a trial to the inputs of its results; or everything that is wrong with it, field by field.

An empty field is a fact that is not known yet. Not here: how a number or a day is typed (`config/typed.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from states.rulebook.calculation.lines import Inputs, Judgement, Place, RecordLine
from states.rulebook.calculation.numbers import plain
from states.rulebook.calculation.record_kinds import RecordKind
from states.vocabulary import Text

from .record_fields import HERE, MOVED_AWAY, MOVED_HERE
from .trial_fields import YES, TrialField, TrialValues
from .trial_form import TrialForm

UNIT, ELSEWHERE = "unit", "elsewhere"
"""The department that is tried, and any other one."""
_OPTIONAL = ("record", "number", "effective_on", "acted_on", "belongs", "replaced", "emptied")
"""The columns of a record that a filled-in line may leave empty."""

Faults = dict[str, Text]
"""What is wrong, by the name of the field, as a part of a sentence."""


def faults_of(form: TrialForm, values: TrialValues) -> Faults:
    """Everything that is wrong with the values. A field that does not apply is not looked at."""
    away = absent_entries(form, values)
    faults = {
        name: fault
        for name, field in form.fields.items()
        if not is_away(field, away) and (fault := field.fault(values.get(name)))
    }
    for name, fault in (*_faults_of_places(form, values), *_faults_of_lines(form, values)):
        faults.setdefault(name, fault)
    return faults


def absent_entries(form: TrialForm, values: TrialValues) -> frozenset[str]:
    """The entries that are declared not applicable."""
    boxes = (field for field in form.fields.values() if field.kind == "check")
    return frozenset(field.path[1] for field in boxes if values.get(field.name))


def inputs_of(form: TrialForm, values: TrialValues) -> Inputs:
    """The inputs, from values without faults."""
    scope, away = form.scope, absent_entries(form, values)
    facts: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    votes: dict[str, dict[str, dict[str, dict[str, int]]]] = {}
    judgements: list[Judgement] = []
    for name, field in form.fields.items():
        value, (fact, entry, *rest) = values.get(name), field.path
        if value is None or value == "" or entry in away:
            continue
        if fact == "ballots":
            group, row, option = rest
            votes.setdefault(entry, {}).setdefault(group, {}).setdefault(row, {})[option] = int(_number(value))
        elif fact == "judgements":
            if value == YES:
                judgements.append(Judgement(id=f"judged/{len(judgements) + 1}", finding=entry))
        elif fact not in ("absent", "standings", "records"):
            facts[fact][entry] = Decimal(value) if fact == "marks" and isinstance(value, str) else value
    inputs = Inputs(
        unit=UNIT, unit_kind=scope.unit_kind, year=scope.year,
        heads=tuple(scope.team.heads), members=tuple(scope.team.members),
        absent=tuple(sorted(away)), ballots=votes, judgements=tuple(judgements),
        records=tuple(_lines(form, values)), **facts,
    )  # fmt: skip
    return _with_places(inputs, form, values)


def filled_rows(form: TrialForm, kind: str, values: TrialValues) -> dict[int, dict[str, Any]]:
    """The lines of a kind of record in which something was entered: their values by column, by number of the line."""
    rows: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for field in form.fields.values():
        if field.path[:2] == ["records", kind]:
            rows[int(field.path[2])][field.path[3]] = values.get(field.name)
    return {number: row for number, row in rows.items() if any(value not in (None, "") for value in row.values())}


def is_away(field: TrialField, away: frozenset[str]) -> bool:
    """Whether the field belongs to one of the entries that are declared not applicable (`away`)."""
    return field.kind != "check" and field.path[0] not in ("records", "ballots") and field.path[1] in away


def _with_places(inputs: Inputs, form: TrialForm, values: TrialValues) -> Inputs:
    """The inputs with the places that were entered.

    In the order in which a round is settled: the value that one standing orders may rest on the best of another.
    """
    entries = _standing_entries(form)
    order = {standing.key: number for number, standing in enumerate(form.scope.rules.standing)}
    for entry in sorted(entries, key=lambda entry: order.get(entry.partition("@")[0], 0)):
        place, size = (values.get(f"standings:{entry}:{part}") for part in ("place", "size"))
        if place is None or size is None:
            continue
        best = values.get(f"standings:{entry}:best")
        seats = tuple(
            field.path[3] for field in form.fields.values()
            if field.path[:3] == ["standings", entry, "seat"] and values.get(field.name) == YES
        )  # fmt: skip
        number, of = int(_number(place)), int(_number(size))
        greatest = _own_value(entry, inputs, form) if best is None else _number(best)
        settled = Place(place=number, from_last=of - number + 1, size=of, best=greatest, seats=seats)
        inputs = replace(inputs, standings={**inputs.standings, entry: settled})
    return inputs


def _own_value(entry: str, inputs: Inputs, form: TrialForm) -> Decimal:
    """The value by which a standing orders the department or the person that is tried; 0 while it is not known."""
    key, _, person = entry.partition("@")
    standing = form.scope.rules.standings.get(key)
    candidates = form.scope.rules.candidates(standing, inputs) if standing is not None else []
    own = (one.amount for one in candidates if one.person == person and one.amount is not None)
    return next(own, Decimal(0))


def _standing_entries(form: TrialForm) -> list[str]:
    return [
        field.path[1] for field in form.fields.values() if field.path[0] == "standings" and field.path[2] == "place"
    ]


def _faults_of_places(form: TrialForm, values: TrialValues) -> Iterator[tuple[str, Text]]:
    for entry in _standing_entries(form):
        place, size = (values.get(f"standings:{entry}:{part}") for part in ("place", "size"))
        if isinstance(place, Decimal) and isinstance(size, Decimal) and place > size:
            sentence = Text(f"本组只有 {plain(size)} 个", f"the group has only {plain(size)}")
            yield f"standings:{entry}:place", sentence
        if place is not None and size is None:
            yield f"standings:{entry}:size", Text("请填写", "fill it in, or leave the place empty too")


def _faults_of_lines(form: TrialForm, values: TrialValues) -> Iterator[tuple[str, Text]]:
    """The columns that a line lacks, and numbers that its row does not allow."""
    for kind in form.scope.rules.record:
        for number, row in filled_rows(form, kind.key, values).items():
            name = f"records:{kind.key}:{number}"
            missing = [name for name, value in row.items() if value in (None, "") and name not in _OPTIONAL]
            yield from ((f"{name}:{part}", Text("请填写", "fill it in, or clear the line")) for part in missing)
            if not missing and "number" in row:
                fault = _fault_of_number(form, kind, row)
                if fault is not None:
                    yield f"{name}:number", fault


def _fault_of_number(form: TrialForm, kind: RecordKind, row: dict[str, Any]) -> Text | None:
    """What a row of a ladder says about the number of this line."""
    for ladder in form.scope.rules.ladder:
        row_number = ladder.row_of(kind, _options(row)) if ladder.record == kind.key else None
        if row_number is None:
            continue
        of_line = ladder.row[row_number]
        if of_line.each is None and of_line.between is None:
            continue
        number = row["number"]
        if number is None:
            return Text("这种情形须填写", "this kind of line needs it")
        if of_line.between is not None and not min(of_line.between) <= number <= max(of_line.between):
            low, high = (plain(bound) for bound in sorted(of_line.between))
            return Text(f"应在 {low} 至 {high} 之间", f"it must lie between {low} and {high}")
    return None


def _lines(form: TrialForm, values: TrialValues) -> Iterator[RecordLine]:
    for kind in form.scope.rules.record:
        for number, row in filled_rows(form, kind.key, values).items():
            belongs = row.get("belongs") or HERE
            record, replaced, emptied = row.get("record"), row.get("replaced"), row.get("emptied")
            yield RecordLine(
                record=plain(record) if isinstance(record, Decimal) else f"#{number}",
                kind=kind.key,
                person=row.get("person") or "",
                unit=ELSEWHERE if belongs == MOVED_HERE else UNIT,
                unit_now=ELSEWHERE if belongs == MOVED_AWAY else UNIT,
                fields=_options(row),
                effective_on=_day(row.get("effective_on")),
                acted_on=_day(row.get("acted_on")),
                number=row.get("number"),
                replaced={kind.field[0].key: replaced} if replaced else {},
                items=(emptied,) if emptied else (),
            )


def _options(row: dict[str, Any]) -> dict[str, str]:
    """The chosen options, by field of the record."""
    return {name.removeprefix("field."): value for name, value in row.items() if name.startswith("field.")}


def _day(value: object) -> date | None:
    return value if isinstance(value, date) else None


def _number(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(0)
