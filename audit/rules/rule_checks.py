"""Every stream folded again, each fact held against the rulebook it was done under.

A fact that is refused is still folded, because it is what the ledger says; one that cannot follow at all (a step the
chart does not have, a version that is missing) ends its stream, because what comes after it would be judged wrongly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from audit.chain.hash_chain import Broken, Found
from audit.report import defect
from states.assessment import Assessment
from states.cases.attribution import Concerning, concerning
from states.cases.case import Case
from states.chart import State, beginning, check_recorded, fold
from states.context import Context
from states.deadlines.reminders import goes_on, waiting, waits_for_case
from states.refusals import AlreadyThere, NotNow, NotThere, NotYours, OtherUnit, OwnUnit, Refusal, SamePerson
from states.routine_check import RoutineCheck
from states.stages.scoring import Scored, compute
from states.vocabulary import CLOCK, Actor, Text
from states.year.roster import Roster
from states.year.year import Progress, Year, progress_of
from storage.ledger.chain import Entry

from .fact_kinds import KINDS, ROOMS, Kind
from .rulebooks import Law

S = TypeVar("S", Year, Roster)

_ILLEGAL = (NotNow, NotThere, AlreadyThere)
_UNFORESEEN = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
_LAST = datetime.max.replace(tzinfo=UTC)
_ENTITLED = (NotYours, OwnUnit, OtherUnit, SamePerson)


class WentOn(Exception):
    """A stream whose state was let go of has another entry."""


class Kept:
    """One stream: its state, its first and last entry, the edition it was begun under, whether it can go on.

    `over` says that it is at its end and has been compared, and its state let go of.
    """

    __slots__ = ("_progress", "broken", "first", "law", "number", "over", "pin", "room", "state")

    def __init__(self, stream: str, pin: str, first: int) -> None:
        self.room = stream.partition("/")[0]
        self.state: State = beginning(stream if self.room in ROOMS else "access")
        self.pin = pin
        self.law: Law | None = None
        self.first = self.number = first
        self.broken = self.over = False
        self._progress: Progress | None = None

    @property
    def progress(self) -> Progress | None:
        """Where an assessment of the annual round stands, be its state let go of or not."""
        return progress_of(self.state) if isinstance(self.state, Assessment) and not self.over else self._progress

    def let_go(self) -> None:
        """Free what a finished assessment takes (some 40 kB): most of a long ledger's are."""
        self._progress = self.progress
        self.state, self.over = beginning(self.state.stream), True


class Streams:
    """The streams of one ledger that are one's `own`, and those these ask after.

    `quick` leaves out who is entitled and the stages' checks, but scores again. In an `excerpt` nothing is known of streams that are not in it.
    """

    def __init__(
        self, laws: Mapping[str, Law], own: Callable[[str], bool], *, quick: bool = False, excerpt: bool = False
    ) -> None:
        self.kept: dict[str, Kept] = {}
        self._own = own
        self._laws = laws
        self._quick, self._excerpt = quick, excerpt
        self._cases: defaultdict[str, dict[str, Case]] = defaultdict(dict)
        self._checks: defaultdict[str, dict[str, RoutineCheck]] = defaultdict(dict)
        self._missing: set[str] = set()

    def take(self, entry: Entry, found: Found) -> Kept | None:
        """One more entry, its payload a fact; the stream as it then stands, None if it does not stand any more.

        WentOn for one that was over.
        """
        kept = self.kept.get(entry.stream)
        if kept is None:
            if not self._followed(entry.stream):
                return None
            kept = self.kept[entry.stream] = Kept(entry.stream, entry.rulebook, entry.number)
        elif kept.broken:
            return None
        elif kept.over:
            raise WentOn
        before, version, kind = kept.state, entry.version, KINDS[entry.kind]
        kept.number = entry.number
        if version != before.version + 1:
            return self._end(entry, Broken("version", before=before.version, version=version), found)
        if kind.room != kept.room:
            return self._end(entry, Broken("stream", kind=entry.kind), found)
        law = kept.law if version > 1 and entry.rulebook == kept.pin else self._law(kept, entry, found)
        if law is None or kind.act is None:
            return self._fold(kept, entry, None, found)
        leads_to = law.chart.edges.get((before.stage, kind.act)) if isinstance(before, Assessment) else ""
        whole = leads_to is None or not self._quick
        if whole or kind.scores:
            why = self._check(before, kind, entry, law, found, whole=whole)
            if why is not None:
                return self._end(entry, why, found)
        return self._fold(kept, entry, None if kind.stays else leads_to, found)

    def end(self, stream: str, number: int, why: Broken, found: Found) -> None:
        """An entry of this stream holds nothing to go on with: say so, and why what follows is not looked at."""
        if not self._followed(stream):
            return
        kept = self.kept.get(stream)
        if kept is None:
            kept = self.kept[stream] = Kept(stream, "", number)
        found.append(defect(why.code, number, stream, ends=not kept.broken, **why.given))
        kept.broken = True

    def goes_on(self, state: Assessment) -> bool:
        """Whether an assessment's ladder goes on every week now; not where its year is broken, so that nothing is held against it."""
        kept = self.kept.get(f"year/{state.year}")
        if kept is not None and kept.broken:
            return False
        return goes_on(state, kept.state.closed if kept is not None and isinstance(kept.state, Year) else None)

    def may_wait_for_case(self, kept: Kept, upto: int) -> bool:
        """Whether a score waits for an open case (F4), or may have at entry `upto`: the clock then looks when the case changes."""
        state, law = kept.state, kept.law
        if not isinstance(state, Assessment) or law is None or law.rulebook.settings.open_cases.value != "block":
            return False
        meanwhile = any(one.room == "case" and one.number > upto for one in self.kept.values())
        try:
            stage = waiting(state, law.rulebook)
            cases, _ = concerning(state, self._beside("roster", Roster), law.rulebook, self._concerning)
            # Nothing asked here hangs on the day.
            context = Context(rulebook=law.rulebook, actor=CLOCK, now=_LAST, today=_LAST.date(), cases=cases)
            return waits_for_case(state, context) or (meanwhile and stage is not None and stage.kind == "scoring")
        except _UNFORESEEN:
            return True  # a state no rule foresees: told of where it arose

    def _followed(self, stream: str) -> bool:
        return shared(stream) or self._own(stream)

    def _end(self, entry: Entry, why: Broken, found: Found) -> Kept | None:
        self.end(entry.stream, entry.number, why, found)
        return None

    def _law(self, kept: Kept, entry: Entry, found: Found) -> Law | None:
        """The edition that binds this entry: an assessment's and a year's is the one it was begun under."""
        pin = wanted = entry.rulebook
        if kept.room == "assessment" and entry.version == 1:
            wanted = self._pin_of_year(entry) or pin
        elif kept.room in ("assessment", "year"):
            pin = wanted = kept.pin
        if entry.rulebook != wanted:
            found.append(defect("pin", entry.number, entry.stream, pin=entry.rulebook or "-", wanted=wanted or "-"))
        law = self._laws.get(pin)
        if law is None and pin not in self._missing:
            self._missing.add(pin)
            found.append(defect("rulebook_missing", entry.number, entry.stream, pin=pin or "-"))
        if pin == kept.pin:
            kept.law = law
        return law

    def _pin_of_year(self, entry: Entry) -> str:
        """The edition an assessment's year was opened under; empty if it was not."""
        year = self.kept.get(_year_of(entry.stream))
        return year.pin if year else ""

    def _check(self, before: State, kind: Kind, entry: Entry, law: Law, found: Found, *, whole: bool) -> Broken | None:
        """Hold the fact against the rules, or only (not `whole`) its score; the reason if the stream cannot go on."""
        fact: Any = entry.payload
        try:
            context = self._context(before, kind, entry, law)
            try:
                if whole:
                    check_recorded(before, fact, context, law.chart)
                else:
                    _rescored(before, fact, entry, context, found)
            except _ILLEGAL as refusal:
                return Broken("illegal", why=refusal)
            except Refusal as refusal:
                if not (kind.scores and _rescored(before, fact, entry, context, found)):
                    code = "entitled" if isinstance(refusal, _ENTITLED) else "refused"
                    found.append(defect(code, entry.number, entry.stream, why=refusal))
        except _UNFORESEEN as error:
            return Broken("unchecked", why=_unforeseen(error))
        return None

    def _context(self, before: State, kind: Kind, entry: Entry, law: Law) -> Context:
        """What the decision was handed: the machine's own reading where it ran behind, and the cases as of then."""
        now = entry.machine_clock or entry.recorded_at
        cases: tuple[Case, ...] = ()
        checks: tuple[RoutineCheck, ...] = ()
        year: Year | None = None
        roster = self._beside("roster", Roster)
        if isinstance(before, Assessment) and kind.cases:
            cases, checks = concerning(before, roster, law.rulebook, self._concerning)
        if isinstance(before, Assessment) and kind.enrols:
            year = self._beside(_year_of(entry.stream), Year)
        actor = Actor(entry.actor, entry.role, entry.home)
        return Context(
            rulebook=law.rulebook, actor=actor, now=now, today=law.today(now), cases=cases, checks=checks,
            year=year, roster=roster,
            progress=self._surveyed(entry.stream) if kind.surveys else None,
        )  # fmt: skip

    def _concerning(self, unit: str) -> Concerning:
        return tuple(self._cases[unit].values()), tuple(self._checks[unit].values())

    def _surveyed(self, year: str) -> tuple[Progress, ...] | None:
        """Where the assessments of a year stand; None where one of them is broken or left out, so that nothing is held against it."""
        prefix = year.replace("year/", "assessment/", 1) + "/"
        among = [kept for stream, kept in self.kept.items() if stream.startswith(prefix)]
        if self._excerpt or any(kept.broken for kept in among):
            return None
        return tuple(found for kept in among if (found := kept.progress) is not None)

    def _beside(self, stream: str, room: type[S]) -> S | None:
        """Another stream as it stands at this entry; None where that cannot be known, so that nothing is held against it."""
        kept = self.kept.get(stream)
        if kept is not None and kept.broken:
            return None
        state = kept.state if kept is not None else beginning(stream)
        return state if isinstance(state, room) else None

    def _fold(self, kept: Kept, entry: Entry, leads_to: str | None, found: Found) -> Kept | None:
        """The state after the fact; `leads_to` is the stage it should stand in then, if any is to be held against it."""
        before = kept.state
        try:
            kept.state = after = fold(before, entry.payload, entry)
            if kept.room == "case":
                self._keep_case(before, after)
            elif isinstance(after, RoutineCheck):
                self._checks[after.unit][after.stream] = after
        except _UNFORESEEN as error:
            return self._end(entry, Broken("fold", why=_unforeseen(error)), found)
        if leads_to and isinstance(after, Assessment) and after.stage != leads_to:
            found.append(defect("stage", entry.number, entry.stream, stage=after.stage, wanted=leads_to))
        return kept

    def _keep_case(self, before: State, after: State) -> None:
        """The cases that may count for each unit, as of this entry."""
        assert isinstance(before, Case)
        assert isinstance(after, Case)
        for unit in before.units if before.body else ():
            self._cases[unit].pop(before.stream, None)
        for unit in after.units:
            self._cases[unit][after.stream] = after


def shared(stream: str) -> bool:
    """Whether what streams of any year mean may hang on this one: cases, routine checks, the roster (`Kind.cases`, `Kind.enrols`)."""
    return stream.partition("/")[0] in ("case", "routine_check", "roster")


def _year_of(assessment: str) -> str:
    """The stream of the year an assessment is of."""
    return "year/" + assessment.removeprefix("assessment/").partition("/")[0]


def _rescored(before: State, fact: Scored, entry: Entry, context: Context, found: Found) -> bool:
    """Score again under the cases as of this entry; whether the score on record is another."""
    assert isinstance(before, Assessment)
    again, held = compute(before, fact.marks, context), fact.result
    if again == held:
        return False
    made = f"{again.given} − {again.deducted} = {again.score}, {again.grade}"
    said = {name: getattr(held, name) for name in ("given", "deducted", "score", "grade")}
    found.append(defect("score", entry.number, entry.stream, again=made, **said))
    return True


def _unforeseen(error: Exception) -> Text:
    """An error no rule foresaw, because no accepted fact could have caused it."""
    said = f"{type(error).__name__}: {error}"
    return Text(zh=said, en=said)
