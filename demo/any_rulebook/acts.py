"""Makes the submission of an act in a year under any rulebook: who does it, with which content.

The content is the default of stories (`scenarios/defaults/`), with the fields that the caller varies.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from config.calendars import WorkingDays
from scenarios.defaults.acts import command_of
from scenarios.defaults.scene import Scene, UnusableHappening
from scheduler.simulation import CommandMaker
from states import policy
from states.assessment import Assessment
from states.records.case import Case
from states.records.record import Record
from states.records.roster import Unit
from states.records.routine_check import RoutineCheck
from states.refusals import Refusal
from states.stream_kinds import State
from states.user_errors import UserError
from states.vocabulary import CLOCK, UNIT_ROLE, Actor, Command, Text
from workflow.engine import Answer, Engine, Submission

from .college import RulebookSample, account_of

READER = Actor("sample-reader", "office")
"""The actor of contexts that are only read."""

SECOND = frozenset({"approve", "accept_answer"})
"""Acts that a second person of the role does: a person who scored does not approve, even if the roles are the same."""


class YearStopped(UserError):
    """The year of the demonstration cannot go on under this rulebook."""

    zh = "演示在 {day} 停止，办理{unit}的“{act}”时：{why}\n此前的各项已写入数据库。"
    en = "The demonstration stopped on {day}, at “{act}” of {unit}: {why}\nEverything before it is in the database."


class ActWriter:
    """Writes the submissions of one year, each with an id of its own."""

    def __init__(self, sample: RulebookSample) -> None:
        self.sample = sample
        self._count = 0
        self._now: Sequence[Submission] = ()
        self._unit_of: dict[str, Unit] = {}

    def write(
        self,
        engine: Engine,
        stream: str,
        act: str,
        unit: Unit,
        *,
        role: str | None = None,
        number: int | None = None,
        occasion: str | None = None,
        **fields: Any,
    ) -> Submission:
        """The submission of an act on this stream, about this department, by person `number` of a role that may do it.

        Raises `YearStopped` if nobody may, or if no content can be made.
        """
        state, context, compiled = engine.context(stream, READER)
        assert isinstance(state, Assessment | Case | RoutineCheck | Record)
        scene = Scene(
            state=state,
            context=context,
            day=context.today,
            unit=unit,
            year=self.sample.year,
            occasion=occasion,
            is_working=WorkingDays().is_working,
        )
        try:
            command = command_of(act, scene, fields)
        except UnusableHappening as error:
            title = policy.title(act, compiled.rulebook.at(occasion), state)
            raise YearStopped(day=context.today, unit=unit.title, act=title, why=error.why) from error
        return self.submission(stream, command, state, unit, context.today, role, number, occasion)

    def submission(
        self,
        stream: str,
        command: Command,
        state: State,
        unit: Unit,
        day: date,
        role: str | None = None,
        number: int | None = None,
        occasion: str | None = None,
    ) -> Submission:
        """The submission of this command by a person of this role, or else of the first role that may do it."""
        rulebook = self.sample.rulebook.at(occasion)
        roles, _ = policy.entitled_roles(command.act, state, command, rulebook)
        people = [role] if role is not None else [one for one in roles if one != CLOCK.role]
        if not people:
            title = policy.title(command.act, rulebook, state, command)
            nobody = Text(zh="办法没有写明由谁办理。", en="the rulebook does not say who does it.")
            raise YearStopped(day=day, unit=unit.title, act=title, why=nobody)
        self._count += 1
        id_ = f"sample-{self.sample.year}-{self._count}"
        self._unit_of[id_] = unit
        number = number or (2 if command.act in SECOND else 1)
        return Submission(stream, command, actor_of(people[0], unit, number), id_)

    def remember(self, make: CommandMaker) -> CommandMaker:
        """The maker, whose submissions of the present moment can be named afterwards (`stop_if_refused`)."""

        def made(engine: Engine) -> Sequence[Submission]:
            self._now = make(engine)
            return self._now

        return made

    def stop_if_refused(self, answers: Sequence[Answer], day: date) -> None:
        """Raise `YearStopped` for the first submission of this moment that was refused."""
        for submission, answer in zip(self._now, answers, strict=False):
            if isinstance(answer, Refusal):
                raise self.stop(answer, submission, day)

    def stop(self, refusal: Refusal, submission: Submission, day: date) -> YearStopped:
        """The end of the year because this submission was refused."""
        rulebook, command = self.sample.rulebook, submission.command
        title = policy.title(command.act, rulebook, None, command)
        return YearStopped(day=day, unit=self._unit_of[str(submission.command_id)].title, act=title, why=refusal.text)


def actor_of(role: str, unit: Unit, number: int) -> Actor:
    """Person `number` of this role. A department has one account."""
    return (
        Actor(f"acct-{unit.unit}", UNIT_ROLE, unit.unit) if role == UNIT_ROLE else Actor(account_of(role, number), role)
    )
