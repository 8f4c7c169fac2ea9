"""启动年度: a year opened for the departments of the roster, or of a roster file; after a preview, and safe to repeat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from console.web.forms import confirmation
from console.web.forms.fields import read_all
from console.web.numbers import whole_number
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.chart import decide
from states.records.roster import Unit
from states.records.year import Year
from states.refusals import Incomplete, Refusal, StaleForm
from states.stages.opening import check_ahead, check_due, retired_refusal
from states.streams import year_stream
from states.user_errors import UserError
from states.vocabulary import Text
from states.year import roster
from states.year.year import OpenYear
from storage import queries
from workflow.calendar import working_days
from workflow.roster import RosterFault, parse
from workflow.roster import text as roster_text
from workflow.year import YearOpeningOutcome, open_year

from .opening_dates import OpeningDates
from .year import is_entitled, next_year

pages = Pages()

FIRST_YEAR, LAST_YEAR = 2000, 2199
"""The years that can be opened."""


class OpeningRow(Struct, frozen=True):
    """A department that the year can be opened for. `refusal` says why not, where it cannot.

    `is_registered`: the roster has it; `is_changed`: a roster file says other things of it than the roster;
    `was_in_last_year`: the last year was opened for it; `is_open`: its assessment is open already; `is_chosen`: it is
    ticked.
    """

    unit: Unit
    is_registered: bool
    is_changed: bool
    was_in_last_year: bool
    is_open: bool
    is_chosen: bool
    refusal: Refusal | None = None


@pages.get("/years/open", view="year")
def show(request: PageRequest) -> Response:
    return _OpeningForm(request).page(200)


@pages.post("/years/open", view="year")
def post(request: PageRequest) -> Response:
    return _OpeningForm(request).submit()


class _OpeningForm:
    """The form of one request: the year, its departments, its deadlines."""

    def __init__(self, request: PageRequest) -> None:
        self._request = request
        self._number = _chosen_year(request)
        self._days = working_days(request.database)
        self._read_year()
        self._roster_file = ""
        self._units = [
            unit
            for unit in request.roster.assessed_in(self._number)
            if unit.unit in self._year.units or not self._has_ended(unit)
        ]

    def _read_year(self) -> None:
        """The year as it is now, and the deadlines it would have."""
        state, context, compiled = self._request.context(year_stream(self._number))
        assert isinstance(state, Year)
        entitled, _ = policy.entitled("open_year", None, None, compiled.rulebook)
        self._year, self._compiled = state, compiled
        self._context = replace(context, actor=self._request.user.actor(*entitled))
        self._dates = OpeningDates(self._request, self._number, state, self._context, self._days)

    def submit(self) -> Response:
        """Preview the opening; open the year where the preview was confirmed."""
        try:
            self._read_file()
            units = [row.unit for row in self._rows() if row.is_chosen]
            dates = self._read(units)
            self._check(units, dates)
            if self._request.form.text("_do") != "confirm":
                return self.page(200, preview=True)
            opened = self._open(units, dates)
        except StaleForm as stale:
            self._read_year()
            return self.page(409, refusal=stale, preview=True)
        except UserError as refusal:
            return self.page(409, refusal=refusal)
        return self.page(200, opened=opened)

    def page(
        self,
        status: int,
        refusal: UserError | None = None,
        opened: YearOpeningOutcome | None = None,
        *,
        preview: bool = False,
    ) -> Response:
        rows, deadlines, rulebook = self._rows(), self._dates.deadlines(), self._context.rulebook
        return self._request.answer.page(
            "opening.html",
            status,
            year=self._year,
            number=self._number,
            first=FIRST_YEAR,
            latest=LAST_YEAR,
            last_year=self._last_year(),
            rows=rows,
            kinds={kind.key: kind.title.text for kind in rulebook.scope.unit_kind},
            roster_file=self._roster_file,
            deadlines=deadlines,
            late=self._dates.are_late,
            notice_days=rulebook.notice_days,
            goes_beyond=any(one.day and one.day.year > self._number for one in deadlines),
            provisional=self._days.is_provisional(self._number),
            refusal=refusal,
            faults=refusal.faults if isinstance(refusal, RosterFault) else (),
            preview=preview,
            to_open=sum(row.is_chosen and not row.refusal and not row.is_open for row in rows),
            opened=opened,
            may_open=is_entitled(self._request, "open_year"),
        )

    # --- the departments ------------------------------------------------------------------------------

    def _read_file(self) -> None:
        """Take the departments from the roster file that came with the form, or that its preview was made from."""
        file = self._request.form.file("file")
        if file is None:
            text, name = self._request.form.text("roster"), "roster.toml"
        else:
            name = file.filename or "roster.toml"
            text = roster_text(file.file.read(), name)
        if text:
            self._units = list(parse(text, name))
            # Only now, when the file can be read: the form comes back with the file it would open the year from.
            self._roster_file = text

    def _rows(self) -> list[OpeningRow]:
        request = self._request
        registered, in_last_year = request.roster.units, self._units_of_last_year()
        rows = queries.assessments(request.database, self._number)
        opened = {row.unit for row in rows if row.occasion is None}
        # A form without a roster file says by its ticks which departments are chosen; at first, and with a file, all of
        # them are.
        ticked = request.form.texts("unit") if request.http.method == "POST" and not self._roster_file else None
        return [
            OpeningRow(
                unit=unit,
                is_registered=unit.unit in registered,
                is_changed=registered.get(unit.unit) not in (None, unit),
                was_in_last_year=unit.unit in in_last_year,
                is_open=unit.unit in opened,
                is_chosen=ticked is None or unit.unit in ticked,
                refusal=self._refusal_of(unit),
            )
            for unit in sorted(self._units, key=lambda unit: unit.unit)
        ]

    def _refusal_of(self, unit: Unit) -> Refusal | None:
        """Why the year cannot be opened for this department, if it cannot."""
        known = self._request.roster
        if self._has_ended(unit) and unit.unit not in self._year.units:
            return retired_refusal([unit.unit], self._number, known, self._context.clause("opening"))
        check = roster.check if known.units.get(unit.unit) in (None, unit) else roster.check_change
        try:
            check(known, unit, self._context)
        except Refusal as refusal:
            return refusal
        return None

    def _has_ended(self, unit: Unit) -> bool:
        return self._request.roster.ended_before(unit.unit, self._number, self._context.today)

    def _last_year(self) -> int | None:
        """The last year that was opened before this one."""
        return next((year for year in queries.years(self._request.database) if year < self._number), None)

    def _units_of_last_year(self) -> tuple[str, ...]:
        year = self._last_year()
        state = self._request.engine.state(year_stream(year)) if year else None
        return state.units if isinstance(state, Year) else ()

    # --- the act --------------------------------------------------------------------------------------

    def _read(self, units: list[Unit]) -> dict[str, date]:
        """The deadlines of the form, by stage; none if the year has its own. InvalidForm, StaleForm."""
        readers: dict[str, Callable[[], Any]] = {
            "unit": partial(self._check_any_chosen, units),
            "due": self._dates.read,
        }
        dates: dict[str, date] = read_all(readers)["due"]
        if any(deadline.ignored for deadline in self._dates.deadlines()):
            # Somebody opened the year while this form was filled in, so the typed deadlines do not count.
            confirmation.check_version(self._request, self._year, whole_number(self._request.form.text("version")))
        return dates

    def _check_any_chosen(self, units: list[Unit]) -> None:
        if not units:
            missing = Text(zh="被考核部门：请至少勾选一个", en="departments: tick at least one")
            raise Incomplete(missing=missing, clause=self._context.clause("opening"))

    def _check(self, units: list[Unit], dates: dict[str, date]) -> None:
        """Refuse what the engine would refuse, before anything is opened."""
        # Opening is one command for the year and one for each department, one after the other. If one were refused
        # later, the ones before it would be done already.
        refusal = next((refusal for unit in units if (refusal := self._refusal_of(unit)) is not None), None)
        if refusal is not None:
            raise refusal
        if not self._year.version:
            command = OpenYear(year=self._number, units=tuple(unit.unit for unit in units), due=dates)
            decide(self._year, command, self._context, self._compiled.chart)
        elif dates:
            check_due(dates, self._context)
            check_ahead(dates, self._context, self._context.rulebook.stages["opening"].title.text)

    def _open(self, units: list[Unit], dates: dict[str, date]) -> YearOpeningOutcome:
        engine, version = self._request.engine, self._year.version
        opened = open_year(engine, self._number, units, self._context.actor, self._days.is_working, dates, version)
        self._year = replace(self._year, version=engine.state(self._year.stream).version)
        return opened


def _chosen_year(request: PageRequest) -> int:
    text = request.form.text("year") or request.query.get("year", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else next_year(request)
    return min(max(number, FIRST_YEAR), LAST_YEAR)
