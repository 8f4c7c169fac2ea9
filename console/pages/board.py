"""考核总览: every unit and every stage of a year on one page, each as a light. Filters are links, so that they can be sent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from urllib.parse import urlencode

from markupsafe import Markup
from msgspec import Struct
from starlette.responses import Response

from console.routes import Pages
from console.spreadsheets import Value, sheet
from console.visit import DRAWN, Visit
from states.assessment import Assessment
from states.lights import PROBLEMS, WORDS, Cell, Light, cells
from states.result import plain
from states.rulebook import Rulebook
from states.scoring import Scored
from states.vocabulary import Text
from storage import queries

from .assessment import link, shares

pages = Pages()


class Seen(Struct, frozen=True):
    """One light of the board: `left` is the working days left, where it is something to be done now."""

    light: Light
    word: Text
    left: int | None
    due: date | None


class Row(Struct, frozen=True):
    """One assessment on the board; `line` is its line of the table as it is shown."""

    id: str
    unit: str
    kind: str
    stage: str
    seen: tuple[Seen, ...]
    score: str
    grade: Text | None
    vetoed: bool
    troubled: bool
    line: bytes


@pages.get("/board", view="board")
def latest(visit: Visit) -> Response:
    years = queries.years(visit.database)
    return _board(visit, years[0], years) if years else visit.page("board.html", year=None)


@pages.get("/board/{year:int}", view="board")
def board(visit: Visit, year: int) -> Response:
    return _board(visit, year, queries.years(visit.database))


def _board(visit: Visit, year: int, years: list[int]) -> Response:
    rulebook = visit.context(f"year/{year}")[2].edition.rulebook
    rows, only = _rows(visit, year, rulebook), _asked(visit)

    def filtered(name: str, value: str, file: str = "") -> str:
        query = urlencode({k: v for k, v in {**only, name: value}.items() if v})
        return f"/board/{year}{file}" + (f"?{query}" if query else "")

    shown, troubled = _shown(rows, only, rulebook), sum(row.troubled for row in rows)
    said = {
        "year": year, "years": years, "today": visit.day(visit.today), "only": only, "all": len(rows), "shown": bool(shown),
        "troubled": troubled,
    }  # fmt: skip

    def made() -> Markup:
        titles = {"kinds": _kinds(rulebook), "stages": _stages(rulebook), "words": WORDS}
        return visit.piece("board_frame.html", filtered=filtered, lines=DRAWN, **titles, **said)

    frame = visit.remembered("board frame", filtered("only", only["only"]), (rulebook, said), made)
    return visit.page("board.html", year=year, frame=frame, drawn=[row.line for row in shown])


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
    """Every assessment of the year that is not withdrawn, by the unit's title.

    A row is a function of its assessment's state, the edition, the unit's title and the day. Only what changed since the
    last visitor is drawn again, whatever else was written meanwhile.
    """
    drawing = _Drawing(visit, rulebook)
    states = visit.engine.standing(queries.standing(visit.database, year))
    return sorted(map(drawing.row, states), key=lambda row: (row.kind, row.unit))


class _Drawing:
    """Makes rows for one visit."""

    def __init__(self, visit: Visit, rulebook: Rulebook) -> None:
        self.visit, self.rulebook = visit, rulebook
        self.today, self.days, self.shares = visit.today, visit.working_days, shares(visit)
        self.left = cache(lambda due: self.days.between(self.today, due))

    def row(self, state: Assessment) -> Row:
        unit = self.visit.unit_title(state.unit, state.year)
        made_of = (state, self.rulebook, unit, self.today, self.days)
        return self.visit.remembered("board", state.stream, made_of, lambda: self.made(state, unit))

    def made(self, state: Assessment, unit: str) -> Row:
        seen = tuple(map(self.seen, cells(state, self.rulebook, self.today, self.shares)))
        scored, vetoed = state.fact(Scored), bool(state.vetoes)
        score = plain(scored.result.score) if scored else ""
        grade = self.rulebook.grades[scored.result.grade].title.text if scored else None
        if state.special is not None:
            unit = f"{unit} · {self.visit.say(state.special)}"
        line = self.visit.piece(
            "board_row.html",
            link=link(state),
            unit=unit,
            row=seen,
            score=score,
            grade=grade,
            vetoed=vetoed,
            words=WORDS,
        ).encode()
        stages = zip(self.rulebook.stage[1:], seen, strict=False)
        at = next((stage.kind for stage, one in stages if one.light != "done"), "")
        troubled = vetoed or any(one.light in PROBLEMS for one in seen)
        return Row(state.unit, unit, state.unit_kind, at, seen, score, grade, vetoed, troubled, line)

    def seen(self, cell: Cell) -> Seen:
        open_now = cell.due is not None and cell.light not in ("wait", "done")
        return Seen(cell.light, WORDS[cell.light], self.left(cell.due) if open_now else None, cell.due)
