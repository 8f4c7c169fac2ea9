"""What an entry means: each fact checked against the rulebook that binds it, and folded into the state of its stream.

A fact that the rules refuse is still folded, because it is what the ledger says. A fact that cannot follow at all (a step that the chart
does not have, a version that is missing) ends its stream: everything after it would be judged by a wrong state.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from audit.chain.hash_chain import Defects, UnusableEntry
from audit.defect import make_defect
from states.assessment import Assessment
from states.binding import context_for, pin_that_binds
from states.cases.attribution import CasesAndChecks
from states.chart import check_recorded
from states.compiled_rulebook import CompiledRulebook
from states.context import CASES, Context
from states.deadlines.reminders import next_stage, sends_weekly, waits_for_case
from states.records.case import Case
from states.records.routine_check import RoutineCheck
from states.records.year import Progress, Year
from states.refusals import AlreadyThere, NotNow, NotThere, NotYours, OtherUnit, OwnUnit, Refusal, SamePerson
from states.stages.scoring import Scored, compute
from states.stream_kinds import STREAM_KINDS, State, beginning, fold
from states.streams import ACCESS, ROSTER, assessments_of_year, id_of, kind_of, year_stream
from states.vocabulary import CLOCK, Actor, Text
from states.year.year import progress_of
from storage.ledger.chain import Entry

from .fact_kinds import FACT_KINDS, FactKind

_ILLEGAL = (NotNow, NotThere, AlreadyThere)
_UNFORESEEN = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
"""For a question whose answer is the same on every day."""
_ENTITLED = (NotYours, OwnUnit, OtherUnit, SamePerson)


class FinishedStreamContinued(Exception):
    """A stream whose state was released has another entry."""


class ReplayedStream:
    """One stream: its state, its first and last entry, the edition it was begun under, and whether it is broken.

    `is_released` says that it has ended and was compared, and that its state was freed.
    """

    __slots__ = ("_progress", "broken", "compiled", "first", "is_released", "number", "pin", "state", "stream_kind")

    def __init__(self, stream: str, pin: str, first: int) -> None:
        self.stream_kind = kind_of(stream)
        self.state: State = beginning(stream if self.stream_kind in STREAM_KINDS else ACCESS)
        self.pin = pin
        self.compiled: CompiledRulebook | None = None
        self.first = self.number = first
        self.broken = self.is_released = False
        self._progress: Progress | None = None

    @property
    def progress(self) -> Progress | None:
        """How far an assessment of the annual round is; also after its state was released."""
        return (
            progress_of(self.state) if isinstance(self.state, Assessment) and not self.is_released else self._progress
        )

    def release_state(self) -> None:
        """Free the state of a finished assessment (some 40 kB): in a long ledger most assessments are finished."""
        self._progress = self.progress
        self.state, self.is_released = beginning(self.state.stream), True


class RuleChecks:
    """The streams that this pass `owns`, and those that they depend on.

    `quick` leaves out entitlement and the stages' own checks; scores are still computed again. In an `excerpt` nothing is known of streams
    that are not in it.
    """

    def __init__(
        self,
        rulebooks: Mapping[str, CompiledRulebook],
        owns: Callable[[str], bool],
        *,
        quick: bool = False,
        excerpt: bool = False,
    ) -> None:
        self.streams: dict[str, ReplayedStream] = {}
        self._owns = owns
        self._rulebooks = rulebooks
        self._quick, self._excerpt = quick, excerpt
        self._cases: defaultdict[str, dict[str, Case]] = defaultdict(dict)
        self._checks: defaultdict[str, dict[str, RoutineCheck]] = defaultdict(dict)
        self._missing: set[str] = set()

    def apply(self, entry: Entry, defects: Defects) -> ReplayedStream | None:
        """One more entry, its payload decoded to a fact; its stream, or None if the stream is broken or not followed.

        Raises FinishedStreamContinued.
        """
        replayed = self.streams.get(entry.stream)
        if replayed is None:
            if not self._followed(entry.stream):
                return None
            replayed = self.streams[entry.stream] = ReplayedStream(entry.stream, entry.rulebook, entry.number)
        elif replayed.broken:
            return None
        elif replayed.is_released:
            raise FinishedStreamContinued
        before, version, kind = replayed.state, entry.version, FACT_KINDS[entry.kind]
        replayed.number = entry.number
        if version != before.version + 1:
            return self._end(entry, UnusableEntry("version", before=before.version, version=version), defects)
        if kind.stream_kind != replayed.stream_kind:
            return self._end(entry, UnusableEntry("stream", kind=entry.kind), defects)
        compiled = (
            replayed.compiled
            if version > 1 and entry.rulebook == replayed.pin
            else self._binding(replayed, entry, defects)
        )
        if compiled is None or kind.act is None:
            return self._fold(replayed, entry, None, defects)
        next_stage = compiled.chart.edges.get((before.stage, kind.act)) if isinstance(before, Assessment) else ""
        whole = next_stage is None or not self._quick
        if whole or kind.scores:
            why = self._check(before, kind, entry, compiled, defects, whole=whole)
            if why is not None:
                return self._end(entry, why, defects)
        return self._fold(replayed, entry, None if kind.stays else next_stage, defects)

    def end(self, stream: str, number: int, why: UnusableEntry, defects: Defects) -> None:
        """Report an unusable entry of this stream, and that the entries after it are not checked."""
        if not self._followed(stream):
            return
        replayed = self.streams.get(stream)
        if replayed is None:
            replayed = self.streams[stream] = ReplayedStream(stream, "", number)
        defects.append(make_defect(why.code, number, stream, ends=not replayed.broken, **why.values))
        replayed.broken = True

    def goes_on(self, state: Assessment) -> bool:
        """Whether an assessment's weekly reminders go on now. No where its year is broken: then nothing is required of it."""
        replayed = self.streams.get(year_stream(state.year))
        if replayed is not None and replayed.broken:
            return False
        return sends_weekly(
            state, replayed.state.closed if replayed is not None and isinstance(replayed.state, Year) else None
        )

    def may_wait_for_case(self, replayed: ReplayedStream, upto: int) -> bool:
        """Whether scoring waits for an open case (F4), or may have waited at entry `upto`. The clock then looks when the case changes."""
        state, compiled = replayed.state, replayed.compiled
        if (
            not isinstance(state, Assessment)
            or compiled is None
            or compiled.rulebook.settings.open_cases.value != "block"
        ):
            return False
        meanwhile = any(one.stream_kind == "case" and one.number > upto for one in self.streams.values())
        try:
            stage = next_stage(state, compiled.rulebook)
            context = context_for(state, CASES, CLOCK, _ANY_DAY, compiled, self)
            return waits_for_case(state, context) or (meanwhile and stage is not None and stage.kind == "scoring")
        except _UNFORESEEN:
            return True  # a state that no rule foresees is reported where it arose

    def _followed(self, stream: str) -> bool:
        return is_shared(stream) or self._owns(stream)

    def _end(self, entry: Entry, why: UnusableEntry, defects: Defects) -> ReplayedStream | None:
        self.end(entry.stream, entry.number, why, defects)
        return None

    def _binding(self, replayed: ReplayedStream, entry: Entry, defects: Defects) -> CompiledRulebook | None:
        """The edition the entry is judged by: of a stream it binds, the one its first entry named."""
        wanted = pin_that_binds(entry.stream, lambda stream: self._pin(stream, entry)) or entry.rulebook
        pin = entry.rulebook if entry.version == 1 else wanted
        if entry.rulebook != wanted:
            defects.append(
                make_defect("pin", entry.number, entry.stream, pin=entry.rulebook or "-", wanted=wanted or "-")
            )
        compiled = self._rulebooks.get(pin)
        if compiled is None and pin not in self._missing:
            self._missing.add(pin)
            defects.append(make_defect("rulebook_missing", entry.number, entry.stream, pin=pin or "-"))
        if pin == replayed.pin:
            replayed.compiled = compiled
        return compiled

    def _pin(self, stream: str, entry: Entry) -> str:
        """The pin a stream had begun under before this entry; empty if it had not."""
        replayed = self.streams.get(stream)
        return replayed.pin if replayed is not None and (stream != entry.stream or entry.version > 1) else ""

    def _check(
        self, before: State, kind: FactKind, entry: Entry, compiled: CompiledRulebook, defects: Defects, *, whole: bool
    ) -> UnusableEntry | None:
        """Check the fact by the rules, or (not `whole`) only its score; the reason if the stream cannot go on."""
        fact: Any = entry.payload
        try:
            context = self._context(before, kind, entry, compiled)
            try:
                if whole:
                    check_recorded(before, fact, context, compiled.chart)
                else:
                    _score_differs(before, fact, entry, context, defects)
            except _ILLEGAL as refusal:
                return UnusableEntry("illegal", why=refusal)
            except Refusal as refusal:
                if not (kind.scores and _score_differs(before, fact, entry, context, defects)):
                    code = "entitled" if isinstance(refusal, _ENTITLED) else "refused"
                    defects.append(make_defect(code, entry.number, entry.stream, why=refusal))
        except _UNFORESEEN as error:
            return UnusableEntry("unchecked", why=_unforeseen(error))
        return None

    def _context(self, before: State, kind: FactKind, entry: Entry, compiled: CompiledRulebook) -> Context:
        """What the decision was handed. Where the machine's clock ran behind, the decision was made by that clock's reading."""
        actor, now = Actor(entry.actor, entry.role, entry.home), entry.machine_clock or entry.recorded_at
        return context_for(before, kind.needs, actor, now, compiled, self)

    # What follows is what `states.binding.OtherStreams` asks.

    def state(self, stream: str) -> State | None:
        """Another stream as it is before this entry; None where that cannot be known."""
        replayed = self.streams.get(stream)
        if replayed is None:
            return beginning(stream)
        return None if replayed.broken else replayed.state

    def cases_and_checks_of(self, unit: str) -> CasesAndChecks:
        return tuple(self._cases[unit].values()), tuple(self._checks[unit].values())

    def progress(self, year: str) -> tuple[Progress, ...] | None:
        """Where the assessments of a year are; None where one of them is broken or left out."""
        prefix = assessments_of_year(id_of(year))
        among = [replayed for stream, replayed in self.streams.items() if stream.startswith(prefix)]
        if self._excerpt or any(replayed.broken for replayed in among):
            return None
        return tuple(one for replayed in among if (one := replayed.progress) is not None)

    def _fold(
        self, replayed: ReplayedStream, entry: Entry, next_stage: str | None, defects: Defects
    ) -> ReplayedStream | None:
        """The stream after the fact. `next_stage` is the stage it should then be in, if there is one to compare."""
        before = replayed.state
        try:
            replayed.state = after = fold(before, entry.payload, entry)
            if replayed.stream_kind == "case":
                self._keep_case(before, after)
            elif isinstance(after, RoutineCheck):
                self._checks[after.unit][after.stream] = after
        except _UNFORESEEN as error:
            return self._end(entry, UnusableEntry("fold", why=_unforeseen(error)), defects)
        if next_stage and isinstance(after, Assessment) and after.stage != next_stage:
            defects.append(make_defect("stage", entry.number, entry.stream, stage=after.stage, wanted=next_stage))
        return replayed

    def _keep_case(self, before: State, after: State) -> None:
        """The cases that may count for each unit, as of this entry."""
        assert isinstance(before, Case)
        assert isinstance(after, Case)
        for unit in before.units if before.body else ():
            self._cases[unit].pop(before.stream, None)
        for unit in after.units:
            self._cases[unit][after.stream] = after


def is_shared(stream: str) -> bool:
    """Whether streams of any year may depend on this one: cases, routine checks, the roster (`states.binding`)."""
    return kind_of(stream) in ("case", "routine_check", ROSTER)


def _score_differs(before: State, fact: Scored, entry: Entry, context: Context, defects: Defects) -> bool:
    """Compute the score again with the cases as of this entry; whether the score on record differs."""
    assert isinstance(before, Assessment)
    again, on_record = compute(before, fact.marks, context), fact.result
    if again == on_record:
        return False
    made = f"{again.given} − {again.deducted} = {again.score}, {again.grade}"
    values = {name: getattr(on_record, name) for name in ("given", "deducted", "score", "grade")}
    defects.append(make_defect("score", entry.number, entry.stream, again=made, **values))
    return True


def _unforeseen(error: Exception) -> Text:
    """An error that no rule foresaw, because no accepted fact could have caused it."""
    name = f"{type(error).__name__}: {error}"
    return Text(zh=name, en=name)
