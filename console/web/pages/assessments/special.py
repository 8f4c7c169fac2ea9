"""组织专项检查 and 重新启动: one assessment opened by itself; a special one, or one that was withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from starlette.responses import Response

from console.web.command_ids import new_id
from console.web.forms.fields import Fields, read_all, top_field
from console.web.numbers import whole_number
from console.web.pages.year.opening import FIRST, LAST
from console.web.pages.year.year import may
from console.web.request import Visit
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
def show(visit: Visit) -> Response:
    return _Special(visit).page(200)


@pages.post("/assessments/open", view="year")
def post(visit: Visit) -> Response:
    return _Special(visit).posted()


@pages.get("/assessments/{year:int}/{unit}/open_assessment", view="year")
def show_again(visit: Visit, year: int, unit: str) -> Response:
    return _Again(visit, asked_for(visit, year, unit)).page(200)


@pages.post("/assessments/{year:int}/{unit}/open_assessment", view="year")
def post_again(visit: Visit, year: int, unit: str) -> Response:
    return _Again(visit, asked_for(visit, year, unit)).posted()


FIELDS = {
    "title": Text(zh="专项检查的名称", en="the title of the special inspection"),
    "unit": Text(zh="部门", en="unit"),
    "year": Text(zh="年度", en="year"),
}
"""What each field of the form is called."""


def _known(visit: Visit, unit: str, clause: Citation) -> str:
    """The unit, if the roster has it. NotKnown."""
    if unit not in visit.roster.units:
        known = "、".join(one.title for one in visit.roster.units.values())
        raise NotKnown(what=FIELDS["unit"], value=unit[:40], known=known, clause=clause)
    return unit


def _place(path: str) -> str:
    """Where the form has a field of the command."""
    return path if path.startswith("due.") else top_field({"special": "title"}.get(path, path))


class _Opening:
    """One visit to a form that opens one assessment: what is proposed, what was typed, and the deed."""

    again = False

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.is_working = working_days(visit.database).is_working

    def read(self) -> OpenAssessment:
        """What the form says opens it. FaultyForm; the Refusal where it cannot be opened."""
        raise NotImplementedError

    def proposed(self) -> dict[str, date]:
        """The dates the form begins with."""
        raise NotImplementedError

    def posted(self) -> Response:
        visit = self.visit
        try:
            command = self.read()
            stream = stream_of(command.year, command.unit, command.occasion)
            visit.submit(stream, command)
        except Refusal as refusal:
            return self.page(409, refusal)
        state = visit.engine.state(stream)
        assert isinstance(state, Assessment)
        return visit.to(link(state))

    def dates(self) -> dict[str, date]:
        """The deadlines as typed. Malformed for a date of no form."""
        typed = {
            s.kind: Fields(self.visit, s.clause) for s in self.visit.rulebook.stage if self.visit.field(f"due.{s.kind}")
        }
        stages = self.visit.rulebook.stages
        found = read_all({f"due.{k}": partial(one.day, f"due.{k}", stages[k].title.text) for k, one in typed.items()})
        return {name.removeprefix("due."): day for name, day in found.items()}

    def page(self, status: int, refusal: Refusal | None = None) -> Response:
        visit, proposed = self.visit, self.proposed()
        rows = [
            (stage, visit.field(f"due.{stage.kind}") or proposed[stage.kind].isoformat())
            for stage in visit.rulebook.stage
            if stage.kind in proposed
        ]
        return visit.page(
            "special.html", status, refusal=refusal, due=rows, again=self.again, first=FIRST, latest=LAST,
            units=sorted(visit.roster.units.values(), key=lambda unit: unit.title), may_open=may(visit, "open_assessment"),
            clause=policy.cited("open_assessment", visit.rulebook), field_of=_place, fields=FIELDS, **self.more(),
        )  # fmt: skip

    def more(self) -> dict[str, Any]:
        raise NotImplementedError


class _Special(_Opening):
    """A new special assessment."""

    def __init__(self, visit: Visit) -> None:
        super().__init__(visit)
        asked = visit.field("year") or visit.request.query_params.get("year", "")
        self.year = whole_number(asked) or visit.today.year
        self.occasion = visit.field("occasion") or new_id("special")[:24]
        visit.prefill([("year", str(self.year))])

    def read(self) -> OpenAssessment:
        visit, typed = self.visit, Fields(self.visit, policy.cited("open_assessment", self.visit.rulebook))
        found = typed.values({
            "title": lambda: typed.word("title", FIELDS["title"]),
            "unit": lambda: _known(visit, typed.word("unit", FIELDS["unit"]), typed.clause),
            "year": lambda: typed.year("year", FIELDS["year"]),
            "due": self.dates,
        })  # fmt: skip
        return special(
            visit.engine, found["year"], found["unit"], self.occasion, found["title"], self.is_working, found["due"]
        )

    def proposed(self) -> dict[str, date]:
        return dates_of_special(self.visit.engine, self.year, self.is_working)

    def more(self) -> dict[str, Any]:
        return {"year": self.year, "occasion": self.occasion, "state": None}


class _Again(_Opening):
    """A withdrawn assessment, opened again under the same name."""

    again = True

    def __init__(self, visit: Visit, stream: str) -> None:
        super().__init__(visit)
        self.state, _, _ = assessment_of(visit, stream)

    def read(self) -> OpenAssessment:
        return self._command(self.dates())

    def _command(self, due: Mapping[str, date]) -> OpenAssessment:
        state = self.state
        return again(self.visit.engine, state.year, state.unit, state.occasion, self.is_working, due)

    def proposed(self) -> dict[str, date]:
        return self._command({}).due

    def more(self) -> dict[str, Any]:
        open_now = self.state.stage != WITHDRAWN
        return {"year": self.state.year, "occasion": "", "state": self.state, "open_now": open_now}
