"""A disciplinary case on record.

A case is facts only: who (an opaque id and a standing), what outcome, effective when, by which document.
No narrative. Revisions and rescission are new facts; what a case does to a result, `effects.py` says.
"""

from __future__ import annotations

from msgspec.structs import asdict, replace

from states.context import Context
from states.guards import Faults, happened
from states.records.case import Case, CaseBody, Sanction
from states.records.lineage import answering
from states.refusals import Impossible, Incomplete, NothingToDo, NotKnown, Refusal, SplitUnit
from states.rulebook.types import Rulebook
from states.vocabulary import Citation, Command, Fact, Reason, Stamp, Text, Words

from . import plausibility


class RecordCase(Command, CaseBody, frozen=True, kw_only=True):
    """Put a case on record."""


class ReviseCase(Command, CaseBody, frozen=True, kw_only=True):
    """Put a changed outcome on record (复审、复核、结案)."""

    reason: Words


class RescindCase(Command, Reason, frozen=True, kw_only=True):
    """Put on record that the case no longer stands."""

    document: Words


def title(case: Case, rulebook: Rulebook) -> Text:
    """What people call a case: what it ended in, by which document, since when; while it is open, the day of the act. No unit, person or id."""
    sanctions = case.body.sanctions if case.body else ()
    outcomes = [rulebook.outcomes[one.outcome].title.text for one in sanctions if one.outcome in rulebook.outcomes]
    zh = "、".join(dict.fromkeys(one.zh for one in outcomes))
    en = ", ".join(dict.fromkeys(one.en for one in outcomes))
    documents = list(dict.fromkeys(one.document for one in sanctions if one.document))
    days = sorted({one.effective_on for one in sanctions if one.effective_on})
    act = case.body.acted_on if case.body and not documents else None
    day = (
        Text(zh=f"{days[0]} 起", en=f"since {days[0]}")
        if days
        else Text(zh=f"行为日期 {act}", en=f"act of {act}")
        if act
        else None
    )
    zh_facts = "，".join((*documents, *((day.zh,) if day else ())))
    en_facts = ", ".join((*documents, *((day.en,) if day else ())))
    return Text(
        zh=f"“{zh}”案件" + (f"（{zh_facts}）" if zh_facts else ""),
        en=f"case “{en}”" + (f" ({en_facts})" if en_facts else ""),
    )


class CaseFact(Fact, frozen=True, kw_only=True):
    """A fact of a case's stream."""

    def fold(self, state: Case, stamp: Stamp) -> Case:
        raise NotImplementedError


class CaseRecorded(CaseFact, CaseBody, frozen=True, kw_only=True):
    """The case was put on record."""

    def fold(self, state: Case, stamp: Stamp) -> Case:
        return replace(_revised(state, CaseBody(**asdict(self)), stamp.version), recorded_by=stamp.actor)


class CaseRevised(CaseFact, CaseBody, frozen=True, kw_only=True):
    """The case's outcome changed."""

    reason: Words

    def fold(self, state: Case, stamp: Stamp) -> Case:
        fields = {k: v for k, v in asdict(self).items() if k != "reason"}
        revised = _revised(state, CaseBody(**fields), stamp.version)
        return replace(revised, revised_by=(*state.revised_by, stamp.actor))


class CaseRescinded(CaseFact, Reason, frozen=True, kw_only=True):
    """The case no longer stands."""

    document: Words

    def fold(self, state: Case, stamp: Stamp) -> Case:
        return replace(state, rescinded=True)


def fold(state: Case, fact: CaseFact, stamp: Stamp) -> Case:
    """The case after one more fact."""
    changed_at = stamp.recorded_at if state.version else None
    return replace(fact.fold(state, stamp), version=stamp.version, number=stamp.number, changed_at=changed_at)


def after(state: Case, record: object) -> Case:
    """The case as it would stand after a revision or a rescission."""
    if isinstance(record, CaseBody):
        return _revised(state, record, state.version + 1)
    return replace(state, rescinded=True)


def _revised(state: Case, body: CaseBody, version: int) -> Case:
    """The case with another body. A sanction that was there keeps its version, and so does what a review made of it.

    The same person and outcome is the same sanction, whatever else was corrected; else the one of the same person whose
    outcome is no longer there became it.
    """
    before = list(zip(state.body.sanctions, state.versions, strict=True)) if state.body else []
    versions: dict[int, int] = {}
    for same in (_same_outcome, _same_person):
        for at, sanction in enumerate(body.sanctions):
            found = next((b for b in before if same(b[0], sanction)), None)
            if at not in versions and found is not None:
                before.remove(found)
                versions[at] = found[1]
    return replace(state, body=body, versions=tuple(versions.get(at, version) for at in range(len(body.sanctions))))


def _same_outcome(one: Sanction, other: Sanction) -> bool:
    return (one.person, one.outcome) == (other.person, other.outcome)


def _same_person(one: Sanction, other: Sanction) -> bool:
    return one.person == other.person


def check(state: Case, record: CaseBody, context: Context) -> None:
    """Every sanction names a known outcome and can be so; one that has taken effect has its day and its document."""
    clause = context.rulebook.veto_clause
    faults = Faults(clause)
    with faults.at("sanctions"):
        if not record.sanctions:
            raise Incomplete(missing=Text(zh="处理结果", en="outcome"), clause=clause)
    with faults:
        _check_units(record, context)
    with faults:
        _check_act(record, context, clause)
    for at, sanction in enumerate(record.sanctions):
        with faults.at(f"sanctions.{at}"):
            _check_sanction(sanction, context, clause)
    for field, check_ in plausibility.checks(record, context):
        with faults.at(field):
            check_()
    faults.end()


def _check_act(record: CaseBody, context: Context, clause: Citation) -> None:
    """The act has happened, and the elements it emptied are elements."""
    faults = Faults(clause)
    with faults.at("acted_on"):
        if record.acted_on is not None:
            happened(Text(zh="行为日期", en="day of the act"), record.acted_on, context, clause)
    elements = {key for table in context.rulebook.table for key in table.elements}
    unknown = [key for key in record.elements if key not in elements]
    with faults.at("elements"):
        if unknown:
            what = Text(zh="要素", en="element")
            raise NotKnown(what=what, value=", ".join(unknown), known=", ".join(elements), clause=clause)
    faults.end()


def _check_sanction(sanction: Sanction, context: Context, clause: Citation) -> None:
    """The outcomes it names are known; it has taken effect, by a document, or is open."""
    outcomes, faults = context.rulebook.outcomes, Faults(clause)
    for field, key in (("outcome", sanction.outcome), ("instead_of", sanction.instead_of)):
        with faults.at(field):
            if key and key not in outcomes:
                what = Text(zh="处理结果", en="outcome")
                raise NotKnown(what=what, value=key, known=", ".join(outcomes), clause=clause)
    done = sanction.outcome in outcomes and not outcomes[sanction.outcome].is_open
    with faults.at("effective_on"):
        if sanction.effective_on is not None:
            happened(Text(zh="生效日期", en="effective date"), sanction.effective_on, context, clause)
        elif done:
            raise Incomplete(missing=Text(zh="生效日期", en="effective date"), clause=clause)
    with faults.at("document"):
        if done and sanction.document is None:
            raise Incomplete(missing=Text(zh="文号", en="document number"), clause=clause)
    faults.end()


def _check_units(record: CaseBody, context: Context) -> None:
    """Nobody acts in a unit after its end. Where it was split, the case says which successor answers for it."""
    if context.roster is None:
        return
    end, clause = context.roster.end(record.unit), context.rulebook.settings.attribution.clause
    if end is not None and record.acted_on is not None and record.acted_on >= end.since:
        title = context.roster.title(record.unit)
        why = Text(
            zh=f"{title}已于 {end.since} 撤销，行为日期 {record.acted_on} 时已无此部门，请写承接部门",
            en=f"{title} ended on {end.since}, before the act of {record.acted_on}: name the unit that took it over",
        )
        refusal: Refusal = Impossible(act=Text(zh="登记案件", en="record the case"), why=why, clause=clause)
        refusal.at = "unit"
        raise refusal
    left = answering(record.unit, record.unit_now, context.today.year + 1, context.roster)
    if len(left) > 1:
        titles = {unit: context.roster.title(unit) for unit in left}
        heirs = Text(
            zh="、".join(f"{title}（{unit}）" for unit, title in titles.items()),
            en=", ".join(f"{title} ({unit})" for unit, title in titles.items()),
        )
        title = context.roster.title(record.unit)
        refusal = SplitUnit(unit=title, heirs=heirs, clause=clause)
        refusal.at = "unit_now"
        raise refusal


def check_revision(state: Case, record: CaseBody, context: Context) -> None:
    """A case that stands gets another outcome."""
    check_rescission(state, record, context)
    check(state, record, context)


def check_rescission(state: Case, record: object, context: Context) -> None:
    """A case is rescinded once, and not revised after; what comes to light later is a case of its own."""
    if state.rescinded:
        raise NothingToDo(
            act=Text(zh=f"案件 {state.id}", en=f"case {state.id}"), why=Text(zh="案件已撤销", en="the case is rescinded"),
            clause=context.rulebook.veto_clause,
        )  # fmt: skip
