"""批量办理: one act on many assessments: first the page to check what moves, what is refused and why, and who is told.

That page (`confirmation.py`) decides as the engine would and writes nothing. What is then done is asked of the engine, one command for each
unit, in one transaction: what was refused meanwhile stays as it was and says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from console.web.forms import act_form, confirmation, confirmation_page
from console.web.forms.act_form import Reading
from console.web.forms.fields import top_field
from console.web.forms.submitting import with_file_names
from console.web.numbers import whole_number
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages, Show
from states import policy
from states.assessment import Assessment
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.refusals import Refusal
from states.result.result import Result, plain
from states.stages.scoring import Scored
from states.user_errors import UserError
from states.vocabulary import Actor, Command, Text
from storage import queries
from storage.tables.projections import AssessmentRow
from workflow.engine import Submission
from workflow.previews import Preview

from .assessment import FORMS, choices, link

pages = Pages()

TOGETHER = tuple(act for act in FORMS if act in ("circulate", "complete_task", "move_deadline"))
"""What is done for many at once: one notice, one filing, one deadline. One resolution has a page of its own (`resolution.py`);
the rest is each unit's own."""


class NobodyChosen(Refusal):
    """No unit is ticked."""

    zh = "没有选择部门。请至少选择一个部门再办理。"
    en = "No unit is selected. Select at least one and try again."


class NoneOpen(Refusal):
    """All that was chosen has moved on since the page was shown."""

    zh = "所选部门已不能办理此事项：可能刚刚办理过，或已由他人办理。请核对下表后再选。"
    en = "This is no longer possible for the units you selected: it may just have been done. Check the table and select again."


class Row(Struct, frozen=True):
    """One assessment and the acts open on it here, each with its actor; after a preview or the deed, what came of it.

    `readable`: whether the account may read its result; the office announces that of its own unit without reading it before.
    """

    state: Assessment
    context: Context
    compiled: CompiledRulebook
    acts: Mapping[str, Actor]
    unit: str
    readable: bool
    act: str = ""
    refusal: Refusal | None = None
    preview: Preview | None = None

    @property
    def stream(self) -> str:
        return self.state.stream

    @property
    def link(self) -> str:
        return link(self.state)

    @property
    def result(self) -> Result | None:
        scored = self.state.fact(Scored) if self.readable else None
        return scored.result if scored else None

    @property
    def score(self) -> str:
        return plain(self.result.score) if self.result else ""

    @property
    def grade(self) -> Text | None:
        return self.context.rulebook.grades[self.result.grade].title.text if self.result else None

    @property
    def vetoed(self) -> bool:
        return self.readable and bool(self.state.vetoes)


def _page_of(act: str) -> tuple[Show, Show]:
    def show(request: PageRequest, year: int) -> Response:
        return Together(request, act, year).page(200)

    def post(request: PageRequest, year: int) -> Response:
        return Together(request, act, year).posted()

    return show, post


for _act in TOGETHER:
    _show, _post = _page_of(_act)
    pages.get(f"/together/{{year:int}}/{_act}", view="together")(_show)
    pages.post(f"/together/{{year:int}}/{_act}", view="together")(_post)


@pages.get("/together", view="together")
def show(request: PageRequest) -> Response:
    year = next(iter(queries.years(request.database)), None)
    found = (
        [(act, policy.title(act, request.rulebook), len(Together(request, act, year).rows)) for act in TOGETHER]
        if year
        else []
    )
    return request.answer.page("together.html", year=year, acts=found)


class Together:
    """Some acts, all assessments of a year they are open for, one request. `template` shows it."""

    template = "together_act.html"

    def __init__(self, request: PageRequest, act: str, year: int) -> None:
        self.request, self.act, self.year = request, act, year
        rows = (self.row(row) for row in queries.assessments(request.database, year) if not row.withdrawn)
        self.rows = sorted((row for row in rows if row is not None), key=lambda row: row.unit)

    def posted(self) -> Response:
        if self.request.form.text("_do") == confirmation.EDIT:
            return self.page(200, refusal=confirmation.back_to_form(self.request))
        try:
            asked = [replace(row, act=act) for row in self.rows if (act := self.chosen(row))]
            if not asked:
                raise NoneOpen if self.named() else NobodyChosen
            commands = self._commands(asked)
        except Refusal as refusal:
            return self.page(409, refusal=refusal)
        overtaken = self._overtaken(asked)
        if self.request.form.text("_do") != confirmation.CONFIRM:
            previewed = [self._previewed(row, commands[row.stream]) for row in asked]
            return self._check([*previewed, *overtaken], commands)
        outcomes = [*self._done(asked, commands), *overtaken]
        return type(self)(self.request, self.act, self.year).page(200, outcomes=outcomes, done=True)

    def page(
        self, status: int, refusal: Refusal | None = None, outcomes: list[Row] | None = None, done: bool = False
    ) -> Response:
        request, rulebook = self.request, self.rows[0].context.rulebook if self.rows else self.request.rulebook
        return request.answer.page(
            self.template, status, act=self.act, year=self.year, title=policy.title(self.act, rulebook),
            rows=self.rows, outcomes=outcomes, done=done, refusal=refusal, inputs_of=self.inputs(), rulebook=rulebook,
            field_of=top_field, label_of={one.name: one.title for one in self.inputs()}, chosen=self.preset(),
            choices=self._choices, moves=sum(o.refusal is None for o in outcomes or ()),
            clause=policy.cited(self.act, rulebook), title_of=lambda act: policy.title(act, rulebook), posted=bool(request.form) or bool(self.preset()), **self.more(),
        )  # fmt: skip

    def more(self) -> dict[str, Any]:
        """What else the template is shown."""
        return {}

    def chosen(self, row: Row) -> str:
        """The act that is asked for on this row; empty for none."""
        return self.act if row.stream in self.request.form.texts("unit") else ""

    def preset(self) -> set[str]:
        """The rows that are ticked: in the form, or in a list that led here."""
        return set(self.request.form.texts("unit") or self.request.query.getlist("unit"))

    def named(self) -> set[str]:
        """The streams something is asked for, be it on a row that has moved on."""
        return set(self.request.form.texts("unit"))

    def inputs(self) -> tuple[act_form.Input, ...]:
        """What is asked once for all; the grade is each unit's own, and so is the notice a correction takes the place of."""
        return tuple(one for one in act_form.inputs(self.act) if one.name not in ("grade", "replaces", "persons"))

    def own(self, row: Row) -> dict[str, str]:
        """What a row's form says beside what is asked once for all."""
        state = row.state
        return {
            "grade": row.result.grade if row.result else "",
            "replaces": state.circulated[-1] if state.circulated else "",
        }

    def row(self, projected: AssessmentRow) -> Row | None:
        """An assessment the act is open on here; None for any other."""
        row = self.read(projected.stream, (self.act,))
        return row if row.acts else None

    def read(self, stream: str, acts: tuple[str, ...]) -> Row:
        """An assessment, and which of the acts are open on it here, each with its actor."""
        state, context, compiled = self.request.context(stream)
        assert isinstance(state, Assessment)
        now = compiled.chart.open_acts(state.stage)
        offers = self.request.permissions.acts(state, context, compiled) if any(act in now for act in acts) else {}
        opened = {act: offers[act] for act in acts if act in offers}
        unit, readable = (
            self.request.roster.title(state.unit, state.year),
            self.request.permissions.may_view("results", state.unit),
        )
        return Row(state, context, compiled, opened, unit, readable)

    def _choices(self, name: str) -> list[tuple[str, Text | str]]:
        """What all of them may choose from, each once."""
        found = {
            value: title
            for row in self.rows
            for value, title in choices(name, self.act, row.state, row.context.rulebook, row.context)
        }
        return list(found.items())

    def _commands(self, asked: list[Row]) -> dict[str, Command]:
        """Each row's command; `InvalidForm` with all that is wrong, what is asked once for all named once."""
        wrong: dict[str, UserError] = {}
        commands: dict[str, Command] = {}
        for row in asked:
            try:
                commands[row.stream] = self._command(row)
            except InvalidForm as unread:
                shared = {one.name for one in self.inputs()}
                wrong.update({n if n in shared else f"{n}-{row.stream}": why for n, why in unread.wrong.items()})
        if wrong:
            raise InvalidForm(wrong)
        return commands

    def _command(self, row: Row) -> Command:
        own, typed = self.own(row), self.request.form.items()
        shared = [(n, v) for n, v in typed if isinstance(v, str) and n not in own]
        self.request.form.fill([*shared, *own.items()])
        try:
            return act_form.read(Reading(self.request, row.act, row.state, row.context))
        finally:
            self.request.form.fill(typed)

    def _overtaken(self, asked: list[Row]) -> list[Row]:
        """What was asked for and is not open here any more, each with the reason: nothing is left out without a word."""
        left = self.named() - {row.stream for row in asked}
        known = (row.stream for row in queries.assessments(self.request.database, self.year) if row.stream in left)
        return [self._moved_on(self.read(stream, ())) for stream in sorted(known)]

    def _moved_on(self, row: Row) -> Row:
        try:
            confirmation.check_version(self.request, row.state, _seen(self.request, row))
        except Refusal as refusal:
            return replace(row, act=self.act, refusal=refusal)
        return replace(row, act=self.act, refusal=NoneOpen())

    def _check(self, rows: list[Row], commands: Mapping[str, Command]) -> Response:
        """The page to check it on: what is refused and what goes back in full, the rest by grade."""
        request, rulebook = self.request, rows[0].context.rulebook
        going = [row for row in rows if row.refusal is None]
        previews = [row.preview for row in going if row.preview is not None]
        own = frozenset(("unit", *self.own(rows[0]), "persons"))
        lines = confirmation_page.lines_of(request, commands[rows[0].stream], rulebook, Assessment(), own)
        return confirmation_page.draw(
            request, self.act, rulebook, lines, previews, outcome=confirmation_page.notified(request, previews),
            groups=list(self._groups(rows, going, commands)),
        )  # fmt: skip

    def _groups(
        self, rows: list[Row], going: list[Row], commands: Mapping[str, Command]
    ) -> Iterator[confirmation_page.Group]:
        render, english = self.request.format.text, self.request.user.language == "en"
        refused = tuple((row.unit, render(row.refusal)) for row in rows if row.refusal is not None)
        if refused:
            heads = ("Unit", "Why") if english else ("部门", "原因")
            title = f"Cannot be done: {len(refused)}" if english else f"不能办理 {len(refused)} 个"
            yield confirmation_page.Group(title, heads, refused, refused=True)
        for act in reversed(dict.fromkeys(row.act for row in going)):
            alike = [row for row in going if row.act == act]
            name = render(policy.title(act, alike[0].context.rulebook))
            title = f"{name[:1].upper()}{name[1:]} {len(alike)}{'' if english else ' 个'}"
            if act == self.act:
                yield confirmation_page.Group(title, *self._by_grade(alike))
            else:
                heads = ("Unit", "Why") if english else ("部门", "理由")
                rows_of = tuple((row.unit, str(getattr(commands[row.stream], "reason", ""))) for row in alike)
                yield confirmation_page.Group(title, heads, rows_of)

    def _by_grade(self, rows: list[Row]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """The units and how many, for each grade; in one line where none has a grade yet."""
        english = self.request.user.language == "en"
        units: dict[str, list[str]] = {}
        for row in rows:
            units.setdefault(self.request.format.text(row.grade) if row.grade else "—", []).append(row.unit)
        found = tuple((grade, self.request.format.join(of), str(len(of))) for grade, of in units.items())
        heads = ("Grade", "Units", "How many") if english else ("等次", "部门", "个数")
        if not any(row.grade for row in rows):
            return heads[1:], tuple(one[1:] for one in found)
        return heads, found

    def _previewed(self, row: Row, command: Command) -> Row:
        """What the engine would answer: also that the row is another than the one that was shown."""
        try:
            confirmation.check_version(self.request, row.state, _seen(self.request, row))
            return replace(row, preview=self.request.prepare(row.stream, command, row.acts[row.act]).preview())
        except Refusal as refusal:
            return replace(row, refusal=refusal)

    def _done(self, asked: list[Row], commands: dict[str, Command]) -> list[Row]:
        """What came of each. A row whose outcome is not the one that was checked is refused, and says so; the others are done."""
        request, id_ = self.request, self.request.form.command_id
        submissions = [
            with_file_names(request, Submission(
                row.stream, commands[row.stream], row.acts[row.act], id_.of(row.stream), _seen(request, row),
                expected_fact=confirmation.confirmed_fact(request, row.stream),
            ))
            for row in asked
        ]  # fmt: skip
        answers = request.engine.submit_many(submissions)
        return [
            replace(row, refusal=answer if isinstance(answer, Refusal) else None)
            for row, answer in zip(asked, answers, strict=True)
        ]


def _seen(request: PageRequest, row: Row) -> int:
    """The version of the row that the page showed."""
    found = whole_number(request.form.text(f"version-{row.stream}"))
    return row.state.version if found is None else found
