"""The inputs of a result (`Inputs`), read from the assessment and from the streams on which it depends.

Nothing is calculated here: which lines of a record count, and what they cost, is the rulebook's.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from states.assessment import Assessment, ScoreSheet
from states.context import Context
from states.records.case import CASE, Case
from states.records.record import Record
from states.records.routine_check import ROUTINE_CHECK
from states.rulebook.calculation.lines import EarlierSource, Inputs, Judgement, Place, RecordLine, Votes
from states.rulebook.calculation.read_values import ALL_VOTERS, VoteValue
from states.rulebook.types import Rulebook

from .earlier_values import read_values
from .places import places_of
from .value_entries import entries_of

LATE = "late"
"""The status of a routine check whose finding was not put right in time; the others are the check's own."""


def inputs_of(state: Assessment, sheet: ScoreSheet, context: Context, recorded: Inputs | None = None) -> Inputs:
    """Everything on which the result of an assessment depends, with this sheet, as it is known now.

    `recorded`: the inputs of a score. Its places are taken where the year cannot be known, and its earlier values where
    the entries that they were read from are not at hand.
    """
    earlier = _earlier(state, context, recorded)
    return Inputs(
        unit=state.unit,
        unit_kind=state.unit_kind,
        year=state.year,
        heads=tuple(member.person for member in state.heads),
        members=tuple(member.person for member in state.members),
        marks=sheet.marks,
        ballots=_votes(state, context.rulebook),
        levels={**sheet.levels, **state.reported.levels},
        numbers=state.reported.numbers,
        earlier=earlier.amounts,
        earlier_grades=earlier.grades,
        earlier_sources=earlier.sources,
        grades=state.reported.grades,
        absent=tuple(sorted(state.absent - earlier.not_absent)),
        records=(*_record_lines(context), *_check_lines(state, context)),
        judgements=tuple(Judgement(id=v.id, finding=v.finding) for v in state.vetoes if v.is_judged),
        standings=_places(state, context, recorded),
    )


class _Earlier(NamedTuple):
    """The earlier values, and the entries that they were read from. `not_absent`: said to be absent, and are not."""

    amounts: dict[str, Decimal]
    grades: dict[str, str]
    sources: dict[str, EarlierSource]
    not_absent: frozenset[str]


def _earlier(state: Assessment, context: Context, recorded: Inputs | None) -> _Earlier:
    """What was reported and, in its place, what the ledger has. While a result is not decided, its values are not known."""
    read = read_values(state, context)
    own = {key: one for key, one in read.items() if not one.is_reported}
    amounts = {key: amount for key, amount in state.reported.earlier.items() if key not in own}
    grades = {key: grade for key, grade in state.reported.earlier_grades.items() if key not in own}
    sources = {key: one.source for key, one in own.items() if one.status == "known"}
    amounts |= {key: one.amount for key, one in own.items() if one.amount is not None}
    grades |= {key: one.word for key, one in own.items() if one.word}
    unknown = {key for key, one in own.items() if one.status == "unknown"}
    entries = entries_of(state, context.rulebook) if own else {}
    not_absent = frozenset(key for key in own.keys() - unknown if not entries[key].value.may_be_absent)
    if unknown and recorded is not None:
        amounts |= {key: amount for key, amount in recorded.earlier.items() if key in unknown}
        grades |= {key: grade for key, grade in recorded.earlier_grades.items() if key in unknown}
        sources |= {key: source for key, source in recorded.earlier_sources.items() if key in unknown}
        not_absent |= unknown - {*recorded.absent}
    return _Earlier(amounts, grades, sources, not_absent)


def _places(state: Assessment, context: Context, recorded: Inputs | None) -> dict[str, Place | None]:
    """The settled places. The results of a special assessment (第六条) are not put in order, so it has none."""
    if state.occasion is None and context.year is None and recorded is not None:
        return recorded.standings
    if state.occasion is None:
        return places_of(context.year, state.unit)
    persons = ("", *(f"@{member.person}" for member in state.team))
    return {f"{standing.key}{person}": None for standing in context.rulebook.standing for person in persons}


def _votes(state: Assessment, rulebook: Rulebook) -> dict[str, dict[str, dict[str, Votes]]]:
    """The votes that results read: by ballot, by voter group ("all" where there are none), by subject."""
    read = {e.value.ballot for e in entries_of(state, rulebook).values() if isinstance(e.value, VoteValue)}
    step = state.step("democratic_evaluation")
    sheets: tuple[Any, ...] = getattr(step.fact, "sheets", ()) if step is not None and read else ()
    votes: dict[str, dict[str, dict[str, Votes]]] = {}
    for sheet in sheets:
        ballot = sheet.ballot or rulebook.ballot_paper.key
        if ballot in read:
            votes.setdefault(ballot, {}).setdefault(sheet.group or ALL_VOTERS, {})[sheet.subject] = sheet.counts
    return votes


def _record_lines(context: Context) -> Iterator[RecordLine]:
    """The lines of all cases, then of all other records, record by record."""
    for case in sorted(context.cases, key=lambda case: case.id):
        yield from lines_of(case, context.rulebook)
    for record in sorted(context.records, key=lambda record: record.id):
        yield from lines_of(record, context.rulebook)


def lines_of(record: Case | Record, rulebook: Rulebook) -> Iterator[RecordLine]:
    """The lines of a record in its own order. None before it is recorded, and none after it was rescinded."""
    if record.rescinded:
        return
    yield from lines_of_case(record, rulebook) if isinstance(record, Case) else _lines_of_record(record)


def lines_of_case(case: Case, rulebook: Rulebook) -> Iterator[RecordLine]:
    """One line for each sanction of a case, in the case's order; none before the case is recorded."""
    if case.body is None:
        return
    at_act, now = case.units
    outcome = rulebook.records[CASE].first.key
    for sanction, version in zip(case.body.sanctions, case.versions, strict=True):
        yield RecordLine(
            record=case.id,
            kind=CASE,
            person=sanction.person,
            unit=at_act,
            unit_now=now,
            fields=sanction.fields,
            acted_on=case.body.acted_on,
            effective_on=sanction.effective_on,
            replaced={outcome: sanction.instead_of} if sanction.instead_of is not None else {},
            items=case.body.elements,
            version=version,
            is_unassigned=case.is_unassigned,
        )


def _lines_of_record(record: Record) -> Iterator[RecordLine]:
    if record.body is None:
        return
    at_the_time, now = record.units
    for line, version in zip(record.body.lines, record.versions, strict=True):
        yield RecordLine(
            record=record.id,
            kind=record.body.record,
            person=line.person or "",
            unit=at_the_time,
            unit_now=now,
            fields=line.fields,
            acted_on=record.body.acted_on,
            effective_on=line.effective_on,
            number=line.number,
            version=version,
            is_unassigned=record.is_unassigned,
        )


def _check_lines(state: Assessment, context: Context) -> Iterator[RecordLine]:
    """One line for each routine check that concerns the year, in the order of their days."""
    zone = ZoneInfo(context.rulebook.timezone)
    of_unit = (check for check in context.checks if check.unit == state.unit and check.concerns(state.year))
    checks = [(check.findings, check) for check in of_unit if check.findings is not None]
    for findings, check in sorted(checks, key=lambda pair: (pair[0].checked_on, pair[1].id)):
        yield RecordLine(
            record=check.id,
            kind=ROUTINE_CHECK,
            unit=state.unit,
            unit_now=state.unit,
            fields={"status": LATE if check.is_late(context.today, zone) else check.status},
            acted_on=findings.checked_on,
            items=findings.elements,
        )
