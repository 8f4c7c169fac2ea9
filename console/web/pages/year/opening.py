"""启动年度: opening a year for chosen departments of the roster, or for those of a roster file, after a preview.

The opening opens the year and an assessment for each department. With a roster file, it also puts the departments on
the roster, or changes their entries. A year that is already open gets the departments that it lacks. A form that is
sent twice opens each assessment only once.

Not here: the deadlines in the form (`opening_dates.py`), and the opening itself (`workflow/year.py`).
"""

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
from states.stages.deadline_checks import check_deadlines, refuse_past_deadlines
from states.stages.opening import closed_units_refusal
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
from .year import next_year

pages = Pages()

FIRST_YEAR, LAST_YEAR = 2000, 2199
"""The first and the last year that can be opened."""


class OpeningRow(Struct, frozen=True):
    """A department in the form. `refusal` is the reason if the year cannot be opened for it, else None.

    `is_registered`: the roster has it. `is_changed`: the roster has other values than the roster file.
    `was_in_last_year`: the last year was opened for it. `is_open`: its assessment is open already. `is_chosen`: it is
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
    """The form for opening a year, for one request: the year, its departments and its deadlines."""

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
        """Read the present state of the year, and the deadlines for the form."""
        state, context, compiled = self._request.context(year_stream(self._number))
        assert isinstance(state, Year)
        entitled, _ = policy.entitled_roles("open_year", None, None, compiled.rulebook)
        self._year, self._compiled = state, compiled
        self._context = replace(context, actor=self._request.user.actor(*entitled))
        self._opening_dates = OpeningDates(self._request, self._number, state, self._context, self._days)

    def submit(self) -> Response:
        """Show the preview of the opening, or open the year if its preview was confirmed."""
        try:
            self._read_file()
            units = [row.unit for row in self._rows() if row.is_chosen]
            dates = self._read(units)
            self._check(units, dates)
            if self._request.form.text("_do") != "confirm":
                return self.page(200, preview=True)
            outcome = self._open(units, dates)
        except StaleForm as stale:
            self._read_year()
            return self.page(409, refusal=stale, preview=True)
        except UserError as refusal:
            return self.page(409, refusal=refusal)
        return self.page(200, outcome=outcome)

    def page(
        self,
        status: int,
        refusal: UserError | None = None,
        outcome: YearOpeningOutcome | None = None,
        *,
        preview: bool = False,
    ) -> Response:
        rows, deadlines, rulebook = self._rows(), self._opening_dates.deadlines(), self._context.rulebook
        return self._request.answer.page(
            "opening.html",
            status,
            year=self._year,
            number=self._number,
            first=FIRST_YEAR,
            latest=LAST_YEAR,
            last_year=self._last_year(),
            rows=rows,
            kinds={kind.key: kind.title.text for kind in rulebook.unit_kind},
            roster_file=self._roster_file,
            deadlines=deadlines,
            late=self._opening_dates.are_late,
            notice_days=rulebook.notice_days,
            goes_beyond=any(deadline.day and deadline.day.year > self._number for deadline in deadlines),
            provisional=self._days.is_provisional(self._number),
            refusal=refusal,
            faults=refusal.faults if isinstance(refusal, RosterFault) else (),
            preview=preview,
            to_open=sum(row.is_chosen and not row.refusal and not row.is_open for row in rows),
            outcome=outcome,
            may_open=self._request.permissions.is_entitled("open_year"),
        )

    # --- the departments ------------------------------------------------------------------------------

    def _read_file(self) -> None:
        """Take the departments from the uploaded roster file or from the file of the preview, if there is one."""
        file = self._request.form.file("file")
        if file is None:
            text, name = self._request.form.text("roster"), "roster.toml"
        else:
            name = file.filename or "roster.toml"
            text = roster_text(file.file.read(), name)
        if text:
            self._units = list(parse(text, name))
            # It is set only after the file is parsed, so the form never comes back with a file that cannot be read.
            self._roster_file = text

    def _rows(self) -> list[OpeningRow]:
        request = self._request
        registered, in_last_year = request.roster.units, self._units_of_last_year()
        assessment_rows = queries.assessments(request.database, self._number)
        open_units = {row.unit for row in assessment_rows if row.occasion is None}
        # Without a roster file, the ticked departments of a posted form are chosen. In a new form, and with a roster
        # file, all departments are chosen.
        ticked = request.form.texts("unit") if request.http.method == "POST" and not self._roster_file else None
        return [
            OpeningRow(
                unit=unit,
                is_registered=unit.unit in registered,
                is_changed=registered.get(unit.unit) not in (None, unit),
                was_in_last_year=unit.unit in in_last_year,
                is_open=unit.unit in open_units,
                is_chosen=ticked is None or unit.unit in ticked,
                refusal=self._refusal_of(unit),
            )
            for unit in sorted(self._units, key=lambda unit: unit.unit)
        ]

    def _refusal_of(self, unit: Unit) -> Refusal | None:
        """The refusal if the year cannot be opened for this department, else None."""
        current_roster = self._request.roster
        if self._has_ended(unit) and unit.unit not in self._year.units:
            return closed_units_refusal([unit.unit], self._number, current_roster, self._context.clause("opening"))
        check = roster.check if current_roster.units.get(unit.unit) in (None, unit) else roster.check_change
        try:
            check(current_roster, unit, self._context)
        except Refusal as refusal:
            return refusal
        return None

    def _has_ended(self, unit: Unit) -> bool:
        return self._request.roster.was_closed_before(unit.unit, self._number, self._context.today)

    def _last_year(self) -> int | None:
        """The latest opened year before this one."""
        return next((year for year in queries.years(self._request.database) if year < self._number), None)

    def _units_of_last_year(self) -> tuple[str, ...]:
        year = self._last_year()
        state = self._request.engine.state(year_stream(year)) if year else None
        return state.units if isinstance(state, Year) else ()

    # --- the act --------------------------------------------------------------------------------------

    def _read(self, units: list[Unit]) -> dict[str, date]:
        """The deadlines in the form, by stage; empty if the year already has deadlines.

        Raises `InvalidForm` or `StaleForm`.
        """
        readers: dict[str, Callable[[], Any]] = {
            "unit": partial(self._check_any_chosen, units),
            "due": self._opening_dates.read,
        }
        dates: dict[str, date] = read_all(readers)["due"]
        if any(deadline.ignored for deadline in self._opening_dates.deadlines()):
            # Somebody else opened the year while the user filled in the form, so the typed deadlines are not used.
            confirmation.check_version(self._request, self._year, whole_number(self._request.form.text("version")))
        return dates

    def _check_any_chosen(self, units: list[Unit]) -> None:
        if not units:
            missing = Text(zh="被考核部门：请至少勾选一个", en="departments: tick at least one")
            raise Incomplete(missing=missing, clause=self._context.clause("opening"))

    def _check(self, units: list[Unit], dates: dict[str, date]) -> None:
        """Raise the refusal that the engine would raise, before anything is opened."""
        # An opening is one command for the year and then one for each department. If the engine refused one of them,
        # the commands before it would already be done.
        refusal = next((refusal for unit in units if (refusal := self._refusal_of(unit)) is not None), None)
        if refusal is not None:
            raise refusal
        if not self._year.version:
            command = OpenYear(year=self._number, units=tuple(unit.unit for unit in units), due=dates)
            decide(self._year, command, self._context, self._compiled.chart)
        elif dates:
            check_deadlines(dates, self._context)
            refuse_past_deadlines(dates, self._context, self._context.rulebook.stages["opening"].title.text)

    def _open(self, units: list[Unit], dates: dict[str, date]) -> YearOpeningOutcome:
        engine, version = self._request.engine, self._year.version
        outcome = open_year(engine, self._number, units, self._context.actor, self._days.is_working, dates, version)
        self._year = replace(self._year, version=engine.state(self._year.stream).version)
        return outcome


def _chosen_year(request: PageRequest) -> int:
    text = request.form.text("year") or request.query.get("year", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else next_year(request)
    return min(max(number, FIRST_YEAR), LAST_YEAR)
