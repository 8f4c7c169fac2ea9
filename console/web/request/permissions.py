"""The permissions of the user. The rules are in `states/`; nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from states import policy
from states.assessment import Assessment
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.offers import offers
from states.records.record import Record
from states.records.roster import Roster
from states.refusals import NotYours
from states.rulebook.types import Rulebook
from states.stream_kinds import State
from states.views import (
    CLAUSE,
    VIEWS,
    NotForYou,
    any_reader_may,
    may_change_folder,
    may_read_record,
    may_read_result,
    may_view,
    permit_view,
)
from states.vocabulary import Actor, Command, Text

from .user import User


class Permissions:
    """The permissions of one user under the rulebook in force.

    `roster` reads the roster; it is called only for a view of one department.
    """

    def __init__(self, user: User, rulebook: Rulebook, roster: Callable[[], Roster]) -> None:
        self._user = user
        self._rulebook = rulebook
        self._roster = roster

    def may_view(self, view: str, unit: str | None = None) -> bool:
        """Whether the user may see a view, or the view of one department."""
        roster = self._roster() if unit is not None else None
        return any_reader_may(
            self._user.readers, lambda roles, own: may_view(view, roles, own, self._rulebook, unit, roster)
        )

    def require_view(self, view: str, unit: str | None = None) -> None:
        """Raise the `Refusal` with the reason if the user may not see a view, or the view of one department."""
        if not self.may_view(view, unit):
            roster = self._roster() if unit is not None else None
            for reader in self._user.readers:
                for own in reader.units:
                    permit_view(view, self._user.roles | reader.roles, own, self._rulebook, unit, roster)
            raise NotForYou(view=VIEWS[view].title, clause=CLAUSE)

    def may_change_folder(self, unit: str) -> bool:
        """Whether the user may change the folder of evidence of a department."""
        roster = self._roster()
        return any_reader_may(self._user.readers, lambda roles, own: may_change_folder(roles, own, unit, roster))

    def may_read_result(self, state: Assessment) -> bool:
        """Whether the user may read the points and the grade of an assessment."""
        roster = self._roster()
        return any_reader_may(
            self._user.readers, lambda roles, own: may_read_result(state, roles, own, self._rulebook, roster)
        )

    def may_read_record(self, record: Record, rulebook: Rulebook) -> bool:
        """Whether the user may read a record that is neither a case nor a routine check."""
        roster = self._roster()
        return any_reader_may(
            self._user.readers, lambda roles, own: may_read_record(record, rulebook, roles, own, roster)
        )

    def acts(self, state: Assessment, context: Context, compiled: CompiledRulebook) -> dict[str, Actor]:
        """The acts that the user may do now, each with the actor that would do it. A page has a button for each."""
        acts: dict[str, Actor] = {}
        for actor in self._user.actors:
            for act in offers(state, replace(context, actor=actor), compiled.chart):
                acts.setdefault(act, actor)
        return acts

    def may_do(self, act: str, state: State, context: Context) -> bool:
        """Whether the user may do one act now. Cheaper than `acts` for a list with many rows."""
        return any(policy.may_offer(act, state, replace(context, actor=actor)) for actor in self._user.actors)

    def is_entitled(
        self, act: str, rulebook: Rulebook | None = None, state: State | None = None, command: Command | None = None
    ) -> bool:
        """Whether one of the user's roles may do an act under a rulebook (None: the one in force).

        Not whether the act is possible now (`may_do`). Without a state and a command, the roles are those in any state.
        """
        entitled_roles, _clause = policy.entitled_roles(act, state, command, rulebook or self._rulebook)
        return not self._user.roles.isdisjoint(entitled_roles)

    def entitled_actor(self, act: str, done: Text) -> Actor:
        """The user in a role that may do an act, for something that is no act itself but needs the right to that act.

        Raises `NotYours` if no role of the user may. The refusal names what is to be `done`.
        """
        entitled_roles, clause = policy.entitled_roles(act, None, None, self._rulebook)
        actor = self._user.actor(*entitled_roles)
        if actor.role not in entitled_roles:
            role, by = policy.role_title(actor.role, self._rulebook), policy.role_titles(entitled_roles, self._rulebook)
            raise NotYours(act=done, role=role, by=by, clause=clause)
        return actor

    def require_act(self, act: str, state: State, context: Context) -> None:
        """If the user may not do the act, raise the `Refusal` that names the entitled roles.

        To be called before the form of the act is shown.
        """
        if not self.may_do(act, state, context):
            entitled_roles, _clause = policy.entitled_roles(act, state, None, context.rulebook)
            policy.permit_to_open(act, state, replace(context, actor=self._user.actor(*entitled_roles)))
