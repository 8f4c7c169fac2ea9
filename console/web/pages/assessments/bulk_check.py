"""The page that checks a bulk act before it is done: what is refused and why, what happens to the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from starlette.responses import Response

from console.web.forms import confirmation_page
from console.web.forms.confirmation_page import OutcomeGroup
from console.web.request.page_request import PageRequest
from states import policy
from states.assessment import Assessment
from states.vocabulary import Command

from .bulk_row import BulkRow

Table = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]
"""The heads of a table's columns, and its rows."""


def check_page(
    request: PageRequest, act: str, rows: Sequence[BulkRow], commands: Mapping[str, Command], own_fields: frozenset[str]
) -> Response:
    """The page, from the previews and refusals of the rows.

    `own_fields` are the fields of a command that differ from row to row.
    """
    rulebook = rows[0].context.rulebook
    previews = [row.preview for row in rows if row.refusal is None and row.preview is not None]
    lines = confirmation_page.command_lines(request, commands[rows[0].stream], rulebook, Assessment(), own_fields)
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
    """The refused rows; the rows of a second act (results sent back) with their reasons; the rest by grade."""
    text, english = request.format.text, request.user.language == "en"
    refused = tuple((row.unit, text(row.refusal)) for row in rows if row.refusal is not None)
    if refused:
        heads = ("Department", "Why") if english else ("部门", "原因")
        title = f"Cannot be done: {len(refused)}" if english else f"不能办理 {len(refused)} 个"
        yield OutcomeGroup(title, heads, refused, refused=True)
    accepted = [row for row in rows if row.refusal is None]
    for one in reversed(dict.fromkeys(row.act for row in accepted)):
        alike = [row for row in accepted if row.act == one]
        name = text(policy.title(one, alike[0].context.rulebook))
        title = f"{name[:1].upper()}{name[1:]} {len(alike)}{'' if english else ' 个'}"
        yield OutcomeGroup(
            title, *(_by_grade(request, alike) if one == act else _with_reasons(request, alike, commands))
        )


def _with_reasons(request: PageRequest, rows: Sequence[BulkRow], commands: Mapping[str, Command]) -> Table:
    heads = ("Department", "Why") if request.user.language == "en" else ("部门", "理由")
    return heads, tuple((row.unit, str(getattr(commands[row.stream], "reason", ""))) for row in rows)


def _by_grade(request: PageRequest, rows: Sequence[BulkRow]) -> Table:
    """For each grade, its departments and how many they are; without the grade where no row has one yet."""
    units: dict[str, list[str]] = {}
    for row in rows:
        units.setdefault(request.format.text(row.grade) if row.grade else "—", []).append(row.unit)
    lines = tuple((grade, request.format.join(of), str(len(of))) for grade, of in units.items())
    heads = ("Grade", "Departments", "How many") if request.user.language == "en" else ("等次", "部门", "个数")
    if not any(row.grade for row in rows):
        return heads[1:], tuple(line[1:] for line in lines)
    return heads, lines
