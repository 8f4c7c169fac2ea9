"""Checks and reads fields that name accounts. An id that no account ever had is refused.

A form names the accounts by the names of their holders: ticked, or typed. Otherwise a typing error would record a
person who does not exist as an inspector. `states/` itself checks this only for a plan of visits, which needs the
department of each account.
"""

from __future__ import annotations

from collections.abc import Iterable

from config.typed import listed_parts
from console.web.request.page_request import PageRequest
from states import privacy
from states.records.lineage import is_recused
from states.refusals import Incomplete, Malformed, NotKnown, Refusal
from states.rulebook import roles
from states.vocabulary import Citation, Command, Opaque, Text
from storage.sign_in import accounts

FIELDS = ("inspectors", "checked_by")
"""The fields of commands that name accounts."""

_MAX_LISTED = 20
_ACCOUNT = Text(zh="账号", en="account")


def offered(request: PageRequest, unit: str | None = None) -> dict[str, str]:
    """The names to tick, by id: of the open accounts that go to departments, but not of people of `unit` (recusal)."""
    checkers = roles.checkers(request.rulebook)
    names = {
        one.id: request.account_names[one.id]
        for one in request.all_accounts()
        if not one.closed and not one.roles.isdisjoint(checkers)
        and (unit is None or not is_recused(one.unit, unit, request.roster))
    }  # fmt: skip
    return dict(sorted(names.items(), key=lambda item: item[1]))


def typed(request: PageRequest, name: str, unit: str | None = None) -> str:
    """What the field has besides the ticked names, as it was typed."""
    ticked = offered(request, unit)
    return "、".join(text for text in request.form.texts(name) if text and text not in ticked)


def read(request: PageRequest, name: str, title: Text, clause: Citation) -> tuple[Opaque, ...]:
    """The accounts that are ticked in a field, or typed by the names of their holders or by their ids.

    Raises `Incomplete`, `Malformed` for a name that several open accounts have, and `NotKnown` for one that none has.
    """
    parts = [part for text in request.form.texts(name) for part in listed_parts(text)]
    if not parts:
        raise Incomplete(missing=title, clause=clause)
    ids = [_id_of(request, part, clause) for part in parts]
    return _require_known(request, ids, clause, offered(request).values())


def _require_known(
    request: PageRequest, ids: Iterable[str], clause: Citation, known: Iterable[str]
) -> tuple[Opaque, ...]:
    """The ids without repetitions. Raises `NotKnown`, which lists `known`, if no account ever had one of them."""
    # An account that is closed now is accepted: its holder may have inspected before.
    distinct = tuple(dict.fromkeys(ids))
    unknown = [id_ for id_ in distinct if _may_be_id(id_) and not request.account_of(id_).version]
    if unknown:
        raise _unknown(", ".join(unknown), clause, known)
    return tuple(map(Opaque, distinct))


def names_accounts(command: Command) -> bool:
    """Whether the command has a field that names accounts."""
    return not set(FIELDS).isdisjoint(command.__struct_fields__)


def check(request: PageRequest, command: Command, clause: Citation) -> None:
    """Raise `NotKnown`, with the name of the field, if the command names an account that does not exist."""
    for field in FIELDS:
        try:
            _require_known(request, getattr(command, field, ()), clause, offered(request))
        except Refusal as refusal:
            refusal.field = field
            raise


def _id_of(request: PageRequest, text: str, clause: Citation) -> str:
    """The id of the account that a text names."""
    if text in request.account_names:
        return text
    erased = accounts.without_name(request.database)
    holders = {id_: name.render("zh") for id_, name in request.names_of_persons.items()}
    people = request.engine.people()
    named = [
        id_ for id_, name in request.account_names.items()
        if id_ not in erased and text in (name, holders.get(people.get(id_, "")))
    ]  # fmt: skip
    still_open = [id_ for id_ in named if not request.account_of(id_).closed]
    if len(still_open or named) > 1:
        ids = still_open or named
        zh = f"有 {len(ids)} 个账号的姓名是“{text}”，请改填其中一个账号：{'、'.join(ids)}"
        en = f"{len(ids)} accounts have the name “{text}”: enter one of these accounts instead: {', '.join(ids)}"
        raise Malformed(what=_ACCOUNT, why=Text(zh=zh, en=en), clause=clause)
    if named:
        return (still_open or named)[0]
    if text in holders.values():
        zh, en = (
            f"“{text}”还没有账号，请先由系统管理员开通",
            f"“{text}” has no account yet: ask the system administrator to open one",
        )
        raise Malformed(what=_ACCOUNT, why=Text(zh=zh, en=en), clause=clause)
    if not _may_be_id(text):
        raise _unknown(text, clause, offered(request).values())
    return text


def _unknown(text: str, clause: Citation, known: Iterable[str]) -> NotKnown:
    return NotKnown(what=_ACCOUNT, value=text[:100], known=", ".join(list(known)[:_MAX_LISTED]) or "—", clause=clause)


def _may_be_id(id_: str) -> bool:
    """Whether the text can be an id. For any other text `states/` has another refusal."""
    try:
        privacy.check_id(id_, id_)
    except Refusal:
        return False
    return True
