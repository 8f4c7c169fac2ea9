"""Every stream folded again, each fact held against the rulebook it was done under.

A fact that is refused is still folded, because it is what the ledger says; one that cannot follow at all (a step the
chart does not have, a version that is missing) ends its stream, because what comes after it would be judged wrongly.
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
from states.cases.attribution import Concerning
from states.cases.case import Case
from states.chart import check_recorded
from states.compiled_rulebook import CompiledRulebook
from states.context import CASES, Context
from states.deadlines.reminders import goes_on, waiting, waits_for_case
from states.refusals import AlreadyThere, NotNow, NotThere, NotYours, OtherUnit, OwnUnit, Refusal, SamePerson
from states.routine_check import RoutineCheck
from states.stages.scoring import Scored, compute
from states.stream_kinds import STREAM_KINDS, State, beginning, fold
from states.streams import ACCESS, ROSTER, assessments_of_year, id_of, kind_of, year_stream
from states.vocabulary import CLOCK, Actor, Text
from states.year.year import Progress, Year, progress_of
from storage.ledger.chain import Entry

from .fact_kinds import FACT_KINDS, FactKind

_ILLEGAL = (NotNow, NotThere, AlreadyThere)
_UNFORESEEN = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
"""For a question whose answer is the same on every day."""
_ENTITLED = (NotYours, OwnUnit, OtherUnit, SamePerson)


class FinishedStreamContinued(Exception):
    """A stream whose state was let go of has another entry."""


class ReplayedStream:
    """One stream: its state, its first and last entry, the edition it was begun under, whether it can go on.

    `over` says that it is at its end and has been compared, and its state let go of.
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
        """Where an assessment of the annual round stands, be its state let go of or not."""
        return (
            progress_of(self.state) if isinstance(self.state, Assessment) and not self.is_released else self._progress
        )

    def release_state(self) -> None:
        """Free what a finished assessment takes (some 40 kB): most of a long ledger's are."""
        self._progress = self.progress
        self.state, self.is_released = beginning(self.state.stream), True


class RuleChecks:
    """The streams of one ledger that are one's `own`, and those these ask after.

    `quick` leaves out who is entitled and the stages' checks, but scores again. In an `excerpt` nothing is known of streams that are not in it.
    """

    def __init__(
        self,
        rulebooks: Mapping[str, CompiledRulebook],
        own: Callable[[str], bool],
        *,
        quick: bool = False,
        excerpt: bool = False,
    ) -> None:
        self.streams: dict[str, ReplayedStream] = {}
        self._own = own
        self._rulebooks = rulebooks
        self._quick, self._excerpt = quick, excerpt
        self._cases: defaultdict[str, dict[str, Case]] = defaultdict(dict)
        self._checks: defaultdict[str, dict[str, RoutineCheck]] = defaultdict(dict)
        self._missing: set[str] = set()

    def take(self, entry: Entry, found: Defects) -> ReplayedStream | None:
        """One more entry, its payload a fact; the stream as it then stands, None if it does not stand any more.

        WentOn for one that was over.
        """
        kept = self.streams.get(entry.stream)
        if kept is None:
            if not self._followed(entry.stream):
                return None
            kept = self.streams[entry.stream] = ReplayedStream(entry.stream, entry.rulebook, entry.number)
        elif kept.broken:
            return None
        elif kept.is_released:
            raise FinishedStreamContinued
        before, version, kind = kept.state, entry.version, FACT_KINDS[entry.kind]
        kept.number = entry.number
        if version != before.version + 1:
            return self._end(entry, UnusableEntry("version", before=before.version, version=version), found)
        if kind.stream_kind != kept.stream_kind:
            return self._end(entry, UnusableEntry("stream", kind=entry.kind), found)
        compiled = kept.compiled if version > 1 and entry.rulebook == kept.pin else self._binding(kept, entry, found)
        if compiled is None or kind.act is None:
            return self._fold(kept, entry, None, found)
        leads_to = compiled.chart.edges.get((before.stage, kind.act)) if isinstance(before, Assessment) else ""
        whole = leads_to is None or not self._quick
        if whole or kind.scores:
            why = self._check(before, kind, entry, compiled, found, whole=whole)
            if why is not None:
                return self._end(entry, why, found)
        return self._fold(kept, entry, None if kind.stays else leads_to, found)

    def end(self, stream: str, number: int, why: UnusableEntry, found: Defects) -> None:
        """An entry of this stream holds nothing to go on with: say so, and why what follows is not looked at."""
        if not self._followed(stream):
            return
        kept = self.streams.get(stream)
        if kept is None:
            kept = self.streams[stream] = ReplayedStream(stream, "", number)
        found.append(make_defect(why.code, number, stream, ends=not kept.broken, **why.given))
        kept.broken = True

    def goes_on(self, state: Assessment) -> bool:
        """Whether an assessment's reminder schedule goes on every week now; not where its year is broken, so that nothing is held against it."""
        kept = self.streams.get(year_stream(state.year))
        if kept is not None and kept.broken:
            return False
        return goes_on(state, kept.state.closed if kept is not None and isinstance(kept.state, Year) else None)

    def may_wait_for_case(self, kept: ReplayedStream, upto: int) -> bool:
        """Whether a score waits for an open case (F4), or may have at entry `upto`: the clock then looks when the case changes."""
        state, compiled = kept.state, kept.compiled
        if (
            not isinstance(state, Assessment)
            or compiled is None
            or compiled.rulebook.settings.open_cases.value != "block"
        ):
            return False
        meanwhile = any(one.stream_kind == "case" and one.number > upto for one in self.streams.values())
        try:
            stage = waiting(state, compiled.rulebook)
            context = context_for(state, CASES, CLOCK, _ANY_DAY, compiled, self)
            return waits_for_case(state, context) or (meanwhile and stage is not None and stage.kind == "scoring")
        except _UNFORESEEN:
            return True  # a state no rule foresees: told of where it arose

    def _followed(self, stream: str) -> bool:
        return is_shared(stream) or self._own(stream)

    def _end(self, entry: Entry, why: UnusableEntry, found: Defects) -> ReplayedStream | None:
        self.end(entry.stream, entry.number, why, found)
        return None

    def _binding(self, kept: ReplayedStream, entry: Entry, found: Defects) -> CompiledRulebook | None:
        """The edition the entry is judged by: of a stream it binds, the one its first entry named."""
        wanted = pin_that_binds(entry.stream, lambda stream: self._pin(stream, entry)) or entry.rulebook
        pin = entry.rulebook if entry.version == 1 else wanted
        if entry.rulebook != wanted:
            found.append(
                make_defect("pin", entry.number, entry.stream, pin=entry.rulebook or "-", wanted=wanted or "-")
            )
        compiled = self._rulebooks.get(pin)
        if compiled is None and pin not in self._missing:
            self._missing.add(pin)
            found.append(make_defect("rulebook_missing", entry.number, entry.stream, pin=pin or "-"))
        if pin == kept.pin:
            kept.compiled = compiled
        return compiled

    def _pin(self, stream: str, entry: Entry) -> str:
        """The pin a stream had begun under before this entry; empty if it had not."""
        kept = self.streams.get(stream)
        return kept.pin if kept is not None and (stream != entry.stream or entry.version > 1) else ""

    def _check(
        self, before: State, kind: FactKind, entry: Entry, compiled: CompiledRulebook, found: Defects, *, whole: bool
    ) -> UnusableEntry | None:
        """Hold the fact against the rules, or only (not `whole`) its score; the reason if the stream cannot go on."""
        fact: Any = entry.payload
        try:
            context = self._context(before, kind, entry, compiled)
            try:
                if whole:
                    check_recorded(before, fact, context, compiled.chart)
                else:
                    _rescored(before, fact, entry, context, found)
            except _ILLEGAL as refusal:
                return UnusableEntry("illegal", why=refusal)
            except Refusal as refusal:
                if not (kind.scores and _rescored(before, fact, entry, context, found)):
                    code = "entitled" if isinstance(refusal, _ENTITLED) else "refused"
                    found.append(make_defect(code, entry.number, entry.stream, why=refusal))
        except _UNFORESEEN as error:
            return UnusableEntry("unchecked", why=_unforeseen(error))
        return None

    def _context(self, before: State, kind: FactKind, entry: Entry, compiled: CompiledRulebook) -> Context:
        """What the decision was handed. Where the machine's clock ran behind, it was decided by that clock's own reading."""
        actor, now = Actor(entry.actor, entry.role, entry.home), entry.machine_clock or entry.recorded_at
        return context_for(before, kind.needs, actor, now, compiled, self)

    # What follows is what `states.binding.OtherStreams` asks.

    def state(self, stream: str) -> State | None:
        """Another stream as it is before this entry; None where that cannot be known."""
        kept = self.streams.get(stream)
        if kept is None:
            return beginning(stream)
        return None if kept.broken else kept.state

    def concerning(self, unit: str) -> Concerning:
        return tuple(self._cases[unit].values()), tuple(self._checks[unit].values())

    def progress(self, year: str) -> tuple[Progress, ...] | None:
        """Where the assessments of a year are; None where one of them is broken or left out."""
        prefix = assessments_of_year(id_of(year))
        among = [kept for stream, kept in self.streams.items() if stream.startswith(prefix)]
        if self._excerpt or any(kept.broken for kept in among):
            return None
        return tuple(found for kept in among if (found := kept.progress) is not None)

    def _fold(self, kept: ReplayedStream, entry: Entry, leads_to: str | None, found: Defects) -> ReplayedStream | None:
        """The state after the fact; `leads_to` is the stage it should stand in then, if any is to be held against it."""
        before = kept.state
        try:
            kept.state = after = fold(before, entry.payload, entry)
            if kept.stream_kind == "case":
                self._keep_case(before, after)
            elif isinstance(after, RoutineCheck):
                self._checks[after.unit][after.stream] = after
        except _UNFORESEEN as error:
            return self._end(entry, UnusableEntry("fold", why=_unforeseen(error)), found)
        if leads_to and isinstance(after, Assessment) and after.stage != leads_to:
            found.append(make_defect("stage", entry.number, entry.stream, stage=after.stage, wanted=leads_to))
        return kept

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


def _rescored(before: State, fact: Scored, entry: Entry, context: Context, found: Defects) -> bool:
    """Score again under the cases as of this entry; whether the score on record is another."""
    assert isinstance(before, Assessment)
    again, held = compute(before, fact.marks, context), fact.result
    if again == held:
        return False
    made = f"{again.given} − {again.deducted} = {again.score}, {again.grade}"
    said = {name: getattr(held, name) for name in ("given", "deducted", "score", "grade")}
    found.append(make_defect("score", entry.number, entry.stream, again=made, **said))
    return True


def _unforeseen(error: Exception) -> Text:
    """An error no rule foresaw, because no accepted fact could have caused it."""
    said = f"{type(error).__name__}: {error}"
    return Text(zh=said, en=said)
