"""Checks that a rulebook gives the acts that its parts need: to the roles that a part names, to the clock, or to anybody.

What no `[[act]]` gives, nobody may do: a task without it could never be done, and that would come out on the day of the
task. Not here: acts that no part needs (to return a score, to rename a department), and the acts of stages, which have
their roles themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from states.cases.record import kinds_to_enter
from states.records.case import CASE
from states.records.routine_check import ROUTINE_CHECK
from states.rulebook import roles
from states.rulebook.calculation.entered_values import GivenValue, LevelValue
from states.rulebook.calculation.ladders import Ladder
from states.rulebook.calculation.read_values import EarlierValue, FindingValue
from states.rulebook.file_locations import value_locations
from states.rulebook.parts import Misfit
from states.rulebook.stages import Reminders
from states.rulebook.tasks import TimeLimit
from states.rulebook.types import Rulebook
from states.stages.evidence import EVIDENCE_ACTS
from states.vocabulary import CLOCK, Text


class Need(NamedTuple):
    """An act that the part at `location` needs, for `purpose`. Each of the roles `by` must have it; if none, any role."""

    location: str
    act: str
    purpose: Text
    by: tuple[str, ...] = ()


def missing_acts(rulebook: Rulebook) -> Iterator[Misfit]:
    """The acts that a part needs and that nobody has, and the roles that need one and do not have it."""
    for need in chain(
        _needs_of_year(rulebook),
        _needs_of_values(rulebook),
        _needs_of_records(rulebook),
        _needs_of_follow_ups(rulebook),
        _needs_of_evidence(rulebook),
        _needs_of_clock(rulebook),
    ):
        yield from _misfits(need, rulebook)
    yield from _openings(rulebook)
    yield from _acts_without_rules(rulebook)


def _misfits(need: Need, rulebook: Rulebook) -> Iterator[Misfit]:
    rule = rulebook.acts.get(need.act)
    if rule is None:
        zh = f'没有人可以{need.purpose.zh}：请写 command = "{need.act}" 的 [[act]]'
        en = f'nobody may {need.purpose.en}: write an [[act]] with command = "{need.act}"'
        yield Misfit(need.location, zh, en)
        return
    for role in dict.fromkeys(need.by):
        # A role that the rulebook does not have is a fault of its own.
        if role not in rule.by and role in rulebook.roles:
            title = rulebook.role_title(role)
            zh = f'{title.zh}不能{need.purpose.zh}：请在 command = "{need.act}" 的 [[act]] 的 by 中加上 {role}'
            en = f'{title.en} may not {need.purpose.en}: add {role} to `by` of the [[act]] with command = "{need.act}"'
            yield Misfit(need.location, zh, en)


def _needs_of_year(rulebook: Rulebook) -> Iterator[Need]:
    yield Need("unit_kind", "register_unit", Text("登记部门", "register a department"))
    yield Need("open_on", "open_year", Text("启动年度考核", "open the year"))
    yield Need("stage.scoring", "fill_sheet", Text("填写评分表", "fill in a score sheet"))
    if "assign" in rulebook.acts:
        # Others hand over only their own part, and are sent to the organiser for anything else.
        yield Need("act.assign.by", "assign", Text("指定承办人", "assign work"), (roles.organiser(rulebook),))
    for standing in rulebook.standing:
        yield Need(f"standing.{standing.key}", "settle", Text("核定名次", "settle its places"))
        if standing.ask:
            yield Need(f"standing.{standing.key}.ask", "settle", Text("排定并列的先后", "order a tie"), standing.ask)


def _needs_of_values(rulebook: Rulebook) -> Iterator[Need]:
    """The needs of values that people report, judge, or declare not to apply; and of grades that people name."""
    for location, value in value_locations(rulebook):
        if isinstance(value, GivenValue | LevelValue) and value.by:
            yield Need(f"{location}.by", "report_values", Text("报送这项数据", "report this value"), value.by)
        if value.may_be_absent or isinstance(value, EarlierValue):
            yield Need(location, "waive_item", Text("认定这一项不适用", "say that this item does not apply"))
        if isinstance(value, FindingValue) and value.by:
            yield Need(f"{location}.by", "record_veto", Text("认定这种情形", "record this finding"), value.by)
            yield Need(f"{location}.by", "lift_veto", Text("解除这项认定", "lift this finding"), value.by)
    for scale in rulebook.scale:
        if scale.ask:
            yield Need(f"scale.{scale.key}.ask", "report_values", Text("提出等次", "name the grade"), scale.ask)


def _needs_of_records(rulebook: Rulebook) -> Iterator[Need]:
    for kind in kinds_to_enter(rulebook):
        yield Need(f"record.{kind.key}", "enter_record", Text("登记这类事项", "enter such a record"), kind.by)
    if CASE in rulebook.records:
        yield Need(f"record.{CASE}", "record_case", Text("登记案件", "record a case"))
        if any(row.flag == "pending" for ladder in rulebook.ladder if ladder.record == CASE for row in ladder.row):
            yield Need(f"record.{CASE}", "revise_case", Text("登记案件的处理结果", "record how an open case ends"))
    if ROUTINE_CHECK in rulebook.records:
        yield Need(f"record.{ROUTINE_CHECK}", "record_routine_check", Text("登记平时检查", "record a routine check"))
    if "record_routine_check" in rulebook.acts:
        answer = Text("答复平时检查", "answer a routine check")
        yield Need("routine_check.by", "answer_routine_check", answer, rulebook.routine_check.by)
        yield Need("routine_check", "accept_answer", Text("认可整改答复", "accept the answer to a routine check"))


def _needs_of_follow_ups(rulebook: Rulebook) -> Iterator[Need]:
    for task in rulebook.task:
        yield Need(f"task.{task.key}.by", "complete_task", Text("办结这一事项", "complete this task"), task.by)
    for window in rulebook.window:
        location, asks, decides = f"window.{window.key}", Text("提出", "ask"), Text("作出决定", "decide")
        yield Need(f"{location}.by", "ask_review", asks, window.by)
        yield Need(f"{location}.decided_by", "decide_review", decides, window.decided_by)


def _needs_of_evidence(rulebook: Rulebook) -> Iterator[Need]:
    rules = rulebook.document_request
    if rules is not None:
        asks, hands_in = Text("要求补交材料", "ask for a document"), Text("补交材料", "hand in a document")
        yield Need("document_request", "request_document", asks)
        yield Need("document_request.by", "supply_document", hands_in, rules.by)


def _acts_without_rules(rulebook: Rulebook) -> Iterator[Misfit]:
    """The acts of requests for documents, if there are no rules for requests."""
    for act in sorted(EVIDENCE_ACTS & rulebook.acts.keys()) if rulebook.document_request is None else ():
        zh = "这一事项要有期限和提醒：请写 [document_request]，或者删去这一 [[act]]"
        en = "this act needs a deadline and reminders: write [document_request], or remove this [[act]]"
        yield Misfit(f"act.{act}", zh, en)


def _needs_of_clock(rulebook: Rulebook) -> Iterator[Need]:
    """What the program does by itself: reminders, deadlines that it counts, vetoes of records, results that changed."""
    with_deadlines: tuple[tuple[str, Reminders | None], ...] = (
        *((f"stage.{stage.key}.reminders", stage.reminders) for stage in rulebook.stage),
        *((f"task.{task.key}.reminders", task.reminders) for task in rulebook.task),
        *((f"window.{window.key}.reminders", window.reminders) for window in rulebook.window),
    )
    for location, reminders in with_deadlines:
        if reminders is not None:
            yield from _needs_of_reminders(location, reminders, "remind", "escalate")
            yield _of_clock(location, "lapse_reminders", "注销过时的提醒", "drop reminders that were missed")
    if rulebook.document_request is not None:
        of_requests = rulebook.document_request.reminders
        yield from _needs_of_reminders("document_request.reminders", of_requests, "remind", "escalate")
    if "record_routine_check" in rulebook.acts:
        of_checks = rulebook.routine_check.reminders
        yield from _needs_of_reminders("routine_check.reminders", of_checks, "remind_of_check", "escalate_check")
    if any(stage.due is not None for stage in rulebook.stage):
        yield _of_clock("notice_days", "move_deadline", "顺延来不及办理的期限", "extend a deadline that is too near")
    for location, limit in _time_limits(rulebook):
        if limit is not None and limit.needs_calendar:
            yield _of_clock(location, "move_deadline", "按工作日历推算这一期限", "count this deadline by the calendar")
    for ladder in rulebook.ladder:
        if _raises_veto(ladder, rulebook):
            location = f"ladder.{ladder.key}"
            yield _of_clock(location, "raise_veto", "依登记事项提出否决", "raise the veto that follows from a record")
            yield _of_clock(location, "lift_veto", "解除不再成立的否决", "lift a veto that no longer follows")
    yield _of_clock("stage.scoring", "note_stale_score", "标记得分失效", "note that a score is stale")
    if rulebook.readings["revised_result"].value == "committee":
        yield _of_clock("stage.approval", "reopen_result", "将有变化的结果送回审定", "send a result that changed back")


def _needs_of_reminders(location: str, reminders: Reminders, remind: str, escalate: str) -> Iterator[Need]:
    yield _of_clock(location, remind, "发出提醒", "send the reminders")
    if reminders.escalate or reminders.weekly:
        yield _of_clock(location, escalate, "上报逾期事项", "report what is overdue")


def _time_limits(rulebook: Rulebook) -> Iterator[tuple[str, TimeLimit | None]]:
    """The time limits of what follows from a result, each with its location."""
    yield from ((f"task.{task.key}.due", task.due) for task in rulebook.task)
    for window in rulebook.window:
        yield f"window.{window.key}.within", window.within
        yield f"window.{window.key}.decided_within", window.decided_within


def _of_clock(location: str, act: str, zh: str, en: str) -> Need:
    return Need(location, act, Text(zh, en), (CLOCK.role,))


def _openings(rulebook: Rulebook) -> Iterator[Misfit]:
    """The occasions that the clock is to open, if it may not do the stage `opening`."""
    opening = rulebook.stages["opening"]
    for occasion in rulebook.occasion:
        if occasion.opens is not None and CLOCK.role not in opening.by:
            zh = f"到期由系统启动：请在 opening 步骤的 by 中加上 {CLOCK.role}，或者不写 opens"
            en = f"the clock opens it on this day: add {CLOCK.role} to `by` of the stage opening, or leave opens out"
            yield Misfit(f"occasion.{occasion.key}.opens", zh, en)


def _raises_veto(ladder: Ladder, rulebook: Rulebook) -> bool:
    """Whether the clock raises vetoes by this ladder. By the lines of routine checks it raises none."""
    return ladder.record != ROUTINE_CHECK and any(row.raises in rulebook.limits_of_findings for row in ladder.row)
