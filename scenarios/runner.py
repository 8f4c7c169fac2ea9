"""Runs a story on a virtual clock, and checks every expectation.

    story = load(path)
    edition = story.edition(default_edition())
    clock = VirtualClock(story.begins(edition))
    result = run(story, wiring.compose_engine(url, clock, edition), clock)

Each story needs an empty ledger. Its commands go through the engine and its rounds are the daemon's, so what holds in a story holds in the
program. docs/scenarios.md explains stories to those who write them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from config.calendars import WorkingDays
from config.clock import VirtualClock
from scheduler.simulation import Simulation, SimulationStep
from states import policy
from states.assessment import Assessment
from states.chart import ACTS
from states.records.case import Case
from states.records.roster import Roster, Unit
from states.records.routine_check import RoutineCheck
from states.refusals import NotThere, Refusal
from states.stages import scoring
from states.stages.kinds import STAGE_COMMANDS
from states.streams import ROSTER, assessment_stream, case_stream, routine_check_stream, year_stream
from states.vocabulary import CLOCK, Actor, Command, Text
from states.year.year import CloseYear
from workflow.engine import Answer, Engine, Submission
from workflow.year import move_deadline, open_year, register

from . import defaults
from .checks import Check, check, cite_all
from .defaults import Scene, UnusableHappening
from .observations import ObservedAssessment
from .story import EVENING, MORNING, Expectation, Happening, Story, StoryFault, moment

_OFFICE = Actor("a-office", "office")
_READER = Actor("a-reader", "office")
_DONE = "✓"


class StoryResult(Struct, frozen=True, kw_only=True):
    """What came of a story: every check, in the order of time. `entries` is the number of entries in the ledger."""

    story: Story
    checks: tuple[Check, ...]
    entries: int

    @property
    def ok(self) -> bool:
        """Whether everything came as expected, and something was expected."""
        return bool(self.checks) and all(c.ok for c in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(c for c in self.checks if not c.ok)


def run(story: Story, engine: Engine, clock: VirtualClock) -> StoryResult:
    """Run `story` on an engine made with `story.edition(…)`, over an empty ledger. Raises `StoryFault`."""
    return _StoryRun(story, engine, clock).run()


Action = Callable[[datetime], None]


class _StoryRun:
    """The run of one story."""

    def __init__(self, story: Story, engine: Engine, clock: VirtualClock) -> None:
        self.story = story
        self.engine = engine
        self.edition = engine.editions.edition_in_force
        self.rulebook = self.edition.rulebook
        self.is_working = WorkingDays().is_working
        self.units: dict[str, Unit] = {u.unit: u for u in story.units}
        self.checks: list[Check] = []
        self.commands = 0
        self._answers: list[Answer] = []
        self.simulation = Simulation(
            engine,
            clock,
            tuple(self._outages()),
            lambda _at, given: self._answers.extend(given),
            is_working=self.is_working,
        )

    def run(self) -> StoryResult:
        for at, action in self._timeline():
            self.simulation.run((), at)
            action(at)
        entries = self.engine.ledger.head().number
        return StoryResult(story=self.story, checks=tuple(self.checks), entries=entries)

    def _outages(self) -> Iterator[tuple[datetime, datetime]]:
        """When the daemon does not run: from the beginning of the first day to the end of the last, where only days are given."""
        for start, end in self.story.asleep:
            until = end if isinstance(end, datetime) else end + timedelta(days=1)
            yield moment(start, time(0), self.edition), moment(until, time(0), self.edition)

    def _timeline(self) -> list[tuple[datetime, Action]]:
        """Everything that has a date, in the order of time; at the same moment, in the order of the file."""
        line: list[tuple[datetime, Action]] = [(self.story.begins(self.edition), self._register_departments)]
        opening = self.story.opening(self.edition)
        if opening is not None:
            line.append((opening, self._open))
        line += [(moment(h.on, MORNING, self.edition), self._action_of(h)) for h in self.story.happenings]
        seen = [e for e in self.story.expectations if e.on is not None]
        line += [(moment(e.on, EVENING, self.edition), self._check_of(e)) for e in seen if e.on is not None]
        line.sort(key=lambda item: item[0])
        last = line[-1][0].astimezone(ZoneInfo(self.rulebook.timezone))
        at_end = [self._check_of(e) for e in self.story.expectations if e.on is None]
        return line + [(datetime.combine(last.date(), EVENING, last.tzinfo), action) for action in at_end]

    def _register_departments(self, at: datetime) -> None:
        try:
            register(self.engine, self.story.units, _OFFICE)
        except Refusal as refusal:
            raise StoryFault(file=self.story.file, key="unit", why=refusal.text) from refusal

    def _open(self, at: datetime) -> None:
        year, roster = self.story.year, self.engine.state(ROSTER)
        assert isinstance(roster, Roster)
        units = [roster.units[one.unit] for one in self.story.units if not roster.is_retired(one.unit, year)]
        try:
            opened = open_year(self.engine, year, units, _OFFICE, self.is_working, dict(self.story.due))
        except Refusal as refusal:
            raise StoryFault(file=self.story.file, key="year", why=refusal.text) from refusal
        for stream, refused in opened.refused.items():
            raise StoryFault(file=self.story.file, key=stream, why=refused.text)
        self.simulation.run((), at)

    def _action_of(self, happening: Happening) -> Action:
        def action(at: datetime) -> None:
            refusal = self._perform(happening, at)
            self._check_refusal(happening, refusal, at)
            self._check(happening.then, self._assessment(happening.unit, happening.occasion), happening.unit, at)

        return action

    def _check_of(self, expectation: Expectation) -> Action:
        def action(at: datetime) -> None:
            stream = self._assessment(expectation.unit, expectation.occasion)
            self._check(expectation.expected, stream, expectation.unit, at)

        return action

    def _check(self, expected: Mapping[str, Any], stream: str, unit: str, at: datetime) -> None:
        if expected:
            state, context, _ = self.engine.context(stream, _READER)
            assert isinstance(state, Assessment)
            seen = ObservedAssessment(state, context, self.engine.ledger.stream(stream))
            self.checks += [check(key, value, seen, at, unit) for key, value in expected.items()]

    def _check_refusal(self, happening: Happening, refusal: Refusal | None, at: datetime) -> None:
        """Add a check for a refusal that was expected or that came. A command that is accepted as usual needs none."""
        if refusal is None and happening.refused is None:
            return
        clause = refusal.details.get("clause") if refusal else None
        self.checks.append(
            Check(
                at=at, unit=happening.unit, key="refused", clause=cite_all((clause,) if isinstance(clause, str | Text) else ()),
                expected=f"{happening.do} → {happening.refused or _DONE}",
                came=f"{happening.do} → {refusal.code if refusal else _DONE}",
                ok=(refusal.code if refusal else None) == happening.refused,
                because=refusal.text if refusal else Text(zh="", en=""),
            )
        )  # fmt: skip

    def _perform(self, happening: Happening, at: datetime) -> Refusal | None:
        """Do what the happening says. Returns the refusal, if it was refused."""
        try:
            if happening.do == defaults.MOVE_ALL:
                return self._move_all(happening, at)
            if happening.do == defaults.CLOSE:
                return self._close(happening, at)
            if happening.do == defaults.WALK:
                return self._walk(happening, at)
            return self._submit(happening.do, happening, happening.given, at)
        except UnusableHappening as fault:
            key = f"{happening.key}.{fault.key}"
            raise StoryFault(file=self.story.file, key=key, why=fault.why) from fault

    def _walk(self, happening: Happening, at: datetime) -> Refusal | None:
        """Take stage after stage with default content until the target is reached, or a step is refused."""
        stream, stages = self._stream(happening), tuple(self.rulebook.stages)
        if happening.given["to"] not in stages:
            known = ", ".join(stages)
            bad = happening.given["to"]
            raise UnusableHappening("to", f"没有步骤 {bad}，可用：{known}", f"there is no stage {bad}; known: {known}")
        target = stages.index(happening.given["to"])
        while True:
            state, context, _ = self.engine.context(stream, _READER)
            assert isinstance(state, Assessment)
            if state.stage not in stages:
                return NotThere(act=defaults.WALK, stream=stream, first=Text(zh="启动考核", en="open the assessment"))
            here = stages.index(state.stage)
            again = state.stage == "scoring" and scoring.is_stale(state, context)
            if here >= target and not (again and here == target):
                return None
            kind = self.rulebook.stage[here if again else here + 1].kind
            refusal = self._step(kind, state, happening, at)
            if refusal is not None:
                return refusal

    def _step(self, kind: str, state: Assessment, happening: Happening, at: datetime) -> Refusal | None:
        """Take one stage of a walk; before scoring, fill the score sheets that it needs."""
        act = STAGE_COMMANDS[kind].act
        expected = {"score": ("given", "marks"), "submit_self_report": ("scores",)}.get(act, ())
        given = {key: happening.given[key] for key in expected if key in happening.given}
        if kind == "scoring" and state.stage != "scoring":
            for n in range(1, self.rulebook.scoring.minimum_sheets + 1):
                refusal = self._submit("fill_sheet", happening, given, at, Actor(f"a-assessor-{n}", "assessor"))
                if refusal is not None:
                    return refusal
        return self._submit(act, happening, given, at, None)

    def _submit(
        self, act: str, happening: Happening, given: Mapping[str, Any], at: datetime, actor: Actor | None = None
    ) -> Refusal | None:
        """Submit one command at this moment, then let the daemon do a round."""
        stream = self._stream(happening)
        state, context, _ = self.engine.context(stream, _READER)
        assert isinstance(state, Assessment | Case | RoutineCheck | Roster)
        scene = Scene(
            state=state, context=context, day=context.today, unit=self.units[happening.unit], year=self.story.year,
            occasion=happening.occasion, is_working=self.is_working,
        )  # fmt: skip
        command = defaults.command_of(act, scene, given)
        self.commands += 1
        who = actor or self._actor(act, happening, state, command)
        submission = Submission(stream, command, who, f"story-{self.commands}")
        self._answers.clear()
        self.simulation.run([SimulationStep(at, (submission,))], at)
        answer = self._answers[-1]
        return answer if isinstance(answer, Refusal) else None

    def _move_all(self, happening: Happening, at: datetime) -> Refusal | None:
        given, actor = happening.given, self._actor(happening.do, happening, None, None)
        reason = given.get("reason", "统一调整（情景用）")
        try:
            answers = move_deadline(self.engine, self.story.year, given["stage"], given["due"], reason, actor)
        except Refusal as refusal:
            return refusal
        self.simulation.run((), at)
        return next((a for a in answers if isinstance(a, Refusal)), None)

    def _close(self, happening: Happening, at: datetime) -> Refusal | None:
        command, actor = CloseYear(**happening.given), self._actor(happening.do, happening, None, None)
        self.commands += 1
        try:
            self.engine.submit(year_stream(self.story.year), command, actor, f"story-{self.commands}")
        except Refusal as refusal:
            return refusal
        self.simulation.run((), at)
        return None

    def _actor(self, act: str, happening: Happening, state: object, command: Command | None) -> Actor:
        """Who the story names; else an account of the first role the act is for."""
        by, _ = policy.entitled(act, state, command, self.rulebook)
        role = happening.by or (by[0] if by else "office")
        if role == CLOCK.role and not happening.who:
            return CLOCK
        home = happening.of or (happening.unit if role == "unit" else None)
        account = f"a-{home}" if role == "unit" else f"a-{role.replace('_', '-')}"
        return Actor(happening.who or account, role, home)

    def _stream(self, happening: Happening) -> str:
        if happening.do in ("record_case", "revise_case", "rescind_case"):
            return case_stream(happening.given["case"])
        act = ACTS.get(happening.do)
        if act is not None and act.state_type is RoutineCheck:
            return routine_check_stream(happening.given["check"])
        if happening.do in ("rename_unit", "reorganise_unit", "restore_unit"):
            return "roster"
        return self._assessment(happening.unit, happening.occasion)

    def _assessment(self, unit: str, occasion: str | None) -> str:
        return assessment_stream(self.story.year, unit, occasion)
