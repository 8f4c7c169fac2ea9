"""保密库: what lies there, for the security administrator, who cannot read it; and erasing it for good.

Erasing is looked at first: what goes, what stays. Then it takes a proof of identity, a reason and a word that it is meant.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from console.web.forms import confidential_fields
from console.web.forms.fields import Fields
from console.web.request import Visit
from console.web.routes import Pages
from states.accounts.account import SECURITY
from states.custody import confidential as law
from states.custody.confidential import Value
from states.refusals import NothingToDo, Refusal
from states.vocabulary import Actor, Text
from storage.sign_in import accounts
from storage.vault import erasure
from workflow import confidential

pages = Pages()

SHOWN = 500
"""How many values the list shows: who looks for others names whom they are about."""


@pages.get("/vault", view="vault")
def show(visit: Visit) -> Response:
    about = visit.request.query_params.get("about", "")[:64]
    found = confidential.values(visit.engine, about=about)
    owed = {one.id for one in confidential.owed(visit.engine)}
    return visit.page(
        "vault.html", values=found[:SHOWN], count=len(found), about=about, kinds=law.KINDS, locked=confidential_fields.locked(visit), owed=owed,
        done=visit.request.query_params.get("done", ""), remains=erasure.sentences(erasure.log_retention(visit.database)), of=_of(visit), known=about in accounts.names(visit.database),
    )  # fmt: skip


@pages.get("/vault/erase", view="vault", proof=True)
def preview(visit: Visit) -> Response:
    query = visit.request.query_params
    return _preview(visit, query.get("value", "")[:64], query.get("about", "")[:64])


@pages.post("/vault/erase", view="vault", proof=True)
def erase(visit: Visit) -> Response:
    """Erase one value, or everything about a person."""
    value, about = visit.field("value")[:64], visit.field("about")[:64]
    going = _going(visit, value, about)
    try:
        typed = Fields(visit, law.CLAUSE)
        found = typed.values({
            "reason": lambda: typed.word("reason", Text(zh="删除理由", en="the reason for erasing")),
            "sure": lambda: typed.word("sure", Text(zh="确认", en="your confirmation")),
        })  # fmt: skip
        if not going and not _closed(visit, about):
            why = Text(zh="没有可删除的内容", en="there is nothing to erase")
            raise NothingToDo(act=law.TITLES["erase_value"], why=why, clause=law.CLAUSE)
        actor = Actor(visit.account.id, SECURITY, visit.unit)
        if going:
            confidential.erase(visit.engine, actor, [one.id for one in going], found["reason"])
        if about and confidential.forget(visit.engine, about):
            visit.log("name_erased", what=about)
    except Refusal as refusal:
        return _preview(visit, value, about, refusal)
    return visit.to(f"/vault?done={len(going)}")


def _preview(visit: Visit, value: str, about: str, wrong: Refusal | None = None) -> Response:
    known = about in accounts.names(visit.database)
    return visit.page(
        "vault_erase.html", 200 if wrong is None else 403 if wrong.grave else 409, going=_going(visit, value, about), value=value,
        about=about, kinds=law.KINDS, refusal=wrong, of=_of(visit), remains=erasure.sentences(erasure.log_retention(visit.database)), known=known, closed=known and _closed(visit, about),
    )  # fmt: skip


def _going(visit: Visit, value: str, about: str) -> list[Value]:
    """What would be erased: one value, or everything about a person; also what was to be and is not destroyed yet."""
    found = (
        confidential.values(visit.engine, about=about) if about else confidential.values(visit.engine) if value else []
    )
    owed = {one.id for one in confidential.owed(visit.engine)}
    return [one for one in found if (about or one.id == value) and (not one.erased or one.id in owed)]


def _closed(visit: Visit, account: str) -> bool:
    return bool(account) and account in accounts.names(visit.database) and visit.account_of(account).closed


def _of(visit: Visit) -> Callable[[Value], Text]:
    """What a value belongs to, in words. A case is an id here: its title says what was decided."""

    def of(one: Value) -> Text:
        room, _, rest = (one.of or "").partition("/")
        if room == "assessment":
            year, unit, *_ = rest.split("/")
            title = visit.unit_title(unit, int(year))
            return Text(zh=f"{year} 年度 {title}", en=f"{title} {year}")
        return Text(zh=f"案件 {rest}", en=f"case {rest}") if room == "case" else Text(zh="—", en="—")

    return of
