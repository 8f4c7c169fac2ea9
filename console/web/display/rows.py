"""An assessment's state as rows to read: what stood in it, in the words of the forms, and at which paths of the state each row rests.

The paths (`audit/history.py`) lead from a row to the entry that wrote it. The auditor's page of one moment shows the rows; that of
two moments shows those that are not the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from audit.history import LedgerSnapshot, SourcedValue
from states.assessment import Assessment, Member, Step
from states.result.result import plain
from states.stages.opening import AssessmentOpened
from states.stages.scoring import Scored
from states.streams import case_stream
from states.titles import FIELDS, GRADE, SCORE, same_text, title_of
from states.vocabulary import Document, Text
from storage.ledger.chain import Entry

from . import records, values
from .files import NameOf, describe
from .terms import Terms

FormatTime = Callable[[datetime], str]


class StateRow(Struct, frozen=True):
    """One thing that stood: under which heading, what it is called, what it said. `key` is the same at every moment.

    `parts` are the rows of a long value, which has so many that a page folds them.
    """

    key: str
    heading: Text
    title: Text
    said: Text
    paths: tuple[str, ...]
    parts: tuple[StateRow, ...] = ()


class RowChange(Struct, frozen=True):
    """A row that is another at the later moment: what it said (None: it was not there), and what it says (None: it is gone).

    `parts` are those of its parts that are not the same.
    """

    row: StateRow
    before: Text | None
    after: Text | None
    parts: tuple[RowChange, ...] = ()


class DatedChange(Struct, frozen=True):
    """A change, the entry that made it, and the same of its parts."""

    change: RowChange
    by: Entry
    parts: tuple[DatedChange, ...]

    @property
    def is_summary(self) -> bool:
        """Whether the row itself says another thing, and not only some of its parts."""
        return self.change.before != self.change.after


def state_rows(state: Assessment, terms: Terms, at: FormatTime) -> Iterator[StateRow]:
    """Every row, the result first, then the steps in their order, then what the assessment was opened with."""
    yield from _result(state, terms, at)
    for step in state.steps:
        if not isinstance(step.fact, AssessmentOpened):  # what it said, as it is now, comes below
            yield from _step(step, state.stream, terms, at)
    for account, sheet in state.sheets.items():
        yield _row(f"sheets.{account}.marks", _SHEETS, terms.account(account), "marks", sheet.marks, terms, at)
        if sheet.reasons:
            why = records.listed([terms.account(account), FIELDS["reasons"]])
            yield _row(f"sheets.{account}.reasons", _SHEETS, why, "reasons", sheet.reasons, terms, at)
    for kind in terms.in_order(state.due):
        yield StateRow(f"due.{kind}", _DUE, terms.stage(kind), same_text(state.due[kind].isoformat()), (f"due.{kind}",))
    if state.rungs:
        times = len(state.rungs)
        yield StateRow("rungs", _DUE, _REMINDERS, Text(zh=f"{times} 次", en=f"{times}"), ("rungs",))
    yield from _unit(state, terms)


def flatten(of: Iterator[StateRow] | Sequence[StateRow]) -> Iterator[StateRow]:
    """Each row; of one with parts the parts, under its title."""
    for row in of:
        yield from row.parts or (row,)


def row_changes(before: Sequence[StateRow], after: Sequence[StateRow]) -> Iterator[RowChange]:
    """The rows that are not the same, in the order of the later moment; what is gone comes last."""
    old, new = {row.key: row for row in before}, {row.key: row for row in after}
    for key in [*new, *(key for key in old if key not in new)]:
        was, now = old.get(key), new.get(key)
        parts = tuple(row_changes(was.parts if was else (), now.parts if now else ()))
        if (was and was.said) != (now and now.said) or parts:
            row = now or was
            assert row is not None
            yield RowChange(row, was.said if was else None, now.said if now else None, parts)


def dated_changes(
    before: Sequence[StateRow], after: Sequence[StateRow], later: LedgerSnapshot, stream: str
) -> list[DatedChange]:
    """The changes of a stream, each with its entry at the `later` moment; what is gone was taken away by the last entry there is."""
    last, writer = later.entries[stream][-1].entry, entry_of_row(later.values[stream])

    def with_entry(one: RowChange) -> DatedChange:
        by = writer(one.row) if one.after else None
        return DatedChange(one, by or last, tuple(map(with_entry, one.parts)))

    return list(map(with_entry, row_changes(before, after)))


def entry_of_row(of: Mapping[str, SourcedValue]) -> Callable[[StateRow], Entry | None]:
    """Says which entry wrote a row: the last of those that set one of its values. None where it has no value of its own."""
    last: dict[str, Entry] = {}
    for path, value in of.items():
        for at in (*(n for n, letter in enumerate(path) if letter == "."), len(path)):
            known = last.get(path[:at])
            if known is None or known.number < value.by.number:
                last[path[:at]] = value.by

    def writer(row: StateRow) -> Entry | None:
        return max((last[one] for one in row.paths if one in last), key=lambda entry: entry.number, default=None)

    return writer


def _result(state: Assessment, terms: Terms, at: FormatTime) -> Iterator[StateRow]:
    yield StateRow("stage", _RESULT, _STAGE, terms.stage(state.stage), ("stage",))
    scored = state.fact(Scored)
    if scored is not None:
        result, place = scored.result, "steps.scored.fact.result"
        lost = [Text(zh=f"{terms.outcome(d.outcome).zh} −{plain(d.points)}", en=f"{terms.outcome(d.outcome).en} −{plain(d.points)}") for d in result.effects.deductions]  # fmt: skip
        why = records.listed(lost)
        yield StateRow("given", _RESULT, _GIVEN, records.points(result.given), (f"{place}.given",))
        yield StateRow(
            "deducted", _RESULT, _DEDUCTED,
            Text(zh=f"−{plain(result.deducted)} 分：{why.zh}", en=f"−{plain(result.deducted)} points: {why.en}") if lost else records.points(result.deducted),
            (f"{place}.deducted",),
        )  # fmt: skip
        yield StateRow("score", _RESULT, SCORE, records.points(result.score), (f"{place}.score",))
        cause = Text(zh="（一票否决）", en=" (by veto)") if result.cause == "veto" else same_text("")
        grade = terms.grade(result.grade)
        yield StateRow("grade", _RESULT, GRADE, Text(zh=grade.zh + cause.zh, en=grade.en + cause.en), (f"{place}.grade", f"{place}.cause"))  # fmt: skip
    for veto in state.vetoes:
        yield StateRow(f"veto.{veto.id}", _RESULT, _VETO, terms.ground(veto.ground), (f"vetoes.{veto.id}",))
    if state.noted:
        yield StateRow("noted", _RESULT, _NOTED, records.listed(terms.stream(case_stream(one)) for one in state.noted), ("noted",))  # fmt: skip
    if state.reopenings:
        yield StateRow("reopenings", _RESULT, _REOPENED, records.listed(same_text(at(one.at)) for one in state.reopenings), ("reopenings",))  # fmt: skip
    if state.circulated:
        yield StateRow(
            "circulated", _RESULT, _CIRCULATED, records.listed(map(same_text, state.circulated)), ("circulated",)
        )
    for key, done in state.tasks.items():
        persons = [records.concerned(one, terms) for one in state.task_persons.get(key, ())]
        said = Text(zh=f"已办，{at(done)}", en=f"done, {at(done)}") if done else _OPEN
        yield StateRow(f"task.{key}", _TASKS, terms.stage(key), records.listed([said, *persons]), (f"tasks.{key}", f"task_persons.{key}"))  # fmt: skip


def _step(step: Step, stream: str, terms: Terms, at: FormatTime) -> Iterator[StateRow]:
    def file(one: Document) -> Text:
        return terms.file(stream, step.version, one).title

    place, heading = f"steps.{step.stage}", terms.stage(step.stage)
    for name in step.fact.__struct_fields__:
        title = title_of(name, step.fact.kind)
        if title is not None and name != "result":
            value = getattr(step.fact, name)
            row = _row(f"{place}.fact.{name}", heading, title, name, value, terms, at, file)
            if row.said != _NOTHING:
                yield row


def _row(
    place: str,
    heading: Text,
    title: Text,
    name: str,
    value: Any,
    terms: Terms,
    at: FormatTime,
    file: NameOf | None = None,
) -> StateRow:
    said = (
        describe([value], file) if file and isinstance(value, Document) else values.value_text(name, value, terms, at)
    )
    parts = tuple(
        StateRow(f"{place}.{one.key}", heading, one.title, one.said, (f"{place}.{_at(value, one.key)}",))
        for one in values.value_parts(name, value, terms, file)
    )
    return StateRow(place, heading, title, said or _NOTHING, (place,), parts)


def _at(value: Any, key: str) -> str:
    """Where a part lies in the flattened state: ballots have no name there but their place (`audit/history.py`)."""
    subjects = [getattr(one, "subject", None) for one in value] if isinstance(value, tuple) else []
    return str(subjects.index(key)) if key in subjects else key


def _unit(state: Assessment, terms: Terms) -> Iterator[StateRow]:
    yield StateRow("unit", _UNIT, _NAME, same_text(terms.unit(state.unit)), ("unit",))
    yield StateRow("unit_kind", _UNIT, _KIND, terms.unit_kind(state.unit_kind), ("unit_kind",))
    if state.special is not None:
        yield StateRow("title", _UNIT, _SPECIAL, state.special, ("title",))
    yield StateRow("staff", _UNIT, _STAFF, same_text(str(state.staff)), ("staff",))
    team = (("heads", _HEAD, state.heads), ("members", _MEMBER, state.members), ("left", _LEFT, state.left))
    for name, title, people in team:
        yield from (_person(name, title, one, terms) for one in people)


def _person(name: str, title: Text, one: Member, terms: Terms) -> StateRow:
    return StateRow(f"{name}.{one.person}", _UNIT, title, terms.member(one.person), (f"{name}.{one.person}",))


_NOTHING = same_text("")
_OPEN = Text(zh="待办", en="to be done")
_RESULT, _TASKS = Text(zh="结果", en="Result"), Text(zh="结果运用", en="Follow-up")
_SHEETS, _DUE = Text(zh="评分表", en="Score sheets"), Text(zh="期限和提醒", en="Deadlines and reminders")
_UNIT = Text(zh="部门和领导班子", en="Unit and team")
_STAGE, _GIVEN = Text(zh="当前进度", en="Last step"), Text(zh="指标得分", en="Points given")
_DEDUCTED, _VETO = Text(zh="案件扣分", en="Deducted"), Text(zh="一票否决", en="Veto")
_NOTED, _REOPENED = Text(zh="计分后有变化的案件", en="Cases changed since scoring"), Text(zh="重新审议", en="Reopened")
_CIRCULATED, _REMINDERS = Text(zh="通报文号", en="Circulated by"), Text(zh="已发提醒", en="Reminders sent")
_NAME, _KIND, _STAFF = Text(zh="部门", en="Unit"), Text(zh="类别", en="Kind"), Text(zh="职工人数", en="Staff")
_SPECIAL = Text(zh="专项检查", en="Special assessment")
_HEAD, _MEMBER = Text(zh="党政主要负责人", en="Head"), Text(zh="班子成员", en="Member of the team")
_LEFT = Text(zh="离任班子成员", en="Member who left")
