"""meeting: 召开会议 — the whole department meets; a head reports for the team, and each member reports in person."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from states.assessment import Assessment, StageFact
from states.context import Context
from states.guards import (
    FaultCollector,
    check_adds_up,
    check_document,
    check_in_range,
    check_not_before_last_step,
    check_same_keys,
)
from states.refusals import Incomplete, NotKnown
from states.vocabulary import Command, Document, Opaque, Text, Words


class PersonalReport(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a member reported. If not, `missing` is the reason. The report itself is confidential and not here."""

    person: Opaque
    missing: Words | None = None


class Meeting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The meeting: its day, the numbers of people entitled and present, the reports, and the minutes by digest."""

    held_on: date
    entitled: int
    present: int
    team_report_by: Opaque
    personal_reports: tuple[PersonalReport, ...]
    minutes: Document


class RecordMeeting(Command, Meeting, frozen=True, kw_only=True):
    """Record the department's meeting."""


class MeetingHeld(StageFact, Meeting, frozen=True, kw_only=True):
    """The department met."""

    stage = "meeting"
    dated = "held_on"


def check(state: Assessment, record: Meeting, context: Context) -> None:
    """第七条（二）1：召开全体会议，党政主要负责人向会议报告……领导班子成员报告个人执行……情况。

    Refuse a wrong day, wrong numbers of people, a report for the team by somebody who is no head, a member without an
    entry about the personal report, and wrong minutes.
    """
    clause = context.clause("meeting")
    faults = FaultCollector(clause)
    with faults.at("held_on"):
        check_not_before_last_step(Text(zh="会议日期", en="meeting date"), record.held_on, state, context, clause)
    with faults.at("entitled"):
        check_in_range(Text(zh="应到人数", en="entitled"), record.entitled, clause, low=1)
    with faults.at("present"):
        check_in_range(Text(zh="实到人数", en="present"), record.present, clause, low=1)
    if not faults.fields & {"entitled", "present"}:
        formula = Text(
            zh=f"实到 {record.present} > 应到 {record.entitled}",
            en=f"present {record.present} > entitled {record.entitled}",
        )
        with faults.at("present"):
            check_adds_up(Text(zh="到会人数", en="attendance"), record.present <= record.entitled, clause, formula)
    heads = [member.person for member in state.heads]
    with faults.at("team_report_by"):
        if record.team_report_by not in heads:
            title = Text(zh="党政主要负责人", en="head")
            raise NotKnown(what=title, value=record.team_report_by, known=", ".join(heads), clause=clause)
    reporters = [report.person for report in record.personal_reports]
    with faults.at("personal_reports"):
        team = (member.person for member in state.team)
        check_same_keys(Text(zh="个人报告", en="personal report of"), reporters, team, clause)
        if len(set(reporters)) != len(reporters):
            raise Incomplete(missing=Text(zh="每名成员恰一份个人报告", en="one personal report each"), clause=clause)
    with faults.at("minutes"):
        check_document(Text(zh="会议记录的字节数", en="bytes of the minutes"), record.minutes, clause)
    faults.end()
