"""保密库: what lies there, for the security administrator, who cannot read it; and erasing it for good.

Erasing is looked at first: what goes, what stays. Then it takes a proof of identity, a reason and a word that it is meant.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from console.web.forms import confidential_fields
from console.web.forms.fields import Fields
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.custody import confidential as law
from states.custody.confidential import Value
from states.records.account import SECURITY
from states.refusals import NothingToDo, Refusal
from states.streams import Stream
from states.vocabulary import Actor, Text
from storage.sign_in import accounts
from storage.vault import erasure
from workflow import confidential

pages = Pages()

SHOWN = 500
"""How many values the list shows: who looks for others names whom they are about."""


@pages.get("/vault", view="vault")
def show(request: PageRequest) -> Response:
    about = request.query.get("about", "")[:64]
    found = confidential.values(request.engine, about=about)
    owed = {one.id for one in confidential.owed(request.engine)}
    return request.answer.page(
        "vault.html", values=found[:SHOWN], count=len(found), about=about, kinds=law.KINDS, locked=confidential_fields.locked(request), owed=owed,
        done=request.query.get("done", ""), remains=erasure.sentences(erasure.log_retention(request.database)), of=_of(request), known=about in accounts.names(request.database),
    )  # fmt: skip


@pages.get("/vault/erase", view="vault", reauthenticates=True)
def preview(request: PageRequest) -> Response:
    query = request.query
    return _preview(request, query.get("value", "")[:64], query.get("about", "")[:64])


@pages.post("/vault/erase", view="vault", reauthenticates=True)
def erase(request: PageRequest) -> Response:
    """Erase one value, or everything about a person."""
    value, about = request.form.text("value")[:64], request.form.text("about")[:64]
    going = _going(request, value, about)
    try:
        typed = Fields(request.form, law.CLAUSE)
        found = typed.values({
            "reason": lambda: typed.word("reason", Text(zh="删除理由", en="the reason for erasing")),
            "sure": lambda: typed.word("sure", Text(zh="确认", en="your confirmation")),
        })  # fmt: skip
        if not going and not _closed(request, about):
            why = Text(zh="没有可删除的内容", en="there is nothing to erase")
            raise NothingToDo(act=law.TITLES["erase_value"], why=why, clause=law.CLAUSE)
        actor = Actor(request.user.id, SECURITY, request.user.unit)
        if going:
            confidential.erase(request.engine, actor, [one.id for one in going], found["reason"])
        if about and confidential.forget(request.engine, about):
            request.log_security("name_erased", what=about)
    except Refusal as refusal:
        return _preview(request, value, about, refusal)
    return request.answer.redirect(f"/vault?done={len(going)}")


def _preview(request: PageRequest, value: str, about: str, wrong: Refusal | None = None) -> Response:
    known = about in accounts.names(request.database)
    return request.answer.page(
        "vault_erase.html", 200 if wrong is None else 403 if wrong.grave else 409, going=_going(request, value, about), value=value,
        about=about, kinds=law.KINDS, refusal=wrong, of=_of(request), remains=erasure.sentences(erasure.log_retention(request.database)), known=known, closed=known and _closed(request, about),
    )  # fmt: skip


def _going(request: PageRequest, value: str, about: str) -> list[Value]:
    """What would be erased: one value, or everything about a person; also what was to be and is not destroyed yet."""
    found = (
        confidential.values(request.engine, about=about)
        if about
        else confidential.values(request.engine)
        if value
        else []
    )
    owed = {one.id for one in confidential.owed(request.engine)}
    return [one for one in found if (about or one.id == value) and (not one.erased or one.id in owed)]


def _closed(request: PageRequest, account: str) -> bool:
    return bool(account) and account in accounts.names(request.database) and request.account_of(account).closed


def _of(request: PageRequest) -> Callable[[Value], Text]:
    """What a value belongs to, in words. A case is an id here: its title says what was decided."""

    def of(one: Value) -> Text:
        stream = Stream.parse(one.of or "")
        if stream.unit is not None:
            title = request.roster.title(stream.unit, stream.year)
            return Text(zh=f"{stream.year} 年度 {title}", en=f"{title} {stream.year}")
        is_case = stream.kind == "case"
        return Text(zh=f"案件 {stream.id}", en=f"case {stream.id}") if is_case else Text(zh="—", en="—")

    return of
