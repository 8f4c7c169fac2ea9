"""Declares a page: its path, its method, its view, and the function that makes its answer. Every page has a view.

    pages = Pages()

    @pages.get("/board", view="board")
    def board(request: PageRequest) -> Response: ...

The function is not `async`: it runs in a thread. A part of the path in braces is handed to it as an argument of that
name. A page whose path has `{unit}` belongs to that department, and `states/views.py` decides for that department.
Before the function is called, `console/app.py` has checked everything, the CSRF token included.
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

    `count`: how many things wait on the page, for its badge in the navigation.
    `reauthenticates`: the last authentication must be less than half an hour old, because the page is grave or
    confidential.
    `recoverable`: the form's fields are saved if they cannot be submitted (`forms/recovery.py`). False where they are
    secret.
    `hashes`: the page checks or sets a password. It runs in threads of its own (`throttling/password_pool.py`).
    `provider`: the page sends requests to a sign-in provider, which may be slow. It runs in threads of its own.
    `server`: the server of a sign-in provider posts to the page. It has no CSRF token; the page checks what it sends.
    """

    method: str
    path: str
    view: str
    show: PageFunction
    count: Callable[[PageRequest], int] | None = None
    reauthenticates: bool = False
    recoverable: bool = True
    hashes: bool = False
    server: bool = False
    provider: bool = False


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
        provider: bool = False,
    ) -> Callable[[PageFunction], PageFunction]:
        """Declare a page that shows something and changes nothing."""
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
    ) -> Callable[[PageFunction], PageFunction]:
        """Declare the page that a form is sent to.

        The view decides who may call it, the engine who may do the command.
        """
        return self._add(
            "POST", path, view, reauthenticates=reauthenticates, recoverable=recoverable, hashes=hashes, server=server
        )

    def _add(self, method: str, path: str, view: str, **options: Any) -> Callable[[PageFunction], PageFunction]:
        def add(show: PageFunction) -> PageFunction:
            self.pages.append(Page(method, path, view, show, **options))
            return show

        return add


def call_page(page: Page, request: PageRequest) -> Response:
    """The page's answer to a request that has passed all checks."""
    return page.show(request, **request.http.path_params)
