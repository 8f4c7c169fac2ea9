"""The workbook that brings a college in: sheets to fill in, an example, and what may be written in each column.

The departments and people that are known are in it already, so that only what is new or changed must be typed.
"""

from __future__ import annotations

from collections.abc import Mapping

from documents.sheets.writing import CellValue, ExcelColumn, ExcelTable
from states.records.roster import Roster, Unit
from states.rulebook.types import Rulebook
from states.vocabulary import Text
from storage.people import Person
from workflow.move_in.heads import PERSON_HEADS, UNIT_HEADS

_WIDTHS = {
    "title": 30,
    "kind": 18,
    "name": 12,
    "unit": 26,
    "post": 22,
    "email": 26,
    "phone": 16,
    "roles": 30,
    "party": 12,
}
_HEAD, _MEMBER = Text(zh="正职", en="head"), Text(zh="副职", en="member")
_YES, _NO = Text(zh="是", en="yes"), Text(zh="否", en="no")
_PARTY, _MASSES = Text(zh="中共党员", en="中共党员"), Text(zh="群众", en="群众")
_NOTES: Mapping[str, Text] = {
    "team": Text(
        zh="部门领导班子成员填“正职”（党政主要负责人）或“副职”，其他人留空。",
        en="For the leading team of the department write head or member; leave it empty for everybody else.",
    ),
    "roles": Text(
        zh="需要登录系统的人填角色，几个角色用顿号隔开；其他人留空。",
        en="The roles of people who sign in, divided by commas; leave it empty for everybody else.",
    ),
    "staff_number": Text(
        zh="人事部门的工号。有了工号，以后调动、改名都认得是同一个人。",
        en="The number that the personnel office gives. With it, a person is known again after a move or a new name.",
    ),
    "until": Text(zh="已离校的填最后一天。", en="The last day of somebody who has left."),
}


def template_tables(
    roster: Roster, people: Mapping[str, Person], rulebook: Rulebook, language: str
) -> list[ExcelTable]:
    """The sheets: departments, people, and an example."""
    units, persons = _unit_columns(rulebook, language), _person_columns(language)
    kinds = {kind.key: kind.title.text.render(language) for kind in rulebook.unit_kind}
    titles = Text(zh="部门", en="Departments"), Text(zh="人员", en="People"), Text(zh="示例", en="Example")
    unit_sheet, people_sheet, example = (title.render(language) for title in titles)
    below = Text(
        zh="一行一条。浅黄色单元格可以填写；列可以少，不可以合并单元格。",
        en="One row each. Fill in the pale cells. Columns may be left out; cells may not be merged.",
    ).render(language)
    return [
        ExcelTable(name=unit_sheet, title=unit_sheet, subtitle=below, columns=units, is_open=True,
              rows=tuple(_unit_row(unit, kinds) for unit in roster.current())),
        ExcelTable(name=people_sheet, title=people_sheet, subtitle=below, columns=persons, is_open=True,
              rows=tuple(_person_row(one, roster, rulebook, language) for one in _in_order(people))),
        ExcelTable(name=example, title=example, subtitle=_example_note(language), columns=persons,
              rows=_example(rulebook, language)),
    ]  # fmt: skip


def _unit_columns(rulebook: Rulebook, language: str) -> tuple[ExcelColumn, ...]:
    kinds = tuple(kind.title.text.render(language) for kind in rulebook.unit_kind)
    kind_of = {"staff": "number", "since": "day"}
    return tuple(
        ExcelColumn(
            title=head.title.render(language),
            width=_WIDTHS.get(key, 14),
            kind=kind_of.get(key, "text"),  # type: ignore[arg-type]
            choices=kinds if key == "kind" else (),
        )
        for key, head in UNIT_HEADS.items()
    )


def _person_columns(language: str) -> tuple[ExcelColumn, ...]:
    choices = {"team": (_HEAD, _MEMBER), "cadre": (_YES, _NO)}
    # Any membership may be written, so the column of the party has no list.
    return tuple(
        ExcelColumn(
            title=head.title.render(language),
            width=_WIDTHS.get(key, 14),
            kind="day" if key in ("since", "until") else "text",
            choices=tuple(one.render(language) for one in choices.get(key, ())),
            note=_NOTES[key].render(language) if key in _NOTES else "",
        )
        for key, head in PERSON_HEADS.items()
    )


def _unit_row(unit: Unit, kinds: Mapping[str, str]) -> tuple[CellValue, ...]:
    return (unit.title, kinds.get(unit.unit_kind, unit.unit_kind), unit.staff, unit.since)


def _in_order(people: Mapping[str, Person]) -> list[Person]:
    return sorted(people.values(), key=lambda one: (one.unit or "", one.staff_number, one.name))


def _person_row(one: Person, roster: Roster, rulebook: Rulebook, language: str) -> tuple[CellValue, ...]:
    unit = roster.units.get(one.unit or "")
    team = ""
    if unit is not None:
        team = _HEAD.render(language) if any(member.person == one.id for member in unit.heads) else team
        team = _MEMBER.render(language) if any(member.person == one.id for member in unit.members) else team
    answers = {True: _YES.render(language), False: _NO.render(language), None: ""}
    party = {True: _PARTY.render(language), False: _MASSES.render(language), None: ""}
    roles = "、".join(rulebook.role_title(role).render(language) for role in one.roles)
    return (
        one.name, one.staff_number, unit.title if unit else "", one.post, team, party[one.is_party_member],
        answers[one.is_cadre], one.phone, one.email, one.since, one.until, roles,
    )  # fmt: skip


def _example_note(language: str) -> str:
    return Text(zh="本页是示例，不会读入。", en="This sheet is an example and is not read.").render(language)


def _example(rulebook: Rulebook, language: str) -> tuple[tuple[CellValue, ...], ...]:
    unit = Text(zh="样例机电学院", en="Sample College of Mechanics").render(language)
    role = rulebook.role_title("unit").render(language)
    posts = [
        Text(zh="党总支书记", en="party secretary"),
        Text(zh="院长", en="dean"),
        Text(zh="副院长", en="vice dean"),
        Text(zh="教师", en="teacher"),
    ]
    head, member = _HEAD.render(language), _MEMBER.render(language)
    yes, no, party, masses = (one.render(language) for one in (_YES, _NO, _PARTY, _MASSES))
    rows = (
        ("样例·甲", "0001", head, party, yes, ""), ("样例·乙", "0002", head, masses, yes, ""),
        ("样例·丙", "0003", member, party, yes, role), ("样例·丁", "0004", "", masses, no, ""),
    )  # fmt: skip
    return tuple(
        (name, number, unit, post.render(language), team, membership, cadre, "", "", None, None, roles)
        for (name, number, team, membership, cadre, roles), post in zip(rows, posts, strict=True)
    )
