"""Divides the departments of a year among the accounts that may be assigned, as evenly as recusal allows.

Not here: what an assignment is, and who may be assigned (`assignment.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence


def divide(
    departments: Sequence[str],
    each: int,
    may: Mapping[str, Collection[str]],
    already: Mapping[str, Collection[str]],
) -> dict[str, tuple[str, ...]]:
    """Divide departments among accounts: `each` accounts to a department, every account as many as the others.

    `may`: the accounts that may be assigned, by department. `already`: those that are assigned and stay so. A
    department for which fewer accounts may be assigned gets those. The same input gives the same division.
    """
    before = {unit: tuple(already.get(unit, ())) for unit in departments}
    load = dict.fromkeys(sorted({id_ for ids in (*may.values(), *before.values()) for id_ in ids}), 0)
    for id_ in (id_ for ids in before.values() for id_ in ids):
        load[id_] += 1
    added: dict[str, list[str]] = {unit: [] for unit in departments}
    # The department with the fewest possible accounts comes first, while all of them still have room.
    for unit in sorted(departments, key=lambda one: len(may.get(one, ()))):
        possible = sorted(set(may.get(unit, ())).difference(before[unit]))
        for id_ in sorted(possible, key=load.__getitem__)[: max(0, each - len(before[unit]))]:
            added[unit].append(id_)
            load[id_] += 1
    while (swap := _swap(added, before, may, load)) is not None:
        unit, old, new = swap
        added[unit][added[unit].index(old)] = new
        load[old] -= 1
        load[new] += 1
    return {unit: tuple(sorted({*before[unit], *added[unit]})) for unit in departments}


def _swap(
    added: Mapping[str, Collection[str]],
    before: Mapping[str, Collection[str]],
    may: Mapping[str, Collection[str]],
    load: Mapping[str, int],
) -> tuple[str, str, str] | None:
    """A department, an account that it has, and one to take instead, with at least two departments fewer. None: no such."""
    # Each swap makes the sum of the squares of the loads smaller. So there is a last one.
    for unit, ids in added.items():
        others = sorted(set(may.get(unit, ())).difference(ids, before[unit]), key=lambda one: (load[one], one))
        old = max(ids, key=load.__getitem__, default=None)
        if others and old is not None and load[others[0]] + 2 <= load[old]:
            return unit, old, others[0]
    return None
