"""The navigation above every page: four groups of links, or ungrouped links if there are only a few.

`GROUPS` is the only list of its pages, in order. An account gets links to the pages that it may see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request

from states.cases.record import kinds_to_enter
from states.records.account import AUDIT
from states.rulebook.types import Rulebook
from states.views import VIEWS
from states.vocabulary import Text
from storage.errors import StorageError

from .permissions import Permissions
from .user import User

MAX_UNGROUPED_LINKS = 5
"""If an account has at most this number of links, all are in the bar, without groups."""


class NavigationPage(Struct, frozen=True):
    """One page of the navigation.

    `{unit}` in its path stands for the user's own department. If `title` is None, the page has the title of its view.
    `applies`: whether the rulebook in force has anything for the page; None: always.
    """

    path: str
    title: Text | None = None
    applies: Callable[[Rulebook], bool] | None = None


class NavigationGroup(Struct, frozen=True):
    """Pages that belong together, under one title."""

    title: Text
    pages: tuple[NavigationPage, ...]


GROUPS: Mapping[str, NavigationGroup] = {
    "work": NavigationGroup(
        Text(zh="办理", en="Work"),
        (
            NavigationPage("/", Text(zh="首页", en="Home")),
            NavigationPage("/board"),
            NavigationPage("/inbox"),
            NavigationPage("/routine-checks"),
            NavigationPage("/sheets"),
            NavigationPage("/papers"),
            NavigationPage("/cases"),
            NavigationPage("/records", applies=lambda rulebook: bool(kinds_to_enter(rulebook))),
        ),
    ),
    "results": NavigationGroup(
        Text(zh="结果", en="Results"),
        (
            NavigationPage("/standings", applies=lambda rulebook: bool(rulebook.standing)),
            NavigationPage("/resolution"),
            NavigationPage("/results", Text(zh="年度结果", en="Year's results")),
            NavigationPage("/tasks"),
            NavigationPage("/units/{unit}/results", Text(zh="历年结果", en="Past results")),
            NavigationPage("/my-result"),
        ),
    ),
    "managing": NavigationGroup(
        Text(zh="管理", en="Manage"),
        (
            NavigationPage("/years", Text(zh="年度与期限", en="Years and deadlines")),
            NavigationPage("/roster", Text(zh="名册", en="Roster")),
            NavigationPage("/people"),
            NavigationPage("/calendar", Text(zh="工作日历", en="Calendar")),
            NavigationPage("/deliveries"),
            NavigationPage("/accounts"),
            NavigationPage("/vault"),
        ),
    ),
    "checking": NavigationGroup(
        Text(zh="核验", en="Check"),
        (
            NavigationPage("/audit", Text(zh="台账记录", en="Entries")),
            NavigationPage("/audit/moments", Text(zh="某一时刻", en="As of")),
            NavigationPage("/audit/difference", Text(zh="两个时刻", en="Compare")),
            NavigationPage("/audit/verification", Text(zh="复核", en="Verify")),
            NavigationPage("/audit/seals"),
            NavigationPage("/audit/exports", Text(zh="导出", en="Exports")),
            NavigationPage("/audit/readings", Text(zh="保密查阅", en="Confidential readings")),
            NavigationPage("/security-log"),
        ),
    ),
}
"""Every page of the navigation, group by group."""


class NavigationLink(Struct, frozen=True):
    """A link to a page. `aria_current` is "page" on that page, "true" on a page below it, otherwise empty.

    `count` is the number of things that wait on the page.
    """

    path: str
    title: Text
    aria_current: str = ""
    count: int = 0


class LinkGroup(Struct, frozen=True):
    """A group of the navigation for one account. `is_open`: the current page belongs to this group."""

    title: Text
    links: tuple[NavigationLink, ...]
    is_open: bool = False


class Menu(Struct, frozen=True):
    """The navigation of one account on one page. `flat`: the links are in the bar without groups."""

    groups: tuple[LinkGroup, ...]
    flat: bool

    @property
    def second_row(self) -> tuple[NavigationLink, ...]:
        """The links of the open group; empty if all links are in the bar."""
        return () if self.flat else next((group.links for group in self.groups if group.is_open), ())


class Viewer(Protocol):
    """The part of a request that the navigation reads.

    `PageRequest` is not imported, because it imports this module.
    """

    http: Request
    user: User

    @property
    def permissions(self) -> Permissions: ...
    @property
    def rulebook(self) -> Rulebook: ...


ViewerRequest = TypeVar("ViewerRequest", bound=Viewer)


class Navigation(Generic[ViewerRequest]):
    """The navigation of one console.

    `views` and `counts` have, by path, the view of a page and the function that counts for its badge.
    """

    def __init__(self, views: Mapping[str, str], counts: Mapping[str, Callable[[ViewerRequest], int]]) -> None:
        self._views, self._counts = views, counts

    def menu(self, request: ViewerRequest) -> Menu:
        """The navigation for the user and the page of the request.

        A page below none of the links belongs to the first group.
        """
        path = request.http.url.path
        links = {key: self._links(request, group) for key, group in GROUPS.items()}
        current = _current(path, (link.path for group in links.values() for link in group))
        first_keys = {_first_group(role, request.rulebook) for role in request.user.roles}
        order = sorted((key for key, group in links.items() if group), key=lambda key: key not in first_keys)
        marked = {key: tuple(_mark(link, current, path) for link in links[key]) for key in order}
        first = next(iter(marked), "")
        open_group = next((key for key, group in marked.items() if any(link.aria_current for link in group)), first)
        groups = tuple(LinkGroup(GROUPS[key].title, group, key == open_group) for key, group in marked.items())
        return Menu(groups, sum(len(group.links) for group in groups) <= MAX_UNGROUPED_LINKS)

    def _links(self, request: ViewerRequest, group: NavigationGroup) -> list[NavigationLink]:
        return [self._link(request, page) for page in group.pages if self._may_see(request, page)]

    def _may_see(self, request: ViewerRequest, page: NavigationPage) -> bool:
        of_department = "{unit}" in page.path
        may_view = page.path in self._views and request.permissions.may_view(self._views[page.path])
        if page.applies is not None and not page.applies(request.rulebook):
            return False
        return may_view and (not of_department or ("unit" in request.user.roles and request.user.unit is not None))

    def _link(self, request: ViewerRequest, page: NavigationPage) -> NavigationLink:
        title = page.title or VIEWS[self._views[page.path]].title
        path = page.path.replace("{unit}", request.user.unit or "")
        return NavigationLink(path, title, count=self._count(request, page))

    def _count(self, request: ViewerRequest, page: NavigationPage) -> int:
        # A damaged entry must not stop the pages on which an auditor would see it. In that case the link has no badge.
        try:
            return self._counts[page.path](request) if page.path in self._counts else 0
        except StorageError:
            return 0


def _current(path: str, paths: Iterable[str]) -> str:
    """The link's path that is open, or the nearest of `paths` above the open page; empty if there is none."""
    candidates = (one for one in paths if path == one or (one != "/" and path.startswith(f"{one}/")))
    return max(candidates, key=len, default="")


def _mark(link: NavigationLink, current: str, path: str) -> NavigationLink:
    """The link, with `aria_current` if it is the current one."""
    return replace(link, aria_current="page" if path == current else "true") if link.path == current else link


def _first_group(role: str, rulebook: Rulebook) -> str:
    """The group that comes first for a role: the work, but for those who approve the results, and for the auditor."""
    return "checking" if role == AUDIT else "results" if role in rulebook.stages["approval"].by else "work"
