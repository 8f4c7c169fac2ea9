"""开通多个账号: the system administrator opens the accounts of a college with one form, and asks for their one-time links.

The security administrator's part is `new_roles.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from starlette.responses import Response

from console.web.forms.command_batch import Asked, submit_all
from console.web.forms.fields import Fields
from console.web.forms.rows import WAS, Column, Rows
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.accounts.account import CLAUSE, TITLES, OpenAccount
from states.accounts.links import RequestLink
from states.privacy import check_id
from states.refusals import AlreadyThere, Incomplete, Malformed, Refusal
from states.streams import account_stream
from states.vocabulary import Opaque, Text
from storage.vault import account_secrets

from . import accounts as page

pages = Pages()

_ACCOUNTS = Text(zh="账号", en="accounts")


@pages.get("/accounts/several", view="accounts")
def show(request: PageRequest) -> Response:
    rows = _rows(request)
    rows.fill(_suggested(request, rows))
    return _page(request, rows)


@pages.post("/accounts/several", view="accounts")
def post(request: PageRequest) -> Response:
    """Open the accounts of the table."""
    rows = _rows(request)
    return rows.respond(
        partial(_page, request, rows), lambda: _opened(request, rows), lambda opened: _open(request, rows, opened)
    )


def _rows(request: PageRequest) -> Rows:
    units: dict[str, Text | str] = {one.unit: one.title for one in request.roster.current()}
    columns = (
        Column("id", page.LABELS["id"]), Column("name", page.LABELS["name"]),
        Column("unit", page.LABELS["unit"], choices=units, optional=True),
    )  # fmt: skip
    return Rows(request, columns, CLAUSE)


def _page(request: PageRequest, rows: Rows, refusal: Refusal | None = None, read: int = 0) -> Response:
    return request.answer.page(
        "new_accounts.html", 409 if refusal else 200, rows=rows, refusal=refusal, label_of=rows.labels, read=read,
        may_open=page.may_do(request, OpenAccount.act), asks=request.http.method == "GET" or bool(request.form.text("asks")),
    )  # fmt: skip


def _suggested(request: PageRequest, rows: Rows) -> dict[str, str]:
    """A row for each department that has no account yet, with an id made of the department's."""
    states = [request.account_of(id_) for id_ in request.account_names]
    there = {state.unit for state in states if not state.closed}
    found: dict[str, str] = {}
    bare = [one.unit for one in request.roster.current() if one.unit not in there]
    for n, unit in enumerate(bare, 1):
        id_ = next(one for at in range(1, 1000) if (one := f"{unit}-{at}") not in request.account_names)
        found |= {f"{n}.id": id_, f"{n}.unit": unit, f"{n}.{WAS}": f"{id_}||{unit}"}
    return found


def _opened(request: PageRequest, rows: Rows) -> dict[int, dict[str, Any]]:
    """What each row says. InvalidForm with everything that is wrong, each fault at its cell."""
    typed = Fields(request.form, rows.clause)
    ids = [rows.cell(n, "id") for n in rows.numbers]

    def values(n: int) -> Mapping[str, Callable[[], Any]]:
        return {
            "id": lambda: _new(typed.id(f"{n}.id", page.LABELS["id"]), ids),
            "name": lambda: page.name_of(rows.cell(n, "name")),
            "unit": lambda: _unit(request, rows, n),
        }

    found = rows.read_all(values)
    if not found:
        raise Incomplete(missing=_ACCOUNTS, clause=rows.clause)
    return found


def _new(id_: str, ids: list[str]) -> str:
    """An id that is in the form once."""
    check_id(id_, page.LABELS["id"])
    if ids.count(id_) > 1:
        raise AlreadyThere(stream=id_, act=TITLES[OpenAccount.act], clause=CLAUSE)
    return id_


def _unit(request: PageRequest, rows: Rows, n: int) -> Opaque | None:
    unit = rows.cell(n, "unit")
    if unit and unit not in rows.columns[2].choices:
        why = Text(zh=f"名册中没有“{unit}”", en=f"“{unit}” is not on the roster")
        raise Malformed(what=page.LABELS["unit"], why=why, clause=rows.clause)
    return Opaque(unit) if unit else None


def _open(request: PageRequest, rows: Rows, opened: Mapping[int, dict[str, Any]]) -> str:
    asks = bool(request.form.text("asks"))
    asked = []
    for n, one in opened.items():
        stream, name = account_stream(one["id"]), account_secrets.name(request.database, one["id"], one["name"])
        asked.append(Asked(str(n), stream, OpenAccount(unit=one["unit"]), OpenAccount.act, (name,)))
        if asks:
            asked.append(Asked(str(n), stream, RequestLink(), RequestLink.act))
    submit_all(request, asked, rows.at)
    for one in opened.values() if asks else ():
        request.log_security("link_requested", what=one["id"])
    return f"/accounts?done={OpenAccount.act}"
