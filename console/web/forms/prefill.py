"""A form filled in with what was recorded by it before: after 退回 or 撤回 nothing is typed twice, and the files are there, too.

The inverse of reading a form (`act_form.py`): field by field, by its kind. What was said in confidence is in no fact and stays empty.
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

Fields = Iterator[tuple[str, str]]
Files = Callable[[Document], str]


def refill(request: PageRequest, act: str, entry: Entry) -> list[tuple[str, str]]:
    """The fields of the form of this act as the entry has them, its files under the names it has for them."""
    fact, attached = fact_of(entry), attachments.attachments_of(request.database, entry.stream)

    def token(one: Document) -> str:
        known = attached.get((entry.version, one.sha256))
        return Upload(one.sha256, one.size, known.name if known and known.name else one.sha256[:8]).token

    found = ((one, getattr(fact, one.name, None)) for one in inputs(act))
    return [field for one, value in found if value is not None for field in _fields(one, value, token)]


def _fields(one: Input, value: Any, token: Files) -> Fields:
    write = _WRITERS.get(one.kind)
    if write is not None:
        yield from write(one, value, token)


def _marks(one: Input, value: Mapping[str, Any], token: Files) -> Fields:
    yield from ((f"{one.name}.{key}", plain(points)) for key, points in value.items())


def _findings(one: Input, value: Mapping[str, Any], token: Files) -> Fields:
    for key, finding in value.items():
        yield f"finding.{key}", finding.finding
        yield f"remark.{key}", finding.remark or ""
        yield from ((f"{FILE}evidence.{key}", token(file)) for file in finding.evidence)


def _talks(one: Input, value: tuple[Any, ...], token: Files) -> Fields:
    for talk in value:
        yield (f"talked.{talk.person}", "1") if talk.missing is None else (f"untalked.{talk.person}", talk.missing)


def _ballot(one: Input, value: tuple[Any, ...], token: Files) -> Fields:
    for sheet in value:
        counted = {"issued": sheet.issued, "returned": sheet.returned, "valid": sheet.valid, **sheet.counts}
        yield from ((f"ballot.{sheet.subject}.{column}", str(count)) for column, count in counted.items())


def _persons(one: Input, value: tuple[Any, ...], token: Files) -> Fields:
    for person in value:
        yield f"exception.{person.person}", person.exception or ""
        yield f"measure.{person.person}", person.measure or ""


def _reports(one: Input, value: tuple[Any, ...], token: Files) -> Fields:
    yield from ((f"missing.{report.person}", report.missing or "") for report in value)


def _reasons(one: Input, value: Mapping[str, Any], token: Files) -> Fields:
    yield from ((f"{one.name}.{key}", why) for key, why in value.items())


def _people(one: Input, value: tuple[Any, ...], token: Files) -> Fields:
    yield one.name, ", ".join(value)


def _documents(one: Input, value: Any, token: Files) -> Fields:
    yield from ((FILE + one.name, token(file)) for file in (value if isinstance(value, tuple) else (value,)))


def _tick(one: Input, value: bool, token: Files) -> Fields:
    if value:
        yield one.name, "1"


def _said(one: Input, value: Any, token: Files) -> Fields:
    yield one.name, str(value)


_WRITERS: Mapping[str, Callable[[Input, Any, Files], Fields]] = {
    "day": _said, "count": _said, "words": _said, "line": _said, "choice": _said, "tick": _tick, "people": _people,
    "document": _documents, "documents": _documents, "marks": _marks, "reasons": _reasons, "findings": _findings, "reports": _reports,
    "member_talks": _talks, "ballot": _ballot, "persons": _persons,
}  # fmt: skip
"""How each kind of field is written back."""
