"""保密库: the list of all confidential values without their content, and erasing them, a person, or a closed account's name.

The page is for the security administrator, who cannot read the values. It shows first which values would be erased.
Erasing them needs re-authentication, a reason and a confirmation.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from starlette.responses import Response

from console.web.forms import confidential_fields
from console.web.forms.fields import Fields
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.custody import confidential as rules
from states.custody.confidential import Value
from states.records.account import SECURITY
from states.refusals import NothingToDo, Refusal
from states.streams import Stream
from states.vocabulary import Actor, Text
from storage.vault import erasure
from workflow import confidential
from workflow.people import Erasure, erase_about, is_known, names_left, open_account_of

pages = Pages()

MAX_LISTED = 500
"""The number of values in the list, at most. Other values can be found by the person whom they are about."""


class ErasureTarget(Struct, frozen=True):
    """The values to erase: one `value` by its id, or all values `about` one person. The other field is empty."""

    value: str
    about: str


@pages.get("/vault", view="vault")
def show(request: PageRequest) -> Response:
    about = request.query.get("about", "")[:64]
    values = confidential.all_values(request.engine, about=about)
    return request.answer.page(
        "vault.html",
        values=values[:MAX_LISTED],
        count=len(values),
        about=about,
        is_account=about in request.account_names
        or is_known(request.engine, about)
        or bool(_closed_accounts(request, about)),
        kinds=rules.VALUE_KIND_TITLES,
        context_of=_context_of(request),
        not_destroyed=_not_destroyed(request),
        locked=confidential_fields.vault_error(request),
        log_retention=erasure.sentences(erasure.log_retention(request.database)),
        done=request.query.get("done", ""),
    )


@pages.get("/vault/erase", view="vault", reauthenticates=True)
def preview(request: PageRequest) -> Response:
    query = request.query
    return _preview(request, ErasureTarget(query.get("value", "")[:64], query.get("about", "")[:64]))


@pages.post("/vault/erase", view="vault", reauthenticates=True)
def erase(request: PageRequest) -> Response:
    """Erase one value, or everything about a person. The refusal is shown on the preview if there is nothing to erase."""
    target = ErasureTarget(request.form.text("value")[:64], request.form.text("about")[:64])
    actor = Actor(request.user.id, SECURITY, request.user.unit)
    try:
        erased = _erase(request, target, actor, _read_reason(request))
    except Refusal as refusal:
        return _preview(request, target, refusal)
    if erased.is_person:
        request.log_security("person_erased", detail=target.about)
    for account in erased.accounts:
        request.log_security("name_erased", detail=account)
    return request.answer.redirect(f"/vault?done={len(erased.values)}")


def _erase(request: PageRequest, target: ErasureTarget, actor: Actor, reason: str) -> Erasure:
    """Erase the target. Raises `NothingToDo`."""
    if target.about:
        return erase_about(request.engine, target.about, actor, reason)
    values = [value.id for value in confidential.values_to_erase(request.engine, id_=target.value)]
    if not values:
        why = Text(zh="没有可删除的内容", en="there is nothing to erase")
        raise NothingToDo(act=rules.TITLES["erase_value"], why=why, clause=rules.CLAUSE)
    return Erasure(confidential.erase(request.engine, actor, values, reason), [], is_person=False)


def _read_reason(request: PageRequest) -> str:
    """The reason for erasing. Raises `InvalidForm` if it is missing or if the confirmation is not ticked."""
    fields = Fields(request.form, rules.CLAUSE)
    values = fields.values(
        {
            "reason": lambda: fields.word("reason", Text(zh="删除理由", en="the reason for erasing")),
            "sure": lambda: fields.word("sure", Text(zh="确认", en="your confirmation")),
        }
    )
    reason: str = values["reason"]
    return reason


def _preview(request: PageRequest, target: ErasureTarget, refusal: Refusal | None = None) -> Response:
    return request.answer.page(
        "vault_erase.html",
        200 if refusal is None else 403 if refusal.grave else 409,
        refusal=refusal,
        target=target,
        values=confidential.values_to_erase(request.engine, about=target.about, id_=target.value),
        is_account=target.about in request.account_names,
        is_closed=_is_closed_account(request, target.about),
        is_known=is_known(request.engine, target.about),
        open_account=open_account_of(request.engine, target.about),
        closed_accounts=_closed_accounts(request, target.about),
        kinds=rules.VALUE_KIND_TITLES,
        context_of=_context_of(request),
        log_retention=erasure.sentences(erasure.log_retention(request.database)),
    )


def _not_destroyed(request: PageRequest) -> set[str]:
    """The ids of the values that are erased in the ledger but still exist in the vault."""
    # A value is destroyed after the entry about its erasure is committed. If the program stops between the two, the
    # value still exists. Erasing it once more destroys it.
    return {item.id for item in confidential.erased_but_present(request.engine)}


def _closed_accounts(request: PageRequest, person: str) -> list[str]:
    """The closed accounts of a person whose names are erased with the person."""
    return names_left(request.engine, person) if person else []


def _is_closed_account(request: PageRequest, account: str) -> bool:
    return bool(account) and account in request.account_names and request.account_of(account).closed


def _context_of(request: PageRequest) -> Callable[[Value], Text]:
    """A function that returns the title of the assessment, or the id of the case, to which a value belongs.

    It returns a dash for any other value.
    """

    def context_of(value: Value) -> Text:
        stream = Stream.parse(value.of or "")
        if stream.unit is not None:
            title = request.roster.title(stream.unit, stream.year)
            return Text(zh=f"{stream.year} 年度 {title}", en=f"{title} {stream.year}")
        # Only the id of a case is shown: its title would tell the security administrator the decision.
        is_case = stream.kind == "case"
        return Text(zh=f"案件 {stream.id}", en=f"case {stream.id}") if is_case else Text(zh="—", en="—")

    return context_of
