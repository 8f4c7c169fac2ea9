"""The check page of a bulk act: the command, the refused rows with their reasons, and the outcome of the other rows.

It also says who gets a notice. It writes nothing. The previews and refusals of the rows come from `bulk.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from starlette.responses import Response

from console.web.forms import confirmation_page
from console.web.forms.confirmation_page import OutcomeGroup
from console.web.request.page_request import PageRequest
from states import policy
from states.assessment import Assessment
from states.deadlines.chase import CHASE_ACTS, Chased
from states.deadlines.reminders import open_items
from states.vocabulary import Command

from .bulk_row import BulkRow

Table = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]
"""The column heads of a table, and its rows."""


def check_page(
    request: PageRequest, act: str, rows: Sequence[BulkRow], commands: Mapping[str, Command], row_fields: frozenset[str]
) -> Response:
    """The page, made from the previews and refusals of the rows. There must be a row, and a command for the first row.

    `row_fields` are the fields of a command that differ from row to row.
    """
    rulebook = rows[0].context.rulebook
    previews = [row.preview for row in rows if row.refusal is None and row.preview is not None]
    lines = confirmation_page.command_lines(request, commands[rows[0].stream], rulebook, Assessment(), row_fields)
    return confirmation_page.check_page(
        request,
        act,
        rulebook,
        lines,
        previews,
        outcome=confirmation_page.notice_sentence(request, previews),
        groups=list(_groups(request, act, rows, commands)),
    )


def _groups(
    request: PageRequest, act: str, rows: Sequence[BulkRow], commands: Mapping[str, Command]
) -> Iterator[OutcomeGroup]:
    """The groups on the page: the refused rows; the rows with another act than `act`; the other rows by grade."""
    text, english = request.format.text, request.user.language == "en"
    refused = tuple((row.unit_title, text(row.refusal)) for row in rows if row.refusal is not None)
    if refused:
        heads = ("Department", "Why") if english else ("部门", "原因")
        title = f"Cannot be done: {len(refused)}" if english else f"不能办理 {len(refused)} 个"
        yield OutcomeGroup(title, heads, refused, refused=True)
    accepted = [row for row in rows if row.refusal is None]
    for selected_act in reversed(dict.fromkeys(row.selected_act for row in accepted)):
        rows_of_act = [row for row in accepted if row.selected_act == selected_act]
        name = text(policy.title(selected_act, rows_of_act[0].context.rulebook))
        title = f"{name[:1].upper()}{name[1:]} {len(rows_of_act)}{'' if english else ' 个'}"
        yield OutcomeGroup(title, *_table(request, rows_of_act, commands, with_reasons=selected_act != act))


def _table(
    request: PageRequest, rows: Sequence[BulkRow], commands: Mapping[str, Command], *, with_reasons: bool
) -> Table:
    """The table of an act: with the reasons; or the grade of every subject; or the departments of each grade."""
    if with_reasons:
        return _with_reasons(request, rows, commands)
    if any(row.selected_act in CHASE_ACTS for row in rows):
        return _chased(request, rows)
    is_approval = any(row.selected_act == "approve" for row in rows)
    has_more = any(row.other_grades or (row.grades and row.grades[0].places) for row in rows)
    return _by_subject(request, rows) if is_approval and has_more else _by_grade(request, rows)


def _with_reasons(request: PageRequest, rows: Sequence[BulkRow], commands: Mapping[str, Command]) -> Table:
    """A table with one line for each row: the department and the reason in its command."""
    heads = ("Department", "Why") if request.user.language == "en" else ("部门", "理由")
    return heads, tuple((row.unit_title, str(getattr(commands[row.stream], "reason", ""))) for row in rows)


def _chased(request: PageRequest, rows: Sequence[BulkRow]) -> Table:
    """A table with one line for each department: what is chased, until when it is due, and who is asked."""
    heads = (
        ("Department", "Step or task", "Deadline", "Whom")
        if request.user.language == "en"
        else ("部门", "催办事项", "期限", "催办对象")
    )
    return heads, tuple(_chased_line(request, row) for row in rows if row.preview is not None)


def _chased_line(request: PageRequest, row: BulkRow) -> tuple[str, ...]:
    fact = row.preview.fact if row.preview is not None else None
    assert isinstance(fact, Chased)
    items = {item.key: item.title.text for item, _ in open_items(row.state, row.context.rulebook)}
    due = request.format.day(fact.due) if fact.due else "—"
    whom = request.format.join(request.format.role(role) for role in fact.to)
    return row.unit_title, request.format.text(items[fact.stage]), due, whom


def _by_subject(request: PageRequest, rows: Sequence[BulkRow]) -> Table:
    """A table with one line for each department: the grade of every subject, with the places that they rest on."""
    text = request.format.text
    lines = tuple(
        (
            row.unit_title,
            *(text(one.text) for one in row.grades[:1]),
            request.format.join(f"{text(one.title)} {text(one.text)}" for one in row.other_grades) or "—",
        )
        for row in rows
    )
    english = request.user.language == "en"
    return ("Department", "Grade", "Team and members") if english else ("部门", "等次", "班子和成员"), lines


def _by_grade(request: PageRequest, rows: Sequence[BulkRow]) -> Table:
    """A table with one line for each grade: its departments and their number.

    There is no column of grades if no row has a grade.
    """
    units_by_grade: dict[str, list[str]] = {}
    for row in rows:
        units_by_grade.setdefault(request.format.text(row.grade) if row.grade else "—", []).append(row.unit_title)
    lines = tuple((grade, request.format.join(units), str(len(units))) for grade, units in units_by_grade.items())
    heads = ("Grade", "Departments", "How many") if request.user.language == "en" else ("等次", "部门", "个数")
    if not any(row.grade for row in rows):
        return heads[1:], tuple(line[1:] for line in lines)
    return heads, lines
