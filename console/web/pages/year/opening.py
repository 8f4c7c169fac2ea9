"""启动年度: a year opened for the units of the roster, or of a roster file; first a preview, then the deed. Safe to repeat."""

from __future__ import annotations

from datetime import date
from functools import partial

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from config import typed
from console.web.forms import confirmation
from console.web.forms.fields import read_all
from console.web.numbers import whole_number
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.chart import decide
from states.records.roster import Unit
from states.records.year import Year
from states.refusals import Incomplete, Malformed, Refusal, StaleForm
from states.rulebook.types import Stage
from states.stages.opening import check_ahead, check_due, retired
from states.streams import year_stream
from states.user_errors import UserError
from states.vocabulary import Text
from states.year import roster
from states.year.year import OpenYear
from storage import queries
from workflow.calendar import working_days
from workflow.roster import RosterFault, parse
from workflow.roster import text as roster_text
from workflow.year import Opened, dates_of, open_year

from .calendar import Remark, remark
from .year import may, next_year

pages = Pages()

FIRST, LAST = 2000, 2199
_FAR = 400
"""Days beyond which working days are not counted."""


class Row(Struct, frozen=True):
    """A unit the year may be opened for: what the roster and the year before say of it, and why it cannot be, if so."""

    unit: Unit
    registered: bool
    changed: bool
    before: bool
    opened: bool
    chosen: bool
    refusal: Refusal | None = None


class Due(Struct, frozen=True):
    """A stage's deadline as it will bind; `typed` is what the form says, or `unused` where it says another day than the year that is open.

    `late` is the usual date where that is past or too near, and `left` how many working days there are until `day`.
    """

    stage: Stage
    day: date | None
    typed: str
    remark: Remark | None
    late: date | None
    left: int | None
    unused: str = ""


@pages.get("/years/open", view="year")
def show(request: PageRequest) -> Response:
    return _Opening(request).page(200)


@pages.post("/years/open", view="year")
def post(request: PageRequest) -> Response:
    return _Opening(request).posted()


class _Opening:
    """The form of one request: the year, its departments, its deadlines."""

    def __init__(self, request: PageRequest) -> None:
        self.request = request
        asked = request.form.text("year") or request.query.get("year", "")
        self.number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else next_year(request)
        self.number = min(max(self.number, FIRST), LAST)
        self.days = working_days(request.database)
        self._read_year()
        self.text = ""
        self.units = [
            one
            for one in request.roster.assessed_in(self.number)
            if one.unit in self.year.units or not self._ended(one)
        ]

    def _read_year(self) -> None:
        """The year as it is now, and the dates its units would have."""
        state, context, compiled = self.request.context(year_stream(self.number))
        assert isinstance(state, Year)
        by, _ = policy.entitled("open_year", None, None, compiled.rulebook)
        self.year, self.compiled = state, compiled
        self.context = replace(context, actor=self.request.user.actor(*by))
        self.dates = dates_of(self.request.engine, self.number, self.days.is_working)

    def posted(self) -> Response:
        request = self.request
        try:
            self._take_file()
            units = [row.unit for row in self._rows() if row.chosen]
            found = read_all({"unit": lambda: self._some(units), "due": self._dates})
            dates = found["due"]
            if any(one.unused for one in self._due()):
                confirmation.check_version(request, self.year, whole_number(request.form.text("version")))
            self._check(units, dates)
            if request.form.text("_do") != "confirm":
                return self.page(200, preview=True)
            known = self.year.version
            done = open_year(request.engine, self.number, units, self.context.actor, self.days.is_working, dates, known)
        except StaleForm as stale:
            self._read_year()
            return self.page(409, refusal=stale, preview=True)
        except UserError as refusal:
            return self.page(409, refusal=refusal)
        self.year = replace(self.year, version=request.engine.state(self.year.stream).version)
        return self.page(200, done=done)

    def page(
        self, status: int, refusal: UserError | None = None, done: Opened | None = None, *, preview: bool = False
    ) -> Response:
        request, rows = self.request, self._rows()
        return request.answer.page(
            "opening.html", status, year=self.year, number=self.number, rows=rows, due=self._due(), text=self.text,
            refusal=refusal, faults=refusal.faults if isinstance(refusal, RosterFault) else (), done=done,
            preview=preview, moves=sum(row.chosen and not row.refusal and not row.opened for row in rows),
            kinds={kind.key: kind.title.text for kind in self.context.rulebook.scope.unit_kind}, last=self._last(),
            provisional=self.days.is_provisional(self.number), may_open=may(request, "open_year"), first=FIRST, latest=LAST,
            late=bool(self.dates.late), notice_days=self.context.rulebook.notice_days,
            beyond=any(one.day and one.day.year > self.number for one in self._due()),
        )  # fmt: skip

    def _take_file(self) -> None:
        """The roster file that came with the form, or the one a preview was made of."""
        file = self.request.form.file("file")
        if file is None:
            self.text = self.request.form.text("roster")
            name = "roster.toml"
        else:
            name = file.filename or "roster.toml"
            self.text = roster_text(file.file.read(), name)
        if self.text:
            text, self.text = self.text, ""
            self.units = list(parse(text, name))
            self.text = text

    def _rows(self) -> list[Row]:
        held, last = self.request.roster.units, self._last_units()
        opened = {row.unit for row in queries.assessments(self.request.database, self.number) if row.occasion is None}
        posted, ticked = self.request.http.method == "POST" and not self.text, set(self.request.form.texts("unit"))
        return [
            Row(
                unit, unit.unit in held, held.get(unit.unit) not in (None, unit), unit.unit in last, unit.unit in opened,
                unit.unit in ticked if posted else True, self._wrong(unit),
            )
            for unit in sorted(self.units, key=lambda unit: unit.unit)
        ]  # fmt: skip

    def _ended(self, unit: Unit) -> bool:
        return self.request.roster.ended_before(unit.unit, self.number, self.context.today)

    def _wrong(self, unit: Unit) -> Refusal | None:
        known = self.request.roster
        if self._ended(unit) and unit.unit not in self.year.units:
            return retired([unit.unit], self.number, known, self.context.clause("opening"))
        check = roster.check if known.units.get(unit.unit) in (None, unit) else roster.check_change
        try:
            check(known, unit, self.context)
        except Refusal as refusal:
            return refusal
        return None

    def _last(self) -> int | None:
        return next((year for year in queries.years(self.request.database) if year < self.number), None)

    def _last_units(self) -> tuple[str, ...]:
        last = self._last()
        state = self.request.engine.state(year_stream(last)) if last else None
        return state.units if isinstance(state, Year) else ()

    def _due(self) -> list[Due]:
        """As typed; else the usual dates, or, where those leave too little time, the ones proposed in their place."""
        made, today = [], self.context.today
        for stage in self.context.rulebook.stage:
            if stage.kind in self.dates.proposed:
                settled = self.dates.proposed[stage.kind].isoformat()
                said = self.request.form.text(f"due.{stage.kind}") or settled
                unused = said if self._is_settled and said != settled else ""
                said = settled if self._is_settled else said
                day, late = _day(said), self.dates.late.get(stage.kind)
                left = self.days.between(today, day) if day and abs((day - today).days) < _FAR else None
                made.append(Due(stage, day, said, remark(day, self.days) if day else None, late, left, unused))
        return made

    @property
    def _is_settled(self) -> bool:
        """Whether the year is open and its own deadlines hold for the units that are added."""
        return bool(self.year.version) and not self.dates.late

    def _dates(self) -> dict[str, date]:
        """The deadlines as typed; those of a year that is open, unless they leave too little time."""
        if self._is_settled:
            return {}
        found = read_all({f"due.{due.stage.kind}": partial(self._date, due) for due in self._due()})
        return {name.removeprefix("due."): day for name, day in found.items()}

    def _date(self, due: Due) -> date:
        try:
            return typed.day(due.typed)
        except typed.Unclear as unclear:
            raise Malformed(what=due.stage.title.text, why=unclear.why, clause=due.stage.clause) from None

    def _some(self, units: list[Unit]) -> None:
        if not units:
            missing = Text(zh="被考核部门：请至少勾选一个", en="units: tick at least one")
            raise Incomplete(missing=missing, clause=self.context.clause("opening"))

    def _check(self, units: list[Unit], dates: dict[str, date]) -> None:
        """Everything the engine would refuse, before it is asked."""
        wrong = next((refusal for unit in units if (refusal := self._wrong(unit)) is not None), None)
        if wrong is not None:
            raise wrong
        if not self.year.version:
            command = OpenYear(year=self.number, units=tuple(unit.unit for unit in units), due=dates)
            decide(self.year, command, self.context, self.compiled.chart)
        elif dates:
            check_due(dates, self.context)
            check_ahead(dates, self.context, self.context.rulebook.stages["opening"].title.text)


def _day(said: str) -> date | None:
    try:
        return typed.day(said)
    except typed.Unclear:
        return None
