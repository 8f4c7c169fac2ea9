"""The notices of an assessment's entries: a pure function of the fact, the state after it and the rulebook.

A notice goes to a role of the assessment, or to a member of the team about the own result. It has ids and posts of
people, no names. Notices on vetoes go only
to the roles that organise the assessment and approve it. Also here: whether a notice still applies later.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from states.assessment import OUTCOME_TITLES, WITHDRAWN, Assessment, StageFact
from states.cases.vetoes import VetoLifted, VetoRaised, VetoRecorded
from states.deadlines.assignment import SHEETS, Assigned, assignable
from states.deadlines.chase import Chased
from states.deadlines.reasons import DEADLINE_COUNTED, DEADLINE_EXTENDED, LAST_DAY_COUNTED, reason_text
from states.deadlines.reminders import DeadlineMoved, Escalated, ReminderFact, next_stage, open_items
from states.deadlines.review import ReviewAsked, ReviewDecided
from states.deadlines.schedule import HasDeadline, is_weekly
from states.deadlines.windows import Windows
from states.records.account import HOLDER
from states.result.losses import lost_elements
from states.result.open_tasks import task_in
from states.rulebook import roles
from states.rulebook.calculation.numbers import plain
from states.rulebook.tasks import Follow, Task
from states.rulebook.types import Rulebook
from states.stages.circulation import Circulated, TaskCompleted
from states.stages.evidence import DocumentRequested, DocumentSupplied, request_title, requests_with_deadline
from states.stages.reopening import ResultReopened, last_resolution
from states.stages.scoring import Scored, ScoreReturned, StaleScoreNoted
from states.stages.self_report import SelfReportReturned
from states.vocabulary import UNIT_ROLE, Fact, Text

from .notice import Notice


def assessment_notices(fact: Fact, state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    """The notices of one fact; `state` is the assessment after it. Most facts have none."""
    for notice in _notices(fact, state, rulebook):
        special = rulebook.special_title(state.occasion, state.title)
        values = {"unit": state.unit, "year": state.year, "special": special, **notice.values}
        yield replace(notice, unit=state.unit, values=values)


def still_applies(notice: Notice, state: Assessment, rulebook: Rulebook) -> bool:
    """Whether a notice still applies in the present state of the assessment."""
    if state.stage == WITHDRAWN:
        return False
    if notice.kind == "veto_raised":
        return bool(state.vetoes)
    if notice.kind == "assigned":
        item = str(notice.values["item"])
        return notice.account in state.assigned.get(item, ()) and item in assignable(state, rulebook)
    if notice.kind == "own_result":
        return state.step("circulation") is not None
    if notice.kind == "stale_score":
        return bool(state.noted)
    if notice.kind == "review_granted":
        return state.awaits_reopening
    if notice.kind == "window_open":
        windows, id_ = Windows(state, rulebook), str(notice.values["id"])
        return id_ in windows.ids and id_ not in state.reviews and windows.opened_on(id_) is not None
    if notice.asks is None:
        return True
    return any(item.key == notice.asks and notice.due in (None, due) for item, due in open_items(state, rulebook))


def _notices(fact: Fact, state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    """The notices of one fact, without the values that all notices of an assessment have."""
    if isinstance(fact, ReminderFact | Chased | Assigned):
        yield from _on_open_item(fact, state, rulebook)
    elif isinstance(fact, SelfReportReturned):
        yield _returned("self_report", fact.reason, state, rulebook)
    elif isinstance(fact, ScoreReturned):
        yield _returned("scoring", fact.reason, state, rulebook)
    elif isinstance(fact, DeadlineMoved):
        yield from _moved_deadline(fact, state, rulebook)
    elif isinstance(fact, Circulated):
        yield from _circulated(fact, state, rulebook)
    elif isinstance(fact, TaskCompleted):
        yield from _tasks_to_do(state, rulebook, after=fact.task)
    elif isinstance(fact, DocumentRequested):
        item, request = list(requests_with_deadline(state, rulebook))[-1]
        yield _request("task", item.by[0], item, request.due, state, rulebook)
    elif isinstance(fact, DocumentSupplied):
        yield _document_supplied(fact, state, rulebook)
    elif isinstance(fact, ReviewAsked):
        yield from (one for one in _tasks_to_do(state, rulebook) if one.asks == fact.window)
    elif isinstance(fact, ReviewDecided):
        yield from _decided_review(fact, state, rulebook)
    elif isinstance(fact, StageFact):
        yield from _open_step(state, rulebook)
    else:
        yield from _on_judgement(fact, state, rulebook)


def _notice(kind: str, to: str, **values: object) -> Notice:
    return Notice(kind, to, "", values)


def _request(
    kind: str, to: str, item: HasDeadline, due: date | None, state: Assessment, rulebook: Rulebook, **values: object
) -> Notice:
    """A notice that asks for a step or a task. It applies until that is done."""
    all_values = {"stage": _item_title(item, rulebook), "due": due, **_person(item.key, state), **values}
    assignees = state.assigned.get(item.key, ()) if to in item.by else ()
    return Notice(kind, to, "", all_values, item.key, due, assignees=assignees, by=item.by if assignees else ())


def _item_title(item: HasDeadline, rulebook: Rulebook) -> Text:
    """The title of a step or task. If a task needs the names of persons (第九条2), the title says so."""
    title, naming = (rulebook.task_of(item.key) or item).title.text, _NAMING.get(getattr(item, "persons", "none"))
    return Text(zh=f"{title.zh}（{naming.zh}）", en=f"{title.en} ({naming.en})") if naming else title


def _person(id_: str, state: Assessment) -> dict[str, object]:
    """The person whom a task, a window or a finding is about, with the post; nothing if it is about the department.

    The text of the notice has the post. Only the inbox has the name (`with_person_name`).
    """
    person = Follow.from_id(id_).person
    return {"person": person, "post": state.posts.get(person, person)} if person else {}


def _window_title(id_: str, rulebook: Rulebook) -> Text:
    """The title of a window, without the person whom it is about."""
    return rulebook.windows[Follow.from_id(id_).key].title.text


_NAMING = {
    "team": Text(zh="逐人写明班子成员", en="naming every member of the team"),
    "responsible": Text(zh="写明责任人和采取的措施", en="naming those responsible and the measure taken for each"),
}


def _open_step(state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    """The notice of the open step to the role that records it.

    There is none if the step before has the same role, or if no step is open.
    """
    stage = next_stage(state, rulebook)
    if stage is None:
        return  # The assessment is circulated or withdrawn.
    before = rulebook.stages[state.stage]
    if stage.by[0] != before.by[0]:
        yield _request("step_open", stage.by[0], stage, state.due.get(stage.key), state, rulebook)


def _moved_deadline(fact: DeadlineMoved, state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    """The notice of a deadline to the role that has to meet it. A task is told of when the clock has set its deadline."""
    if fact.reason == DEADLINE_EXTENDED.zh:
        yield from _extended_deadline(fact, state, rulebook)
    elif fact.reason == DEADLINE_COUNTED.zh:
        tasks = (item for item, _ in open_items(state, rulebook) if item.key == fact.stage)
        yield from (_request("task", task.by[0], task, fact.due, state, rulebook) for task in tasks)
    elif fact.reason == LAST_DAY_COUNTED.zh:
        yield from _window_open(fact.stage, state, rulebook)
    else:
        stage = rulebook.stages.get(fact.stage)
        task = next((item for item, _ in open_items(state, rulebook) if item.key == fact.stage), None)
        if (item := stage or task) is not None:
            values = {"stage": (rulebook.task_of(item.key) or item).title.text, **_person(item.key, state)}
            yield _notice("deadline_moved", item.by[0], **values, due=fact.due, reason=fact.reason)


def _extended_deadline(fact: DeadlineMoved, state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    """The notices after the scheduler moved a deadline that could not be met. None if that step is not open.

    The role of the step is notified of the new day, and the organiser of the change.
    """
    stage = next_stage(state, rulebook)
    if stage is not None and stage.key == fact.stage:
        yield _request("step_open", stage.by[0], stage, fact.due, state, rulebook)
        office = roles.organiser(rulebook)
        if stage.by[0] != office:
            moved = _notice("deadline_moved", office, stage=stage.title.text, due=fact.due, reason=DEADLINE_EXTENDED)
            yield replace(moved, on_monday=True)


def _returned(stage: str, reason: str, state: Assessment, rulebook: Rulebook) -> Notice:
    returned = rulebook.stages[stage]
    return _request("returned", returned.by[0], returned, None, state, rulebook, reason=reason)


def _on_open_item(fact: ReminderFact | Chased | Assigned, state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    """The notices of a reminder, a chase or an assignment of one step or task."""
    if isinstance(fact, Chased):
        yield from _chased(fact, state, rulebook)
    elif isinstance(fact, Assigned):
        yield from _assigned(fact, state, rulebook)
    else:
        yield _reminder(fact, state, rulebook)
        yield from _reminders_of_sheets(fact, state, rulebook)


def _reminder(fact: ReminderFact, state: Assessment, rulebook: Rulebook) -> Notice:
    item = _item_of(fact.stage, state, rulebook)
    if isinstance(fact, Escalated):
        by = rulebook.role_title(item.by[0])
        notice = replace(_request("escalation", fact.to, item, fact.due, state, rulebook, by=by), assignees=(), by=())
    else:
        notice = _request(_kind_of(fact), fact.to, item, fact.due, state, rulebook)
    return replace(notice, on_monday=is_weekly(fact.step_name))


def _kind_of(fact: ReminderFact) -> str:
    return "overdue" if fact.step_name.startswith("+") else "reminder"


def _reminders_of_sheets(fact: ReminderFact, state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    """The reminder of scoring also goes to the accounts that are to fill in a sheet and have not."""
    title = rulebook.acts["fill_sheet"].title.text
    for account in (
        _owing_sheets(state, rulebook) if not isinstance(fact, Escalated) and fact.stage == "scoring" else ()
    ):
        notice = _request(_kind_of(fact), fact.to, _item_of(fact.stage, state, rulebook), fact.due, state, rulebook)
        yield replace(notice, account=account, values={**notice.values, "stage": title}, assignees=(), by=())


def _owing_sheets(state: Assessment, rulebook: Rulebook) -> tuple[str, ...]:
    """The accounts that are to fill in a score sheet and have not, while sheets are missing."""
    is_missing = state.step("scoring") is None and len(state.sheets) < rulebook.scoring.minimum_sheets
    return tuple(id_ for id_ in state.assigned.get(SHEETS, ()) if is_missing and id_ not in state.sheets)


def _item_of(key: str, state: Assessment, rulebook: Rulebook) -> HasDeadline:
    """The stage, the document that was asked for, or the task with this key."""
    requests = {item.key: item for item, _ in requests_with_deadline(state, rulebook)}
    return rulebook.stages.get(key) or requests.get(key) or task_in(state, key, rulebook)


def _chased(fact: Chased, state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    """The notice of a chase to each role that must act, with the reason, and the role that asks."""
    item = _item_of(fact.stage, state, rulebook)
    by = rulebook.role_title(state.chases[fact.stage].role)
    owing = _owing_sheets(state, rulebook) if fact.stage == "scoring" else ()
    for to in fact.to:
        notice = _request("chased", to, item, fact.due, state, rulebook, by=by, reason=fact.reason)
        yield replace(notice, assignees=owing, by=rulebook.acts["fill_sheet"].by) if owing else notice


def _assigned(fact: Assigned, state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    """The notices to the accounts that are to do a step or task from now on, and to those that no longer are."""
    item = assignable(state, rulebook)[fact.stage]
    values = {"stage": item.title, "due": item.due, "item": item.key, "reason": fact.reason, **_person(item.key, state)}
    for kind, accounts in (
        ("assigned", set(fact.accounts) - set(fact.former)),
        ("assignment_ended", set(fact.former) - set(fact.accounts)),
    ):
        for account in sorted(accounts):
            yield Notice(kind, item.by[0], "", values, due=item.due, account=account)


def _circulated(fact: Circulated, state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    """The notice of the result to the department, then each task that follows from it to its role (第九条)."""
    resolution = last_resolution(state)
    yield _notice(
        "circulated",
        UNIT_ROLE,
        document=fact.document,
        replaces=fact.replaces,
        grade=_outcome(state, rulebook),
        body=_approving_body(rulebook),
        resolution=resolution and resolution.resolution,
        reason=resolution and resolution.reason,
        lost=_lost_points(state, rulebook),
    )
    yield from _own_results(fact, state)
    yield from _tasks_to_do(state, rulebook)
    for id_ in Windows(state, rulebook).ids:
        yield from _window_open(id_, state, rulebook)


def _window_open(id_: str, state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    """The notice to each role that may ask for a review that it may, with the last day.

    None before the window is open, and before the clock has counted its last day.
    """
    windows = Windows(state, rulebook)
    due = windows.last_day(id_)
    if windows.opened_on(id_) is not None and due is not None:
        for role in windows.rule(id_).by:
            window = {"window": _window_title(id_, rulebook), **_person(id_, state)}
            notice = _notice("window_open", role, id=id_, **window, due=due)
            yield replace(notice, due=due)


def _decided_review(fact: ReviewDecided, state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    """The notice of the decision to the role that asked, and what follows from it.

    If the result stands, another window may open. If it is to be reopened, those who can do so are asked to.
    """
    values = {
        "window": _window_title(fact.window, rulebook),
        **_person(fact.window, state),
        "document": fact.document,
        "reason": fact.reason,
    }
    review = state.reviews[fact.window]
    yield _notice("review_decided", review.role, decision=OUTCOME_TITLES[fact.decision], **values)
    if fact.decision == "reopen":
        approval = rulebook.stages.get("approval")
        by = approval.by if approval is not None else rulebook.acts["return_score"].by
        yield _notice("review_granted", by[0], **values)
        return
    windows = Windows(state, rulebook)
    for id_ in windows.ids:
        if windows.rule(id_).from_ == Follow.from_id(fact.window).key:
            yield from _window_open(id_, state, rulebook)


def _document_supplied(fact: DocumentSupplied, state: Assessment, rulebook: Rulebook) -> Notice:
    """The notice of an answer to those who review."""
    review = rulebook.stages.get("document_review")
    to = review.by[0] if review is not None else rulebook.acts["request_document"].by[0]
    title = request_title(state.requests[fact.request], rulebook)
    return _notice("document_supplied", to, stage=title, count=len(fact.documents), remark=fact.remark)


def _own_results(fact: Circulated, state: Assessment) -> Iterator[Notice]:
    """The notice to each member of the team who has a result of their own. It does not say the grade."""
    # The member reads it after signing in: a row of the deliveries is read by others too, and a mailbox may be.
    scored = state.fact(Scored)
    for person in dict.fromkeys(one.person for one in scored.results if one.person) if scored is not None else ():
        yield replace(_notice("own_result", HOLDER, document=fact.document, replaces=fact.replaces), person=person)


def _tasks_to_do(state: Assessment, rulebook: Rulebook, after: str | None = None) -> Iterator[Notice]:
    """The notice of each task that can be done now, to its role: of all tasks, or of those after the task `after`.

    A task whose deadline the clock has still to count is told of with its deadline, when the clock has set it.
    """
    for item, due in open_items(state, rulebook):
        is_next = after is None or (isinstance(item, Task) and item.after == Follow.from_id(after).key)
        if isinstance(item, Task) and is_next and (due or item.due is None):
            yield _request("task", item.by[0], item, due, state, rulebook)


def _outcome(state: Assessment, rulebook: Rulebook) -> Text | None:
    """The grade of the result on record, or its points if it is only scored; None if there is no result."""
    scored = state.fact(Scored)
    if scored is None:
        return None
    points = plain(scored.result.score)
    only_points = Text(zh=f"{points} 分", en=f"{points} points")
    return only_points if rulebook.first_scale is None else rulebook.grade_title(scored.result.grade)


def _approving_body(rulebook: Rulebook) -> Text:
    """The title of the body that approves results; empty where nothing is approved, as at an occasion."""
    approval = rulebook.stages.get("approval")
    return rulebook.role_title(approval.by[0]) if approval is not None else Text(zh="", en="")


def _capped_at(finding: str, rulebook: Rulebook) -> Text:
    """The grades above which a finding lets no result be."""
    limits = rulebook.limits_of_findings.get(finding.partition("@")[0], ())
    titles = {
        limit.not_above: scale.grades[limit.not_above].title.text
        for scale in rulebook.scale
        for limit in limits
        if limit in scale.limit
    }
    return Text(
        zh="”“".join(title.zh for title in titles.values()), en="”, “".join(title.en for title in titles.values())
    )


MAX_REASONS = 3
"""The most elements for which a letter gives the points lost with the reason. The others are counted."""


def _lost_points(state: Assessment, rulebook: Rulebook) -> Text | None:
    """The elements at which the department lost most points, with the reasons; None if it lost none."""
    scored = state.fact(Scored)
    if scored is None:
        return None
    losses = sorted(lost_elements(scored.sheet, rulebook.forms_by_kind[state.unit_kind]), key=lambda loss: -loss.points)
    if not losses:
        return None
    more, first = len(losses) - MAX_REASONS, losses[:MAX_REASONS]
    zh = "；".join(f"{loss.label.zh} −{plain(loss.points)}（{loss.reason}）" for loss in first)
    en = "; ".join(f"{loss.label.en} −{plain(loss.points)} ({loss.reason})" for loss in first)
    return Text(
        zh=f"{zh}{f'；另有 {more} 项，见系统' if more > 0 else ''}",
        en=f"{en}{f'; {more} more, see the console' if more > 0 else ''}",
    )


def _on_judgement(fact: Fact, state: Assessment, rulebook: Rulebook) -> Iterator[Notice]:
    """The notices on vetoes, stale scores and reopened results. None of them goes to the department."""
    if isinstance(fact, VetoRaised | VetoRecorded):
        for to in _on_vetoes(rulebook):
            yield _notice(
                "veto_raised",
                to,
                ground=rulebook.title_of_finding(fact.finding),
                effect=rulebook.limit_title(fact.finding),
                grade=_capped_at(fact.finding, rulebook),
                **_person(fact.finding, state),
            )
    elif isinstance(fact, VetoLifted):
        for to in _on_vetoes(rulebook):
            yield _notice("veto_lifted", to, reason=reason_text(fact.reason))
    elif isinstance(fact, StaleScoreNoted) and fact.sources and state.stage == "scoring":
        # At a later stage nobody can score again before the committee has returned or reopened the result.
        yield _notice("stale_score", roles.scorer(rulebook))
    elif isinstance(fact, ResultReopened):
        for to in _filled(roles.scorer(rulebook), roles.approver(rulebook)):
            body, reason = _approving_body(rulebook), reason_text(fact.reason)
            yield _notice("reopened", to, resolution=fact.resolution, reason=reason, body=body)


def _on_vetoes(rulebook: Rulebook) -> tuple[str, ...]:
    return _filled(roles.organiser(rulebook), roles.approver(rulebook))


def _filled(*to: str) -> tuple[str, ...]:
    """These roles, each once; an occasion without an approval has no role that approves."""
    return tuple(dict.fromkeys(filter(None, to)))
