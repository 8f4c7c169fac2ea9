"""考核总览: every unit and every stage of a year on one page, each as a light. Filters are links, so that they can be sent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from urllib.parse import urlencode

from msgspec import Struct
from starlette.responses import Response

from console.routes import Pages
from console.spreadsheets import Value, sheet
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
    id: str
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
    rows, only = _rows(visit, year, rulebook), _asked(visit)

    def filtered(name: str, value: str, file: str = "") -> str:
        query = urlencode({k: v for k, v in {**only, name: value}.items() if v})
        return f"/board/{year}{file}" + (f"?{query}" if query else "")

    return visit.page(
        "board.html", year=year, years=queries.years(visit.database), rows=_shown(rows, only, rulebook), all=len(rows),
        kinds=_kinds(rulebook), stages=_stages(rulebook), only=only, filtered=filtered, words=WORDS,
        troubled=sum(row.troubled for row in rows),
    )  # fmt: skip


@pages.get("/board/{year:int}.csv", view="board", proof=True)
def download(visit: Visit, year: int) -> Response:
    """What the board shows under the same filter."""
    rulebook = visit.context(f"year/{year}")[2].edition.rulebook
    kinds, stages = _kinds(rulebook), _stages(rulebook)
    rows = _shown(_rows(visit, year, rulebook), _asked(visit), rulebook)
    head = [*HEAD[:3], *stages.values(), *HEAD[3:]]
    file = sheet([visit.say(title) for title in head], (_values(visit, row, kinds[row.kind]) for row in rows))
    return visit.download(f"board-{year}.csv", file, "text/csv; charset=utf-8")


HEAD = (
    Text(zh="部门编号", en="unit id"), Text(zh="部门", en="unit"), Text(zh="类别", en="kind"),
    Text(zh="结果运用", en="what follows"), Text(zh="总分", en="score"), Text(zh="等次", en="grade"),
    Text(zh="一票否决", en="veto"),
)  # fmt: skip
"""The columns of the file; the stages stand between the third and the fourth."""


def _values(visit: Visit, row: Row, kind: Text) -> list[Value]:
    veto = visit.say(WORDS["veto"]) if row.vetoed else ""
    return [
        row.id, row.unit, visit.say(kind), *(_said(visit, seen) for seen in row.seen),
        Decimal(row.score) if row.score else "", visit.say(row.grade) if row.grade else "", veto,
    ]  # fmt: skip


def _said(visit: Visit, seen: Seen) -> str:
    """A light in words, and until when."""
    return visit.listed((visit.say(seen.word), visit.day(seen.due))) if seen.due else visit.say(seen.word)


def _kinds(rulebook: Rulebook) -> dict[str, Text]:
    return {kind.key: kind.title.text for kind in rulebook.scope.unit_kind}


def _stages(rulebook: Rulebook) -> dict[str, Text]:
    return {stage.kind: stage.title.text for stage in rulebook.stage[1:]}


def _asked(visit: Visit) -> dict[str, str]:
    """The filter, as the address has it."""
    return {name: visit.request.query_params.get(name, "") for name in ("only", "kind", "stage")}


def _shown(rows: list[Row], only: dict[str, str], rulebook: Rulebook) -> list[Row]:
    """The rows that pass the filter; what the filter does not know filters nothing."""
    kinds, stages = _kinds(rulebook), _stages(rulebook)
    return [
        row
        for row in rows
        if (only["only"] != "problems" or row.troubled)
        and (only["kind"] not in kinds or row.kind == only["kind"])
        and (only["stage"] not in stages or row.stage == only["stage"])
    ]


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
        link(state), state.unit, visit.unit_title(state.unit), state.unit_kind, at, seen, plain(result.score) if result else "",
        grade, bool(state.vetoes),
    )  # fmt: skip
