"""Makes views of ledger entries for pages and the API, and leaves out the entries that the user may not read.

People of the assessed department never read score sheets, vetoes, or the entries about a returned score, a stale score
or a reopened result. They read the score and the approval only after the result is circulated. They never read the
entry that undid one of these two, nor that others than the department were chased or assigned (`readable_entries`).

`readable_assessment_views` applies these rules. The pages and the API also send a document only if one of its entries
has it. `unrestricted_view` applies no rule: its callers check the permission.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from states import policy
from states.accounts.attempts import RefusedCommand
from states.acts import ACT_OF_FACT
from states.assessment import Assessment, AssessmentFact, fold
from states.deadlines.assignment import Assigned
from states.deadlines.chase import Chased
from states.deadlines.reminders import LapsedSteps, ReminderRecord
from states.rulebook.tasks import Follow
from states.rulebook.types import Rulebook
from states.stages.circulation import Circulated
from states.stages.democratic_evaluation import BallotVoided
from states.stages.opening import StepUndone
from states.stages.scoring import Scored
from states.titles import title_of
from states.vocabulary import UNIT_ROLE, Document, Fact, Text, documents_of
from storage.ledger.chain import Entry
from storage.ledger.facts import fact_of

from . import records, values
from .files import FileTitle, RecordedFile
from .terms import Terms, terms_of
from .values import FormatTime, ValuePart

if TYPE_CHECKING:
    from console.web.request.page_request import PageRequest

_ALWAYS_HIDDEN = frozenset((
    "SheetFilled", "ValuesReported", "ScoreReturned", "StaleScoreNoted", "ResultReopened", "VetoRecorded", "VetoRaised", "VetoLifted",
))  # fmt: skip
"""The kinds of entries that people of the department never read."""

_HIDDEN_BEFORE_CIRCULATION = frozenset({"Scored", "Approved"})
"""The kinds of entries that people of the department read only after the result is circulated."""

_RESULT_STAGES = frozenset({"scoring", "approval"})
"""The stages that these two complete. People of the department do not read the entry that undid one of them."""

_FIELDS_ABOUT_PERSONS = frozenset({"persons"})
"""Fields that are hidden from people of the department: such a field names a measure against a colleague."""

_REFUSED = Text(zh="尝试办理，被拒绝", en="an attempt that was refused")


class _Limits(Struct, frozen=True):
    """What of a fact is shown: not the `hidden_fields`; and the parts about one member (`item@person`), or not."""

    hidden_fields: frozenset[str] = frozenset()
    members: bool = True


class EntryView(Struct, frozen=True):
    """One entry as a page has it.

    `fields`: the title and the one-line text of each field. `parts`: the title of each long field and the parts of its
    value. `is_reminder` marks the reminders of the clock, which a page lists separately.
    """

    number: int
    version: int
    kind: str
    title: Text
    actor: str
    role: str
    principal: str | None
    happened_at: datetime
    recorded_at: datetime
    fields: tuple[tuple[Text, Text], ...]
    parts: tuple[tuple[Text, tuple[ValuePart, ...]], ...]
    files: tuple[RecordedFile, ...]
    is_reminder: bool


def _assessment_views(
    entries: list[Entry], terms: Terms, format_time: FormatTime, *, as_department: bool, with_members: bool
) -> list[EntryView]:
    """The views of an assessment's entries, the newest first.

    With `as_department`, the entries and fields are left out that people of the department may not read. Without
    `with_members`, the parts about one member are left out.
    """
    limits = _Limits(_FIELDS_ABOUT_PERSONS if as_department else frozenset(), with_members)
    readable = readable_entries(entries, terms.state) if as_department else entries
    facts = ((entry, fact_of(entry)) for entry in reversed(readable))
    return [
        _entry_view(entry, _for_department(fact) if as_department else fact, terms, format_time, limits)
        for entry, fact in facts
    ]


def readable_entries(entries: list[Entry], state: Assessment) -> list[Entry]:
    """The entries of an assessment that people of the department may read. `state` is the present state."""
    is_circulated = state.fact(Circulated) is not None
    hidden = _ALWAYS_HIDDEN if is_circulated else _ALWAYS_HIDDEN | _HIDDEN_BEFORE_CIRCULATION
    undone_stages = _undone_stages(entries)
    return [
        e
        for e in entries
        if e.kind not in hidden
        and undone_stages.get(e.version) not in _RESULT_STAGES
        and not _is_about_task_of_person(fact := fact_of(e))
        and not (isinstance(fact, Chased) and UNIT_ROLE not in fact.to)
        and not (isinstance(fact, Assigned) and fact.roles != (UNIT_ROLE,))
    ]


def _is_about_task_of_person(fact: Fact) -> bool:
    """Whether an entry is about a task or a window of one person: it says how that person was graded."""
    named = (getattr(fact, field, None) for field in ("task", "stage", "window"))
    return any(Follow.from_id(id_).person for id_ in named if isinstance(id_, str))


def _for_department(fact: Fact) -> Fact:
    """The fact as people of the department read it."""
    return fact.without_tasks_of_persons() if isinstance(fact, Circulated) else fact


def _undone_stages(entries: list[Entry]) -> dict[int, str]:
    """Map the version of each `StepUndone` entry to the stage that it undid."""
    if all(entry.kind != StepUndone.kind for entry in entries):
        return {}
    state, stages = Assessment(), {}
    for entry in entries:
        fact = fact_of(entry)
        if isinstance(fact, StepUndone):
            stages[entry.version] = state.stage
        if isinstance(fact, AssessmentFact):
            state = fold(state, fact, entry)
    return stages


def readable_assessment_views(request: PageRequest, state: Assessment, rulebook: Rulebook) -> list[EntryView]:
    """The views of the entries of an assessment that the user may read, the newest first.

    Users without the view `results` for this department read it as people of the department do.
    """
    as_department = _reads_as_department(request, state.unit)
    with_members = request.permissions.may_view("member_results", state.unit)

    def make_views() -> list[EntryView]:
        entries = request.engine.ledger.stream(state.stream)
        return _assessment_views(
            entries,
            terms_of(request, state, rulebook),
            request.format.moment,
            as_department=as_department,
            with_members=with_members,
        )

    depends_on = (state, rulebook, request.roster, request.account_names, request.names_of_persons)
    return request.answer.cached_fragment(
        f"entries {as_department} {with_members}", state.stream, depends_on, make_views
    )


def hidden_entry_numbers(request: PageRequest, stream: str, unit: str) -> frozenset[int]:
    """The numbers of those entries of an assessment that the user, who may see the assessment, may not read."""
    if not _reads_as_department(request, unit):
        return frozenset()
    state = request.engine.state(stream)
    assert isinstance(state, Assessment)

    def make_numbers() -> frozenset[int]:
        entries = request.engine.ledger.stream(stream)
        return frozenset({e.number for e in entries} - {e.number for e in readable_entries(entries, state)})

    return request.answer.cached_fragment("hidden entries", stream, (state,), make_numbers)


def _reads_as_department(request: PageRequest, unit: str) -> bool:
    """Whether the user reads the assessments of a department as its own people do."""
    return not request.permissions.may_view("results", unit)


def unrestricted_view(entry: Entry, terms: Terms, format_time: FormatTime, *, with_members: bool = True) -> EntryView:
    """The view of an entry of any stream, with all its fields. The caller checks the permission.

    Without `with_members`, the parts about one member of a team are left out.

    Raises `UnknownEntry`, `ValueError` or `LookupError` if the entry cannot be read.
    """
    return _entry_view(entry, fact_of(entry), terms, format_time, _Limits(members=with_members))


def entry_title(kind: str, rulebook: Rulebook, fact: Fact | None = None) -> Text:
    """The title of an entry of this kind. That of a stage of the rulebook's own (`StepTaken`) needs the fact."""
    if kind == RefusedCommand.kind:
        return _REFUSED
    title = policy.title(ACT_OF_FACT[kind], rulebook, record=fact)
    if kind == BallotVoided.kind:
        return Text(zh=f"{title.zh}（无效，须重新进行）", en=f"{title.en} (void, to be held again)")
    return title


def _entry_view(entry: Entry, fact: Fact, terms: Terms, format_time: FormatTime, limits: _Limits) -> EntryView:
    def file(document: Document) -> RecordedFile:
        return terms.file(entry.stream, entry.version, document)

    return EntryView(
        number=entry.number,
        version=entry.version,
        kind=entry.kind,
        title=entry_title(entry.kind, terms.rulebook, fact),
        actor=entry.actor,
        role=entry.role,
        principal=entry.principal,
        happened_at=entry.happened_at,
        recorded_at=entry.recorded_at,
        fields=tuple(_one_line_values(fact, entry.kind, terms, format_time, limits)),
        parts=tuple(_values_in_parts(fact, entry.kind, terms, lambda document: file(document).title, limits)),
        files=tuple(map(file, {document.sha256: document for document in documents_of(fact)}.values())),
        is_reminder=isinstance(fact, ReminderRecord | LapsedSteps),
    )


def _one_line_values(
    fact: Fact, kind: str, terms: Terms, format_time: FormatTime, limits: _Limits
) -> Iterator[tuple[Text, Text]]:
    """The title of each field and its value in one line. Of a score, only the points and the grade."""
    if isinstance(fact, Scored):
        yield from records.score_and_grade(fact.result, terms.rulebook)
        return
    for name, _, value in values.fields_of(fact):
        title = title_of(name, kind)
        if title is not None and name not in limits.hidden_fields:
            text = values.value_text(name, value, terms, format_time)
            if text is not None:
                yield title, text


def _values_in_parts(
    fact: Fact, kind: str, terms: Terms, file_title: FileTitle, limits: _Limits
) -> Iterator[tuple[Text, tuple[ValuePart, ...]]]:
    """The title of each long field and the parts of its value, without those about one member if they are hidden."""
    for name, _, value in values.fields_of(fact):
        every = values.value_parts(name, value, terms, file_title)
        title, parts = title_of(name, kind), tuple(part for part in every if limits.members or "@" not in part.key)
        if title is not None and parts:
            yield title, parts
