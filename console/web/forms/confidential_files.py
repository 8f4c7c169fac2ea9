"""Confidential files of a form between the check page and its confirmation: nothing keeps them meanwhile, so they are chosen again.

The check page carries the name and the digest of each. What is confirmed with another file, or without one, was not checked.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct

from console.web.request.field_errors import InvalidForm
from states.guards import LARGEST_DOCUMENT
from states.refusals import Refusal

from .uploads import clean

if TYPE_CHECKING:
    from console.web.request.page_request import PageRequest

PREFIX = "confidential."
"""How the fields begin in which a form says something in confidence."""
CHECKED = "checked-"
"""Fields of the check page: by the field of the file, its digest and its name."""


class FileMissing(Refusal):
    """A file that was checked is not there at confirmation."""

    zh = "还没有选择“{name}”，请再选一次。"
    en = "“{name}” has not been chosen yet. Choose it again."


class OtherFile(Refusal):
    """Another file than the one that was checked."""

    zh = "这里选的“{name}”不是核对过的“{checked}”（或内容已改动）。请选回核对过的文件；要换文件，请返回修改，再核对一次。"
    en = "“{name}” is not “{checked}” as you checked it (or its content has changed). Choose the file you checked. To use another one, go back and check again."


class UncheckedFile(Refusal):
    """A file at a field that had none when it was checked."""

    zh = "“{name}”没有核对过。要加交文件，请返回修改，再核对一次。"
    en = "“{name}” was not checked. To add a file, go back and check again."


class File(Struct, frozen=True):
    """A confidential file by the digest of its bytes and its name."""

    digest: str
    name: str


def chosen(request: PageRequest) -> dict[str, File]:
    """The files that came with the form, by their fields."""
    found = {}
    for field, value in request.form.items():
        if field.startswith(PREFIX) and not isinstance(value, str) and value.filename:
            value.file.seek(0)
            found[field] = File(sha256(value.file.read(LARGEST_DOCUMENT + 1)).hexdigest(), clean(value.filename))
            value.file.seek(0)
    return found


def to_confirm(request: PageRequest) -> dict[str, File]:
    """The files that are to be chosen again at confirmation: those the check page named, or, before there was one, those of the form."""
    return _checked(request) or chosen(request)


def _checked(request: PageRequest) -> dict[str, File]:
    """The files that the check page named."""
    return {
        name.removeprefix(CHECKED): File(*value.split(".", 1))
        for name, value in request.form.items()
        if name.startswith(CHECKED) and isinstance(value, str) and "." in value
    }


def carried(request: PageRequest) -> list[tuple[str, str]]:
    """What the check page carries of them."""
    return [(CHECKED + field, f"{one.digest}.{one.name}") for field, one in to_confirm(request).items()]


def check(request: PageRequest) -> None:
    """Raise `InvalidForm`, each fault at its field, where the files of a form from the check page are not those that were checked."""
    checked, now = _checked(request), chosen(request)
    wrong: dict[str, Refusal] = {}
    for field, one in checked.items():
        if field not in now:
            wrong[field] = FileMissing(name=one.name)
        elif now[field].digest != one.digest:
            wrong[field] = OtherFile(name=now[field].name, checked=one.name)
    wrong |= {field: UncheckedFile(name=one.name) for field, one in now.items() if field not in checked}
    if wrong:
        raise InvalidForm(wrong)
