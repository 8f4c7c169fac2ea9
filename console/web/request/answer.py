"""Makes the answers of pages: a page from a template, the form again with a refusal, a redirect, a download.

Also here: cached parts of pages (`fragments.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

from jinja2 import Environment
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console.web.fragments import Fragment, FragmentCache
from states.user_errors import UserError
from states.vocabulary import Text

from .field_errors import field_errors

FRAGMENT_MARK = "\0"
"""A template writes this at the place for cached fragments. No form field can contain it (`form.py`)."""


class WriteSecurityLog(Protocol):
    """Writes a line of the security log."""

    def __call__(self, event: str, /, *, detail: str) -> None: ...


class ResponseFactory:
    """Makes the answers to one request, in one language. `request` is the variable of that name in templates."""

    def __init__(
        self,
        templates: Environment,
        fragments: FragmentCache,
        language: str,
        request: object,
        log_security: WriteSecurityLog,
    ) -> None:
        self._templates = templates
        self._fragments = fragments
        self._language = language
        self._request = request
        self._log_security = log_security

    def page(
        self,
        template: str,
        status: int = 200,
        fragments: Sequence[bytes] = (),
        field_of: Callable[[str], str] = str,
        label_of: Mapping[str, Text] = MappingProxyType({}),
        **values: Any,
    ) -> HTMLResponse:
        """A page from its template. Its variables are `request`, `t`, the `values`, `mistakes`, and `label_of`.

        `mistakes` are the errors in the value `refusal` (`FieldErrors`); `field_of` and `label_of` are arguments of
        `field_errors`. The `fragments`, HTML in UTF-8, replace `FRAGMENT_MARK`.
        """
        # A fragment is inserted as bytes, so that a long table is not escaped and encoded again for every request.
        mistakes = field_errors(values.get("refusal"), field_of, label_of)
        variables = {"request": self._request, "mistakes": mistakes, "label_of": label_of, **values}
        html = self._templates.get_template(template).render(variables)
        start, _, end = html.partition(FRAGMENT_MARK)
        return HTMLResponse(b"".join((start.encode(), *fragments, end.encode())), status)

    def refuse(self, refusal: UserError, template: str, **values: Any) -> HTMLResponse:
        """The form again, with the sentence of the refusal and the status 409. Its fields keep their values."""
        return self.page(template, 409, refusal=refusal, **values)

    def redirect(self, path: str) -> RedirectResponse:
        """See Other (RFC 9110, 15.4.4): the browser fetches the path with GET, so a reload submits nothing again."""
        return RedirectResponse(path, 303)

    def download(self, name: str, data: bytes, media_type: str) -> Response:
        """A file to save. The security log gets a line, because data leaves the system."""
        self._log_security("exported", detail=name)
        return Response(data, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})

    def fragment(self, template: str, **values: Any) -> Markup:
        """A part of a page, from a separate template. It can be cached, because the template has no `request`."""
        return Markup(self._templates.get_template(template).render(values))  # noqa: S704

    def cached_fragment(
        self, page: str, name: str, depends_on: tuple[object, ...], make: Callable[[], Fragment]
    ) -> Fragment:
        """A cached value in the user's language. It is made again if `depends_on` has changed (`fragments.py`)."""
        return self._fragments.get((page, self._language, name), depends_on, make)
