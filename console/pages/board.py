"""考核总览: every unit and every stage of a year on one page, each as a light. Filters are links, so that they can be sent."""

from __future__ import annotations

from datetime import date
from functools import cache
from urllib.parse import urlencode

from msgspec import Struct
from starlette.responses import Response

from console.routes import Pages
from console.visit import Visit
from states.assessment import Assessment
from states.lights import PROBLEMS, WORDS, Cell, Light, cells
from states.result import plain
from states.rulebook import Rulebook
from states.scoring import Scored
from states.vocabulary import Text
from storage import queries
from workflow.calendar import working_days

from .assessment import link, shares

pages = Pages()


class Seen(Struct, frozen=True):
    """One light of the board: `left` is the working days left, where it is something to be done now."""

    light: Light
    word: Text
    left: int | None
    due: date | None


class Row(Struct, frozen=True):
    """One assessment on the board."""

    link: str
    unit: str
    kind: str
    stage: str
    seen: tuple[Seen, ...]
    score: str
    grade: Text | None
    vetoed: bool

    @property
    def troubled(self) -> bool:
        return self.vetoed or any(seen.light in PROBLEMS for seen in self.seen)


@pages.get("/board", view="board", nav=True)
def latest(visit: Visit) -> Response:
    years = queries.years(visit.database)
    return board(visit, years[0]) if years else visit.page("board.html", year=None, years=[])


@pages.get("/board/{year:int}", view="board")
def board(visit: Visit, year: int) -> Response:
    rulebook = visit.context(f"year/{year}")[2].edition.rulebook
    rows = _rows(visit, year, rulebook)
    asked = visit.request.query_params
    kinds = {kind.key: kind.title.text for kind in rulebook.scope.unit_kind}
    stages = {stage.kind: stage.title.text for stage in rulebook.stage[1:]}
    only = {name: asked.get(name, "") for name in ("only", "kind", "stage")}
    shown = [
        row
        for row in rows
        if (only["only"] != "problems" or row.troubled)
        and (only["kind"] not in kinds or row.kind == only["kind"])
        and (only["stage"] not in stages or row.stage == only["stage"])
    ]

    def filtered(name: str, value: str) -> str:
        query = urlencode({k: v for k, v in {**only, name: value}.items() if v})
        return f"/board/{year}" + (f"?{query}" if query else "")

    return visit.page(
        "board.html", year=year, years=queries.years(visit.database), rows=shown, all=len(rows), kinds=kinds,
        stages=stages, only=only, filtered=filtered, words=WORDS, troubled=sum(row.troubled for row in rows),
    )  # fmt: skip


def _rows(visit: Visit, year: int, rulebook: Rulebook) -> list[Row]:
    """Every assessment of the year that is not withdrawn, by the unit's title; states are read once, not one by one."""
    rows = [row for row in queries.assessments(visit.database, year) if not row.withdrawn]
    states = visit.engine.standing({row.stream: row.version for row in rows})
    today, when, days = visit.today, shares(visit), working_days(visit.database)
    left = cache(lambda due: days.between(today, due))

    def seen(cell: Cell) -> Seen:
        open_now = cell.due is not None and cell.light not in ("wait", "done")
        return Seen(cell.light, WORDS[cell.light], left(cell.due) if open_now else None, cell.due)

    made = [_row(visit, state, tuple(map(seen, cells(state, rulebook, today, when))), rulebook) for state in states]
    return sorted(made, key=lambda row: (row.kind, row.unit))


def _row(visit: Visit, state: Assessment, seen: tuple[Seen, ...], rulebook: Rulebook) -> Row:
    scored = state.fact(Scored)
    result = scored.result if scored else None
    grade = rulebook.grades[result.grade].title.text if result else None
    at = next((stage.kind for stage, one in zip(rulebook.stage[1:], seen, strict=False) if one.light != "done"), "")
    return Row(
        link(state), visit.unit_title(state.unit), state.unit_kind, at, seen, plain(result.score) if result else "",
        grade, bool(state.vetoes),
    )  # fmt: skip
