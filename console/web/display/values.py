"""Formats the values of fields for people: in one line, and long ones (ballots, points, findings) part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from states import policy
from states.accounts.account import ROLE_TITLES
from states.accounts.attempts import REFUSAL_TITLES
from states.accounts.sessions import SIGN_IN_METHOD_TITLES
from states.assessment import OUTCOME_TITLES
from states.custody.confidential import VALUE_KIND_TITLES
from states.deadlines.reasons import reason_text
from states.result.sheet_items import entry_text, sheet_items
from states.rulebook.calculation.numbers import plain
from states.stages.scoring import Scored
from states.streams import kind_of
from states.titles import same_text
from states.vocabulary import Document, Text, listed

from . import records
from .files import FileTitle
from .records import join_texts
from .terms import Terms

FormatTime = Callable[[datetime], str]
"""Formats a date with a time of day."""


class ValuePart(Struct, frozen=True):
    """One part of a value: its key in the ledger (not for people), its title and its text."""

    key: str
    title: Text
    text: Text


class FieldFormat(Struct, frozen=True):
    """The format of a field: a function for one line and, if the value can be long, a function for its parts."""

    line: Callable[[Any, Terms], Text]
    parts: Callable[[Any, Terms, FileTitle | None], Iterator[ValuePart]] | None = None


def value_text(name: str, value: Any, terms: Terms, format_time: FormatTime) -> Text | None:
    """The value of a field in one line. None if it is empty, or of a type that has no line.

    A document has none, because pages show it as a file.
    """
    if value is None or isinstance(value, Document) or (isinstance(value, tuple | dict) and not value):
        return None
    if name in FORMATS:
        return FORMATS[name].line(value, terms)
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, datetime):
        return same_text(format_time(value))
    return same_text(str(value)) if isinstance(value, date | int | str) else None


def value_parts(name: str, value: Any, terms: Terms, file_title: FileTitle | None = None) -> Iterator[ValuePart]:
    """The parts of a long value; none if one line is enough."""
    field_format = FORMATS.get(name)
    if field_format is not None and field_format.parts is not None:
        yield from field_format.parts(value, terms, file_title)


def fields_of(fact: Struct) -> Iterator[tuple[str, str, Any]]:
    """Each field that pages display: its name, its path within the fact, and its value.

    Of a score, the agreed sheet is part of the inputs. What else is in the inputs is shown by the explanation.
    """
    if isinstance(fact, Scored):
        yield "marks", "inputs.marks", fact.inputs.marks
        yield "reasons", "reasons", fact.reasons
        yield "results", "results", fact.results
        return
    for name in fact.__struct_fields__:
        yield name, name, getattr(fact, name)


_YES, _NO = Text(zh="是", en="yes"), Text(zh="否", en="no")
_REPORTED, _TALKED = Text(zh="已报告", en="reported"), Text(zh="已谈话", en="interviewed")
_REFUSED = Text(zh="不合规定", en="against the rules")


def _by_element(
    part: Callable[[Any, FileTitle | None], Text],
) -> Callable[[Any, Terms, FileTitle | None], Iterator[ValuePart]]:
    """One part for each element of the annex."""

    def parts(value: Mapping[str, Any], terms: Terms, file_title: FileTitle | None) -> Iterator[ValuePart]:
        return (ValuePart(key, terms.element(key), part(item, file_title)) for key, item in value.items())

    return parts


def _by_member(done_title: Text) -> Callable[[Any, Terms, FileTitle | None], Iterator[ValuePart]]:
    """One part for each member of the team: `done_title`, or the reason why it was not done."""

    def parts(value: Any, terms: Terms, _: FileTitle | None) -> Iterator[ValuePart]:
        return (
            ValuePart(item.person, terms.member(item.person), same_text(item.missing) if item.missing else done_title)
            for item in value
        )

    return parts


def _by_subject(value: Any, terms: Terms, _: FileTitle | None) -> Iterator[ValuePart]:
    return (ValuePart(sheet.id, terms.ballot_sheet(sheet), records.count_text(sheet, terms)) for sheet in value)


def _by_stage(value: Any, terms: Terms, _: FileTitle | None) -> Iterator[ValuePart]:
    """The parts of several deadlines. A single deadline has no parts."""
    if isinstance(value, dict):
        yield from (
            ValuePart(kind, terms.stage(kind), same_text(value[kind].isoformat())) for kind in terms.in_order(value)
        )


def _reason(value: str, _: Terms) -> Text:
    """A reason of the clock in both languages; a typed reason unchanged."""
    reason = reason_text(value)
    return reason if isinstance(reason, Text) else same_text(reason)


def _role(key: str, terms: Terms) -> Text:
    return ROLE_TITLES.get(key) or policy.role_title(key, terms.rulebook)


def _roles(keys: str | tuple[str, ...], terms: Terms) -> Text:
    """One role, or several in one line."""
    return _role(keys, terms) if isinstance(keys, str) else listed(_role(key, terms) for key in keys)


def _veto(id_: str, terms: Terms) -> Text:
    """The title of a veto: that of its case, or of its finding if it was judged."""
    if kind_of(id_) in ("case", "record"):
        return terms.stream(id_)
    finding = next((one.finding for one in terms.state.vetoes if one.id == id_), None)
    return terms.finding(finding) if finding else Text(zh="经判定的否决", en="a veto that was judged")


def _count_of_values(values: Mapping[str, Any], _: Terms) -> Text:
    return Text(zh=f"{len(values)} 项", en=str(len(values))) if values else same_text("")


def _by_result(value: Mapping[str, str], terms: Terms, _: FileTitle | None) -> Iterator[ValuePart]:
    """One part for each subject that is graded: the department, its team, each member."""
    for id_, grade in value.items():
        title = terms.rulebook.grade_title(grade, id_.partition("@")[0])
        yield ValuePart(id_, terms.subject_of_result(id_), title)


def _by_value(
    part: Callable[[Any, Terms], Text],
) -> Callable[[Any, Terms, FileTitle | None], Iterator[ValuePart]]:
    """One part for each value of a report or a sheet."""

    def parts(values: Mapping[str, Any], terms: Terms, _: FileTitle | None) -> Iterator[ValuePart]:
        return (ValuePart(key, terms.value(key), part(one, terms)) for key, one in values.items())

    return parts


def _entries(marks: Mapping[str, Any], terms: Terms, _: FileTitle | None) -> Iterator[ValuePart]:
    """One part for each number of a sheet: points, or a count with its unit."""
    items = sheet_items(terms.state, terms.rulebook)
    for key, number in marks.items():
        item = items.get(key)
        is_points = item is None or item.full_mark is not None
        text = records.points_text(number) if item is None or is_points else entry_text(item, number)
        yield ValuePart(key, terms.element(key), text)


FORMATS: Mapping[str, FieldFormat] = {
    "self_scores": FieldFormat(records.total_text, _entries),
    "marks": FieldFormat(records.total_text, _entries),
    **dict.fromkeys(("numbers", "earlier"), FieldFormat(_count_of_values, _by_value(lambda one, _: same_text(plain(one))))),
    **dict.fromkeys(("self_levels", "levels"), FieldFormat(_count_of_values, _by_value(lambda word, terms: terms.level(word)))),
    "earlier_grades": FieldFormat(_count_of_values, _by_value(lambda key, terms: terms.level(key))),
    "grades": FieldFormat(_count_of_values, _by_result),
    "item": FieldFormat(lambda key, terms: terms.value(key)),
    "reasons": FieldFormat(lambda reasons, _: Text(zh=f"{len(reasons)} 项", en=f"{len(reasons)} elements"), _by_element(lambda why, _: same_text(why))),
    "evidence": FieldFormat(records.evidence_text, _by_element(records.files_text)),
    "element": FieldFormat(lambda key, terms: terms.element(key)),
    "request": FieldFormat(lambda id_, terms: terms.stage(id_)),
    "documents": FieldFormat(lambda files, _: Text(zh=f"{len(files)} 份", en=str(len(files)))),
    "findings": FieldFormat(lambda value, _: records.findings_text(value), _by_element(records.finding_text)),
    "sheets": FieldFormat(lambda value, _: records.ballots_text(value), _by_subject),
    "notes": FieldFormat(lambda notes, _: Text(zh=f"{len(notes)} 份，存于保密库", en=f"{len(notes)}, in the vault")),
    "step_name": FieldFormat(lambda value, _: records.reminder_step_text(value)),
    "step_names": FieldFormat(lambda step_names, _: join_texts(map(records.reminder_step_text, step_names))),
    "superseded": FieldFormat(lambda step_names, _: join_texts(map(records.reminder_step_text, step_names))),
    "value": FieldFormat(lambda kind, _: VALUE_KIND_TITLES.get(kind, _NO)),
    "way": FieldFormat(lambda way, _: SIGN_IN_METHOD_TITLES.get(way, _NO)),
    "refusal": FieldFormat(lambda code, _: REFUSAL_TITLES.get(code, _REFUSED)),
    "rows": FieldFormat(lambda rows, _: Text(zh=f"{len(rows)} 行", en=f"{len(rows)}")),
    "root": FieldFormat(lambda digest, _: same_text(f"{digest[:16]}…")),
    "reason": FieldFormat(_reason),
    "personal_reports": FieldFormat(records.reports_text, _by_member(_REPORTED)),
    "member_talks": FieldFormat(records.talks_text, _by_member(_TALKED)),
    "results": FieldFormat(records.results_text),
    "finding": FieldFormat(lambda key, terms: terms.finding(key)),
    "outcome": FieldFormat(lambda key, terms: terms.outcome(key)),
    "stage": FieldFormat(lambda key, terms: terms.stage(key)),
    "participants": FieldFormat(lambda persons, terms: join_texts(map(terms.member, persons))),
    "task": FieldFormat(lambda key, terms: terms.stage(key)),
    "tasks": FieldFormat(lambda keys, terms: join_texts(map(terms.stage, keys))),
    "window": FieldFormat(lambda key, terms: terms.stage(key)),
    "decision": FieldFormat(lambda decision, _: OUTCOME_TITLES[decision]),
    "due": FieldFormat(records.deadlines_text, _by_stage),
    "to": FieldFormat(_roles),
    "role": FieldFormat(_role),
    "roles": FieldFormat(lambda roles, terms: join_texts(_role(role, terms) for role in roles)),
    "deputy": FieldFormat(lambda id_, terms: terms.account(id_)),
    "act": FieldFormat(lambda act, terms: policy.title(act, terms.rulebook)),
    "stream": FieldFormat(lambda stream, terms: terms.stream(stream)),
    "of": FieldFormat(lambda stream, terms: terms.stream(stream)),
    "unit": FieldFormat(lambda unit, terms: same_text(terms.unit(unit))),
    "unit_now": FieldFormat(lambda unit, terms: same_text(terms.unit(unit))),
    "units": FieldFormat(records.departments_text),
    "successors": FieldFormat(records.departments_text),
    "unit_kind": FieldFormat(lambda key, terms: terms.unit_kind(key)),
    "heads": FieldFormat(lambda heads, terms: join_texts(records.member_text(member, terms) for member in heads)),
    "members": FieldFormat(lambda members, terms: join_texts(records.member_text(member, terms) for member in members)),
    "joins": FieldFormat(records.member_text),
    "team_report_by": FieldFormat(lambda person, terms: terms.member(person)),
    "person": FieldFormat(lambda person, terms: terms.member(person)),
    "leaves": FieldFormat(lambda person, terms: terms.member(person)),
    "about": FieldFormat(lambda person, terms: terms.member(person)),
    "inspectors": FieldFormat(records.accounts_text),
    "accounts": FieldFormat(records.accounts_text),
    "former": FieldFormat(records.accounts_text),
    "checked_by": FieldFormat(records.accounts_text),
    "persons": FieldFormat(lambda persons, terms: join_texts(records.task_person_text(person, terms) for person in persons)),
    "sanctions": FieldFormat(lambda sanctions, terms: join_texts(records.sanction_text(one, n, terms) for n, one in enumerate(sanctions, 1))),
    "lines": FieldFormat(lambda lines, terms: join_texts(records.line_text(one, n, terms) for n, one in enumerate(lines, 1))),
    "record": FieldFormat(lambda key, terms: terms.record_kind(key)),
    "elements": FieldFormat(lambda keys, terms: join_texts(map(terms.element, keys))),
    "sources": FieldFormat(lambda ids, terms: join_texts(map(terms.source, ids))),
    "visits": FieldFormat(records.visits_text),
    "visit": FieldFormat(records.visit_text),
    "before": FieldFormat(records.visit_text),
    "standing": FieldFormat(lambda key, terms: terms.standing(key)),
    "order": FieldFormat(lambda ids, terms: join_texts(terms.subject(id_) for id_ in ids)),
    "candidates": FieldFormat(lambda candidates, _: Text(zh=f"{len(candidates)} 个", en=str(len(candidates)))),
    "places": FieldFormat(lambda places, _: records.places_text(places)),
    "left": FieldFormat(records.open_tasks_text),
    "veto": FieldFormat(_veto),
}  # fmt: skip
"""The formats of fields whose value is not simply printed, by name. The titles of fields are in `states/titles.py`."""
