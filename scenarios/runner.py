"""Runs a story on a virtual clock: does its happenings and the daemon's rounds, and checks every expectation.

    story = load(path)
    edition = story.edition(default_edition())
    clock = VirtualClock(story.start(edition))
    result = run(story, wiring.compose_engine(url, clock, edition), clock)

Each story needs an empty ledger. Its commands go through the engine, and its rounds are those of the daemon. So a story
shows the behaviour of the real program. docs/scenarios.md explains stories to the people who write them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from config.calendars import WorkingDays
from config.clock import VirtualClock
from scheduler.simulation import Simulation, SimulationStep
from states import policy
from states.acts import ACTS
from states.assessment import Assessment
from states.records.case import Case
from states.records.record import Record
from states.records.roster import Roster, Unit
from states.records.routine_check import RoutineCheck
from states.records.year import Year
from states.refusals import NotThere, Refusal
from states.streams import ROSTER, assessment_stream, case_stream, record_stream, routine_check_stream, year_stream
from states.vocabulary import CLOCK, Actor, Command, Text
from states.year.standings import Settle
from workflow.engine import Answer, Engine, Submission
from workflow.year import move_deadline, open_year, register

from . import walk
from .checks import Check, check, cite_all
from .defaults import acts
from .defaults.scene import Scene, UnusableHappening
from .defaults.settling import ORDER_REASON, due_settling
from .observations import ObservedAssessment
from .story import EVENING, MORNING, Expectation, Happening, Story, StoryFault, moment
from .walk import WalkAct

_READER = Actor("a-reader", "office")
_ACCEPTED = "✓"


class StoryResult(Struct, frozen=True, kw_only=True):
    """The outcome of a story: every check, in the order of time. `entries` is the number of entries in the ledger."""

    story: Story
    checks: tuple[Check, ...]
    entries: int

    @property
    def ok(self) -> bool:
        """Whether there are checks and all of them passed."""
        return bool(self.checks) and all(c.ok for c in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that did not pass."""
        return tuple(c for c in self.checks if not c.ok)


def run(story: Story, engine: Engine, clock: VirtualClock) -> StoryResult:
    """Run `story` to its end and check its expectations. Raises `StoryFault` if the story cannot be run.

    The engine must have the edition `story.edition(…)`, an empty ledger, and the `clock`.
    """
    return _StoryRun(story, engine, clock).run()


Action = Callable[[datetime], None]
"""A part of a run, called with its moment."""


class _StoryRun:
    """The run of one story."""

    def __init__(self, story: Story, engine: Engine, clock: VirtualClock) -> None:
        self.story = story
        self.engine = engine
        self.edition = engine.editions.edition_in_force
        self.rulebook = self.edition.rulebook
        self.is_working = WorkingDays().is_working
        first_kind = self.rulebook.unit_kind[0].key
        self.units: dict[str, Unit] = {
            unit.unit: replace(unit, unit_kind=unit.unit_kind or first_kind) for unit in story.units
        }
        self.checks: list[Check] = []
        self.commands = 0
        self._answers: list[Answer] = []
        self.simulation = Simulation(
            engine,
            clock,
            tuple(self._outages()),
            lambda _moment, answers: self._answers.extend(answers),
            is_working=self.is_working,
        )

    def run(self) -> StoryResult:
        for now, action in self._timeline():
            self.simulation.run((), now)
            action(now)
        entries = self.engine.ledger.head().number
        return StoryResult(story=self.story, checks=tuple(self.checks), entries=entries)

    def _outages(self) -> Iterator[tuple[datetime, datetime]]:
        """The outages as times. Dates without a time mean whole days, from the first to the last."""
        for start, end in self.story.outages:
            until = end if isinstance(end, datetime) else end + timedelta(days=1)
            yield moment(start, time(0), self.edition), moment(until, time(0), self.edition)

    def _timeline(self) -> list[tuple[datetime, Action]]:
        """All parts of the run in the order of time; at the same moment, in the order of the file."""
        timeline: list[tuple[datetime, Action]] = [(self.story.start(self.edition), self._register_departments)]
        opening = self.story.opening(self.edition)
        if opening is not None:
            timeline.append((opening, self._open))
        timeline += [(moment(h.on, MORNING, self.edition), self._action_of(h)) for h in self.story.happenings]
        timeline += [
            (moment(expectation.on, EVENING, self.edition), self._check_of(expectation))
            for expectation in self.story.expectations
            if expectation.on is not None
        ]
        timeline.sort(key=lambda item: item[0])
        last = timeline[-1][0].astimezone(ZoneInfo(self.rulebook.timezone))
        at_end = [self._check_of(expectation) for expectation in self.story.expectations if expectation.on is None]
        return timeline + [(datetime.combine(last.date(), EVENING, last.tzinfo), action) for action in at_end]

    def _register_departments(self, now: datetime) -> None:
        try:
            register(self.engine, tuple(self.units.values()), self._account("register_unit"))
        except Refusal as refusal:
            raise StoryFault(file=self.story.file, key="unit", why=refusal.text) from refusal

    def _open(self, now: datetime) -> None:
        """Open the year, and the assessments of the departments that are assessed in it, then do what is due.

        Raises `StoryFault` if one of them is refused.
        """
        year, roster = self.story.year, self.engine.state(ROSTER)
        assert isinstance(roster, Roster)
        units = [roster.units[unit] for unit in self.units if not roster.is_past_final_year(unit, year)]
        opener = self._account("open_year")
        try:
            outcome = open_year(self.engine, year, units, opener, self.is_working, dict(self.story.due))
        except Refusal as refusal:
            raise StoryFault(file=self.story.file, key="year", why=refusal.text) from refusal
        for stream, refused in outcome.refused.items():
            raise StoryFault(file=self.story.file, key=stream, why=refused.text)
        self.simulation.run((), now)

    def _action_of(self, happening: Happening) -> Action:
        def action(now: datetime) -> None:
            refusal = self._perform(happening, now)
            self._check_refusal(happening, refusal, now)
            self._check(happening.expected, self._assessment(happening.unit, happening.occasion), happening.unit, now)

        return action

    def _check_of(self, expectation: Expectation) -> Action:
        def action(now: datetime) -> None:
            stream = self._assessment(expectation.unit, expectation.occasion)
            self._check(expectation.expected, stream, expectation.unit, now)

        return action

    def _check(self, expected: Mapping[str, Any], stream: str, unit: str, now: datetime) -> None:
        if expected:
            state, context, _ = self.engine.context(stream, _READER)
            assert isinstance(state, Assessment)
            observed = ObservedAssessment(state, context, self.engine.ledger.stream(stream))
            self.checks += [check(key, value, observed, now, unit) for key, value in expected.items()]

    def _check_refusal(self, happening: Happening, refusal: Refusal | None, now: datetime) -> None:
        """Add a check if the happening was refused, or if a refusal is expected."""
        if refusal is None and happening.refused is None:
            return
        clause = refusal.details.get("clause") if refusal else None
        self.checks.append(
            Check(
                at=now,
                unit=happening.unit,
                key="refused",
                clause=cite_all((clause,) if isinstance(clause, str | Text) else ()),
                expected=f"{happening.act} → {happening.refused or _ACCEPTED}",
                actual=f"{happening.act} → {refusal.code if refusal else _ACCEPTED}",
                ok=(refusal.code if refusal else None) == happening.refused,
                because=refusal.text if refusal else Text(zh="", en=""),
            )
        )

    def _perform(self, happening: Happening, now: datetime) -> Refusal | None:
        """Do the act of the happening. Returns its refusal, if there is one."""
        try:
            if happening.act == acts.MOVE_ALL:
                return self._move_all(happening, now)
            if happening.act in (acts.CLOSE, acts.SETTLE):
                return self._on_year(happening, now)
            if happening.act == acts.WALK:
                return self._walk(happening, now)
            return self._submit(happening.act, happening, happening.fields, now)
        except UnusableHappening as error:
            key = f"{happening.key}.{error.key}"
            raise StoryFault(file=self.story.file, key=key, why=error.why) from error

    def _walk(self, happening: Happening, now: datetime) -> Refusal | None:
        """Do stage after stage, with default fields, until the target is reached. Returns the first refusal."""
        stream, rulebook = self._stream(happening), self.rulebook.at(happening.occasion)
        walk.check_target(happening.fields["to"], rulebook)
        while True:
            state, context, _ = self.engine.context(stream, _READER)
            assert isinstance(state, Assessment)
            if state.stage not in rulebook.stages:
                return NotThere(act=acts.WALK, stream=stream, first=Text(zh="启动考核", en="open the assessment"))
            steps = walk.next_acts(state, context, rulebook, happening.fields)
            if not steps:
                return None
            if state.stage == "scoring" and steps[0].act != "score" and self._settle_due(state, happening, now):
                continue
            for step in steps:
                actor = self._walker(step, happening, state)
                refusal = self._submit(step.act, happening, step.fields, now, actor)
                if refusal is not None:
                    return refusal

    def _walker(self, step: WalkAct, happening: Happening, state: Assessment) -> Actor | None:
        """The actor of a step of a walk; None: as of any act."""
        if step.role is not None:
            return self._actor_of(step.role, happening)
        if step.number is not None:
            actor = self._actor(step.act, happening, state, None)
            return Actor(f"{actor.id}-{step.number}", actor.role, actor.unit)
        return None

    def _settle_due(self, state: Assessment, happening: Happening, now: datetime) -> bool:
        """Settle the standings on which the result rests, if all departments can be compared. Whether one was settled."""
        stream = year_stream(self.story.year)
        decision = self.engine.prepare(stream, Settle(standing=""), lambda *_: (_READER,))
        year, context = decision.state, decision.context
        assert isinstance(year, Year)
        command = due_settling(state, year, context)
        if command is None:
            return False
        self.commands += 1
        actor = self._actor(command.act, happening, year, command)
        self.engine.submit(year.stream, command, actor, f"story-{self.commands}")
        self.simulation.run((), now)
        return True

    def _submit(
        self, act: str, happening: Happening, fields: Mapping[str, Any], now: datetime, actor: Actor | None = None
    ) -> Refusal | None:
        """Submit one command at this moment, then let the daemon do a round."""
        stream = self._stream(happening)
        state, context, _ = self.engine.context(stream, _READER)
        assert isinstance(state, Assessment | Case | RoutineCheck | Record | Roster)
        scene = Scene(
            state=state,
            context=context,
            day=context.today,
            unit=self.units[happening.unit],
            year=self.story.year,
            occasion=happening.occasion,
            is_working=self.is_working,
        )
        command = acts.command_of(act, scene, fields)
        self.commands += 1
        actor = actor or self._actor(act, happening, state, command)
        submission = Submission(stream, command, actor, f"story-{self.commands}")
        self._answers.clear()
        self.simulation.run([SimulationStep(now, (submission,))], now)
        answer = self._answers[-1]
        return answer if isinstance(answer, Refusal) else None

    def _move_all(self, happening: Happening, now: datetime) -> Refusal | None:
        """Move a deadline of the whole year, then do what is due. Returns the first refusal, if there is one."""
        fields, actor = happening.fields, self._actor(happening.act, happening, None, None)
        reason = fields.get("reason", "统一调整（情景用）")
        try:
            answers = move_deadline(self.engine, self.story.year, fields["stage"], fields["due"], reason, actor)
        except Refusal as refusal:
            return refusal
        self.simulation.run((), now)
        return next((answer for answer in answers if isinstance(answer, Refusal)), None)

    def _on_year(self, happening: Happening, now: datetime) -> Refusal | None:
        """Close the year, or settle its places, then do what is due. Returns the refusal, if there is one."""
        fields = dict(happening.fields)
        if happening.act == acts.SETTLE:
            fields.setdefault("standing", next((one.key for one in self.rulebook.standing), ""))
            if fields.get("order"):
                fields.setdefault("reason", ORDER_REASON)
        command, actor = ACTS[happening.act].command(**fields), self._actor(happening.act, happening, None, None)
        self.commands += 1
        try:
            self.engine.submit(year_stream(self.story.year), command, actor, f"story-{self.commands}")
        except Refusal as refusal:
            return refusal
        self.simulation.run((), now)
        return None

    def _actor(self, act: str, happening: Happening, state: object, command: Command | None) -> Actor:
        """The actor that the story names; otherwise an account with the first role that may do the act."""
        by, _ = policy.entitled_roles(act, state, command, self.rulebook)
        role = happening.role or (by[0] if by else "office")
        if role == CLOCK.role and not happening.account:
            return CLOCK
        return self._actor_of(role, happening)

    def _actor_of(self, role: str, happening: Happening) -> Actor:
        """The account with this role: the one that the story names, or `a-<role>`; of a department, `a-<unit>`."""
        home = happening.account_unit or (happening.unit if role == "unit" else None)
        account = f"a-{home}" if role == "unit" else f"a-{role.replace('_', '-')}"
        return Actor(happening.account or account, role, home)

    def _account(self, act: str) -> Actor:
        """An account with the first role that may do an act which concerns no department."""
        by, _ = policy.entitled_roles(act, None, None, self.rulebook)
        role = next((role for role in by if role != CLOCK.role), "office")
        return Actor(f"a-{role.replace('_', '-')}", role)

    def _stream(self, happening: Happening) -> str:
        if happening.act in ("record_case", "revise_case", "rescind_case"):
            return case_stream(happening.fields["case"])
        act = ACTS.get(happening.act)
        if act is not None and act.state_type is RoutineCheck:
            return routine_check_stream(happening.fields["check"])
        if happening.act in policy.RECORD_ACTS:
            return record_stream(happening.fields["id"])
        if happening.act in ("rename_unit", "reorganise_unit", "restore_unit"):
            return ROSTER
        return self._assessment(happening.unit, happening.occasion)

    def _assessment(self, unit: str, occasion: str | None) -> str:
        return assessment_stream(self.story.year, unit, occasion)
