"""Who is to do a step or task, as pages show it, and the accounts that may be assigned to it.

Not here: the rules (`states/deadlines/assignment.py`), and the pages on which it is changed (`pages/`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec import Struct
from msgspec.structs import replace

from console.web.request.page_request import PageRequest
from states.assessment import Assessment
from states.context import Context
from states.deadlines.assignment import Assignable, assignable, items_to_assign, why_not
from states.rulebook.types import Rulebook
from states.views import COMMENTS
from states.vocabulary import UNIT_ROLE, Actor, Text


class AssignmentView(Struct, frozen=True):
    """A step or task, the names of those who are to do it, whether the user is one, and whether the user may change it."""

    key: str
    title: Text
    names: tuple[str, ...]
    is_users: bool
    may_change: bool


def assignment_views(
    request: PageRequest, state: Assessment, context: Context, actor: Actor | None
) -> list[AssignmentView]:
    """What is assigned, and what the user may assign. `actor`: who would assign it; None if the user may not.

    People of the department see only what the department itself does.
    """
    works_on_it = request.permissions.may_view(COMMENTS, state.unit)
    changeable = items_to_assign(state, replace(context, actor=actor)) if actor is not None else {}
    views = []
    for key, item in assignable(state, context.rulebook).items():
        assigned = state.assigned.get(key, ())
        if (works_on_it or UNIT_ROLE in item.by) and (assigned or key in changeable):
            names = tuple(request.account_names.get(id_, id_) for id_ in assigned)
            is_users = not _accounts_of_user(request).isdisjoint(assigned)
            views.append(AssignmentView(key, item.title, names, is_users, key in changeable))
    return views


def candidates(request: PageRequest, state: Assessment, items: Iterable[Assignable]) -> dict[str, str]:
    """The names of the accounts that may do one of these steps or tasks, by id, in the order of the names."""
    by = {role for item in items for role in item.by}
    names = {id_: name for id_, name in request.account_names.items() if _may(request, id_, state.unit, by)}
    return dict(sorted(names.items(), key=lambda one: one[1]))


def is_for_others(request: PageRequest, state: Assessment, keys: Collection[str], rulebook: Rulebook) -> bool:
    """Whether all these steps and tasks are assigned to others, of whom at least one may still do each."""
    users = _accounts_of_user(request)
    items = assignable(state, rulebook)
    return bool(keys) and all(
        users.isdisjoint(assigned := state.assigned.get(key, ()))
        and any(_may(request, id_, state.unit, items[key].by) for id_ in assigned if key in items)
        for key in keys
    )


def _accounts_of_user(request: PageRequest) -> set[str]:
    """The account of the user, and those of the principals."""
    return {request.user.id, *(one.principal.id for one in request.user.deputyships)}


def _may(request: PageRequest, id_: str, unit: str, by: Collection[str]) -> bool:
    return why_not(request.account_of(id_), unit, by, request.roster) is None
