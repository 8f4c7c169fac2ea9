"""考核结果: the results of a year as pictures, tables and a file, and the results of one department over the years.

The pages write nothing, and have only results that the user may read. A department's own people see its result after
it is circulated, and never see cases. The same holds for every user who belongs to the department, whatever the user's
roles (`states/views.py`).

The figures of a year count its annual assessments. Special assessments have a table of their own, and a withdrawn
assessment has no result. A veto sets the grade, but the score is still printed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from msgspec import Struct
from starlette.responses import Response

from console.web.display.pictures import Bar, bar, course
from console.web.display.recorded import element_records
from console.web.display.spreadsheets import CellValue, table_download
from console.web.display.terms import terms_of
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.chart import stage_title
from states.explanation import explain_inputs, is_remark
from states.records.lineage import origin_reorganisations
from states.records.roster import Reorganisation
from states.result.next_grade import grade_bounds
from states.rulebook.calculation.numbers import plain
from states.rulebook.sentences.explained_lines import ExplainedLine
from states.rulebook.types import Rulebook
from states.streams import year_stream
from states.vocabulary import Text
from storage import queries
from storage.tables.projections import AssessmentRow

from .point_losses import table_losses
from .ranked_results import RankedResult, grade_titles, has_result, read_results, year_results

pages = Pages()

_COLUMNS_BEFORE_POINTS = (
    Text(zh="名次", en="place"),
    Text(zh="部门编号", en="department id"),
    Text(zh="部门", en="department"),
    Text(zh="类别", en="kind"),
    Text(zh="专项", en="special"),
    Text(zh="步骤", en="step"),
)
_COLUMNS_AFTER_POINTS = (
    Text(zh="等次", en="grade"),
    Text(zh="等次限制", en="limit of the grade"),
    Text(zh="限制与待定事项", en="limits and open matters"),
    Text(zh="结果待重算", en="to be scored again"),
)

_YES = Text(zh="是", en="yes")


def columns(rulebook: Rulebook) -> tuple[Text, ...]:
    """The columns of the CSV file."""
    points = (Text(zh="考核得分", en="given"), rulebook.adjustment_title, Text(zh="总分", en="score"))
    return (*_COLUMNS_BEFORE_POINTS, *points, *_COLUMNS_AFTER_POINTS)


class Category(Struct, frozen=True):
    """The results of one kind of department, the best first. `mean` is None if nothing has points."""

    title: Text
    results: list[RankedResult]

    @property
    def mean(self) -> Decimal | None:
        return _mean(self.results)


@pages.get("/results", view="results")
def show_latest(request: PageRequest) -> Response:
    years = [year for year, _, _ in queries.grades(request.database)] or queries.years(request.database)
    return show(request, max(years)) if years else request.answer.page("results.html", year=None)


@pages.get("/results/{year:int}", view="results")
def show(request: PageRequest, year: int) -> Response:
    rulebook = _rulebook(request, year)
    rows = queries.assessments(request.database, year)
    results = year_results(request, rows, rulebook)
    annual_results = [result for result in results if result.state.occasion is None]
    kinds = {kind.key: kind.title.text for kind in rulebook.unit_kind}
    kind = request.query.get("kind", "")
    filtered_results = [result for result in annual_results if kind not in kinds or result.state.unit_kind == kind]
    categories = [
        Category(one.title.text, [result for result in filtered_results if result.state.unit_kind == one.key])
        for one in rulebook.unit_kind
    ]
    year_bars, year_titles = _grades_by_year(request)
    return request.answer.page(
        "results.html",
        year=year,
        years=queries.years(request.database),
        kinds=kinds,
        kind=kind,
        beside=rulebook.adjustment_title,
        grades=grade_titles(rulebook),
        categories=[category for category in categories if category.results],
        special=list(_special_results(request, results)),
        losses=list(table_losses(filtered_results, rulebook)),
        kind_bars=grades_by_kind(annual_results, kinds, rulebook),
        year_bars=year_bars,
        year_titles=year_titles,
        stage=lambda result: stage_title(result.state.stage, rulebook),
        questions=lambda result: _remarks(result, rulebook),
        **_numbers(annual_results, rows),
        **_numbers_of_kind(filtered_results, rulebook),
        recused=bool(_unreadable(request, year)),
    )


def _special_results(
    request: PageRequest, results: Sequence[RankedResult]
) -> Iterator[tuple[Text, list[RankedResult]]]:
    """The results of special assessments by their titles."""
    titles = [(request.special(result.state), result) for result in results]
    for title in dict.fromkeys(title for title, _ in titles if title is not None):
        yield title, [result for own, result in titles if own == title]


def _numbers(annual_results: Sequence[RankedResult], rows: Sequence[AssessmentRow]) -> dict[str, Any]:
    """The numbers of assessments: annual ones with a result, without one, and not approved yet; and withdrawn ones."""
    return {
        "total": len(annual_results),
        "without": sum(not has_result(row) and not row.withdrawn and row.occasion is None for row in rows),
        "open": sum(result.state.step("approval") is None for result in annual_results),
        "withdrawn": sum(row.withdrawn for row in rows),
    }


def _numbers_of_kind(results: Sequence[RankedResult], rulebook: Rulebook) -> dict[str, Any]:
    """Grades, mean and vetoes of the filtered results. `costly` are the results that records or limits changed."""
    counts = Counter(result.scored.result.grade or "" for result in results)
    return {
        "counts": [(title, counts[key]) for key, title in grade_titles(rulebook).items() if counts[key]],
        "mean": _mean(results),
        "has_points": any(result.scored.result.score is not None for result in results),
        "vetoed": sum(result.vetoed for result in results),
        "costly": [
            result
            for result in results
            if not result.own_department and (result.scored.result.adjustment or result.cause)
        ],
    }


@pages.get("/results/{year:int}.csv", view="results", reauthenticates=True)
def download_csv(request: PageRequest, year: int) -> Response:
    return _download(request, year, "csv")


@pages.get("/results/{year:int}.xlsx", view="results", reauthenticates=True)
def download_excel(request: PageRequest, year: int) -> Response:
    return _download(request, year, "xlsx")


def _download(request: PageRequest, year: int, ending: str) -> Response:
    """The results of the year that the user may read, special ones included, as a file."""
    rulebook = _rulebook(request, year)
    results = year_results(request, queries.assessments(request.database, year), rulebook)
    head = [request.format.text(title) for title in columns(rulebook)]
    title = Text(zh=f"{year} 年度考核结果", en=f"Results {year}")
    values = [_csv_values(request, result, rulebook) for result in results]
    return table_download(request, f"results-{year}", ending, title, head, values)


@pages.get("/units/{unit}/results", view="assessment")
def show_unit(request: PageRequest, unit: str) -> Response:
    """Show the results of one department over the years, and those of its predecessors, the latest first.

    The department's own people see only the circulated ones.
    """
    origins = origin_reorganisations(unit, request.roster)
    rows = [row for row in _rows_over_the_years(request, unit, origins) if has_result(row)]
    results = [
        (_rulebook(request, row.year).at(row.occasion), result)
        for row in rows
        for result in read_results(request, [row])
    ]
    annual_results = [result for _, result in results if result.state.occasion is None and result.state.unit == unit]
    points = ((result.state.year, result.scored.result.score) for result in annual_results)
    scores = [(year, score) for year, score in points if score is not None]
    return request.answer.page(
        "unit_results.html",
        unit=unit,
        results=results[::-1],
        latest=next((one for one in results[::-1] if one[1].state.occasion is None), None),
        has_points=any(result.scored.result.score is not None for _, result in results),
        beside=request.rulebook.adjustment_title,
        reads_all=request.permissions.may_view("results", unit),
        course=course(scores, grade_bounds(request.rulebook)),
        stage_title=stage_title,
        origins=origins,
        reorganisation=request.roster.closing(unit),
        elements_of=lambda result, rulebook: element_records(
            result.state, terms_of(request, result.state, rulebook), with_points=True
        ),
    )


def _rows_over_the_years(request: PageRequest, unit: str, origins: Iterable[Reorganisation]) -> list[AssessmentRow]:
    """The assessments of a department, and those of its predecessors up to the last year of each, oldest first."""
    rows = {row.stream: row for row in queries.assessments_of_unit(request.database, unit)}
    for origin in origins:
        if origin.unit != unit:
            inherited = queries.assessments_of_unit(request.database, origin.unit)
            rows |= {row.stream: row for row in inherited if row.year <= origin.final_year}
    return sorted(rows.values(), key=lambda row: (row.year, row.unit == unit, row.stream))


def _mean(results: Sequence[RankedResult]) -> Decimal | None:
    """The mean score, to one decimal. None if no result has points."""
    scores = [result.scored.result.score for result in results if result.scored.result.score is not None]
    return (sum(scores, Decimal(0)) / len(scores)).quantize(Decimal("0.1"), ROUND_HALF_UP) if scores else None


def _rulebook(request: PageRequest, year: int) -> Rulebook:
    """The rulebook of the edition that binds the year."""
    return request.context(year_stream(year))[2].rulebook


def grades_by_kind(results: Sequence[RankedResult], kinds: dict[str, Text], rulebook: Rulebook) -> list[Bar]:
    """One bar of grades for all departments, and one for each kind that has results. None if nothing is graded."""
    if rulebook.first_scale is None:
        return []
    groups = [(Text(zh="全部", en="all"), results)]
    groups += [
        (title, [result for result in results if result.state.unit_kind == kind]) for kind, title in kinds.items()
    ]
    counts_by_group = (
        (title, Counter(result.scored.result.grade or "" for result in group)) for title, group in groups
    )
    return [bar(title, counts, grade_titles(rulebook)) for title, counts in counts_by_group if counts]


def _grades_by_year(request: PageRequest) -> tuple[list[Bar], dict[str, Text]]:
    """One bar of grades for each year, the last year first; and the titles of the grades in all editions."""
    counts: dict[int, Counter[str]] = {}
    for year, grade, count in queries.grades(request.database):
        if _rulebook(request, year).first_scale is not None:
            counts.setdefault(year, Counter())[grade] = count
    # The query counts all results. So the results that the user may not read are subtracted.
    for year, year_counts in counts.items():
        year_counts.subtract(row.grade or "" for row in _unreadable(request, year))
    titles = {key: title for year in counts for key, title in grade_titles(_rulebook(request, year)).items()}
    bars = [bar(Text(zh=f"{year} 年度", en=str(year)), counts[year], titles) for year in sorted(counts, reverse=True)]
    return bars, titles


def _unreadable(request: PageRequest, year: int) -> list[AssessmentRow]:
    """The annual results that the user may not read: those of the user's own department that are not circulated."""
    rows = [
        row
        for row in queries.assessments(request.database, year)
        if has_result(row) and row.occasion is None and row.stage != "circulation"
    ]
    return [row for row in rows if not request.permissions.may_view("results", row.unit)]


def _remarks(result: RankedResult, rulebook: Rulebook) -> list[ExplainedLine]:
    """What the score does not show: limits of the grade, and records that are open."""
    return [line for line in explain_inputs(result.scored.inputs, rulebook) if is_remark(line)]


def _cell(points: Decimal | None) -> CellValue:
    return "" if points is None else Decimal(plain(points))


def _csv_values(request: PageRequest, ranked: RankedResult, rulebook: Rulebook) -> list[CellValue]:
    text, state, result = request.format.text, ranked.state, ranked.scored.result
    kind_title = next(kind.title.text for kind in rulebook.unit_kind if kind.key == state.unit_kind)
    # The department's own people must not see cases: neither the vetoes that follow from them, nor that a case changed
    # the score.
    lines = [] if ranked.own_department else _remarks(ranked, rulebook)
    is_stale = not (state.has_valid_score or ranked.own_department)
    return [
        ranked.place or "",
        state.unit,
        ranked.unit_title,
        text(kind_title),
        text(special) if (special := request.special(state)) else "",
        text(stage_title(state.stage, rulebook)),
        _cell(result.subtotal),
        _cell(result.adjustment if result.score is not None else None),
        _cell(result.score),
        text(own.grade_title(result.grade)) if (own := rulebook.at(state.occasion)).first_scale is not None else "",
        text(ranked.cause) if ranked.cause else "",
        "; ".join(text(line.text) for line in lines),
        text(_YES) if is_stale else "",
    ]
