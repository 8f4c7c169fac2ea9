"""What the user may see and do. Every answer comes from `states/`: the console decides nothing of its own."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from states import policy
from states.assessment import Assessment
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.offers import offers
from states.records.roster import Roster
from states.stream_kinds import State
from states.views import may_read_result, may_view, permit_view
from states.vocabulary import Actor

from .user import User


class Permissions:
    """The permissions of one user. `roster` reads the roster, which is needed only where a view belongs to one department."""

    def __init__(self, user: User, roster: Callable[[], Roster]) -> None:
        self._user = user
        self._roster = roster

    def may_view(self, view: str, unit: str | None = None) -> bool:
        """Whether the user may see this view, of this department where it is given."""
        user = self._user
        return may_view(view, user.roles, user.unit, unit, self._roster() if unit is not None else None)

    def require_view(self, view: str, unit: str | None = None) -> None:
        """As `may_view`, but raises the `Refusal` that says why not."""
        user = self._user
        permit_view(view, user.roles, user.unit, unit, self._roster() if unit is not None else None)

    def may_read_result(self, state: Assessment) -> bool:
        """Whether the user may read the points and the grade of an assessment."""
        return may_read_result(state, self._user.roles, self._user.unit, self._roster())

    def acts(self, state: Assessment, context: Context, compiled: CompiledRulebook) -> dict[str, Actor]:
        """The acts that the user may do now, each with the role it would be done in: the source of every button."""
        found: dict[str, Actor] = {}
        for actor in self._user.actors:
            for act in offers(state, replace(context, actor=actor), compiled.chart):
                found.setdefault(act, actor)
        return found

    def may_do(self, act: str, state: State, context: Context) -> bool:
        """Whether the user may do this one act now: cheaper than `acts`, where a list asks it of each of its rows."""
        return any(policy.offered(act, state, replace(context, actor=actor)) for actor in self._user.actors)

    def require_act(self, act: str, state: State, context: Context) -> None:
        """Raise the `Refusal` that says whose act it is, unless it is the user's: nobody else is shown its form."""
        if not self.may_do(act, state, context):
            entitled, _clause = policy.entitled(act, state, None, context.rulebook)
            policy.permit_form(act, state, replace(context, actor=self._user.actor(*entitled)))
