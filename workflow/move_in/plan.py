"""What the lines of a workbook would change: departments and people that are new or change, and people who left.

Nothing is stored here. Somebody reads the plan and agrees first; then `arrival.py` carries it out. Not here: how the
lines are read (`lines.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from difflib import get_close_matches

from msgspec import Struct
from msgspec.structs import replace

from config.cells import CellFault
from config.typed import Unclear
from config.unit_names import exact_name, only_unit
from states.assessment import Member
from states.records.roster import Roster, Unit, next_unit_id
from states.rulebook.types import Rulebook
from states.vocabulary import Opaque, Text, Words
from storage.people import Person

from .lines import Lines, PersonLine, UnitLine, fault_at

_LEAST_STAFF = 1


class UnitPlan(Struct, frozen=True):
    """A department as it will be. `before`: as it is on the roster; None if it is new.

    - `names`: the names of its people in the sheets, by id.
    - `is_kind_known`: the sheet, the roster or a person says its kind. If not, it is a guess by the title, and a person
      must look at it.
    """

    unit: Unit
    before: Unit | None
    names: Mapping[str, str]
    is_kind_known: bool = True

    @property
    def is_new(self) -> bool:
        return self.before is None


class PersonPlan(Struct, frozen=True):
    """A person as they will be. `before`: as they are in the directory; None if they are new."""

    person: Person
    before: Person | None

    @property
    def is_new(self) -> bool:
        return self.before is None


class MoveInPlan(Struct, frozen=True):
    """Everything that would change.

    - `units`, `people`: those that are new or change. `same`: how many people stay as they are.
    - `gone`: people of these departments in the directory whom the sheets do not have. They stay as they are, unless
      somebody says that they left.
    - `is_team_by_post`: the sheets do not say of everybody whether they are in the team; there, their posts decide.
    - `faults`: while there are any, the plan cannot be carried out.
    """

    units: tuple[UnitPlan, ...]
    people: tuple[PersonPlan, ...]
    same: int
    gone: tuple[Person, ...]
    is_team_by_post: bool
    faults: tuple[CellFault, ...]

    @property
    def is_empty(self) -> bool:
        return not self.units and not self.people


class Known(Struct, frozen=True):
    """What is known before: the roster, the people, the rulebook, today. `new_person` makes an id that nobody has yet."""

    roster: Roster
    people: Mapping[str, Person]
    rulebook: Rulebook
    today: date
    new_person: Callable[[Iterable[str]], Opaque]


def plan_of(lines: Lines, known: Known, kinds: Mapping[str, str]) -> MoveInPlan:
    """The plan. `kinds`: the kinds that somebody chose for departments, by their titles."""
    return _Planner(lines, known, kinds).plan()


class _Planner:
    """Makes one plan. Ids are given in the order of the sheets."""

    def __init__(self, lines: Lines, known: Known, kinds: Mapping[str, str]) -> None:
        self._lines, self._known, self._kinds = lines, known, kinds
        self._faults = list(lines.faults)
        self._known_titles, self._unclear_titles = _present_titles(known.roster)
        self._titles = dict(self._known_titles)
        self._kind_titles = {kind.key: kind.title.text for kind in known.rulebook.unit_kind}
        self._unit_ids = set(known.roster.units)
        self._person_ids = set(known.people)
        self._rows: dict[str, int] = {}

    def plan(self) -> MoveInPlan:
        new_titles = self._place_units()
        people = [self._person_plan(line) for line in self._lines.people]
        placed = [(line, plan) for line, plan in zip(self._lines.people, people, strict=True) if plan.person.unit]
        units = [self._unit_plan(title, placed) for title in self._all_titles(new_titles)]
        changed = [plan for plan in people if plan.person != plan.before]
        ids, of_units = {plan.person.id for plan in people}, {plan.person.unit for plan in people}
        gone = [
            one for one in self._known.people.values()
            if one.unit in of_units and one.id not in ids and one.is_there_on(self._known.today)
        ]  # fmt: skip
        return MoveInPlan(
            units=tuple(plan for plan in units if plan is not None and plan.unit != plan.before),
            people=tuple(changed),
            same=len(people) - len(changed),
            gone=tuple(sorted(gone, key=lambda one: (one.unit or "", one.name))),
            is_team_by_post=any(line.team is None for line in self._lines.people),
            faults=tuple(sorted(self._faults, key=lambda fault: (fault.sheet, fault.row))),
        )

    # --- departments ------------------------------------------------------------------------------

    def _place_units(self) -> list[str]:
        """Give an id to every department that the roster does not have. Returns the titles of these departments."""
        new: list[str] = []
        for line in self._lines.units:
            if self._is_unclear(line, "title", line.title):
                continue
            if line.title and line.title not in self._titles:
                new.append(line.title)
                self._titles[line.title] = self._next_unit_id()
        has_list = bool(self._lines.units)
        for person in self._lines.people:
            title = person.unit
            if not title or title in self._titles or self._is_unclear(person, "unit", title):
                continue
            if has_list:
                self._fault_of_unknown_unit(person)
            else:
                new.append(title)
                self._titles[title] = self._next_unit_id()
        return new

    def _is_unclear(self, line: UnitLine | PersonLine, key: str, title: str) -> bool:
        """Whether several departments had a name that none has now. If so, this is a fault."""
        if title not in self._unclear_titles:
            return False
        self._fault(line, key, self._unclear_titles[title])
        return True

    def _fault_of_unknown_unit(self, line: PersonLine) -> None:
        near = self._near(line.unit)
        zh = f"没有部门“{line.unit}”" + (f"，是否为“{near}”？" if near else "；请先在部门表中列出")
        en = f"there is no department “{line.unit}”" + (
            f": do you mean “{near}”?" if near else ": list it among the departments first"
        )
        self._fault(line, "unit", Text(zh=zh, en=en))

    def _near(self, title: str) -> str:
        """Another department with nearly this name; empty if there is none."""
        others = [known for known in self._titles if known != title]
        return next(iter(get_close_matches(title, others, 1, 0.7)), "")

    def _next_unit_id(self) -> Opaque:
        id_ = next_unit_id(self._unit_ids)
        self._unit_ids.add(id_)
        return id_

    def _all_titles(self, new_titles: list[str]) -> list[str]:
        in_list = [line.title for line in self._lines.units if line.title in self._titles]
        of_people = [line.unit for line in self._lines.people if line.unit in self._titles]
        return list(dict.fromkeys((*in_list, *of_people, *new_titles)))

    def _unit_plan(self, title: str, people: list[tuple[PersonLine, PersonPlan]]) -> UnitPlan | None:
        id_ = self._titles[title]
        before = self._known.roster.units.get(id_)
        line = next((one for one in self._lines.units if one.title == title), None)
        own = [
            (one, plan)
            for one, plan in people
            if plan.person.unit == id_ and plan.person.is_there_on(self._known.today)
        ]
        kind, is_known = self._kind_of(title, line, before)
        heads, members = (_team(own, where) for where in ("head", "member"))
        if before is not None and not heads and not members:
            heads, members = before.heads, before.members
        if not heads:
            self._fault_of_no_head(title, line, own)
        if not kind:
            return None
        staff = (line.staff if line else None) or (before.staff if before and not own else max(len(own), _LEAST_STAFF))
        since = (line.since if line else None) or (before.since if before else None)
        unit = Unit(
            unit=Opaque(id_),
            title=Words(before.title if before else title),
            unit_kind=kind,
            heads=heads,
            members=members,
            staff=staff,
            since=since,
        )
        names: dict[str, str] = {plan.person.id: plan.person.name for _line, plan in own}
        return UnitPlan(unit, before, names, is_known)

    def _kind_of(self, title: str, line: UnitLine | None, before: Unit | None) -> tuple[str, bool]:
        """The kind of a department, and whether somebody said it."""
        if self._kinds.get(title) in self._kind_titles:
            return self._kinds[title], True
        if line is not None and line.kind:
            words = line.kind.casefold()
            for key, text in self._kind_titles.items():
                if words in (key, text.zh, text.en.casefold()):
                    return key, True
            if before is None:
                known = "、".join(text.zh for text in self._kind_titles.values())
                known_en = ", ".join(text.en for text in self._kind_titles.values())
                why = Text(zh=f"没有类别“{line.kind}”，可填：{known}", en=f"no kind “{line.kind}”; known: {known_en}")
                self._fault(line, "kind", why)
                return "", True
        if before is not None:
            return before.unit_kind, True
        return likely_kind(title, self._kind_titles), False

    def _fault_of_no_head(self, title: str, line: UnitLine | None, own: list[tuple[PersonLine, PersonPlan]]) -> None:
        # The head may be in a row in which something is wrong: then that is the fault.
        unclear = (one for one in self._lines.people if one.is_place_faulty or one.unit not in self._titles)
        if any(title in (one.unit, self._near(one.unit)) for one in unclear):
            return
        # If no sheet lists the departments, a mistyped name makes a new department, which then has no head. So a
        # department with nearly the same name and more people is probably meant.
        near = self._near(title) if line is None and title not in self._known_titles else ""
        if sum(one.unit == near for one in self._lines.people) <= len(own):
            near = ""
        why = Text(
            zh=f"“{title}”没有主要负责人：请在人员表的“班子”列写明“正职”" + (f"；是否应为“{near}”？" if near else ""),
            en=f"“{title}” has no head: write “head” in the column “Team” of the table of people"
            + (f". Or should it be “{near}”?" if near else ""),
        )
        place = line or next(one for one in self._lines.people if one.unit == title)
        self._fault(place, "title" if line else "unit", why)

    def _fault(self, line: UnitLine | PersonLine, key: str, why: Text) -> None:
        """Add a fault of a cell, unless it has one."""
        fault = fault_at(line, key, why)
        if all((one.sheet, one.row, one.column) != (fault.sheet, fault.row, fault.column) for one in self._faults):
            self._faults.append(fault)

    # --- people -----------------------------------------------------------------------------------

    def _person_plan(self, line: PersonLine) -> PersonPlan:
        before = self._known_person(line)
        plan = PersonPlan(self._updated(before or self._new_person(line), line), before)
        if (row := self._rows.setdefault(plan.person.id, line.row)) != line.row:
            why = Text(
                zh=f"与第 {row} 行是同一人，请删去一行", en=f"this is the person of row {row}: remove one of the rows"
            )
            self._fault(line, "staff_number" if line.staff_number else "name", why)
        return plan

    def _new_person(self, line: PersonLine) -> Person:
        id_ = self._known.new_person(self._person_ids)
        self._person_ids.add(id_)
        return Person(id=id_, name=line.name)

    def _known_person(self, line: PersonLine) -> Person | None:
        """The person of a line in the directory: by the staff number, or by the name in the same department."""
        everybody = self._known.people.values()
        if line.staff_number:
            by_number = next((one for one in everybody if one.staff_number == line.staff_number), None)
            if by_number is not None:
                return by_number
        unit = self._titles.get(line.unit)
        # The directory may have the person without the staff number of the line. One with another number is another
        # person.
        same = [
            one for one in everybody
            if one.name == line.name and one.unit == unit and not (one.staff_number and line.staff_number)
        ]  # fmt: skip
        return same[0] if len(same) == 1 else None

    def _updated(self, before: Person, line: PersonLine) -> Person:
        """The person with everything that the line says. What it leaves empty stays as it was."""
        values = {
            "name": line.name, "staff_number": line.staff_number, "post": line.post, "phone": line.phone,
            "email": line.email, "unit": self._titles.get(line.unit), "is_party_member": line.is_party_member,
            "is_cadre": line.is_cadre, "since": line.since, "until": line.until, "roles": self._roles(line),
        }  # fmt: skip
        return replace(before, **{name: value for name, value in values.items() if value not in (None, "", ())})

    def _roles(self, line: PersonLine) -> tuple[str, ...]:
        known = {role.key: role.title.text for role in self._known.rulebook.role if role.key != "clock"}
        keys = []
        for word in line.roles:
            key = next((key for key, text in known.items() if word.casefold() in _names_of_role(key, text)), None)
            if key is None:
                zh = f"没有角色“{word}”，可填：{'、'.join(_short(text.zh) for text in known.values())}"
                en = f"there is no role “{word}”; known: {', '.join(text.en for text in known.values())}"
                self._fault(line, "roles", Text(zh=zh, en=en))
            else:
                keys.append(key)
        return tuple(dict.fromkeys(keys))


def _names_of_role(key: str, title: Text) -> set[str]:
    """The words that name a role: its title, and the part before or in its brackets."""
    parts = re.split(r"[（(）)]", title.zh)
    return {key, title.zh, title.en.casefold(), *filter(None, parts)}


def _short(title: str) -> str:
    return re.split(r"[（(]", title)[0]


def _team(own: list[tuple[PersonLine, PersonPlan]], where: str) -> tuple[Member, ...]:
    return tuple(
        Member(person=plan.person.id, position=Words(line.post or plan.person.post))
        for line, plan in own
        if line.team_place == where and (line.post or plan.person.post)
    )


def _present_titles(roster: Roster) -> tuple[dict[str, Opaque], dict[str, Text]]:
    """The ids of the present departments by every name that they have or had, and why other names are not clear.

    If several share a name, the one that has it now counts. If none has it now, it is not clear which is meant.
    """
    ids: dict[str, Opaque] = {}
    unclear: dict[str, Text] = {}
    current = roster.current()
    for title in dict.fromkeys(title for unit in current for title in roster.titles_of(unit.unit)):
        named = [unit for unit in current if title in roster.titles_of(unit.unit)]
        present = [unit for unit in named if unit.title == title]
        try:
            ids[title] = only_unit(present or named)
        except Unclear as error:
            unclear[title] = error.why
            ids |= {exact_name(unit): unit.unit for unit in named}
    return ids, unclear


def likely_kind(title: str, kinds: Mapping[str, Text]) -> str:
    """The key of a kind whose title ends like the name of a department: 机电工程学院 is a 二级学院.

    If there is none, the first kind whose title ends in 部门, or else the last kind.
    """
    for key, text in kinds.items():
        if any(len(part) > 1 and title.endswith(part[-2:]) for part in re.split(r"[、/与和及]", text.zh)):
            return key
    return next((key for key, text in kinds.items() if text.zh.endswith("部门")), next(reversed(list(kinds))))
