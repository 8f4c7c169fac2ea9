"""Checks each fact against the rulebook that binds it, computes each score again, and folds the facts into states.

The states are also the surroundings of later checks: the cases, the year and the roster as of each entry.

A fact that the rules refuse is still folded, because it is in the ledger. If a fact cannot follow at all (the chart
does not have the step, or a version is missing), the rest of its stream is not checked, because the checks would use a
wrong state.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from audit.chain.hash_chain import Defects, UnusableEntry
from audit.defect import make_defect
from states.assessment import Assessment
from states.binding import binding_pin, context_for
from states.cases.attribution import RecordsOfUnit, split_records, units_of
from states.chart import check_recorded
from states.compiled_rulebook import CompiledRulebook
from states.context import CASES, Context
from states.deadlines.reminders import next_stage, sends_weekly, waits_for_case
from states.records.earlier_result import EarlierResult
from states.records.year import Progress, Year
from states.refusals import (
    AlreadyThere,
    NotByDeputy,
    NotNow,
    NotThere,
    NotYours,
    OtherUnit,
    OwnUnit,
    Refusal,
    SamePerson,
)
from states.result.inputs import inputs_of
from states.result.result import Result, results_of
from states.rulebook.calculation.numbers import plain
from states.rulebook.sentences.names import figure
from states.stages.decided_result import decided_result
from states.stages.scoring import Scored
from states.stream_kinds import STREAM_KINDS, State, fold, initial_state
from states.streams import ACCESS, OF_UNITS, ROSTER, assessments_of_year, id_of, kind_of, year_stream
from states.vocabulary import CLOCK, Text
from states.year.year import progress_of
from storage.ledger.chain import Entry

from .fact_kinds import FACT_KINDS, FactKind

_SAME_SOURCES = Text(zh="计分依据与台账一致。", en="What it counted is on record.")
_OTHER_SOURCES = Text(zh="所记的计分依据与台账不符。", en="What it says it counted is not what is on record.")

_OUT_OF_ORDER = (NotNow, NotThere, AlreadyThere)
"""Refusals of a step that is not possible in that state."""
_NOT_ENTITLED = (NotYours, NotByDeputy, OwnUnit, OtherUnit, SamePerson)
"""Refusals of an actor."""
_UNFORESEEN = (ArithmeticError, LookupError, TypeError, ValueError)
"""Errors of the rules on a fact that they never accept.

They are caught here so that the replay can report the entry and go on.
"""
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
"""The day of a check whose result does not depend on the day."""


class FinishedStreamContinued(Exception):
    """A stream whose state was released has another entry."""


class ReplayedStream:
    """One stream during the replay.

    `first`, `number`: its first and last entry. `pin`, `compiled`: the edition of its first entry (`compiled` is None
    if it is missing). `broken`: an entry could not be used, so the rest is not checked. `is_released`: the assessment
    is finished and compared, and its state was freed. `read`: the values of its result that later ones may read.
    """

    __slots__ = (
        "_progress",
        "_read",
        "_result",
        "broken",
        "compiled",
        "first",
        "is_released",
        "number",
        "pin",
        "state",
        "stream_kind",
    )

    def __init__(self, stream: str, pin: str, first: int, read: frozenset[str] = frozenset()) -> None:
        self.stream_kind = kind_of(stream)
        self.state: State = initial_state(stream if self.stream_kind in STREAM_KINDS else ACCESS)
        self.pin = pin
        self.compiled: CompiledRulebook | None = None
        self.first = self.number = first
        self.broken = self.is_released = False
        self._progress: Progress | None = None
        self._read = read
        self._result: EarlierResult | None = None

    @property
    def result(self) -> EarlierResult:
        """The result of an assessment, as later ones read it, also after its state was released."""
        if self._result is not None:
            return self._result
        state = self.state
        if self.broken or self.compiled is None or not isinstance(state, Assessment):
            return EarlierResult(state.stream, "unknown")
        return decided_result(state, self.compiled.rulebook, self._read)

    @property
    def progress(self) -> Progress | None:
        """The progress of an annual assessment, also after its state was released; None for other streams."""
        if isinstance(self.state, Assessment) and not self.is_released:
            return progress_of(self.state)
        return self._progress

    def release_state(self) -> None:
        """Free the state of a finished assessment (about 40 kB). In a long ledger most assessments are finished.

        What other streams read of it is kept: its progress and, if any edition reads results of other rounds, the
        values that it reads.
        """
        self._progress = self.progress
        if self._read:
            self._result = self.result
        self.state, self.is_released = initial_state(self.state.stream), True


class RuleChecks:
    """Checks the streams that this pass `owns`, and folds them and the streams that they depend on.

    `quick`: leave out entitlement and the stages' own checks; scores are still computed. `excerpt`: streams may be left
    out, so nothing is concluded from a missing stream.
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
        self._of_unit: defaultdict[str, dict[str, State]] = defaultdict(dict)
        self._missing_pins: set[str] = set()
        earlier = [value for one in rulebooks.values() for value in one.rulebook.all_earlier_values]
        self._read = frozenset(value.of for value in earlier)
        self._reads_other_years = any(value.back is not None for value in earlier)

    def apply(self, entry: Entry, defects: Defects) -> ReplayedStream | None:
        """Check and fold the next entry, whose payload is decoded to a fact. Returns its stream.

        None if the stream is broken or not followed. Raises `FinishedStreamContinued` if its state was
        released.
        """
        replayed = self.streams.get(entry.stream)
        if not self._checks(entry.stream):
            defects = []  # The other process reports them.
        if replayed is None:
            if not self._is_followed(entry.stream):
                return None
            replayed = ReplayedStream(entry.stream, entry.rulebook, entry.number, self._read)
            self.streams[entry.stream] = replayed
        elif replayed.broken:
            return None
        elif replayed.is_released:
            raise FinishedStreamContinued
        before, version, kind = replayed.state, entry.version, FACT_KINDS[entry.kind]
        replayed.number = entry.number
        if version != before.version + 1:
            return self._break_at(entry, UnusableEntry("version", before=before.version, version=version), defects)
        if kind.stream_kind != replayed.stream_kind:
            return self._break_at(entry, UnusableEntry("stream", kind=entry.kind), defects)
        compiled = (
            replayed.compiled
            if version > 1 and entry.rulebook == replayed.pin
            else self._binding(replayed, entry, defects)
        )
        if compiled is None or kind.act is None:
            return self._fold(replayed, entry, None, defects)
        next_stage = compiled.chart.edges.get((before.stage, kind.act)) if isinstance(before, Assessment) else ""
        # A step that the chart does not have (`next_stage` None) is checked also in a quick replay, to get its refusal.
        with_rules = next_stage is None or not self._quick
        if not self._checks(entry.stream) and next_stage is not None:
            return self._fold(replayed, entry, None, defects)
        if with_rules or kind.scores:
            why = self._check(before, kind, entry, compiled, defects, with_rules=with_rules)
            if why is not None:
                return self._break_at(entry, why, defects)
        return self._fold(replayed, entry, None if kind.stays else next_stage, defects)

    def mark_broken(self, stream: str, number: int, why: UnusableEntry, defects: Defects) -> None:
        """Report an unusable entry of this stream, and that the entries after it are not checked."""
        if not self._is_followed(stream):
            return
        replayed = self.streams.get(stream)
        if replayed is None:
            replayed = self.streams[stream] = ReplayedStream(stream, "", number)
        if self._checks(stream):
            defects.append(make_defect(why.code, number, stream, rest_unchecked=not replayed.broken, **why.values))
        replayed.broken = True

    def sends_weekly(self, state: Assessment) -> bool:
        """Whether weekly reminders are still sent for an assessment.

        False if its year is broken, because then this is unknown.
        """
        replayed = self.streams.get(year_stream(state.year))
        if replayed is not None and replayed.broken:
            return False
        closed = replayed.state.closed if replayed is not None and isinstance(replayed.state, Year) else None
        return sends_weekly(state, closed)

    def may_wait_for_case(self, replayed: ReplayedStream, size: int) -> bool:
        """Whether scoring waits for an open case (F4), or may have waited when the ledger had `size` entries.

        While it waits, the scheduler has no time of its own to act: it acts when the case changes.
        """
        state, compiled = replayed.state, replayed.compiled
        if not isinstance(state, Assessment) or compiled is None:
            return False
        if compiled.rulebook.readings["open_cases"].value != "block":
            return False
        has_new_case = any(other.stream_kind == "case" and other.number > size for other in self.streams.values())
        try:
            stage = next_stage(state, compiled.rulebook)
            context = context_for(state, CASES, CLOCK, _ANY_DAY, compiled, self)
            return waits_for_case(state, context) or (has_new_case and stage is not None and stage.kind == "scoring")
        except _UNFORESEEN:
            return True  # A state that the rules do not foresee is reported at the entry that led to it.

    def _is_followed(self, stream: str) -> bool:
        return self._checks(stream) or (self._reads_other_years and kind_of(stream) == "assessment")

    def _checks(self, stream: str) -> bool:
        """Whether the steps of a stream are checked here. An assessment of another pass's year is only folded."""
        return is_shared(stream) or self._owns(stream)

    def _break_at(self, entry: Entry, why: UnusableEntry, defects: Defects) -> ReplayedStream | None:
        self.mark_broken(entry.stream, entry.number, why, defects)
        return None

    def _binding(self, replayed: ReplayedStream, entry: Entry, defects: Defects) -> CompiledRulebook | None:
        """The edition by which the entry is checked; None if it is missing.

        Reports an entry that names another edition, and each missing edition once. If it is the edition of the stream's
        first entry, it is noted in `replayed`.
        """
        expected = binding_pin(entry.stream, lambda stream: self._pin(stream, entry)) or entry.rulebook
        pin = entry.rulebook if entry.version == 1 else expected
        if entry.rulebook != expected:
            defects.append(
                make_defect("pin", entry.number, entry.stream, pin=entry.rulebook or "-", expected=expected or "-")
            )
        edition = self._rulebooks.get(pin)
        compiled = edition and edition.at(entry.stream)
        if compiled is None and pin not in self._missing_pins:
            self._missing_pins.add(pin)
            defects.append(make_defect("rulebook_missing", entry.number, entry.stream, pin=pin or "-"))
        if pin == replayed.pin:
            replayed.compiled = compiled
        return compiled

    def _pin(self, stream: str, entry: Entry) -> str:
        """The pin in the first entry of a stream, if that is before this entry; otherwise empty."""
        replayed = self.streams.get(stream)
        return replayed.pin if replayed is not None and (stream != entry.stream or entry.version > 1) else ""

    def _check(
        self,
        before: State,
        kind: FactKind,
        entry: Entry,
        compiled: CompiledRulebook,
        defects: Defects,
        *,
        with_rules: bool,
    ) -> UnusableEntry | None:
        """Check the fact by the rules, or, if not `with_rules`, only its score.

        Returns the reason if the stream cannot go on.
        """
        fact: Any = entry.payload
        try:
            context = self._context(before, kind, entry, compiled)
            try:
                if with_rules:
                    check_recorded(before, fact, context, compiled.chart)
                else:
                    _report_wrong_score(before, fact, entry, context, defects)
            except _OUT_OF_ORDER as refusal:
                return UnusableEntry("illegal", why=refusal)
            except Refusal as refusal:
                # A wrong score is also refused by the rules. It is reported once, with both figures.
                if not (kind.scores and _report_wrong_score(before, fact, entry, context, defects)):
                    code = "entitled" if isinstance(refusal, _NOT_ENTITLED) else "refused"
                    defects.append(make_defect(code, entry.number, entry.stream, why=refusal))
        except _UNFORESEEN as error:
            return UnusableEntry("unchecked", why=_describe(error))
        return None

    def _context(self, before: State, kind: FactKind, entry: Entry, compiled: CompiledRulebook) -> Context:
        """The context in which the engine decided about the command.

        If the machine's clock was slow then, its reading counts.
        """
        now = entry.machine_clock or entry.recorded_at
        return context_for(before, kind.needs, entry.acting, now, compiled, self)

    # The next four methods implement `states.binding.OtherStreams`.

    def state(self, stream: str) -> State | None:
        """The state of another stream before this entry; None if it is unknown, because the stream is broken."""
        replayed = self.streams.get(stream)
        if replayed is None:
            return initial_state(stream)
        return None if replayed.broken else replayed.state

    def records_of(self, unit: str) -> RecordsOfUnit:
        """What is on record about a department, as of this entry."""
        return split_records(self._of_unit[unit].values())

    def progress(self, year: str) -> tuple[Progress, ...] | None:
        """The progress of the assessments of a year.

        None: it is unknown, because one of them is broken or may be left out.
        """
        prefix = assessments_of_year(id_of(year))
        assessments = [replayed for stream, replayed in self.streams.items() if stream.startswith(prefix)]
        if self._excerpt or any(replayed.broken for replayed in assessments):
            return None
        return tuple(progress for replayed in assessments if (progress := replayed.progress) is not None)

    def holders(self, person: str) -> None:
        """Always unknown: only one process of a replay follows all accounts, so `metadata_checks.py` checks this."""
        return

    def result(self, stream: str, read: Collection[str]) -> EarlierResult:
        """The result of an assessment as of this entry; it has at least the values `read`."""
        replayed = self.streams.get(stream)
        if replayed is None:
            return EarlierResult(stream, "unknown" if self._excerpt else "none")
        return replayed.result

    def _fold(
        self, replayed: ReplayedStream, entry: Entry, next_stage: str | None, defects: Defects
    ) -> ReplayedStream | None:
        """Fold the fact into the state.

        `next_stage`: the stage that the assessment should then be in, or None or "" if none is expected.
        """
        before = replayed.state
        try:
            replayed.state = after = fold(before, entry.payload, entry)
            if replayed.stream_kind in OF_UNITS:
                self._index(before, after)
        except _UNFORESEEN as error:
            return self._break_at(entry, UnusableEntry("fold", why=_describe(error)), defects)
        if next_stage and isinstance(after, Assessment) and after.stage != next_stage:
            defects.append(make_defect("stage", entry.number, entry.stream, stage=after.stage, expected=next_stage))
        return replayed

    def _index(self, before: State, after: State) -> None:
        """Update what is on record by department: remove it where it was, add it where it is now."""
        for unit in units_of(before):
            self._of_unit[unit].pop(before.stream, None)
        for unit in units_of(after):
            self._of_unit[unit][after.stream] = after


def is_shared(stream: str) -> bool:
    """Whether streams of any year may depend on this one: what is on record, and the roster (`states.binding`)."""
    return kind_of(stream) in OF_UNITS or stream == ROSTER


def _report_wrong_score(before: State, fact: Scored, entry: Entry, context: Context, defects: Defects) -> bool:
    """Make the results with the records as of this entry, and report a difference. Returns whether there is one."""
    assert isinstance(before, Assessment)
    inputs = inputs_of(before, fact.sheet, context, fact.inputs)
    expected, recorded = results_of(inputs, context.rulebook), fact.results
    if (inputs, expected) == (fact.inputs, recorded):
        return False
    defects.append(
        make_defect(
            "score",
            entry.number,
            entry.stream,
            expected="; ".join(_figures(one) for one in expected),
            recorded="; ".join(_figures(one) for one in recorded),
            sources=_SAME_SOURCES if inputs == fact.inputs else _OTHER_SOURCES,
        )
    )
    return True


def _figures(result: Result) -> str:
    points = f"{plain(result.subtotal)} {figure(result.adjustment)} → {plain(result.score)}"
    return f"{result.person or result.subject} {points} {result.grade}"


def _describe(error: Exception) -> Text:
    name = f"{type(error).__name__}: {error}"
    return Text(zh=name, en=name)
