"""Where somebody may go from every page: four groups of pages, or the pages themselves where they are few.

`GROUPS` is the one list of what stands in the navigation and in which order. What an account may not see is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from states.records.account import AUDIT
from states.views import VIEWS
from states.vocabulary import Text
from storage.errors import StorageError

if TYPE_CHECKING:
    from .request.page_request import PageRequest

FEW = 5
"""An account with so many pages or fewer has them in the bar, without groups."""


class Place(Struct, frozen=True):
    """One page of the navigation. Its path may have `{unit}`, the reader's own; the title is its view's where none is given."""

    path: str
    title: Text | None = None


class Group(Struct, frozen=True):
    """Pages that belong together."""

    title: Text
    places: tuple[Place, ...]


GROUPS: Mapping[str, Group] = {
    "work": Group(
        Text(zh="办理", en="Work"),
        (
            Place("/", Text(zh="首页", en="Home")), Place("/board"), Place("/inbox"), Place("/routine-checks"),
            Place("/cases"),
        ),
    ),
    "results": Group(
        Text(zh="结果", en="Results"),
        (
            Place("/resolution"), Place("/results", Text(zh="年度结果", en="Year's results")), Place("/tasks"),
            Place("/units/{unit}/results", Text(zh="历年结果", en="Past results")),
        ),
    ),
    "managing": Group(
        Text(zh="管理", en="Manage"),
        (
            Place("/years", Text(zh="年度与期限", en="Years and deadlines")), Place("/roster", Text(zh="名册", en="Roster")),
            Place("/calendar", Text(zh="工作日历", en="Calendar")), Place("/deliveries"), Place("/accounts"), Place("/vault"),
        ),
    ),
    "checking": Group(
        Text(zh="核验", en="Check"),
        (
            Place("/audit", Text(zh="台账记录", en="Entries")), Place("/audit/moments", Text(zh="某一时刻", en="As of")),
            Place("/audit/difference", Text(zh="两个时刻", en="Compare")),
            Place("/audit/verification", Text(zh="复核", en="Verify")), Place("/audit/seals"),
            Place("/audit/exports", Text(zh="导出", en="Exports")),
            Place("/audit/readings", Text(zh="保密查阅", en="Confidential readings")), Place("/security-log"),
        ),
    ),
}  # fmt: skip
"""Every page of the navigation, group by group."""

_OWN: Mapping[str, str] = {"committee": "results", AUDIT: "checking"}
"""The group that is a role's own, where that is not the first: it comes first."""


class Entry(Struct, frozen=True):
    """A page one account may go to. `here` is "page" where it is looked at, "true" where what is looked at lies below it.

    `count` is how much waits there.
    """

    path: str
    title: Text
    here: str = ""
    count: int = 0


class Branch(Struct, frozen=True):
    """A group of the navigation as one account sees it; `here` is the group it is in."""

    title: Text
    entries: tuple[Entry, ...]
    here: bool = False


class Menu(Struct, frozen=True):
    """The navigation of one account on one page. `flat`: the pages are few and stand in the bar without their groups."""

    branches: tuple[Branch, ...]
    flat: bool

    @property
    def beside(self) -> tuple[Entry, ...]:
        """The pages of the group the reader is in; none where all stand in the bar."""
        return () if self.flat else next((branch.entries for branch in self.branches if branch.here), ())


Count = Callable[["PageRequest"], int]


class Navigation:
    """The navigation of one console: `views` by the paths of its pages, and what counts what waits on some of them."""

    def __init__(self, views: Mapping[str, str], counts: Mapping[str, Count]) -> None:
        self._views, self._counts = views, counts

    def menu(self, request: PageRequest) -> Menu:
        """What this account sees, on the page it looks at. What lies below no place belongs to the first group."""
        found = {key: self._entries(request, group) for key, group in GROUPS.items()}
        here = _here(request.http.url.path, (entry.path for entries in found.values() for entry in entries))
        own = {_OWN.get(role, "work") for role in request.user.roles}
        order = sorted((key for key, entries in found.items() if entries), key=lambda key: key not in own)
        marked = {key: tuple(_marked(entry, here, request.http.url.path) for entry in found[key]) for key in order}
        at = next(
            (key for key, entries in marked.items() if any(entry.here for entry in entries)), next(iter(marked), "")
        )
        branches = tuple(Branch(GROUPS[key].title, entries, key == at) for key, entries in marked.items())
        return Menu(branches, sum(len(branch.entries) for branch in branches) <= FEW)

    def _entries(self, request: PageRequest, group: Group) -> list[Entry]:
        return [self._entry(request, place) for place in group.places if self._is_for(request, place)]

    def _is_for(self, request: PageRequest, place: Place) -> bool:
        own = "{unit}" in place.path
        is_there = place.path in self._views and request.permissions.may_view(self._views[place.path])
        return is_there and (not own or ("unit" in request.user.roles and request.user.unit is not None))

    def _entry(self, request: PageRequest, place: Place) -> Entry:
        title = place.title or VIEWS[self._views[place.path]].title
        return Entry(place.path.replace("{unit}", request.user.unit or ""), title, count=self._count(request, place))

    def _count(self, request: PageRequest, place: Place) -> int:
        # A damaged entry must not take away the very pages on which an auditor sees it: the count is left out.
        try:
            return self._counts[place.path](request) if place.path in self._counts else 0
        except StorageError:
            return 0


def _here(path: str, paths: Iterable[str]) -> str:
    """Of these pages the one that is looked at, or below which what is looked at lies; empty for none."""
    above = (one for one in paths if path == one or (one != "/" and path.startswith(f"{one}/")))
    return max(above, key=len, default="")


def _marked(entry: Entry, here: str, path: str) -> Entry:
    return replace(entry, here="page" if path == here else "true") if entry.path == here else entry
