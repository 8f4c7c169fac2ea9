"""The rows, columns and counts of the board, for the board (`board.py`) and for the first page (`to_dos.py`).

A row has only the results and vetoes that the user may read. The rows are cached for users with the same rights.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

from msgspec import Struct

from console.web.assessment_paths import assessment_path
from console.web.display.progress import progress_note
from console.web.request.page_request import PageRequest
from states.assessment import Assessment
from states.deadlines.chase import Chase, first_to_chase, last_chase
from states.deadlines.lights import LIGHT_TITLES, NEEDS_ATTENTION, Light, StageLight, stage_lights
from states.deadlines.reminders import open_items
from states.records.year import Year
from states.rulebook.calculation.numbers import plain
from states.rulebook.stages import ON_SITE
from states.rulebook.types import VETOED, Rulebook
from states.stages.scoring import Scored
from states.streams import year_stream
from states.vocabulary import Text
from storage import queries

FOLLOW_UP = Text(zh="结果运用", en="follow-up")
"""The title of the last column: the tasks that follow from a circulated result (第九条)."""


class BoardLight(Struct, frozen=True):
    """One cell of a row: the light of one step, and the values for its text.

    `step` is the number of the step. `days_left` counts working days, and is None for a step that is done or cannot
    begin yet. `due` is set only if the deadline differs from the year's deadline. `planned` is the day of the on-site
    visit, `sheets` the number of score sheets. `span` is the number of columns, because neighbouring blocked steps
    share one cell. `is_absent`: the occasion of the assessment does not have the step.
    """

    step: int
    light: Light
    days_left: int | None = None
    due: date | None = None
    planned: str = ""
    sheets: int = 0
    span: int = 1
    is_absent: bool = False


class BoardResult(Struct, frozen=True):
    """The grade and the score of one assessment, as text. No grade without a scale, no score without points."""

    grade: Text | None
    score: str


class BoardCount(Struct, frozen=True):
    """The number of rows, and of those that are late or need attention.

    `departments` counts the annual assessments, `special` the others that are under way; `special_title` is that of the
    one occasion of the rulebook at which they are; None otherwise. The first page and the board show the same numbers,
    so only `count` computes them.
    """

    departments: int
    special: int
    special_title: Text | None
    late: int
    need_attention: int


class BoardRow(Struct, frozen=True):
    """One assessment on the board.

    `unit` is the id of the department, `unit_title` its title and `kind` the key of its kind. `special` is the title of
    a special assessment, None for the annual one. `step` is the number of
    the current step, 0 if nothing is to be done. `current_light` is the light of that step, or of the last step if
    `step` is 0. `light` is the light of the whole row. `dues` has the deadline of each step that is not done, else
    None. `result` is None without a result, or if the user may not read it. `vetoed` is False without a veto, or if the
    user may not read vetoes. `html` is the rendered row.
    """

    unit: str
    unit_title: str
    special: Text | None
    kind: str
    step: int
    lights: tuple[BoardLight, ...]
    dues: tuple[date | None, ...]
    result: BoardResult | None
    vetoed: bool
    light: Light
    current_light: BoardLight
    stream: str
    link: str
    note: Text | None
    html: bytes

    @property
    def days_left(self) -> int | None:
        """The working days left for the current step; None if nothing is to be done or there is no deadline."""
        return self.current_light.days_left if self.step else None


class BoardColumn(Struct, frozen=True):
    """The head of a step's column.

    `done_count` is the number of assessments that have done the step, `current_count` of those that are at it.
    """

    number: int
    key: str
    title: Text
    due: date | None
    days_left: int | None
    done_count: int
    current_count: int


def board_rows(request: PageRequest, year: int, rulebook: Rulebook) -> list[BoardRow]:
    """One row for each assessment of the year that is not withdrawn, by kind of department, then by title.

    Special assessments come last, by their titles.

    Rows are cached. A row depends on the assessment's state, the edition, the department's title, the year's deadlines
    and plan, the day, and the user's right to read the result. If none of them changes, the row is not rendered again.
    So after an entry in the ledger one row is rendered, not the whole board.
    """
    renderer = _RowRenderer(request, year, rulebook)
    states = request.engine.assessments_at(queries.active_assessments(request.database, year))
    order = list(kind_titles(rulebook))
    return sorted(
        map(renderer.row, states),
        key=lambda row: (
            row.special is not None,
            row.special and row.special.zh,
            order.index(row.kind),
            row.unit_title,
        ),
    )


def count(rows: Sequence[BoardRow], rulebook: Rulebook) -> BoardCount:
    """Count the rows. A late row is not counted again among those that need attention."""
    titles = [row.special for row in under_way(rows) if row.special is not None]
    return BoardCount(
        departments=sum(row.special is None for row in rows),
        special=len(titles),
        special_title=titles[0] if len(set(titles)) == 1 and titles[0] in rulebook.occasion_titles.values() else None,
        late=sum(row.light == "late" for row in rows),
        need_attention=sum(row.light in NEEDS_ATTENTION for row in rows),
    )


def under_way(rows: Sequence[BoardRow]) -> list[BoardRow]:
    """The rows of the annual assessments, and of the special ones that are not finished."""
    return [row for row in rows if row.special is None or row.step]


def board_columns(request: PageRequest, year: int, rows: Sequence[BoardRow], rulebook: Rulebook) -> list[BoardColumn]:
    """The column heads, one for each step after the opening. The column of the follow-up has none."""
    due = _year(request, year).due
    return [
        BoardColumn(
            number=number,
            key=stage.key,
            title=stage.title.text,
            due=due.get(stage.key),
            days_left=request.working_days.between(request.today, due[stage.key]) if stage.key in due else None,
            done_count=sum(row.lights[number - 1].light == "done" for row in under_way(rows)),
            current_count=sum(row.step == number for row in rows),
        )
        for number, stage in enumerate(rulebook.stage[1:], start=1)
    ]


def by_lateness(row: BoardRow) -> tuple[bool, int]:
    """A sort key: the row that is late by the most days comes first. A row whose `days_left` is None comes last."""
    return row.days_left is None, row.days_left or 0


def kind_titles(rulebook: Rulebook) -> dict[str, Text]:
    """The titles of the kinds of department, in the order of the rulebook."""
    return {kind.key: kind.title.text for kind in rulebook.unit_kind}


def _year(request: PageRequest, year: int) -> Year:
    state = request.engine.state(year_stream(year))
    assert isinstance(state, Year)
    return state


def _result(state: Assessment, rulebook: Rulebook) -> BoardResult | None:
    """The result of an assessment; None without a score. It does not check whether the user may read the result."""
    scored = state.fact(Scored)
    if scored is None:
        return None
    own, result = rulebook.at(state.occasion), scored.result
    return BoardResult(own.grade_title(result.grade) if own.first_scale is not None else None, plain(result.score))


class _RowRenderer:
    """Makes the rows of one year for one request, and caches them."""

    def __init__(self, request: PageRequest, year: int, rulebook: Rulebook) -> None:
        self.request = request
        self.rulebook = rulebook
        self.year = _year(request, year)
        self.today, self.working_days, self.soon_until = request.today, request.working_days, request.soon_until
        self.working_days_left = cache(lambda due: self.working_days.between(self.today, due))
        self.may_chase = request.permissions.is_entitled(Chase.act, rulebook)
        self.last_entry = queries.last_projected_entry(request.database)
        self.results_before = self._results(year - rulebook.period.years)

    def _results(self, year: int) -> dict[str, BoardResult | None]:
        """The annual results of a year that the user may read, by department."""
        states = self.request.engine.assessments_at(queries.active_assessments(self.request.database, year))
        rulebook = self.request.context(year_stream(year))[2].rulebook
        return {
            state.unit: _result(state, rulebook)
            for state in states
            if state.occasion is None and self.request.permissions.may_read_result(state)
        }

    def row(self, state: Assessment) -> BoardRow:
        """The row of an assessment. It comes from the cache if no value on which it depends has changed."""
        title = self.request.roster.title(state.unit, state.year)
        plan = self.year.visits.get(state.unit)
        before = None if state.is_special else self.results_before.get(state.unit)
        to_chase = self._late_to_chase(state) if self.may_chase else ""
        own_values = (state, title, plan, before, to_chase)
        shared_values = (self.rulebook, self.year.due, self.today, self.soon_until, self.working_days)
        reads_result = self.request.permissions.may_read_result(state)
        reads_vetoes = self.request.permissions.may_view("results", state.unit)
        # The cache key has the user's rights, so only users with the same rights share a row.
        return self.request.answer.cached_fragment(
            f"board {reads_result} {reads_vetoes} {self.may_chase}",
            state.stream,
            (*own_values, *shared_values),
            lambda: self._render(
                state,
                title,
                before=before,
                to_chase=to_chase,
                result=_result(state, self.rulebook) if reads_result else None,
                vetoed=reads_vetoes and any(self.rulebook.limit_title(one.finding) == VETOED for one in state.vetoes),
            ),
        )

    def _late_to_chase(self, state: Assessment) -> str:
        """The key of the late stage or task that the law chases first; empty if none is late and can be chased today."""
        if not any(
            due is not None and due < self.today for _, due in open_items(state, self.rulebook.at(state.occasion))
        ):
            return ""
        # Whether somebody can do it now depends on cases and on other assessments too.
        depends_on = (state, self.last_entry, self.rulebook, self.year, self.request.roster, self.today)
        return self.request.app.fragments.get(("to chase", state.stream), depends_on, lambda: self._first_late(state))

    def _first_late(self, state: Assessment) -> str:
        item = first_to_chase(state, self.request.context(state.stream)[1])
        return item[0] if item is not None and item[2] is not None and item[2] < self.today else ""

    def _render(
        self,
        state: Assessment,
        title: str,
        *,
        before: BoardResult | None,
        to_chase: str,
        result: BoardResult | None,
        vetoed: bool,
    ) -> BoardRow:
        steps = self._lights_of_columns(state)
        lights = tuple(self._light(state, number, cell) for number, cell in enumerate(steps, start=1))
        step = next((light.step for light in lights if light.light not in ("done", "wait", "blocked")), 0)
        current_light = lights[step - 1] if step else lights[-1]
        special = self.request.special(state)
        html = self.request.answer.fragment(
            "board_row.html",
            link=assessment_path(state),
            unit_title=title,
            special=special,
            lights=join_blocked(lights, step),
            current_light=current_light,
            stage=self._step_title(step),
            result=result,
            before=before,
            vetoed=vetoed,
            words=LIGHT_TITLES,
            chase=assessment_path(state, Chase.act),
            to_chase=to_chase,
            last_chase=last_chase(state, state.chases) if self.may_chase else None,
            zone=self.request.zone,
            today=self.today,
        )
        return BoardRow(
            unit=state.unit,
            unit_title=title,
            special=special,
            kind=state.unit_kind,
            step=step,
            lights=lights,
            dues=tuple(cell.due for cell in steps),
            result=result,
            vetoed=vetoed,
            # A late step is more urgent than a veto, and the last column shows the veto anyway.
            light="late" if current_light.light == "late" else "veto" if vetoed else current_light.light,
            current_light=current_light,
            stream=state.stream,
            link=assessment_path(state),
            note=progress_note(self.request, state, self.rulebook),
            html=html.encode(),
        )

    def _lights_of_columns(self, state: Assessment) -> tuple[StageLight, ...]:
        """The light in each column. An occasion has fewer stages than the board; in the other columns it waits."""
        own = self.rulebook.at(state.occasion)
        *of_stages, of_tasks = stage_lights(state, own, self.today, self.soon_until)
        by_stage = {stage.key: light for stage, light in zip(own.stage[1:], of_stages, strict=True)}
        columns = (by_stage.get(stage.key, StageLight("wait")) for stage in self.rulebook.stage[1:])
        return (*columns, of_tasks)

    def _step_title(self, number: int) -> Text:
        """The title of the step with this number. The number after the last step means the follow-up."""
        return self.rulebook.stage[number].title.text if number < len(self.rulebook.stage) else FOLLOW_UP

    def _light(self, state: Assessment, number: int, cell: StageLight) -> BoardLight:
        stage = self.rulebook.stage[number] if number < len(self.rulebook.stage) else None
        if cell.light in ("wait", "done", "blocked"):
            is_absent = stage is not None and stage.key not in self.rulebook.at(state.occasion).stages
            return BoardLight(number, cell.light, is_absent=is_absent)
        has_own_deadline = stage is not None and cell.due != self.year.due.get(stage.key)
        is_on_site = stage is not None and stage.kind in ON_SITE and state.occasion is None
        plan = self.year.visits.get(state.unit) if is_on_site else None
        return BoardLight(
            number,
            cell.light,
            days_left=self.working_days_left(cell.due) if cell.due else None,
            due=cell.due if has_own_deadline else None,
            planned=plan.day.strftime("%m-%d") if plan is not None else "",
            sheets=len(state.sheets) if stage is not None and stage.kind == "scoring" else 0,
        )


def join_blocked(lights: tuple[BoardLight, ...], step: int) -> list[BoardLight]:
    """The cells of a row. Neighbouring blocked steps become one cell.

    Such a cell has the number of the step that blocks them (`step`) instead of a number of its own.
    """
    cells: list[BoardLight] = []
    for light in lights:
        if light.light == "blocked" and cells and cells[-1].light == "blocked":
            cells[-1] = BoardLight(step, "blocked", span=cells[-1].span + 1)
        else:
            cells.append(BoardLight(step, "blocked") if light.light == "blocked" else light)
    return cells
