"""Values as people read them: a field's value in words, and what has many parts (ballots, points, findings) part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from states import policy
from states.accounts.account import ROLE_TITLES
from states.accounts.attempts import REFUSAL_TITLES
from states.accounts.sessions import SIGN_IN_METHOD_TITLES
from states.custody.confidential import VALUE_KIND_TITLES
from states.deadlines.reasons import reason_text
from states.streams import case_stream, kind_of
from states.titles import same_text
from states.vocabulary import Document, Text

from . import records
from .files import NameOf
from .records import listed
from .terms import Terms


class ValuePart(Struct, frozen=True):
    """One part of a value: `key` as it is in the ledger (not for people), what the part is called, and what it says."""

    key: str
    title: Text
    said: Text


class FieldFormat(Struct, frozen=True):
    """How a field's value is shown: in one line, and, where it has many, by its parts."""

    line: Callable[[Any, Terms], Text]
    parts: Callable[[Any, Terms, NameOf | None], Iterator[ValuePart]] | None = None


def value_text(name: str, value: Any, terms: Terms, at: Callable[[datetime], str]) -> Text | None:
    """A field's value in one line; None where it has none (a document is shown as a file). `at` formats a moment."""
    if value is None or isinstance(value, Document) or (isinstance(value, tuple | dict) and not value):
        return None
    if name in FORMATS:
        return FORMATS[name].line(value, terms)
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, datetime):
        return same_text(at(value))
    return same_text(str(value)) if isinstance(value, date | int | str) else None


def value_parts(name: str, value: Any, terms: Terms, file: NameOf | None = None) -> Iterator[ValuePart]:
    """The parts of a value that has many; none where one line says it all. `file` names the file of a document."""
    shown = FORMATS.get(name)
    if shown is not None and shown.parts is not None:
        yield from shown.parts(value, terms, file)


_YES, _NO = Text(zh="是", en="yes"), Text(zh="否", en="no")
_REPORTED, _TALKED = Text(zh="已报告", en="reported"), Text(zh="已谈话", en="interviewed")
_REFUSED = Text(zh="不合规定", en="against the rules")


def _by_element(
    part: Callable[[Any, NameOf | None], Text],
) -> Callable[[Any, Terms, NameOf | None], Iterator[ValuePart]]:
    """The parts of a value that has one for each element of the annex."""

    def parts(value: Mapping[str, Any], terms: Terms, file: NameOf | None) -> Iterator[ValuePart]:
        return (ValuePart(key, terms.element(key), part(one, file)) for key, one in value.items())

    return parts


def _by_member(done: Text) -> Callable[[Any, Terms, NameOf | None], Iterator[ValuePart]]:
    """The parts of a value that has one for each member of the team: `done`, or why it is missing."""

    def parts(value: Any, terms: Terms, _: NameOf | None) -> Iterator[ValuePart]:
        return (
            ValuePart(one.person, terms.member(one.person), same_text(one.missing) if one.missing else done)
            for one in value
        )

    return parts


def _by_subject(value: Any, terms: Terms, _: NameOf | None) -> Iterator[ValuePart]:
    return (ValuePart(one.subject, terms.member(one.subject), records.counts(one, terms)) for one in value)


def _by_stage(value: Any, terms: Terms, _: NameOf | None) -> Iterator[ValuePart]:
    """The parts of several deadlines; a single one has none."""
    if isinstance(value, dict):
        yield from (
            ValuePart(kind, terms.stage(kind), same_text(value[kind].isoformat())) for kind in terms.in_order(value)
        )


def _reason(value: str, _: Terms) -> Text:
    """The clock's own reasons in both languages; what somebody typed as it was typed."""
    reason = reason_text(value)
    return reason if isinstance(reason, Text) else same_text(reason)


def _role(key: str, terms: Terms) -> Text:
    return ROLE_TITLES.get(key) or policy.role_title(key, terms.rulebook)


def _veto(id_: str, terms: Terms) -> Text:
    """Which veto: it follows from a case, or was judged."""
    if kind_of(id_) == "case":
        return terms.stream(id_)
    ground = next((one.ground for one in terms.state.vetoes if one.id == id_), None)
    return terms.ground(ground) if ground else Text(zh="经判定的否决", en="a veto that was judged")


_POINTS = _by_element(lambda points, _: records.points(points))

FORMATS: Mapping[str, FieldFormat] = {
    "self_scores": FieldFormat(lambda value, _: records.total(value), _POINTS),
    "marks": FieldFormat(lambda value, _: records.total(value), _POINTS),
    "reasons": FieldFormat(lambda reasons, _: Text(zh=f"{len(reasons)} 项", en=f"{len(reasons)} elements"), _by_element(lambda why, _: same_text(why))),
    "findings": FieldFormat(lambda value, _: records.findings(value), _by_element(records.finding)),
    "sheets": FieldFormat(lambda value, _: records.ballots(value), _by_subject),
    "notes": FieldFormat(lambda kept, _: Text(zh=f"{len(kept)} 份，存于保密库", en=f"{len(kept)}, in the vault")),
    "rung": FieldFormat(lambda value, _: records.reminder_step(value)),
    "rungs": FieldFormat(lambda rungs, _: listed(map(records.reminder_step, rungs))),
    "superseded": FieldFormat(lambda rungs, _: listed(map(records.reminder_step, rungs))),
    "value": FieldFormat(lambda kind, _: VALUE_KIND_TITLES.get(kind, _NO)),
    "way": FieldFormat(lambda way, _: SIGN_IN_METHOD_TITLES.get(way, _NO)),
    "refusal": FieldFormat(lambda code, _: REFUSAL_TITLES.get(code, _REFUSED)),
    "rows": FieldFormat(lambda rows, _: Text(zh=f"{len(rows)} 行", en=f"{len(rows)}")),
    "root": FieldFormat(lambda digest, _: same_text(f"{digest[:16]}…")),
    "reason": FieldFormat(_reason),
    "personal_reports": FieldFormat(records.reports, _by_member(_REPORTED)),
    "member_talks": FieldFormat(records.talks, _by_member(_TALKED)),
    "result": FieldFormat(records.result),
    "grade": FieldFormat(lambda key, terms: terms.grade(key)),
    "ground": FieldFormat(lambda key, terms: terms.ground(key)),
    "outcome": FieldFormat(lambda key, terms: terms.outcome(key)),
    "stage": FieldFormat(lambda key, terms: terms.stage(key)),
    "task": FieldFormat(lambda key, terms: terms.stage(key)),
    "tasks": FieldFormat(lambda keys, terms: listed(map(terms.stage, keys))),
    "due": FieldFormat(records.deadlines, _by_stage),
    "to": FieldFormat(_role),
    "role": FieldFormat(_role),
    "act": FieldFormat(lambda act, terms: policy.title(act, terms.rulebook)),
    "stream": FieldFormat(lambda stream, terms: terms.stream(stream)),
    "of": FieldFormat(lambda stream, terms: terms.stream(stream)),
    "unit": FieldFormat(lambda unit, terms: same_text(terms.unit(unit))),
    "unit_now": FieldFormat(lambda unit, terms: same_text(terms.unit(unit))),
    "units": FieldFormat(records.units),
    "successors": FieldFormat(records.units),
    "unit_kind": FieldFormat(lambda key, terms: terms.unit_kind(key)),
    "heads": FieldFormat(lambda heads, terms: listed(records.member(one, terms) for one in heads)),
    "members": FieldFormat(lambda members, terms: listed(records.member(one, terms) for one in members)),
    "joins": FieldFormat(records.member),
    "team_report_by": FieldFormat(lambda person, terms: terms.member(person)),
    "leaves": FieldFormat(lambda person, terms: terms.member(person)),
    "about": FieldFormat(lambda person, terms: terms.member(person)),
    "inspectors": FieldFormat(records.accounts),
    "checked_by": FieldFormat(records.accounts),
    "persons": FieldFormat(lambda persons, terms: listed(records.concerned(one, terms) for one in persons)),
    "sanctions": FieldFormat(lambda every, terms: listed(records.sanction_text(one, n, terms) for n, one in enumerate(every, 1))),
    "elements": FieldFormat(lambda keys, terms: listed(map(terms.element, keys))),
    "cases": FieldFormat(lambda cases, terms: listed(terms.stream(case_stream(one)) for one in cases)),
    "visits": FieldFormat(records.visits),
    "visit": FieldFormat(records.visit_text),
    "before": FieldFormat(records.visit_text),
    "left": FieldFormat(records.left),
    "veto": FieldFormat(_veto),
}  # fmt: skip
"""The fields whose value is not simply printed, by name. The title of each is in `states/titles.py`."""
