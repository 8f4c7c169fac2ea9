"""保密内容: what is kept in confidence of an assessment, a case, or oneself: what there is, adding to it, and reading one.

Reading takes a proof of identity and a reason, and is on record before anything is shown. What is shown is the answer to that
one form: it stands at no address, and no browser keeps it (`no-store`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from console.web import downloads
from console.web.forms import confidential_fields
from console.web.forms.confidential_files import PREFIX
from console.web.forms.fields import Fields, read_all
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from documents import plain_text
from documents.inspection import recognise
from documents.kinds import KINDS
from states import policy
from states.custody import confidential as law
from states.custody.confidential import BY, Kept, Value
from states.records.account import ADMINISTRATORS
from states.refusals import Incomplete, NotThere, Refusal
from states.user_errors import UserError
from states.vocabulary import Actor, Text
from storage.vault.vault import Vault
from workflow import confidential

from .assessment import assessment_of, link, member_title, stream_of
from .cases import case_of
from .routine_checks import check_of
from .routine_checks import link as check_link

pages = Pages()


class Place(Struct, frozen=True):
    """Whose confidential values a page shows: of which stream, at which path, under which title, and what may be added.

    `people` are those a value may be about, each with what it is called.
    """

    path: str
    title: str
    trail: list[tuple[str, str | Text]]
    values: list[Value]
    stream: str = ""
    units: tuple[str, ...] = ()
    addable: tuple[Kept, ...] = ()
    people: Sequence[tuple[str, str]] = ()


def _assessment(request: PageRequest, year: int, unit: str) -> Place:
    """Of an assessment. Who only stands for the unit sees its team's reports, and not with whom talks were held."""
    state, _, _ = assessment_of(request, stream_of(request, year, unit))
    title = f"{request.roster.title(state.unit, state.year)} {state.year}" + (
        f" · {request.format.text(state.special)}" if state.special else ""
    )
    inside = not request.user.roles.isdisjoint({*BY["read_value"], "assessor"})
    kinds: tuple[Kept, ...] = ("interview_notes", "personal_report") if inside else ("personal_report",)
    values = [one for one in confidential.values(request.engine, of=state.stream) if one.value in kinds]
    people = [(one.person, member_title(one)) for one in state.team]
    return Place(
        link(state, "confidential"), title, [("/", _HOME), (link(state), title)], values, state.stream, (state.unit,),
        kinds if _may_keep(request) else (), people,
    )  # fmt: skip


def _case(request: PageRequest, case: str) -> Place:
    """Of a case: its narrative."""
    state = case_of(request, case)
    title = request.format.text(request.stream_titles.title(state.stream))
    people = [(one.person, one.person) for one in state.body.sanctions] if state.body else []
    units = tuple(dict.fromkeys(state.units))
    trail: list[tuple[str, str | Text]] = [("/cases", Text(zh="案件", en="Cases")), (f"/cases/{state.id}", title)]
    values = confidential.values(request.engine, of=state.stream)
    addable: tuple[Kept, ...] = ("case_narrative",) if _may_keep(request) else ()
    return Place(f"/cases/{state.id}/confidential", title, trail, values, state.stream, units, addable, people)


def _check(request: PageRequest, unit: str, check: str) -> Place:
    """Of a routine check: what was noted in confidence. Who only stands for the unit may add to it, and sees what it added."""
    state = check_of(request, unit, check)
    about = f"{request.roster.title(unit)} {request.format.day(state.findings.checked_on if state.findings else None)}"
    title = Text(zh=f"平时检查 {about}", en=f"Routine check {about}").render(request.user.language)
    inside = not request.user.roles.isdisjoint({*BY["read_value"], "assessor"})
    values = confidential.values(request.engine, of=state.stream)
    mine = [one for one in values if inside or one.by == request.user.id]
    trail: list[tuple[str, str | Text]] = [
        ("/routine-checks", Text(zh="平时检查", en="Routine checks")), (check_link(state), about),
    ]  # fmt: skip
    addable: tuple[Kept, ...] = ("check_notes",) if _may_keep(request) else ()
    return Place(f"{check_link(state)}/confidential", title, trail, mine, state.stream, (unit,), addable)


def _own(request: PageRequest) -> Place:
    """The personal reports of whoever asks."""
    title = Text(zh="本人的个人报告", en="My personal reports").render(request.user.language)
    found = confidential.values(request.engine, about=request.user.id)
    mine = [one for one in found if one.value == "personal_report"]
    return Place("/account/confidential", title, [("/account", Text(zh="我的账号", en="My account"))], mine)


_HOME = Text(zh="首页", en="Home")

Find = Callable[..., Place]


def _list(request: PageRequest, place: Place, wrong: Refusal | None = None) -> Response:
    readable = {one.id for one in place.values if not one.erased and _readable(request, one)}
    return request.answer.page(
        "confidential.html", _status(wrong), place=place, refusal=wrong, readable=readable, kinds=law.KINDS,
        locked=confidential_fields.locked(request), done=request.query.get("done", ""),
    )  # fmt: skip


def _add(request: PageRequest, place: Place) -> Response:
    """Keep one more value of this assessment or case."""
    chosen = next((one for one in place.addable if one == request.form.text("kind")), None)
    about = next((person for person, _ in place.people if person == request.form.text("about")), None)
    content = f"{PREFIX}new.text"
    try:
        said = read_all({
            "kind": lambda: _required(chosen, Text(zh="类别", en="the kind")),
            "about": lambda: _required(about or chosen != "personal_report", Text(zh="报告人", en="whose report it is")),
            content: lambda: _required(
                confidential_fields.read(request, "new", chosen or "interview_notes", about), Text(zh="文字或文件", en="a text or a file")
            ),
        })[content]  # fmt: skip
        actor = request.user.actor(*BY["keep_value"])
        store = Vault.of(request.database)
        confidential.keep(request.engine, store, actor, said.kind, said.about, said.data, place.stream, place.units)
    except Refusal as refusal:
        return _list(request, place, refusal)
    return request.answer.redirect(f"{place.path}{'&' if '?' in place.path else '?'}done=kept")


def _required(value: Any, missing: Text) -> Any:
    """The value. Raises Incomplete if it is empty."""
    if not value:
        raise Incomplete(missing=missing, clause=law.CLAUSE)
    return value


def _ask(request: PageRequest, place: Place, value: str, wrong: UserError | None = None) -> Response:
    one = _value(place, value)
    return request.answer.page(
        "confidential_read.html", _status(wrong), place=place, one=one, refusal=wrong, kinds=law.KINDS, said=None,
        readable=_readable(request, one),
    )  # fmt: skip


def _read(request: PageRequest, place: Place, value: str) -> Response:
    """Put on record who reads it and why; then show it. A file is handed over, never opened in the page."""
    one = _value(place, value)
    try:
        reason = Fields(request.form, law.CLAUSE).word("reason", Text(zh="查阅理由", en="why it is read"))
        store = Vault.of(request.database)
        data = confidential.read(request.engine, store, _reader(request, one), one.id, reason)
    except UserError as why:
        return _ask(request, place, value, why)
    ending = recognise(data)
    if ending == "txt":
        return request.answer.page("confidential_read.html", place=place, one=one, refusal=None, kinds=law.KINDS, said=plain_text.decode_text(data), readable=True)  # fmt: skip
    media_type = KINDS[ending].media_type if ending in KINDS else "application/octet-stream"
    return downloads.answer(data, media_type, f"{one.id[:10]}.{ending}")


def _value(place: Place, id_: str) -> Value:
    """The value, if this place has it: a path of another's leads nowhere."""
    found = next((one for one in place.values if one.id == id_), None)
    if found is None:
        first = law.TITLES["keep_value"]
        raise NotThere(act=law.TITLES["read_value"], stream=id_[:64], first=first)
    return found


def _reader(request: PageRequest, one: Value) -> Actor:
    """Who reads: in a role the law names for it; what is one's own takes none."""
    return request.user.actor(*BY["read_value"])


def _readable(request: PageRequest, one: Value) -> bool:
    _, context, _ = request.context(one.stream)
    return policy.offered("read_value", one, replace(context, actor=_reader(request, one)))


def _may_keep(request: PageRequest) -> bool:
    return not request.user.roles.isdisjoint(BY["keep_value"]) and request.user.roles.isdisjoint(ADMINISTRATORS)


def _status(wrong: UserError | None) -> int:
    return 200 if wrong is None else 403 if isinstance(wrong, Refusal) and wrong.grave else 409


def _at(find: Find, answer: Callable[..., Response]) -> Callable[..., Response]:
    """The page that answers about what is found at a path."""

    def page(request: PageRequest, value: str = "", **where: int | str) -> Response:
        place = find(request, **where)
        return answer(request, place, value) if value else answer(request, place)

    return page


for _find, _path, _view in (
    (_assessment, "/assessments/{year:int}/{unit}", "confidential"),
    (_case, "/cases/{case}", "cases"),
    (_check, "/routine-checks/{unit}/{check}", "confidential"),
    (_own, "/account", "own_account"),
):
    _all, _one = f"{_path}/confidential", f"{_path}/confidential/{{value}}"
    pages.get(_all, view=_view)(_at(_find, _list))
    if _find is not _own:
        pages.post(_all, view=_view)(_at(_find, _add))
    pages.get(_one, view=_view, reauthenticates=True)(_at(_find, _ask))
    pages.post(_one, view=_view, reauthenticates=True)(_at(_find, _read))
