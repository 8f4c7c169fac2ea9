"""保密内容: the confidential values of an assessment, a case, a check, or the user: list, add, read.

To read a value the user authenticates again and gives a reason, and the reading is recorded before anything is shown.
The value is then the answer to that one form: it has no address of its own, and the browser does not store it
(`no-store`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from console.web import downloads
from console.web.assessment_paths import assessment_path
from console.web.forms import confidential_fields
from console.web.forms.confidential_fields import ConfidentialContent
from console.web.forms.confidential_files import PREFIX
from console.web.forms.fields import Fields, read_all
from console.web.forms.refusal_status import status_of
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from documents import plain_text
from documents.inspection import recognise
from documents.kinds import KINDS
from states import policy
from states.custody import confidential as law
from states.custody.confidential import ROLES_OF_ACT, Value, ValueKind
from states.records.account import ADMINISTRATORS
from states.refusals import Incomplete, NotThere, Refusal
from states.user_errors import UserError
from states.vocabulary import Actor, Text
from storage.vault.vault import Vault
from workflow import confidential

from .assessment import assessment_of, member_title, stream_of
from .cases import case_of
from .routine_checks import check_of
from .routine_checks import link as check_link

pages = Pages()


class ConfidentialSubject(Struct, frozen=True):
    """The thing whose confidential values a page lists: an assessment, a case, a routine check, or the user.

    `values` are those this account may know of; `addable` the kinds it may add. `people` are the persons a value may be
    about, each with a title. `stream` and `units` are stored with a new value; the user's own list has none, and
    nothing can be added to it.
    """

    path: str
    title: str
    trail: list[tuple[str, str | Text]]
    values: list[Value]
    stream: str = ""
    units: tuple[str, ...] = ()
    addable: tuple[ValueKind, ...] = ()
    people: Sequence[tuple[str, str]] = ()


def _assessment(request: PageRequest, year: int, unit: str) -> ConfidentialSubject:
    state, _, _ = assessment_of(request, stream_of(request, year, unit))
    special = f" · {request.format.text(state.special)}" if state.special else ""
    title = f"{request.roster.title(state.unit, state.year)} {state.year}{special}"
    # An account that only acts for the department sees the personal reports of its team, but not with whom interviews
    # were held.
    kinds: tuple[ValueKind, ...] = (
        ("interview_notes", "personal_report") if _is_inside(request) else ("personal_report",)
    )
    return ConfidentialSubject(
        path=assessment_path(state, "confidential"),
        title=title,
        trail=[("/", Text(zh="首页", en="Home")), (assessment_path(state), title)],
        values=[one for one in confidential.all_values(request.engine, of=state.stream) if one.value in kinds],
        stream=state.stream,
        units=(state.unit,),
        addable=kinds if _may_add(request) else (),
        people=[(one.person, member_title(one)) for one in state.team],
    )


def _case(request: PageRequest, case: str) -> ConfidentialSubject:
    state = case_of(request, case)
    title = request.format.text(request.stream_titles.title(state.stream))
    return ConfidentialSubject(
        path=f"/cases/{state.id}/confidential",
        title=title,
        trail=[("/cases", Text(zh="案件", en="Cases")), (f"/cases/{state.id}", title)],
        values=confidential.all_values(request.engine, of=state.stream),
        stream=state.stream,
        units=tuple(dict.fromkeys(state.units)),
        addable=("case_narrative",) if _may_add(request) else (),
        people=[(one.person, one.person) for one in state.body.sanctions] if state.body else [],
    )


def _check(request: PageRequest, unit: str, check: str) -> ConfidentialSubject:
    state = check_of(request, unit, check)
    about = f"{request.roster.title(unit)} {request.format.day(state.findings.checked_on if state.findings else None)}"
    values = confidential.all_values(request.engine, of=state.stream)
    # An account that only acts for the department may add notes, and sees those it added itself.
    visible = [one for one in values if _is_inside(request) or one.by == request.user.id]
    return ConfidentialSubject(
        path=f"{check_link(state)}/confidential",
        title=request.format.text(Text(zh=f"平时检查 {about}", en=f"Routine check {about}")),
        trail=[("/routine-checks", Text(zh="平时检查", en="Routine checks")), (check_link(state), about)],
        values=visible,
        stream=state.stream,
        units=(unit,),
        addable=("check_notes",) if _may_add(request) else (),
    )


def _own(request: PageRequest) -> ConfidentialSubject:
    """The personal reports about the user."""
    values = confidential.all_values(request.engine, about=request.user.id)
    return ConfidentialSubject(
        path="/account/confidential",
        title=request.format.text(Text(zh="本人的个人报告", en="My personal reports")),
        trail=[("/account", Text(zh="我的账号", en="My account"))],
        values=[one for one in values if one.value == "personal_report"],
    )


def _is_inside(request: PageRequest) -> bool:
    """Whether the user works on the assessment itself: reads values by role, or assesses."""
    return not request.user.roles.isdisjoint({*ROLES_OF_ACT["read_value"], "assessor"})


def _may_add(request: PageRequest) -> bool:
    return not request.user.roles.isdisjoint(ROLES_OF_ACT["keep_value"]) and request.user.roles.isdisjoint(
        ADMINISTRATORS
    )


Find = Callable[..., ConfidentialSubject]
"""Finds the subject that the path names."""


def _list(request: PageRequest, subject: ConfidentialSubject, refusal: Refusal | None = None) -> Response:
    return request.answer.page(
        "confidential.html",
        status_of(refusal),
        subject=subject,
        readable={one.id for one in subject.values if not one.erased and _readable(request, one)},
        kinds=law.VALUE_KIND_TITLES,
        locked=confidential_fields.why_unusable(request),
        refusal=refusal,
        done=request.query.get("done", ""),
    )


def _add(request: PageRequest, subject: ConfidentialSubject) -> Response:
    """Add one value to the subject."""
    try:
        content = _read_new(request, subject)
        actor = request.user.actor(*ROLES_OF_ACT["keep_value"])
        vault = Vault.of(request.database)
        confidential.store(
            request.engine, vault, actor, content.kind, content.about, content.data, subject.stream, subject.units
        )
    except Refusal as refusal:
        return _list(request, subject, refusal)
    return request.answer.redirect(f"{subject.path}{'&' if '?' in subject.path else '?'}done=kept")


def _read_new(request: PageRequest, subject: ConfidentialSubject) -> ConfidentialContent:
    """The value in the form. InvalidForm with everything that is missing."""
    kind = next((one for one in subject.addable if one == request.form.text("kind")), None)
    about = next((person for person, _ in subject.people if person == request.form.text("about")), None)
    field = f"{PREFIX}new.text"
    # Without a kind the value is read all the same, as one of any kind, so that the refusal names all that is missing
    # at once.
    read = partial(confidential_fields.read, request, "new", kind or "interview_notes", about)
    content: ConfidentialContent = read_all(
        {
            "kind": lambda: _required(kind, Text(zh="类别", en="the kind")),
            "about": lambda: _required(about or kind != "personal_report", Text(zh="报告人", en="whose report it is")),
            field: lambda: _required(read(), Text(zh="文字或文件", en="a text or a file")),
        }
    )[field]
    return content


def _required(value: Any, missing: Text) -> Any:
    """The value. Raises Incomplete if it is empty."""
    if not value:
        raise Incomplete(missing=missing, clause=law.CLAUSE)
    return value


def _ask_reason(
    request: PageRequest, subject: ConfidentialSubject, value: str, error: UserError | None = None
) -> Response:
    """The form that asks why the value is read."""
    one = _value(subject, value)
    return _value_page(request, subject, one, status_of(error), refusal=error, readable=_readable(request, one))


def _read(request: PageRequest, subject: ConfidentialSubject, value: str) -> Response:
    """Record who reads the value and why, then send it.

    A text is shown on the page; a file is downloaded, never opened in the page.
    """
    one = _value(subject, value)
    try:
        reason = Fields(request.form, law.CLAUSE).word("reason", Text(zh="查阅理由", en="why it is read"))
        data = confidential.read(request.engine, Vault.of(request.database), _reader(request), one.id, reason)
    except UserError as error:
        return _ask_reason(request, subject, value, error)
    ending = recognise(data)
    if ending == "txt":
        return _value_page(request, subject, one, 200, text=plain_text.decode_text(data), readable=True)
    media_type = KINDS[ending].media_type if ending in KINDS else "application/octet-stream"
    return downloads.answer(data, media_type, f"{one.id[:10]}.{ending}")


def _value_page(
    request: PageRequest,
    subject: ConfidentialSubject,
    one: Value,
    status: int,
    *,
    readable: bool,
    text: str | None = None,
    refusal: UserError | None = None,
) -> Response:
    return request.answer.page(
        "confidential_read.html",
        status,
        subject=subject,
        one=one,
        kinds=law.VALUE_KIND_TITLES,
        readable=readable,
        text=text,
        refusal=refusal,
    )


def _value(subject: ConfidentialSubject, id_: str) -> Value:
    """The value, if it belongs to this subject: the path of one subject must not open a value of another. NotThere."""
    value = next((one for one in subject.values if one.id == id_), None)
    if value is None:
        first = law.TITLES["keep_value"]
        raise NotThere(act=law.TITLES["read_value"], stream=id_[:64], first=first)
    return value


def _reader(request: PageRequest) -> Actor:
    """The user as a reader, in a role that may read values. A value about oneself is read in any role."""
    return request.user.actor(*ROLES_OF_ACT["read_value"])


def _readable(request: PageRequest, one: Value) -> bool:
    _, context, _ = request.context(one.stream)
    return policy.may_offer("read_value", one, replace(context, actor=_reader(request)))


def _at(find: Find, answer: Callable[..., Response]) -> Callable[..., Response]:
    """The page function of a path: it finds the subject that the path names, and answers about it."""

    def page(request: PageRequest, value: str = "", **path: int | str) -> Response:
        subject = find(request, **path)
        return answer(request, subject, value) if value else answer(request, subject)

    return page


for _find, _path, _view in (
    (_assessment, "/assessments/{year:int}/{unit}", "confidential"),
    (_case, "/cases/{case}", "cases"),
    (_check, "/routine-checks/{unit}/{check}", "confidential"),
    (_own, "/account", "own_account"),
):
    _list_path, _value_path = f"{_path}/confidential", f"{_path}/confidential/{{value}}"
    pages.get(_list_path, view=_view)(_at(_find, _list))
    if _find is not _own:
        pages.post(_list_path, view=_view)(_at(_find, _add))
    pages.get(_value_path, view=_view, reauthenticates=True)(_at(_find, _ask_reason))
    pages.post(_value_path, view=_view, reauthenticates=True)(_at(_find, _read))
