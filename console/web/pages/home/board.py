"""考核总览: every unit and every stage of a year on one page, each as a light. Filters are links, so that they can be sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache, partial
from itertools import groupby
from urllib.parse import urlencode

from markupsafe import Markup
from msgspec import Struct
from starlette.responses import Response

from console.web.display.progress import progress_note
from console.web.display.spreadsheets import Value, sheet
from console.web.pages.assessments.assessment import link
from console.web.request.answer import INSERTED
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.assessment import Assessment
from states.deadlines.lights import HEED, WORDS, Cell, Light, cells
from states.records.year import Year
from states.result.result import plain
from states.rulebook.types import Rulebook
from states.stages.scoring import Scored
from states.streams import year_stream
from states.vocabulary import Text
from storage import queries

pages = Pages()

_LONGEST = 40
"""Characters of a name that is searched for."""


class Seen(Struct, frozen=True):
    """One light of the board, at the step of this number. `left`: working days, where something is to be done now.

    `due` is a date of its own, where it is not the year's; `planned` the day of the visit; `sheets` how many score sheets there are;
    `span` how many steps it covers on the page: those that are blocked by the same step are one.
    """

    step: int
    light: Light
    left: int | None = None
    due: date | None = None
    planned: str = ""
    sheets: int = 0
    span: int = 1


class Outcome(Struct, frozen=True):
    """A unit's grade and score of one year."""

    grade: Text
    score: str


class Count(Struct, frozen=True):
    """Of rows: how many departments have an assessment of the year, how many special ones (第六条) there are, and how all of them stand.

    The first page and the board say these numbers, so they are counted here alone.
    """

    departments: int
    special: int
    late: int
    heed: int


class Row(Struct, frozen=True):
    """One assessment on the board; `line` is its line of the table as it is shown, `at` the number of the step it is at."""

    id: str
    unit: str
    is_special: bool
    kind: str
    at: int
    seen: tuple[Seen, ...]
    dues: tuple[date | None, ...]
    outcome: Outcome | None
    vetoed: bool
    light: Light
    here: Seen
    stream: str
    link: str
    note: Text | None
    line: bytes

    @property
    def left(self) -> int | None:
        """The working days left for the step it is at."""
        return self.here.left if self.at else None


class Head(Struct, frozen=True):
    """A step over its column: how many are past it and how many are at it."""

    number: int
    kind: str
    title: Text
    due: date | None
    left: int | None
    done: int
    here: int


@pages.get("/board", view="board")
def latest(request: PageRequest) -> Response:
    years = queries.years(request.database)
    return _board(request, years[0], years) if years else request.answer.page("board.html", year=None)


@pages.get("/board/{year:int}", view="board")
def board(request: PageRequest, year: int) -> Response:
    return _board(request, year, queries.years(request.database))


def _board(request: PageRequest, year: int, years: list[int]) -> Response:
    rulebook = request.context(year_stream(year))[2].rulebook
    rows, only = rows_of(request, year, rulebook), _asked(request)

    def filtered(file: str = "", **change: str) -> str:
        query = urlencode({k: v for k, v in {**only, **change}.items() if v})
        return f"/board/{year}{file}" + (f"?{query}" if query else "")

    shown = _shown(rows, only, rulebook)
    said = {
        "year": year, "years": years, "today": request.format.day(request.today), "only": only, "all": len(rows), "shown": len(shown),
        "count": count(rows),
        "heads": heads(request, year, rows, rulebook), "last": year - 1 if year - 1 in years else None,
        "kinds": [(key, title, sum(row.kind == key for row in rows)) for key, title in _kinds(rulebook).items()],
    }  # fmt: skip

    def made() -> Markup:
        return request.answer.fragment("board_frame.html", filtered=filtered, lines=INSERTED, words=WORDS, **said)

    # What was typed is not remembered: nobody types it again.
    frame = (
        made() if only["q"] else request.answer.cached_fragment("board frame", filtered(), (rulebook, repr(said)), made)
    )
    return request.answer.page(
        "board.html", year=year, frame=frame, fragments=list(_lines(request, shown, only, rulebook))
    )


def _lines(request: PageRequest, rows: list[Row], only: Mapping[str, str], rulebook: Rulebook) -> Iterator[bytes]:
    """The lines of the table, each kind of unit under its band where they are ordered by kind."""
    if only["sort"]:
        yield from (row.line for row in rows)
        return
    kinds = _kinds(rulebook)
    for kind, found in groupby(rows, lambda row: row.kind):
        of = list(found)
        band = (kinds[kind], count(of), len(rulebook.stage) + 2)
        yield request.answer.cached_fragment("board band", kind, band, partial(_band, request, *band))
        yield from (row.line for row in of)


def _band(request: PageRequest, title: Text, counted: Count, columns: int) -> bytes:
    return request.answer.fragment("board_band.html", title=title, count=counted, columns=columns).encode()


@pages.get("/board/{year:int}.csv", view="board", reauthenticates=True)
def download(request: PageRequest, year: int) -> Response:
    """What the board shows under the same filter."""
    rulebook = request.context(year_stream(year))[2].rulebook
    kinds, stages = _kinds(rulebook), [stage.title.text for stage in rulebook.stage[1:]]
    rows = _shown(rows_of(request, year, rulebook), _asked(request), rulebook)
    head = [*HEAD[:3], *stages, *HEAD[3:]]
    file = sheet(
        [request.format.text(title) for title in head], (_values(request, row, kinds[row.kind]) for row in rows)
    )
    return request.answer.download(f"board-{year}.csv", file, "text/csv; charset=utf-8")


HEAD = (
    Text(zh="部门编号", en="unit id"), Text(zh="部门", en="unit"), Text(zh="类别", en="kind"),
    Text(zh="结果运用", en="follow-up"), Text(zh="总分", en="score"), Text(zh="等次", en="grade"),
    Text(zh="一票否决", en="veto"),
)  # fmt: skip
"""The columns of the file; the stages stand between the third and the fourth."""


def _values(request: PageRequest, row: Row, kind: Text) -> list[Value]:
    lights = zip(row.seen, row.dues, strict=True)
    return [
        row.id, row.unit, request.format.text(kind), *(_said(request, seen.light, due) for seen, due in lights),
        Decimal(row.outcome.score) if row.outcome else "", request.format.text(row.outcome.grade) if row.outcome else "",
        request.format.text(WORDS["veto"]) if row.vetoed else "",
    ]  # fmt: skip


def _said(request: PageRequest, light: Light, due: date | None) -> str:
    """A light in words, and until when."""
    return (
        request.format.join((request.format.text(WORDS[light]), request.format.day(due)))
        if due
        else request.format.text(WORDS[light])
    )


def _kinds(rulebook: Rulebook) -> dict[str, Text]:
    return {kind.key: kind.title.text for kind in rulebook.scope.unit_kind}


def _asked(request: PageRequest) -> dict[str, str]:
    """The filter, as the address has it."""
    asked = {name: request.query.get(name, "").strip() for name in ("only", "kind", "stage", "q", "sort")}
    return {**asked, "q": asked["q"][:_LONGEST], "sort": "late" if asked["sort"] == "late" else ""}


def _shown(rows: list[Row], only: Mapping[str, str], rulebook: Rulebook) -> list[Row]:
    """The rows that pass the filter, ordered as asked; what the filter does not know filters nothing."""
    stages = {stage.kind: at for at, stage in enumerate(rulebook.stage[1:], start=1)}
    lights = {"late": {"late"}, "heed": HEED}.get(only["only"])
    found = [
        row
        for row in rows
        if (lights is None or row.light in lights)
        and (only["kind"] not in _kinds(rulebook) or row.kind == only["kind"])
        and (only["stage"] not in stages or row.at == stages[only["stage"]])
        and only["q"].casefold() in row.unit.casefold()
    ]
    return sorted(found, key=lateness) if only["sort"] else found


def lateness(row: Row) -> tuple[bool, int]:
    """What is late comes first, the longest before all; what waits for nobody comes last."""
    return row.left is None, row.left or 0


def rows_of(request: PageRequest, year: int, rulebook: Rulebook) -> list[Row]:
    """Every assessment of the year that is not withdrawn, by kind and by the unit's title.

    A row is a function of its assessment's state, the edition, the unit's title, the year's dates and plan, the day, and whether the
    account may read the result. Only what changed since the last visitor is drawn again, whatever else was written meanwhile.
    """
    drawing = _Drawing(request, year, rulebook)
    states = request.engine.assessments_at(queries.active_assessments(request.database, year))
    order = list(_kinds(rulebook))
    return sorted(map(drawing.row, states), key=lambda row: (order.index(row.kind), row.unit))


def count(rows: Iterable[Row]) -> Count:
    """The numbers of these rows."""
    found = list(rows)
    special = sum(row.is_special for row in found)
    return Count(
        len(found) - special,
        special,
        sum(row.light == "late" for row in found),
        sum(row.light in HEED for row in found),
    )


def heads(request: PageRequest, year: int, rows: list[Row], rulebook: Rulebook) -> list[Head]:
    due = _year(request, year).due
    return [
        Head(
            at, stage.kind, stage.title.text, due.get(stage.kind),
            request.working_days.between(request.today, due[stage.kind]) if stage.kind in due else None,
            sum(row.seen[at - 1].light == "done" for row in rows), sum(row.at == at for row in rows),
        )
        for at, stage in enumerate(rulebook.stage[1:], start=1)
    ]  # fmt: skip


def _year(request: PageRequest, year: int) -> Year:
    state = request.engine.state(year_stream(year))
    assert isinstance(state, Year)
    return state


def outcome(state: Assessment, rulebook: Rulebook) -> Outcome | None:
    """The grade and the score of an assessment, where it has them."""
    scored = state.fact(Scored)
    return Outcome(rulebook.grades[scored.result.grade].title.text, plain(scored.result.score)) if scored else None


class _Drawing:
    """Makes rows for one request."""

    def __init__(self, request: PageRequest, year: int, rulebook: Rulebook) -> None:
        self.request, self.rulebook, self.year = request, rulebook, _year(request, year)
        self.today, self.days, self.near = request.today, request.working_days, request.soon_until
        self.left = cache(lambda due: self.days.between(self.today, due))
        self.before = self._outcomes(year - 1)

    def _outcomes(self, year: int) -> dict[str, Outcome | None]:
        """By unit, how it came out of a year."""
        states = self.request.engine.assessments_at(queries.active_assessments(self.request.database, year))
        rulebook = self.request.context(year_stream(year))[2].rulebook
        return {
            state.unit: outcome(state, rulebook)
            for state in states
            if state.occasion is None and self.request.permissions.may_read_result(state)
        }

    def row(self, state: Assessment) -> Row:
        unit = self.request.roster.title(state.unit, state.year)
        plan, before = self.year.visits.get(state.unit), self.before.get(state.unit)
        made_of = (state, self.rulebook, unit, self.year.due, plan, before, self.today, self.near, self.days)
        result, vetoes = (
            self.request.permissions.may_read_result(state),
            self.request.permissions.may_view("results", state.unit),
        )
        now = outcome(state, self.rulebook) if result else None
        vetoed = vetoes and bool(state.vetoes)
        kind = f"board {result} {vetoes}"
        return self.request.answer.cached_fragment(
            kind, state.stream, made_of, lambda: self.made(state, unit, before, now, vetoed=vetoed)
        )

    def made(self, state: Assessment, unit: str, before: Outcome | None, now: Outcome | None, *, vetoed: bool) -> Row:
        found = cells(state, self.rulebook, self.today, self.near)
        seen = tuple(self.seen(state, at, cell) for at, cell in enumerate(found, start=1))
        at = next((one.step for one in seen if one.light not in ("done", "wait", "blocked")), 0)
        here = seen[at - 1] if at else seen[-1]
        light: Light = "late" if here.light == "late" else "veto" if vetoed else here.light
        if state.special is not None:
            unit = f"{unit} · {self.request.format.text(state.special)}"
        kind = self.kind(at)
        line = self.request.answer.fragment(
            "board_row.html", link=link(state), unit=unit, row=joined(seen, at), here=here, stage=kind, now=now, before=before,
            vetoed=vetoed, words=WORDS,
        ).encode()  # fmt: skip
        dues = tuple(cell.due for cell in found)
        told = progress_note(self.request, state, self.rulebook)
        return Row(
            state.unit, unit, state.special is not None, state.unit_kind, at, seen, dues, now, vetoed, light, here, state.stream, link(state), told, line
        )  # fmt: skip

    def kind(self, at: int) -> Text:
        """The title of the step of a number; of what follows after the last."""
        return self.rulebook.stage[at].title.text if at < len(self.rulebook.stage) else HEAD[3]

    def seen(self, state: Assessment, at: int, cell: Cell) -> Seen:
        if cell.light in ("wait", "done", "blocked"):
            return Seen(at, cell.light)
        stage = self.rulebook.stage[at] if at < len(self.rulebook.stage) else None
        own = stage is not None and cell.due != self.year.due.get(stage.kind)
        plan = self.year.visits.get(state.unit) if stage is not None and state.occasion is None else None
        planned = plan.day.strftime("%m-%d") if plan is not None and 1 < at <= self.on_site else ""
        sheets = len(state.sheets) if stage is not None and stage.kind == "scoring" else 0
        left = self.left(cell.due) if cell.due else None
        return Seen(at, cell.light, left, cell.due if own else None, planned, sheets)

    @property
    def on_site(self) -> int:
        """The number of the last step of the visit (现场考评)."""
        return next((at for at, stage in enumerate(self.rulebook.stage) if stage.kind == "site_inspection"), 0)


def joined(seen: tuple[Seen, ...], at: int) -> list[Seen]:
    """The lights as they stand in a row: those blocked one after the other as one, by the step it is at."""
    found: list[Seen] = []
    for one in seen:
        if one.light == "blocked" and found and found[-1].light == "blocked":
            found[-1] = Seen(at, "blocked", span=found[-1].span + 1)
        else:
            found.append(Seen(at, "blocked") if one.light == "blocked" else one)
    return found
