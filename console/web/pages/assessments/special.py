"""组织专项检查 and 重新启动: one assessment opened by itself; a special one, or one that was withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from starlette.responses import Response

from console.web.command_ids import new_id
from console.web.forms.fields import Fields, read_all, top_field
from console.web.forms.submitting import submit
from console.web.numbers import whole_number
from console.web.pages.year.opening import FIRST, LAST
from console.web.pages.year.year import may
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.assessment import WITHDRAWN, Assessment
from states.refusals import NotKnown, Refusal
from states.stages.opening import OpenAssessment
from states.vocabulary import Citation, Text
from workflow.assessments import again, dates_of_special, special, stream_of
from workflow.calendar import working_days

from .assessment import assessment_of, link
from .assessment import stream_of as asked_for

pages = Pages()


@pages.get("/assessments/open", view="year")
def show(request: PageRequest) -> Response:
    return _Special(request).page(200)


@pages.post("/assessments/open", view="year")
def post(request: PageRequest) -> Response:
    return _Special(request).posted()


@pages.get("/assessments/{year:int}/{unit}/open_assessment", view="year")
def show_again(request: PageRequest, year: int, unit: str) -> Response:
    return _Again(request, asked_for(request, year, unit)).page(200)


@pages.post("/assessments/{year:int}/{unit}/open_assessment", view="year")
def post_again(request: PageRequest, year: int, unit: str) -> Response:
    return _Again(request, asked_for(request, year, unit)).posted()


FIELDS = {
    "title": Text(zh="专项检查的名称", en="the title of the special inspection"),
    "unit": Text(zh="部门", en="unit"),
    "year": Text(zh="年度", en="year"),
}
"""What each field of the form is called."""


def _known(request: PageRequest, unit: str, clause: Citation) -> str:
    """The unit, if the roster has it. NotKnown."""
    if unit not in request.roster.units:
        known = "、".join(one.title for one in request.roster.units.values())
        raise NotKnown(what=FIELDS["unit"], value=unit[:40], known=known, clause=clause)
    return unit


def _place(path: str) -> str:
    """Where the form has a field of the command."""
    return path if path.startswith("due.") else top_field({"special": "title"}.get(path, path))


class _Opening:
    """The form that opens one special assessment: what is proposed, what was typed, and the command."""

    again = False

    def __init__(self, request: PageRequest) -> None:
        self.request = request
        self.is_working = working_days(request.database).is_working

    def read(self) -> OpenAssessment:
        """What the form says opens it. InvalidForm; the Refusal where it cannot be opened."""
        raise NotImplementedError

    def proposed(self) -> dict[str, date]:
        """The dates the form begins with."""
        raise NotImplementedError

    def posted(self) -> Response:
        request = self.request
        try:
            command = self.read()
            stream = stream_of(command.year, command.unit, command.occasion)
            submit(request, stream, command)
        except Refusal as refusal:
            return self.page(409, refusal)
        state = request.engine.state(stream)
        assert isinstance(state, Assessment)
        return request.answer.redirect(link(state))

    def dates(self) -> dict[str, date]:
        """The deadlines as typed. Malformed for a date of no form."""
        typed = {
            s.kind: Fields(self.request.form, s.clause)
            for s in self.request.rulebook.stage
            if self.request.form.text(f"due.{s.kind}")
        }
        stages = self.request.rulebook.stages
        found = read_all({f"due.{k}": partial(one.day, f"due.{k}", stages[k].title.text) for k, one in typed.items()})
        return {name.removeprefix("due."): day for name, day in found.items()}

    def page(self, status: int, refusal: Refusal | None = None) -> Response:
        request, proposed = self.request, self.proposed()
        rows = [
            (stage, request.form.text(f"due.{stage.kind}") or proposed[stage.kind].isoformat())
            for stage in request.rulebook.stage
            if stage.kind in proposed
        ]
        return request.answer.page(
            "special.html", status, refusal=refusal, due=rows, again=self.again, first=FIRST, latest=LAST,
            units=sorted(request.roster.units.values(), key=lambda unit: unit.title), may_open=may(request, "open_assessment"),
            clause=policy.cited("open_assessment", request.rulebook), field_of=_place, fields=FIELDS, **self.more(),
        )  # fmt: skip

    def more(self) -> dict[str, Any]:
        raise NotImplementedError


class _Special(_Opening):
    """A new special assessment."""

    def __init__(self, request: PageRequest) -> None:
        super().__init__(request)
        asked = request.form.text("year") or request.query.get("year", "")
        self.year = whole_number(asked) or request.today.year
        self.occasion = request.form.text("occasion") or new_id("special")[:24]
        request.form.prefill([("year", str(self.year))])

    def read(self) -> OpenAssessment:
        request, typed = self.request, Fields(self.request.form, policy.cited("open_assessment", self.request.rulebook))
        found = typed.values({
            "title": lambda: typed.word("title", FIELDS["title"]),
            "unit": lambda: _known(request, typed.word("unit", FIELDS["unit"]), typed.clause),
            "year": lambda: typed.year("year", FIELDS["year"]),
            "due": self.dates,
        })  # fmt: skip
        return special(
            request.engine, found["year"], found["unit"], self.occasion, found["title"], self.is_working, found["due"]
        )

    def proposed(self) -> dict[str, date]:
        return dates_of_special(self.request.engine, self.year, self.is_working)

    def more(self) -> dict[str, Any]:
        return {"year": self.year, "occasion": self.occasion, "state": None}


class _Again(_Opening):
    """A withdrawn assessment, opened again under the same name."""

    again = True

    def __init__(self, request: PageRequest, stream: str) -> None:
        super().__init__(request)
        self.state, _, _ = assessment_of(request, stream)

    def read(self) -> OpenAssessment:
        return self._command(self.dates())

    def _command(self, due: Mapping[str, date]) -> OpenAssessment:
        state = self.state
        return again(self.request.engine, state.year, state.unit, state.occasion, self.is_working, due)

    def proposed(self) -> dict[str, date]:
        return self._command({}).due

    def more(self) -> dict[str, Any]:
        open_now = self.state.stage != WITHDRAWN
        return {"year": self.state.year, "occasion": "", "state": self.state, "open_now": open_now}
