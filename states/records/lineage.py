"""Who comes after a unit, and who before it: read off the roster. Pure; says nothing of cases (`attribution.py`)."""

from __future__ import annotations

from .roster import Reorganisation, Roster


def heirs(unit: str, roster: Roster) -> tuple[str, ...]:
    """Every unit that a retired one went over into, and theirs; none for a unit that goes on."""
    found: dict[str, None] = {}
    waiting = [unit]
    while waiting:
        end = roster.end(waiting.pop(0))
        fresh = [one for one in end.successors if one not in found] if end is not None else []
        found |= dict.fromkeys(fresh)
        waiting += fresh
    return tuple(found)


def origins(unit: str, roster: Roster) -> tuple[Reorganisation, ...]:
    """The reorganisations a unit came out of, and those before them, the nearest first."""
    found: list[Reorganisation] = []
    waiting = [unit]
    while waiting:
        at = waiting.pop(0)
        fresh = [one for one in roster.reorganisations if at in one.successors and one not in found]
        found += fresh
        waiting += [one.unit for one in fresh]
    return tuple(found)


def predecessors(unit: str, roster: Roster) -> tuple[str, ...]:
    """The retired units that went over into this one."""
    ended = (one.unit for one in roster.reorganisations if not one.continues)
    return tuple(one for one in dict.fromkeys(ended) if unit in heirs(one, roster))


def is_recused(own: str | None, unit: str, roster: Roster | None) -> bool:
    """F16: whether somebody of `own` may not judge `unit`: the same, or one of the two took the other over.

    The people of a unit that ended work in its successors, whether or not their accounts were moved.
    """
    return speaks_for(own, unit, roster) or (own is not None and speaks_for(unit, own, roster))


def speaks_for(own: str | None, unit: str, roster: Roster | None) -> bool:
    """Whether who belongs to `own` acts, and recuses, as one of `unit`: the same, or one that took it over."""
    if own is None or own == unit:
        return own == unit
    return roster is not None and own in heirs(unit, roster)


def answering(unit: str, now: str | None, year: int, roster: Roster, seen: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The unit that answers in a year for what happened in `unit`, where `now` may say which of several successors.

    Several where a unit was split and nothing says which: no one of them answers yet.
    """
    if not seen and now is not None and now not in heirs(unit, roster):
        unit = now  # the person moved to a unit that has nothing to do with the reorganisation
    end = roster.end(unit)
    if end is None or year <= end.final_year or not end.successors or unit in seen:
        return (unit,)
    named = [one for one in end.successors if now is not None and (one == now or now in heirs(one, roster))]
    led = (answering(one, now, year, roster, (*seen, unit)) for one in named or end.successors)
    return tuple(dict.fromkeys(one for among in led for one in among))
