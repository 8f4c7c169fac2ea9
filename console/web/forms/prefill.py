"""Fills in the form of an act from an earlier entry of this act, so that after 退回 or 撤回 nobody types anything twice.

This is the inverse of `act_form.py`, by the kind of each field. Files are filled in too. A field whose kind has no
writer stays empty, and so do the rows for persons outside the team. Confidential content is in no fact, so its fields
stay empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from console.web.request.page_request import PageRequest
from states.rulebook.calculation.numbers import plain
from states.vocabulary import Document
from storage.ledger.chain import Entry
from storage.ledger.facts import fact_of
from storage.papers import attachments

from .act_form import FormField, form_fields
from .uploads import FILE_PREFIX, Upload

NamedFields = Iterator[tuple[str, str]]
TokenOf = Callable[[Document], str]


def fields_of_entry(request: PageRequest, act: str, entry: Entry) -> list[tuple[str, str]]:
    """The fields of the act's form, with the values of the entry. Its files have the names they were recorded with."""
    fact, attached = fact_of(entry), attachments.attachments_of(request.database, entry.stream)

    def token(document: Document) -> str:
        file = attached.get((entry.version, document.sha256))
        name = file.name if file and file.name else document.sha256[:8]
        return Upload(document.sha256, document.size, name).token

    values = ((field, getattr(fact, field.name, None)) for field in form_fields(act))
    return [pair for field, value in values if value is not None for pair in _fields(field, value, token)]


def _fields(field: FormField, value: Any, token: TokenOf) -> NamedFields:
    write = _WRITERS.get(field.kind)
    if write is not None:
        yield from write(field, value, token)


def _marks(field: FormField, value: Mapping[str, Any], token: TokenOf) -> NamedFields:
    yield from ((f"{field.name}.{key}", plain(points)) for key, points in value.items())


def _findings(field: FormField, value: Mapping[str, Any], token: TokenOf) -> NamedFields:
    for key, finding in value.items():
        yield f"finding.{key}", finding.degree
        yield f"remark.{key}", finding.remark or ""
        for digest, verdict in finding.verdicts.items():
            yield f"verdict.{key}.{digest}", verdict.fits
            yield f"verdict_remark.{key}.{digest}", verdict.remark or ""
        yield from ((f"{FILE_PREFIX}evidence.{key}", token(file)) for file in finding.evidence)


def _talks(field: FormField, value: tuple[Any, ...], token: TokenOf) -> NamedFields:
    for talk in value:
        yield (f"talked.{talk.person}", "1") if talk.missing is None else (f"untalked.{talk.person}", talk.missing)


def _ballot(field: FormField, value: tuple[Any, ...], token: TokenOf) -> NamedFields:
    for sheet in value:
        counts = {"issued": sheet.issued, "returned": sheet.returned, "valid": sheet.valid, **sheet.counts}
        yield from ((f"ballot.{sheet.id}.{column}", str(count)) for column, count in counts.items())


def _persons(field: FormField, value: tuple[Any, ...], token: TokenOf) -> NamedFields:
    for person in value:
        yield f"exception.{person.person}", person.exception or ""
        yield f"measure.{person.person}", person.measure or ""


def _texts(field: FormField, value: tuple[str, ...], token: TokenOf) -> NamedFields:
    yield from ((field.name, text) for text in value)


def _reports(field: FormField, value: tuple[Any, ...], token: TokenOf) -> NamedFields:
    yield from ((f"missing.{report.person}", report.missing or "") for report in value)


def _reasons(field: FormField, value: Mapping[str, Any], token: TokenOf) -> NamedFields:
    yield from ((f"{field.name}.{key}", why) for key, why in value.items())


def _documents(field: FormField, value: Any, token: TokenOf) -> NamedFields:
    yield from ((FILE_PREFIX + field.name, token(file)) for file in (value if isinstance(value, tuple) else (value,)))


def _tick(field: FormField, value: bool, token: TokenOf) -> NamedFields:
    if value:
        yield field.name, "1"


def _text(field: FormField, value: Any, token: TokenOf) -> NamedFields:
    yield field.name, str(value)


_WRITERS: Mapping[str, Callable[[FormField, Any, TokenOf], NamedFields]] = {
    "day": _text,
    "count": _text,
    "words": _text,
    "line": _text,
    "choice": _text,
    "tick": _tick,
    "people": _texts,
    "document": _documents,
    "documents": _documents,
    "marks": _marks,
    "levels": _reasons,
    "reasons": _reasons,
    "findings": _findings,
    "reports": _reports,
    "member_talks": _talks,
    "ballot": _ballot,
    "persons": _persons,
    "team": _texts,
}
"""The function that writes a field's value into the form, by the field's kind."""
