"""What waits for the account that is signed in: the next act of every assessment that waits for it, of whatever year, by act."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby

from msgspec import Struct

from states.assessment import Assessment
from states.deadlines.lights import Light, begun, timed
from states.offers import Next, next_act
from states.vocabulary import Text
from storage import queries

from .display.progress import note
from .pages.assessments.assessment import link
from .pages.assessments.bulk import TOGETHER
from .request import Visit

_LONGEST = 40
"""Characters of a name that is searched for."""


class Item(Struct, frozen=True):
    """One assessment whose next act waits for this account. `left`: working days; `note`: what is to be known of it before."""

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


def items(visit: Visit) -> tuple[Item, ...]:
    """What waits for this account, the earliest deadline first.

    It is asked on every page, so it is remembered with all that a decision about an assessment is handed.
    """
    years = tuple(visit.engine.state(f"year/{year}") for year in queries.years(visit.database))
    law = (visit.rulebook, visit.roster, years, visit.account, visit.today, visit.near, visit.working_days)
    made_of = (queries.projection_versions(visit.database), *law)
    return visit.remembered("work", visit.account.id, made_of, lambda: tuple(sorted(_items(visit), key=_urgency)))


def count(visit: Visit) -> int:
    """How many things wait for this account."""
    return len(items(visit))


def asked(visit: Visit) -> dict[str, str]:
    """The filter, as the address has it."""
    found = {name: visit.request.query_params.get(name, "").strip() for name in ("only", "act", "year", "q", "sort")}
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


def groups(visit: Visit, found: Iterable[Item], only: Mapping[str, str]) -> list[Group]:
    """The items by act, the most urgent act first; within, by deadline or by the unit's title. Acts done together, by year too."""

    def key(item: Item) -> tuple[str, int]:
        return item.next.act, item.year if item.next.act in TOGETHER else 0

    made = []
    for (act, year), of in groupby(sorted(found, key=lambda item: (key(item), _urgency(item))), key):
        alike = list(of)
        bulk = f"/together/{year}/{act}" if year and visit.may("together") else ""
        if only["sort"]:
            alike.sort(key=lambda item: (item.unit, item.year))
        made.append(Group(act, alike[0].next.title, tuple(alike), bulk))
    return sorted(made, key=lambda group: min(map(_urgency, group.items)))


def _urgency(item: Item) -> tuple[date, str]:
    return item.next.due or date.max, item.unit


def _items(visit: Visit) -> Iterator[Item]:
    """Of every year: what is left to be done of a year does not go away when the next is opened."""
    if not visit.may("assessment", visit.unit or ""):
        return
    for year in queries.years(visit.database):
        for state in visit.engine.assessments_at(queries.active_assessments(visit.database, year)):
            if visit.may("assessment", state.unit):
                yield from _item(visit, state)


def _item(visit: Visit, state: Assessment) -> Iterator[Item]:
    if state.stage == "circulation" and all(state.tasks.values()) and state.score_holds:
        return
    _, context, compiled = visit.context(state.stream)
    rulebook = compiled.rulebook
    following = next_act(state, rulebook)
    if following is None or not visit.offered(following.act, state, context):
        return
    if following.act == "fill_sheet" and visit.account.id in state.sheets:
        return
    due = following.due
    light = timed(begun(state, rulebook), due, visit.today, visit.near)
    yield Item(
        state, visit.unit_title(state.unit, state.year), link(state), link(state, following.act), following,
         "back" if state.again and light != "late" else light, visit.working_days.between(visit.today, due) if due else None,
        note(visit, state, rulebook),
    )  # fmt: skip
