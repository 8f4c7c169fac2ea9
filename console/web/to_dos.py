"""What waits for the account that is signed in: the next act of every assessment that waits for it, of whatever year, by act."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby

from msgspec import Struct

from states.assessment import Assessment
from states.deadlines.lights import Light, begun, timed
from states.offers import Next, next_act
from states.streams import year_stream
from states.vocabulary import Text
from storage import queries

from .display.progress import progress_note
from .pages.assessments.assessment import link
from .pages.assessments.bulk import TOGETHER
from .request.page_request import PageRequest

_LONGEST = 40
"""Characters of a name that is searched for."""


class Item(Struct, frozen=True):
    """One assessment whose next act waits for this account. `left`: working days; `progress_note`: what is to be known of it before."""

    state: Assessment
    unit: str
    path: str
    form: str
    next: Next
    light: Light
    left: int | None
    note: Text | None

    @property
    def year(self) -> int:
        return self.state.year


class Group(Struct, frozen=True):
    """Items of one act. `bulk` is where those that are ticked may be done together, empty where each is done by itself."""

    act: str
    title: Text
    items: tuple[Item, ...]
    bulk: str

    @property
    def late(self) -> int:
        """How many of them are late."""
        return sum(item.light == "late" for item in self.items)


def items(request: PageRequest) -> tuple[Item, ...]:
    """What waits for this account, the earliest deadline first.

    It is asked on every page, so it is remembered with all that a decision about an assessment is handed.
    """
    years = tuple(request.engine.state(year_stream(year)) for year in queries.years(request.database))
    law = (
        request.rulebook,
        request.roster,
        years,
        request.user.account,
        request.today,
        request.soon_until,
        request.working_days,
    )
    made_of = (queries.projection_versions(request.database), *law)
    return request.answer.cached_fragment(
        "work", request.user.id, made_of, lambda: tuple(sorted(_items(request), key=_urgency))
    )


def count(request: PageRequest) -> int:
    """How many things wait for this account."""
    return len(items(request))


def asked(request: PageRequest) -> dict[str, str]:
    """The filter, as the address has it."""
    found = {name: request.query.get(name, "").strip() for name in ("only", "act", "year", "q", "sort")}
    return {**found, "q": found["q"][:_LONGEST], "sort": "unit" if found["sort"] == "unit" else ""}


def shown(found: Iterable[Item], only: Mapping[str, str]) -> list[Item]:
    """The items that pass the filter; what the filter does not know filters nothing."""
    lights = {"late": {"late"}, "soon": {"soon", "back"}}.get(only["only"])
    return [
        item
        for item in found
        if (lights is None or item.light in lights)
        and (not only["act"] or item.next.act == only["act"])
        and (not only["year"] or str(item.year) == only["year"])
        and only["q"].casefold() in item.unit.casefold()
    ]


def groups(request: PageRequest, found: Iterable[Item], only: Mapping[str, str]) -> list[Group]:
    """The items by act, the most urgent act first; within, by deadline or by the unit's title. Acts done together, by year too."""

    def key(item: Item) -> tuple[str, int]:
        return item.next.act, item.year if item.next.act in TOGETHER else 0

    made = []
    for (act, year), of in groupby(sorted(found, key=lambda item: (key(item), _urgency(item))), key):
        alike = list(of)
        bulk = f"/together/{year}/{act}" if year and request.permissions.may_view("together") else ""
        if only["sort"]:
            alike.sort(key=lambda item: (item.unit, item.year))
        made.append(Group(act, alike[0].next.title, tuple(alike), bulk))
    return sorted(made, key=lambda group: min(map(_urgency, group.items)))


def _urgency(item: Item) -> tuple[date, str]:
    return item.next.due or date.max, item.unit


def _items(request: PageRequest) -> Iterator[Item]:
    """Of every year: what is left to be done of a year does not go away when the next is opened."""
    if not request.permissions.may_view("assessment", request.user.unit or ""):
        return
    for year in queries.years(request.database):
        for state in request.engine.assessments_at(queries.active_assessments(request.database, year)):
            if request.permissions.may_view("assessment", state.unit):
                yield from _item(request, state)


def _item(request: PageRequest, state: Assessment) -> Iterator[Item]:
    if state.stage == "circulation" and all(state.tasks.values()) and state.score_holds:
        return
    _, context, compiled = request.context(state.stream)
    rulebook = compiled.rulebook
    following = next_act(state, rulebook)
    if following is None or not request.permissions.may_do(following.act, state, context):
        return
    if following.act == "fill_sheet" and request.user.id in state.sheets:
        return
    due = following.due
    light = timed(begun(state, rulebook), due, request.today, request.soon_until)
    yield Item(
        state, request.roster.title(state.unit, state.year), link(state), link(state, following.act), following,
         "back" if state.again and light != "late" else light, request.working_days.between(request.today, due) if due else None,
        progress_note(request, state, rulebook),
    )  # fmt: skip
