"""案件: disciplinary cases as facts. Who (an opaque id), what standing, what outcome, effective when, by which document; no narrative.

Recording and revising change results and raise vetoes, so the person proves again who it is. What a case does to a unit's
result is read off the rulebook, here as everywhere, and shown beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct, structs
from starlette.responses import Response

from console.web.forms import confidential_fields
from console.web.forms.confidential_files import PREFIX
from console.web.forms.fields import Fields, read_all
from console.web.forms.submitting import submit
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.cases.case import RecordCase, RescindCase, ReviseCase, title
from states.cases.effects import effect_of
from states.cases.plausibility import STANDINGS
from states.chart import ACT_OF_FACT
from states.records.case import Case, CaseBody, Sanction
from states.refusals import Malformed, NotThere, Refusal
from states.rulebook.types import Standing
from states.streams import case_stream, id_of
from states.vocabulary import Opaque, Text, Words
from storage import queries

pages = Pages()

EFFECTS: dict[str, Text] = {
    "none": Text(zh="不影响考核", en="no effect"),
    "deduct": Text(zh="扣分", en="points off"),
    "veto": Text(zh="一票否决", en="veto"),
    "pending": Text(zh="未结，待定", en="open, not decided"),
    "committee": Text(zh="由党委研究决定", en="for the committee to decide"),
}
ROWS, MOST = 4, 50
"""How many people of one case a new form has room for, and how many are read."""

_PARTS = ("person", "standing", "outcome", "effective_on", "document", "instead_of", "remark")


class UserError(Struct, frozen=True):
    """One sanction as a page tells it: of whom, what, since when, by what, and what it does. `heavier`: in place of what (F6)."""

    sanction: Sanction
    outcome: Text
    effect: str
    points: str
    heavier: Text | None = None


class Happened(Struct, frozen=True):
    """One entry of a case."""

    title: Text
    actor: str
    at: datetime
    reason: str


@pages.get("/cases", view="cases")
def show(request: PageRequest) -> Response:
    cases = [_case(request, id_of(row.stream)) for row in queries.all_cases(request.database)]
    cases = [case for case in cases if all(request.permissions.may_view("cases", unit) for unit in case.units)]
    cases.sort(key=lambda case: case.number, reverse=True)
    return request.answer.page(
        "cases.html",
        cases=[(case, _told(request, case)) for case in cases],
        may_record=_may(request, "record_case"),
        title_of=lambda case: title(case, request.rulebook),
    )


@pages.get("/cases/new", view="cases", reauthenticates=True)
def new(request: PageRequest) -> Response:
    return _form(request, None)


@pages.post("/cases/new", view="cases", reauthenticates=True)
def record(request: PageRequest) -> Response:
    """Put a case on record under an id of our own: nobody's name makes a good one."""
    id_ = _new_id(request)
    try:
        found = read_all({"body": lambda: _body(request), **_narrated(request)})
        _put(request, case_stream(id_), RecordCase(**found["body"]), found[NARRATIVE])
    except Refusal as refusal:
        return _form(request, None, refusal)
    return request.answer.redirect(f"/cases/{id_}?done=record_case")


@pages.get("/cases/{case}", view="cases")
def look(request: PageRequest, case: str) -> Response:
    return _one(request, case)


@pages.get("/cases/{case}/revise", view="cases", reauthenticates=True)
def change(request: PageRequest, case: str) -> Response:
    held = case_of(request, case)
    if held.body is not None:
        request.form.prefill(_typed(held.body))
    return _form(request, held)


@pages.post("/cases/{case}/revise", view="cases", reauthenticates=True)
def revise(request: PageRequest, case: str) -> Response:
    held = case_of(request, case)
    try:
        found = read_all({
            "body": lambda: _body(request), "reason": lambda: _word(request, "reason", REASON), **_narrated(request),
        })  # fmt: skip
        _put(request, held.stream, ReviseCase(**found["body"], reason=found["reason"]), found[NARRATIVE])
    except Refusal as refusal:
        return _form(request, held, refusal)
    return request.answer.redirect(f"/cases/{case}?done=revise_case")


@pages.post("/cases/{case}/rescind", view="cases", reauthenticates=True)
def rescind(request: PageRequest, case: str) -> Response:
    held = case_of(request, case)
    try:
        found = read_all({
            "reason": lambda: _word(request, "reason", REASON), "document": lambda: _word(request, "document", DOCUMENT),
        })  # fmt: skip
        submit(request, held.stream, RescindCase(**found))
    except Refusal as refusal:
        return _one(request, case, refusal)
    return request.answer.redirect(f"/cases/{case}?done=rescind_case")


def _new_id(request: PageRequest) -> str:
    """An id of our own, the same for a form that is sent twice."""
    asked = f"{request.user.id} {request.form.command_id}"
    return f"c-{request.today.year}-{sha256(asked.encode()).hexdigest()[:8]}"


def _put(
    request: PageRequest, stream: str, command: RecordCase | ReviseCase, narrative: confidential_fields.Content | None
) -> None:
    """Do it, and keep the narrative if one came with the form: about the person of the case, where there is one only."""
    people = {sanction.person for sanction in command.sanctions}
    about = people.pop() if len(people) == 1 else None
    units = dict.fromkeys(filter(None, (command.unit, command.unit_now)))
    said = [structs.replace(narrative, about=about)] if narrative else []
    submit(request, stream, confidential_fields.keep(request, command, stream, said, units))


NARRATIVE = f"{PREFIX}narrative.text"


def _narrated(request: PageRequest) -> dict[str, Callable[[], confidential_fields.Content | None]]:
    """The narrative, if one came with the form, by the field it is in."""
    return {NARRATIVE: lambda: confidential_fields.read(request, "narrative", "case_narrative", None)}


REASON, DOCUMENT = Text(zh="理由", en="the reason"), Text(zh="文号", en="the document's number")


def case_of(request: PageRequest, id_: str) -> Case:
    """A case on record. NotThere; OwnUnitRead for people of the units it concerns."""
    case = _case(request, id_)
    for unit in case.units:
        request.permissions.require_view("cases", unit)
    return case


def _case(request: PageRequest, id_: str) -> Case:
    state = request.engine.state(case_stream(id_))
    assert isinstance(state, Case)
    if state.body is None:
        first = policy.title("record_case", request.rulebook)
        raise NotThere(
            act=Text(zh="查阅案件", en="look at the case"), stream=Text(zh="这起案件", en="such case"), first=first
        )
    return state


def _may(request: PageRequest, act: str) -> bool:
    by, _ = policy.entitled(act, None, None, request.rulebook)
    return not request.user.roles.isdisjoint(by)


def _told(request: PageRequest, case: Case) -> list[UserError]:
    return [_sanction(request, sanction) for sanction in case.body.sanctions] if case.body else []


def _sanction(request: PageRequest, sanction: Sanction) -> UserError:
    rulebook = request.rulebook
    if sanction.outcome not in rulebook.outcomes:  # recorded under another edition, which calls it otherwise
        return UserError(sanction, Text(zh=sanction.outcome, en=sanction.outcome), "committee", "")
    effect, tier = effect_of(sanction, rulebook)
    points = next((str(one.points) for one in rulebook.deduction if one.key == tier), "")
    heavier = rulebook.outcomes.get(sanction.instead_of or "")
    title = rulebook.outcomes[sanction.outcome].title.text
    return UserError(sanction, title, effect, points, heavier.title.text if heavier else None)


def _one(request: PageRequest, id_: str, refusal: Refusal | None = None) -> Response:
    case = case_of(request, id_)
    acts = [act for act in ("revise_case", "rescind_case") if _may(request, act) and not case.rescinded]
    return request.answer.page(
        "case.html", _status(refusal), case=case, told=_told(request, case), refusal=refusal, acts=acts, names=request.account_names,
        history=list(_history(request, case)), standings=STANDINGS, effects=EFFECTS,
        done=request.query.get("done", ""),
    )  # fmt: skip


def _history(request: PageRequest, case: Case) -> Iterator[Happened]:
    for entry in reversed(request.engine.ledger.stream(case.stream)):
        said = msgspec.json.decode(entry.payload)
        title = policy.title(ACT_OF_FACT[entry.kind], request.rulebook)
        yield Happened(title, entry.actor, entry.recorded_at, said.get("reason", ""))


def _form(request: PageRequest, case: Case | None, refusal: Refusal | None = None) -> Response:
    state, context, _ = request.context(case.stream if case else "case/new")
    request.permissions.require_act("revise_case" if case else "record_case", state, context)
    return request.answer.page(
        "case_form.html", _status(refusal), case=case, locked=confidential_fields.locked(request), refusal=refusal, field_of=partial(_place, request),
        label_of=_labels(request), rows=range(_rows(case)), filled=set(_filled(request)), standings=STANDINGS,
        units=list(request.roster.units.values()), outcomes=request.rulebook.outcome,
    )  # fmt: skip


def _labels(request: PageRequest) -> dict[str, Text]:
    return LABELS | {f"{part}.{row}": LABELS[part] for row in _filled(request) for part in _PARTS}


def _rows(case: Case | None) -> int:
    """Room for everybody of the case, and for one more."""
    return max(ROWS, len(case.body.sanctions) + 1) if case is not None and case.body is not None else ROWS


def _status(refusal: Refusal | None) -> int:
    return 200 if refusal is None else 403 if refusal.grave else 409


LABELS = {
    "unit": Text(zh="发生时所在部门", en="the unit at the time"),
    "unit_now": Text(zh="现在部门", en="the unit now"),
    "acted_on": Text(zh="行为日期", en="the day of the act"),
    "elements": Text(zh="失分的要素", en="the elements"),
    "person": Text(zh="人员编号", en="the person's id"),
    "standing": Text(zh="人员身份", en="the standing"),
    "outcome": Text(zh="处理结果", en="the outcome"),
    "effective_on": Text(zh="生效日期", en="the effective date"),
    "document": Text(zh="文号", en="the document's number"),
    "instead_of": Text(zh="代替的较重处理", en="the heavier outcome"),
    "remark": Text(zh="说明", en="the remark"),
    "reason": Text(zh="变更理由", en="the reason"),
}
"""What the form calls each field."""


def _body(request: PageRequest) -> dict[str, Any]:
    """What the form says of the case, as both commands take it. InvalidForm."""
    typed, rows = Fields(request.form, request.rulebook.veto_clause), list(_filled(request)) or [0]
    found = typed.values({
        "unit": lambda: typed.id("unit", LABELS["unit"]),
        "acted_on": lambda: typed.any_day("acted_on", LABELS["acted_on"]),
        "elements": lambda: typed.words("elements", LABELS["elements"]) or "",
        **{f"person.{row}": partial(_sanction_of, typed, row) for row in rows},
    })  # fmt: skip
    now, elements = request.form.text("unit_now"), found["elements"].replace("，", ",").replace("、", ",")
    body = CaseBody(
        unit=found["unit"], unit_now=Opaque(now) if now else None, acted_on=found["acted_on"],
        elements=tuple(filter(None, (part.strip() for part in elements.split(",")))),
        sanctions=tuple(found[f"person.{row}"] for row in rows),
    )  # fmt: skip
    return structs.asdict(body)


def _filled(request: PageRequest) -> Iterator[int]:
    """Every row in which anything was filled in."""
    for row in range(MOST):
        if any(request.form.text(f"{part}.{row}") for part in _PARTS):
            yield row


def _place(request: PageRequest, path: str) -> str:
    """Where the form has a field of the case: the nth sanction is the nth row in which anything was filled in."""
    head, _, rest = path.partition(".")
    at, _, part = rest.partition(".")
    if head != "sanctions":
        return head
    rows = list(_filled(request))
    return f"{part or 'person'}.{rows[int(at)]}" if at.isdigit() and int(at) < len(rows) else "person.0"


def _sanction_of(typed: Fields, row: int) -> Sanction:
    """What a row says. InvalidForm, with everything that is wrong in it."""
    found = typed.values({
        f"person.{row}": lambda: typed.id(f"person.{row}", LABELS["person"]),
        f"standing.{row}": lambda: _standing(typed, f"standing.{row}"),
        f"outcome.{row}": lambda: typed.word(f"outcome.{row}", LABELS["outcome"]),
        f"effective_on.{row}": lambda: typed.any_day(f"effective_on.{row}", LABELS["effective_on"]),
        **{f"{part}.{row}": partial(typed.words, f"{part}.{row}", LABELS[part]) for part in ("document", "instead_of", "remark")},
    })  # fmt: skip
    return Sanction(**{name.partition(".")[0]: value for name, value in found.items()})


def _standing(typed: Fields, name: str) -> Standing:
    said = typed.word(name, LABELS["standing"])
    found = next((one for one in STANDINGS if one == said), None)
    if found is None:
        why = Text(zh="不在所列身份之中", en="it is not one of those listed")
        raise Malformed(what=LABELS["standing"], why=why, clause=typed.clause)
    return found


def _word(request: PageRequest, name: str, what: Text) -> Words:
    return Fields(request.form, request.rulebook.veto_clause).word(name, what)


def _typed(body: CaseBody) -> list[tuple[str, str]]:
    """A case as its form would say it."""
    fields = [
        ("unit", body.unit), ("unit_now", body.unit_now or ""), ("elements", ", ".join(body.elements)),
        ("acted_on", body.acted_on.isoformat() if body.acted_on else ""),
    ]  # fmt: skip
    for row, sanction in enumerate(body.sanctions):
        fields += [(f"{part}.{row}", str(getattr(sanction, part) or "")) for part in _PARTS]
    return fields
