"""What an entry says, laid out for reading: the act's title, who, when, and each field by its title.

People of the assessed unit do not read score sheets, a score or an approval before the result is circulated, vetoes, and why a score
or an approval went back (`readable_entries`). An auditor reads every entry of every stream (`entry_view`). Who reads as what is asked by the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from states import policy
from states.accounts.attempts import RefusedCommand
from states.assessment import Assessment, AssessmentFact, fold
from states.chart import ACT_OF_FACT
from states.deadlines.reminders import ReminderDue, ReminderExpired
from states.rulebook.types import Rulebook
from states.stages.circulation import Circulated
from states.stages.democratic_evaluation import BallotVoided
from states.stages.opening import StepUndone
from states.stages.scoring import Scored
from states.titles import GRADE, SCORE, title_of
from states.vocabulary import Document, Fact, Text
from storage.ledger.chain import Entry
from storage.ledger.facts import fact_of

from . import records, values
from .files import NameOf, RecordedFile
from .terms import Terms, terms_of
from .values import ValuePart

if TYPE_CHECKING:
    from console.web.request.page_request import PageRequest

FormatTime = Callable[[datetime], str]
"""Says a moment."""

HIDDEN_FROM_DEPARTMENT = frozenset((
    "SheetFilled", "ScoreReturned", "StaleScoreNoted", "ResultReopened", "VetoRecorded", "VetoRaised", "VetoLifted",
))  # fmt: skip
"""Kinds of entries that the unit's own people never read."""

_RESULT = frozenset({"Scored", "Approved"})
"""Kinds of entries that the unit's own people read once the result is circulated."""

_RESULT_STEPS = frozenset({"scoring", "approval"})
"""The steps these lead to: the unit's own people do not read why one of them was undone, as they do not read why a score was returned."""

_PERSONAL = frozenset({"persons"})
"""Fields that the unit's own people do not read: a measure against one of them is not for all of them."""

_REFUSED = Text(zh="尝试办理，被拒绝", en="an attempt that was refused")


class EntryView(Struct, frozen=True):
    """One entry, for reading. `called` marks the clock's reminders, which have a list of their own; `parts` are its long fields, whole."""

    number: int
    version: int
    kind: str
    title: Text
    actor: str
    role: str
    happened: datetime
    recorded: datetime
    says: tuple[tuple[Text, Text], ...]
    parts: tuple[tuple[Text, tuple[ValuePart, ...]], ...]
    files: tuple[RecordedFile, ...]
    called: bool


def entry_views(entries: list[Entry], terms: Terms, at: FormatTime, *, as_unit: bool) -> list[EntryView]:
    """The entries of an assessment, the last first; `as_unit` leaves out what its unit does not read."""
    unread = _PERSONAL if as_unit else frozenset()
    found = readable_entries(entries, terms.state) if as_unit else entries
    return [_entry_view(entry, fact_of(entry), terms, at, unread) for entry in reversed(found)]


def readable_entries(entries: list[Entry], state: Assessment) -> list[Entry]:
    """The entries of an assessment, whole, that the unit's own people read as it is now."""
    hidden = HIDDEN_FROM_DEPARTMENT if state.fact(Circulated) is not None else HIDDEN_FROM_DEPARTMENT | _RESULT
    undone = _undone(entries)
    return [e for e in entries if e.kind not in hidden and undone.get(e.version) not in _RESULT_STEPS]


def _undone(entries: list[Entry]) -> dict[int, str]:
    """The version of every entry that undid a step, and the stage that step led to."""
    if all(entry.kind != StepUndone.kind for entry in entries):
        return {}
    state, found = Assessment(), {}
    for entry in entries:
        fact = fact_of(entry)
        if isinstance(fact, StepUndone):
            found[entry.version] = state.stage
        if isinstance(fact, AssessmentFact):
            state = fold(state, fact, entry)
    return found


def readable_views(request: PageRequest, state: Assessment, rulebook: Rulebook) -> list[EntryView]:
    """The entries of an assessment that this account may read, the last first."""
    as_unit = not request.permissions.may_view("results", state.unit)

    def made() -> list[EntryView]:
        entries = request.engine.ledger.stream(state.stream)
        return entry_views(entries, terms_of(request, state, rulebook), request.format.moment, as_unit=as_unit)

    made_of = (state, rulebook, request.roster, request.account_names)
    return request.answer.cached_fragment(f"lines {as_unit}", state.stream, made_of, made)


def entry_view(entry: Entry, terms: Terms, at: FormatTime) -> EntryView:
    """An entry of any stream, with all its fields. Raises UnknownEntry, ValueError or LookupError if it cannot be read."""
    return _entry_view(entry, fact_of(entry), terms, at, frozenset())


def documents_of(value: Any) -> Iterator[Document]:
    """Every document a fact names, wherever in it."""
    if isinstance(value, Document):
        yield value
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from documents_of(getattr(value, name))
    elif isinstance(value, tuple | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from documents_of(one)


def _entry_view(entry: Entry, fact: Fact, terms: Terms, at: FormatTime, unread: frozenset[str]) -> EntryView:
    title = _REFUSED if isinstance(fact, RefusedCommand) else policy.title(ACT_OF_FACT[entry.kind], terms.rulebook)
    if isinstance(fact, BallotVoided):
        title = Text(zh=f"{title.zh}（无效，须重新进行）", en=f"{title.en} (void, to be held again)")
    files = tuple(terms.file(entry.stream, entry.version, one) for one in {d.sha256: d for d in documents_of(fact)}.values())  # fmt: skip
    return EntryView(
        entry.number, entry.version, entry.kind, title, entry.actor, entry.role, entry.happened_at, entry.recorded_at,
        tuple(_says(fact, entry.kind, terms, at, unread)), tuple(_parts(fact, entry.kind, terms, lambda one: terms.file(entry.stream, entry.version, one).title)), files,
        isinstance(fact, ReminderDue | ReminderExpired),
    )  # fmt: skip


def _says(fact: Fact, kind: str, terms: Terms, at: FormatTime, unread: frozenset[str]) -> Iterator[tuple[Text, Text]]:
    if isinstance(fact, Scored):
        yield SCORE, records.points(fact.result.score)
        yield GRADE, terms.rulebook.grades[fact.result.grade].title.text
        return
    for name in fact.__struct_fields__:
        title = title_of(name, kind)
        if title is not None and name not in unread:
            said = values.value_text(name, getattr(fact, name), terms, at)
            if said is not None:
                yield title, said


def _parts(fact: Fact, kind: str, terms: Terms, file: NameOf) -> Iterator[tuple[Text, tuple[ValuePart, ...]]]:
    for name in fact.__struct_fields__:
        title, found = title_of(name, kind), tuple(values.value_parts(name, getattr(fact, name), terms, file))
        if title is not None and found:
            yield title, found
