"""The page to check an act on before it is done: what was typed, what is empty, what follows and for whom. Nothing is written before it.

One way for every form: `Visit.submit` raises `Unconfirmed` for an act that is final (`states/chart.py: Act.is_final`) until the form
says `_do=confirm`. The page (`check_page.py`) carries everything that was typed, so it needs no memory; 返回修改 sends it back to its form
(`Reconsidered`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from notifications.notices import notices_for
from states.assessment import Assessment, fold
from states.chart import ACTS, State, decide
from states.context import Context
from states.refusals import Refusal
from states.vocabulary import Command, Fact
from workflow.editions import Law

from . import uploads
from .numbers import whole_number

if TYPE_CHECKING:
    from .visit import Visit

CONFIRM, EDIT = "confirm", "edit"
_OURS = frozenset(("form_token", "command_id", "version", "seen", "_do", "_page", uploads.REMOVE))
"""Fields the form itself adds; they are no part of what was typed."""


class Reconsidered(Refusal):
    """The person went back from the check to the form. Nothing was asked of the law, and nothing was done."""

    zh = "已返回修改，尚未提交。填写的内容都已保留。"
    en = "You are back in the form. Nothing has been submitted, and what you filled in is kept."


class Foreseen(Struct, frozen=True):
    """The stamp a fact would get."""

    number: int
    version: int
    actor: str
    role: str
    recorded_at: datetime


class Prospect(Struct, frozen=True):
    """What a command would do if it were confirmed: the fact, and the assessment after it (None for another stream)."""

    stream: str
    command: Command
    state: State
    context: Context
    fact: Fact
    after: Assessment | None

    @property
    def told(self) -> tuple[str, ...]:
        """The roles that would be told, by name."""
        if self.after is None:
            return ()
        return tuple(sorted({notice.to for notice in notices_for(self.fact, self.after, self.context.rulebook)}))


class Unconfirmed(Exception):
    """Nothing was done: it is to be checked first."""

    def __init__(self, prospects: Sequence[Prospect]) -> None:
        super().__init__()
        self.prospects = tuple(prospects)


def is_ours(name: str) -> bool:
    """Whether the form itself adds the field, so that it is nothing anybody typed."""
    return name in _OURS


def is_due(visit: Visit, act: str) -> bool:
    """Whether this form is to be checked before the act is done, so that nothing may be written yet."""
    return visit.is_page and ACTS[act].is_final and visit.field("_do") != CONFIRM


def check(visit: Visit, commands: Mapping[str, Command]) -> None:
    """Raise `Unconfirmed` if the commands (by stream) must be checked first, `Reconsidered` if the person went back to the form.

    If one of them would be refused, nothing is raised: the engine refuses it when it is submitted, and records a grave attempt.
    """
    if not any(is_due(visit, command.act) for command in commands.values()):
        return
    if visit.field("_do") == EDIT:
        raise Reconsidered
    version, found = whole_number(visit.field("version")), []
    for stream, command in commands.items():
        state, context, edition = visit.surroundings(stream, command)
        if version not in (None, state.version):
            return
        try:
            found.append(foresee(stream, command, state, context, edition))
        except Refusal:
            return
    raise Unconfirmed(found)


def foresee(stream: str, command: Command, state: State, context: Context, edition: Law) -> Prospect:
    """What would come of it. A Refusal where it would be refused."""
    fact = decide(state, command, context, edition.chart)
    if not isinstance(state, Assessment):
        return Prospect(stream, command, state, context, fact, None)
    stamp = Foreseen(0, state.version + 1, context.actor.id, context.actor.role, context.now)
    return Prospect(stream, command, state, context, fact, fold(state, fact, stamp))  # type: ignore[arg-type]
