"""Confidential files of a form that needs a confirmation.

They are not stored before the confirmation, so the person must choose them again. The check page has the name and the
digest of each file in hidden fields. At confirmation the files must be the same, because only those were checked.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct

from console.web.request.field_errors import InvalidForm
from states.guards import MAX_DOCUMENT_SIZE
from states.refusals import Refusal

from .uploads import clean_name

if TYPE_CHECKING:
    from console.web.request.page_request import PageRequest

PREFIX = "confidential."
"""The names of confidential fields begin with this."""
CHECKED = "checked-"
"""Hidden fields of the check page begin with this, followed by the field of the file.

The value is its digest and name.
"""


class FileMissing(Refusal):
    """A file that was checked is missing at confirmation."""

    zh = "还没有选择“{name}”，请再选一次。"
    en = "“{name}” has not been chosen yet. Choose it again."


class OtherFile(Refusal):
    """The file at confirmation is not the one that was checked."""

    zh = "这里选的“{name}”不是核对过的“{checked}”（或内容已改动）。请选回核对过的文件；要换文件，请返回修改，再核对一次。"
    en = (
        "“{name}” is not “{checked}” as you checked it (or its content has changed). Choose the file you checked. To "
        "use another one, go back and check again."
    )


class UncheckedFile(Refusal):
    """A field has a file at confirmation, but had none on the check page."""

    zh = "“{name}”没有核对过。要加交文件，请返回修改，再核对一次。"
    en = "“{name}” was not checked. To add a file, go back and check again."


class ConfidentialFile(Struct, frozen=True):
    """A confidential file: the digest of its bytes, and its name."""

    digest: str
    name: str


def chosen_files(request: PageRequest) -> dict[str, ConfidentialFile]:
    """The files that came with the form, by their fields."""
    files = {}
    for field, value in request.form.items():
        if field.startswith(PREFIX) and not isinstance(value, str) and value.filename:
            value.file.seek(0)
            files[field] = ConfidentialFile(
                sha256(value.file.read(MAX_DOCUMENT_SIZE + 1)).hexdigest(), clean_name(value.filename)
            )
            value.file.seek(0)
    return files


def files_to_confirm(request: PageRequest) -> dict[str, ConfidentialFile]:
    """The files to choose again at confirmation: those of the check page, or else those that came with the form."""
    return _checked(request) or chosen_files(request)


def _checked(request: PageRequest) -> dict[str, ConfidentialFile]:
    """The files that the check page named, by their fields."""
    return {
        name.removeprefix(CHECKED): ConfidentialFile(*value.split(".", 1))
        for name, value in request.form.items()
        if name.startswith(CHECKED) and isinstance(value, str) and "." in value
    }


def hidden_fields(request: PageRequest) -> list[tuple[str, str]]:
    """The hidden fields of the check page that name the files."""
    return [(CHECKED + field, f"{file.digest}.{file.name}") for field, file in files_to_confirm(request).items()]


def check(request: PageRequest) -> None:
    """Raise `InvalidForm` if the files of a form from the check page are not those that were checked."""
    checked, confirmed = _checked(request), chosen_files(request)
    errors: dict[str, Refusal] = {}
    for field, file in checked.items():
        if field not in confirmed:
            errors[field] = FileMissing(name=file.name)
        elif confirmed[field].digest != file.digest:
            errors[field] = OtherFile(name=confirmed[field].name, checked=file.name)
    errors |= {field: UncheckedFile(name=file.name) for field, file in confirmed.items() if field not in checked}
    if errors:
        raise InvalidForm(errors)
