"""A page: its path, its method, its view, and the function that shows it. Without a view there is no page.

    pages = Pages()

    @pages.get("/board", view="board")
    def board(request: PageRequest) -> Response: ...

Functions are plain and run in a thread; what is in braces in the path is handed to them by name. A page whose path has
`{unit}` is that unit's, and `states/views.py` is asked with it. A form that is posted has its token checked before.
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
    """One page. `proof` asks the person to prove again who it is; `count` says in the navigation how much waits there.

    `keeps`: what was typed may be kept where it could not be taken (`unsent.py`); not so where it is secret.
    `hashes`: a password is checked or chosen there, which is done in threads of its own (`throttling/password_pool.py`).
    `provider`: a provider of sign-ins is asked, which may be slow: that is done in threads of its own.
    `server`: a provider's server posts there, which has no form token; what it sends must prove itself.
    """

    method: str
    path: str
    view: str
    show: Show
    count: Count | None = None
    proof: bool = False
    keeps: bool = True
    hashes: bool = False
    server: bool = False
    provider: bool = False


class Pages:
    """The pages of one noun, in the order they are written down."""

    def __init__(self) -> None:
        self.pages: list[Page] = []

    def get(
        self, path: str, *, view: str, count: Count | None = None, proof: bool = False, provider: bool = False
    ) -> Callable[[Show], Show]:
        """A page to look at."""
        return self._add("GET", path, view, count=count, proof=proof, provider=provider)

    def post(
        self,
        path: str,
        *,
        view: str,
        proof: bool = False,
        keeps: bool = True,
        hashes: bool = False,
        server: bool = False,
    ) -> Callable[[Show], Show]:
        """Where a form goes. The view says who may come here at all; the engine, who may do what is asked."""
        return self._add("POST", path, view, proof=proof, keeps=keeps, hashes=hashes, server=server)

    def _add(self, method: str, path: str, view: str, **how: Any) -> Callable[[Show], Show]:
        def add(show: Show) -> Show:
            self.pages.append(Page(method, path, view, show, **how))
            return show

        return add


def shown(page: Page, request: PageRequest) -> Response:
    """The page's answer to a request that may see it."""
    return page.show(request, **request.http.path_params)
