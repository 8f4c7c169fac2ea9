"""The year of one sample department: all commands of people that concern it, as steps of a simulation.

They are its assessment from the self-report to the last task, its cases, and perhaps a routine check. What is special
in the year follows from the turn of the department (`turns.py`). Not here: the opening of the year, and the acts of the
clock.

The same seed gives the same commands to the byte, because ids, times, marks and digests are made from it. So the order
of the calls of `random` matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from random import Random
from typing import Literal

from msgspec.structs import replace

from scheduler.simulation import SimulationStep
from states.assessment import Assessment, Marks, Member, Reasons, TaskPerson
from states.cases.case import RecordCase, RescindCase
from states.cases.routine_check import AcceptAnswer, AnswerRoutineCheck, RecordRoutineCheck, ReturnAnswer
from states.deadlines.chase import Chase
from states.deadlines.reminders import MoveDeadline
from states.records.case import Sanction
from states.records.roster import Unit
from states.rulebook.tasks import Follow
from states.stages.approval import Approve
from states.stages.circulation import Circulate, CompleteTask
from states.stages.democratic_evaluation import TEAM, RecordBallot, Sheet
from states.stages.document_review import Finding, ReviewDocuments, Verdict
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
from storage.papers import attachments
from workflow.engine import Engine, Submission

from .evidence import SamplePaper
from .sample import Sample
from .turns import CASES, LOSS_REASONS, MOODS, POINTS, Turn

FindingLevel = Literal["met", "partly", "unmet"]

_FITS: Mapping[FindingLevel, Literal["yes", "partly", "no"]] = {"met": "yes", "partly": "partly", "unmet": "no"}
"""What the reviewers say of the document of an element, by their finding."""


class DepartmentYear:
    """The year of one department. `assessment` and `routine_check` yield its steps, each in the order of time."""

    def __init__(self, sample: Sample, unit: Unit, turn: Turn, papers: Sequence[SamplePaper] = ()) -> None:
        """`papers`: the evidence that the department hands in with its report."""
        self.sample, self.unit, self.turn, self.papers = sample, unit, turn, papers
        self.random = Random(f"{sample.seed}/{unit.unit}")
        self.stream = assessment_stream(sample.year, unit.unit)
        self.table = sample.rulebook.forms_by_kind[unit.unit_kind]
        self.own_account = Actor(f"acct-{unit.unit}", "unit", unit.unit)
        self.recorder = Actor("recorder-1", "working_group")
        self._command_count = 0
        self.final_marks = self._marks(POINTS.get(turn, self.random.randint(86, 97)))

    def assessment(self) -> Iterator[SimulationStep]:
        """The steps of the assessment, from the self-report to the last task, with the cases."""
        yield from self._self_report()
        yield from self._on_site()
        yield from self._cases()
        yield from self._result()

    def routine_check(self) -> Iterator[SimulationStep]:
        """A routine check of September (第三条（三）), in departments with the turn RECONSIDERED and in the late department.

        The first answer of the former is returned, so they answer twice. The late one answers only after it was scored.
        """
        is_late = self.unit == self.sample.late_unit
        if self.turn is not Turn.RECONSIDERED and not is_late:
            return
        stream = f"routine_check/r-{self.sample.year}-{self.unit.unit}"
        check = RecordRoutineCheck(
            unit=self.unit.unit,
            checked_on=self.sample.day("09-28"),
            checked_by=(Opaque("discipline-1"),),
            elements=tuple(self.table.judged)[1:2],
            documents=(self._document("check"),),
            observation=Words("年度工作计划没有写明责任分工"),
            to_mend=Words("补充责任分工并报送"),
            mend_until=self.sample.day("12-17" if is_late else "10-30"),
        )
        yield self._step("10-08", 9, Actor("discipline-1", "discipline"), check, stream=stream)
        if not is_late:
            first_answer = AnswerRoutineCheck(answer=Words("正在修订"))
            yield self._step("10-20", 10, self.own_account, first_answer, stream=stream)
            returned = ReturnAnswer(reason=Words("请附责任分工表"))
            yield self._step("10-21", 9, Actor("office-2", "office"), returned, stream=stream)
        answer_day, acceptance_day = ("12-18", "12-30") if is_late else ("10-23", "10-26")
        answer = AnswerRoutineCheck(answer=Words("已补充责任分工"), documents=(self._document("mended"),))
        yield self._step(answer_day, 16, self.own_account, answer, stream=stream)
        acceptance = AcceptAnswer(accepted_on=self.sample.day(acceptance_day))
        yield self._step(acceptance_day, 9, Actor("office-2", "office"), acceptance, stream=stream)

    def _self_report(self) -> Iterator[SimulationStep]:
        """The self-report; by the turn, its deadline is moved before, it is late and chased, or returned and submitted again."""
        report_day = "11-24" if self.turn is Turn.REPORT_LATE else f"11-{self.random.randint(9, 19):02}"
        if self.turn is Turn.DEADLINE_MOVED:
            move = MoveDeadline(stage="self_report", due=self.sample.day("11-25"), reason=Words("部门负责人交接"))
            yield self._step("11-18", 10, self.sample.office, move)
            report_day = "11-25"
        if self.turn is Turn.REPORT_LATE:
            chase = Chase(stage="self_report", reason=Words("其他部门均已报送自评报告"))
            yield self._step("11-23", 8, self.sample.office, chase)
        yield self._report(report_day, 15, "report", 96)
        if self.turn is Turn.REPORT_RETURNED:
            returned = ReturnSelfReport(reason=Words("缺少党风廉政建设年度工作总结"))
            yield self._step("11-20", 9, Actor("office-2", "office"), returned)
            yield self._report("11-24", 16, "report 2", 92)

    def _report(self, day: str, hour: int, name: str, hundred: int) -> SimulationStep:
        """The self-report with about so many points. The names of its evidence are stored beside the entry."""
        report = SubmitSelfReport(
            report=self._document(name),
            self_scores=self._marks(hundred),
            evidence={paper.element: (paper.document,) for paper in self.papers},
        )
        submission = Submission(self.stream, report, self.own_account, self._next_id())
        if not self.papers:
            return SimulationStep(self.sample.moment(day, hour), (submission,))
        names: dict[str, str] = {paper.document.sha256: paper.details.name for paper in self.papers}

        def with_names(engine: Engine) -> list[Submission]:
            writes = attachments.attachment_writes(engine.ledger.database, self.stream, submission.id, names)
            return [replace(submission, beside=tuple(writes))]

        return SimulationStep(self.sample.moment(day, hour), make_commands=with_names)

    def _on_site(self) -> Iterator[SimulationStep]:
        """The meeting, the ballot, and the other stages on site."""
        meeting_day = f"11-{self.random.randint(26, 30):02}"
        team = [*self.unit.heads, *self.unit.members]
        reports = [PersonalReport(person=m.person) for m in team]
        reports[-1] = PersonalReport(person=team[-1].person, missing=Words("外出挂职"))
        present = self.unit.staff - self.random.randint(0, 3)
        meeting = RecordMeeting(
            held_on=self.sample.day(meeting_day),
            entitled=self.unit.staff,
            present=present,
            team_report_by=team[0].person,
            personal_reports=tuple(reports),
            minutes=self._document("minutes"),
        )
        yield self._step(meeting_day, 14, self.recorder, meeting)
        if self.turn is Turn.MEMBER_AND_UNDO:
            yield from self._undo_and_substitution(meeting_day)
        if self.turn is Turn.BALLOT_VOID:
            yield self._step(meeting_day, 16, self.recorder, self._ballot(meeting_day, present, extra=1))
        yield self._step(meeting_day, 17, self.recorder, self._ballot(meeting_day, present))
        yield from self._on_site_work()

    def _on_site_work(self) -> Iterator[SimulationStep]:
        """The interviews, the document review and the site inspection."""
        notes = Reference(id=Opaque(f"v-{self.unit.unit}"), commitment=self._digest("notes"))
        talks = RecordInterviews(
            held_on=self.sample.day("12-04"),
            member_talks=tuple(MemberTalk(person=m.person) for m in (*self.unit.heads, *self.unit.members)),
            with_staff=min(6, self.unit.staff),
            notes=(notes,),
        )
        yield self._step("12-04", 11, self.recorder, talks)
        review = ReviewDocuments(reviewed_on=self.sample.day("12-09"), findings=self._findings())
        yield self._step("12-09", 15, self.recorder, review)
        visit = InspectSite(
            inspected_on=self.sample.day("12-14"),
            inspectors=(Opaque("assessor-8"), Opaque("assessor-9")),
            special_work=Words("廉政文化品牌"),
            observation=Words("属实"),
        )
        yield self._step("12-14", 10, self.recorder, visit)

    def _undo_and_substitution(self, meeting_day: str) -> Iterator[SimulationStep]:
        """The record of the meeting is undone, a team member is substituted, and the meeting is recorded again."""
        undo = UndoStep(reason=Words("会议记录录入有误"))
        yield self._step(meeting_day, 15, self.recorder, undo)
        old = self.unit.members[-1]
        new = Member(person=Opaque(f"p-{self.unit.unit}-new"), position=old.position)
        change = SubstituteMember(leaves=old.person, joins=new, since=self.sample.day(meeting_day))
        yield self._step(meeting_day, 15, Actor("organization-1", "organization"), change)
        self.unit = Unit(
            unit=self.unit.unit,
            title=self.unit.title,
            unit_kind=self.unit.unit_kind,
            heads=self.unit.heads,
            members=(*self.unit.members[:-1], new),
            staff=self.unit.staff,
        )
        team = [*self.unit.heads, *self.unit.members]
        meeting = RecordMeeting(
            held_on=self.sample.day(meeting_day),
            entitled=self.unit.staff,
            present=self.unit.staff,
            team_report_by=team[0].person,
            personal_reports=tuple(PersonalReport(person=m.person) for m in team),
            minutes=self._document("minutes 2"),
        )
        yield self._step(meeting_day, 16, self.recorder, meeting)

    def _cases(self) -> Iterator[SimulationStep]:
        """The cases of the turn, and a rescission."""
        for day, name, standing, outcome, effective in CASES.get(self.turn, ()):
            case = f"c-{self.sample.year}-{self.unit.unit}-{name}"
            sanction = Sanction(
                person=Opaque(f"p-{self.unit.unit}-{name}"),
                fields={"outcome": outcome, "standing": standing},
                effective_on=self.sample.day(effective),
                document=Words(f"样例纪字〔{self.sample.year}〕{name}号"),
            )
            record = RecordCase(unit=self.unit.unit, sanctions=(sanction,))
            yield self._step(day, 11, Actor("discipline-1", "discipline"), record, stream=case_stream(case))
            if self.turn is Turn.CASE_RESCINDED:
                rescission = RescindCase(reason=Words("复审改变原决定"), document=Words("样例复字〔2026〕1号"))
                yield self._step("12-11", 9, Actor("discipline-2", "discipline"), rescission, stream=case_stream(case))

    def _result(self) -> Iterator[SimulationStep]:
        """The score sheets, scoring, approval, circulation and tasks. By the turn, some of them are repeated.

        If the score is returned or a case comes late, it is scored again. If the result is reopened or a veto comes
        after the circulation, everything from the scoring on is done again.
        """
        marks = self.final_marks
        if self.turn is Turn.OWN_UNIT_TRIED:
            yield self._step(
                "12-16",
                9,
                Actor("assessor-7", "assessor", self.unit.unit),
                FillSheet(marks=marks, reasons=self._reasons(marks)),
            )
        for hour, judge in enumerate(self.sample.judges(self.unit.unit), 9):
            sheet = self._sheet()
            yield self._step("12-16", hour, judge, FillSheet(marks=sheet, reasons=self._reasons(sheet)))
        yield self._step("12-18", 15, self.recorder, Score(marks=marks, reasons=self._reasons(marks)))
        if self.turn is Turn.SCORE_RETURNED:
            returned = ReturnScore(reason=Words("第2.1项佐证不足，请复核"))
            yield self._step("12-22", 10, Actor("committee-1", "committee"), returned)
            lower_marks = self._marks(81)
            yield self._step("12-23", 10, self.recorder, Score(marks=lower_marks, reasons=self._reasons(lower_marks)))
        yield self._approval("12-25", f"样例党字〔{self.sample.year}〕50号")
        if self.turn is Turn.CASE_AFTER_SCORING:
            yield self._step("12-26", 9, self.recorder, Score(marks=marks, reasons=self._reasons(marks)))
            yield self._approval("12-28", f"样例党字〔{self.sample.year}〕51号")
        circular = f"样例党字〔{self.sample.year}〕60号-{self.unit.unit}"
        yield self._circulation("12-30", circular, None)
        yield from self._tasks("+01-06")
        if self.turn is Turn.VETO_AFTER_CIRCULATION:
            yield from self._correction(marks, 3, circular)
        if self.turn is Turn.RECONSIDERED:
            number, met_on = f"样例党字〔{self.sample.year + 1}〕1号", self.sample.day("+01-08")
            reason = Words("廉政党课次数计算有误")
            reopening = ReopenResult(resolution=Words(number), met_on=met_on, reason=reason)
            yield self._step("+01-08", 15, Actor("committee-1", "committee"), reopening)
            yield from self._correction(self._marks(84), 5, circular)

    def _correction(self, marks: Marks, number: int, circular: str) -> Iterator[SimulationStep]:
        """A reopened result is scored, approved and circulated again, and its tasks are done.

        `number` is the number of the resolution. The new circular replaces `circular`.
        """
        year = self.sample.year + 1
        yield self._step("+01-12", 9, self.recorder, Score(marks=marks, reasons=self._reasons(marks)))
        yield self._approval("+01-13", f"样例党字〔{year}〕{number}号")
        yield self._circulation("+01-13", f"样例党字〔{year}〕{number + 1}号", circular)
        yield from self._tasks("+01-22")

    def _approval(self, day: str, resolution: str) -> SimulationStep:
        """The committee approves the grade that is in the ledger at that moment."""
        actor, met_on, id_ = Actor("committee-1", "committee"), self.sample.day(day), self._next_id()

        def make_commands(engine: Engine) -> list[Submission]:
            state = engine.state(self.stream)
            scored = state.fact(Scored) if isinstance(state, Assessment) else None
            if scored is None or scored.result.grade is None:
                return []
            grades = {scored.result.id: scored.result.grade}
            command = Approve(resolution=Words(resolution), met_on=met_on, grades=grades)
            return [Submission(self.stream, command, actor, id_)]

        return SimulationStep(self.sample.moment(day, 10), make_commands=make_commands)

    def _circulation(self, day: str, notice: str, replaces: str | None) -> SimulationStep:
        command = Circulate(
            document=Words(notice), circulated_on=self.sample.day(day), replaces=Words(replaces) if replaces else None
        )
        return self._step(day, 16, self.sample.office, command)

    def _tasks(self, day: str) -> Iterator[SimulationStep]:
        """Every open task is done, by the first role that may do it."""
        by = {task.key: task.by[0] for task in self.sample.rulebook.task}
        id_ = self._next_id()

        def make_commands(engine: Engine) -> list[Submission]:
            state = engine.state(self.stream)
            open_tasks = (
                [task for task, done_at in state.tasks.items() if not done_at] if isinstance(state, Assessment) else []
            )
            return [
                Submission(
                    self.stream,
                    CompleteTask(task=task, done_on=self.sample.day(day), persons=self._persons(state, task)),
                    Actor(f"{by[Follow.from_id(task).key]}-1", by[Follow.from_id(task).key]),
                    f"{id_}-{task}",
                )
                for task in open_tasks
            ]

        yield SimulationStep(self.sample.moment(day, 9), make_commands=make_commands)

    def _persons(self, state: State, task: str) -> tuple[TaskPerson, ...]:
        """The persons of a task: the whole team, or one head as the person responsible."""
        assert isinstance(state, Assessment)
        kind = self.sample.rulebook.tasks[Follow.from_id(task).key].persons
        if kind == "responsible":
            return (TaskPerson(person=state.heads[0].person, measure=Words("诫勉谈话")),)
        return tuple(TaskPerson(person=m.person) for m in state.everybody) if kind == "team" else ()

    def _step(self, day: str, hour: int, actor: Actor, command: Command, stream: str | None = None) -> SimulationStep:
        submission = Submission(stream or self.stream, command, actor, self._next_id())
        return SimulationStep(self.sample.moment(day, hour), (submission,))

    def _next_id(self) -> str:
        """The next command id. It follows from the seed, so a repeated simulation repeats the ids."""
        self._command_count += 1
        return f"sample-{self.sample.seed}-{self.unit.unit}-{self._command_count:03}"

    def _marks(self, hundred: int) -> Marks:
        """About `hundred` of 100 points. The lost half points are spread over the elements at random."""
        marks = {key: element.points for key, element in self.table.judged.items()}
        lost, half = Decimal(100 - hundred), Decimal("0.5")
        keys = list(marks)
        while lost > 0:
            key = self.random.choice(keys)
            if marks[key] >= half:
                marks[key] -= half
                lost -= half
        return marks

    def _sheet(self) -> Marks:
        """The marks of one assessor: the final marks, but three elements differ by half a point."""
        marks = dict(self.final_marks)
        for key in self.random.sample(list(marks), 3):
            difference = self.random.choice((Decimal("-0.5"), Decimal("0.5")))
            marks[key] = min(max(marks[key] + difference, Decimal(0)), self.table.judged[key].points)
        return marks

    def _findings(self) -> dict[str, Finding]:
        """The findings on the evidence: met, partly met, or unmet if the element loses half of its points or more."""
        reasons = self._reasons(self.final_marks)
        handed_in: dict[str, str] = {paper.element: paper.document.sha256 for paper in self.papers}
        findings = {}
        for key, element in self.table.judged.items():
            lost = element.points - self.final_marks[key]
            level: FindingLevel = "met" if not lost else "unmet" if lost * 2 >= element.points else "partly"
            evidence = () if level == "unmet" else (self._document(key),)
            verdicts: dict[str, Verdict] = (
                {handed_in[key]: Verdict(fits=_FITS[level], remark=reasons.get(key))} if key in handed_in else {}
            )
            findings[key] = Finding(degree=level, evidence=evidence, verdicts=verdicts, remark=reasons.get(key))
        return findings

    def _reasons(self, marks: Marks) -> Reasons:
        """A reason for every element that lost points."""
        reduced = [key for key, element in self.table.judged.items() if marks[key] < element.points]
        return {key: LOSS_REASONS[index % len(LOSS_REASONS)] for index, key in enumerate(reduced)}

    def _ballot(self, day: str, present: int, extra: int = 0) -> RecordBallot:
        """A ballot on the team and each member, in which everybody present votes. The mood of the department is random.

        `extra`: the number of returned sheets that were not issued. With any, the ballot is void.
        """
        options = tuple(self.sample.rulebook.ballot_paper.titles)
        sheets, mood = [], self.random.choice(MOODS)
        for subject in (TEAM, *(m.person for m in (*self.unit.heads, *self.unit.members))):
            counts = dict.fromkeys(options, 0)
            for _ in range(present):
                counts[self.random.choices(options, mood[: len(options)])[0]] += 1
            returned = present + extra
            sheets.append(
                Sheet(subject=Opaque(subject), issued=present, returned=returned, valid=present, counts=counts)
            )
        return RecordBallot(held_on=self.sample.day(day), sheets=tuple(sheets))

    def _document(self, name: str) -> Document:
        return Document(
            sha256=self._digest(name), size=self.random.randint(10_000, 900_000), media_type="application/pdf"
        )

    def _digest(self, name: str) -> Digest:
        return Digest(sha256(f"{self.sample.seed}/{self.stream}/{name}".encode()).hexdigest())
