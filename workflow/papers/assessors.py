"""Those who carry out assessments, for a paper that names them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from states.rulebook.roles import conductors
from workflow.engine import Engine


class Assessor(Struct, frozen=True):
    """An account that carries out assessments: the name of its holder, its roles in them, and its department.

    `units`: its department, and for a deputy also that of each principal. Empty: it belongs to none.
    """

    account: str
    name: str
    roles: tuple[str, ...]
    units: tuple[str, ...]


def assessors(engine: Engine, names: Mapping[str, str]) -> Iterator[Assessor]:
    """The open accounts with a role that carries out assessments, also as a deputy, by id. `names`: of each account."""
    conducting, now = conductors(engine.editions.in_force.rulebook), engine.clock.now()
    for account in engine.accounts(sorted(names)):
        if account.closed:
            continue
        lent = [one for one in engine.deputyships(account, now) if not one.roles.isdisjoint(conducting)]
        roles = account.roles.union(*(one.roles for one in lent))
        own = tuple(role for role in conducting if role in roles)
        if own:
            units = (account.unit, *(one.principal.unit for one in lent))
            yield Assessor(account.id, names[account.id], own, tuple(dict.fromkeys(filter(None, units))))
