"""开通多个账号: one form that opens many accounts and, if wanted, requests their one-time links: all or none.

The form is for the system administrator. An empty form proposes one account for each department without an open
account. The security administrator's form for these accounts is `new_roles.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from starlette.responses import Response

from console.web.forms.command_batch import BatchCommand, submit_all
from console.web.forms.fields import Fields
from console.web.forms.rows import INITIAL_ROW, Column, FormRows
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.accounts.account import CLAUSE, TITLES, OpenAccount
from states.accounts.links import RequestLink
from states.privacy import check_id
from states.refusals import AlreadyThere, Incomplete, Malformed, Refusal
from states.streams import account_stream
from states.vocabulary import Opaque, Text
from storage.vault import account_secrets

from .accounts import LABELS, may_do, members_of_teams, read_name

pages = Pages()

_ACCOUNTS = Text(zh="账号", en="accounts")


@pages.get("/accounts/several", view="accounts")
def show(request: PageRequest) -> Response:
    rows = _rows(request)
    rows.fill(_suggested_cells(request))
    return _page(request, rows)


@pages.post("/accounts/several", view="accounts")
def open_accounts(request: PageRequest) -> Response:
    """Open the accounts of the table, and request their links if the form asks for them: all or none."""
    rows = _rows(request)
    return rows.respond(
        partial(_page, request, rows),
        lambda: _read_accounts(request, rows),
        lambda new: _open(request, rows, new),
    )


def _rows(request: PageRequest) -> FormRows:
    units: dict[str, Text | str] = {unit.unit: unit.title for unit in request.roster.current()}
    columns = (
        Column("id", LABELS["id"]),
        Column("name", LABELS["name"]),
        Column("unit", LABELS["unit"], choices=units, optional=True),
        Column("person", LABELS["person"], choices={**members_of_teams(request)}, optional=True),
    )
    return FormRows(request, columns, CLAUSE)


def _page(request: PageRequest, rows: FormRows, refusal: Refusal | None = None, read: int = 0) -> Response:
    wants_links = request.http.method == "GET" or bool(request.form.text("asks"))
    return request.answer.page(
        "new_accounts.html",
        409 if refusal else 200,
        rows=rows,
        refusal=refusal,
        label_of=rows.labels,
        read=read,
        may_open=may_do(request, OpenAccount.act),
        wants_links=wants_links,
    )


def _suggested_cells(request: PageRequest) -> dict[str, str]:
    """The cells of one row for each department without an open account: an id and the department, but no name.

    The id is made from the department's, and is not used yet: `u-07-1`.
    """
    with_account = {state.unit for state in request.all_accounts() if not state.closed}
    without_account = [unit.unit for unit in request.roster.current() if unit.unit not in with_account]
    cells: dict[str, str] = {}
    for n, unit in enumerate(without_account, 1):
        id_ = next(
            candidate for number in range(1, 1000) if (candidate := f"{unit}-{number}") not in request.account_names
        )
        cells |= {f"{n}.id": id_, f"{n}.unit": unit, f"{n}.{INITIAL_ROW}": f"{id_}||{unit}|"}
    return cells


def _read_accounts(request: PageRequest, rows: FormRows) -> dict[int, dict[str, Any]]:
    """The id, name, department and member of each row. Raises `InvalidForm` with the errors of all cells, or `Incomplete`."""
    fields = Fields(request.form, rows.clause)
    ids = [rows.cell(n, "id") for n in rows.numbers]

    def readers(n: int) -> Mapping[str, Callable[[], Any]]:
        return {
            "id": lambda: _new_id(fields.id(f"{n}.id", LABELS["id"]), ids),
            "name": lambda: read_name(rows.cell(n, "name")),
            "unit": lambda: _read_choice(rows, n, "unit"),
            "person": lambda: _read_choice(rows, n, "person"),
        }

    new = rows.read_all(readers)
    if not new:
        raise Incomplete(missing=_ACCOUNTS, clause=rows.clause)
    return new


def _new_id(id_: str, ids: list[str]) -> str:
    """Check and return the id of a row. Raises `Malformed` or `Personal`, or `AlreadyThere` if two rows have it."""
    check_id(id_, LABELS["id"])
    if ids.count(id_) > 1:
        raise AlreadyThere(stream=id_, act=TITLES[OpenAccount.act], clause=CLAUSE)
    return id_


def _read_choice(rows: FormRows, n: int, column: str) -> Opaque | None:
    """The department or the member of a row, None if there is none. Raises `Malformed` if the roster does not have it."""
    chosen, choices = rows.cell(n, column), next(one.choices for one in rows.columns if one.name == column)
    if chosen and chosen not in choices:
        why = Text(zh=f"名册中没有“{chosen}”", en=f"“{chosen}” is not on the roster")
        raise Malformed(what=LABELS[column], why=why, clause=rows.clause)
    return Opaque(chosen) if chosen else None


def _open(request: PageRequest, rows: FormRows, new: Mapping[int, dict[str, Any]]) -> str:
    """Open the accounts, and request their links if the form asks for them. Returns the path of the next page."""
    wants_links = bool(request.form.text("asks"))
    commands = []
    for n, account in new.items():
        id_ = account["id"]
        stream, name = account_stream(id_), account_secrets.name_write(request.database, id_, account["name"])
        opening = OpenAccount(unit=account["unit"], person=account["person"])
        commands.append(BatchCommand(str(n), stream, opening, OpenAccount.act, (name,)))
        if wants_links:
            commands.append(BatchCommand(str(n), stream, RequestLink(), RequestLink.act))
    submit_all(request, commands, rows.errors_of_row)
    if wants_links:
        for account in new.values():
            request.log_security("link_requested", detail=account["id"])
    return f"/accounts?done={OpenAccount.act}"
