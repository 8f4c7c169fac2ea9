"""The basic types of the whole program: ids, digests, texts, actor, command, fact, stamp, document.

Nothing here depends on a stage, a rule or a database. A `Command` is a request of somebody; a `Fact`, once recorded, is
true for ever. Both are frozen msgspec structs, so that a replay decodes, folds and encodes facts fast, and always to
the same bytes (docs/decisions/0002-msgspec.md).

An *opaque id* (`Opaque`) stands for a person, an account, a department or a case. It is never a name, because an entry
cannot be taken back (docs/ledger-format.md, "What may never be in an entry"). `states/privacy.py` checks its form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any, ClassVar, NewType, Protocol

from msgspec import Struct

Opaque = NewType("Opaque", str)
"""An id that reveals nothing about its owner: a-z, 0-9, `.`, `_`, `-`; at most 64 characters."""

Digest = NewType("Digest", str)
"""SHA-256 of some bytes, 64 lower-case hexadecimal characters."""

Words = NewType("Words", str)
"""Free text of an office (a reason, a finding): 1 to 500 characters, without personal data (`personal_data.py`)."""


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence or title in Chinese and English."""

    zh: str
    en: str

    def render(self, language: str) -> str:
        """The text in `language` ("zh" or "en"; anything else is read as "zh")."""
        return self.en if language == "en" else self.zh


def listed(texts: Iterable[Text], nothing: Text | None = None) -> Text:
    """Several titles in one line, in the order given. `nothing` is what stands there for no title."""
    titles = list(texts)
    if not titles and nothing is not None:
        return nothing
    return Text(zh="、".join(title.zh for title in titles), en=", ".join(title.en for title in titles))


IsWorking = Callable[[date], bool]
"""A working-day calendar: whether a date is a working day, as far as the public holidays are known."""

Citation = str | Text
"""The rule that a refusal cites: a clause as the measure prints it, or a rule of this program in both languages."""


class Principal(Struct, frozen=True):
    """The account for which a deputy acts, and its department (if any)."""

    id: str
    unit: str | None = None


class Actor(Struct, frozen=True):
    """The account that acts (an opaque id), the one role that it uses, and its department (if any).

    `principal`: the account whose role it uses as a deputy (decision 0059); None: the role is its own.
    """

    id: str
    role: str
    unit: str | None = None
    principal: Principal | None = None

    @property
    def accounts(self) -> tuple[str, ...]:
        """The account, and that of the principal. Separation of duties asks both."""
        return (self.id,) if self.principal is None else (self.id, self.principal.id)

    @property
    def units(self) -> tuple[str | None, ...]:
        """The department of the account, and that of the principal. Recusal asks both."""
        return (self.unit,) if self.principal is None else (self.unit, self.principal.unit)


CLOCK = Actor(id="clock", role="clock")
"""The scheduler as an actor. It has acts of its own and may do no act of a person."""

UNIT_ROLE = "unit"
"""The role of a department. It does acts of its own assessment, and sees nothing of another one for that."""


class Stamp(Protocol):
    """The data that the ledger adds to a fact: number, version, actor, role, principal and time.

    Every ledger entry is a stamp.
    """

    @property
    def number(self) -> int: ...
    @property
    def version(self) -> int: ...
    @property
    def actor(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def principal(self) -> str | None: ...
    @property
    def recorded_at(self) -> datetime: ...


def accounts_of(stamp: Stamp) -> frozenset[str]:
    """The accounts that answer for an entry: its actor, and the principal if the actor is a deputy."""
    return frozenset(filter(None, (stamp.actor, stamp.principal)))


class Command(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request for a change. Its `act` (`record_meeting`) is its class name as a rulebook spells it."""

    act: ClassVar[str] = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.act = snake(cls.__name__)


class Fact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change that is true for ever once it is in the ledger. Its `kind` (`MeetingHeld`) is its class name."""

    kind: ClassVar[str] = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.kind = cls.__name__


class Reason(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of acts that need only a reason, such as acts that take something back."""

    reason: Words


class Document(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document: the SHA-256 of its bytes, its size in bytes, its media type.

    It never has the file name, because a file name may name people.
    """

    sha256: Digest
    size: int
    media_type: str = "application/octet-stream"


def documents_of(value: Any) -> Iterator[Document]:
    """Every document in a fact or command, at any depth."""
    if isinstance(value, Document):
        yield value
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from documents_of(getattr(value, name))
    elif isinstance(value, tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from documents_of(item)


class Reference(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reference to a confidential value: its id in the vault, and a salted commitment. Never the value itself."""

    id: Opaque
    commitment: Digest


def snake(name: str) -> str:
    """`RecordMeeting` -> `record_meeting`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
