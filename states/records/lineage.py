"""The successors and predecessors of a department, by the roster. Pure. Who answers for a case: `attribution.py`."""

from __future__ import annotations

from .roster import Reorganisation, Roster


def all_successors(unit: str, roster: Roster) -> tuple[str, ...]:
    """The successors of a department that ended, and their successors; empty for one that goes on."""
    successors: dict[str, None] = {}
    queue = [unit]
    while queue:
        end = roster.end(queue.pop(0))
        new = [one for one in end.successors if one not in successors] if end is not None else []
        successors |= dict.fromkeys(new)
        queue += new
    return tuple(successors)


def origin_reorganisations(unit: str, roster: Roster) -> tuple[Reorganisation, ...]:
    """The reorganisations that led to this department, and those before them, the latest first."""
    reorganisations: list[Reorganisation] = []
    queue = [unit]
    while queue:
        successor = queue.pop(0)
        new = [one for one in roster.reorganisations if successor in one.successors and one not in reorganisations]
        reorganisations += new
        queue += [one.unit for one in new]
    return tuple(reorganisations)


def predecessors(unit: str, roster: Roster) -> tuple[str, ...]:
    """The departments that ended and have this one among their successors."""
    ended = (one.unit for one in roster.reorganisations if not one.continues)
    return tuple(one for one in dict.fromkeys(ended) if unit in all_successors(one, roster))


def is_recused(own: str | None, unit: str, roster: Roster | None) -> bool:
    """F16: whether somebody of `own` may not judge `unit`: they are the same, or one of the two took the other over."""
    # The people of a department that ended work in its successors, whether or not their accounts were moved.
    return speaks_for(own, unit, roster) or (own is not None and speaks_for(unit, own, roster))


def speaks_for(own: str | None, unit: str, roster: Roster | None) -> bool:
    """Whether somebody of `own` acts for `unit`: they are the same, or `own` took it over."""
    if own is None or own == unit:
        return own == unit
    return roster is not None and own in all_successors(unit, roster)


def answering_units(
    unit: str, now: str | None, year: int, roster: Roster, visited: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """The department that answers in a year for what happened in `unit`. `now`: the person's present one, if known.

    More than one where the department was split and nothing says which successor answers: then none of them does yet.
    """
    if not visited and now is not None and now not in all_successors(unit, roster):
        unit = now  # the person moved, and not by the reorganisation
    end = roster.end(unit)
    if end is None or year <= end.final_year or not end.successors or unit in visited:
        return (unit,)
    named = [one for one in end.successors if now is not None and (one == now or now in all_successors(one, roster))]
    answers = (answering_units(one, now, year, roster, (*visited, unit)) for one in named or end.successors)
    return tuple(dict.fromkeys(one for several in answers for one in several))
