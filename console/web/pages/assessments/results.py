"""考核结果: what came out of a year, in pictures and tables, over the years, and as a file. Reads only.

A year's figures are of its regular assessments: a special one has a table of its own, a withdrawn one has no result. A veto
forces the grade and leaves the score to be seen. A unit's own people see their own results once they are circulated, and
nothing of cases. Somebody else who belongs to a unit reads its result once it is circulated, too (`states/views.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from console.web.display.pictures import Bar, bar, course
from console.web.display.recorded import element_records
from console.web.display.spreadsheets import Value, sheet
from console.web.display.terms import terms_of
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.assessment import Assessment
from states.chart import stage_title
from states.records.lineage import origins
from states.records.roster import Reorganisation
from states.result.result import plain, questions
from states.rulebook.types import Element, Indicator, Rulebook, Table
from states.stages.scoring import Scored
from states.streams import year_stream
from states.vocabulary import Text
from storage import queries
from storage.tables.projections import AssessmentRow

from .assessment import link

pages = Pages()

MOST_LOST = 10
"""How many elements are listed of those that lose most."""


class Outcome(Struct, frozen=True):
    """One assessment that has a result: `place` in its category by grade, then score; equal ones share it; 0 for a special one.

    `change` is how its score differs from the unit's regular one of the year before; None where there was none.
    """

    state: Assessment
    scored: Scored
    unit: str
    place: int = 0
    change: Decimal | None = None
    as_unit: bool = False

    @property
    def link(self) -> str:
        return link(self.state)

    @property
    def vetoed(self) -> bool:
        """Whether a veto made the grade, or stands since then; people of the unit read only the first."""
        return (bool(self.state.vetoes) and not self.as_unit) or self.scored.result.cause == "veto"


class Category(Struct, frozen=True):
    """第三条（一）分类考核: the results of one kind of unit, the best first, and their mean."""

    title: Text
    results: list[Outcome]

    @property
    def mean(self) -> Decimal:
        return _mean(self.results)


class Loss(Struct, frozen=True):
    """What an indicator or an element costs: on the average of `of` units, and how many of them lose anything."""

    label: str
    text: Text
    points: Decimal
    mean: Decimal
    units: int


class Losses(Struct, frozen=True):
    """The points lost under one annex: by indicator in its order, and the elements that lose most."""

    table: Table
    of: int
    indicators: list[Loss]
    elements: list[Loss]

    @property
    def most(self) -> Decimal:
        """The largest mean of an indicator: the longest bar."""
        return max((loss.mean for loss in self.indicators), default=Decimal(0))


@pages.get("/results", view="results")
def latest(request: PageRequest) -> Response:
    years = [year for year, _, _ in queries.grades(request.database)] or queries.years(request.database)
    return show(request, max(years)) if years else request.answer.page("results.html", year=None)


@pages.get("/results/{year:int}", view="results")
def show(request: PageRequest, year: int) -> Response:
    rulebook = _rulebook(request, year)
    rows = queries.assessments(request.database, year)
    found = outcomes(request, rows, rulebook)
    kinds = {kind.key: kind.title.text for kind in rulebook.scope.unit_kind}
    kind = request.query.get("kind", "")
    regular = [one for one in found if one.state.occasion is None]
    chosen = [one for one in regular if kind not in kinds or one.state.unit_kind == kind]
    bars, titles = _years(request)
    groups = [Category(title, [one for one in chosen if one.state.unit_kind == key]) for key, title in kinds.items()]
    grades = {grade.key: grade.title.text for grade in rulebook.grade}
    counts = Counter(one.scored.result.grade for one in chosen)
    return request.answer.page(
        "results.html", year=year, years=queries.years(request.database), rulebook=rulebook, kinds=kinds, kind=kind,
        groups=[one for one in groups if one.results], special=[one for one in found if one.state.occasion is not None],
        all=len(regular), counts=[(grades[key], counts[key]) for key in grades if counts[key]],
        mean=_mean(chosen) if chosen else None, vetoed=sum(one.vetoed for one in chosen),
        costly=[one for one in chosen if not one.as_unit and (one.scored.result.deducted or one.vetoed)], grades=grades,
        bars=_distribution(regular, kinds, rulebook), losses=list(_losses(chosen, rulebook)), over=bars, over_titles=titles,
        unreadable=bool(_unreadable(request, year)), without=sum(row.grade is None and not row.withdrawn and row.occasion is None for row in rows),
        withdrawn=sum(row.withdrawn for row in rows), open=sum(one.state.step("approval") is None for one in regular),
        stage=lambda one: stage_title(one.state.stage, rulebook), questions=lambda one: questions(one.scored.result, rulebook),
    )  # fmt: skip


@pages.get("/results/{year:int}.csv", view="results", reauthenticates=True)
def download(request: PageRequest, year: int) -> Response:
    rulebook = _rulebook(request, year)
    found = outcomes(request, queries.assessments(request.database, year), rulebook)
    file = sheet([request.format.text(title) for title in HEAD], (_values(request, one, rulebook) for one in found))
    return request.answer.download(f"results-{year}.csv", file, "text/csv; charset=utf-8")


@pages.get("/units/{unit}/results", view="assessment")
def of_unit(request: PageRequest, unit: str) -> Response:
    """One unit over the years, and before it the units it came out of. Its own people see what was circulated."""
    everything, before = request.permissions.may_view("results", unit), origins(unit, request.roster)
    rows = [row for row in _over_the_years(request, unit, before) if row.grade is not None]
    found = [(_rulebook(request, row.year), one) for row in rows for one in _read(request, [row])]
    own = [one for _, one in found if one.state.occasion is None and one.state.unit == unit]
    regular = [(one.state.year, one.scored.result.score) for one in own]
    levels = [(grade.at_least, grade.title.text) for grade in request.rulebook.grade if grade.at_least]
    return request.answer.page(
        "unit_results.html", unit=unit, found=found[::-1], everything=everything, course=course(regular, levels),
        stage_title=stage_title, before=before, end=request.roster.end(unit),
        elements_of=lambda one, rulebook: element_records(one.state, terms_of(request, one.state, rulebook), points=True),
    )  # fmt: skip


def _over_the_years(request: PageRequest, unit: str, before: Iterable[Reorganisation]) -> list[AssessmentRow]:
    """The assessments of a unit, and those of the units it came out of until their last year."""
    rows = [
        row for one in before for row in queries.assessments_of_unit(request.database, one.unit)
        if row.year <= one.final_year and one.unit != unit
    ]  # fmt: skip
    found = {row.stream: row for row in (*queries.assessments_of_unit(request.database, unit), *rows)}
    return sorted(found.values(), key=lambda row: (row.year, row.unit == unit, row.stream))


def outcomes(request: PageRequest, rows: Iterable[AssessmentRow], rulebook: Rulebook) -> list[Outcome]:
    """Every result there is, the best first, special ones last. A withdrawn assessment has none."""
    found = _read(request, [row for row in rows if row.grade is not None and not row.withdrawn])
    return ranked(found, rulebook, _scores(request, {one.state.year - 1 for one in found}))


def ranked(found: Iterable[Outcome], rulebook: Rulebook, before: Mapping[tuple[int, str], Decimal]) -> list[Outcome]:
    """Each with its place in its category (第三条（一） 分类考核) and its change; `before` are scores by year and unit."""
    order = list(rulebook.grades)

    def rank(one: Outcome) -> tuple[int, Decimal]:
        return order.index(one.scored.result.grade), -one.scored.result.score

    places: dict[tuple[str, int, Decimal], int] = {}
    counted: Counter[str] = Counter()
    made = []
    for one in sorted(found, key=lambda one: (one.state.occasion is not None, *rank(one), one.unit)):
        if one.state.occasion is not None:
            made.append(one)
            continue
        counted[one.state.unit_kind] += 1
        place = places.setdefault((one.state.unit_kind, *rank(one)), counted[one.state.unit_kind])
        last = before.get((one.state.year - 1, one.state.unit))
        change = None if last is None else one.scored.result.score - last
        made.append(replace(one, place=place, change=change))
    return made


def _scores(request: PageRequest, years: Iterable[int]) -> dict[tuple[int, str], Decimal]:
    """The regular scores of these years, by year and unit."""
    return {
        (row.year, row.unit): Decimal(row.score) / 100
        for year in years
        for row in queries.assessments(request.database, year)
        if row.score is not None and row.occasion is None and not row.withdrawn
    }


def _mean(results: list[Outcome]) -> Decimal:
    """The mean score, to one decimal."""
    total = sum((one.scored.result.score for one in results), Decimal(0))
    return (total / len(results)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def _read(request: PageRequest, rows: list[AssessmentRow]) -> list[Outcome]:
    states = request.engine.assessments_at({row.stream: row.version for row in rows})
    scored = ((state, state.fact(Scored)) for state in states)
    return [
        Outcome(
            state,
            fact,
            request.roster.title(state.unit, state.year),
            as_unit=not request.permissions.may_view("results", state.unit),
        )
        for state, fact in scored
        if fact is not None and request.permissions.may_read_result(state)
    ]


def _rulebook(request: PageRequest, year: int) -> Rulebook:
    """The edition a year is bound by."""
    return request.context(year_stream(year))[2].rulebook


def _distribution(found: list[Outcome], kinds: dict[str, Text], rulebook: Rulebook) -> list[Bar]:
    """The grades of all units, then of each kind that has any."""
    groups = [(Text(zh="全部", en="all"), found)]
    groups += [(title, [one for one in found if one.state.unit_kind == kind]) for kind, title in kinds.items()]
    counted = ((title, Counter(one.scored.result.grade for one in group)) for title, group in groups)
    return [bar(title, counts, rulebook.grades) for title, counts in counted if counts]


def _years(request: PageRequest) -> tuple[list[Bar], dict[str, Text]]:
    """The grades of every year that the account may read, the last first, and what each edition calls them."""
    counts: dict[int, Counter[str]] = {}
    for year, grade, count in queries.grades(request.database):
        counts.setdefault(year, Counter())[grade] = count
    for year, found in counts.items():
        found.subtract(row.grade or "" for row in _unreadable(request, year))
    titles = {key: grade.title.text for year in counts for key, grade in _rulebook(request, year).grades.items()}
    bars = [bar(Text(zh=f"{year} 年度", en=str(year)), counts[year], titles) for year in sorted(counts, reverse=True)]
    return bars, titles


def _unreadable(request: PageRequest, year: int) -> list[AssessmentRow]:
    """The year's regular results that the account may not read: those of its own unit before they are circulated."""
    rows = [
        row for row in queries.assessments(request.database, year)
        if row.grade is not None and row.occasion is None and not row.withdrawn and row.stage != "circulation"
    ]  # fmt: skip
    return [row for row in rows if not request.permissions.may_view("results", row.unit)]


def _losses(found: list[Outcome], rulebook: Rulebook) -> Iterator[Losses]:
    """By annex: several kinds of units may share one."""
    for table in rulebook.table:
        of = [one for one in found if rulebook.tables[one.state.unit_kind] is table]
        if of:
            indicators = [i for section in table.section for i in section.indicator]
            element_records = [_loss(e.label, e.text.text, [e], of) for e in table.elements.values()]
            lost = sorted((loss for loss in element_records if loss.units), key=lambda loss: -loss.mean)[:MOST_LOST]
            yield Losses(table, len(of), [_of_indicator(i, of) for i in indicators], lost)


def _of_indicator(indicator: Indicator, of: list[Outcome]) -> Loss:
    return _loss(indicator.label, indicator.title.text, indicator.element, of)


def _loss(label: str, text: Text, element_records: Iterable[Element], of: list[Outcome]) -> Loss:
    points = {element.key: element.points for element in element_records}
    whole = sum(points.values(), Decimal(0))
    lost = [whole - sum((one.scored.marks[key] for key in points), Decimal(0)) for one in of]
    mean = (sum(lost, Decimal(0)) / len(of)).quantize(Decimal("0.01"))
    return Loss(label, text, whole, mean, sum(one > 0 for one in lost))


HEAD = (
    Text(zh="名次", en="place"), Text(zh="部门编号", en="unit id"), Text(zh="部门", en="unit"),
    Text(zh="类别", en="kind"), Text(zh="专项", en="special"), Text(zh="步骤", en="step"),
    Text(zh="考核得分", en="given"), Text(zh="扣分", en="deducted"), Text(zh="总分", en="score"),
    Text(zh="等次", en="grade"), Text(zh="一票否决", en="veto"), Text(zh="否决与待定事项", en="vetoes and open cases"),
    Text(zh="得分待重算", en="to be scored again"),
)  # fmt: skip
"""The columns of the file."""


def _values(request: PageRequest, one: Outcome, rulebook: Rulebook) -> list[Value]:
    state, result = one.state, one.scored.result
    kind = next(kind.title.text for kind in rulebook.scope.unit_kind if kind.key == state.unit_kind)
    yes = Text(zh="是", en="yes")
    return [
        one.place or "", state.unit, one.unit, request.format.text(kind), request.format.text(state.special) if state.special else "",
        request.format.text(stage_title(state.stage, rulebook)), Decimal(plain(result.given)), Decimal(plain(-result.deducted)),
        Decimal(plain(result.score)), request.format.text(rulebook.grades[result.grade].title.text),
        request.format.text(yes) if one.vetoed else "", "" if one.as_unit else "; ".join(request.format.text(line.text) for line in questions(result, rulebook)),
        "" if state.score_holds or one.as_unit else request.format.text(yes),
    ]  # fmt: skip
