"""The form of a request: its fields, its files, and the hidden fields that every form carries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property

from markupsafe import Markup
from starlette.datastructures import FormData, UploadFile

from console.web import sessions
from console.web.command_ids import new_id
from states.command_ids import OutsideId

from .session_cookie import SessionCookie

# Enter in a field submits a form by its default button, which is the first submit button in the document. If that
# button is disabled, Enter does nothing (HTML, 4.10.21.2 "Implicit submission"). So nobody submits a half-filled form
# by accident, and it needs no script.
_NO_ENTER = Markup('<button type="submit" disabled hidden></button>')


class Form:
    """The fields of one form. It has no fields if nothing was posted.

    `is_from_page`: a person posted it from a page, so a final act needs a confirmation. A program needs none.
    `is_incomplete`: a part of the command could not be stored, so the command must not be done even if it is possible.
    `saved_at`: the time when the fields were saved, if they come from a saved form (`forms/recovery.py`).
    """

    def __init__(self, fields: FormData | None, cookie: SessionCookie) -> None:
        self._fields = fields if fields is not None else FormData()
        self._cookie = cookie
        self.is_from_page = False
        self.is_incomplete = False
        self.saved_at: datetime | None = None

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __bool__(self) -> bool:
        return bool(self._fields)

    def items(self) -> list[tuple[str, str | UploadFile]]:
        """Every field with its value, in order. A field that was sent several times is listed several times."""
        return self._fields.multi_items()

    def text(self, name: str) -> str:
        """The value of a field without white space at its ends; empty if the form does not have the field."""
        return _clean(self._fields.get(name))

    def text_or(self, name: str, default: str) -> str:
        """The value of a field, even if it is empty; `default` if the form does not have the field."""
        return self.text(name) if name in self._fields else default

    def texts(self, name: str) -> list[str]:
        """Every value of a field that the form may have several times."""
        return [_clean(value) for value in self._fields.getlist(name) if isinstance(value, str)]

    def password(self, name: str) -> str:
        """The value of a field exactly as it was typed."""
        value = self._fields.get(name)
        return value if isinstance(value, str) else ""

    def file(self, name: str) -> UploadFile | None:
        """The file of a field; None if none was chosen."""
        value = self._fields.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def files(self, name: str) -> list[UploadFile]:
        """Every file that was chosen in a field."""
        return [one for one in self._fields.getlist(name) if isinstance(one, UploadFile) and one.filename]

    def fill(self, fields: Iterable[tuple[str, str | UploadFile]]) -> None:
        """Replace all fields: by those of a saved form, by values from the ledger, or by the names of stored files."""
        self._fields = FormData(list(fields))

    def prefill(self, fields: Iterable[tuple[str, str]]) -> None:
        """Fill in the form, if it has no fields yet."""
        if not self._fields:
            self.fill(fields)

    @cached_property
    def command_id(self) -> OutsideId:
        """The id in the form for its command, so that a form that is sent twice is done once.

        A new id if there is none.
        """
        return OutsideId("web", self.text("command_id") or new_id(), sessions.digest(self._cookie.token))

    def hidden_fields(self, version: int | None = None, *, enter: bool = False) -> Markup:
        """The hidden fields of every form: the CSRF token, an id for the command, and the version of the stream.

        With `enter`, the Enter key submits the form. It is only for signing in, where no act can be done by mistake.
        """
        fields = {"command_id": new_id()}
        if version is not None:
            fields["version"] = str(version)
        return self.csrf_field(enter=enter) + _hidden(fields)

    def csrf_field(self, *, enter: bool = False) -> Markup:
        """The field of the CSRF token, for a form with its own fields for id and version.

        Without `enter`, the button that makes the Enter key do nothing comes first.
        """
        token = self._cookie.issue()
        return (Markup() if enter else _NO_ENTER) + _hidden({"form_token": sessions.csrf_token(token)})


def _hidden(fields: Mapping[str, str]) -> Markup:
    lines = (f'<input type="hidden" name="{name}" value="{value}">' for name, value in fields.items())
    return Markup("".join(lines))  # noqa: S704  letters and digits of our own


def _clean(value: object) -> str:
    # A browser sends a line end as two characters. NUL cannot be typed, and PostgreSQL does not store it in a text.
    return value.replace("\0", "").replace("\r\n", "\n").strip() if isinstance(value, str) else ""
