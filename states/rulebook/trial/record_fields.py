"""The lines of records of a trial (案件、表彰), as rows of fields: each kind of record that a result depends on."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from states.rulebook.calculation.ladders import Ladder
from states.rulebook.calculation.record_kinds import RecordKind
from states.rulebook.sentences.names import short
from states.vocabulary import Text

from .trial_fields import FieldRow, FieldTable, TrialField
from .trial_scope import TrialScope

SPARE_ROWS = 2
"""The number of rows of each kind at first, and of empty rows below those that are filled in."""
HERE, MOVED_AWAY, MOVED_HERE = "here", "away", "arrived"
BELONGING = {
    HERE: Text("本部门", "This department"),
    MOVED_AWAY: Text("行为时在本部门，现属其他部门", "This one at the time of the act, now another"),
    MOVED_HERE: Text("行为时在其他部门，现属本部门", "Another at the time of the act, now this one"),
}


class RecordColumn(Struct, frozen=True, kw_only=True):
    """One column: the part of the line that it is, its title, and what may be entered."""

    key: str
    title: Text
    options: dict[str, Text] = {}
    kind: Literal["number", "choice", "day"] = "choice"
    low: Decimal | None = None
    step: Decimal | None = None


def record_tables(scope: TrialScope) -> Iterator[FieldTable]:
    for kind, ladders in _kinds_read(scope):
        columns = tuple(_columns(kind, ladders, scope))
        count = scope.record_rows.get(kind.key, SPARE_ROWS)
        clause = ladders[0].clause
        rows = tuple(
            FieldRow(
                title=Text(f"{kind.title.zh}第 {n} 行", f"{kind.title.en}, line {n}"),
                label=str(n),
                fields=tuple(_field(kind, n, column, clause) for column in columns),
            )
            for n in range(1, count + 1)
        )
        yield FieldTable(
            key=f"record-{kind.key}", title=kind.title.text, columns=tuple(column.title for column in columns),
            rows=rows, note=_note(kind),
        )  # fmt: skip


def _kinds_read(scope: TrialScope) -> Iterator[tuple[RecordKind, list[Ladder]]]:
    """The kinds of record that any value of the plan reads, each with the ladders that read it."""
    read = {key for plan in scope.plan.subjects.values() for key in scope.plan.ladders_of(plan)}
    for kind in scope.rules.record:
        ladders = [ladder for ladder in scope.rules.ladder if ladder.record == kind.key and ladder.key in read]
        if ladders:
            yield kind, ladders


def _note(kind: RecordKind) -> Text:
    of = kind.title.text
    return Text(
        f"一行一项；同一{of.zh}的几项，填相同的序号。不用的行留空；清空一行即删去",
        "One line each; lines of the same record have the same number. Leave lines empty that you do not need; "
        "clear a line to take it away",
    )


def _columns(kind: RecordKind, ladders: list[Ladder], scope: TrialScope) -> Iterator[RecordColumn]:
    yield RecordColumn(key="record", title=Text("序号", "Number"), kind="number", low=Decimal(1), step=Decimal(1))
    if kind.personal:
        yield RecordColumn(key="person", title=Text("人员", "Person"), options=scope.team.everybody)
    for field in kind.field:
        options = {option.key: option.title.text for option in field.option}
        yield RecordColumn(key=f"field.{field.key}", title=field.title.text, options=options)
    if any(row.each is not None or row.between is not None for ladder in ladders for row in ladder.row):
        yield RecordColumn(key="number", title=Text("数量或分值", "Number"), kind="number")
    yield RecordColumn(key="effective_on", title=Text("生效日期", "Effective on"), kind="day")
    # A reading may turn these on, so the columns are there for a trial of another alternative.
    if _is_read(scope, ladders, "counts_in", any(ladder.counts_in[0] == "act" for ladder in ladders)):
        yield RecordColumn(key="acted_on", title=Text("行为日期", "Day of the act"), kind="day")
    if _is_read(scope, ladders, "answers", False):
        yield RecordColumn(key="belongs", title=Text("所属部门", "Department"), options=BELONGING)
    if _is_read(scope, ladders, "replaced", any(ladder.replaced == "committee" for ladder in ladders)):
        first = kind.field[0]
        options = {option.key: option.title.text for option in first.option}
        yield RecordColumn(key="replaced", title=Text(f"代替的{first.title.zh}", "In place of"), options=options)
    if _is_read(scope, ladders, "unless_emptied", any(ladder.unless_emptied for ladder in ladders)):
        forms = [plan.form for plan in scope.plan.subjects.values() if plan.form is not None]
        options = {item.key: short(item) for form in forms for item in form.elements.values()}
        yield RecordColumn(
            key="emptied", title=Text("已因此记零分的项目", "Item that lost all its points by it"), options=options
        )


def _is_read(scope: TrialScope, ladders: list[Ladder], name: str, is_set: bool) -> bool:
    """Whether the ladders look at this, or a reading stands there."""
    return is_set or any(f"ladder.{ladder.key}.{name}" in scope.uses for ladder in ladders)


def _field(kind: RecordKind, number: int, column: RecordColumn, clause: str) -> TrialField:
    title = Text(
        f"{kind.title.zh}第 {number} 行的{column.title.zh}", f"{column.title.en} in line {number} of {kind.title.en}"
    )
    return TrialField(
        name=f"records:{kind.key}:{number}:{column.key}", title=title, kind=column.kind, clause=clause,
        options=column.options, low=column.low, step=column.step,
    )  # fmt: skip
