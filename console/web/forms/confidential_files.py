"""Confidential files of a form that needs a confirmation.

They are not stored meanwhile, so the person chooses them again.

The check page has the name and the digest of each file in hidden fields. At confirmation the files must be the same,
because only those were checked.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct

from console.web.request.field_errors import InvalidForm
from states.guards import LARGEST_DOCUMENT
from states.refusals import Refusal

from .uploads import clean_name

if TYPE_CHECKING:
    from console.web.request.page_request import PageRequest

PREFIX = "confidential."
"""The names of confidential fields begin with this."""
CHECKED = "checked-"
"""Hidden fields of the check page begin with this; then comes the field of the file.

The value is its digest and name.
"""


class FileMissing(Refusal):
    """A file that was checked is missing at confirmation."""

    zh = "还没有选择“{name}”，请再选一次。"
    en = "“{name}” has not been chosen yet. Choose it again."


class OtherFile(Refusal):
    """The file at confirmation is not the one that was checked."""

    zh = "这里选的“{name}”不是核对过的“{checked}”（或内容已改动）。请选回核对过的文件；要换文件，请返回修改，再核对一次。"
    en = "“{name}” is not “{checked}” as you checked it (or its content has changed). Choose the file you checked. To use another one, go back and check again."


class UncheckedFile(Refusal):
    """There is a file at confirmation in a field that had none when it was checked."""

    zh = "“{name}”没有核对过。要加交文件，请返回修改，再核对一次。"
    en = "“{name}” was not checked. To add a file, go back and check again."


class ConfidentialFile(Struct, frozen=True):
    """A confidential file: the digest of its bytes, and its name."""

    digest: str
    name: str


def chosen(request: PageRequest) -> dict[str, ConfidentialFile]:
    """The files that came with the form, by their fields."""
    files = {}
    for field, value in request.form.items():
        if field.startswith(PREFIX) and not isinstance(value, str) and value.filename:
            value.file.seek(0)
            files[field] = ConfidentialFile(
                sha256(value.file.read(LARGEST_DOCUMENT + 1)).hexdigest(), clean_name(value.filename)
            )
            value.file.seek(0)
    return files


def to_confirm(request: PageRequest) -> dict[str, ConfidentialFile]:
    """The files to choose again at confirmation: those that the check page named, or those of the form before it."""
    return _checked(request) or chosen(request)


def _checked(request: PageRequest) -> dict[str, ConfidentialFile]:
    """The files that the check page named, by their fields."""
    return {
        name.removeprefix(CHECKED): ConfidentialFile(*value.split(".", 1))
        for name, value in request.form.items()
        if name.startswith(CHECKED) and isinstance(value, str) and "." in value
    }


def carried(request: PageRequest) -> list[tuple[str, str]]:
    """The hidden fields of the check page that name the files."""
    return [(CHECKED + field, f"{one.digest}.{one.name}") for field, one in to_confirm(request).items()]


def check(request: PageRequest) -> None:
    """Raise `InvalidForm` if the files of a form from the check page are not those that were checked."""
    checked, confirmed = _checked(request), chosen(request)
    wrong: dict[str, Refusal] = {}
    for field, one in checked.items():
        if field not in confirmed:
            wrong[field] = FileMissing(name=one.name)
        elif confirmed[field].digest != one.digest:
            wrong[field] = OtherFile(name=confirmed[field].name, checked=one.name)
    wrong |= {field: UncheckedFile(name=one.name) for field, one in confirmed.items() if field not in checked}
    if wrong:
        raise InvalidForm(wrong)
