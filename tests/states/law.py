"""One stream under the shipped rulebook, with its state, day and cases: the helpers of the tests of `states/`.

`World` decides commands and folds facts without a ledger or an engine. The functions make the command of each stage, the
cases and the checks; `check_sentence` and `refused` check refusals.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import settings

from config.rulebooks import DEFAULT_EDITION_ID, load_edition, shipped_editions
from states.acts import STAGE_OF_ACT
from states.assessment import Assessment, Marks, Member, Reasons, TaskPerson
from states.cases.routine_check import RecordRoutineCheck
from states.chart import Chart, check_recorded, decide
from states.context import Context
from states.records.account import Account
from states.records.case import Case, CaseBody, Sanction
from states.records.roster import Roster, Unit
from states.records.routine_check import RoutineCheck
from states.records.year import Progress
from states.refusals import Refusal
from states.rulebook.types import Rulebook
from states.stages.approval import Approve
from states.stages.circulation import Circulate, CompleteTask
from states.stages.democratic_evaluation import RecordBallot, Sheet
from states.stages.document_review import Finding, ReviewDocuments
from states.stages.interviews import MemberTalk, RecordInterviews
from states.stages.meeting import PersonalReport, RecordMeeting
from states.stages.opening import OpenAssessment
from states.stages.publicity import PostResult
from states.stages.scoring import FillSheet, Score
from states.stages.self_report import SubmitSelfReport
from states.stages.site_inspection import InspectSite
from states.stages.step import TakeStep
from states.stream_kinds import State, fold, initial_state
from states.vocabulary import Actor, Command, Digest, Document, Fact, Opaque, Reference, Text, Words

BOUNDED = settings(max_examples=60, deadline=None, database=None, derandomize=True)
"""The number of examples of a property: the tests of this folder take seconds. Raise it to search longer."""

ZONE = ZoneInfo("Asia/Shanghai")
RAW: dict[str, Any] = tomllib.loads(shipped_editions()[DEFAULT_EDITION_ID].read_text("utf-8"), parse_float=Decimal)
RULEBOOK = load_edition(shipped_editions()[DEFAULT_EDITION_ID]).rulebook
CHART = Chart(RULEBOOK)
YEAR = 2026
UNIT = "u-arts"
ELSEWHERE = "u-elsewhere"
DIGEST = Digest("ab" * 32)
REASON = Words("录入有误")

HEADS = (
    Member(person=Opaque("p-h1"), position=Words("党总支书记")),
    Member(person=Opaque("p-h2"), position=Words("院长")),
)
MEMBERS = (Member(person=Opaque("p-m1"), position=Words("副院长")),)
TEAM = tuple(m.person for m in HEADS + MEMBERS)

DUE = {
    "self_report": date(2026, 11, 20),
    "meeting": date(2026, 12, 2),
    "democratic_evaluation": date(2026, 12, 2),
    "interviews": date(2026, 12, 7),
    "document_review": date(2026, 12, 11),
    "site_inspection": date(2026, 12, 15),
    "scoring": date(2026, 12, 21),
    "approval": date(2026, 12, 28),
    "circulation": date(2026, 12, 31),
}
"""The deadlines that the rulebook sets for 2026; none is on a day off."""

DAYS = {
    "opening": date(2026, 11, 2),
    "self_report": date(2026, 11, 18),
    "meeting": date(2026, 12, 1),
    "democratic_evaluation": date(2026, 12, 2),
    "interviews": date(2026, 12, 4),
    "document_review": date(2026, 12, 9),
    "site_inspection": date(2026, 12, 14),
    "scoring": date(2026, 12, 18),
    "publicity": date(2026, 12, 24),
    "approval": date(2026, 12, 26),
    "circulation": date(2026, 12, 30),
}
"""The day on which each stage is completed in a plain year."""

STAGES = (
    "opening", "self_report", "meeting", "democratic_evaluation", "interviews", "document_review",
    "site_inspection", "scoring", "approval", "circulation",
)  # fmt: skip
"""The stages of the 2021 measure, as the user named them, in order."""

KIND_OF_STAGE = dict(zip(STAGES, (k for k in DAYS if k != "publicity"), strict=True))


@dataclass(frozen=True)
class Entry:
    """A stamp: the part of an entry that the ledger adds to a fact."""

    number: int
    version: int
    actor: str
    role: str
    recorded_at: datetime
    principal: str | None = None


def person(role: str, id_: str = "", unit: str | None = None) -> Actor:
    """An actor in a role. Without `unit`, the role `unit` belongs to the department of the assessment."""
    return Actor(id_ or f"{role}-1", role, unit or (UNIT if role == "unit" else None))


OFFICE, COMMITTEE, GROUP = person("office"), person("committee"), person("working_group")
LEADERS, DISCIPLINE, ORGANIZATION = person("leading_group"), person("discipline"), person("organization")
OURS, ASSESSOR, ASSESSOR_2 = person("unit"), person("assessor"), person("assessor", "assessor-2")
ROLES = tuple(r.key for r in RULEBOOK.role)


def weekday(day: date) -> bool:
    """A calendar without holidays."""
    return day.weekday() < 5


def at(day: date, clock: time = time(10)) -> datetime:
    return datetime.combine(day, clock, ZONE)


START = at(DAYS["opening"])


@cache
def rulebook(*, publicity: bool = False, feedback: bool = False, without: str = "", **readings: Any) -> Rulebook:
    """The 2021 rulebook with other readings, with a publicity stage and a step before the approval, or without a stage."""
    raw = deepcopy(RAW)
    for name, value in readings.items():
        next(reading for reading in raw["reading"] if reading["key"] == name)["value"] = value
    added = {
        "publicity": {"kind": "publicity", "title": {"zh": "公示", "en": "Publicity"}, "clause": "公示规定"},
        "feedback": {
            "kind": "step", "key": "feedback", "title": {"zh": "反馈", "en": "Feedback"}, "clause": "反馈规定",
        },
    }  # fmt: skip
    for key, wanted in (("publicity", publicity), ("feedback", feedback)):
        place = [s["kind"] for s in raw["stage"]].index("approval")
        raw["stage"][place:place] = [{**added[key], "by": ["office"]}] if wanted else []
    raw["stage"] = [s for s in raw["stage"] if s["kind"] != without]
    return Rulebook.model_validate(raw)


@cache
def ordered(*keys: str) -> Rulebook:
    """The 2021 rulebook with these stages in this order, without deadlines. A key that is no kind is a step of the office."""
    raw = deepcopy(RAW)
    of_kind = {one["kind"]: {k: v for k, v in one.items() if k not in ("due", "reminders")} for one in raw["stage"]}
    words = {"title": {"zh": "公示", "en": "Publicity"}, "clause": "公示规定", "by": ["office"]}
    steps = {key: {"kind": "step", "key": key, **words, "title": {"zh": f"程序{key}", "en": key}} for key in keys}
    raw["stage"] = [of_kind.get(key) or ({"kind": key, **words} if key == "publicity" else steps[key]) for key in keys]
    return Rulebook.model_validate(raw)


@cache
def chart(**changes: Any) -> Chart:
    return Chart(rulebook(**changes)) if changes else CHART


def roles_of(act: str, stage: str = "", task: str = "") -> set[str]:
    """The roles that the rulebook names for an act. They are read from the TOML, not from the program."""
    if act in STAGE_OF_ACT:
        return {r for s in RAW["stage"] if s["kind"] == STAGE_OF_ACT[act] for r in s["by"]}
    named = {r for a in RAW["act"] if a["command"] == act for r in a["by"]}
    if act == "undo_step" and stage in KIND_OF_STAGE:
        named &= {r for s in RAW["stage"] if s["kind"] == KIND_OF_STAGE[stage] for r in s["by"]}
    if act == "complete_task":
        named &= {r for c in RAW["task"] if c["key"] == task for r in c["by"]}
    if act == "assign":
        # What is to be done by others is the organiser's to assign. The command of the table assigns the meeting.
        named &= {"office", "working_group"} if stage in ("opening", "self_report") else {"office"}
    return named


@dataclass(frozen=True)
class World:
    """A stream's state, the time, and the records that a decision needs. Every method returns a new `World`.

    `done` has every recorded fact with its stamp and the context that decided it.
    """

    state: Any = field(default_factory=lambda: initial_state(f"assessment/{YEAR}/{UNIT}"))
    now: datetime = START
    chart: Chart = CHART
    cases: tuple[Case, ...] = ()
    checks: tuple[RoutineCheck, ...] = ()
    roster: Roster | None = None
    progress: tuple[Progress, ...] | None = None
    accounts: Mapping[str, Account] | None = None
    holders: frozenset[str] | None = None
    done: tuple[tuple[Fact, Entry, Context], ...] = ()

    @property
    def rulebook(self) -> Rulebook:
        return self.chart.rulebook

    def context(self, actor: Actor) -> Context:
        today = self.now.astimezone(ZONE).date()
        return Context(
            rulebook=self.rulebook, actor=actor, now=self.now, today=today, cases=self.cases, checks=self.checks,
            roster=self.roster, progress=self.progress, accounts=self.accounts, holders=self.holders, is_working=weekday,
        )  # fmt: skip

    def on(self, day: date, clock: time = time(10)) -> World:
        return replace(self, now=at(day, clock))

    def with_cases(self, *cases: Case) -> World:
        return replace(self, cases=cases)

    def decide(self, command: Command, actor: Actor) -> Fact:
        return decide(self.state, command, self.context(actor), self.chart)

    def do(self, command: Command, actor: Actor) -> World:
        """The world after an accepted command."""
        return self.record(self.decide(command, actor), actor)

    def record(self, fact: Fact, actor: Actor) -> World:
        """The world after a fact, without a decision about it."""
        version = self.state.version + 1
        principal = actor.principal.id if actor.principal is not None else None
        stamp = Entry(version, version, actor.id, actor.role, self.now, principal)
        step = (fact, stamp, self.context(actor))
        return replace(self, state=fold(self.state, fact, stamp), done=(*self.done, step))

    def walk(self, to: str, **contents: Any) -> World:
        """The world after the steps of a plain year, up to the stage `to`. `contents`: what `content` takes, such as `marks`."""
        world = self
        for stage in self.rulebook.stage:
            if world.state.stage == to:
                break
            if any(s.stage == stage.key for s in world.state.steps):
                continue
            world = world.on(max(DAYS.get(stage.kind, START.date()), world.now.date()))
            if stage.kind == "scoring":
                world = world.sheets(contents.get("marks"))
            world = world.do(content(stage.kind, world, **contents), _TAKES[stage.kind])
        assert world.state.stage == to, f"{to} was not reached"
        return world

    def sheets(self, marks: Marks | None = None) -> World:
        """The world after two assessors have filled the same sheet."""
        filled = fill(marks or full(self))
        return self.do(filled, ASSESSOR).do(filled, ASSESSOR_2)


_TAKES: Mapping[str, Actor] = {
    "opening": OFFICE, "self_report": OURS, "meeting": GROUP, "democratic_evaluation": GROUP, "interviews": GROUP,
    "document_review": GROUP, "site_inspection": GROUP, "scoring": GROUP, "publicity": OFFICE,
    "approval": COMMITTEE, "circulation": OFFICE, "step": OFFICE,
}  # fmt: skip
_ACT_OF_KIND = {kind: act for act, kind in STAGE_OF_ACT.items()}


def document(size: int = 1024, sha256: str = DIGEST, media_type: str = "application/pdf") -> Document:
    return Document(sha256=Digest(sha256), size=size, media_type=media_type)


def full(world: World, kind: str = "") -> Marks:
    """Every element at its full points."""
    table = world.rulebook.forms_by_kind[kind or world.state.unit_kind or "college"]
    return {key: element.points for key, element in table.elements.items()}


def marks(total: str | Decimal, world: World | None = None) -> Marks:
    """Marks that add up to `total`, taken from the first elements."""
    points_of = full(world or World())
    lost = Decimal(100) - Decimal(total)
    for key, points in points_of.items():
        cut = min(points, lost)
        points_of[key] = points - cut
        lost -= cut
    return points_of


_POINTS = {key: element.points for table in RULEBOOK.forms_by_kind.values() for key, element in table.elements.items()}


def reasons(sheet_marks: Marks) -> Reasons:
    """A reason for each element that lost points."""
    return {key: Words("佐证不足") for key, points in sheet_marks.items() if key in _POINTS and points < _POINTS[key]}


def fill(sheet_marks: Marks) -> FillSheet:
    """A sheet of these marks, with its reasons."""
    return FillSheet(marks=sheet_marks, reasons=reasons(sheet_marks))


def agree(sheet_marks: Marks) -> Score:
    """The agreed sheet of these marks, with its reasons."""
    return Score(marks=sheet_marks, reasons=reasons(sheet_marks))


def opening(**changes: Any) -> OpenAssessment:
    fields: dict[str, Any] = {
        "unit": UNIT, "unit_kind": "college", "year": YEAR, "heads": HEADS, "members": MEMBERS, "staff": 40, "due": DUE,
    }  # fmt: skip
    named = {"title": "采购管理"} if changes.get("occasion") else {}
    return OpenAssessment(**{**fields, **named, **changes})


LATE = {stage: date(2027, 3, 1) for stage in DUE}
"""Deadlines of an assessment that is opened when those of the year are past."""


def self_report(world: World, **changes: Any) -> SubmitSelfReport:
    return SubmitSelfReport(**{"report": document(), "self_scores": full(world), **changes})


def meeting(world: World, **changes: Any) -> RecordMeeting:
    fields: dict[str, Any] = {
        "held_on": world.now.date(), "entitled": 40, "present": 38, "team_report_by": HEADS[0].person,
        "personal_reports": tuple(PersonalReport(person=p) for p in TEAM), "minutes": document(),
    }  # fmt: skip
    return RecordMeeting(**{**fields, **changes})


def sheet(subject: str, **changes: Any) -> Sheet:
    counts = {"satisfied": 30, "mostly_satisfied": 5, "dissatisfied": 1, "abstain": 1}
    return Sheet(**{"subject": subject, "issued": 38, "returned": 38, "valid": 37, "counts": counts, **changes})


def ballot(world: World, **changes: Any) -> RecordBallot:
    sheets = tuple(sheet(s) for s in ("team", *TEAM))
    return RecordBallot(**{"held_on": world.now.date(), "sheets": sheets, **changes})


def interviews(world: World, **changes: Any) -> RecordInterviews:
    notes = (Reference(id=Opaque("note-1"), commitment=DIGEST),)
    talks = tuple(MemberTalk(person=Opaque(person)) for person in TEAM)
    return RecordInterviews(
        **{"held_on": world.now.date(), "member_talks": talks, "with_staff": 6, "notes": notes, **changes}
    )


def review(world: World, **changes: Any) -> ReviewDocuments:
    table = world.rulebook.forms_by_kind[world.state.unit_kind or "college"]
    findings = {key: Finding(degree="met", evidence=(document(),)) for key in table.elements}
    return ReviewDocuments(**{"reviewed_on": world.now.date(), "findings": findings, **changes})


def inspection(world: World, **changes: Any) -> InspectSite:
    fields: dict[str, Any] = {
        "inspected_on": world.now.date(), "inspectors": (Opaque("assessor-1"),),
        "special_work": Words("一院一精品"), "observation": Words("属实"),
    }  # fmt: skip
    return InspectSite(**{**fields, **changes})


def posting(world: World, **changes: Any) -> PostResult:
    posted_on = world.state.steps[-1].at.astimezone(ZONE).date() if world.state.steps else DAYS["scoring"]
    fields = {"posted_on": posted_on, "until": world.now.date(), "objections": 0}
    return PostResult(**{**fields, **changes})


def step(world: World, **changes: Any) -> TakeStep:
    """The command that records the next stage, a step of the rulebook."""
    following = world.rulebook.next_stages.get(world.state.stage)
    fields = {
        "step": following.key if following else "none", "done_on": world.now.date(), "record": document(),
        "summary": Words("已当面反馈，无异议"), "participants": TEAM,
    }  # fmt: skip
    return TakeStep(**{**fields, **changes})


def approve(world: World, **changes: Any) -> Approve:
    from states.result.result import grades_of
    from states.stages.scoring import Scored

    scored = world.state.fact(Scored)
    fields = {
        "resolution": Words("党委会〔2026〕31号"), "met_on": world.now.date(),
        "grades": grades_of(scored.results, world.rulebook) if scored else {"unit": "excellent"},
    }  # fmt: skip
    return Approve(**{**fields, **changes})


def circulate(world: World, **changes: Any) -> Circulate:
    fields = {"document": Words("柳职院党字〔2026〕88号"), "circulated_on": world.now.date()}
    return Circulate(**{**fields, **changes})


def task(key: str = "filed", **changes: Any) -> CompleteTask:
    named = {
        "team": tuple(TaskPerson(person=Opaque(person)) for person in TEAM),
        "responsible": (TaskPerson(person=Opaque("p-9"), measure=Words("诫勉")),),
    }
    persons = next((named.get(c.persons, ()) for c in RULEBOOK.task if c.key == key), ())
    return CompleteTask(**{"task": key, "done_on": DAYS["circulation"], "persons": persons, **changes})


def content(kind: str, world: World, **contents: Any) -> Command:
    """The command of a plain year for a kind of stage. `marks` are the marks of the score; full marks without it."""
    if kind == "opening":
        dated = {s.kind for s in world.rulebook.stage if s.due is not None}
        return opening(due={kind: day for kind, day in DUE.items() if kind in dated})
    if kind == "scoring":
        return agree(contents.get("marks") or full(world))
    make: Callable[..., Command] = {
        "self_report": self_report, "meeting": meeting, "democratic_evaluation": ballot, "interviews": interviews,
        "document_review": review, "site_inspection": inspection, "publicity": posting, "step": step, "approval": approve,
        "circulation": circulate,
    }[kind]  # fmt: skip
    return make(world)


_WALKS: dict[tuple[Any, ...], World] = {}


def reached(stage: str, score: str = "100", cases: tuple[Case, ...] = (), **changes: Any) -> World:
    """A world where the assessment stands at `stage`, scored `score`, under a variant of the rulebook."""
    key = (stage, score, repr(cases), tuple(sorted(changes.items())))
    if key not in _WALKS:
        world = World(chart=chart(**changes), cases=cases)
        _WALKS[key] = world.walk(stage, marks=marks(score, world))
    return _WALKS[key]


def sanction(outcome: str, who: str = "p-1", standing: str = "party_cadre", **changes: Any) -> Sanction:
    fields: dict[str, Any] = {
        "person": who, "fields": {"outcome": outcome, "standing": standing}, "effective_on": date(2026, 10, 8),
        "document": "校纪〔2026〕3号",
    }  # fmt: skip
    return Sanction(**{**fields, **changes})


def body(*sanctions: Sanction, **changes: Any) -> dict[str, Any]:
    return {"unit": UNIT, "sanctions": sanctions, **changes}


def case(*sanctions: Sanction, id_: str = "c-1", by: str = "office-1", rescinded: bool = False, **changes: Any) -> Case:
    """A case on record."""
    case_body = CaseBody(**body(*sanctions, **changes))
    versions = (1,) * len(sanctions)
    return Case(
        stream=f"case/{id_}",
        version=1,
        number=7,
        recorders=frozenset({by}),
        rescinded=rescinded,
        body=case_body,
        versions=versions,
    )


def pending(outcome: str = "under_investigation", **changes: Any) -> Sanction:
    return sanction(outcome, **{"effective_on": None, "document": None, **changes})


ROSTER = Roster(
    units={
        UNIT: Unit(
            unit=Opaque(UNIT), title=Words("样例学院"), unit_kind="college", heads=HEADS, members=MEMBERS, staff=40
        )
    }
)


def routine_check(**changes: Any) -> RecordRoutineCheck:
    """The command that records a check of the department in October; it must be rectified by the day the year opens."""
    fields: dict[str, Any] = {
        "unit": UNIT, "checked_on": date(2026, 10, 12), "checked_by": ("office-3",), "elements": ("a1-1.2.1",),
        "observation": "工作计划缺少责任分工", "to_mend": "补充责任分工", "mend_until": START.date(),
    }  # fmt: skip
    return RecordRoutineCheck(**{**fields, **changes})


def checked(**changes: Any) -> World:
    """A world where the unit has been checked."""
    return World(initial_state("routine_check/r-1"), roster=ROSTER).do(routine_check(**changes), OFFICE)


_CHINESE = re.compile(r"[\u3001-\u303f\u3400-\u9fff\uff01-\uffef]")


def check_sentence(refusal: Refusal, *says: object) -> None:
    """A refusal is a whole sentence in each language, cites its clause, and names what decided."""
    zh, en = refusal.render("zh"), refusal.render("en")
    clause = refusal.details.get("clause")
    if "{clause}" in refusal.zh:
        assert isinstance(clause, str | Text)
        assert all(_text_of(clause, english).strip() for english in (False, True)), f"{refusal.code} names no clause"
    for sentence in (zh, en):
        assert "{" not in sentence
        assert "None" not in sentence, sentence
        assert "（）" not in sentence, sentence
        assert "()" not in sentence, sentence
        for value in says:
            assert _text_of(value, sentence is en) in sentence, f"{value!r} is not said in: {sentence}"
    assert _CHINESE.search(zh), zh
    assert " / " not in zh, zh
    bare = en.replace(_text_of(clause, True), "") if clause else en
    assert not _CHINESE.search(bare), f"Chinese in the English sentence: {en}"
    assert " / " not in en, en
    assert zh != en


def _text_of(value: object, english: bool) -> str:
    if isinstance(value, Text):
        return value.en if english else value.zh
    return str(value)


def refused(world: World, command: Command, actor: Actor, code: str, *says: object) -> Refusal:
    """The command is refused with this code, in whole sentences that say `says`, and nothing was changed."""
    before = msgspec.json.encode(world.state)
    try:
        fact = world.decide(command, actor)
    except Refusal as answer:
        refusal = answer
    else:
        raise AssertionError(f"{type(command).__name__} was accepted as {fact.kind}; {code} expected")
    assert refusal.code == code, f"{refusal.code} instead of {code}: {refusal.render('en')}"
    assert msgspec.json.encode(world.state) == before, "a refusal changed the state"
    check_sentence(refusal, *says)
    return refusal


def replayed(world: World) -> State:
    """The state after checking and folding every recorded fact again, from the beginning; a replay knows no calendar."""
    state = initial_state(world.state.stream)
    for fact, stamp, context in world.done:
        check_recorded(state, fact, msgspec.structs.replace(context, is_working=None), world.chart)
        state = fold(state, fact, stamp)
    return state


def unstamped(state: Assessment, *also: str) -> dict[str, Any]:
    """A state's fields without its version and its moments, and without `also`."""
    return {n: getattr(state, n) for n in state.__struct_fields__ if n not in ("version", "since", "again", *also)}


def points(lines: Iterable[Any]) -> Decimal:
    return sum((line.amount for line in lines if line.amount is not None), Decimal(0))
