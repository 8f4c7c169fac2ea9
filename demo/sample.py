"""A sample college and its year: invented units, placeholder people, every turn a year can take. Pure.

The same seed gives the same happenings to the byte: ids, times, marks and digests are made from it. Of every
sixteen units each has a `Turn` of its own; the rest of their year is ordinary.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from hashlib import sha256
from random import Random
from typing import Literal
from zoneinfo import ZoneInfo

from notifications.contacts import Contact
from scheduler.rehearsal import RehearsalStep
from states.assessment import Assessment, Marks, Member, Reasons, TaskPerson
from states.cases.case import RecordCase, RescindCase
from states.deadlines.reminders import MoveDeadline
from states.records.case import Sanction
from states.records.roster import Unit
from states.routine_check import AcceptAnswer, AnswerRoutineCheck, RecordRoutineCheck, ReturnAnswer
from states.rulebook.types import Rulebook, Standing
from states.stages.approval import Approve
from states.stages.circulation import Circulate, CompleteTask
from states.stages.democratic_evaluation import TEAM, RecordBallot, Sheet
from states.stages.document_review import Finding, ReviewDocuments
from states.stages.interviews import MemberTalk, RecordInterviews
from states.stages.meeting import PersonalReport, RecordMeeting
from states.stages.opening import SubstituteMember, UndoStep
from states.stages.reopening import ReopenResult
from states.stages.scoring import FillSheet, ReturnScore, Score, Scored
from states.stages.self_report import ReturnSelfReport, SubmitSelfReport
from states.stages.site_inspection import InspectSite
from states.stream_kinds import State
from states.streams import assessment_stream, case_stream
from states.vocabulary import Actor, Command, Digest, Document, Opaque, Reference, Words
from states.year.reorganisation import ReorganiseUnit
from states.year.roster import RenameUnit
from workflow.engine import Engine, Submission

OFFICES = ("党委办公室", "党委组织部", "党委宣传部", "纪委办公室")
"""The four offices of the working group (第四条（三）). They are assessed too, by annex 2."""

COLLEGES = ("智能制造", "信息工程", "商务贸易", "财经管理", "艺术设计", "汽车工程", "环境食品", "建筑工程", "公共基础")
SUPPORT = ("图书馆", "现代教育技术中心", "后勤服务中心")


ROLES = ("office", "working_group", "committee", "leading_group", "organization", "discipline")
"""Who is written to beside the units."""

ENGLISH = "leading-group-1"
"""One reads English."""


class Turn(IntEnum):
    """What is special about a unit's year."""

    RECONSIDERED = 0
    REPORT_RETURNED = 1
    REPORT_LATE = 2
    SCORE_RETURNED = 3
    DEDUCTIONS = 4
    BASIC = 5
    VETO_IN_TIME = 6
    VETO_AFTER_CIRCULATION = 7
    CASE_AFTER_SCORING = 8
    BALLOT_VOID = 9
    MEMBER_AND_UNDO = 10
    CASE_RESCINDED = 11
    DEADLINE_MOVED = 12
    FAIL_BY_SCORE = 13
    OWN_UNIT_TRIED = 14
    DEDUCTIONS_AND_TALK = 15


SHARE = {Turn.BASIC: 66, Turn.FAIL_BY_SCORE: 61, Turn.DEDUCTIONS: 84, Turn.SCORE_RETURNED: 88, Turn.REPORT_LATE: 82}
"""Roughly how many of the hundred points a unit gets, where it is not an ordinary good year."""

Shown = Literal["met", "partly", "unmet"]

MOODS = ((90, 8, 2, 0), (80, 14, 4, 2), (66, 22, 8, 4), (52, 30, 12, 6))
"""Of a hundred ballots, how many fall on each option; in one department more are content than in another."""

WHY = tuple(map(Words, ("佐证材料不全", "次数少于要求", "没有签到和会议记录", "台账登记不及时", "没有年中检查记录")))
"""Why an element loses points, in turn."""

CASES: dict[Turn, list[tuple[str, str, Standing, str, str]]] = {
    Turn.DEDUCTIONS: [("11-12", "a", "staff", "reminder_talk", "10-20"), ("11-12", "b", "party_member", "admonition", "10-22")],
    Turn.VETO_IN_TIME: [("12-04", "a", "party_cadre", "post_removal", "11-28")],
    Turn.VETO_AFTER_CIRCULATION: [("+01-08", "a", "party_cadre", "party_post_removal", "12-30")],
    Turn.CASE_AFTER_SCORING: [("12-23", "a", "staff", "circulated_criticism", "12-21")],
    Turn.CASE_RESCINDED: [("11-16", "a", "party_cadre", "demotion", "11-06")],
    Turn.FAIL_BY_SCORE: [("11-19", "a", "party_member", "party_warning", "11-03")],
    Turn.DEDUCTIONS_AND_TALK: [("12-10", "a", "staff", "circulated_criticism", "12-01"), ("12-10", "b", "staff", "duty_talk", "12-01")],
}  # fmt: skip
"""Per turn: recorded on (`+`: the year after), which case, whose, what outcome, effective on."""


def units(count: int, seed: int) -> list[Unit]:
    """`count` units of all three kinds; the first four party offices are the working group's."""
    random = Random(f"{seed}/units")
    return [_unit(at, random) for at in range(count)]


def changes(college: Sequence[Unit], year: int) -> list[RenameUnit | ReorganiseUnit]:
    """What became of the college's units in March of a year: one was merged into another, which has a new name since."""
    known = {unit.title: unit.unit for unit in college}
    if not {_MERGED, _INTO} <= known.keys():
        return []
    since, document = date(year, 3, 8), f"样例字〔{year}〕8号"
    into = known[Words(_INTO)]
    return [
        ReorganiseUnit(
            unit=known[Words(_MERGED)], since=since, successors=(into,), final_year=year - 1,
            reason=Words(f"机构调整，{document}"),
        ),
        RenameUnit(unit=into, title=Words("图书与信息中心"), since=since, reason=Words(f"合并后更名，{document}")),
    ]  # fmt: skip


_INTO, _MERGED = SUPPORT[:2]


class Sample:
    """The year of these units under one rulebook."""

    def __init__(self, units: Sequence[Unit], rulebook: Rulebook, year: int, seed: int) -> None:
        self.units = units
        self.rulebook = rulebook
        self.year = year
        self.seed = seed
        self.zone = ZoneInfo(rulebook.timezone)
        self._ahead = timedelta(0)
        self._offices = [u.unit for u in units if u.title in OFFICES] or [units[0].unit]
        self.late = units[Turn.BASIC] if len(units) > Turn.BASIC else None

    @property
    def office(self) -> Actor:
        """The coordinator, in 纪委办公室."""
        return Actor("office-1", "office", self._offices[-1])

    def contacts(self) -> list[Contact]:
        """An address for each unit and each role; nobody's, at a domain that cannot be."""
        units = [_contact(f"{unit.unit}-1", ("unit",), unit.unit) for unit in self.units]
        return [*units, *(_contact(f"{role}-1".replace("_", "-"), (role,)) for role in ROLES)]

    def people(self) -> dict[str, Actor]:
        """Everybody who has a part in the year, by account; of each unit, who stands for it."""
        actors = [
            self.office, Actor("office-2", "office"), Actor("recorder-1", "working_group"),
            *(Actor(f"assessor-{n}", "assessor", office) for n, office in enumerate(self._offices, 1)),
            Actor("assessor-8", "assessor"), Actor("assessor-9", "assessor"), Actor("committee-1", "committee"),
            Actor("leading-group-1", "leading_group"), Actor("organization-1", "organization"),
            Actor("discipline-1", "discipline"), Actor("discipline-2", "discipline"),
            *(Actor(f"acct-{unit.unit}", "unit", unit.unit) for unit in self.units),
        ]  # fmt: skip
        return {actor.id: actor for actor in actors}

    @property
    def begins(self) -> datetime:
        return self.moment("10-08", 8)

    @property
    def ends(self) -> datetime:
        return self.moment("+02-28", 18)

    def happenings(self, leave_off: Sequence[datetime] = (), first: Unit | None = None) -> list[RehearsalStep]:
        """Everything people do from the day the year is open, in order; what falls together goes together.

        With moments to `leave_off` at, the units stop there one after the other, over and over: a year under way. The unit that goes
        `first` does all of it two weeks before the others, and does not stop; nor does a routine check, which is no step of an assessment.
        """
        by_moment: dict[datetime, list[RehearsalStep]] = defaultdict(list)
        for at, unit in enumerate(self.units):
            goes_first = unit == first
            story = _Story(self._earlier(timedelta(weeks=2)) if goes_first else self, unit, Turn(at % len(Turn)))
            last = leave_off[at % len(leave_off)] if leave_off and not goes_first else None
            assessed = (one for one in story.assessment() if last is None or one.at <= last)
            for happening in (*story.routine_check(), *assessed):
                by_moment[happening.at].append(happening)
        return [_together(at, by_moment[at]) for at in sorted(by_moment)]

    def _earlier(self, ahead: timedelta) -> Sample:
        """The same year, each of its days so much earlier."""
        other = Sample(self.units, self.rulebook, self.year, self.seed)
        other._ahead = ahead
        return other

    def moment(self, day: str, hour: int) -> datetime:
        """`MM-DD` of the assessed year, `+MM-DD` of the one after, at a full hour."""
        return datetime.combine(self.day(day), datetime.min.time(), self.zone) + timedelta(hours=hour)

    def day(self, day: str) -> date:
        return date.fromisoformat(f"{self.year + day.startswith('+')}-{day.removeprefix('+')}") - self._ahead

    def judges(self, unit: str) -> list[Actor]:
        """Three of the working group who are not of this unit (F16)."""
        all_four = [Actor(f"assessor-{n}", "assessor", office) for n, office in enumerate(self._offices, 1)]
        all_four += [Actor(f"assessor-{n}", "assessor") for n in (8, 9)]
        return [a for a in all_four if a.unit != unit][:3]


class _Story:
    """One unit's year."""

    def __init__(self, sample: Sample, unit: Unit, turn: Turn) -> None:
        self.sample, self.unit, self.turn = sample, unit, turn
        self.random = Random(f"{sample.seed}/{unit.unit}")
        self.stream = assessment_stream(sample.year, unit.unit)
        self.table = sample.rulebook.tables[unit.unit_kind]
        self.own = Actor(f"acct-{unit.unit}", "unit", unit.unit)
        self.recorder = Actor("recorder-1", "working_group")
        self._asked = 0
        self.agreed = self._marks(SHARE.get(turn, self.random.randint(86, 97)))

    def assessment(self) -> Iterator[RehearsalStep]:
        """From the self-report to the last task, with what comes between."""
        yield from self._self_report()
        yield from self._on_site()
        yield from self._cases()
        yield from self._result()

    def routine_check(self) -> Iterator[RehearsalStep]:
        """Of September: a unit mends what was found and answers twice; one of the whole college only once it was scored (第三条（三）)."""
        late = self.unit == self.sample.late
        if self.turn is not Turn.RECONSIDERED and not late:
            return
        stream = f"routine_check/r-{self.sample.year}-{self.unit.unit}"
        found = RecordRoutineCheck(
            unit=self.unit.unit, checked_on=self.sample.day("09-28"), checked_by=(Opaque("discipline-1"),),
            elements=tuple(self.table.elements)[1:2], documents=(self._document("check"),),
            finding=Words("年度工作计划没有写明责任分工"),
            to_mend=Words("补充责任分工并报送"), mend_until=self.sample.day("12-17" if late else "10-30"),
        )  # fmt: skip
        yield self._at("10-08", 9, Actor("discipline-1", "discipline"), found, stream=stream)
        if not late:
            first = AnswerRoutineCheck(answer=Words("正在修订"))
            yield self._at("10-20", 10, self.own, first, stream=stream)
            back = ReturnAnswer(reason=Words("请附责任分工表"))
            yield self._at("10-21", 9, Actor("office-2", "office"), back, stream=stream)
        answered, decided = ("12-18", "12-30") if late else ("10-23", "10-26")
        mended = AnswerRoutineCheck(answer=Words("已补充责任分工"), documents=(self._document("mended"),))
        yield self._at(answered, 16, self.own, mended, stream=stream)
        accepted = AcceptAnswer(accepted_on=self.sample.day(decided))
        yield self._at(decided, 9, Actor("office-2", "office"), accepted, stream=stream)

    def _self_report(self) -> Iterator[RehearsalStep]:
        first = "11-24" if self.turn is Turn.REPORT_LATE else f"11-{self.random.randint(9, 19):02}"
        if self.turn is Turn.DEADLINE_MOVED:
            move = MoveDeadline(stage="self_report", due=self.sample.day("11-25"), reason=Words("部门负责人交接"))
            yield self._at("11-18", 10, self.sample.office, move)
            first = "11-25"
        report = SubmitSelfReport(report=self._document("report"), self_scores=self._marks(96))
        yield self._at(first, 15, self.own, report)
        if self.turn is Turn.REPORT_RETURNED:
            back = ReturnSelfReport(reason=Words("缺少党风廉政建设年度工作总结"))
            yield self._at("11-20", 9, Actor("office-2", "office"), back)
            again = SubmitSelfReport(report=self._document("report 2"), self_scores=self._marks(92))
            yield self._at("11-24", 16, self.own, again)

    def _on_site(self) -> Iterator[RehearsalStep]:
        held = f"11-{self.random.randint(26, 30):02}"
        team = [*self.unit.heads, *self.unit.members]
        reports = [PersonalReport(person=m.person) for m in team]
        reports[-1] = PersonalReport(person=team[-1].person, missing=Words("外出挂职"))
        present = self.unit.staff - self.random.randint(0, 3)
        yield self._at(
            held, 14, self.recorder,
            RecordMeeting(
                held_on=self.sample.day(held), entitled=self.unit.staff, present=present,
                team_report_by=team[0].person, personal_reports=tuple(reports), minutes=self._document("minutes"),
            ),
        )  # fmt: skip
        if self.turn is Turn.MEMBER_AND_UNDO:
            yield from self._change_of_member(held)
        if self.turn is Turn.BALLOT_VOID:
            yield self._at(held, 16, self.recorder, self._ballot(held, present, spare=1))
        yield self._at(held, 17, self.recorder, self._ballot(held, present))
        notes = Reference(id=Opaque(f"v-{self.unit.unit}"), commitment=self._digest("notes"))
        talks = RecordInterviews(
            held_on=self.sample.day("12-04"),
            member_talks=tuple(MemberTalk(person=m.person) for m in (*self.unit.heads, *self.unit.members)),
            with_staff=min(6, self.unit.staff),
            notes=(notes,),
        )
        yield self._at("12-04", 11, self.recorder, talks)
        review = ReviewDocuments(reviewed_on=self.sample.day("12-09"), findings=self._findings())
        yield self._at("12-09", 15, self.recorder, review)
        visit = InspectSite(
            inspected_on=self.sample.day("12-14"), inspectors=(Opaque("assessor-8"), Opaque("assessor-9")),
            special_work=Words("廉政文化品牌"), finding=Words("属实"),
        )  # fmt: skip
        yield self._at("12-14", 10, self.recorder, visit)

    def _change_of_member(self, held: str) -> Iterator[RehearsalStep]:
        """The meeting was entered for the wrong day: undone, entered again; then a member is replaced."""
        mistaken = UndoStep(reason=Words("会议记录录入有误"))
        yield self._at(held, 15, self.recorder, mistaken)
        leaves = self.unit.members[-1]
        joins = Member(person=Opaque(f"p-{self.unit.unit}-new"), position=leaves.position)
        change = SubstituteMember(leaves=leaves.person, joins=joins, since=self.sample.day(held))
        yield self._at(held, 15, Actor("organization-1", "organization"), change)
        self.unit = Unit(
            unit=self.unit.unit, title=self.unit.title, unit_kind=self.unit.unit_kind, heads=self.unit.heads,
            members=(*self.unit.members[:-1], joins), staff=self.unit.staff,
        )  # fmt: skip
        team = [*self.unit.heads, *self.unit.members]
        again = RecordMeeting(
            held_on=self.sample.day(held), entitled=self.unit.staff, present=self.unit.staff,
            team_report_by=team[0].person, personal_reports=tuple(PersonalReport(person=m.person) for m in team),
            minutes=self._document("minutes 2"),
        )  # fmt: skip
        yield self._at(held, 16, self.recorder, again)

    def _cases(self) -> Iterator[RehearsalStep]:
        for day, name, standing, outcome, effective in CASES.get(self.turn, ()):
            case = f"c-{self.sample.year}-{self.unit.unit}-{name}"
            sanction = Sanction(
                person=Opaque(f"p-{self.unit.unit}-{name}"), standing=standing, outcome=outcome,
                effective_on=self.sample.day(effective), document=Words(f"样例纪字〔{self.sample.year}〕{name}号"),
            )  # fmt: skip
            record = RecordCase(unit=self.unit.unit, sanctions=(sanction,))
            yield self._at(day, 11, Actor("discipline-1", "discipline"), record, stream=case_stream(case))
            if self.turn is Turn.CASE_RESCINDED:
                undone = RescindCase(reason=Words("复审改变原决定"), document=Words("样例复字〔2026〕1号"))
                yield self._at("12-11", 9, Actor("discipline-2", "discipline"), undone, stream=case_stream(case))

    def _result(self) -> Iterator[RehearsalStep]:
        agreed = self.agreed
        if self.turn is Turn.OWN_UNIT_TRIED:
            yield self._at(
                "12-16",
                9,
                Actor("assessor-7", "assessor", self.unit.unit),
                FillSheet(marks=agreed, reasons=self._reasons(agreed)),
            )
        for hour, judge in enumerate(self.sample.judges(self.unit.unit), 9):
            marks = self._sheet()
            yield self._at("12-16", hour, judge, FillSheet(marks=marks, reasons=self._reasons(marks)))
        yield self._at("12-18", 15, self.recorder, Score(marks=agreed, reasons=self._reasons(agreed)))
        if self.turn is Turn.SCORE_RETURNED:
            back = ReturnScore(reason=Words("第2.1项佐证不足，请复核"))
            yield self._at("12-22", 10, Actor("committee-1", "committee"), back)
            less = self._marks(81)
            yield self._at("12-23", 10, self.recorder, Score(marks=less, reasons=self._reasons(less)))
        yield self._approval("12-25", f"样例党字〔{self.sample.year}〕50号")
        if self.turn is Turn.CASE_AFTER_SCORING:
            yield self._at("12-26", 9, self.recorder, Score(marks=agreed, reasons=self._reasons(agreed)))
            yield self._approval("12-28", f"样例党字〔{self.sample.year}〕51号")
        notice = f"样例党字〔{self.sample.year}〕60号-{self.unit.unit}"
        yield self._circulation("12-30", notice, None)
        yield from self._tasks("+01-06")
        if self.turn is Turn.VETO_AFTER_CIRCULATION:
            yield from self._correction(agreed, 3, notice)
        if self.turn is Turn.RECONSIDERED:
            number, met_on = f"样例党字〔{self.sample.year + 1}〕1号", self.sample.day("+01-08")
            why = Words("廉政党课次数计算有误")
            reopened = ReopenResult(resolution=Words(number), met_on=met_on, reason=why)
            yield self._at("+01-08", 15, Actor("committee-1", "committee"), reopened)
            yield from self._correction(self._marks(84), 5, notice)

    def _correction(self, agreed: Marks, number: int, notice: str) -> Iterator[RehearsalStep]:
        """A result that was reopened is scored, approved and circulated again."""
        year = self.sample.year + 1
        yield self._at("+01-12", 9, self.recorder, Score(marks=agreed, reasons=self._reasons(agreed)))
        yield self._approval("+01-13", f"样例党字〔{year}〕{number}号")
        yield self._circulation("+01-13", f"样例党字〔{year}〕{number + 1}号", notice)
        yield from self._tasks("+01-22")

    def _approval(self, day: str, resolution: str) -> RehearsalStep:
        """The committee approves the grade on record."""
        actor, met_on, id_ = Actor("committee-1", "committee"), self.sample.day(day), self._id()

        def asked(engine: Engine) -> list[Submission]:
            state = engine.state(self.stream)
            scored = state.fact(Scored) if isinstance(state, Assessment) else None
            if scored is None:
                return []
            command = Approve(resolution=Words(resolution), met_on=met_on, grade=scored.result.grade)
            return [Submission(self.stream, command, actor, id_)]

        return RehearsalStep(self.sample.moment(day, 10), asked=asked)

    def _circulation(self, day: str, notice: str, replaces: str | None) -> RehearsalStep:
        command = Circulate(
            document=Words(notice), circulated_on=self.sample.day(day), replaces=Words(replaces) if replaces else None
        )
        return self._at(day, 16, self.sample.office, command)

    def _tasks(self, day: str) -> Iterator[RehearsalStep]:
        """Every consequence still open is carried out by whoever it is given to."""
        by = {c.key: c.by[0] for c in self.sample.rulebook.consequence}
        id_ = self._id()

        def asked(engine: Engine) -> list[Submission]:
            state = engine.state(self.stream)
            open_tasks = [t for t, done in state.tasks.items() if not done] if isinstance(state, Assessment) else []
            return [
                Submission(
                    self.stream, CompleteTask(task=task, done_on=self.sample.day(day), persons=self._persons(state, task)),
                    Actor(f"{by[task]}-1", by[task]), f"{id_}-{task}",
                )
                for task in open_tasks
            ]  # fmt: skip

        yield RehearsalStep(self.sample.moment(day, 9), asked=asked)

    def _persons(self, state: State, task: str) -> tuple[TaskPerson, ...]:
        """Whom a consequence concerns: the team; of those responsible, its head."""
        assert isinstance(state, Assessment)
        kind = self.sample.rulebook.consequences[task].persons
        if kind == "responsible":
            return (TaskPerson(person=state.heads[0].person, measure=Words("诫勉谈话")),)
        return tuple(TaskPerson(person=m.person) for m in state.everybody) if kind == "team" else ()

    def _at(self, day: str, hour: int, actor: Actor, command: Command, stream: str | None = None) -> RehearsalStep:
        submission = Submission(stream or self.stream, command, actor, self._id())
        return RehearsalStep(self.sample.moment(day, hour), (submission,))

    def _id(self) -> str:
        self._asked += 1
        return f"sample-{self.sample.seed}-{self.unit.unit}-{self._asked:03}"

    def _marks(self, hundred: int) -> Marks:
        """About `hundred` of 100 points, spread over the elements in half points."""
        marks = {key: e.points for key, e in self.table.elements.items()}
        lost, half = Decimal(100 - hundred), Decimal("0.5")
        keys = list(marks)
        while lost > 0:
            key = self.random.choice(keys)
            if marks[key] >= half:
                marks[key] -= half
                lost -= half
        return marks

    def _sheet(self) -> Marks:
        """What one assessor gives: the agreed points but for a few elements, half a point apart, as each sees it."""
        marks = dict(self.agreed)
        for key in self.random.sample(list(marks), 3):
            apart = self.random.choice((Decimal("-0.5"), Decimal("0.5")))
            marks[key] = min(max(marks[key] + apart, Decimal(0)), self.table.elements[key].points)
        return marks

    def _findings(self) -> dict[str, Finding]:
        """What the evidence showed: an element that loses points is met in part, or, where it loses half of them, not at all."""
        why = self._reasons(self.agreed)
        findings = {}
        for key, element in self.table.elements.items():
            lost = element.points - self.agreed[key]
            shown: Shown = "met" if not lost else "unmet" if lost * 2 >= element.points else "partly"
            evidence = () if shown == "unmet" else (self._document(key),)
            findings[key] = Finding(finding=shown, evidence=evidence, remark=why.get(key))
        return findings

    def _reasons(self, marks: Marks) -> Reasons:
        """Why points were lost, for every element that lost any."""
        lost = [key for key, element in self.table.elements.items() if marks[key] < element.points]
        return {key: WHY[at % len(WHY)] for at, key in enumerate(lost)}

    def _ballot(self, held: str, present: int, spare: int = 0) -> RecordBallot:
        """Everybody present votes; `spare` more ballots come back than went out."""
        options = self.sample.rulebook.ballot.options
        sheets, mood = [], self.random.choice(MOODS)
        for subject in (TEAM, *(m.person for m in (*self.unit.heads, *self.unit.members))):
            counts = dict.fromkeys(options, 0)
            for _ in range(present):
                counts[self.random.choices(options, mood[: len(options)])[0]] += 1
            returned = present + spare
            sheets.append(
                Sheet(subject=Opaque(subject), issued=present, returned=returned, valid=present, counts=counts)
            )
        return RecordBallot(held_on=self.sample.day(held), sheets=tuple(sheets))

    def _document(self, name: str) -> Document:
        return Document(
            sha256=self._digest(name), size=self.random.randint(10_000, 900_000), media_type="application/pdf"
        )

    def _digest(self, name: str) -> Digest:
        return Digest(sha256(f"{self.sample.seed}/{self.stream}/{name}".encode()).hexdigest())


def _contact(account: str, roles: tuple[str, ...], unit: str | None = None) -> Contact:
    language: Literal["zh", "en"] = "en" if account == ENGLISH else "zh"
    return Contact(account=account, roles=roles, unit=unit, language=language, email=f"{account}@college.invalid")


def _unit(at: int, random: Random) -> Unit:
    id_ = f"u{at + 1:02}"
    if at % 16 < 9:
        kind, title = "college", f"{COLLEGES[at % 16]}学院"
    elif at % 16 < 13:
        kind, title = "party-admin", OFFICES[at % 16 - 9]
    else:
        kind, title = "support", SUPPORT[at % 16 - 13]
    if at >= 16:
        title = f"{title}（{at // 16 + 1}）"
    posts = ("党总支书记", "院长") if kind == "college" else ("部长（主任）", "副部长（副主任）")
    heads = tuple(Member(person=Opaque(f"p-{id_}-h{n}"), position=Words(post)) for n, post in enumerate(posts, 1))
    members = tuple(
        Member(person=Opaque(f"p-{id_}-m{n}"), position=Words("班子成员")) for n in range(1, random.randint(2, 4))
    )
    return Unit(
        unit=Opaque(id_), title=Words(title), unit_kind=kind, heads=heads, members=members,
        staff=random.randint(24, 90) if kind == "college" else random.randint(7, 20),
    )  # fmt: skip


def _together(at: datetime, happenings: list[RehearsalStep]) -> RehearsalStep:
    """What falls on one moment, as one: plain submissions first, then what depends on the state."""
    asking = [h.asked for h in happenings if h.asked is not None]
    return RehearsalStep(
        at,
        tuple(s for h in happenings for s in h.submissions),
        (lambda engine: [s for asked in asking for s in asked(engine)]) if asking else None,
    )
