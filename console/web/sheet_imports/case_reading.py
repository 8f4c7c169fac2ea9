"""Reads the rows of a sheet of cases: which make one case, who and what is meant, and every fault with its cell.

Nothing is guessed: a name that two people have is a fault. Whether the law accepts a case is decided later, by its
command; `faults_of` finds the cells that its refusal is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from hashlib import sha256

import msgspec
from msgspec import Struct

from config import typed
from config.cells import CellFault
from config.tables import FoundTable, SheetRow, rows_of
from config.unit_names import unit_called, unit_now_called
from states.privacy import MAX_TEXT_LENGTH
from states.records.case import CASE, CaseBody, Sanction
from states.records.roster import Roster
from states.refusals import Refusal
from states.rulebook.calculation.record_kinds import FieldKind
from states.rulebook.types import Rulebook
from states.streams import case_stream
from states.vocabulary import Opaque, Text, Words
from storage.people import Person

MOST_CASES = 200
"""The cases of one sheet, at most: they are recorded in one transaction."""
_NOBODY = Opaque("p-nobody")
"""Stands for a person who was not found."""
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


class SheetCase(Struct, frozen=True):
    """A case of a sheet: its content, and the row of each of its sanctions."""

    body: CaseBody
    rows: tuple[SheetRow, ...]

    @property
    def stream(self) -> str:
        """The stream of the case follows from its content, so that the same rows, read again, are the same case.

        Letters only, because the ledger refuses eleven digits in a row (`states/privacy.py`).
        """
        digest = sha256(msgspec.json.encode(self.body, order="sorted")).hexdigest()
        return case_stream(f"c-{digest[:16].translate(_LETTERS)}")


class SheetCases(Struct, frozen=True):
    """The cases of the sheets, and every fault. With faults, a case may lack what could not be read (`_NOBODY`)."""

    cases: tuple[SheetCase, ...]
    faults: tuple[CellFault, ...]


def read_cases(
    tables: Iterable[FoundTable],
    rulebook: Rulebook,
    roster: Roster,
    people: Mapping[str, Person],
    person_of: Callable[[str], str],
) -> SheetCases:
    """The cases of the tables, each with every row that has its number. A row without a number is a case of its own.

    `people`: the directory. `person_of`: the id of the person whom a text names, or `Unclear`, as for a form
    (`DirectoryNames.id_of`).
    """
    faults: list[CellFault] = []
    reader = _CaseReader(rulebook, roster, people, person_of)
    groups: dict[tuple[str, str], list[SheetRow]] = {}
    for table in tables:
        for row in rows_of(table, faults):
            groups.setdefault((table.sheet, row.text("case") or f"row {row.row.number}"), []).append(row)
    cases: list[SheetCase] = []
    known: dict[str, SheetRow] = {}
    for number, rows in enumerate(groups.values(), 1):
        before = len(faults)
        body = reader.body(rows)
        if body is None:
            continue
        if number > MOST_CASES:
            rows[0].fault(
                "case",
                Text(
                    zh=f"一次最多 {MOST_CASES} 件，请分成几个文件",
                    en=f"at most {MOST_CASES} cases at once: split the file",
                ),
            )
        case = SheetCase(body, tuple(rows))
        if len(faults) == before and (first := known.setdefault(case.stream, rows[0])) is not rows[0]:
            why = Text(
                zh=f"与第 {first.row.number} 行是同一案件", en=f"this is the same case as in row {first.row.number}"
            )
            rows[0].fault("person", why)
        cases.append(case)
    return SheetCases(tuple(cases), tuple(faults))


def faults_of(case: SheetCase, refusal: Refusal) -> Iterator[CellFault]:
    """The faults in the refusal of a case's command, each at the cell that it is about.

    A case with faults of its own is asked about too, so that everything that is wrong is said at once.
    """
    for fault in refusal.faults:
        head, _, rest = fault.field.partition(".")
        number, _, name = rest.partition(".")
        row = case.rows[int(number)] if head == "sanctions" and number.isdigit() else case.rows[0]
        column = row.table.columns.get(name if head == "sanctions" else head)
        yield CellFault(row.table.sheet, row.row.number, column, fault.text)


class _CaseReader:
    def __init__(
        self, rulebook: Rulebook, roster: Roster, people: Mapping[str, Person], person_of: Callable[[str], str]
    ) -> None:
        self._kind, self._people, self._person_of = rulebook.records[CASE], people, person_of
        self._unit, self._unit_now = partial(unit_called, roster=roster), partial(unit_now_called, roster=roster)

    def body(self, rows: list[SheetRow]) -> CaseBody | None:
        """The content of the case that these rows are; None if a part that it needs is not there."""
        first = rows[0]
        unit = first.read("unit", self._unit, None, Text(zh="未填写部门", en="the department is missing"))
        for row in rows[1:]:
            for key in ("unit", "unit_now", "acted_on", "elements"):
                if row.text(key) not in ("", first.text(key)):
                    why = Text(
                        zh=f"与第 {first.row.number} 行不同，而案件序号相同；同一案件须一致，不同案件请用不同序号",
                        en=f"it differs from row {first.row.number} of the same case number: make them equal, or "
                        "give the cases different numbers",
                    )
                    row.fault(key, why)
        sanctions = [self._sanction(row) for row in rows]
        unit_now, acted_on = first.read("unit_now", self._unit_now, None), first.read("acted_on", typed.day, None)
        elements = typed.listed_parts(first.text("elements"))
        complete = [one for one in sanctions if one is not None]
        if unit is None or len(complete) < len(rows):
            return None
        return CaseBody(unit=unit, unit_now=unit_now, acted_on=acted_on, elements=elements, sanctions=tuple(complete))

    def _sanction(self, row: SheetRow) -> Sanction | None:
        person = self._person(row)
        fields = {
            one.key: self._option(
                row, f"fields.{one.key}", one, Text(zh=f"没有{one.title.zh}", en=f"there is no {one.title.en}")
            )
            for one in self._kind.field
        }
        effective_on: date | None = row.read("effective_on", typed.day, None)
        document, remark = row.word("document", MAX_TEXT_LENGTH), row.word("remark", MAX_TEXT_LENGTH)
        instead_of = self._option(row, "instead_of", self._kind.first)
        if not all(fields.values()):
            return None
        return Sanction(
            person=person or _NOBODY,
            fields={key: option for key, option in fields.items() if option},
            effective_on=effective_on,
            document=Words(document) if document else None,
            instead_of=instead_of,
            remark=Words(remark) if remark else None,
        )

    def _option(self, row: SheetRow, key: str, field: FieldKind, missing: Text | None = None) -> str | None:
        return row.read(key, partial(_read_option, field), None, missing)

    def _person(self, row: SheetRow) -> Opaque | None:
        name, number = typed.person_name(row.text("person")), row.text("staff_number")
        if number:
            return self._person_with_number(row, number, name)
        if not name:
            row.fault("person", Text(zh="未填写姓名", en="the name is missing"))
            return None
        try:
            return Opaque(self._person_of(name))
        except typed.Unclear as error:
            zh, en = (
                ("；也可在“工号”列填工号", "; or give the staff number in its column") if self._people else ("", "")
            )
            row.fault("person", Text(zh=f"{error.why.zh}{zh}", en=f"{error.why.en}{en}"))
            return None

    def _person_with_number(self, row: SheetRow, number: str, name: str) -> Opaque | None:
        """The person with a staff number. If the row has a name too, it must be that of the person."""
        person = next((one for one in self._people.values() if one.staff_number == number), None)
        if person is None:
            zh = f"人员名册中没有工号 {number}，请核对；不知道工号的，留空并填姓名"
            en = f"nobody has the staff number {number}: check it, or leave it empty and give the name"
        elif name and not self._is_name_of(name, person):
            zh = f"工号 {number} 不是{name}的，请核对姓名和工号"
            en = f"the staff number {number} is not that of {name}: check both"
        else:
            return person.id
        row.fault("staff_number", Text(zh=zh, en=en))
        return None

    def _is_name_of(self, name: str, person: Person) -> bool:
        try:
            return name == person.name or self._person_of(name) == person.id
        except typed.Unclear:
            return False


def _read_option(field: FieldKind, text: str) -> str:
    for option in field.option:
        if text in (option.key, option.title.zh) or text.casefold() == option.title.en.casefold():
            return option.key
    zh = "、".join(option.title.zh for option in field.option)
    en = ", ".join(option.title.en for option in field.option)
    raise typed.Unclear(f"不在所列选项之中，可填：{zh}", f"it is not one of those listed: {en}")
