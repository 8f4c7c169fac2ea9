"""A disciplinary case: its commands, facts and checks, and its title for people.

A case records the person (an opaque id), the outcome and the standing, its effective date and its document. It has no
narrative. A revision or a rescission is a new fact. Not here: the state of a case (`states/records/case.py`), whether
its sanctions are plausible (`plausibility.py`), and its effect on a result.
"""

from __future__ import annotations

from msgspec.structs import asdict, replace

from states.context import Context
from states.guards import FaultCollector, check_not_in_future
from states.records.case import CASE, Case, CaseBody, Sanction
from states.records.record import is_same_line, is_same_person, versions_of_lines
from states.refusals import Implausible, Incomplete, NothingToDo, NotKnown, TooEarly
from states.rulebook.calculation.record_kinds import FieldKind, FieldOption
from states.rulebook.types import Rulebook
from states.vocabulary import Citation, Command, Fact, Reason, Stamp, Text, Words, accounts_of

from . import plausibility
from .answering_unit import check_answering_unit

_EFFECTIVE_DATE = Text(zh="生效日期", en="effective date")


class RecordCase(Command, CaseBody, frozen=True, kw_only=True):
    """Record a disciplinary case."""


class ReviseCase(Command, CaseBody, frozen=True, kw_only=True):
    """Record the whole content of a case again, with a changed outcome or a correction (复审、复核、结案)."""

    reason: Words


class RescindCase(Command, Reason, frozen=True, kw_only=True):
    """Record that the case is void."""

    document: Words


def case_title(case: Case, rulebook: Rulebook) -> Text:
    """The title of a case for people: its outcomes and documents, with its first effective day or the day of the act.

    The day of the act is in the title only while the case has neither a document nor an effective day. The title names
    no department, person or id.
    """
    sanctions = case.body.sanctions if case.body else ()
    kind = rulebook.records.get(CASE)
    options = [kind.option(kind.first.key, s.fields.get(kind.first.key)) for s in sanctions] if kind else []
    outcomes = [option.title.text for option in options if option is not None]
    zh = "、".join(dict.fromkeys(title.zh for title in outcomes))
    en = ", ".join(dict.fromkeys(title.en for title in outcomes))
    documents = list(dict.fromkeys(s.document for s in sanctions if s.document))
    days = sorted({s.effective_on for s in sanctions if s.effective_on})
    acted_on = case.body.acted_on if case.body and not documents else None
    day = (
        Text(zh=f"{days[0]} 起", en=f"since {days[0]}")
        if days
        else Text(zh=f"行为日期 {acted_on}", en=f"act of {acted_on}")
        if acted_on
        else None
    )
    zh_facts = "，".join((*documents, *((day.zh,) if day else ())))
    en_facts = ", ".join((*documents, *((day.en,) if day else ())))
    return Text(
        zh=f"“{zh}”案件" + (f"（{zh_facts}）" if zh_facts else ""),
        en=f"case “{en}”" + (f" ({en_facts})" if en_facts else ""),
    )


class CaseFact(Fact, frozen=True, kw_only=True):
    """The base class of the facts of a case's stream."""

    def fold(self, state: Case, stamp: Stamp) -> Case:
        raise NotImplementedError


class CaseRecorded(CaseFact, CaseBody, frozen=True, kw_only=True):
    """The case was recorded."""

    def fold(self, state: Case, stamp: Stamp) -> Case:
        return replace(_with_body(state, CaseBody(**asdict(self)), stamp.version), recorders=accounts_of(stamp))


class CaseRevised(CaseFact, CaseBody, frozen=True, kw_only=True):
    """The content of the case was changed: its outcome, or something that was recorded wrongly."""

    reason: Words

    def fold(self, state: Case, stamp: Stamp) -> Case:
        fields = {name: value for name, value in asdict(self).items() if name != "reason"}
        revised = _with_body(state, CaseBody(**fields), stamp.version)
        return replace(revised, recorders=state.recorders | accounts_of(stamp))


class CaseRescinded(CaseFact, Reason, frozen=True, kw_only=True):
    """The case is void."""

    document: Words

    def fold(self, state: Case, stamp: Stamp) -> Case:
        return replace(state, rescinded=True)


def fold(state: Case, fact: CaseFact, stamp: Stamp) -> Case:
    """The case after its next fact. Every fact after the first sets `changed_at`."""
    changed_at = stamp.recorded_at if state.version else None
    return replace(fact.fold(state, stamp), version=stamp.version, number=stamp.number, changed_at=changed_at)


def case_after_change(state: Case, record: object) -> Case:
    """The case after a revision (a `CaseBody`) or a rescission (any other record)."""
    if isinstance(record, CaseBody):
        return _with_body(state, record, state.version + 1)
    return replace(state, rescinded=True)


def _with_body(state: Case, body: CaseBody, version: int) -> Case:
    """The case with another body. Each sanction keeps the version that first recorded it."""
    # The results of later years depend on which sanction was on record first (docs/decisions/0020). If person and
    # outcome are the same, it is the same sanction, whatever else was corrected. The remaining sanctions are matched by
    # person alone: a review changed their outcome.
    before = list(zip(state.body.sanctions, state.versions, strict=True)) if state.body else []
    versions = versions_of_lines(before, body.sanctions, version, is_same_line, is_same_person)
    return replace(state, body=body, versions=versions)


def check(state: Case, record: CaseBody, context: Context) -> None:
    """Refuse a case without sanctions, or with a wrong department, day, element or sanction: all faults at once."""
    clause, kind = context.rulebook.cited("record_case"), context.rulebook.records[CASE]
    faults = FaultCollector(clause)
    with faults.at("sanctions"):
        if not record.sanctions:
            raise Incomplete(missing=kind.first.title.text, clause=clause)
    with faults:
        check_answering_unit(record, Text(zh="登记案件", en="record the case"), context, clause)
    with faults:
        _check_misconduct(record, context, clause)
    for index, sanction in enumerate(record.sanctions):
        with faults.at(f"sanctions.{index}"):
            _check_sanction(sanction, record, context, clause)
    for field, check_field in plausibility.line_checks(record.sanctions, kind, clause):
        with faults.at(f"sanctions.{field}"):
            check_field()
    faults.end()


def _check_misconduct(record: CaseBody, context: Context, clause: Citation) -> None:
    """Refuse a day of the misconduct in the future, and elements that no annex has."""
    faults = FaultCollector(clause)
    with faults.at("acted_on"):
        if record.acted_on is not None:
            check_not_in_future(Text(zh="行为日期", en="day of the act"), record.acted_on, context, clause)
    elements = {key for table in context.rulebook.form for key in table.elements}
    unknown = [key for key in record.elements if key not in elements]
    with faults.at("elements"):
        if unknown:
            field = Text(zh="要素", en="element")
            raise NotKnown(what=field, value=", ".join(unknown), known=", ".join(elements), clause=clause)
    faults.end()


def _check_sanction(sanction: Sanction, record: CaseBody, context: Context, clause: Citation) -> None:
    """Refuse an effective date in the future or before the act, and a decided sanction without date or document.

    An open sanction needs neither, and its date is not compared with the act.
    """
    kind, faults = context.rulebook.records[CASE], FaultCollector(clause)
    outcome = kind.option(kind.first.key, sanction.fields.get(kind.first.key))
    is_decided = outcome is not None and outcome.key not in context.rulebook.open_options[CASE]
    with faults.at("effective_on"):
        if sanction.effective_on is not None:
            check_not_in_future(_EFFECTIVE_DATE, sanction.effective_on, context, clause)
            if is_decided:
                _check_effective_date(sanction, record, context, clause)
        elif is_decided:
            raise Incomplete(missing=_EFFECTIVE_DATE, clause=clause)
    with faults.at("document"):
        if is_decided and sanction.document is None:
            raise Incomplete(missing=Text(zh="文号", en="document number"), clause=clause)
    with faults.at("instead_of"):
        _check_replaced_outcome(sanction, outcome, kind.first, clause)
    faults.end()


def _check_effective_date(sanction: Sanction, record: CaseBody, context: Context, clause: Citation) -> None:
    """Refuse an effective date before the day of the misconduct. A day in the future is refused elsewhere."""
    misconduct_day, effective_day = record.acted_on, sanction.effective_on
    if misconduct_day is None or effective_day is None or not effective_day < misconduct_day <= context.today:
        return
    field = Text(zh=f"{sanction.person} 的生效日期", en=f"The effective date for {sanction.person}")
    limit = Text(zh="行为日期", en="the day of the act")
    raise TooEarly(what=field, value=effective_day, after=limit, against=misconduct_day, clause=clause)


def _check_replaced_outcome(
    sanction: Sanction, outcome: FieldOption | None, field: FieldKind, clause: Citation
) -> None:
    """F6: refuse a sanction that replaces an unknown outcome, or one that is not heavier."""
    key = sanction.instead_of
    if not key:
        return
    if key not in field.options:
        raise NotKnown(what=field.title.text, value=key, known=", ".join(field.options), clause=clause)
    if outcome is None or field.weights[key] > field.weights[outcome.key]:
        return
    title, replaced = outcome.title, field.options[key].title
    statement = Text(
        zh=f"{sanction.person} 的“{title.zh}”写作代替“{replaced.zh}”",
        en=f"{sanction.person}'s “{title.en}” is recorded as replacing “{replaced.en}”",
    )
    reason = Text(zh="被代替的处理应当更重", en="the outcome it replaces must be heavier")
    raise Implausible(what=statement, why=reason, otherwise=Text(zh="", en=""), clause=clause)


def check_revision(state: Case, record: CaseBody, context: Context) -> None:
    """Refuse to revise a rescinded case, and a new content that the checks of a new case refuse."""
    check_rescission(state, record, context)
    check(state, record, context)


def check_rescission(state: Case, record: object, context: Context) -> None:
    """Refuse to change a rescinded case. Facts that become known after the rescission are recorded as another case."""
    if state.rescinded:
        act = Text(zh=f"案件 {state.id}", en=f"case {state.id}")
        reason = Text(zh="案件已撤销", en="the case is rescinded")
        raise NothingToDo(act=act, why=reason, clause=context.rulebook.cited("rescind_case"))
