"""Checks fields that name accounts. An id that no account ever had is refused.

Otherwise a typing error would record a person who does not exist as an inspector. `states/` itself checks this only for
a plan of visits, which needs the department of each account.
"""

from __future__ import annotations

from collections.abc import Iterable

from console.web.request.page_request import PageRequest
from states import privacy
from states.refusals import NotKnown, Refusal
from states.rulebook import roles
from states.vocabulary import Citation, Command, Opaque, Text

FIELDS = ("inspectors", "checked_by")
"""The fields of commands that name accounts."""

_MAX_LISTED = 20


def require_known(request: PageRequest, ids: Iterable[str], clause: Citation) -> tuple[Opaque, ...]:
    """The ids without repetitions. Raises `NotKnown` if no account ever had one of them."""
    # An account that is closed now is accepted: its holder may have inspected before.
    distinct = tuple(dict.fromkeys(ids))
    unknown = [id_ for id_ in distinct if _may_be_id(id_) and not request.account_of(id_).version]
    if unknown:
        accounts = [request.account_of(id_) for id_ in sorted(request.account_names)]
        checkers = roles.checkers(request.rulebook)
        inspectors = [one.id for one in accounts if not one.closed and not one.roles.isdisjoint(checkers)]
        raise NotKnown(
            what=Text(zh="账号", en="account"),
            value=", ".join(unknown),
            known=", ".join(inspectors[:_MAX_LISTED]) or "—",
            clause=clause,
        )
    return tuple(map(Opaque, distinct))


def names_accounts(command: Command) -> bool:
    """Whether the command has a field that names accounts."""
    return not set(FIELDS).isdisjoint(command.__struct_fields__)


def check(request: PageRequest, command: Command, clause: Citation) -> None:
    """Raise `NotKnown`, with the name of the field, if the command names an account that does not exist."""
    for field in FIELDS:
        try:
            require_known(request, getattr(command, field, ()), clause)
        except Refusal as refusal:
            refusal.field = field
            raise


def _may_be_id(id_: str) -> bool:
    """Whether the text can be an id. For any other text `states/` has another refusal."""
    try:
        privacy.check_id(id_, id_)
    except Refusal:
        return False
    return True
