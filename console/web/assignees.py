"""Who is to do a step or task, as pages show it, and the accounts that may be assigned to it.

Not here: the rules (`states/deadlines/assignment.py`), and the pages on which it is changed (`pages/`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec import Struct
from msgspec.structs import replace

from console.web.request.page_request import PageRequest
from states.assessment import Assessment
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.deadlines.assignment import Assignable, assignable, items_to_assign, still_assigned, why_not
from states.records.account import Account
from states.rulebook.types import Rulebook
from states.views import COMMENTS
from states.vocabulary import UNIT_ROLE, Text


class AssignmentView(Struct, frozen=True):
    """A step or task and the names of those who are to do it.

    `is_users`: the user is one of them. `may_change`: the user may change who does it.
    """

    key: str
    title: Text
    names: tuple[str, ...]
    is_users: bool
    may_change: bool


def accounts_of_user(request: PageRequest) -> set[str]:
    """The account of the user, and those of the user's principals."""
    return {request.user.id, *(one.principal.id for one in request.user.deputyships)}


class AccountsOfRequest:
    """The accounts that a page asks for, each read once: a page of sixty departments asks for the same ones."""

    def __init__(self, request: PageRequest) -> None:
        self._roster, self._names = request.roster, request.account_names
        self._all = {one.id: one for one in request.all_accounts()}
        self._of_user = accounts_of_user(request)

    def candidates(self, unit: str, items: Iterable[Assignable]) -> dict[str, str]:
        """The names of the accounts that may do one of these steps or tasks, by id, in the order of the names."""
        wanted = tuple(items)
        names = {
            id_: name
            for id_, name in self._names.items()
            if any(self.why_not(id_, unit, item) is None for item in wanted)
        }
        return dict(sorted(names.items(), key=lambda one: one[1]))

    def why_not(self, id_: str, unit: str, item: Assignable) -> Text | None:
        """Why an account may not do a step or task; None if it may."""
        return why_not(self.account_of(id_), unit, item, self._roster)

    def account_of(self, id_: str) -> Account:
        """The account with this id. If no account has it, an account that was never opened."""
        return self._all.get(id_) or Account()

    def is_for_others(self, state: Assessment, keys: Collection[str], rulebook: Rulebook) -> bool:
        """Whether all these steps and tasks are assigned to others, of whom at least one may still do each."""
        items = assignable(state, rulebook)
        still = [still_assigned(state, items[key], self.account_of, self._roster) for key in keys if key in items]
        return len(still) == len(keys) > 0 and all(ids and self._of_user.isdisjoint(ids) for ids in still)


def changeable_items(
    request: PageRequest, state: Assessment, context: Context, compiled: CompiledRulebook
) -> dict[str, Assignable]:
    """What the user may assign or hand over now, by key."""
    actor = request.permissions.acts(state, context, compiled).get("assign")
    return items_to_assign(state, replace(context, actor=actor)) if actor is not None else {}


def assignment_views(
    request: PageRequest, state: Assessment, context: Context, compiled: CompiledRulebook
) -> list[AssignmentView]:
    """What is assigned, and what the user may assign.

    People of the department see only what the department alone does, not who assesses it.
    """
    works_on_it, users = request.permissions.may_view(COMMENTS, state.unit), accounts_of_user(request)
    changeable, views = changeable_items(request, state, context, compiled), []
    for key, item in assignable(state, context.rulebook).items():
        assigned = state.assigned.get(key, ())
        is_readable = works_on_it or key in changeable or item.by == (UNIT_ROLE,)
        if is_readable and (assigned or key in changeable):
            names = tuple(request.account_names.get(id_, id_) for id_ in assigned)
            views.append(
                AssignmentView(key, item.title, names, not users.isdisjoint(assigned), may_change=key in changeable)
            )
    return views
