"""How to answer: a page, the same form with a refusal, a redirect, a download."""

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

INSERTED = "\0"
"""Where in a page the fragments come that were rendered before: a character that no form field holds (`form.py`)."""


class Log(Protocol):
    """Writes a line of the security log."""

    def __call__(self, event: str, /, *, what: str) -> None: ...


class Answer:
    """Makes answers in one language. Templates see `request` under this name; `log` writes to the security log."""

    def __init__(
        self, templates: Environment, fragments: FragmentCache, language: str, request: object, log: Log
    ) -> None:
        self._templates = templates
        self._fragments = fragments
        self._language = language
        self._request = request
        self._log = log

    def page(
        self, template: str, status: int = 200, fragments: Sequence[bytes] = (), field_of: Callable[[str], str] = str,
        label_of: Mapping[str, Text] = MappingProxyType({}), **values: Any,
    ) -> HTMLResponse:  # fmt: skip
        """A page from its template, which sees `request`, `t`, the values, and the `mistakes` of its `refusal` (`field_errors.field_errors`).

        The `fragments` are put in as they are where the template says `INSERTED`: a long table is then neither escaped nor
        encoded for every request.
        """
        mistakes = field_errors(values.get("refusal"), field_of, label_of)
        html = self._templates.get_template(template).render(request=self._request, mistakes=mistakes, **values)
        before, _, after = html.partition(INSERTED)
        return HTMLResponse(b"".join((before.encode(), *fragments, after.encode())), status)

    def refuse(self, refusal: UserError, template: str, **values: Any) -> HTMLResponse:
        """The same form again, filled in as it was, with the sentence that says why it was not accepted."""
        return self.page(template, 409, refusal=refusal, **values)

    def redirect(self, path: str) -> RedirectResponse:
        """See Other (RFC 9110, 15.4.4): after something was done, the browser fetches its page, and reloading does nothing twice."""
        return RedirectResponse(path, 303)

    def download(self, name: str, data: bytes, media_type: str) -> Response:
        """A file to save. What leaves the system is in the security log."""
        self._log("exported", what=name)
        return Response(data, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})

    def fragment(self, template: str, **values: Any) -> Markup:
        """Part of a page, from a template of its own. The template sees no request, so that its result may be cached."""
        return Markup(self._templates.get_template(template).render(values))  # noqa: S704

    def cached_fragment(self, page: str, name: str, made_of: tuple[object, ...], make: Callable[[], Fragment]) -> Fragment:
        """A fragment in the user's language, made again only when `made_of` has changed (`fragments.py`)."""
        return self._fragments.get((page, self._language, name), made_of, make)
