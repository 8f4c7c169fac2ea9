"""Fills in the form of an act from an entry that it made before, so that after 退回 or 撤回 nobody types anything twice.

The inverse of `act_form.py`, field by field, by the kind of the field. The files are there too. Confidential content is
in no fact, so its fields stay empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from console.web.request.page_request import PageRequest
from states.result.result import plain
from states.vocabulary import Document
from storage.ledger.chain import Entry
from storage.ledger.facts import fact_of
from storage.papers import attachments

from .act_form import Input, inputs
from .uploads import FILE, Upload

NamedFields = Iterator[tuple[str, str]]
TokenOf = Callable[[Document], str]


def refill(request: PageRequest, act: str, entry: Entry) -> list[tuple[str, str]]:
    """The fields of the act's form, with the values of the entry. Its files have the names they were recorded with."""
    fact, attached = fact_of(entry), attachments.attachments_of(request.database, entry.stream)

    def token(one: Document) -> str:
        known = attached.get((entry.version, one.sha256))
        return Upload(one.sha256, one.size, known.name if known and known.name else one.sha256[:8]).token

    values = ((one, getattr(fact, one.name, None)) for one in inputs(act))
    return [field for one, value in values if value is not None for field in _fields(one, value, token)]


def _fields(one: Input, value: Any, token: TokenOf) -> NamedFields:
    write = _WRITERS.get(one.kind)
    if write is not None:
        yield from write(one, value, token)


def _marks(one: Input, value: Mapping[str, Any], token: TokenOf) -> NamedFields:
    yield from ((f"{one.name}.{key}", plain(points)) for key, points in value.items())


def _findings(one: Input, value: Mapping[str, Any], token: TokenOf) -> NamedFields:
    for key, finding in value.items():
        yield f"finding.{key}", finding.finding
        yield f"remark.{key}", finding.remark or ""
        yield from ((f"{FILE}evidence.{key}", token(file)) for file in finding.evidence)


def _talks(one: Input, value: tuple[Any, ...], token: TokenOf) -> NamedFields:
    for talk in value:
        yield (f"talked.{talk.person}", "1") if talk.missing is None else (f"untalked.{talk.person}", talk.missing)


def _ballot(one: Input, value: tuple[Any, ...], token: TokenOf) -> NamedFields:
    for sheet in value:
        counted = {"issued": sheet.issued, "returned": sheet.returned, "valid": sheet.valid, **sheet.counts}
        yield from ((f"ballot.{sheet.subject}.{column}", str(count)) for column, count in counted.items())


def _persons(one: Input, value: tuple[Any, ...], token: TokenOf) -> NamedFields:
    for person in value:
        yield f"exception.{person.person}", person.exception or ""
        yield f"measure.{person.person}", person.measure or ""


def _reports(one: Input, value: tuple[Any, ...], token: TokenOf) -> NamedFields:
    yield from ((f"missing.{report.person}", report.missing or "") for report in value)


def _reasons(one: Input, value: Mapping[str, Any], token: TokenOf) -> NamedFields:
    yield from ((f"{one.name}.{key}", why) for key, why in value.items())


def _people(one: Input, value: tuple[Any, ...], token: TokenOf) -> NamedFields:
    yield one.name, ", ".join(value)


def _documents(one: Input, value: Any, token: TokenOf) -> NamedFields:
    yield from ((FILE + one.name, token(file)) for file in (value if isinstance(value, tuple) else (value,)))


def _tick(one: Input, value: bool, token: TokenOf) -> NamedFields:
    if value:
        yield one.name, "1"


def _text(one: Input, value: Any, token: TokenOf) -> NamedFields:
    yield one.name, str(value)


_WRITERS: Mapping[str, Callable[[Input, Any, TokenOf], NamedFields]] = {
    "day": _text,
    "count": _text,
    "words": _text,
    "line": _text,
    "choice": _text,
    "tick": _tick,
    "people": _people,
    "document": _documents,
    "documents": _documents,
    "marks": _marks,
    "reasons": _reasons,
    "findings": _findings,
    "reports": _reports,
    "member_talks": _talks,
    "ballot": _ballot,
    "persons": _persons,
}
"""For each kind of field, how its value is written into the form."""
