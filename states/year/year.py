"""One assessment year: opened under one edition, for a list of units, with the deadlines that bind; closed when all is done.

Closing says that the regular work is over: every assessment of the annual round has ended, circulated or withdrawn. After
it nothing is begun in the year (no assessment is opened, no deadline of the year moved, it is not closed twice), and such
an attempt is grave. What the law allows late needs no reopening of the year, because it belongs to one result and not to
the year: a task carried out, a veto, a result reopened by the committee and brought to a new circulation
(docs/decisions/0011-closing-a-year.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import WITHDRAWN, Assessment
from states.context import Context
from states.guards import Faults
from states.records.roster import Roster
from states.records.year import Progress, Year
from states.refusals import AlreadyThere, Incomplete, NotEnded, NothingToDo, NotKnown, YearOver
from states.stages.circulation import Circulated
from states.stages.opening import check_ahead, check_due, check_new_due, retired
from states.streams import year_stream
from states.vocabulary import Command, Fact, Opaque, Reason, Stamp, Text, Words

ENDS = frozenset({Circulated.stage, WITHDRAWN})
"""Where an assessment can stand when its year is closed."""

_NAMED = 10
"""How many units or tasks a refusal names; the page of the year lists all of them."""


class YearBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The year, its units, and the deadline of each stage. The measure sets no dates: these are the binding ones."""

    year: int
    units: tuple[Opaque, ...]
    due: dict[str, date]


class OpenYear(Command, YearBody, frozen=True, kw_only=True):
    """Open an assessment year."""


class YearFact(Fact, frozen=True, kw_only=True):
    """A fact of a year's stream."""

    def fold(self, state: Year, stamp: Stamp) -> Year:
        raise NotImplementedError


class YearOpened(YearFact, YearBody, frozen=True, kw_only=True):
    """The year is open. The edition it was opened under is the entry's."""

    def fold(self, state: Year, stamp: Stamp) -> Year:
        return replace(state, year=self.year, units=self.units, due=self.due)


class MoveYearDeadline(Command, Reason, frozen=True, kw_only=True):
    """Move one stage's deadline for every unit of the year."""

    stage: str
    due: date


class YearDeadlineMoved(YearFact, Reason, frozen=True, kw_only=True):
    """The year's deadline was moved; each unit's is moved by an entry of its own."""

    stage: str
    due: date

    def fold(self, state: Year, stamp: Stamp) -> Year:
        return replace(state, due={**state.due, self.stage: self.due})


class Closing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why tasks that follow from results are left open; None where none is."""

    reason: Words | None = None


class CloseYear(Command, Closing, frozen=True, kw_only=True):
    """Close an assessment year. Tasks still open (第九条2、3) are left so only for a reason."""


class Left(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A task of a unit's result that was not done yet."""

    unit: Opaque
    task: str


class YearClosed(YearFact, Closing, frozen=True, kw_only=True):
    """The regular work of the year is over. `left` are the tasks that were still open, by unit."""

    left: tuple[Left, ...] = ()

    def fold(self, state: Year, stamp: Stamp) -> Year:
        return replace(state, closed=stamp.recorded_at)


def fold(state: Year, fact: YearFact, stamp: Stamp) -> Year:
    """The year after one more fact."""
    return replace(fact.fold(state, stamp), version=stamp.version)


def progress_of(state: Assessment) -> Progress | None:
    """Where an assessment of the annual round stands; None for a special one (第六条), which is no part of the year's work."""
    if not state.version or state.occasion is not None:
        return None
    return Progress(state.unit, state.stage, tuple(task for task, done in state.tasks.items() if done is None))


def progress(states: Iterable[object]) -> tuple[Progress, ...]:
    """Where the assessments of a year's round are."""
    return tuple(
        found for state in states if isinstance(state, Assessment) and (found := progress_of(state)) is not None
    )


def not_ended(state: Year, found: Iterable[Progress], roster: Roster | None) -> tuple[str, ...]:
    """The units whose assessment has not ended, and those of the year that have none though there still is such a unit."""
    ended = {one.unit: one.stage in ENDS for one in found}
    gone = {u for u in state.units if roster is not None and roster.is_retired(u, state.year)}
    missing = set(state.units) - ended.keys() - gone
    return tuple(sorted({*(u for u, done in ended.items() if not done), *missing}))


def left(found: Iterable[Progress]) -> tuple[Left, ...]:
    """The tasks of circulated results that are still open, in the order of the units."""
    return tuple(
        Left(unit=Opaque(one.unit), task=task)
        for one in sorted(found, key=lambda one: one.unit)
        if one.stage == Circulated.stage
        for task in one.tasks
    )


def close(state: Year, command: CloseYear, context: Context) -> YearClosed:
    """The closing, with what it leaves."""
    fact = YearClosed(reason=command.reason, left=left(context.progress or ()))
    check_close(state, fact, context)
    return fact


def check_open(state: Year, record: YearBody, context: Context) -> None:
    """第六条: once a year. Every dated stage has its deadline, in order."""
    clause = context.clause("opening")
    if state.version:
        raise AlreadyThere(stream=state.stream, act=Text(zh="启动年度考核", en="open the year"), clause=clause)
    if state.stream != year_stream(record.year):
        raise NotKnown(what=Text(zh="年度", en="year"), value=record.year, known=state.stream, clause=clause)
    if not record.units:
        raise Incomplete(missing=Text(zh="被考核部门", en="units"), clause=clause)
    gone = [
        unit
        for unit in record.units
        if context.roster and context.roster.ended_before(unit, record.year, context.today)
    ]
    if gone and context.roster:
        raise retired(gone, record.year, context.roster, clause)
    faults = Faults(clause)
    with faults.at("due"):
        check_due(record.due, context)
        check_ahead(record.due, context, context.rulebook.acts["open_year"].title.text)
    faults.end()


def check_move(state: Year, record: MoveYearDeadline | YearDeadlineMoved, context: Context) -> None:
    """A deadline the year has, to another day, not a past one; the deadlines keep their order. Not of a closed year."""
    if state.closed:
        title = context.rulebook.acts["move_year_deadline"].title.text
        raise YearOver(year=state.year, act=title, clause=context.rulebook.cited("close_year"))
    if record.stage not in state.due:
        known, clause = ", ".join(state.due), context.rulebook.cited("move_year_deadline")
        raise NotKnown(what=Text(zh="步骤", en="step"), value=record.stage, known=known, clause=clause)
    check_new_due(state.due, record.stage, record.due, context)


def check_close(state: Year, record: YearClosed, context: Context) -> None:
    """Every assessment has ended; the tasks still open are those recorded, and there is a reason to leave them."""
    title, clause = context.rulebook.acts["close_year"].title.text, context.rulebook.cited("close_year")
    if state.closed:
        raise NothingToDo(act=title, why=Text(zh="该年度已办结", en="the year is closed already"), clause=clause)
    if context.progress is None:
        return
    waiting, still = not_ended(state, context.progress, context.roster), left(context.progress)
    if waiting:
        raise NotEnded(act=title, count=len(waiting), units=_listed(waiting), clause=clause)
    if record.left != still:
        known = _listed(f"{one.unit} {one.task}" for one in still)
        given = _listed(f"{one.unit} {one.task}" for one in record.left)
        raise NotKnown(what=Text(zh="未办结事项", en="task left open"), value=given, known=known, clause=clause)
    faults = Faults(clause)
    with faults.at("reason"):
        if still and record.reason is None:
            raise Incomplete(missing=_why_left(still, context), clause=clause)
    faults.end()


def _why_left(still: tuple[Left, ...], context: Context) -> Text:
    """What is asked for where tasks are open: that they be done, or why they are left."""
    known = context.rulebook.consequences
    titles = [
        (one.unit, known[one.task].title.text if one.task in known else Text(one.task, one.task)) for one in still
    ]
    return Text(
        zh=f"留待以后办理的理由：还有 {len(still)} 项结果运用事项未办结（{_listed(f'{u} {t.zh}' for u, t in titles).zh}）",
        en=f"the reason for leaving {len(still)} follow-up tasks open ({_listed(f'{u}: {t.en}' for u, t in titles).en})",
    )


def _listed(words: Iterable[str]) -> Text:
    """The first few of a list, and that there are more."""
    every = list(words)
    zh, en = "、".join(every[:_NAMED]), ", ".join(every[:_NAMED])
    return Text(zh=zh or "无", en=en or "none") if len(every) <= _NAMED else Text(zh=f"{zh} 等", en=f"{en} and more")
