"""`GET /entries`: the entries of the whole ledger as they are stored, page by page, for callers with the view `audit`.

Nothing is checked or left out here: the caller can check digests and chain.
"""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query, Security
from pydantic import BaseModel

from console.web import recusal
from console.web.request.page_request import PageRequest

from .dependencies import caller
from .models import STRICT

router = APIRouter(tags=["entries"])

Caller = Annotated[PageRequest, Security(caller, scopes=["audit"])]


class EntriesQuery(BaseModel):
    """Entries with a number greater than `after`, at most `limit`."""

    model_config = STRICT
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0
    limit: Annotated[int, Query(ge=1, le=1000)] = 100


class Entry(BaseModel):
    """An entry.

    `body` is its canonical JSON (RFC 8785) as in the ledger, `digest` the SHA-256 of this text in UTF-8.
    """

    number: int
    digest: str
    body: str


class Entries(BaseModel):
    """Entries in their order. `next` is the value of `after` for the next page; null at the end of the ledger."""

    entries: list[Entry]
    next: int | None


@router.get("/entries", summary="台账记录")
def entries(caller: Caller, query: Annotated[EntriesQuery, Query()]) -> Entries:
    """Entries of the ledger after a number, one page at a time.

    Not for an account that belongs to an assessed department.
    """
    # Such an account may not read everything (docs/decisions/0034), and a ledger with gaps proves nothing.
    recusal.require_read(caller)
    # One row more than the page shows whether there is a next page.
    rows = list(islice(caller.engine.ledger.rows(query.after, batch=query.limit + 1), query.limit + 1))
    page = [Entry(number=number, digest=digest, body=body) for number, _, _, _, body, digest in rows[: query.limit]]
    return Entries(entries=page, next=page[-1].number if len(rows) > len(page) else None)
