"""What the API answers: plain records, with what is said in the language asked for. Points are decimal strings."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import Struct


class Unit(Struct, frozen=True):
    """A department on the roster. `retired_on` and `successors` say what became of one that ended."""

    unit: str
    title: str
    unit_kind: str
    retired_on: date | None
    successors: list[str]


class Units(Struct, frozen=True):
    """The departments."""

    units: list[Unit]


class Standing(Struct, frozen=True, kw_only=True):
    """Where one assessment stands: `stage` for programs, `stage_title` for people; `version` is that of its stream.

    `occasion` and `title` are a special assessment's id and what people call it; null for the annual one.
    """

    stream: str
    year: int
    unit: str
    unit_title: str
    occasion: str | None
    title: str | None
    version: int
    stage: str
    stage_title: str
    withdrawn: bool


class Standings(Struct, frozen=True):
    """Assessments, by unit."""

    assessments: list[Standing]


class Step(Struct, frozen=True):
    """A stage reached: by which account, recorded when."""

    stage: str
    version: int
    actor: str
    recorded_at: datetime


class File(Struct, frozen=True):
    """A file that came with an entry: which act recorded it, what it is called (null where that is not known), what it is."""

    entry: int
    act: str
    act_title: str
    name: str | None
    kind: str
    media_type: str
    size: int
    sha256: str


class NextAct(Struct, frozen=True):
    """What the assessment waits for: the act, the roles it is for, its deadline."""

    act: str
    title: str
    roles: tuple[str, ...]
    due: date | None


class Assessment(Standing, frozen=True, kw_only=True):
    """One assessment. `open_acts` are those open to the caller here and now; `tasks` what follows from its result.

    `files` are those of the entries the caller may read, in their order.
    """

    due: dict[str, date]
    steps: list[Step]
    next: NextAct | None
    open_acts: list[str]
    tasks: dict[str, datetime | None]
    files: list[File]


class Line(Struct, frozen=True):
    """One line of an explanation: what, the points it contributes, the clause it stands on."""

    text: str
    points: Decimal | None
    clause: str


class Element(Struct, frozen=True):
    """What one element was given of its points; `label` is its printed number, `reason` why it has less than its own."""

    key: str
    label: str
    points: Decimal
    given: Decimal
    reason: str | None


class Result(Struct, frozen=True, kw_only=True):
    """A result: total = points given − points deducted, not below 0; `stale` if cases changed since it was scored.

    A unit reads its own once it is circulated, without the cases behind it: then `given`, `deducted`, `explanation` are null.
    """

    stream: str
    version: int
    stage: str
    score: Decimal
    grade: str
    grade_title: str
    cause: Literal["score", "veto"]
    stale: bool
    circulated: bool
    given: Decimal | None
    deducted: Decimal | None
    explanation: list[Line] | None
    elements: list[Element]


class ToDo(Struct, frozen=True):
    """One act that waits for the caller; `special` is what a special assessment is called."""

    stream: str
    version: int
    unit: str
    unit_title: str
    special: str | None
    act: str
    title: str
    due: date | None
    late: bool


class ToDos(Struct, frozen=True):
    """What waits for the caller, the earliest deadline first."""

    to_dos: list[ToDo]


class EntryRead(Struct, frozen=True):
    """An entry: its body as it lies in the ledger (canonical JSON, RFC 8785), and the SHA-256 of those bytes."""

    number: int
    digest: str
    body: msgspec.Raw


class Entries(Struct, frozen=True):
    """Entries in their order; `next` is what to ask `after` with for more, null at the end of the ledger."""

    entries: list[EntryRead]
    next: int | None


class Done(Struct, frozen=True):
    """The answer to a command: its entry, and whether it had been given before."""

    stream: str
    version: int
    number: int
    kind: str
    repeated: bool
