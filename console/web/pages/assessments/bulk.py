"""批量办理: one act on many assessments of a year, and the list of the acts for which there is such a page.

The user selects rows, and then sees the outcome for each row on a page that writes nothing (`bulk_check.py`). After
the confirmation, the engine gets one command for each assessment, all in one transaction. A refused command changes
nothing, and its row shows the reason; the other commands are done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
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
from states.acts import STAGE_OF_ACT
from states.deadlines.chase import Chase, first_to_chase
from states.refusals import Refusal
from states.user_errors import UserError
from states.vocabulary import Command, Text
from storage import queries
from storage.tables.projections import AssessmentRow
from workflow.engine import Submission

from .act_page import choices
from .bulk_check import check_page
from .bulk_row import BulkRow, bulk_row, permitted_acts

pages = Pages()


class NobodyChosen(Refusal):
    """No row is selected."""

    zh = "没有选择部门。请至少选择一个部门再办理。"
    en = "No department is selected. Select at least one and try again."


class NoneOpen(Refusal):
    """The act is no longer possible on any of the selected assessments."""

    zh = "所选部门已不能办理此事项：可能刚刚办理过，或已由他人办理。请核对下表后再选。"
    en = (
        "This is no longer possible for the departments you selected: it may just have been done. "
        "Check the table and select again."
    )


def _page_of(act: str) -> tuple[PageFunction, PageFunction]:
    """The page functions for GET and POST of an act's page."""

    def show(request: PageRequest, year: int) -> Response:
        return _PAGE_OF_ACT[act](request, act, year).page(200)

    def post(request: PageRequest, year: int) -> Response:
        return _PAGE_OF_ACT[act](request, act, year).post()

    return show, post


@pages.get("/together", view="together")
def show(request: PageRequest) -> Response:
    """Show the bulk acts for the latest year, each with the number of assessments on which the user may do it."""
    year = next(iter(queries.years(request.database)), None)
    rows = queries.assessments(request.database, year) if year else []
    resolved = (request.context(row.stream) for row in rows if not row.withdrawn)
    counts = Counter(act for one in resolved for act in permitted_acts(request, *one, BULK_ACTS))
    acts = [
        (act, policy.title(act, request.rulebook), counts[act])
        for act in BULK_ACTS
        if act in STAGE_OF_ACT or act in request.rulebook.acts
    ]
    return request.answer.page("bulk.html", year=year, acts=acts if year else [])


class BulkPage:
    """The page of one act on the assessments of a year, for one request: the form, the check page and the outcome.

    Its rows are the assessments on which the user may do the act now. A page with more than one act is a subclass
    (`resolution.py`).
    """

    template = "bulk_act.html"
    back = ("/together", Text(zh="批量办理", en="Bulk actions"))
    """The page above this one, and its title."""

    def __init__(self, request: PageRequest, act: str, year: int) -> None:
        self.request, self.act, self.year = request, act, year
        rows = (self.make_row(row) for row in queries.assessments(request.database, year) if not row.withdrawn)
        self.rows = sorted((row for row in rows if row is not None), key=lambda row: row.unit_title)

    # --- what a subclass may change ---------------------------------------------------------------

    def make_row(self, assessment_row: AssessmentRow) -> BulkRow | None:
        """The row of an assessment; None if the page does not list the assessment."""
        row = bulk_row(self.request, assessment_row.stream, (self.act,))
        return row if row.acts else None

    def selected_act(self, row: BulkRow) -> str:
        """The act that the form selects for this row; empty for none."""
        return self.act if row.stream in self.request.form.texts("unit") else ""

    def requested_streams(self) -> set[str]:
        """The streams of the assessments that the form selects, also of those that the page no longer lists."""
        return set(self.request.form.texts("unit"))

    def row_fields(self, row: BulkRow) -> dict[str, str]:
        """The form's fields that differ from row to row, with the values for this row."""
        return {
            **{f"grades.{one.id}": one.key for one in row.grades},
            "replaces": row.state.circulated[-1] if row.state.circulated else "",
        }

    def streams_to_tick(self) -> set[str]:
        """The streams of the rows that are ticked if neither a form nor a link to this page selects some."""
        return {row.stream for row in self.rows}

    def extra_values(self) -> dict[str, Any]:
        """The values of the template that only this bulk page has."""
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
        outdated = self._no_longer_open(selected)
        if button != confirmation.CONFIRM:
            previewed = [self._preview(row, commands[row.stream]) for row in selected]
            rows = [*previewed, *outdated]
            different = (name.partition(".")[0] for name in self.row_fields(rows[0]))
            row_fields = frozenset(("unit", *different, "grades", "persons"))
            return check_page(self.request, self.act, rows, commands, row_fields)
        outcomes = [*self._submit(selected, commands), *outdated]
        # A new page reads the rows again, because the act is no longer possible on the submitted ones.
        return type(self)(self.request, self.act, self.year).page(200, outcomes=outcomes)

    def page(self, status: int, refusal: Refusal | None = None, outcomes: list[BulkRow] | None = None) -> Response:
        """The page. `outcomes` are the submitted rows with the engine's answers; None before a submission."""
        rulebook = self.rows[0].context.rulebook if self.rows else self.request.rulebook
        inputs = self._inputs()
        return self.request.answer.page(
            self.template,
            status,
            field_of=top_field,
            label_of={field.name: field.title for field in inputs},
            act=self.act,
            year=self.year,
            title=policy.title(self.act, rulebook),
            title_of=lambda act: policy.title(act, rulebook),
            clause=policy.clause_of(self.act, rulebook),
            rulebook=rulebook,
            rows=self.rows,
            selected=self._ticked_streams(),
            inputs_of=inputs,
            choices=self._choices,
            refusal=refusal,
            outcomes=outcomes,
            accepted=sum(row.refusal is None for row in outcomes or ()),
            done=outcomes is not None,
            back=self.back,
            **self.extra_values(),
        )

    # --- the form ---------------------------------------------------------------------------------

    def _selected(self) -> list[BulkRow]:
        """The selected rows, each with its act. Raises `NobodyChosen` or `NoneOpen` if there is none."""
        selected = [replace(row, selected_act=act) for row in self.rows if (act := self.selected_act(row))]
        if not selected:
            raise NoneOpen if self.requested_streams() else NobodyChosen
        return selected

    def _ticked_streams(self) -> set[str]:
        """The streams of the rows to tick on the page: from the posted form, or from the link to this page."""
        if self.request.form:
            return set(self.request.form.texts("unit"))
        return set(self.request.query.getlist("unit")) or self.streams_to_tick()

    def _inputs(self) -> tuple[act_form.FormField, ...]:
        """The fields with one value for all rows."""
        # The grades and the notice that a correction replaces differ from row to row. The persons that a task concerns
        # cannot be named for many departments at once.
        return tuple(
            field for field in act_form.form_fields(self.act) if field.name not in ("grades", "replaces", "persons")
        )

    def _choices(self, name: str) -> list[tuple[str, Text | str]]:
        """The options of a field in all rows, without repetition."""
        options = {
            value: title
            for row in self.rows
            for value, title in choices(name, self.request, row.state, row.context.rulebook, row.context)
        }
        return list(options.items())

    def _commands(self, selected: list[BulkRow]) -> dict[str, Command]:
        """The command of each row, by stream.

        Raises `InvalidForm` with all errors; an error in a shared field appears once.
        """
        errors: dict[str, UserError] = {}
        commands: dict[str, Command] = {}
        shared = {field.name for field in self._inputs()}
        for row in selected:
            try:
                commands[row.stream] = self._command(row)
            except InvalidForm as invalid:
                errors.update(
                    {
                        name if name in shared else f"{name}-{row.stream}": error
                        for name, error in invalid.errors.items()
                    }
                )
        if errors:
            raise InvalidForm(errors)
        return commands

    def _command(self, row: BulkRow) -> Command:
        """The command of one row. While it is read, the form has the row's values in the fields that differ."""
        row_values, posted = self.row_fields(row), self.request.form.items()
        shared = [(name, value) for name, value in posted if isinstance(value, str) and name not in row_values]
        self.request.form.fill([*shared, *row_values.items()])
        try:
            return act_form.read(FormSource(self.request, row.selected_act, row.state, row.context))
        finally:
            self.request.form.fill(posted)

    # --- the outcome ------------------------------------------------------------------------------

    def _no_longer_open(self, selected: list[BulkRow]) -> list[BulkRow]:
        """The rows that the form selects but the page no longer lists, each with its refusal.

        The outcome has to show them, so that no selected row disappears.
        """
        missing = self.requested_streams() - {row.stream for row in selected}
        streams = sorted(
            row.stream for row in queries.assessments(self.request.database, self.year) if row.stream in missing
        )
        return [self._refuse(bulk_row(self.request, stream, ())) for stream in streams]

    def _refuse(self, row: BulkRow) -> BulkRow:
        """The row with its refusal."""
        # If somebody has changed the assessment, the refusal of `check_version` names that person. This helps more than
        # "no longer possible".
        try:
            confirmation.check_version(self.request, row.state, _version_on_page(self.request, row))
        except Refusal as refusal:
            return replace(row, selected_act=self.act, refusal=refusal)
        return replace(row, selected_act=self.act, refusal=NoneOpen())

    def _preview(self, row: BulkRow, command: Command) -> BulkRow:
        """The row with the answer that the engine would give."""
        try:
            confirmation.check_version(self.request, row.state, _version_on_page(self.request, row))
            return replace(row, preview=self.request.prepare(row.stream, command, row.acts[row.selected_act]).preview())
        except Refusal as refusal:
            return replace(row, refusal=refusal)

    def _submit(self, selected: list[BulkRow], commands: dict[str, Command]) -> list[BulkRow]:
        """Submit the commands, and return the rows with the engine's answers.

        The engine refuses a row if its outcome is no longer the confirmed one.
        """
        request = self.request
        submissions = [
            Submission(
                row.stream,
                commands[row.stream],
                row.acts[row.selected_act],
                request.form.command_id.with_suffix(row.stream),
                _version_on_page(request, row),
                expected_fact=confirmation.confirmed_fact(request, row.stream),
            )
            for row in selected
        ]
        answers = request.engine.submit_many([with_file_names(request, submission) for submission in submissions])
        return [
            replace(row, refusal=answer if isinstance(answer, Refusal) else None)
            for row, answer in zip(selected, answers, strict=True)
        ]


class ChasePage(BulkPage):
    """The page that chases many departments at once: of each, what has the nearest deadline. Late ones are ticked."""

    def row_fields(self, row: BulkRow) -> dict[str, str]:
        return {**super().row_fields(row), "stage": self._item(row)[0]}

    def streams_to_tick(self) -> set[str]:
        return {row.stream for row in self.rows if (due := self._item(row)[2]) is not None and due < self.request.today}

    def extra_values(self) -> dict[str, Any]:
        return {"item_of": self._item}

    def _inputs(self) -> tuple[act_form.FormField, ...]:
        return tuple(field for field in super()._inputs() if field.name != "stage")

    def _item(self, row: BulkRow) -> tuple[str, Text, date | None]:
        """What is chased in this row: its key, its title and its deadline."""
        item = first_to_chase(row.state, row.context)
        assert item is not None, "a row has the act, so something can be chased"
        return item


_PAGE_OF_ACT: Mapping[str, type[BulkPage]] = dict.fromkeys(BULK_ACTS, BulkPage) | {Chase.act: ChasePage}
"""The page of each act."""

for _act in BULK_ACTS:
    _show, _post = _page_of(_act)
    pages.get(f"/together/{{year:int}}/{_act}", view="together")(_show)
    pages.post(f"/together/{{year:int}}/{_act}", view="together")(_post)


def _version_on_page(request: PageRequest, row: BulkRow) -> int:
    """The version of the assessment in the posted form, or its present version if the form has none."""
    version = whole_number(request.form.text(f"version-{row.stream}"))
    return row.state.version if version is None else version
