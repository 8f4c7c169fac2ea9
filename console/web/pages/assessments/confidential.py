"""保密内容: listing, adding and reading the confidential values of an assessment, a case or a routine check.

A user can also list and read the personal reports about the user. The rights to list, to add and to read differ. A
user who only acts for a department sees a part of the list and may add values, but may read only a report about the
same user.

Reading a value needs a recent authentication and a reason, and the access is recorded before the value is shown. The
value is sent as the answer to that form. So it has no URL of its own, and the browser does not store it (`no-store`).

Not here: erasing values (`pages/ledger/vault.py`), and the log of the accesses (`confidential_access_log.py`).
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
from states.custody import confidential as rules
from states.custody.confidential import Value, ValueKind
from states.records.account import ADMINISTRATORS
from states.refusals import Incomplete, NotThere, Refusal
from states.rulebook.roles import inspectors, value_keepers, value_readers
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
    """The assessment, case, routine check or user whose confidential values a page lists.

    `values` are the values that the user may see in the list, `addable` the kinds that the user may add. `people` are
    the persons whom a value may be about, each with a title. `stream` and `units` are stored with a new value; they are
    empty for the user's own list, to which nothing can be added. `trail` has the path and the title of each page above
    the list.
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
    """An assessment, with its personal reports and its interview notes. Raises `NotThere`."""
    state, _, _ = assessment_of(request, stream_of(request, year, unit))
    special_title = request.special(state)
    special = f" · {request.format.text(special_title)}" if special_title else ""
    title = f"{request.roster.title(state.unit, state.year)} {state.year}{special}"
    # A user who only acts for the department sees the personal reports of its team, but not the interview notes, which
    # show who was interviewed.
    kinds: tuple[ValueKind, ...] = (
        ("interview_notes", "personal_report") if _works_on_assessments(request) else ("personal_report",)
    )
    return ConfidentialSubject(
        path=assessment_path(state, "confidential"),
        title=title,
        trail=[("/", Text(zh="首页", en="Home")), (assessment_path(state), title)],
        values=[value for value in confidential.all_values(request.engine, of=state.stream) if value.value in kinds],
        stream=state.stream,
        units=(state.unit,),
        addable=kinds if _may_add(request) else (),
        people=[(member.person, member_title(member, request)) for member in state.team],
    )


def _case(request: PageRequest, case: str) -> ConfidentialSubject:
    """A case, with its narratives. Raises `NotThere`, or `OwnUnitRead` if it concerns the user's own department."""
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
        people=[
            (sanction.person, request.format.text(request.names_of_persons.get(sanction.person, sanction.person)))
            for sanction in (state.body.sanctions if state.body else ())
        ],
    )


def _check(request: PageRequest, unit: str, check: str) -> ConfidentialSubject:
    """A routine check, with its notes. Raises `NotThere`."""
    state = check_of(request, unit, check)
    about = f"{request.roster.title(unit)} {request.format.day(state.findings.checked_on if state.findings else None)}"
    values = confidential.all_values(request.engine, of=state.stream)
    # A user who only acts for the department may add notes, and sees only those that the user added.
    visible = [value for value in values if _works_on_assessments(request) or value.by == request.user.id]
    return ConfidentialSubject(
        path=f"{check_link(state)}/confidential",
        title=request.format.text(Text(zh=f"平时检查 {about}", en=f"Routine check {about}")),
        trail=[("/routine-checks", Text(zh="平时检查", en="Routine checks")), (check_link(state), about)],
        values=visible,
        stream=state.stream,
        units=(unit,),
        addable=("check_notes",) if _may_add(request) else (),
    )


def _own_reports(request: PageRequest) -> ConfidentialSubject:
    """The user, with the personal reports about the user."""
    values = confidential.all_values(request.engine, about=request.user.id)
    return ConfidentialSubject(
        path="/account/confidential",
        title=request.format.text(Text(zh="本人的个人报告", en="My personal reports")),
        trail=[("/account", Text(zh="我的账号", en="My account"))],
        values=[value for value in values if value.value == "personal_report"],
    )


def _works_on_assessments(request: PageRequest) -> bool:
    """Whether the user works on the assessment itself: as an assessor, or in a role that may read values."""
    return not request.user.roles.isdisjoint({*value_readers(request.rulebook), *inspectors(request.rulebook)})


def _may_add(request: PageRequest) -> bool:
    """Whether the user has a role that may add values, and no role of an administrator."""
    return not request.user.roles.isdisjoint(value_keepers(request.rulebook)) and request.user.roles.isdisjoint(
        ADMINISTRATORS
    )


FindSubject = Callable[..., ConfidentialSubject]
"""Finds the subject of a page from the parameters in its path."""


def _list_page(request: PageRequest, subject: ConfidentialSubject, refusal: Refusal | None = None) -> Response:
    return request.answer.page(
        "confidential.html",
        status_of(refusal),
        subject=subject,
        readable={value.id for value in subject.values if not value.erased and _may_read(request, value)},
        kinds=rules.VALUE_KIND_TITLES,
        locked=confidential_fields.vault_error(request),
        refusal=refusal,
        done=request.query.get("done", ""),
    )


def _add_value(request: PageRequest, subject: ConfidentialSubject) -> Response:
    """Add the value in the form to the subject."""
    try:
        content = _read_new_value(request, subject)
        actor = request.actor_for(subject.units, *value_keepers(request.rulebook))
        vault = Vault.for_database(request.database)
        confidential.store(
            request.engine, vault, actor, content.kind, content.about, content.data, subject.stream, subject.units
        )
    except Refusal as refusal:
        return _list_page(request, subject, refusal)
    return request.answer.redirect(f"{subject.path}{'&' if '?' in subject.path else '?'}done=kept")


def _read_new_value(request: PageRequest, subject: ConfidentialSubject) -> ConfidentialContent:
    """The new value in the form. Raises `InvalidForm` with all missing fields."""
    kind = next((kind for kind in subject.addable if kind == request.form.text("kind")), None)
    about = next((person for person, _ in subject.people if person == request.form.text("about")), None)
    field = f"{PREFIX}new.text"
    # If the kind is missing, the value is read as interview notes, so that the refusal names all missing fields at
    # once.
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
    """Return the value. Raises `Incomplete` if it is empty."""
    if not value:
        raise Incomplete(missing=missing, clause=rules.CLAUSE)
    return value


def _reason_page(
    request: PageRequest, subject: ConfidentialSubject, id_: str, error: UserError | None = None
) -> Response:
    """The page of a value without its content. It asks for the reason if the user may read the value."""
    value = _value(subject, id_)
    return _value_page(request, subject, value, status_of(error), refusal=error, readable=_may_read(request, value))


def _send_value(request: PageRequest, subject: ConfidentialSubject, id_: str) -> Response:
    """Record the reader and the reason, then send the value.

    A text is shown on the page; a file is downloaded, never opened in the page.
    """
    value = _value(subject, id_)
    try:
        reason = Fields(request.form, rules.CLAUSE).word("reason", Text(zh="查阅理由", en="why it is read"))
        data = confidential.read(
            request.engine, Vault.for_database(request.database), _reader(request, value), value.id, reason
        )
    except UserError as error:
        return _reason_page(request, subject, id_, error)
    ending = recognise(data)
    if ending == "txt":
        return _value_page(request, subject, value, 200, text=plain_text.decode_text(data), readable=True)
    media_type = KINDS[ending].media_type if ending in KINDS else "application/octet-stream"
    return downloads.download_response(data, media_type, f"{value.id[:10]}.{ending}")


def _value_page(
    request: PageRequest,
    subject: ConfidentialSubject,
    value: Value,
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
        value=value,
        kinds=rules.VALUE_KIND_TITLES,
        readable=readable,
        text=text,
        refusal=refusal,
    )


def _value(subject: ConfidentialSubject, id_: str) -> Value:
    """The value with this id, if it belongs to the subject. Raises `NotThere`.

    The path of one subject must not open a value of another.
    """
    value = next((value for value in subject.values if value.id == id_), None)
    if value is None:
        first = rules.TITLES["keep_value"]
        raise NotThere(act=rules.TITLES["read_value"], stream=id_[:64], first=first)
    return value


def _reader(request: PageRequest, value: Value) -> Actor:
    """The user as the actor who reads, in a role that may read values.

    A value about the user may be read in any role.
    """
    return request.actor_for(value.units, *value_readers(request.rulebook))


def _may_read(request: PageRequest, value: Value) -> bool:
    _, context, _ = request.context(value.stream)
    return policy.may_offer("read_value", value, replace(context, actor=_reader(request, value)))


def _page_function(find: FindSubject, answer: Callable[..., Response]) -> Callable[..., Response]:
    """A page function that finds the subject from the path and calls `answer` with it."""

    def page(request: PageRequest, value: str = "", **path: int | str) -> Response:
        subject = find(request, **path)
        return answer(request, subject, value) if value else answer(request, subject)

    return page


for _find, _path, _view in (
    (_assessment, "/assessments/{year:int}/{unit}", "confidential"),
    (_case, "/cases/{case}", "cases"),
    (_check, "/routine-checks/{unit}/{check}", "confidential"),
    (_own_reports, "/account", "own_account"),
):
    _list_path, _value_path = f"{_path}/confidential", f"{_path}/confidential/{{value}}"
    pages.get(_list_path, view=_view)(_page_function(_find, _list_page))
    if _find is not _own_reports:
        pages.post(_list_path, view=_view)(_page_function(_find, _add_value))
    pages.get(_value_path, view=_view, reauthenticates=True)(_page_function(_find, _reason_page))
    pages.post(_value_path, view=_view, reauthenticates=True)(_page_function(_find, _send_value))
