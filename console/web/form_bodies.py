"""Reads the body of a form, within limits. If the files are too large together, the fields are read nevertheless.

A browser shows no answer to a request that it could not finish sending, and what was typed would be lost. So a form
over the limit is read to its end and its files are thrown away. The page can then say what was wrong, and the fields
are saved (`forms/recovery.py`).
"""

from __future__ import annotations

from contextlib import aclosing

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from .middleware import SMALL, UPLOAD, BodyOverLimit, is_multipart, measured

# A browser sends a part for every file field, even for an empty one: an annex of 40 elements with as many interviews
# has over 100.
_MOST_FIELDS, _MOST_FILES = 5000, 500
_MOST_TEXT = 2**24
"""The most bytes of all fields of a form with files. They are in memory while the form is read."""


class FilesTooLarge(Exception):
    """The files of a form are larger than `UPLOAD` together. `fields` are its other fields."""

    def __init__(self, fields: FormData) -> None:
        super().__init__()
        self.fields = fields


async def small(request: Request) -> FormData:
    """The form of a page that is open to anybody, of at most `SMALL` bytes. Raises `BodyOverLimit`."""
    return await Request(request.scope, measured(request.receive, SMALL)).form()


async def form(request: Request) -> FormData:
    """A form with its files; the caller closes it.

    Raises `FilesTooLarge`, `BodyOverLimit`, and `HTTPException` for a broken body.
    """
    if not is_multipart(request.headers):
        return await request.form(max_fields=_MOST_FIELDS)
    async with aclosing(request.stream()) as stream:
        parser = _CountingParser(request.headers, stream, max_fields=_MOST_FIELDS, max_files=_MOST_FILES)
        try:
            fields = await parser.parse()
        except MultiPartException as error:
            raise HTTPException(400, error.message) from error
    if parser.file_bytes <= UPLOAD:
        return fields
    await fields.close()
    raise FilesTooLarge(FormData([(name, value) for name, value in fields.multi_items() if isinstance(value, str)]))


class _CountingParser(MultiPartParser):
    """Counts the bytes of files and fields.

    File bytes over `UPLOAD` are thrown away. Raises `BodyOverLimit` for the fields.
    """

    file_bytes = 0
    text_bytes = 0

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._current_part.file is None:
            self.text_bytes += end - start
            if self.text_bytes > _MOST_TEXT:
                raise BodyOverLimit
        else:
            self.file_bytes += end - start
            if self.file_bytes > UPLOAD:
                return
        super().on_part_data(data, start, end)
