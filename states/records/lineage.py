"""Finds the successors and predecessors of a department in the roster, and decides by them.

It decides who is recused from a department (`is_recused`), who may act for it (`speaks_for`), and which departments
answer for it in a year (`answering_units`). Not here: which cases count in an assessment (`cases/attribution.py`).
"""

from __future__ import annotations

from itertools import chain

from .roster import Reorganisation, Roster


def all_successors(unit: str, roster: Roster) -> tuple[str, ...]:
    """The successors of a closed department, and their successors; empty for a department that still exists."""
    successors: dict[str, None] = {}
    queue = [unit]
    while queue:
        closing = roster.closing(queue.pop(0))
        added = (
            [successor for successor in closing.successors if successor not in successors]
            if closing is not None
            else []
        )
        successors |= dict.fromkeys(added)
        queue += added
    return tuple(successors)


def origin_reorganisations(unit: str, roster: Roster) -> tuple[Reorganisation, ...]:
    """The reorganisations of which this department is a successor, directly or through other departments.

    The direct ones are first.
    """
    reorganisations: list[Reorganisation] = []
    queue = [unit]
    while queue:
        successor = queue.pop(0)
        added = [
            reorganisation
            for reorganisation in roster.reorganisations
            if successor in reorganisation.successors and reorganisation not in reorganisations
        ]
        reorganisations += added
        queue += [reorganisation.unit for reorganisation in added]
    return tuple(reorganisations)


def predecessors(unit: str, roster: Roster) -> tuple[str, ...]:
    """The closed departments that have this one among their successors."""
    closed = (closing.unit for closing in roster.reorganisations if not closing.continues)
    return tuple(earlier for earlier in dict.fromkeys(closed) if unit in all_successors(earlier, roster))


def is_recused(own_unit: str | None, unit: str, roster: Roster | None) -> bool:
    """F16: whether somebody of the department `own_unit` may not judge `unit`.

    That is so if the two are the same, or one of them took over the other.
    """
    # The people of a closed department work in its successors, even if their accounts were not moved.
    return speaks_for(own_unit, unit, roster) or (own_unit is not None and speaks_for(unit, own_unit, roster))


def recused_units(own_unit: str, roster: Roster) -> tuple[str, ...]:
    """The departments that somebody of the department `own_unit` may not judge (`is_recused`)."""
    return tuple(dict.fromkeys((own_unit, *all_successors(own_unit, roster), *predecessors(own_unit, roster))))


def speaks_for(own_unit: str | None, unit: str, roster: Roster | None) -> bool:
    """Whether somebody of the department `own_unit` may act for `unit`: it is `unit`, or it took over `unit`."""
    if own_unit is None or own_unit == unit:
        return own_unit == unit
    return roster is not None and own_unit in all_successors(unit, roster)


def answering_units(
    unit: str, now: str | None, year: int, roster: Roster, visited: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """The departments that may answer in a year for an act of a person of `unit`; usually one.

    `now` is the present department of the person, if it is known. Several are returned if `unit` was split and nothing
    says which successor answers: then none of them answers yet.
    """
    if not visited and now is not None and now not in all_successors(unit, roster):
        unit = now  # the person moved to `now`, but not because of a reorganisation
    closing = roster.closing(unit)
    if closing is None or year <= closing.final_year or not closing.successors or unit in visited:
        return (unit,)
    leading_to_now = [
        successor
        for successor in closing.successors
        if now is not None and (successor == now or now in all_successors(successor, roster))
    ]
    answers = (
        answering_units(successor, now, year, roster, (*visited, unit))
        for successor in leading_to_now or closing.successors
    )
    return tuple(dict.fromkeys(chain.from_iterable(answers)))
