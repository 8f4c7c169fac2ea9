"""The words everything else is written in: actor, command, fact, stamp, document.

Nothing here knows a stage, a rule or a database. A `Command` is what somebody asks for, a `Fact` is what
then is true for ever. Both are frozen msgspec structs, so that a fact is decoded, folded and encoded again
at replay speed and always to the same bytes (docs/decisions/0002-msgspec.md).

An *opaque id* (`Opaque`) stands for a person, an account, a unit or a case. It is never a name: a ledger
cannot be taken back (docs/ledger-format.md, "What may never be in an entry"). `states/privacy.py` holds it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, ClassVar, NewType, Protocol

from msgspec import Struct

Opaque = NewType("Opaque", str)
"""An id that says nothing about whom it stands for: a-z, 0-9, `.`, `_`, `-`; at most 64 characters."""

Digest = NewType("Digest", str)
"""SHA-256 of some bytes, 64 lower-case hexadecimal characters."""

Words = NewType("Words", str)
"""Free text an office writes down (a reason, a finding); 1 to 500 characters, no phone or identity numbers."""


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence or title in both languages of the house."""

    zh: str
    en: str

    def render(self, language: str) -> str:
        """The text in `language` ("zh" or "en"; anything else is read as "zh")."""
        return self.en if language == "en" else self.zh


IsWorking = Callable[[date], bool]
"""Whether a civil day is worked, by the calendar that is known."""

Citation = str | Text
"""The rule a refusal names: a clause as the measure prints it, or, where the rule is ours, its name in both languages."""


class Actor(Struct, frozen=True):
    """Who acts: an opaque account id, the one role acted in, and the unit the account belongs to (if any)."""

    id: str
    role: str
    unit: str | None = None


CLOCK = Actor(id="clock", role="clock")
"""The scheduler. An actor like any other, with acts of its own and none of a person's."""


class Stamp(Protocol):
    """What the ledger adds to a fact: where it stands, who put it there, and when. Every entry is one."""

    @property
    def number(self) -> int: ...
    @property
    def version(self) -> int: ...
    @property
    def actor(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def recorded_at(self) -> datetime: ...


class Command(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody asks for. Its act (`record_meeting`) is its class name in the rulebook's spelling."""

    act: ClassVar[str] = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.act = snake(cls.__name__)


class Fact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is true for ever once it is in the ledger. Its kind (`MeetingHeld`) is its class name."""

    kind: ClassVar[str] = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.kind = cls.__name__


class Reason(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why: an act that takes something back says so in words."""

    reason: Words


class Document(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document by what it is: SHA-256 of its bytes, its size in bytes, its media type. Not its name."""

    sha256: Digest
    size: int
    media_type: str = "application/octet-stream"


class Reference(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A confidential value by reference: its id in the vault and a salted commitment to it. Never the value."""

    id: Opaque
    commitment: Digest


def snake(name: str) -> str:
    """`RecordMeeting` -> `record_meeting`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
