"""Fields that name accounts: an id that no account has is refused, or the record says of nobody that they were there.

The law asks it of a plan of visits, which rests on each account's unit. Here it is asked of what people type and systems send.
"""

from __future__ import annotations

from collections.abc import Iterable

from console.web.request.page_request import PageRequest
from states import privacy
from states.refusals import NotKnown, Refusal
from states.vocabulary import Citation, Command, Opaque, Text

FIELDS = ("inspectors", "checked_by")
"""The fields of commands that name accounts."""

_ROLES = frozenset(("office", "working_group", "assessor", "discipline", "leading_group"))
"""Whose holders inspect and check: their accounts are named where one is not known."""
_MOST = 20


def known(request: PageRequest, ids: Iterable[str], clause: Citation) -> tuple[Opaque, ...]:
    """These accounts. NotKnown for those that were never opened; one that was closed since may still have been there."""
    given = tuple(dict.fromkeys(ids))
    unknown = [id_ for id_ in given if _is_id(id_) and not request.account_of(id_).version]
    if unknown:
        accounts = [request.account_of(id_) for id_ in sorted(request.account_names)]
        those = [one.id for one in accounts if not one.closed and not one.roles.isdisjoint(_ROLES)]
        raise NotKnown(
            what=Text(zh="账号", en="account"),
            value=", ".join(unknown),
            known=", ".join(those[:_MOST]) or "—",
            clause=clause,
        )
    return tuple(map(Opaque, given))


def names_accounts(command: Command) -> bool:
    """Whether the command has a field that names accounts."""
    return not set(FIELDS).isdisjoint(command.__struct_fields__)


def check(request: PageRequest, command: Command, clause: Citation) -> None:
    """Refuse a command that names an account nobody has, at its field."""
    for field in FIELDS:
        try:
            known(request, getattr(command, field, ()), clause)
        except Refusal as refusal:
            refusal.at = field
            raise


def _is_id(id_: str) -> bool:
    """Whether it can be an id at all; what cannot is refused by the law, in its own words."""
    try:
        privacy.check_id(id_, id_)
    except Refusal:
        return False
    return True
