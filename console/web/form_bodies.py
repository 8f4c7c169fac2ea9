"""The body of a form, read as far as its sender may send. Where its files are too large together, its fields are read all the same.

A browser shows no answer to a request it could not finish sending, and what was typed would be gone with it. So a form over the limit is
read to its end, its files thrown away, and its page can say what was wrong and keep what was typed (`forms/recovery.py`).
"""

from __future__ import annotations

from contextlib import aclosing

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from .middleware import SMALL, UPLOAD, TooLarge, is_multipart, measured

# Every file field of a form is a part, even an empty one: an annex of 40 elements and as many talks are over a hundred.
_FIELDS, _FILES = 5000, 500
_TEXT = 2**24
"""Bytes of the fields of a form with files, which are held in memory."""


class FilesTooLarge(Exception):
    """The files of a form are too large together. `fields` are its fields, without any file."""

    def __init__(self, fields: FormData) -> None:
        super().__init__()
        self.fields = fields


async def small(request: Request) -> FormData:
    """A form of somebody who need not be signed in. TooLarge."""
    return await Request(request.scope, measured(request.receive, SMALL)).form()


async def form(request: Request) -> FormData:
    """A form with its files, which the caller closes. FilesTooLarge, TooLarge; HTTPException where it cannot be read."""
    if not is_multipart(request.headers):
        return await request.form(max_fields=_FIELDS)
    async with aclosing(request.stream()) as stream:
        parser = _Parser(request.headers, stream, max_fields=_FIELDS, max_files=_FILES)
        try:
            read = await parser.parse()
        except MultiPartException as wrong:
            raise HTTPException(400, wrong.message) from wrong
    if parser.size <= UPLOAD:
        return read
    await read.close()
    raise FilesTooLarge(FormData([(name, value) for name, value in read.multi_items() if isinstance(value, str)]))


class _Parser(MultiPartParser):
    """Counts the bytes of the files (`size`), and keeps none beyond what a form may have. TooLarge where the fields have too many."""

    size = 0
    text = 0

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._current_part.file is None:
            self.text += end - start
            if self.text > _TEXT:
                raise TooLarge
        else:
            self.size += end - start
            if self.size > UPLOAD:
                return
        super().on_part_data(data, start, end)
