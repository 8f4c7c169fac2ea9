"""The state of an assessment as rows, in the words of the forms; and the difference between two lists of rows.

Each row has the paths of its values in the state. The paths (`audit/history.py`) lead from a row to the entry that set
its values. For one point in time, the auditor's page and the command line show all rows. To compare two points in time,
they show the rows that differ, each with its entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from audit.history import FoldedStreams, SourcedValue
from states.assessment import OUTCOME_TITLES, Assessment, Member, Step
from states.result.result import Result
from states.stages.opening import AssessmentOpened
from states.stages.scoring import Scored
from states.titles import FIELD_TITLES, GRADE, SCORE, same_text, title_of
from states.vocabulary import Document, Text
from storage.ledger.chain import Entry

from . import records, values
from .files import FileTitle, describe
from .terms import Terms
from .values import FormatTime

_NOTHING = same_text("")
_OPEN = Text(zh="待办", en="to be done")
_RESULT, _TASKS = Text(zh="结果", en="Result"), Text(zh="结果运用", en="Follow-up")
_REVIEWS = Text(zh="复核、申诉", en="Reviews")
_SHEETS, _DUE = Text(zh="评分表", en="Score sheets"), Text(zh="期限和提醒", en="Deadlines and reminders")
_UNIT = Text(zh="部门和领导班子", en="Department and team")
_STAGE, _POINTS = Text(zh="当前进度", en="Last step"), Text(zh="指标得分", en="Points given")
_VETO = Text(zh="一票否决", en="Veto")
_CHANGED_SOURCES, _REOPENED = (
    Text(zh="计分后有变化的计分依据", en="What changed since scoring"),
    Text(zh="重新审议", en="Reopened"),
)
_CIRCULATED, _REMINDERS = Text(zh="通报文号", en="Circulated by"), Text(zh="已发提醒", en="Reminders sent")
_NAME, _KIND, _STAFF = Text(zh="部门", en="Department"), Text(zh="类别", en="Kind"), Text(zh="职工人数", en="Staff")
_SPECIAL = Text(zh="专项检查", en="Special assessment")
_HEAD, _MEMBER = Text(zh="党政主要负责人", en="Head"), Text(zh="班子成员", en="Member of the team")
_FORMER_MEMBER = Text(zh="离任班子成员", en="Member who left")


class StateRow(Struct, frozen=True):
    """One value of the state, with its heading and title. `key` identifies the row at every point in time.

    `parts` are the rows of a long value; a page hides them until the reader opens them.
    """

    key: str
    heading: Text
    title: Text
    text: Text
    paths: tuple[str, ...]
    parts: tuple[StateRow, ...] = ()


class RowChange(Struct, frozen=True):
    """A row that differs between two points in time. `before` and `after` are its texts; None where it does not exist.

    `parts` are the changes of its parts.
    """

    row: StateRow
    before: Text | None
    after: Text | None
    parts: tuple[RowChange, ...] = ()


class DatedChange(Struct, frozen=True):
    """A change with the entry that made it, and the same for its parts."""

    change: RowChange
    by: Entry
    parts: tuple[DatedChange, ...]

    @property
    def is_summary(self) -> bool:
        """Whether the text of the row itself differs, and not only texts of its parts."""
        return self.change.before != self.change.after


def state_rows(state: Assessment, terms: Terms, format_time: FormatTime) -> Iterator[StateRow]:
    """All rows: the result first, then the steps in order, then sheets, deadlines and the data of the opening."""
    yield from _result_rows(state, terms, format_time)
    for step in state.steps:
        # The data of the opening may have changed since. The rows below have its present state.
        if not isinstance(step.fact, AssessmentOpened):
            yield from _step_rows(step, state.stream, terms, format_time)
    for account, sheet in state.sheets.items():
        yield _row(f"sheets.{account}.marks", _SHEETS, terms.account(account), "marks", sheet.marks, terms, format_time)
        if sheet.reasons:
            title = records.join_texts([terms.account(account), FIELD_TITLES["reasons"]])
            yield _row(f"sheets.{account}.reasons", _SHEETS, title, "reasons", sheet.reasons, terms, format_time)
    for kind in terms.in_order(state.due):
        yield StateRow(f"due.{kind}", _DUE, terms.stage(kind), same_text(state.due[kind].isoformat()), (f"due.{kind}",))
    for id_, day in state.window_due.items():
        path = f"window_due.{id_}"
        yield StateRow(path, _DUE, terms.stage(id_), same_text(day.isoformat()), (path,))
    if state.recorded_reminders:
        count = len(state.recorded_reminders)
        yield StateRow(
            "recorded_reminders", _DUE, _REMINDERS, Text(zh=f"{count} 次", en=f"{count}"), ("recorded_reminders",)
        )
    yield from _department_rows(state, terms)


def flatten(rows: Iterator[StateRow] | Sequence[StateRow]) -> Iterator[StateRow]:
    """The rows, where a row with parts is replaced by its parts."""
    for row in rows:
        yield from row.parts or (row,)


def row_changes(before: Sequence[StateRow], after: Sequence[StateRow]) -> Iterator[RowChange]:
    """The rows that differ, in the order of `after`; rows that exist only in `before` come last."""
    old, new = {row.key: row for row in before}, {row.key: row for row in after}
    for key in [*new, *(key for key in old if key not in new)]:
        old_row, new_row = old.get(key), new.get(key)
        parts = tuple(row_changes(old_row.parts if old_row else (), new_row.parts if new_row else ()))
        old_text, new_text = old_row.text if old_row else None, new_row.text if new_row else None
        if old_text != new_text or parts:
            row = new_row or old_row
            assert row is not None
            yield RowChange(row, old_text, new_text, parts)


def dated_changes(
    before: Sequence[StateRow], after: Sequence[StateRow], later: FoldedStreams, stream: str
) -> list[DatedChange]:
    """The changes of a stream between two points in time, each with the entry that made it; `later` is the later one.

    The last entry of the stream counts as the one that removed a row: the state does not tell which entry did.
    """
    last_entry, find_entry = later.entries[stream][-1].entry, entry_of_row(later.values[stream])

    def with_entry(change: RowChange) -> DatedChange:
        entry = find_entry(change.row) if change.after else None
        return DatedChange(change, entry or last_entry, tuple(map(with_entry, change.parts)))

    return list(map(with_entry, row_changes(before, after)))


def entry_of_row(values_by_path: Mapping[str, SourcedValue]) -> Callable[[StateRow], Entry | None]:
    """A function that finds the last entry that set a value of a row; None for a row without values of the state."""
    last_entries: dict[str, Entry] = {}
    for path, value in values_by_path.items():
        # A value belongs to its own path and to every path above it.
        for end in (*(n for n, letter in enumerate(path) if letter == "."), len(path)):
            entry = last_entries.get(path[:end])
            if entry is None or entry.number < value.by.number:
                last_entries[path[:end]] = value.by

    def find_entry(row: StateRow) -> Entry | None:
        candidates = [last_entries[path] for path in row.paths if path in last_entries]
        return max(candidates, key=lambda entry: entry.number, default=None)

    return find_entry


def _result_rows(state: Assessment, terms: Terms, format_time: FormatTime) -> Iterator[StateRow]:
    yield StateRow("stage", _RESULT, _STAGE, terms.stage(state.stage), ("stage",))
    scored = state.fact(Scored)
    if scored is not None:
        yield from _score_rows(scored.result, terms)
    for veto in state.vetoes:
        yield StateRow(f"veto.{veto.id}", _RESULT, _VETO, terms.finding(veto.finding), (f"vetoes.{veto.id}",))
    if state.noted:
        cases = records.join_texts(map(terms.source, state.noted))
        yield StateRow("noted", _RESULT, _CHANGED_SOURCES, cases, ("noted",))
    if state.reopenings:
        times = records.join_texts(same_text(format_time(reopening.at)) for reopening in state.reopenings)
        yield StateRow("reopenings", _RESULT, _REOPENED, times, ("reopenings",))
    if state.circulated:
        yield StateRow(
            "circulated", _RESULT, _CIRCULATED, records.join_texts(map(same_text, state.circulated)), ("circulated",)
        )
    for id_, review in state.reviews.items():
        what = OUTCOME_TITLES[review.decision] if review.decision else _OPEN
        paths = (f"reviews.{id_}", f"tasks.{id_}", f"task_days.{id_}", f"task_due.{id_}")
        yield StateRow(f"review.{id_}", _REVIEWS, terms.stage(id_), what, paths)
    for key, done_at in state.tasks.items():
        if key in state.reviews:
            continue
        persons = [records.task_person_text(person, terms) for person in state.task_persons.get(key, ())]
        status = Text(zh=f"已办，{format_time(done_at)}", en=f"done, {format_time(done_at)}") if done_at else _OPEN
        paths = (f"tasks.{key}", f"task_persons.{key}", f"task_days.{key}", f"task_due.{key}")
        yield StateRow(f"task.{key}", _TASKS, terms.stage(key), records.join_texts([status, *persons]), paths)


def _score_rows(result: Result, terms: Terms) -> Iterator[StateRow]:
    path, beside = "steps.scoring.fact.results.0", terms.rulebook.adjustment_title
    points = (
        ("subtotal", _POINTS, result.subtotal),
        ("adjustment", beside, result.adjustment if result.score is not None else None),
        ("score", SCORE, result.score),
    )
    for key, title, amount in points:
        if amount is not None:
            yield StateRow(key, _RESULT, title, records.points_text(amount), (f"{path}.{key}",))
    if terms.rulebook.scale_of(result.subject) is not None:
        text = records.grade_text(result, terms.rulebook)
        yield StateRow("grade", _RESULT, GRADE, text, (f"{path}.grade", f"{path}.limits"))


def without_members(rows: Iterable[StateRow]) -> list[StateRow]:
    """The rows without the parts about one member of the team (`item@person`)."""
    return [replace(row, parts=tuple(part for part in row.parts if "@" not in part.key)) for row in rows]


def _step_rows(step: Step, stream: str, terms: Terms, format_time: FormatTime) -> Iterator[StateRow]:
    def file_title(document: Document) -> Text:
        return terms.file(stream, step.version, document).title

    path, heading = f"steps.{step.stage}", terms.stage(step.stage)
    for name, within, value in values.fields_of(step.fact):
        title = title_of(name, step.fact.kind)
        if title is not None and name != "results":
            row = _row(f"{path}.fact.{within}", heading, title, name, value, terms, format_time, file_title)
            if row.text != _NOTHING:
                yield row


def _row(
    path: str,
    heading: Text,
    title: Text,
    name: str,
    value: Any,
    terms: Terms,
    format_time: FormatTime,
    file_title: FileTitle | None = None,
) -> StateRow:
    if file_title and isinstance(value, Document):
        text: Text | None = describe([value], file_title)
    else:
        text = values.value_text(name, value, terms, format_time)
    parts = tuple(
        StateRow(f"{path}.{part.key}", heading, part.title, part.text, (f"{path}.{_part_path(value, part.key)}",))
        for part in values.value_parts(name, value, terms, file_title)
    )
    return StateRow(path, heading, title, text or _NOTHING, (path,), parts)


def _part_path(value: Any, key: str) -> str:
    """The path of a part below its value.

    The flattened state has ballots by index, not by subject (`audit/history.py`).
    """
    subjects = [getattr(item, "id", None) for item in value] if isinstance(value, tuple) else []
    return str(subjects.index(key)) if key in subjects else key


def _department_rows(state: Assessment, terms: Terms) -> Iterator[StateRow]:
    yield StateRow("unit", _UNIT, _NAME, same_text(terms.unit(state.unit)), ("unit",))
    yield StateRow("unit_kind", _UNIT, _KIND, terms.unit_kind(state.unit_kind), ("unit_kind",))
    special = terms.rulebook.special_title(state.occasion, state.title)
    if special is not None:
        yield StateRow("title", _UNIT, _SPECIAL, special, ("title",))
    yield StateRow("staff", _UNIT, _STAFF, same_text(str(state.staff)), ("staff",))
    team = (("heads", _HEAD, state.heads), ("members", _MEMBER, state.members), ("left", _FORMER_MEMBER, state.left))
    for name, title, people in team:
        yield from (_person_row(name, title, member, terms) for member in people)


def _person_row(name: str, title: Text, member: Member, terms: Terms) -> StateRow:
    path = f"{name}.{member.person}"
    return StateRow(path, _UNIT, title, terms.member(member.person), (path,))
