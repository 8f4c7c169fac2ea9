"""The to-do list of the user: the acts for which assessments of all years wait, and requests that the user may make.

Filters and groups it too.

Not here: routine checks and accounts that wait for the user, which are on the first page too (`pages/`), and the duties
of the audit administrator (`audit_work.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby

from msgspec import Struct

from states import offers
from states.assessment import Assessment, ChaseState
from states.deadlines.assignment import SHEETS
from states.deadlines.chase import last_chase
from states.deadlines.lights import Light, light_of, possible_since
from states.offers import NextAct
from states.rulebook.types import Rulebook
from states.streams import year_stream
from states.vocabulary import Text
from storage import queries

from .assessment_paths import BULK_ACTS, assessment_path
from .assignees import AccountsOfRequest, accounts_of_user
from .display.progress import progress_note
from .request.page_request import PageRequest

_MAX_SEARCH_LENGTH = 40
"""The most characters of a search for a department's name."""


class AssessmentToDo(Struct, frozen=True):
    """One assessment whose next act waits for the user.

    `path` is the page of the assessment, `form` that of the act's form. `days_left` are working days until the
    deadline, negative after it; None without a deadline. `note` is something that the user should know before.
    `chase` is the last time that somebody chased it; None if nobody did. `keys` are the keys under which it can be
    assigned (`states/deadlines/assignment.py`). `is_assigned`: it is assigned; `is_users`: to the user too.
    """

    state: Assessment
    unit: str
    path: str
    form: str
    next: NextAct
    light: Light
    days_left: int | None
    note: Text | None
    chase: ChaseState | None = None
    keys: tuple[str, ...] = ()
    is_assigned: bool = False
    is_users: bool = False

    @property
    def year(self) -> int:
        return self.state.year


class ToDoGroup(Struct, frozen=True):
    """The to-dos of one act.

    `bulk` is the path of the page that does the act for several departments at once; empty if there is no such page.
    """

    act: str
    title: Text
    items: tuple[AssessmentToDo, ...]
    bulk: str

    @property
    def late(self) -> int:
        return sum(item.light == "late" for item in self.items)


def to_dos_of(request: PageRequest) -> tuple[AssessmentToDo, ...]:
    """The to-dos of the user, the earliest deadline first; without those that are assigned to others."""
    return tuple(item for item, is_for_others in _with_others(request) if not is_for_others)


def count_for_others(request: PageRequest) -> int:
    """The number of to-dos that the user may do, and that are assigned to others."""
    return sum(is_for_others for _, is_for_others in _with_others(request))


def _with_others(request: PageRequest) -> list[tuple[AssessmentToDo, bool]]:
    """Everything that the user may do now, each with whether it is assigned to others."""
    # Not cached with the to-dos: it depends on the accounts of others, one of which may have been closed.
    items, rulebook_of = _possible(request), request.engine.rulebook_of
    if not any(one.is_assigned for one in items):
        return [(one, False) for one in items]
    accounts = AccountsOfRequest(request)
    return [
        (one, one.is_assigned and accounts.is_for_others(one.state, one.keys, rulebook_of(one.state.stream)))
        for one in items
    ]


def _possible(request: PageRequest) -> tuple[AssessmentToDo, ...]:
    """Everything that the user may do now, the earliest deadline first."""
    # The navigation of every page shows their number, so the list is cached. `depends_on` must name everything that it
    # depends on: the last entry of any assessment, and everything else that a decision about an assessment uses.
    years = tuple(request.engine.state(year_stream(year)) for year in queries.years(request.database))
    depends_on = (
        queries.last_projected_entry(request.database),
        request.rulebook,
        request.roster,
        years,
        request.user.account,
        request.user.deputyships,
        request.today,
        request.soon_until,
        request.working_days,
    )
    return request.answer.cached_fragment(
        "work", request.user.id, depends_on, lambda: tuple(sorted(_to_dos(request), key=_urgency))
    )


def count_to_dos(request: PageRequest) -> int:
    """The number of assessments that wait for the user."""
    return len(to_dos_of(request))


def filters_of(request: PageRequest) -> dict[str, str]:
    """The filter in the page's address, by the names of its fields."""
    values = {name: request.query.get(name, "").strip() for name in ("only", "act", "year", "q", "sort")}
    return {**values, "q": values["q"][:_MAX_SEARCH_LENGTH], "sort": "unit" if values["sort"] == "unit" else ""}


def filter_to_dos(todos: Iterable[AssessmentToDo], filters: Mapping[str, str]) -> list[AssessmentToDo]:
    """The to-dos that pass the filter (`filters_of`). An unknown value of its field `only` has no effect."""
    lights = {"late": {"late"}, "soon": {"soon", "back"}}.get(filters["only"])
    return [
        item
        for item in todos
        if (lights is None or item.light in lights)
        and (not filters["act"] or item.next.act == filters["act"])
        and (not filters["year"] or str(item.year) == filters["year"])
        and filters["q"].casefold() in item.unit.casefold()
    ]


def group_to_dos(request: PageRequest, todos: Iterable[AssessmentToDo], filters: Mapping[str, str]) -> list[ToDoGroup]:
    """Group the to-dos by act, the most urgent group first; in a group sort by deadline, or as the filter says.

    An act that can be done for several departments at once has a group for each year.
    """

    def key(item: AssessmentToDo) -> tuple[str, int]:
        return item.next.act, item.year if item.next.act in BULK_ACTS else 0

    groups = []
    for (act, year), members in groupby(sorted(todos, key=lambda item: (key(item), _urgency(item))), key):
        group = list(members)
        bulk = f"/together/{year}/{act}" if year and request.permissions.may_view("together") else ""
        if filters["sort"]:
            group.sort(key=lambda item: (item.unit, item.year))
        groups.append(ToDoGroup(act, group[0].next.title, tuple(group), bulk))
    return sorted(groups, key=lambda group: min(map(_urgency, group.items)))


def _urgency(item: AssessmentToDo) -> tuple[date, str]:
    return item.next.due or date.max, item.unit


def _to_dos(request: PageRequest) -> Iterator[AssessmentToDo]:
    # All years, because open to-dos of one year remain when the next year is opened.
    if not request.permissions.may_view("assessment", request.user.unit or ""):
        return
    for year in queries.years(request.database):
        for state in request.engine.assessments_at(queries.active_assessments(request.database, year)):
            if request.permissions.may_view("assessment", state.unit):
                yield from _to_dos_of_assessment(request, state)


def _to_dos_of_assessment(request: PageRequest, state: Assessment) -> Iterator[AssessmentToDo]:
    """The to-dos of one assessment: its next acts that are the user's, without a sheet that the user has filled in."""
    is_done = state.stage == "circulation" and all(state.tasks.values()) and state.has_valid_score
    if is_done and not state.awaits_reopening and not request.engine.rulebook_of(state.stream).window:
        return
    _, context, compiled = request.context(state.stream)
    request_to_make = offers.request_to_make(state, context)
    for upcoming_act in (
        *offers.next_acts(state, context),
        *([request_to_make] if request_to_make is not None else []),
    ):
        is_of_role = not request.user.roles.isdisjoint(upcoming_act.by)
        is_users = is_of_role and request.permissions.may_do(upcoming_act.act, state, context)
        # Each assessor fills in one sheet.
        if is_users and not (upcoming_act.act == "fill_sheet" and request.user.id in state.sheets):
            yield _to_do(request, state, upcoming_act, compiled.rulebook)


def _to_do(request: PageRequest, state: Assessment, upcoming_act: NextAct, rulebook: Rulebook) -> AssessmentToDo:
    due = upcoming_act.due
    keys = (SHEETS,) if upcoming_act.act == "fill_sheet" else upcoming_act.items
    assigned = {id_ for key in keys for id_ in state.assigned.get(key, ())}
    light = light_of(possible_since(state, rulebook), due, request.today, request.soon_until)
    return AssessmentToDo(
        state=state,
        unit=request.roster.title(state.unit, state.year),
        path=assessment_path(state),
        form=assessment_path(state, upcoming_act.act),
        next=upcoming_act,
        light="back" if state.again and light != "late" else light,
        days_left=request.working_days.between(request.today, due) if due else None,
        note=progress_note(request, state, rulebook),
        chase=last_chase(state, upcoming_act.items),
        keys=keys,
        is_assigned=bool(assigned),
        is_users=not accounts_of_user(request).isdisjoint(assigned),
    )
