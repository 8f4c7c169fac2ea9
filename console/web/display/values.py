"""Values as people read them: a field's value in words, and what has many parts (ballots, points, findings) part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from states import policy
from states.accounts.account import ROLE_TITLES
from states.custody.confidential import KINDS
from states.deadlines.reasons import in_words
from states.streams import case_stream, kind_of
from states.titles import alike
from states.vocabulary import Document, Text

from . import records
from .files import NameOf
from .records import listed
from .terms import Terms


class ValuePart(Struct, frozen=True):
    """One part of a value: `key` as it is in the ledger (not for people), what the part is called, and what it says."""

    key: str
    title: Text
    said: Text


def value_text(name: str, value: Any, terms: Terms, at: Callable[[datetime], str]) -> Text | None:
    """A field's value in words; None where nothing is said of it (a document has a place of its own). `at` says a moment."""
    if value is None or isinstance(value, Document) or (isinstance(value, tuple | dict) and not value):
        return None
    if name in _BY_NAME:
        return _BY_NAME[name](value, terms)
    if name in _ALONE:
        return _ALONE[name](value)
    if name == "reason":
        return _reason(value)
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, datetime):
        return alike(at(value))
    return alike(str(value)) if isinstance(value, date | int | str) else None


def _reason(value: str) -> Text:
    """The clock's own reasons in both languages; what somebody typed as it was typed."""
    reason = in_words(value)
    return reason if isinstance(reason, Text) else alike(reason)


def value_parts(name: str, value: Any, terms: Terms, file: NameOf | None = None) -> Iterator[ValuePart]:
    """The parts of a value that has many; none of one that is said in one line. `file` says what the file of a document is called."""
    if name in ("self_scores", "marks"):
        yield from (ValuePart(key, terms.element(key), records.points(one)) for key, one in value.items())
    elif name == "reasons":
        yield from (ValuePart(key, terms.element(key), alike(one)) for key, one in value.items())
    elif name == "findings":
        yield from (ValuePart(key, terms.element(key), records.finding(one, file)) for key, one in value.items())
    elif name == "sheets":
        yield from (ValuePart(one.subject, terms.member(one.subject), records.counts(one, terms)) for one in value)
    elif name in ("personal_reports", "member_talks"):
        done = _REPORTED if name == "personal_reports" else _TALKED
        yield from (
            ValuePart(one.person, terms.member(one.person), alike(one.missing) if one.missing else done)
            for one in value
        )
    elif name == "due" and isinstance(value, dict):
        yield from (
            ValuePart(kind, terms.stage(kind), alike(value[kind].isoformat())) for kind in terms.in_order(value)
        )


_YES, _NO = Text(zh="是", en="yes"), Text(zh="否", en="no")
_REPORTED, _TALKED = Text(zh="已报告", en="reported"), Text(zh="已谈话", en="interviewed")


def _role(key: str, terms: Terms) -> Text:
    return ROLE_TITLES.get(key) or policy.role_title(key, terms.rulebook)


def _veto(id_: str, terms: Terms) -> Text:
    """Which veto: it follows from a case, or was judged."""
    if kind_of(id_) == "case":
        return terms.stream(id_)
    ground = next((one.ground for one in terms.state.vetoes if one.id == id_), None)
    return terms.ground(ground) if ground else Text(zh="经判定的否决", en="a veto that was judged")


_WAYS = {
    "password": Text(zh="口令", en="password"),
    "oidc": Text(zh="统一身份认证（OIDC）", en="single sign-on (OIDC)"),
    "cas": Text(zh="统一身份认证（CAS）", en="single sign-on (CAS)"),
}

REFUSALS: Mapping[str, Text] = {
    "NotYours": Text(zh="角色无权办理", en="not for that role"),
    "OwnUnit": Text(zh="涉及本部门，应当回避", en="it concerned the person's own unit"),
    "OtherUnit": Text(zh="属于其他部门", en="it was another unit's"),
    "SamePerson": Text(zh="须由另一人办理", en="it takes a second person"),
    "Personal": Text(zh="写有个人信息", en="it held personal data"),
    "YearOver": Text(zh="年度已结束", en="the year was over"),
    "OwnAccount": Text(zh="涉及本人账号", en="it concerned the person's own account"),
    "NotTogether": Text(zh="两种角色不能由一人担任", en="two roles that one person may not hold"),
    "Beyond": Text(zh="超出授权范围", en="beyond what the role may grant"),
    "NotTheHolder": Text(zh="不是账号本人", en="not the holder of the account"),
    "NotForYou": Text(zh="角色无权查阅", en="not for that role to read"),
    "OwnUnitRead": Text(
        zh="涉及本部门，应当回避，不能查阅", en="it concerned the person's own unit, so not for this one to read"
    ),
    "OfAnotherUnit": Text(zh="属于其他部门，不能查阅", en="another unit's, not for this one to read"),
}
"""Why an attempt of consequence was refused: every refusal that is `grave`, by its class."""
_REFUSED = Text(zh="不合规定", en="against the rules")

_ALONE: Mapping[str, Callable[[Any], Text]] = {
    "self_scores": records.total,
    "marks": records.total,
    "reasons": lambda reasons: Text(zh=f"{len(reasons)} 项", en=f"{len(reasons)} elements"),
    "findings": records.findings,
    "sheets": records.ballots,
    "notes": lambda kept: Text(zh=f"{len(kept)} 份，存于保密库", en=f"{len(kept)}, in the vault"),
    "rung": records.reminder_step,
    "rungs": lambda rungs: listed(map(records.reminder_step, rungs)),
    "superseded": lambda rungs: listed(map(records.reminder_step, rungs)),
    "value": lambda kind: KINDS.get(kind, _NO),
    "way": lambda way: _WAYS.get(way, _NO),
    "refusal": lambda code: REFUSALS.get(code, _REFUSED),
    "rows": lambda rows: Text(zh=f"{len(rows)} 行", en=f"{len(rows)}"),
    "root": lambda digest: alike(f"{digest[:16]}…"),
}
"""Fields whose value says itself."""

_BY_NAME: Mapping[str, Callable[[Any, Terms], Text]] = {
    "personal_reports": records.reports,
    "member_talks": records.talks,
    "result": records.result,
    "grade": lambda key, terms: terms.grade(key),
    "ground": lambda key, terms: terms.ground(key),
    "outcome": lambda key, terms: terms.outcome(key),
    "stage": lambda key, terms: terms.stage(key),
    "task": lambda key, terms: terms.stage(key),
    "tasks": lambda keys, terms: listed(map(terms.stage, keys)),
    "due": records.deadlines,
    "to": _role,
    "role": _role,
    "act": lambda act, terms: policy.title(act, terms.rulebook),
    "stream": lambda stream, terms: terms.stream(stream),
    "of": lambda stream, terms: terms.stream(stream),
    "unit": lambda unit, terms: alike(terms.unit(unit)),
    "unit_now": lambda unit, terms: alike(terms.unit(unit)),
    "units": records.units,
    "successors": records.units,
    "unit_kind": lambda key, terms: terms.unit_kind(key),
    "heads": lambda heads, terms: listed(records.member(one, terms) for one in heads),
    "members": lambda members, terms: listed(records.member(one, terms) for one in members),
    "joins": records.member,
    "team_report_by": lambda person, terms: terms.member(person),
    "leaves": lambda person, terms: terms.member(person),
    "about": lambda person, terms: terms.member(person),
    "inspectors": records.accounts,
    "checked_by": records.accounts,
    "persons": lambda persons, terms: listed(records.concerned(one, terms) for one in persons),
    "sanctions": lambda every, terms: listed(records.sanction_text(one, n, terms) for n, one in enumerate(every, 1)),
    "elements": lambda keys, terms: listed(map(terms.element, keys)),
    "cases": lambda cases, terms: listed(terms.stream(case_stream(one)) for one in cases),
    "visits": records.visits,
    "visit": records.visit_text,
    "before": records.visit_text,
    "left": records.left,
    "veto": _veto,
}
"""Fields whose value is said in the terms of the page."""
