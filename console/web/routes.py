"""Declares a page: its path, method and view, and the function that makes its answer. Every page has a view.

    pages = Pages()

    @pages.get("/board", view="board")
    def board(request: PageRequest) -> Response: ...

The function is not `async`: it runs in a thread. A part of the path in braces is passed to it as the argument of that
name. A page whose path has `{unit}` belongs to that department, and `states/views.py` decides for that department.
`console/app.py` checks the request before it calls the function, the CSRF token included.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from starlette.responses import Response

from .request.page_request import PageRequest

PageFunction = Callable[..., Response]

ANYBODY = ""
"""The view of pages that need no session: the sign-in itself, and the pages for monitoring."""


class Page(Struct, frozen=True):
    """One page.

    `function` makes the answer. `count` counts the things that wait on the page, for its badge in the navigation.
    `reauthenticates`: the last authentication must be less than half an hour old, because the page is grave or
    confidential.
    `recoverable`: the form's fields are saved if they cannot be submitted (`forms/recovery.py`). False if they are
    secret.
    `hashes`: the page checks or sets a password. It runs in separate threads (`throttling/password_pool.py`).
    `calls_provider`: the page sends requests to a sign-in provider, which may be slow. It runs in separate threads.
    `from_provider`: a sign-in provider posts to the page. The request has no CSRF token; the page itself checks it.
    """

    method: str
    path: str
    view: str
    function: PageFunction
    count: Callable[[PageRequest], int] | None = None
    reauthenticates: bool = False
    recoverable: bool = True
    hashes: bool = False
    from_provider: bool = False
    calls_provider: bool = False


class Pages:
    """The pages of one module, in the order they are declared."""

    def __init__(self) -> None:
        self.pages: list[Page] = []

    def get(
        self,
        path: str,
        *,
        view: str,
        count: Callable[[PageRequest], int] | None = None,
        reauthenticates: bool = False,
        calls_provider: bool = False,
    ) -> Callable[[PageFunction], PageFunction]:
        """Declare a page that shows something and changes nothing."""
        return self._add("GET", path, view, count=count, reauthenticates=reauthenticates, calls_provider=calls_provider)

    def post(
        self,
        path: str,
        *,
        view: str,
        reauthenticates: bool = False,
        recoverable: bool = True,
        hashes: bool = False,
        from_provider: bool = False,
    ) -> Callable[[PageFunction], PageFunction]:
        """Declare the page to which a form is sent.

        The view decides who may call the page; the engine decides who may do the command.
        """
        return self._add(
            "POST",
            path,
            view,
            reauthenticates=reauthenticates,
            recoverable=recoverable,
            hashes=hashes,
            from_provider=from_provider,
        )

    def _add(self, method: str, path: str, view: str, **options: Any) -> Callable[[PageFunction], PageFunction]:
        def add(function: PageFunction) -> PageFunction:
            self.pages.append(Page(method, path, view, function, **options))
            return function

        return add


def call_page(page: Page, request: PageRequest) -> Response:
    """The page's answer to a request that has passed all checks."""
    return page.function(request, **request.http.path_params)
