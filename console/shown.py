"""What an entry says, laid out for reading: the act's title, who, when, and each field by its title.

Of an assessment, who stands for a unit alone is not shown what is not the unit's to know: sheets, scores before they are
circulated, vetoes and returns of a score. An auditor is shown every entry, of every stream (`any_line`). Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from states import policy
from states.access import RefusedCommand
from states.assessment import Assessment
from states.ballot import Ballot, BallotVoided
from states.cases import Sanction
from states.chart import ACT_OF_FACT
from states.circulation import Circulated
from states.confidential import KINDS
from states.deadlines import Called, Lapse
from states.document_review import Finding
from states.interviews import MemberTalk
from states.meeting import PersonalReport
from states.result import plain
from states.rulebook import Rulebook
from states.scoring import Scored
from states.task_persons import in_words
from states.visits import Visit
from states.vocabulary import Document, Fact, Text
from storage.chain import Entry
from storage.facts import fact_of

from .forms import TITLES

DISCREET = frozenset((
    "SheetFilled", "ScoreReturned", "StaleScoreNoted", "ResultReopened", "VetoRecorded", "VetoRaised", "VetoLifted",
))  # fmt: skip
"""What who stands for a unit is not shown."""


_PERSONAL = frozenset({"persons"})
"""Fields that who stands for a unit is not shown: a measure against one of them is not for all of them."""

MORE: Mapping[str, Text] = {
    **TITLES,
    "unit": Text(zh="部门", en="Unit"),
    "unit_now": Text(zh="现由哪个部门负责", en="Unit that answers for it now"),
    "unit_kind": Text(zh="部门类别", en="Kind of unit"),
    "units": Text(zh="部门", en="Units"),
    "title": Text(zh="名称", en="Title"),
    "staff": Text(zh="职工人数", en="Staff"),
    "occasion": Text(zh="专门考核", en="Special assessment"),
    "acted_on": Text(zh="行为日期", en="Day of the act"),
    "elements": Text(zh="涉及要素", en="Elements"),
    "sanctions": Text(zh="处理", en="Sanctions"),
    "outcome": Text(zh="处理结果", en="Outcome"),
    "finding": Text(zh="检查（查看）情况", en="What was found"),
    "checked_on": Text(zh="检查日期", en="Checked on"),
    "checked_by": Text(zh="检查人员", en="Checked by"),
    "to_mend": Text(zh="整改要求", en="To be mended"),
    "mend_until": Text(zh="整改期限", en="Mend until"),
    "answer": Text(zh="答复", en="Answer"),
    "accepted_on": Text(zh="认可日期", en="Accepted on"),
    "remark": Text(zh="备注", en="Remark"),
    "role": Text(zh="角色", en="Role"),
    "token": Text(zh="令牌", en="Token"),
    "value": Text(zh="内容类别", en="Kind of value"),
    "about": Text(zh="关于", en="About"),
    "of": Text(zh="所属序列", en="Of the stream"),
    "act": Text(zh="事项", en="Act"),
    "stream": Text(zh="序列", en="Stream"),
    "refusal": Text(zh="拒绝理由", en="Refused as"),
}
"""The same beyond what a form asks for: what the entries of every stream say."""

_FEW = 5
"""How many units are named; of more, how many they are is said."""

_REFUSED = Text(zh="尝试办理，被拒绝", en="an attempt that was refused")


class Line(Struct, frozen=True):
    """One entry, for reading. `called` marks the clock's reminders, which have a list of their own."""

    number: int
    title: Text
    actor: str
    role: str
    happened: datetime
    recorded: datetime
    says: tuple[tuple[Text, Any], ...]
    documents: tuple[Document, ...]
    called: bool


def lines(entries: list[Entry], state: Assessment, rulebook: Rulebook, *, everything: bool) -> list[Line]:
    """The entries of an assessment, the last first."""
    known = everything or state.fact(Circulated) is not None
    hidden = frozenset() if everything else DISCREET if known else DISCREET | {"Scored", "Approved"}
    titles = TITLES if everything else {name: title for name, title in TITLES.items() if name not in _PERSONAL}
    return [
        _line(entry, fact_of(entry), state, rulebook, titles) for entry in reversed(entries) if entry.kind not in hidden
    ]


def any_line(entry: Entry, rulebook: Rulebook) -> Line:
    """An entry of whichever stream, whole. Raises what an entry raises that is none (`UnknownEntry`, ValueError, LookupError)."""
    return _line(entry, fact_of(entry), Assessment(), rulebook, MORE)


def documents_of(value: Any) -> Iterator[Document]:
    """Every document a fact names, wherever in it."""
    if isinstance(value, Document):
        yield value
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from documents_of(getattr(value, name))
    elif isinstance(value, tuple | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from documents_of(one)


def _line(entry: Entry, fact: Fact, state: Assessment, rulebook: Rulebook, titles: Mapping[str, Text] = TITLES) -> Line:
    title = _REFUSED if isinstance(fact, RefusedCommand) else policy.title(ACT_OF_FACT[entry.kind], rulebook)
    if isinstance(fact, BallotVoided):
        title = Text(zh=f"{title.zh}（无效，须重新进行）", en=f"{title.en} (void, to be held again)")
    documents = tuple({d.sha256: d for d in documents_of(fact)}.values())
    called = isinstance(fact, Called | Lapse)
    says = tuple(_says(fact, state, rulebook, titles))
    return Line(
        entry.number, title, entry.actor, entry.role, entry.happened_at, entry.recorded_at, says, documents, called
    )


def _says(fact: Fact, state: Assessment, rulebook: Rulebook, titles: Mapping[str, Text]) -> Iterator[tuple[Text, Any]]:
    if isinstance(fact, Called | Lapse):
        yield from _reminder(fact, rulebook)
        return
    if isinstance(fact, Scored):
        yield Text(zh="得分", en="Score"), plain(fact.result.score)
        yield Text(zh="等次", en="Grade"), rulebook.grades[fact.result.grade].title.text
        return
    for name in fact.__struct_fields__:
        value = getattr(fact, name)
        if name in titles and value not in (None, (), {}):
            said = _said(name, value, state, rulebook)
            if said is not None:
                yield titles[name], said


def _reminder(fact: Called | Lapse, rulebook: Rulebook) -> Iterator[tuple[Text, Any]]:
    named = rulebook.timed(fact.stage)
    yield Text(zh="事项", en="Of"), named.title.text if named else fact.stage
    yield TITLES["due"], fact.due
    if isinstance(fact, Called):
        yield Text(zh="提醒对象", en="To"), rulebook.role_title(fact.to)


def _said(name: str, value: Any, state: Assessment, rulebook: Rulebook) -> Any:
    """A value as it is read; None where it has a place of its own (documents) or is too long for a line."""
    if isinstance(value, Document):
        return None
    if isinstance(value, date | int | str):
        return _word(name, value, state, rulebook)
    if name in ("self_scores", "marks"):
        return Text(
            zh=f"合计 {plain(sum(value.values(), Decimal(0)))} 分",
            en=f"{plain(sum(value.values(), Decimal(0)))} points in all",
        )
    if name in _SUMMED_UP:
        return _SUMMED_UP[name](value)
    if name == "notes":
        return Text(zh=f"{len(value)} 份，存于保密库", en=f"{len(value)}, in the vault")
    if name == "sheets":
        return _ballots(Ballot(held_on=date.min, sheets=value))
    if name == "tasks":
        titles = [rulebook.consequences[key].title for key in value if key in rulebook.consequences]
        return Text(zh="；".join(t.zh for t in titles), en="; ".join(t.en for t in titles))
    if name in ("inspectors", "checked_by", "cases", "elements"):
        return ", ".join(value)
    if name == "persons":
        told = [in_words(one, state) for one in value]
        return Text(zh="；".join(one.zh for one in told), en="; ".join(one.en for one in told))
    if name == "units":
        return ", ".join(value) if len(value) <= _FEW else Text(zh=f"{len(value)} 个", en=f"{len(value)}")
    if name == "sanctions":
        told = [_sanction(one, rulebook) for one in value]
        return Text(zh="；".join(one.zh for one in told), en="; ".join(one.en for one in told))
    return f"{value.position}（{value.person}）" if name == "joins" else None


def _word(name: str, value: Any, state: Assessment, rulebook: Rulebook) -> Any:
    if name == "grade":
        return rulebook.grades[value].title.text
    if name == "ground":
        return rulebook.grounds[value].title.text
    if name == "stage":
        return rulebook.stages[value].title.text
    if name == "task":
        return rulebook.consequences[value].title.text
    if name in ("role", "act"):
        return policy.role_title(value, rulebook) if name == "role" else policy.title(value, rulebook)
    if name == "value":
        return KINDS.get(value, value)
    if name in ("team_report_by", "leaves"):
        return next((f"{m.position}（{m.person}）" for m in state.team if m.person == value), value)
    return Text(zh="是", en="yes") if value is True else Text(zh="否", en="no") if value is False else value


def _sanction(one: Sanction, rulebook: Rulebook) -> Text:
    named = rulebook.outcomes.get(one.outcome)
    title = named.title.text if named else Text(zh=one.outcome, en=one.outcome)
    since = f" {one.effective_on}" if one.effective_on else ""
    return Text(zh=f"{one.person} {title.zh}{since}", en=f"{one.person} {title.en}{since}")


def _findings(found: dict[str, Finding]) -> Text:
    met, partly, unmet = (sum(f.finding == said for f in found.values()) for said in ("met", "partly", "unmet"))
    return Text(zh=f"落实 {met}，部分落实 {partly}，未落实 {unmet}", en=f"{met} met, {partly} partly, {unmet} unmet")


def _reports(reports: tuple[PersonalReport, ...]) -> Text:
    made = sum(r.missing is None for r in reports)
    return Text(zh=f"应报告 {len(reports)} 人，已报告 {made} 人", en=f"{made} of {len(reports)} reported")


def _talks(talks: tuple[MemberTalk, ...]) -> Text:
    """How many members were talked with; who was not, and why."""
    made, absent = sum(t.missing is None for t in talks), [t for t in talks if t.missing is not None]
    zh = "；".join(f"{t.person} 未谈话（{t.missing}）" for t in absent)
    en = "; ".join(f"{t.person} not ({t.missing})" for t in absent)
    return Text(zh=f"已谈话 {made} 人{'；' if zh else ''}{zh}", en=f"{made} talked with{'; ' if en else ''}{en}")


def _listed(visits: tuple[Visit, ...]) -> Text:
    """When and where the first few visits are, by unit, and how many there are."""
    few = "；".join(f"{v.unit} {v.day} {v.begins}–{v.ends} {v.place}（{v.group}）" for v in visits[:_FEW])
    if len(visits) == 1:
        return Text(zh=few, en=few)
    return Text(zh=f"{len(visits)} 个部门：{few}", en=f"{len(visits)} units: {few}")


_SUMMED_UP: Mapping[str, Callable[[Any], Text]] = {
    "findings": _findings, "personal_reports": _reports, "member_talks": _talks,
    "visits": _listed, "visit": lambda one: _listed((one,)), "before": lambda one: _listed((one,)),
}  # fmt: skip


def _ballots(ballot: Ballot) -> Text:
    team = ballot.sheets[0]
    return Text(
        zh=f"{len(ballot.sheets)} 个对象；班子：发出 {team.issued}，收回 {team.returned}，有效 {team.valid}",
        en=f"{len(ballot.sheets)} subjects; team: {team.issued} issued, {team.returned} returned, {team.valid} valid",
    )
