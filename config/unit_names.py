"""Finds the department that a sheet means by a name. A name that several departments have or had is not guessed.

Not here: the sheets that bring new departments in (`workflow/move_in/`), of which any name may be new.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from states.records.roster import Roster, Unit
from states.vocabulary import Opaque

from .typed import Unclear

_BRACKETS = str.maketrans("()", "（）")


def unit_called(name: str, roster: Roster) -> Opaque:
    """The department, also a closed one, that has or had a name; or that is written as `样例学院（u-01）`.

    Raises `Unclear` if it is nobody's name, or that of several departments.
    """
    written = {exact_name(unit): unit.unit for unit in roster.units.values()}
    if (id_ := written.get(name.translate(_BRACKETS))) is not None:
        return id_
    named = roster.called(name)
    if not named:
        near = get_close_matches(name, [title for unit in roster.units for title in roster.titles_of(unit)], 1)
        zh, en = (f"；是否为“{near[0]}”？", f"; perhaps “{near[0]}” is meant") if near else ("", "")
        raise Unclear(f"名册中没有这个部门{zh}", f"the roster has no such department{en}")
    return only_unit(named)


def unit_now_called(name: str, roster: Roster) -> Opaque:
    """Like `unit_called`, but a department that has the name now comes before one that had it."""
    present = [unit for unit in roster.called(name) if unit.title == name]
    return present[0].unit if len(present) == 1 else unit_called(name, roster)


def only_unit(named: Sequence[Unit]) -> Opaque:
    """The department, if it is only one. Raises `Unclear`, with what to write for each, if there are several."""
    if len(named) == 1:
        return named[0].unit
    zh, en = "、".join(map(exact_name, named)), ", ".join(map(exact_name, named))
    raise Unclear(
        f"有 {len(named)} 个部门现用或用过这个名称，请写明是哪一个：{zh}",
        f"{len(named)} departments have or had this name: write one of {en}",
    )


def exact_name(unit: Unit) -> str:
    """What to write where a name alone is not clear: the name with the id."""
    return f"{unit.title}（{unit.unit}）".translate(_BRACKETS)
