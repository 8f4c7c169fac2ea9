"""任一时刻: an assessment as it stood at any entry, each value with the entry that set it; and what differs between two moments.

The address carries the position, so that it can be cited. Only the entries of the department asked for are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from urllib.parse import urlencode

from msgspec import Struct
from starlette.responses import Response

from audit.laws import laws
from audit.moments import BadMoment, Difference, Moment, Shown, between, differences, reached, standing, until
from audit.reader import DatabaseReader, StreamReader
from console.auditing import NotThen
from console.forms import TITLES
from console.routes import Pages
from console.visit import Visit
from states import policy
from states.assessment import Assessment
from states.chart import ACT_OF_FACT, stage_title
from states.refusals import NotThere
from states.result import plain
from states.scoring import Scored
from states.sentences import Told
from states.vocabulary import Text
from storage import queries, timeline

pages = Pages()

ROSTER = "roster"
MOST = 100
"""Of how many departments the differences are shown on one page."""


class Valued(Struct, frozen=True):
    """One value of a state: its path, its title where it has one, what it says, and the entry that set it."""

    path: str
    title: Text | None
    said: str
    number: int
    at: datetime
    by: str


class Place(Struct, frozen=True):
    """One entry of an assessment, as a place the slider stops at."""

    version: int
    number: int
    title: Text
    at: datetime


class TooMuch(Told):
    """The two moments are too far apart, or too much came to be between them, for a page."""

    zh = "两个时刻之间涉及的记录过多，网页不逐一比较。请选定一个部门、缩短间隔，或在服务器上运行 kaohe audit diff。"
    en = "Too much lies between the two moments for a page. Choose one unit or moments closer together, or run `kaohe audit diff` at the machine."


@pages.get("/audit/moments", view="audit")
def choose(visit: Visit) -> Response:
    """Which assessment, and as of when."""
    query = visit.request.query_params
    years = queries.years(visit.database)
    year = int(query["year"]) if query.get("year", "") in map(str, years) else next(iter(years), None)
    rows = queries.assessments(visit.database, year) if year is not None else []
    links = [(visit.unit_title(row.unit, row.year), visit.special(row.stream), _link(row.year, row.unit, row.occasion, query.get("as_of", "")[:40])) for row in rows]  # fmt: skip
    return visit.page("moments.html", years=years, year=year, links=sorted(links), as_of=query.get("as_of", "")[:40])


@pages.get("/audit/assessments/{year:int}/{unit}", view="audit")
def stand(visit: Visit, year: int, unit: str) -> Response:
    """An assessment at one of its entries, or at whatever moment is named."""
    query, occasion = visit.request.query_params, visit.request.query_params.get("occasion", "")[:64]
    stream = f"assessment/{year}/{unit}" + (f"/{occasion}" if occasion else "")
    reader = StreamReader(visit.database, (ROSTER, stream))
    places = _places(visit, reader, stream)
    chosen = next((place for place in places if str(place.version) == query.get("version")), None)
    if chosen is not None:
        return visit.to(_link(year, unit, occasion, chosen.number))
    as_of, refusal, moment = query.get("as_of", "").strip()[:40], None, None
    try:
        moment = _standing(visit, reader, stream, as_of)
    except (BadMoment, NotThen) as wrong:
        refusal = wrong
    return visit.page(
        "moment.html", 409 if refusal else 200, refusal=refusal, year=year, unit=unit, occasion=occasion, special=visit.special(stream), as_of=as_of,
        places=places, at=len(moment.entries[stream]) - 1 if moment else None, stream=stream,
        link=lambda number: _link(year, unit, occasion, number), values=_values(moment, stream) if moment else [],
        result=_result(moment, stream) if moment else None,
    )  # fmt: skip


@pages.get("/audit/difference", view="audit")
def differ(visit: Visit) -> Response:
    """What came to be between two moments, department by department."""
    query = visit.request.query_params
    given = {name: query.get(name, "").strip()[:64] for name in ("year", "unit", "first", "last")}
    years = queries.years(visit.database)
    found, numbers, refusal = [], None, None
    if given["first"] and given["year"] in map(str, years):
        try:
            numbers = _numbers(visit, given["first"], given["last"])
            found = _between(visit, int(given["year"]), given["unit"], *numbers)
        except (BadMoment, TooMuch) as wrong:
            refusal = wrong
    return visit.page(
        "difference.html", 409 if refusal else 200, given=given, years=years, refusal=refusal, numbers=numbers,
        units=list(visit.roster.units.values()), found=found, when=lambda entry: visit.moment(entry.recorded_at),
        titled=_title, where=visit.unit_title, link=_at,
    )  # fmt: skip


def _standing(visit: Visit, reader: StreamReader, stream: str, as_of: str) -> Moment:
    """The assessment at that moment. BadMoment, NotThen."""
    usable, _ = laws(reader.rulebooks())
    moment = standing(reader, usable, until(as_of or None, visit.rulebook.timezone), lambda name: name == stream)
    if stream not in moment.streams:
        raise NotThen(stream=stream)
    return moment


def _link(year: int, unit: str, occasion: str | None, as_of: object) -> str:
    given = {name: value for name, value in (("occasion", occasion), ("as_of", as_of)) if value}
    return f"/audit/assessments/{year}/{unit}" + (f"?{urlencode(given)}" if given else "")


def _at(stream: str, number: int) -> str:
    _, year, unit, *occasion = stream.split("/")
    return _link(int(year), unit, next(iter(occasion), None), number)


def _places(visit: Visit, reader: StreamReader, stream: str) -> list[Place]:
    """Every entry of the assessment that can be read."""
    whole = Moment({}, lambda name: name == stream)
    for row in reader.entries():
        whole.take(row)
    if stream not in whole.entries:
        raise NotThere(act=_LOOK, stream=stream, first=policy.title("open_assessment", visit.rulebook))
    return [_place(visit, shown) for shown in whole.entries[stream]]


_LOOK = Text(zh="查阅考核", en="look at the assessment")


def _place(visit: Visit, shown: Shown) -> Place:
    entry = shown.entry
    title = policy.title(ACT_OF_FACT[entry.kind], visit.rulebook)
    return Place(entry.version, entry.number, title, entry.recorded_at)


def _values(moment: Moment, stream: str) -> Iterator[tuple[str, list[Valued]]]:
    """The values of a state in the order they stand in it, those of one part together."""
    named = [
        Valued(path, _title(path), value.said, value.by.number, value.by.recorded_at, value.by.actor)
        for path, value in moment.values[stream].items()
    ]
    for part, values in groupby(named, key=lambda one: one.path.partition(".")[0]):
        yield part, list(values)


PARTS = {
    "year": Text(zh="年度", en="Year"), "unit": Text(zh="部门", en="Unit"), "unit_kind": Text(zh="部门类别", en="Kind of unit"),
    "stage": Text(zh="所处环节", en="Stage"), "team": Text(zh="领导班子", en="Team"), "staff": Text(zh="职工人数", en="Staff"),
    "due": Text(zh="期限", en="Deadlines"), "steps": Text(zh="已办环节", en="Steps taken"), "called": Text(zh="提醒", en="Reminders"),
    "sheets": Text(zh="评分表", en="Score sheets"), "tasks": Text(zh="结果运用", en="Follow-up"), "vetoes": Text(zh="一票否决", en="Vetoes"),
    "position": Text(zh="职务", en="Position"), "person": Text(zh="人员", en="Person"), "head": Text(zh="主要负责人", en="Head"),
    "number": Text(zh="记录编号", en="Entry"), "actor": Text(zh="经办", en="By"), "role": Text(zh="角色", en="Role"),
    "at": Text(zh="时间", en="At"), "score": Text(zh="得分", en="Score"), "circulated": Text(zh="通报", en="Notices"),
    "title": Text(zh="专项名称", en="Title"), "reopenings": Text(zh="重新审议", en="Reopened"), "left": Text(zh="离任班子成员", en="Members who left"), "task_persons": Text(zh="涉及人员", en="Persons concerned"),
    "scorers": Text(zh="评分人", en="Scorers"), "sha256": Text(zh="文件摘要", en="Digest of the document"), "size": Text(zh="文件大小", en="Size"),
}  # fmt: skip


def _title(path: str) -> Text | None:
    """What the last word of a path is called."""
    last = path.rpartition(".")[2]
    return TITLES.get(last) or PARTS.get(last)


def _result(moment: Moment, stream: str) -> tuple[Text, str, Text | None]:
    """The stage, the score and the grade at that moment."""
    state, law = moment.streams[stream], moment.law(stream)
    assert isinstance(state, Assessment)
    scored = state.fact(Scored)
    if law is None:
        return Text(zh=state.stage, en=state.stage), plain(scored.result.score) if scored else "", None
    grade = law.rulebook.grades.get(scored.result.grade) if scored else None
    return stage_title(state.stage, law.rulebook), plain(scored.result.score) if scored else "", grade.title.text if grade else None  # fmt: skip


def _numbers(visit: Visit, first: str, last: str) -> tuple[int, int]:
    """Two moments as entries, the earlier first; the end of the ledger where the later one is not named."""
    reader, timezone = DatabaseReader(visit.database), visit.rulebook.timezone
    one, other = reached(reader, first, timezone), reached(reader, last, timezone) if last else reader.size()
    return min(one, other), max(one, other)


def _between(visit: Visit, year: int, unit: str, first: int, last: int) -> list[tuple[str, list[Difference]]]:
    if last - first > timeline.WINDOW:
        raise TooMuch
    streams = timeline.changed(visit.database, year, unit, first, last)
    if len(streams) > MOST:
        raise TooMuch
    reader = StreamReader(visit.database, (ROSTER, *streams))
    usable, _ = laws(reader.rulebooks())
    before, after = between(reader, usable, first, last, lambda name: name in streams)
    found = differences(before, after)
    return [(stream, list(of)) for stream, of in groupby(found, key=lambda one: one.stream)]
