"""批量办理: one act on many assessments of a year.

The account selects rows, then sees a page that says what would happen to each (`bulk_check.py`); that page decides as
the engine does, and writes nothing. What is then confirmed goes to the engine as one command for each assessment, in
one transaction. A command that is refused changes nothing, and its row says why; the others are done.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from starlette.responses import Response

from console.web.assessment_paths import BULK_ACTS
from console.web.forms import act_form, confirmation
from console.web.forms.act_form import FormSource
from console.web.forms.fields import top_field
from console.web.forms.submitting import with_file_names
from console.web.numbers import whole_number
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import PageFunction, Pages
from states import policy
from states.refusals import Refusal
from states.user_errors import UserError
from states.vocabulary import Command, Text
from storage import queries
from storage.tables.projections import AssessmentRow
from workflow.engine import Submission

from .act_page import choices
from .bulk_check import check_page
from .bulk_row import BulkRow, bulk_row

pages = Pages()


class NobodyChosen(Refusal):
    """No row is selected."""

    zh = "没有选择部门。请至少选择一个部门再办理。"
    en = "No department is selected. Select at least one and try again."


class NoneOpen(Refusal):
    """The act is no longer open on any of the selected assessments."""

    zh = "所选部门已不能办理此事项：可能刚刚办理过，或已由他人办理。请核对下表后再选。"
    en = (
        "This is no longer possible for the departments you selected: it may just have been done. "
        "Check the table and select again."
    )


def _page_of(act: str) -> tuple[PageFunction, PageFunction]:
    """The functions for GET and POST of an act's page."""

    def show(request: PageRequest, year: int) -> Response:
        return BulkPage(request, act, year).page(200)

    def post(request: PageRequest, year: int) -> Response:
        return BulkPage(request, act, year).post()

    return show, post


for _act in BULK_ACTS:
    _show, _post = _page_of(_act)
    pages.get(f"/together/{{year:int}}/{_act}", view="together")(_show)
    pages.post(f"/together/{{year:int}}/{_act}", view="together")(_post)


@pages.get("/together", view="together")
def show(request: PageRequest) -> Response:
    year = next(iter(queries.years(request.database)), None)
    acts = (
        [(act, policy.title(act, request.rulebook), len(BulkPage(request, act, year).rows)) for act in BULK_ACTS]
        if year
        else []
    )
    return request.answer.page("together.html", year=year, acts=acts)


class BulkPage:
    """One act on the assessments of a year, for one request.

    A page with more than one act is a subclass (`resolution.py`).
    """

    template = "together_act.html"

    def __init__(self, request: PageRequest, act: str, year: int) -> None:
        self.request, self.act, self.year = request, act, year
        rows = (self.row(row) for row in queries.assessments(request.database, year) if not row.withdrawn)
        self.rows = sorted((row for row in rows if row is not None), key=lambda row: row.unit)

    # --- what a subclass may change ---------------------------------------------------------------

    def row(self, projected: AssessmentRow) -> BulkRow | None:
        """The row of an assessment; None where the page does not list it."""
        row = bulk_row(self.request, projected.stream, (self.act,))
        return row if row.acts else None

    def selected_act(self, row: BulkRow) -> str:
        """The act that the form asks for on this row; empty for none."""
        return self.act if row.stream in self.request.form.texts("unit") else ""

    def requested_streams(self) -> set[str]:
        """The assessments that the form asks for, also those that the page no longer lists."""
        return set(self.request.form.texts("unit"))

    def own_fields(self, row: BulkRow) -> dict[str, str]:
        """The fields of the command that differ from row to row, with the row's values."""
        return {
            "grade": row.result.grade if row.result else "",
            "replaces": row.state.circulated[-1] if row.state.circulated else "",
        }

    def extra_values(self) -> dict[str, Any]:
        """What the template needs beyond the values of every bulk page."""
        return {}

    # --- requests ---------------------------------------------------------------------------------

    def post(self) -> Response:
        button = self.request.form.text("_do")
        if button == confirmation.EDIT:
            return self.page(200, refusal=confirmation.back_to_form(self.request))
        try:
            selected = self._selected()
            commands = self._commands(selected)
        except Refusal as refusal:
            return self.page(409, refusal=refusal)
        overtaken = self._overtaken(selected)
        if button != confirmation.CONFIRM:
            previewed = [self._preview(row, commands[row.stream]) for row in selected]
            rows = [*previewed, *overtaken]
            own_fields = frozenset(("unit", *self.own_fields(rows[0]), "persons"))
            return check_page(self.request, self.act, rows, commands, own_fields)
        outcomes = [*self._submit(selected, commands), *overtaken]
        # The rows are read again: those that were done are no longer open.
        return type(self)(self.request, self.act, self.year).page(200, outcomes=outcomes, done=True)

    def page(
        self, status: int, refusal: Refusal | None = None, outcomes: list[BulkRow] | None = None, done: bool = False
    ) -> Response:
        rulebook = self.rows[0].context.rulebook if self.rows else self.request.rulebook
        inputs, selected = self._inputs(), self._selected_before()
        return self.request.answer.page(
            self.template,
            status,
            field_of=top_field,
            label_of={one.name: one.title for one in inputs},
            act=self.act,
            year=self.year,
            title=policy.title(self.act, rulebook),
            title_of=lambda act: policy.title(act, rulebook),
            clause=policy.clause_of(self.act, rulebook),
            rulebook=rulebook,
            rows=self.rows,
            selected=selected,
            all_selected=not (self.request.form or selected),
            inputs_of=inputs,
            choices=self._choices,
            refusal=refusal,
            outcomes=outcomes,
            accepted=sum(one.refusal is None for one in outcomes or ()),
            done=done,
            **self.extra_values(),
        )

    # --- the form ---------------------------------------------------------------------------------

    def _selected(self) -> list[BulkRow]:
        """The rows that are selected, each with its act. NobodyChosen; NoneOpen."""
        selected = [replace(row, act=act) for row in self.rows if (act := self.selected_act(row))]
        if not selected:
            raise NoneOpen if self.requested_streams() else NobodyChosen
        return selected

    def _selected_before(self) -> set[str]:
        """The rows that are ticked on the page: as in the form, or as in the list that led here."""
        return set(self.request.form.texts("unit") or self.request.query.getlist("unit"))

    def _inputs(self) -> tuple[act_form.Input, ...]:
        """The fields that all rows share."""
        # The grade is each row's own, and so is the notice that a correction replaces. The persons a task concerns
        # cannot be named for many departments at once.
        return tuple(one for one in act_form.inputs(self.act) if one.name not in ("grade", "replaces", "persons"))

    def _choices(self, name: str) -> list[tuple[str, Text | str]]:
        """The options of a field over all rows, each once."""
        options = {
            value: title
            for row in self.rows
            for value, title in choices(name, row.state, row.context.rulebook, row.context)
        }
        return list(options.items())

    def _commands(self, selected: list[BulkRow]) -> dict[str, Command]:
        """The command of each row, by its stream. InvalidForm with all faults; one in a shared field is there once."""
        wrong: dict[str, UserError] = {}
        commands: dict[str, Command] = {}
        shared = {one.name for one in self._inputs()}
        for row in selected:
            try:
                commands[row.stream] = self._command(row)
            except InvalidForm as invalid:
                wrong.update({n if n in shared else f"{n}-{row.stream}": why for n, why in invalid.wrong.items()})
        if wrong:
            raise InvalidForm(wrong)
        return commands

    def _command(self, row: BulkRow) -> Command:
        """The command of one row. The form is filled with the row's own fields while it is read."""
        own, typed = self.own_fields(row), self.request.form.items()
        shared = [(n, v) for n, v in typed if isinstance(v, str) and n not in own]
        self.request.form.fill([*shared, *own.items()])
        try:
            return act_form.read(FormSource(self.request, row.act, row.state, row.context))
        finally:
            self.request.form.fill(typed)

    # --- what comes of it -------------------------------------------------------------------------

    def _overtaken(self, selected: list[BulkRow]) -> list[BulkRow]:
        """The requested rows that are no longer open here, each with its refusal: none is left out without a word."""
        missing = self.requested_streams() - {row.stream for row in selected}
        streams = sorted(
            row.stream for row in queries.assessments(self.request.database, self.year) if row.stream in missing
        )
        return [self._refuse_overtaken(bulk_row(self.request, stream, ())) for stream in streams]

    def _refuse_overtaken(self, row: BulkRow) -> BulkRow:
        # Where the version says that somebody changed the assessment, the refusal names who; that is better than "no
        # longer possible".
        try:
            confirmation.check_version(self.request, row.state, _version_on_page(self.request, row))
        except Refusal as refusal:
            return replace(row, act=self.act, refusal=refusal)
        return replace(row, act=self.act, refusal=NoneOpen())

    def _preview(self, row: BulkRow, command: Command) -> BulkRow:
        """The row with what the engine would answer."""
        try:
            confirmation.check_version(self.request, row.state, _version_on_page(self.request, row))
            return replace(row, preview=self.request.prepare(row.stream, command, row.acts[row.act]).preview())
        except Refusal as refusal:
            return replace(row, refusal=refusal)

    def _submit(self, selected: list[BulkRow], commands: dict[str, Command]) -> list[BulkRow]:
        """The rows with the engine's answers.

        A row whose outcome is no longer the one that was confirmed is refused.
        """
        request = self.request
        submissions = [
            Submission(
                row.stream,
                commands[row.stream],
                row.acts[row.act],
                request.form.command_id.of(row.stream),
                _version_on_page(request, row),
                expected_fact=confirmation.confirmed_fact(request, row.stream),
            )
            for row in selected
        ]
        answers = request.engine.submit_many([with_file_names(request, one) for one in submissions])
        return [
            replace(row, refusal=answer if isinstance(answer, Refusal) else None)
            for row, answer in zip(selected, answers, strict=True)
        ]


def _version_on_page(request: PageRequest, row: BulkRow) -> int:
    """The version of the assessment on the page that was posted; the version now, where the page did not say."""
    version = whole_number(request.form.text(f"version-{row.stream}"))
    return row.state.version if version is None else version
