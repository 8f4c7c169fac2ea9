"""The page on which a person checks a final act (`confirmation.py`). It is made from a preview for each stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct
from starlette.responses import Response

from console.web.display.commands import CommandField, command_fields
from console.web.display.grades import subject_grades
from console.web.display.records import places_text
from console.web.display.terms import named, terms_of
from console.web.request.page_request import PageRequest
from notifications.notices.assessments import assessment_notices
from states import policy
from states.assessment import Assessment
from states.explanation import explain_inputs, is_adjustment, is_remark
from states.offers import next_act
from states.records.account import HOLDER
from states.result.open_tasks import task_title
from states.result.result import Result
from states.rulebook.calculation.numbers import plain
from states.rulebook.sentences.names import figure
from states.rulebook.types import Rulebook
from states.stages.approval import Approved
from states.stages.circulation import Circulated
from states.stages.democratic_evaluation import BallotVoided
from states.stages.scoring import Scored
from states.titles import FIELD_TITLES
from states.vocabulary import Command, Text
from states.year.standings import StandingSettled
from states.year.year import YearClosed
from workflow.previews import Preview

from . import confidential_files, uploads
from .confirmation import EXPECTED, OUTCOME, CheckNeeded, is_added_by_page


class OutcomeGroup(Struct, frozen=True):
    """A heading and a table of departments with the same outcome. `refused`: their commands are refused."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    refused: bool = False


def page(request: PageRequest, needed: CheckNeeded) -> Response:
    """The check page of one act on one stream or several.

    The fields, the consequences and the rulebook are those of the first command. With several streams the field `unit`
    is left out, because the departments are listed.
    """
    previews = needed.previews
    first = previews[0]
    rulebook = first.context.rulebook
    state = first.state if isinstance(first.state, Assessment) else Assessment()
    without = frozenset(("unit",)) if len(previews) > 1 else frozenset()
    lines = command_lines(request, first.command, rulebook, state, without)
    return check_page(
        request,
        first.command.act,
        rulebook,
        lines,
        previews,
        subjects=_subjects(request, previews),
        outcome=[*_outcome(request, first), *notice_sentence(request, previews)],
        needed=needed,
    )


def command_lines(
    request: PageRequest, command: Command, rulebook: Rulebook, state: Assessment, without: frozenset[str] = frozenset()
) -> list[CommandField]:
    """The fields of a command as lines to read, without the fields in `without`, which differ between the streams."""
    return list(command_fields(command, terms_of(request, state, rulebook), uploads.names_by_digest(request), without))


def check_page(
    request: PageRequest,
    act: str,
    rulebook: Rulebook,
    lines: list[CommandField],
    previews: Sequence[Preview],
    *,
    subjects: Sequence[str] = (),
    outcome: Sequence[str] = (),
    groups: Sequence[OutcomeGroup] = (),
    needed: CheckNeeded | None = None,
) -> Response:
    """The check page.

    Without previews the act is not possible: the page gives the reasons and has no button to confirm.
    """
    confidential = _confidential_content(request)
    # Confidential notes are not in the command, so their field is empty there.
    empty = [
        request.format.text(line.title)
        for line in lines
        if line.is_empty and not (confidential and line.title == FIELD_TITLES["notes"])
    ]
    refusal, change = (needed.refusal, needed.change) if needed else (None, None)
    command = previews[0].command if previews else None
    earlier_outcome = request.form.texts(OUTCOME)
    return request.answer.page(
        "check.html",
        409 if refusal or change else 200,
        title=policy.title(act, rulebook, record=command),
        clause=policy.clause_of(act, rulebook, record=command),
        subjects=subjects,
        lines=lines,
        groups=groups,
        possible=bool(previews),
        principal=previews[0].decision.actor.principal if previews else None,
        empty=empty,
        in_confidence=confidential,
        outcome=outcome,
        refusal=refusal,
        change=change,
        gone=[sentence for sentence in earlier_outcome if sentence not in outcome],
        new=[sentence for sentence in outcome if sentence not in earlier_outcome],
        hidden=[
            *_typed_fields(request),
            *_shown_fields(request, outcome, previews),
            *confidential_files.hidden_fields(request),
        ],
        files=confidential_files.files_to_confirm(request),
        action=_action(request),
    )


def notice_sentence(request: PageRequest, previews: Iterable[Preview]) -> list[str]:
    """The sentence that says which roles get a notice; empty if none does."""
    roles = {
        notice.to: None
        for preview in previews
        if isinstance(preview.after, Assessment)
        for notice in assessment_notices(preview.fact, preview.after, preview.context.rulebook)
    }
    titles = request.format.join(_recipient(request, role) for role in sorted(roles))
    if not titles:
        return []
    return [f"These will be notified: {titles}." if request.user.language == "en" else f"将通知：{titles}。"]


def _recipient(request: PageRequest, role: str) -> str:
    """The title of a role. A notice to the holder of an account is one to each member about the own result."""
    each_member = Text(zh="班子成员本人", en="each member of the team")
    return request.format.text(each_member) if role == HOLDER else request.format.role(role)


def _typed_fields(request: PageRequest) -> list[tuple[str, str]]:
    """Hidden fields with all typed values. Files are named by their tokens (`uploads.py`)."""
    fields = [(n, v) for n, v in request.form.items() if isinstance(v, str) and not is_added_by_page(n)]
    return [*fields, ("_page", request.return_path)]


def _shown_fields(request: PageRequest, outcome: Sequence[str], previews: Sequence[Preview]) -> list[tuple[str, str]]:
    """Hidden fields that identify the content of the page, so that the confirmation is about exactly this content."""
    version = [("version", str(preview.state.version)) for preview in previews[:1] if request.form.text("version")]
    id_ = [("command_id", request.form.text("command_id"))] if request.form.text("command_id") else []
    facts = ((EXPECTED + preview.stream, preview.digest) for preview in previews)
    return [*id_, *version, *((OUTCOME, sentence) for sentence in outcome), *facts]


def _action(request: PageRequest) -> str:
    url = request.http.url
    return url.path + (f"?{url.query}" if url.query else "")


def _subjects(request: PageRequest, previews: Sequence[Preview]) -> list[str]:
    """The subjects of the act: department and year of an assessment; for any other stream, the department."""
    subjects: list[str] = []
    for preview in previews:
        state: Any = preview.state
        unit = getattr(preview.command, "unit", None) or getattr(state, "unit", None)
        year = state.year if isinstance(state, Assessment) and state.version else None
        if unit:
            title = request.special(state) if isinstance(state, Assessment) else None
            special = f" · {request.format.text(title)}" if title else ""
            subjects.append(f"{request.roster.title(unit, year)}{f' · {year}' if year else ''}{special}")
    return list(dict.fromkeys(subjects))


def _outcome(request: PageRequest, preview: Preview) -> Iterator[str]:
    """The consequences of the act, one sentence each."""
    english, rulebook, fact = request.user.language == "en", preview.context.rulebook, preview.fact
    if isinstance(fact, Scored):
        yield from _result(request, preview, fact)
    elif isinstance(fact, Approved):
        yield from _places(request, preview)
    elif isinstance(fact, BallotVoided):
        yield (
            "More ballots were returned than issued, so this ballot is void and must be held again."
            if english
            else "收回的票数多于发出的票数，本次测评无效，须重新测评。"
        )
    elif isinstance(fact, Circulated) and fact.tasks:
        after = preview.after
        assert isinstance(after, Assessment)
        with_names = named(request, after)
        tasks = request.format.join(request.format.text(task_title(with_names, task, rulebook)) for task in fact.tasks)
        yield f"Follow-up: {tasks}." if english else f"结果运用：{tasks}。"
    elif isinstance(fact, YearClosed) and fact.left:
        count = len(fact.left)
        yield f"Follow-up still open: {count}." if english else f"还有 {count} 项结果运用没有办结。"
    elif isinstance(fact, StandingSettled):
        yield from _seats(request, fact, rulebook)
    if isinstance(preview.after, Assessment):
        yield from _next(request, preview, preview.after)


def _seats(request: PageRequest, fact: StandingSettled, rulebook: Rulebook) -> Iterator[str]:
    """How many have a place, and who gets the seats of each quota, without the person's own department."""
    places = {
        id_: place
        for id_, place in fact.places.items()
        if place is not None and request.permissions.may_view("results", id_.partition("@")[0])
    }
    text, english = request.format.text(places_text(fact.places)), request.user.language == "en"
    yield f"{text[:1].upper()}{text[1:]}." if english else f"{text}。"
    standing = rulebook.standings.get(fact.standing)
    for quota in standing.quota if standing is not None else ():
        holders = sorted((place.place, id_) for id_, place in places.items() if quota.key in place.seats)
        names = request.format.join(request.roster.title(id_.partition("@")[0]) for _, id_ in holders)
        title = request.format.text(quota.title.text)
        yield f"{title}: {names or 'nobody'}." if english else f"{title}：{names or '无'}。"


def _result(request: PageRequest, preview: Preview, fact: Scored) -> Iterator[str]:
    """The score and the grade, and the reasons for them if the user may read results."""
    english, rulebook, result = request.user.language == "en", preview.context.rulebook, fact.result
    yield _score_and_grade(request, result, rulebook)
    yield from _other_grades(request, preview)
    if isinstance(preview.state, Assessment) and request.permissions.may_view("results", preview.state.unit):
        for line in explain_inputs(fact.inputs, rulebook):
            limit = line.location.removeprefix("limit.")
            if limit in result.limits:
                cause = request.format.text(rulebook.cause_of_grade((limit,)) or line.title)
                yield f"{cause[:1].upper()}{cause[1:]}: {line.title.en}." if english else f"{cause}：{line.title.zh}。"
                continue
            if not (is_adjustment(line) or is_remark(line)):
                continue
            amount = f" {figure(line.amount)}" if line.amount else ""
            yield f"{request.format.text(line.text)}{amount}{'.' if english else '。'}"


def _score_and_grade(request: PageRequest, result: Result, rulebook: Rulebook) -> str:
    """The score if there are points, and the grade with its limit if the subject is graded."""
    english, parts = request.user.language == "en", []
    if result.score is not None:
        parts.append(f"score: {plain(result.score)}" if english else f"得分 {plain(result.score)}")
    if rulebook.first_scale is not None:
        grade, cause = request.format.text(rulebook.grade_title(result.grade)), rulebook.cause_of_grade(result.limits)
        limit = "" if cause is None else f" ({cause.en})" if english else f"（{cause.zh}）"
        parts.append(f"grade: {grade}{limit}" if english else f"等次 {grade}{limit}")
    sentence = "; ".join(parts) if english else "，".join(parts)
    return f"{sentence[:1].upper()}{sentence[1:]}." if english else f"{sentence}。"


def _other_grades(request: PageRequest, preview: Preview) -> Iterator[str]:
    """The grades of all subjects but the first, if the user may read results; of members, if the user may read those."""
    after = preview.after
    if not isinstance(after, Assessment) or not request.permissions.may_view("results", after.unit):
        return
    terms = terms_of(request, after, preview.context.rulebook)
    with_members = request.permissions.may_view("member_results", after.unit)
    for one in subject_grades(after, terms, with_members=with_members)[1:]:
        title, text = request.format.text(one.title), request.format.text(one.text)
        yield f"{title}: {text}." if request.user.language == "en" else f"{title}：{text}。"


def _places(request: PageRequest, preview: Preview) -> Iterator[str]:
    """The places on which the approved grades rest, and the seats."""
    after = preview.after
    assert isinstance(after, Assessment)
    with_members = request.permissions.may_view("member_results", after.unit)
    for one in subject_grades(after, terms_of(request, after, preview.context.rulebook), with_members=with_members):
        if one.places:
            title, english = request.format.text(one.title), request.user.language == "en"
            places = request.format.join(map(request.format.text, one.places))
            yield f"{title}: {places}." if english else f"{title}：{places}。"


def _next(request: PageRequest, preview: Preview, after: Assessment) -> Iterator[str]:
    """The next step with its role and deadline, or a sentence that nothing is left to do."""
    # The context of the act may lack what the next act needs.
    _, context, _ = request.context(preview.stream)
    english, upcoming_act = request.user.language == "en", next_act(after, context)
    if upcoming_act is not None:
        title, by = (
            request.format.text(upcoming_act.title),
            request.format.join(request.format.role(role) for role in upcoming_act.by),
        )
        due = upcoming_act.due.isoformat() if upcoming_act.due else ""
        if english:
            yield f"Next: {title}, by {by}{f', until {due}' if due else ''}."
        else:
            yield f"下一步：{title}，由{by}办理{f'，期限 {due}' if due else ''}。"
    elif after.stage != getattr(preview.state, "stage", ""):
        yield "This assessment then has nothing left to do." if english else "之后本次考核没有待办事项。"


def _confidential_content(request: PageRequest) -> list[str]:
    """The confidential content of the form: the number of texts, and the names of the files."""
    prefix = confidential_files.PREFIX
    names = {name for name in request.form if name.startswith(prefix) and name.endswith(".text")}
    texts = [name for name in names if any(request.form.texts(name))]
    count = f"{len(texts)} as text" if request.user.language == "en" else f"文字 {len(texts)} 份"
    return [*([count] if texts else []), *(file.name for file in confidential_files.files_to_confirm(request).values())]
