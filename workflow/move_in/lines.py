"""Reads the rows of the found tables: departments and people, each with the place where they stand, and every fault.

Nothing is guessed: a value that can mean two things is a fault with its place and what to write. Only who is in the
team is worked out by the post, if the sheet does not say it (`team_by_post`); the plan says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from config import typed
from config.cells import CellFault
from config.tables import FoundTable, SheetRow, rows_of
from states.personal_data import personal_data_in
from states.vocabulary import Text
from storage.people import MAX_WORD

TeamPlace = Literal["head", "member", ""]
"""Where somebody is in the leading team of their department: 主要负责人, 其他成员, or not in it."""

_YES = frozenset({"是", "√", "✓", "对", "有", "1", "y", "yes", "true"})
_NO = frozenset({"否", "×", "无", "不是", "0", "n", "no", "false", "-", "—"})
_PARTY = frozenset({"中共党员", "党员", "中共预备党员", "预备党员", "共产党员"})
_OTHER_PARTIES = re.compile(
    r"群众|团员|民革|民盟|民建|民进|农工党?|致公党?|九三(学社)?|台盟|无党派.*|.*党(员)?|.*盟(员)?|.*会员|普通公民"
)
_TEAM: Mapping[str, TeamPlace] = {
    "正职": "head", "主要负责人": "head", "党政主要负责人": "head", "一把手": "head", "负责人": "head", "head": "head",
    "副职": "member", "成员": "member", "班子成员": "member", "其他成员": "member", "member": "member",
    "": "", "否": "", "不是": "", "无": "", "非班子": "", "—": "", "-": "",
}  # fmt: skip
_HEAD_POST = re.compile(
    r"(书记|院长|校长|主任|处长|部长|馆长|所长|主席|总编|厂长|经理|dean|director|head)$", re.IGNORECASE
)
_DEPUTY = re.compile(r"副|助理|vice|deputy", re.IGNORECASE)
_BELOW = re.compile(r"(教研室|实验室|专业|科|(?<!直属党)支部|辅导员|工会小组|实训室|车间|班)")


class UnitLine(Struct, frozen=True):
    """A department as a sheet has it. `columns`: those of the sheet. `kind`: its words; empty if it has none."""

    sheet: str
    row: int
    columns: Mapping[str, int]
    title: str
    kind: str = ""
    staff: int | None = None
    since: date | None = None


class PersonLine(Struct, frozen=True, kw_only=True):
    """A person as a sheet has them. None: the sheet does not say. `team` is None if the sheet has no such column.

    `is_place_faulty`: the department, the post, the place in the team or a day has a fault, so nobody can say whom the
    person leads.
    """

    sheet: str
    row: int
    columns: Mapping[str, int]
    name: str
    unit: str
    staff_number: str = ""
    post: str = ""
    team: TeamPlace | None = None
    is_party_member: bool | None = None
    is_cadre: bool | None = None
    phone: str = ""
    email: str = ""
    since: date | None = None
    until: date | None = None
    roles: tuple[str, ...] = ()
    is_place_faulty: bool = False

    @property
    def team_place(self) -> TeamPlace:
        return team_by_post(self.post) if self.team is None else self.team


class Lines(Struct, frozen=True):
    """Everything that the tables have, and every fault."""

    units: tuple[UnitLine, ...]
    people: tuple[PersonLine, ...]
    faults: tuple[CellFault, ...]


def read_lines(tables: Iterable[FoundTable]) -> Lines:
    """The departments and people of the tables, and every fault."""
    units: list[UnitLine] = []
    people: list[PersonLine] = []
    faults: list[CellFault] = []
    for table in tables:
        for row in rows_of(table, faults):
            if table.kind == "units":
                units.append(_unit(row))
            else:
                people.append(_person(row))
    faults += _repeated_units(units)
    faults += _repeated_people(people)
    return Lines(tuple(units), tuple(people), tuple(faults))


def _unit(reader: SheetRow) -> UnitLine:
    return UnitLine(
        reader.table.sheet,
        reader.row.number,
        reader.table.columns,
        reader.word("title", MAX_WORD, Text(zh="没有部门名称", en="the department has no name")),
        reader.word("kind", MAX_WORD),
        reader.read("staff", typed.whole_number, None),
        reader.read("since", typed.day, None),
    )


def _person(reader: SheetRow) -> PersonLine:
    nameless = Text(zh="没有姓名", en="there is no name")
    name = typed.person_name(reader.word("name", MAX_WORD, nameless))
    line = PersonLine(
        sheet=reader.table.sheet,
        row=reader.row.number,
        columns=reader.table.columns,
        name=name,
        unit=reader.word("unit", MAX_WORD, Text(zh=f"{name}没有部门", en=f"{name or 'this person'} has no department")),
        staff_number=reader.word("staff_number", MAX_WORD),
        post=reader.word("post", MAX_WORD),
        team=reader.read("team", _team, "") if "team" in reader.table.columns else None,
        is_party_member=reader.read("party", _party, None),
        is_cadre=reader.read("cadre", _yes_or_no, None),
        phone=reader.read("phone", typed.phone, ""),
        email=reader.read("email", typed.mail, ""),
        since=reader.read("since", typed.day, None),
        until=reader.read("until", typed.day, None),
        roles=typed.listed_parts(reader.text("roles")),
    )
    if line.since and line.until and line.until < line.since:
        reader.fault("until", Text(zh="离校日期早于到校日期", en="the last day is before the first"))
    if line.team_place and not line.post:
        reader.fault("post", Text(zh=f"{name}列为班子成员，须填职务", en=f"{name} is in the team and needs a post"))
    elif line.team_place and personal_data_in(line.post):
        reader.fault("post", Text(zh="职务中不能有电话、证件号等", en="a post may have no phone or identity number"))
    return replace(line, is_place_faulty=reader.is_faulty("unit", "post", "team", "since", "until"))


def _team(text: str) -> TeamPlace:
    place = _TEAM.get(text.casefold())
    if place is None:
        if text.casefold() in _YES:
            raise typed.Unclear("请写明“正职”或“副职”", "write “head” or “member”")
        raise typed.Unclear("应为“正职”“副职”，不是班子成员的留空", "it must be “head”, “member” or empty")
    return place


def _party(text: str) -> bool:
    if text in _PARTY or text.casefold() in _YES:
        return True
    if text.casefold() in _NO or _OTHER_PARTIES.fullmatch(text):
        return False
    raise typed.Unclear("应为“中共党员”“群众”等", "it must be a party membership, such as 中共党员 or 群众")


def _yes_or_no(text: str) -> bool:
    if text.casefold() in _YES:
        return True
    if text.casefold() in _NO:
        return False
    raise typed.Unclear("应为“是”或“否”", "it must be “yes” or “no”")


def fault_at(line: UnitLine | PersonLine, key: str, why: Text) -> CellFault:
    """A fault of a cell in the row of a line."""
    return CellFault(line.sheet, line.row, line.columns.get(key), why)


def team_by_post(post: str) -> TeamPlace:
    """The place in the team that a post has if the sheet has no column for it: 院长 is a head, 副院长 a member.

    A post below the department (教研室主任, 科长) is in no team.
    """
    places = [_place_of(word) for part in typed.listed_parts(post) for word in part.split()]
    return "head" if "head" in places else "member" if "member" in places else ""


def _place_of(post: str) -> TeamPlace:
    if _BELOW.search(post) or not _HEAD_POST.search(post):
        return ""
    return "member" if _DEPUTY.search(post) else "head"


def _repeated_units(units: Iterable[UnitLine]) -> Iterator[CellFault]:
    counts = Counter(line.title for line in units if line.title)
    for line in units:
        if counts[line.title] > 1:
            why = Text(zh=f"部门“{line.title}”列了两次", en=f"the department “{line.title}” is there twice")
            yield fault_at(line, "title", why)


def _repeated_people(people: Iterable[PersonLine]) -> Iterator[CellFault]:
    """People whom nobody can tell apart: the same staff number, or the same name in a department without numbers."""
    numbers = Counter(line.staff_number for line in people if line.staff_number)
    names = Counter((line.name, line.unit) for line in people if line.name and not line.staff_number)
    for line in people:
        if numbers[line.staff_number] > 1:
            number = line.staff_number
            why = Text(zh=f"工号 {number} 用了不止一次", en=f"the staff number {number} is there more than once")
            yield fault_at(line, "staff_number", why)
        elif not line.staff_number and names[line.name, line.unit] > 1:
            why = Text(
                zh=f"“{line.unit}”有两名{line.name}，请填工号以便区分",
                en=f"“{line.unit}” has two people named {line.name}: give their staff numbers to tell them apart",
            )
            yield fault_at(line, "name", why)
