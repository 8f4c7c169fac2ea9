"""组织专项检查 and 重新启动: opening one assessment: a special assessment (第六条), or a withdrawn assessment once more."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from starlette.responses import Response

from console.web.assessment_paths import assessment_path
from console.web.command_ids import new_id
from console.web.forms.fields import Fields, read_all, top_field
from console.web.forms.submitting import submit
from console.web.numbers import whole_number
from console.web.pages.year.opening import FIRST_YEAR, LAST_YEAR
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.assessment import WITHDRAWN, Assessment
from states.refusals import Incomplete, NotKnown, Refusal
from states.rulebook.stages import Occasion
from states.rulebook.types import Rulebook
from states.stages.opening import OpenAssessment
from states.streams import year_stream
from states.vocabulary import Citation, Text
from workflow.assessments import dates_of_special, restart_command, special_opening_command, stream_of
from workflow.calendar import working_days
from workflow.year import open_occasion

from .assessment import assessment_of
from .assessment import stream_of as stream_in_url

pages = Pages()

EVERY_UNIT = "*"
"""The choice of all departments, which the form has for an occasion of the rulebook."""

FIELDS = {
    "title": Text(zh="专项检查的名称", en="the title of the special inspection"),
    "unit": Text(zh="部门", en="department"),
    "year": Text(zh="年度", en="year"),
}
"""The titles of the fields, as used in error messages."""


@pages.get("/assessments/open", view="year")
def show(request: PageRequest) -> Response:
    return _SpecialOpeningForm(request).page(200)


@pages.post("/assessments/open", view="year")
def post(request: PageRequest) -> Response:
    return _SpecialOpeningForm(request).post()


@pages.get("/assessments/{year:int}/{unit}/open_assessment", view="year")
def show_restart(request: PageRequest, year: int, unit: str) -> Response:
    return _RestartForm(request, stream_in_url(request, year, unit)).page(200)


@pages.post("/assessments/{year:int}/{unit}/open_assessment", view="year")
def restart(request: PageRequest, year: int, unit: str) -> Response:
    return _RestartForm(request, stream_in_url(request, year, unit)).post()


class _AssessmentOpeningForm(ABC):
    """The form that opens one assessment, with its deadlines: drawing it, and submitting the command.

    A subclass reads the command and proposes the deadlines.
    """

    is_restart = False

    def __init__(self, request: PageRequest) -> None:
        self.request, self.rulebook = request, request.rulebook
        self.is_working = working_days(request.database).is_working

    @abstractmethod
    def read(self) -> OpenAssessment:
        """The command. Raises `InvalidForm`, or another `Refusal` if the assessment cannot be opened."""

    @abstractmethod
    def proposed_deadlines(self) -> dict[str, date]:
        """The initial deadlines of the form, by stage."""

    @abstractmethod
    def own_values(self) -> dict[str, Any]:
        """The values of the template that only this form has."""

    def post(self) -> Response:
        request = self.request
        try:
            command = self.read()
            stream = stream_of(command.year, command.unit, command.occasion)
            submit(request, stream, command)
        except Refusal as refusal:
            return self.page(409, refusal)
        state = request.engine.state(stream)
        assert isinstance(state, Assessment)
        return request.answer.redirect(assessment_path(state))

    def deadlines(self) -> dict[str, date]:
        """The typed deadlines, by stage, without the stages for which none is typed. Raises `InvalidForm`."""
        readers = {
            f"due.{stage.key}": partial(
                Fields(self.request.form, stage.clause).day, f"due.{stage.key}", stage.title.text
            )
            for stage in self.rulebook.stage
            if self.request.form.text(f"due.{stage.key}")
        }
        return {name.removeprefix("due."): day for name, day in read_all(readers).items()}

    def page(self, status: int, refusal: Refusal | None = None) -> Response:
        request, proposed = self.request, self.proposed_deadlines()
        return request.answer.page(
            "special.html",
            status,
            field_of=_field_of,
            is_restart=self.is_restart,
            clause=policy.clause_of("open_assessment", request.rulebook),
            may_open=request.permissions.is_entitled("open_assessment"),
            units=sorted(request.roster.units.values(), key=lambda unit: unit.title),
            first=FIRST_YEAR,
            latest=LAST_YEAR,
            due=[
                (stage, request.form.text(f"due.{stage.key}") or proposed[stage.key].isoformat())
                for stage in self.rulebook.stage
                if stage.key in proposed
            ],
            refusal=refusal,
            **self.own_values(),
        )


class _SpecialOpeningForm(_AssessmentOpeningForm):
    """The form that opens a new special assessment."""

    def __init__(self, request: PageRequest) -> None:
        super().__init__(request)
        year = request.form.text("year") or request.query.get("year", "")
        self.year = whole_number(year) or request.today.year
        # The id is in the form, so that a form that is sent twice opens only one assessment.
        typed, chosen = request.form.text("occasion"), request.query.get("occasion", "")
        self.occasions = {occasion.key: occasion for occasion in self._rulebook_of_year.occasion}
        self.occasion = typed or (chosen if chosen in self.occasions else new_id("special")[:24])
        self.rulebook = self._rulebook_of_year.at(self.occasion)
        self.listed = self.occasions.get(self.occasion)
        request.form.prefill([("year", str(self.year))])

    @property
    def _rulebook_of_year(self) -> Rulebook:
        return self.request.context(year_stream(self.year))[2].rulebook

    def post(self) -> Response:
        """Open the assessment, or an occasion of the rulebook for all departments."""
        if self.listed is None or self.request.form.text("unit") != EVERY_UNIT:
            return super().post()
        try:
            self._open_for_all(self.listed)
        except Refusal as refusal:
            return self.page(409, refusal)
        return self.request.answer.redirect(f"/board/{self.year}")

    def _open_for_all(self, occasion: Occasion) -> None:
        """Open the occasion for each department that does not have it. Raises the first `Refusal`."""
        request = self.request
        due, units = self.deadlines(), request.roster.assessed_in(self.year)
        if not units:
            raise Incomplete(missing=FIELDS["unit"], clause=policy.clause_of("open_assessment", request.rulebook))
        first = units[0].unit
        command = special_opening_command(
            request.engine, self.year, first, occasion.key, occasion.title.zh, self.is_working, due
        )
        actor = request.prepare(stream_of(self.year, first, occasion.key), command).actor
        outcome = open_occasion(request.engine, self.year, occasion, units, actor, self.is_working, due)
        for refusal in outcome.refused.values():
            raise refusal

    def read(self) -> OpenAssessment:
        request = self.request
        fields = Fields(request.form, policy.clause_of("open_assessment", request.rulebook))
        values = fields.values(
            {
                "title": lambda: self.listed.title.zh if self.listed else fields.word("title", FIELDS["title"]),
                "unit": lambda: _unit_on_roster(request, fields.word("unit", FIELDS["unit"]), fields.clause),
                "year": lambda: fields.year("year", FIELDS["year"]),
                "due": self.deadlines,
            }
        )
        return special_opening_command(
            request.engine,
            values["year"],
            values["unit"],
            self.occasion,
            values["title"],
            self.is_working,
            values["due"],
        )

    def proposed_deadlines(self) -> dict[str, date]:
        return dates_of_special(self.request.engine, self.year, self.is_working, self.occasion)

    def own_values(self) -> dict[str, Any]:
        return {
            "year": self.year,
            "occasion": self.occasion,
            "occasions": self.occasions,
            "listed": self.listed,
            "every_unit": EVERY_UNIT,
            "stages": [stage.title.text for stage in self.rulebook.stage],
            "state": None,
        }


class _RestartForm(_AssessmentOpeningForm):
    """The form that opens a withdrawn assessment once more, annual or special, on the same stream."""

    is_restart = True

    def __init__(self, request: PageRequest, stream: str) -> None:
        super().__init__(request)
        self.state, _, compiled = assessment_of(request, stream)
        self.rulebook = compiled.rulebook

    def read(self) -> OpenAssessment:
        return self._command(self.deadlines())

    def proposed_deadlines(self) -> dict[str, date]:
        return self._command({}).due

    def own_values(self) -> dict[str, Any]:
        is_open = self.state.stage != WITHDRAWN
        return {
            "year": self.state.year,
            "occasion": "",
            "occasions": {},
            "listed": None,
            "state": self.state,
            "is_open": is_open,
        }

    def _command(self, due: Mapping[str, date]) -> OpenAssessment:
        state = self.state
        return restart_command(self.request.engine, state.year, state.unit, state.occasion, self.is_working, due)


def _unit_on_roster(request: PageRequest, unit: str, clause: Citation) -> str:
    """The department. Raises `NotKnown` if the roster does not have it."""
    if unit not in request.roster.units:
        titles = "、".join(unit.title for unit in request.roster.units.values())
        raise NotKnown(what=FIELDS["unit"], value=unit[:40], known=titles, clause=clause)
    return unit


def _field_of(path: str) -> str:
    """The form field to which a field of the command belongs."""
    return path if path.startswith("due.") else top_field({"special": "title"}.get(path, path))
