"""Does what a plan says: registers and changes departments, and stores people. All or nothing.

Accounts are opened by the system administrator, and roles granted by the security administrator, on their own pages:
what the sheets say of roles is stored with the people, and those pages propose it.
"""

from __future__ import annotations

from msgspec.structs import asdict

from states.refusals import Refusal
from states.streams import ROSTER
from states.vocabulary import Actor, Command
from states.year.roster import ChangeUnit, RegisterUnit
from workflow.engine import Engine, Submission
from workflow.people import store_people

from .plan import MoveInPlan, UnitPlan


def commands_of(plan: MoveInPlan) -> list[Command]:
    """One command for each department that is new or changes."""
    return [_command(one) for one in plan.units]


def _command(one: UnitPlan) -> Command:
    kind = RegisterUnit if one.is_new else ChangeUnit
    return kind(**asdict(one.unit))


def carry_out(engine: Engine, plan: MoveInPlan, actor: Actor, command_id: str) -> Refusal | None:
    """Store the people and register the departments. Returns the refusal of a department, of which nothing is done.

    There is one exception: if somebody else changes the roster at the same moment, the people are stored already.
    """
    assert not plan.faults, "a plan with faults was to be corrected first"
    commands = commands_of(plan)
    answers = engine.preview_many([(ROSTER, command) for command in commands], lambda *_: (actor,), engine.clock.now())
    refusal = next((answer for answer in answers if isinstance(answer, Refusal)), None)
    if refusal is not None:
        return refusal
    # People first: if the program ends between the two, the roster has no id that nobody knows.
    store_people(engine, [one.person for one in plan.people], actor)
    submissions = [
        Submission(ROSTER, command, actor, f"{command_id}/{number}") for number, command in enumerate(commands)
    ]
    return next((answer for answer in engine.submit_many(submissions) if isinstance(answer, Refusal)), None)
