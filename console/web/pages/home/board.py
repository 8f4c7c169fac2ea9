"""考核总览: the board of a year, with one row for each assessment that is not withdrawn; and its download as a CSV file.

Each row has a light for each step. Also here: the filters, and the order of the rows. They are part of the URL, so that
people can send a filtered board to others.

Not here: the rows themselves, and the check whether the user may read a result or a veto (`board_rows.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import groupby
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from console.web.display.spreadsheets import CellValue, table_download
from console.web.request.answer import FRAGMENT_MARK
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.deadlines.lights import LIGHT_TITLES, NEEDS_ATTENTION, Light
from states.rulebook.types import Rulebook
from states.streams import year_stream
from states.vocabulary import Text
from storage import queries

from .board_rows import FOLLOW_UP, BoardRow, board_columns, board_rows, by_lateness, count, kind_titles

pages = Pages()

_MAX_SEARCH_LENGTH = 40
"""The number of characters of a search that are used. The rest is cut."""

COLUMNS_BEFORE_STEPS = (
    Text(zh="部门编号", en="department id"),
    Text(zh="部门", en="department"),
    Text(zh="类别", en="kind"),
)
COLUMNS_AFTER_STEPS = (
    FOLLOW_UP,
    Text(zh="总分", en="score"),
    Text(zh="等次", en="grade"),
    Text(zh="一票否决", en="veto"),
)
"""The columns of the CSV file before and after the columns of the steps."""


@pages.get("/board", view="board")
def show_latest(request: PageRequest) -> Response:
    years = queries.years(request.database)
    return _board(request, years[0], years) if years else request.answer.page("board.html", year=None)


@pages.get("/board/{year:int}", view="board")
def board(request: PageRequest, year: int) -> Response:
    return _board(request, year, queries.years(request.database))


@pages.get("/board/{year:int}.csv", view="board", reauthenticates=True)
def download_csv(request: PageRequest, year: int) -> Response:
    return _download(request, year, "csv")


@pages.get("/board/{year:int}.xlsx", view="board", reauthenticates=True)
def download_excel(request: PageRequest, year: int) -> Response:
    return _download(request, year, "xlsx")


def _download(request: PageRequest, year: int, ending: str) -> Response:
    """The filtered rows of the board as a file."""
    rulebook = _rulebook(request, year)
    kinds, stages = kind_titles(rulebook), [stage.title.text for stage in rulebook.stage[1:]]
    rows = _filtered_rows(board_rows(request, year, rulebook), _filters(request), rulebook)
    head = [request.format.text(title) for title in (*COLUMNS_BEFORE_STEPS, *stages, *COLUMNS_AFTER_STEPS)]
    title = Text(zh=f"{year} 年度考核总览", en=f"Board {year}")
    values = [_csv_values(request, row, kinds[row.kind]) for row in rows]
    return table_download(request, f"board-{year}", ending, title, head, values)


def _board(request: PageRequest, year: int, years: list[int]) -> Response:
    rulebook, filters = _rulebook(request, year), _filters(request)
    rows = board_rows(request, year, rulebook)
    filtered_rows = _filtered_rows(rows, filters, rulebook)

    def board_link(file: str = "", **change: str) -> str:
        query = urlencode({name: value for name, value in {**filters, **change}.items() if value})
        return f"/board/{year}{file}" + (f"?{query}" if query else "")

    values = {
        "year": year,
        "years": years,
        "today": request.format.day(request.today),
        "filters": filters,
        "total": len(rows),
        "matching": len(filtered_rows),
        "count": count(rows, rulebook),
        "columns": board_columns(request, year, rows, rulebook),
        "last_year": year - rulebook.period.years if year - rulebook.period.years in years else None,
        "kinds": [(key, title, sum(row.kind == key for row in rows)) for key, title in kind_titles(rulebook).items()],
    }

    def render() -> Markup:
        return request.answer.fragment(
            "board_frame.html", board_link=board_link, rows=FRAGMENT_MARK, words=LIGHT_TITLES, **values
        )

    # A search is not cached: nobody else will type the same words.
    frame = (
        render()
        if filters["q"]
        else request.answer.cached_fragment("board frame", board_link(), (rulebook, repr(values)), render)
    )
    return request.answer.page(
        "board.html",
        year=year,
        frame=frame,
        here=board_link(),
        chased=next((row.unit_title for row in rows if row.stream == request.query.get("chased")), ""),
        fragments=list(_render_rows(request, filtered_rows, filters, rulebook)),
    )


def _render_rows(
    request: PageRequest, rows: list[BoardRow], filters: Mapping[str, str], rulebook: Rulebook
) -> Iterator[bytes]:
    """The HTML of the rows, in their order.

    If the rows are sorted by kind, each kind of department has a band above its rows, and special assessments have one
    by their title. If they are sorted by lateness, there are no bands.
    """
    if filters["sort"]:
        yield from (row.html for row in rows)
        return
    kinds = kind_titles(rulebook)
    for title, group in groupby(rows, lambda row: row.special or kinds[row.kind]):
        rows_of_band = list(group)
        late = sum(row.light == "late" for row in rows_of_band)
        dependencies = (title, len(rows_of_band), late, len(rulebook.stage) + 2)
        yield request.answer.cached_fragment(
            "board band", title.zh, dependencies, partial(_band, request, *dependencies)
        )
        yield from (row.html for row in rows_of_band)


def _band(request: PageRequest, title: Text, count: int, late: int, columns: int) -> bytes:
    return request.answer.fragment("board_band.html", title=title, count=count, late=late, columns=columns).encode()


def _csv_values(request: PageRequest, row: BoardRow, kind: Text) -> list[CellValue]:
    text = request.format.text
    return [
        row.unit,
        f"{row.unit_title} · {text(row.special)}" if row.special else row.unit_title,
        text(kind),
        *(
            "" if cell.is_absent else _light_text(request, cell.light, due)
            for cell, due in zip(row.lights, row.dues, strict=True)
        ),
        Decimal(row.result.score) if row.result and row.result.score else "",
        text(row.result.grade) if row.result and row.result.grade else "",
        text(LIGHT_TITLES["veto"]) if row.vetoed else "",
    ]


def _light_text(request: PageRequest, light: Light, due: date | None) -> str:
    """The title of a light, with the deadline of its step if there is one."""
    word = request.format.text(LIGHT_TITLES[light])
    return request.format.join((word, request.format.day(due))) if due else word


def _rulebook(request: PageRequest, year: int) -> Rulebook:
    """The rulebook of the edition that binds the year."""
    return request.context(year_stream(year))[2].rulebook


def _filters(request: PageRequest) -> dict[str, str]:
    """The filters and the order (`sort`) in the URL. An empty filter accepts every row. `sort` is `late` or empty."""
    values = {name: request.query.get(name, "").strip() for name in ("only", "kind", "stage", "q", "sort")}
    return {**values, "q": values["q"][:_MAX_SEARCH_LENGTH], "sort": "late" if values["sort"] == "late" else ""}


def _filtered_rows(rows: list[BoardRow], filters: Mapping[str, str], rulebook: Rulebook) -> list[BoardRow]:
    """The rows that pass the filters, in the chosen order.

    An unknown light, kind or step in the filters is ignored. A search accepts only rows whose title has the text.
    """
    stages = {stage.key: number for number, stage in enumerate(rulebook.stage[1:], start=1)}
    lights = {"late": {"late"}, "heed": NEEDS_ATTENTION}.get(filters["only"])
    kinds = kind_titles(rulebook)
    filtered_rows = [
        row
        for row in rows
        if (lights is None or row.light in lights)
        and (filters["kind"] not in kinds or row.kind == filters["kind"])
        and (filters["stage"] not in stages or row.step == stages[filters["stage"]])
        and filters["q"].casefold() in row.unit_title.casefold()
    ]
    return sorted(filtered_rows, key=by_lateness) if filters["sort"] else filtered_rows
