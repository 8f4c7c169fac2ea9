"""The rows of the board, its columns and its numbers.

The page is `board.py`; the first page (`to_dos.py`) uses the same rows.
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
from states.deadlines.lights import LIGHT_TITLES, NEEDS_ATTENTION, Light, StageLight, stage_lights
from states.records.year import Year
from states.result.result import plain
from states.rulebook.types import Rulebook
from states.stages.scoring import Scored
from states.streams import year_stream
from states.vocabulary import Text
from storage import queries

FOLLOW_UP = Text(zh="结果运用", en="follow-up")
"""The title of the last column: the tasks that follow a circulated result (第九条)."""


class BoardLight(Struct, frozen=True):
    """One cell of a row: the light of one step, and what its text needs.

    `step` is the step's number. `left` counts working days, and is None for a step that is done or cannot begin yet.
    `due` is set only where the deadline differs from the year's. `planned` is the day of the on-site visit, `sheets`
    the number of score sheets. `span` is the number of columns: neighbouring steps that are blocked share one cell.
    """

    step: int
    light: Light
    left: int | None = None
    due: date | None = None
    planned: str = ""
    sheets: int = 0
    span: int = 1


class BoardResult(Struct, frozen=True):
    """A department's grade and score in one year, ready to print."""

    grade: Text
    score: str


class BoardCount(Struct, frozen=True):
    """How many rows there are, and how many of them are late or need attention.

    `departments` counts the annual assessments, `special` the special ones (第六条). The first page and the board print
    the same numbers, so only `count` makes them.
    """

    departments: int
    special: int
    late: int
    heed: int


class BoardRow(Struct, frozen=True):
    """One assessment on the board.

    `at` is the number of the current step, 0 where nothing is to be done; `current` is that step's light (the last
    one's where `at` is 0). `light` is the light of the whole row. `dues` has the deadline of each step that is not
    done. `html` is the row as rendered.
    """

    id: str
    unit: str
    is_special: bool
    kind: str
    at: int
    lights: tuple[BoardLight, ...]
    dues: tuple[date | None, ...]
    result: BoardResult | None
    vetoed: bool
    light: Light
    current: BoardLight
    stream: str
    link: str
    note: Text | None
    html: bytes

    @property
    def left(self) -> int | None:
        """The working days left for the current step; None where nothing is to be done, or there is no deadline."""
        return self.current.left if self.at else None


class BoardColumn(Struct, frozen=True):
    """The head of a step's column: how many assessments are past the step (`done`) and how many are at it (`here`)."""

    number: int
    kind: str
    title: Text
    due: date | None
    left: int | None
    done: int
    here: int


def board_rows(request: PageRequest, year: int, rulebook: Rulebook) -> list[BoardRow]:
    """Every assessment of the year that is not withdrawn, by kind of department, then by its title.

    A row depends on its assessment's state, the edition, the department's title, the year's dates and plan, the day,
    and whether the account may read the result. Nothing else makes it be rendered again: one entry in the ledger costs
    one row, not the whole board.
    """
    renderer = _RowRenderer(request, year, rulebook)
    states = request.engine.assessments_at(queries.active_assessments(request.database, year))
    order = list(kind_titles(rulebook))
    return sorted(map(renderer.row, states), key=lambda row: (order.index(row.kind), row.unit))


def count(rows: Sequence[BoardRow]) -> BoardCount:
    special = sum(row.is_special for row in rows)
    return BoardCount(
        departments=len(rows) - special,
        special=special,
        late=sum(row.light == "late" for row in rows),
        heed=sum(row.light in NEEDS_ATTENTION for row in rows),
    )


def board_columns(request: PageRequest, year: int, rows: Sequence[BoardRow], rulebook: Rulebook) -> list[BoardColumn]:
    """The heads of the columns, one for each step after the opening."""
    due = _year(request, year).due
    return [
        BoardColumn(
            number=number,
            kind=stage.kind,
            title=stage.title.text,
            due=due.get(stage.kind),
            left=request.working_days.between(request.today, due[stage.kind]) if stage.kind in due else None,
            done=sum(row.lights[number - 1].light == "done" for row in rows),
            here=sum(row.at == number for row in rows),
        )
        for number, stage in enumerate(rulebook.stage[1:], start=1)
    ]


def by_lateness(row: BoardRow) -> tuple[bool, int]:
    """A sort key: what has been late longest comes first, what waits for nobody comes last."""
    return row.left is None, row.left or 0


def kind_titles(rulebook: Rulebook) -> dict[str, Text]:
    """The kinds of department, in the order of the rulebook."""
    return {kind.key: kind.title.text for kind in rulebook.scope.unit_kind}


def _year(request: PageRequest, year: int) -> Year:
    state = request.engine.state(year_stream(year))
    assert isinstance(state, Year)
    return state


def _result(state: Assessment, rulebook: Rulebook) -> BoardResult | None:
    scored = state.fact(Scored)
    if scored is None:
        return None
    return BoardResult(rulebook.grades[scored.result.grade].title.text, plain(scored.result.score))


class _RowRenderer:
    """Makes the rows of one year for one request."""

    def __init__(self, request: PageRequest, year: int, rulebook: Rulebook) -> None:
        self.request = request
        self.rulebook = rulebook
        self.year = _year(request, year)
        self.today, self.days, self.near = request.today, request.working_days, request.soon_until
        self.working_days_left = cache(lambda due: self.days.between(self.today, due))
        self.results_before = self._results(year - 1)

    def _results(self, year: int) -> dict[str, BoardResult | None]:
        """The results of a year that the account may read, by department."""
        states = self.request.engine.assessments_at(queries.active_assessments(self.request.database, year))
        rulebook = self.request.context(year_stream(year))[2].rulebook
        return {
            state.unit: _result(state, rulebook)
            for state in states
            if state.occasion is None and self.request.permissions.may_read_result(state)
        }

    def row(self, state: Assessment) -> BoardRow:
        """The row of an assessment, from the cache where nothing it depends on has changed."""
        title = self.request.roster.title(state.unit, state.year)
        plan, before = self.year.visits.get(state.unit), self.results_before.get(state.unit)
        made_of = (state, self.rulebook, title, self.year.due, plan, before, self.today, self.near, self.days)
        reads_result = self.request.permissions.may_read_result(state)
        reads_vetoes = self.request.permissions.may_view("results", state.unit)
        # The key names what the account may read, so that accounts with the same rights share a row and no others do.
        return self.request.answer.cached_fragment(
            f"board {reads_result} {reads_vetoes}",
            state.stream,
            made_of,
            lambda: self._render(
                state,
                title,
                before=before,
                result=_result(state, self.rulebook) if reads_result else None,
                vetoed=reads_vetoes and bool(state.vetoes),
            ),
        )

    def _render(
        self, state: Assessment, title: str, *, before: BoardResult | None, result: BoardResult | None, vetoed: bool
    ) -> BoardRow:
        steps = stage_lights(state, self.rulebook, self.today, self.near)
        lights = tuple(self._light(state, number, cell) for number, cell in enumerate(steps, start=1))
        at = next((one.step for one in lights if one.light not in ("done", "wait", "blocked")), 0)
        current = lights[at - 1] if at else lights[-1]
        if state.special is not None:
            title = f"{title} · {self.request.format.text(state.special)}"
        html = self.request.answer.fragment(
            "board_row.html",
            link=assessment_path(state),
            unit=title,
            lights=join_blocked(lights, at),
            current=current,
            stage=self._step_title(at),
            result=result,
            before=before,
            vetoed=vetoed,
            words=LIGHT_TITLES,
        )
        return BoardRow(
            id=state.unit,
            unit=title,
            is_special=state.special is not None,
            kind=state.unit_kind,
            at=at,
            lights=lights,
            dues=tuple(cell.due for cell in steps),
            result=result,
            vetoed=vetoed,
            # A late step is more urgent than a veto, which the last column shows in any case.
            light="late" if current.light == "late" else "veto" if vetoed else current.light,
            current=current,
            stream=state.stream,
            link=assessment_path(state),
            note=progress_note(self.request, state, self.rulebook),
            html=html.encode(),
        )

    def _step_title(self, number: int) -> Text:
        """The title of the step with this number. The number after the last step is the follow-up."""
        return self.rulebook.stage[number].title.text if number < len(self.rulebook.stage) else FOLLOW_UP

    def _light(self, state: Assessment, number: int, cell: StageLight) -> BoardLight:
        if cell.light in ("wait", "done", "blocked"):
            return BoardLight(number, cell.light)
        stage = self.rulebook.stage[number] if number < len(self.rulebook.stage) else None
        has_own_deadline = stage is not None and cell.due != self.year.due.get(stage.kind)
        plan = self.year.visits.get(state.unit) if stage is not None and state.occasion is None else None
        return BoardLight(
            number,
            cell.light,
            left=self.working_days_left(cell.due) if cell.due else None,
            due=cell.due if has_own_deadline else None,
            planned=plan.day.strftime("%m-%d") if plan is not None and 1 < number <= self._last_on_site else "",
            sheets=len(state.sheets) if stage is not None and stage.kind == "scoring" else 0,
        )

    @property
    def _last_on_site(self) -> int:
        """The number of the last step of the on-site round (现场考评)."""
        return next((at for at, stage in enumerate(self.rulebook.stage) if stage.kind == "site_inspection"), 0)


def join_blocked(lights: tuple[BoardLight, ...], at: int) -> list[BoardLight]:
    """The cells of a row. Neighbouring blocked steps become one cell, which names the step they wait for (`at`)."""
    joined: list[BoardLight] = []
    for one in lights:
        if one.light == "blocked" and joined and joined[-1].light == "blocked":
            joined[-1] = BoardLight(at, "blocked", span=joined[-1].span + 1)
        else:
            joined.append(BoardLight(at, "blocked") if one.light == "blocked" else one)
    return joined
