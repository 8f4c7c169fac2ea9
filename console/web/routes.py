"""A page: its path, its method, its view, and the function that shows it. Without a view there is no page.

    pages = Pages()

    @pages.get("/board", view="board")
    def board(request: PageRequest) -> Response: ...

A page function is plain and runs in a thread; what is in braces in the path is handed to it by name. A page whose path has
`{unit}` belongs to that department, and `states/views.py` is asked with it. A form's CSRF token is checked before the function is called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from starlette.responses import Response

from .navigation import Count
from .request.page_request import PageRequest

Show = Callable[..., Response]

ANYBODY = ""
"""The view of what is open to whoever is not signed in: signing in itself."""


class Page(Struct, frozen=True):
    """One page. `count` says in the navigation how much waits there.

    `reauthenticates`: who has not authenticated for half an hour does so first, because what is done there is grave or confidential.
    `recoverable`: what was typed is saved if it could not be submitted (`forms/recovery.py`); never where it is secret.
    `hashes`: a password is checked or chosen there, which is done in threads of its own (`throttling/password_pool.py`).
    `provider`: a provider of sign-ins is asked, which may be slow, so it is done in threads of its own.
    `server`: a provider's server posts there. It has no CSRF token, so what it sends must prove itself.
    """

    method: str
    path: str
    view: str
    show: Show
    count: Count | None = None
    reauthenticates: bool = False
    recoverable: bool = True
    hashes: bool = False
    server: bool = False
    provider: bool = False


class Pages:
    """The pages of one noun, in the order they are written down."""

    def __init__(self) -> None:
        self.pages: list[Page] = []

    def get(
        self, path: str, *, view: str, count: Count | None = None, reauthenticates: bool = False, provider: bool = False
    ) -> Callable[[Show], Show]:
        """A page to look at."""
        return self._add("GET", path, view, count=count, reauthenticates=reauthenticates, provider=provider)

    def post(
        self,
        path: str,
        *,
        view: str,
        reauthenticates: bool = False,
        recoverable: bool = True,
        hashes: bool = False,
        server: bool = False,
    ) -> Callable[[Show], Show]:
        """Where a form goes. The view says who may come here at all; the engine, who may do what is asked."""
        return self._add(
            "POST", path, view, reauthenticates=reauthenticates, recoverable=recoverable, hashes=hashes, server=server
        )

    def _add(self, method: str, path: str, view: str, **how: Any) -> Callable[[Show], Show]:
        def add(show: Show) -> Show:
            self.pages.append(Page(method, path, view, show, **how))
            return show

        return add


def call_page(page: Page, request: PageRequest) -> Response:
    """The page's answer to a request that may see it."""
    return page.show(request, **request.http.path_params)
