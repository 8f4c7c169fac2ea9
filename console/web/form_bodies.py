"""Reads the body of a form, within limits. If the files are too large together, the fields are still read.

A browser shows no answer to a request that it could not finish sending, and the typed text would be lost. So a form
over the limit is read to its end, and its files are not stored. The page can then report the error, and the fields are
saved (`forms/recovery.py`).
"""

from __future__ import annotations

from contextlib import aclosing

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from .middleware import SMALL_FORM_BYTES, UPLOAD_BYTES, BodyOverLimit, is_multipart, limit_body

# A browser sends a part for every file field, even for an empty one: an annex of 40 elements with as many interviews
# has over 100.
_MAX_FIELDS, _MAX_FILES = 5000, 500
_MAX_TEXT_BYTES = 2**24
"""The most bytes of all text fields of a form with files. They are in memory while the form is read."""


class FilesTooLarge(Exception):
    """The files of a form together have more than `UPLOAD_BYTES`. `fields` are the other fields of the form."""

    def __init__(self, fields: FormData) -> None:
        super().__init__()
        self.fields = fields


async def read_small_form(request: Request) -> FormData:
    """The form of a page that is open to anybody, of at most `SMALL_FORM_BYTES`. Raises `BodyOverLimit`."""
    return await Request(request.scope, limit_body(request.receive, SMALL_FORM_BYTES)).form()


async def read_form(request: Request) -> FormData:
    """A form with its files. The caller must close it.

    Raises `FilesTooLarge` and `BodyOverLimit`, or `HTTPException` if the body is malformed.
    """
    if not is_multipart(request.headers):
        return await request.form(max_fields=_MAX_FIELDS)
    async with aclosing(request.stream()) as stream:
        parser = _CountingParser(request.headers, stream, max_fields=_MAX_FIELDS, max_files=_MAX_FILES)
        try:
            fields = await parser.parse()
        except MultiPartException as error:
            raise HTTPException(400, error.message) from error
    if parser.file_bytes <= UPLOAD_BYTES:
        return fields
    await fields.close()
    raise FilesTooLarge(FormData([(name, value) for name, value in fields.multi_items() if isinstance(value, str)]))


class _CountingParser(MultiPartParser):
    """Counts the bytes of files and text fields.

    File bytes over `UPLOAD_BYTES` are ignored. Raises `BodyOverLimit` if the text fields have more than
    `_MAX_TEXT_BYTES`.
    """

    file_bytes = 0
    text_bytes = 0

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._current_part.file is None:
            self.text_bytes += end - start
            if self.text_bytes > _MAX_TEXT_BYTES:
                raise BodyOverLimit
        else:
            self.file_bytes += end - start
            if self.file_bytes > UPLOAD_BYTES:
                return
        super().on_part_data(data, start, end)
