"""Reads the fields of a form as words, numbers, days and times, and reports all their errors at once.

Not here: the ways to type a number, a day or a time (`config/typed.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from config import typed
from console.web.request.field_errors import InvalidForm
from console.web.request.form import Form
from states.privacy import MAX_ID_LENGTH, MAX_TEXT_LENGTH
from states.refusals import Incomplete, Malformed, Refusal
from states.user_errors import UserError
from states.vocabulary import Citation, Opaque, Text, Words
from storage.errors import StorageError

Value = TypeVar("Value")

MAX_CONFIDENTIAL_TEXT = 100_000
"""The most characters of a text for the vault. A longer one must be a file."""
_UNNAMED = Text(zh="此处", en="What you wrote here")
"""The title of a field that has none of its own in a refusal."""


class TextTooLong(Refusal):
    """A text is too long for an entry. It is not cut off."""

    zh = "{what}最多 {most} 字，已写 {written} 字，请删去 {over} 字。"
    en = "{what}: up to {most} characters, {written} used. Remove {over}."


class Fields:
    """Reads the fields of one form. A method that cannot read its field raises `InvalidForm`; its refusal names `clause`.

    In every method `title` is the title of the field, for the refusal. On a page with several forms, errors must name
    the form too: with the `prefix` "withdraw-" the error of the field `reason` is at `withdraw-reason`.
    """

    def __init__(self, form: Form, clause: Citation, prefix: str = "") -> None:
        self.form, self.clause, self.prefix = form, clause, prefix

    def values(self, readers: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
        """Call the reader of each field and return the values. Raises `InvalidForm` with the errors of all of them."""
        values = read_all({f"{self.prefix}{name}": read for name, read in readers.items()})
        return {name: values[f"{self.prefix}{name}"] for name in readers}

    def word(self, name: str, title: Text) -> Words:
        """A text that is required."""
        text = self.form.text(name)
        if not text:
            raise self._error(name, Incomplete(missing=title, clause=self.clause))
        return self._limited(name, text, title)

    def words(self, name: str, title: Text = _UNNAMED) -> Words | None:
        """A text; None if the field is empty."""
        text = self.form.text(name)
        return self._limited(name, text, title) if text else None

    def id(self, name: str, title: Text) -> Opaque:
        """The id of a department, a person or an account.

        `states/privacy.py` decides later whether an entry may contain it.
        """
        self.word(name, title)
        return Opaque(self.short(name, title, MAX_ID_LENGTH))

    def person(self, name: str, title: Text, id_of: Callable[[str], str]) -> Opaque:
        """The id of a person who was typed or picked. `id_of` finds it (`request/directory_names.py`)."""
        self.short(name, title, MAX_ID_LENGTH)
        return Opaque(self._read(name, title, id_of))

    def day(self, name: str, title: Text) -> date:
        return self._read(name, title, typed.day)

    def any_day(self, name: str, title: Text) -> date | None:
        """A day; None if the field is empty."""
        return self.day(name, title) if self.form.text(name) else None

    def any_phone(self, name: str, title: Text) -> str:
        """A telephone number; empty if the field is empty."""
        return self._read(name, title, typed.phone) if self.form.text(name) else ""

    def mail(self, name: str, title: Text) -> str:
        return self._read(name, title, typed.mail)

    def any_mail(self, name: str, title: Text) -> str:
        """A mail address; empty if the field is empty."""
        return self.mail(name, title) if self.form.text(name) else ""

    def short(self, name: str, title: Text, most: int) -> str:
        """A text of at most `most` characters; empty if the field is empty."""
        text = self.form.text(name)
        if len(text) > most:
            raise self._error(name, _too_long(text, title, most))
        return text

    def secret(self, name: str, title: Text) -> str:
        """A password exactly as it was typed.

        Not checked here: whether it is right, and how long it may be (`credentials.py`).
        """
        password = self.form.password(name)
        if not password:
            raise self._error(name, Incomplete(missing=title, clause=self.clause))
        return password

    def time(self, name: str, title: Text) -> str:
        """A time of day, written as `09:30`."""
        return f"{self._read(name, title, typed.time_of_day):%H:%M}"

    def number(self, name: str, title: Text) -> Decimal:
        return self._read(name, title, typed.number)

    def whole(self, name: str, title: Text) -> int:
        return self._read(name, title, typed.whole_number)

    def year(self, name: str, title: Text) -> int:
        year = self.whole(name, title)
        if not 1000 <= year <= 9999:
            why = Text(zh="年度应为四位数字", en="a year has four digits")
            raise self._error(name, Malformed(what=title, why=why, clause=self.clause))
        return year

    def _limited(self, name: str, text: str, title: Text) -> Words:
        if len(text) > MAX_TEXT_LENGTH:
            raise self._error(name, _too_long(text, title))
        return Words(text)

    def _read(self, name: str, title: Text, read: Callable[[str], Value]) -> Value:
        text = self.word(name, title)
        try:
            return read(text)
        except typed.Unclear as unclear:
            raise self._error(name, Malformed(what=title, why=unclear.why, clause=self.clause)) from None

    def _error(self, name: str, refusal: Refusal) -> InvalidForm:
        return InvalidForm({f"{self.prefix}{name}": refusal})


def errors_of_long_texts(form: Form, names: Iterable[str]) -> dict[str, UserError]:
    """The errors of the fields whose text is too long for an entry, by field."""
    texts = {name: form.text(name) for name in names}
    return {name: _too_long(text, _UNNAMED) for name, text in texts.items() if len(text) > MAX_TEXT_LENGTH}


def _too_long(text: str, title: Text, limit: int = MAX_TEXT_LENGTH) -> TextTooLong:
    return TextTooLong(what=title, most=limit, written=len(text), over=len(text) - limit)


def read_all(readers: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Call every reader and return the values by field.

    Raises `InvalidForm` with the errors of all of them, not only the first.
    """
    values: dict[str, Any] = {}
    errors: dict[str, UserError] = {}
    for field, read in readers.items():
        try:
            values[field] = read()
        except InvalidForm as invalid:
            errors.update(invalid.errors)
        except StorageError:
            # A failure of the database is not an error of the form.
            raise
        except UserError as error:
            errors[field] = error
    if errors:
        raise InvalidForm(errors)
    return values


def top_field(path: str) -> str:
    """The form field for a path in a command, if one field has the whole list: `heads` for `heads.0.person`."""
    return path.partition(".")[0]
