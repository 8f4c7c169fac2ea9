"""The fields of a form as typed, each read as what it should be, and all that is wrong with them at once.

The one place where a page reads a word, a number, a day or a time (`config/typed.py` says how each may be typed).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from config import typed
from console.web.request.field_errors import InvalidForm
from console.web.request.form import Form
from states.privacy import LONGEST, LONGEST_ID
from states.refusals import Incomplete, Malformed, Refusal
from states.user_errors import UserError
from states.vocabulary import Citation, Opaque, Text, Words
from storage.errors import StorageError

Value = TypeVar("Value")

MOST_IN_CONFIDENCE = 100_000
"""Characters of a text for the vault; what is longer is a file."""
_WRITTEN = Text(zh="此处", en="What you wrote here")


class TooLong(Refusal):
    """More was written than an entry takes. Nothing of it is cut."""

    zh = "{what}最多 {most} 字，已写 {written} 字，请删去 {over} 字。"
    en = "{what}: up to {most} characters, {written} used. Remove {over}."


class Fields:
    """The fields of one form, with the clause that a refusal of one of them names. Each method raises `InvalidForm`.

    `prefix` is what the ids of this form's fields begin with, on a page of several forms: the field `reason` is at `withdraw-reason`.
    """

    def __init__(self, form: Form, clause: Citation, prefix: str = "") -> None:
        self.form, self.clause, self.prefix = form, clause, prefix

    def values(self, found: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
        """Every value by the name of its field. Raises `InvalidForm` with all that is wrong with them."""
        made = read_all({f"{self.prefix}{name}": make for name, make in found.items()})
        return {name: made[f"{self.prefix}{name}"] for name in found}

    def word(self, name: str, what: Text) -> Words:
        """What was typed."""
        said = self.form.text(name)
        if not said:
            raise self._wrong(name, Incomplete(missing=what, clause=self.clause))
        return self._short(name, said, what)

    def words(self, name: str, what: Text = _WRITTEN) -> Words | None:
        """What was typed, if anything was."""
        said = self.form.text(name)
        return self._short(name, said, what) if said else None

    def id(self, name: str, what: Text) -> Opaque:
        """The id of a unit, a person or an account. Whether it is one that may be in an entry, the law says (`states/privacy.py`)."""
        said = self.word(name, what)
        if len(said) > LONGEST_ID:
            raise self._wrong(name, _too_long(said, what, LONGEST_ID))
        return Opaque(said)

    def day(self, name: str, what: Text) -> date:
        return self._read(name, what, typed.day)

    def any_day(self, name: str, what: Text) -> date | None:
        """A day, if one was typed."""
        return self.day(name, what) if self.form.text(name) else None

    def secret(self, name: str, what: Text) -> str:
        """A password as it was typed. Only that there is one: whether it is right, and how long one may be, is not the form's."""
        said = self.form.password(name)
        if not said:
            raise self._wrong(name, Incomplete(missing=what, clause=self.clause))
        return said

    def time(self, name: str, what: Text) -> str:
        """A time of day as the law writes it: `09:30`."""
        return f"{self._read(name, what, typed.moment):%H:%M}"

    def number(self, name: str, what: Text) -> Decimal:
        return self._read(name, what, typed.number)

    def whole(self, name: str, what: Text) -> int:
        return self._read(name, what, typed.whole)

    def year(self, name: str, what: Text) -> int:
        said = self.whole(name, what)
        if not 1000 <= said <= 9999:
            why = Text(zh="年度应为四位数字", en="a year has four digits")
            raise self._wrong(name, Malformed(what=what, why=why, clause=self.clause))
        return said

    def _short(self, name: str, said: str, what: Text) -> Words:
        if len(said) > LONGEST:
            raise self._wrong(name, _too_long(said, what))
        return Words(said)

    def _read(self, name: str, what: Text, read: Callable[[str], Value]) -> Value:
        said = self.word(name, what)
        try:
            return read(said)
        except typed.Unclear as unclear:
            raise self._wrong(name, Malformed(what=what, why=unclear.why, clause=self.clause)) from None

    def _wrong(self, name: str, why: Refusal) -> InvalidForm:
        return InvalidForm({f"{self.prefix}{name}": why})


def too_long(form: Form, names: Iterable[str]) -> dict[str, UserError]:
    """The fields in which more was written than an entry takes, each with its sentence."""
    found = {name: form.text(name) for name in names}
    return {name: _too_long(said, _WRITTEN) for name, said in found.items() if len(said) > LONGEST}


def _too_long(said: str, what: Text, most: int = LONGEST) -> TooLong:
    return TooLong(what=what, most=most, written=len(said), over=len(said) - most)


def read_all(found: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Every value by its place in the form. Raises `InvalidForm` with all that is wrong with them."""
    values: dict[str, Any] = {}
    wrong: dict[str, UserError] = {}
    for where, make in found.items():
        try:
            values[where] = make()
        except InvalidForm as several:
            wrong.update(several.wrong)
        except StorageError:
            raise
        except UserError as why:
            wrong[where] = why
    if wrong:
        raise InvalidForm(wrong)
    return values


def top_field(path: str) -> str:
    """Where a form has one field for all of a list: `heads.0.person` is at `heads`."""
    return path.partition(".")[0]
