"""The shipped measure with values of other rounds: of last year and of a half-year check, for departments and members."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from config.rulebooks import Edition, default_edition, parse_edition
from scenarios.variant import StoryChanges, variant_of
from scheduler.rounds import run
from states.assessment import Member
from states.records.roster import Unit
from states.result.sheet_items import self_scored_items, sheet_items
from states.stages.approval import Approve
from states.stages.circulation import Circulate
from states.stages.opening import OpenAssessment
from states.stages.reopening import ReopenResult
from states.stages.scoring import FillSheet, Score, Scored
from states.stages.self_report import SubmitSelfReport
from states.stages.value_report import ReportValues
from states.vocabulary import Actor, Command, Digest, Document, Opaque, Words
from states.year.reorganisation import ReorganiseUnit
from storage.database.database import Database
from workflow.engine import Accepted
from workflow.year import open_year, register

from .college import COMMITTEE, OFFICE, College, moment, unit, weekdays
from .occasions import HALF_YEAR

GROUP = Actor("g-1", "working_group")
REASON = Words("按有关材料")

MEMBER = """
[[form]]
key = "member"
title = { zh = "班子成员考核表", en = "Form for members of the team" }
clause = "附则一"
points = 10
min = 0
rescale = true
decimals = 1
item = [
  { key = "m-duty", label = "1", title = { zh = "分管责任", en = "The member's own duty" }, clause = "附则一", points = 10 },
  { key = "m-before", label = "2", title = { zh = "上年得分", en = "Points of last year" }, clause = "附则一", kind = "earlier", back = 1, of = "total", points = 10, weight = 1, beside = true },
]

[[subject]]
key = "member"
title = { zh = "班子成员", en = "Member of the team" }
is = "each_member"
form = { college = "member", party-admin = "member", support = "member" }
clause = "附则一"

[[act]]
command = "report_values"
by = ["office"]
clause = "附则二"
source = "measure"
title = { zh = "报送数据", en = "report values" }

[[act]]
command = "waive_item"
by = ["office"]
clause = "附则二"
source = "measure"
title = { zh = "认定项目不适用", en = "declare that an item does not apply" }

[[act]]
command = "restore_item"
by = ["office"]
clause = "附则二"
source = "measure"
title = { zh = "恢复适用项目", en = "restore an item that does not apply" }
"""

VALUES = """
[[value]]
key = "last-grade"
kind = "earlier"
back = 1
of = "grade"
title = { zh = "上年等次", en = "Last year's grade" }
clause = "附则三"

[[value]]
key = "half"
kind = "earlier"
occasion = "midyear"
of = "total"
points = 10
title = { zh = "半年检查得分", en = "Points of the half-year check" }
clause = "附则四"

[[value]]
key = "last-report"
kind = "earlier"
back = 1
of = "graded_by"
points = 100
title = { zh = "上年定等得分", en = "Last year's points by which the grade was given" }
clause = "附则五"
"""

_FIRST_LIMIT = '[[scale.limit]]\nkey = "major_case"'
_WEAK_HALF = """[[scale.limit]]
key = "weak_half"
title = { zh = "半年检查得分低于 6 分", en = "Less than 6 points at the half-year check" }
when = [{ of = "half", below = 6 }]
not_above = "pass"
clause = "附则四"

"""
"""A limit of the department's grade by the half-year check."""

_STAGES = ("opening", "self_report", "scoring", "approval", "circulation")


def with_earlier(values: str = VALUES, name: str = "earlier", renamed: tuple[str, str] | None = None) -> Edition:
    """The edition with these values. `renamed`: a text of it and what stands in its place, as in another edition."""
    source = variant_of(default_edition(), StoryChanges(stages=_STAGES), name).source.replace("-variant", f"-{name}")
    assert _FIRST_LIMIT in source
    source = source.replace(_FIRST_LIMIT, _WEAK_HALF + _FIRST_LIMIT)
    if renamed is not None:
        assert renamed[0] in source
        source = source.replace(*renamed)
    return parse_edition((source + HALF_YEAR + MEMBER + values).encode(), name)


class Rounds(College):
    """Years of departments, each with a short way to its result. The clock is on 2 November of the year at hand."""

    def __init__(self, database: Database, edition: Edition | None = None, year: int = 2026) -> None:
        super().__init__(database, moment(11, 2, year=year), edition=edition or with_earlier())

    def begin(self, year: int, *units: str | Unit) -> None:
        """Open a year for these departments, on its second of November."""
        self.clock.at = max(self.clock.at, moment(11, 2, year=year))
        every = [unit(one) if isinstance(one, str) else one for one in units]
        outcome = open_year(self.engine, year, every, OFFICE, weekdays)
        assert not outcome.refused, outcome.refused

    def do(self, stream: str, command: Command, actor: Actor) -> Accepted:
        return self.engine.submit(stream, command, actor, f"do-{self.ledger.head().number}")

    def fill(self, stream: str, lost: str = "0") -> None:
        """Report and fill in the sheets; the first element that can loses `lost` points."""
        state, context, _ = self.engine.context(stream, OFFICE)
        own = {key: item.high for key, item in self_scored_items(state, context.rulebook).items()}  # type: ignore[arg-type]
        paper = Document(sha256=Digest("a" * 64), size=1, media_type="application/pdf")
        self.do(stream, SubmitSelfReport(report=paper, self_scores=own), Actor("u-a", "unit", state.unit))  # type: ignore[union-attr]
        marks, reasons = self._sheet(stream, Decimal(lost))
        for number in (1, 2):
            self.do(stream, FillSheet(marks=marks, reasons=reasons), Actor(f"assessor-{number}", "assessor"))

    def score(self, stream: str, lost: str = "0") -> Scored:
        """Score with full marks, but that `lost` points are lost."""
        marks, reasons = self._sheet(stream, Decimal(lost))
        self.do(stream, Score(marks=marks, reasons=reasons), GROUP)
        return self.scored(stream)

    def _sheet(self, stream: str, lost: Decimal) -> tuple[dict[str, Decimal], dict[str, Words]]:
        state, context, _ = self.engine.context(stream, OFFICE)
        marks, reasons = {}, {}
        for key, item in sheet_items(state, context.rulebook).items():  # type: ignore[arg-type]
            cut = min(lost, item.high) if not item.person else Decimal(0)
            marks[key], lost = item.high - cut, lost - cut
            if cut:
                reasons[key] = REASON
        return marks, reasons

    def scored(self, stream: str) -> Scored:
        scored = self.engine.state(stream).fact(Scored)  # type: ignore[union-attr]
        assert scored is not None
        return scored

    def approve(self, stream: str) -> None:
        result, today = self.scored(stream).result, self.clock.now().date()
        assert result.grade is not None
        command = Approve(resolution=Words("党字1号"), met_on=today, grades={result.subject: result.grade})
        self.do(stream, command, COMMITTEE)

    def reopen(self, stream: str) -> None:
        """The committee takes its decision back."""
        command = ReopenResult(resolution=Words("党字9号"), met_on=self.clock.now().date(), reason=REASON)
        self.do(stream, command, COMMITTEE)

    def report_none(self, stream: str, **values: object) -> None:
        """The office reports what the ledger does not have."""
        named = [key for of_field in values.values() for key in of_field]  # type: ignore[attr-defined]
        self.do(stream, ReportValues(**values, reasons=dict.fromkeys(named, REASON)), OFFICE)  # type: ignore[arg-type]

    def half_year(self, year: int, department: str, lost: str = "0") -> str:
        """Hold the half-year check of a department up to its notice. Returns its stream."""
        stream = self.open_half_year(year, department)
        self.fill(stream, lost)
        self.score(stream, lost)
        self.do(stream, Circulate(document=Words(f"半年{year}"), circulated_on=self.clock.now().date()), OFFICE)
        return stream

    def open_half_year(self, year: int, department: str) -> str:
        stream, due = f"assessment/{year}/{department}/midyear", {}
        due = {stage: date(year, 12, 31) for stage in ("self_report", "scoring", "circulation")}
        one = self.engine.roster().units.get(department) or unit(department)
        opening = OpenAssessment(
            **one.opening_fields(), year=year, occasion=Opaque("midyear"), title=Words("半年检查"), due=due
        )
        self.do(stream, opening, OFFICE)
        return stream

    def first_year(self, department: str = "u-1", lost: str = "8") -> str:
        """The year 2026, the first in the ledger, up to the approval; its earlier values are reported."""
        stream = f"assessment/2026/{department}"
        self.begin(2026, department)
        self.fill(stream, lost)
        members = [member.person for member in self.assessment(department).team]
        before = {f"m-before@{person}": Decimal(5) for person in members}
        self.report_none(
            stream,
            earlier={"half": Decimal(7), "last-report": Decimal(30), **before},
            earlier_grades={"last-grade": "pass"},
        )
        self.score(stream, lost)
        self.approve(stream)
        return stream

    def close_into(self, successor: str, *closed: str) -> None:
        """Close departments into a new one, after the year 2026."""
        register(self.engine, [unit(successor)], OFFICE)
        for one in closed:
            command = ReorganiseUnit(
                unit=Opaque(one),
                since=self.clock.now().date(),
                successors=(Opaque(successor),),
                final_year=2026,
                reason=REASON,
            )
            self.do("roster", command, OFFICE)

    def tick(self) -> None:
        """One round of the daemon."""
        run(self.engine, self.clock.now(), weekdays)


def other_team(department: str, *people: str) -> Unit:
    """A department whose head and members are these persons."""
    head, *members = (Member(person=Opaque(person), position=Words("班子成员")) for person in people)
    made = unit(department)
    return Unit(
        unit=made.unit, title=made.title, unit_kind=made.unit_kind, heads=(head,), members=tuple(members), staff=20
    )
