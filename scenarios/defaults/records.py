"""The content of cases and of other records: lines with the first option of each field that is not written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from msgspec import Struct

from states.records.case import CASE, Case, Sanction
from states.records.record import Record, RecordedLine
from states.rulebook.calculation.record_kinds import RecordKind
from states.vocabulary import Opaque, Words

from .scene import Fields, Scene, reason_fields


class StorySanction(Struct, forbid_unknown_fields=True):
    """A sanction as a story writes it. Missing fields are filled in.

    `outcome` and `standing` are short for `fields = { outcome = …, standing = … }`.
    """

    outcome: str | None = None
    person: Opaque = Opaque("p-1")
    standing: str | None = None
    fields: dict[str, str] = {}
    effective_on: date | None = None
    document: Words | None = None
    instead_of: str | None = None
    remark: Words | None = None


class StoryLine(Struct, forbid_unknown_fields=True):
    """A line of a record as a story writes it. The first option of each field that is missing is filled in."""

    person: Opaque | None = None
    fields: dict[str, str] = {}
    effective_on: date | None = None
    number: Decimal | None = None
    document: Words | None = None
    remark: Words | None = None


def case_fields(scene: Scene, fields: Fields) -> Fields:
    """A case with the sanction that the happening describes, and with those in `sanctions`.

    A revision has the old values of all fields that the story does not write.
    """
    body = scene.state.body if isinstance(scene.state, Case) else None
    single = {name: fields.pop(name) for name in StorySanction.__struct_fields__ if name in fields}
    story_sanctions = fields.pop("sanctions", [])
    if "outcome" in single or "fields" in single:
        story_sanctions = [StorySanction(**single), *story_sanctions]
    sanctions = tuple(_sanction(sanction, scene) for sanction in story_sanctions) or (body.sanctions if body else ())
    before = {name: getattr(body, name) for name in body.__struct_fields__} if body else {"unit": scene.unit.unit}
    return {**before, **reason_fields(scene, fields), "sanctions": sanctions}


def record_fields(scene: Scene, fields: Fields) -> Fields:
    """A record of today with the line that the happening describes, and with those in `lines`.

    A revision has the old values of all fields that the story does not write.
    """
    body = scene.state.body if isinstance(scene.state, Record) else None
    single = {name: fields.pop(name) for name in StoryLine.__struct_fields__ if name in fields}
    written = [*([StoryLine(**single)] if single else []), *fields.pop("lines", [])]
    before: Fields = {"unit": scene.unit.unit, "acted_on": scene.day, "lines": ()}
    if body is not None:
        before = {name: getattr(body, name) for name in body.__struct_fields__}
    complete = {**before, **reason_fields(scene, fields)}
    kind = scene.context.rulebook.records.get(complete.get("record", ""))
    if written and kind is not None:
        own = [{name: getattr(line, name) for name in line.__struct_fields__} for line in written]
        complete["lines"] = tuple(RecordedLine(**{**line, "fields": line_fields(kind, line["fields"])}) for line in own)
    return complete


def rescission_fields(scene: Scene, fields: Fields) -> Fields:
    return {"document": Words(f"撤销决定〔{scene.day.year}〕1号"), **reason_fields(scene, fields)}


def _sanction(story_sanction: StorySanction, scene: Scene) -> Sanction:
    """The sanction of a case. If it is decided, it gets an effective date and a document; an open one gets neither."""
    rulebook, written = scene.context.rulebook, story_sanction
    short = {"outcome": written.outcome, "standing": written.standing}
    fields = line_fields(
        rulebook.records[CASE], {**{key: option for key, option in short.items() if option}, **written.fields}
    )
    is_open = fields.get(rulebook.records[CASE].first.key) in rulebook.open_options[CASE]
    return Sanction(
        person=written.person,
        fields=fields,
        effective_on=written.effective_on or (None if is_open else scene.day),
        document=written.document or (None if is_open else Words(f"处分决定〔{scene.day.year}〕1号")),
        instead_of=written.instead_of,
        remark=written.remark,
    )


def line_fields(kind: RecordKind, fields: Mapping[str, str]) -> dict[str, str]:
    """The fields of a line, with the first option of each field that the story does not write."""
    return {**{field.key: field.option[0].key for field in kind.field}, **fields}
