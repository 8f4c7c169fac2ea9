"""opening: 启动考核 — the assessment of one department begins. Also: withdrawing it, undoing a step, changing its team."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import asdict, replace

from states.assessment import WITHDRAWN, Assessment, AssessmentFact, Member, StageFact
from states.context import Context
from states.guards import Faults, in_range, not_in_future, not_past
from states.records.roster import Roster
from states.refusals import (
    AlreadyThere,
    Incomplete,
    Malformed,
    NothingToDo,
    NotKnown,
    OutOfOrder,
    OutOfRange,
    PastDue,
    Refusal,
    UnitRetired,
    YearOver,
    join_faults,
)
from states.rulebook.types import Stage
from states.streams import assessment_stream
from states.vocabulary import Citation, Command, Opaque, Reason, Stamp, Text, Words

_EARLIEST, _LATEST = date(2000, 1, 1), date(2200, 12, 31)
"""Every deadline lies between these days: another is a typing error, and near year 9999 the clock cannot compute."""


class Opening(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which department is assessed, and until when each stage is due: civil dates, already rolled off non-working days.

    `occasion` is the id of a special assessment (第六条：也可组织专门检查考核), `title` its name for people. The annual assessment
    has neither.
    """

    unit: Opaque
    unit_kind: str
    year: int
    heads: tuple[Member, ...]
    members: tuple[Member, ...]
    staff: int
    due: dict[str, date]
    occasion: Opaque | None = None
    title: Words | None = None


class OpenAssessment(Command, Opening, frozen=True, kw_only=True):
    """Open the assessment of one department."""


class AssessmentOpened(StageFact, Opening, frozen=True, kw_only=True):
    """The department, its team and its deadlines on the day of the opening."""

    stage = "opening"

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        # A new state, also after a withdrawal. Judgements and circulated notices stay: a withdrawal takes neither back.
        judged = tuple(v for v in state.vetoes if v.id.startswith("judged/"))
        fresh = Assessment(stream=state.stream, vetoes=judged, circulated=state.circulated, **asdict(self))
        return fresh.push(self.stage, self, stamp)


class Withdraw(Command, Reason, frozen=True, kw_only=True):
    """Withdraw an assessment that should not have been opened."""


class AssessmentWithdrawn(StageFact, Reason, frozen=True, kw_only=True):
    """The assessment ended without a result."""

    stage = WITHDRAWN


class UndoStep(Command, Reason, frozen=True, kw_only=True):
    """Take back the last step."""


class StepUndone(AssessmentFact, Reason, frozen=True, kw_only=True):
    """The last step is no longer valid; its entry stays. The stage has its old deadline again, not a new one."""

    gives_time = False

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        after = state.pop()
        return after if state.stage != "scoring" else replace(after, noted=None)


class Substitution(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From a day on somebody leaves the team, or joins it (`head`: as a head of it), or both."""

    leaves: Opaque | None = None
    joins: Member | None = None
    head: bool = False
    since: date


class SubstituteMember(Command, Substitution, frozen=True, kw_only=True):
    """Change the team during the assessment."""


class MemberSubstituted(AssessmentFact, Substitution, frozen=True, kw_only=True):
    """The team changed."""

    dated = "since"

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        heads = tuple(m for m in state.heads if m.person != self.leaves)
        members = tuple(m for m in state.members if m.person != self.leaves)
        if self.joins is not None:
            heads, members = ((*heads, self.joins), members) if self.head else (heads, (*members, self.joins))
        left = tuple(m for m in (*state.left, *state.team) if m.person not in {n.person for n in (*heads, *members)})
        return replace(state, heads=heads, members=members, left=left)


def check(state: Assessment, record: Opening, context: Context) -> None:
    """第二条: the department, its team and its members. Its kind decides the annex (第七条（二）)."""
    rulebook, clause = context.rulebook, context.clause("opening")
    own = assessment_stream(record.year, record.unit, record.occasion)
    if state.stream != own:
        raise NotKnown(what=Text(zh="考核", en="assessment"), value=state.stream, known=own, clause=clause)
    faults = Faults(clause)
    with faults.at("title"):
        _check_title(record, clause)
    with faults.at("unit_kind"):
        if record.unit_kind not in rulebook.tables:
            what, known = Text(zh="部门类别", en="kind of department"), ", ".join(rulebook.tables)
            raise NotKnown(what=what, value=record.unit_kind, known=known, clause=clause)
    with faults:
        check_team(record.heads, record.members, record.staff, clause)
    with faults:
        _check_enrolled(record, context)
    with faults.at("due"):
        check_due(record.due, context)
        check_ahead(record.due, context, context.rulebook.stages["opening"].title.text)
    faults.end()


def _check_title(record: Opening, clause: Citation) -> None:
    """第六条：也可组织专门检查考核。 A special assessment has a name; the annual one is known by its year."""
    if record.occasion is not None and record.title is None:
        raise Incomplete(missing=Text(zh="专项检查的名称", en="the title of the special assessment"), clause=clause)
    if record.occasion is None and record.title is not None:
        why = Text(zh="年度考核没有专项名称", en="the annual assessment has none")
        raise Malformed(what=Text(zh="专项检查的名称", en="title of the special assessment"), why=why, clause=clause)


def _check_enrolled(record: Opening, context: Context) -> None:
    """The year is open and not closed, and the department is on the roster, with this kind."""
    # 第六条: a special assessment is not part of a year's round, so it needs no open year.
    clause, year, roster = context.clause("opening"), context.year, context.roster
    if year is not None and not year.version and record.occasion is None:
        missing = Text(zh=f"{record.year} 年度考核的启动", en=f"the opening of the assessment year {record.year}")
        raise Incomplete(missing=missing, clause=clause)
    if year is not None and year.closed and record.occasion is None:
        title = context.rulebook.stages["opening"].title.text
        raise YearOver(year=record.year, act=title, clause=context.rulebook.cited("close_year"))
    if roster is None:
        return
    registered = roster.units.get(record.unit)
    if registered is None:
        missing = Text(zh=f"部门 {record.unit} 在名册中的登记", en=f"department {record.unit} on the roster")
        raise Incomplete(missing=missing, clause=clause)
    # 第六条「每年年底」: a department that ended during the round is assessed in it, one that ended before is not.
    in_round = year is not None and record.unit in year.units
    late = not in_round and roster.ended_before(record.unit, record.year, context.today)
    if late or roster.is_retired(record.unit, record.year):
        raise retired_refusal([record.unit], record.year, roster, clause)
    if record.unit_kind != registered.unit_kind:
        what = Text(zh="部门类别", en="kind of department")
        raise NotKnown(what=what, value=record.unit_kind, known=registered.unit_kind, clause=clause)


def retired_refusal(units: Sequence[str], year: int, roster: Roster, clause: Citation) -> UnitRetired:
    """The refusal of departments that ended (第二条、第六条): it names each of them and its successors."""
    return UnitRetired(gone=join_faults(_ended(unit, roster) for unit in units), year=year, clause=clause)


def _ended(unit: str, roster: Roster) -> Text:
    end, title = roster.end(unit), roster.title(unit)
    successors = [roster.title(one) for one in (end.successors if end is not None else ())]
    zh = f"（承接部门：{'、'.join(successors)}）" if successors else ""
    en = f" (taken over by {', '.join(successors)})" if successors else ""
    since = end.since if end is not None else ""
    return Text(zh=f"“{title}”已于 {since} 撤销{zh}", en=f"“{title}” ended on {since}{en}")


def check_team(heads: tuple[Member, ...], members: tuple[Member, ...], staff: int, clause: Citation) -> None:
    """The team has a head, nobody is in it twice, and the department has staff."""
    faults = Faults(clause)
    with faults.at("heads"):
        if not heads:
            raise Incomplete(missing=Text(zh="党政主要负责人", en="a head of the team"), clause=clause)
    for person, times in Counter(m.person for m in (*heads, *members)).items():
        if times > 1:
            with faults.at("members" if any(m.person == person for m in members) else "heads"):
                raise AlreadyThere(stream=person, act=Text(zh="列入班子", en="list in the team"), clause=clause)
    with faults.at("staff"):
        in_range(Text(zh="职工人数", en="number of staff"), staff, clause, low=1)
    faults.end()


def check_due(due: dict[str, date], context: Context) -> None:
    """Every stage with a date in the rulebook has a deadline, and the deadlines are in the order of the stages."""
    clause = context.clause("opening")
    missing = [s.title.text for s in context.rulebook.stage if s.due is not None and s.kind not in due]
    if missing:
        raise Incomplete(missing=_due_dates(missing), clause=clause)
    stages = [s for s in context.rulebook.stage if s.kind in due]
    unknown = set(due) - {s.kind for s in stages}
    if unknown:
        known = ", ".join(s.kind for s in context.rulebook.stage)
        raise NotKnown(what=Text(zh="步骤", en="step"), value=", ".join(sorted(unknown)), known=known, clause=clause)
    faults = Faults(clause)
    for stage in stages:
        with faults.at(stage.kind):
            _check_in_range(stage, due[stage.kind])
    for before, after in pairwise(stages):
        with faults.at(after.kind):
            _check_order(before, after, due)
    faults.end()


def _check_in_range(stage: Stage, day: date) -> None:
    if not _EARLIEST <= day <= _LATEST:
        what = stage.title.text
        raise OutOfRange(what=what, value=day, low=_EARLIEST, high=_LATEST, step=1, clause=stage.clause)


def _check_order(before: Stage, after: Stage, due: Mapping[str, date]) -> None:
    if due[before.kind] > due[after.kind]:
        raise OutOfOrder(
            what=before.title.text,
            value=due[before.kind],
            other=after.title.text,
            against=due[after.kind],
            clause=after.clause,
        )


def check_ahead(due: Mapping[str, date], context: Context, act: Text) -> None:
    """No deadline is past: nobody can meet a deadline they never heard of. The refusal names all that are."""
    late, stages = past_due(due, context.today), context.rulebook.stages
    if late:
        dates = Text(
            zh="、".join(f"“{stages[stage].title.zh}”{day}" for stage, day in late.items()),
            en=", ".join(f"“{stages[stage].title.en}” {day}" for stage, day in late.items()),
        )
        raise PastDue(act=act, dates=dates, today=context.today, clause=context.clause("opening"))


def past_due(due: Mapping[str, date], today: date) -> dict[str, date]:
    """The deadlines before today, by stage."""
    return {stage: day for stage, day in due.items() if day < today}


def check_new_due(due: Mapping[str, date], stage: str, to: date, context: Context) -> None:
    """One deadline moves to another day, which is not past and keeps the stages in order."""
    title, clause = context.rulebook.stages[stage].title.text, context.rulebook.cited("move_deadline")
    if due[stage] == to:
        raise NothingToDo(act=title, why=Text(zh="期限未变", en="that is already the deadline"), clause=clause)
    faults = Faults(clause)
    with faults.at("due"):
        not_past(Text(zh=f"“{title.zh}”的期限", en=f"the deadline of “{title.en}”"), to, context, clause)
        try:
            check_due({**due, stage: to}, context)
        except Refusal as refusal:
            # `check_due` names the stage that does not fit; the form has one field, for the new day.
            for one in refusal.each:
                one.at = ""
            raise
    faults.end()


def check_substitution(state: Assessment, record: Substitution, context: Context) -> None:
    """The person who leaves is in the team, the one who joins is not, and the team still has a head."""
    clause = context.rulebook.cited("substitute_member")
    people = {m.person for m in state.team}
    if record.leaves is None and record.joins is None:
        raise Incomplete(missing=Text(zh="离任或接任成员", en="who leaves or joins"), clause=clause)
    faults, heads = Faults(clause), {m.person for m in state.heads} - {record.leaves}
    with faults.at("leaves"):
        if record.leaves is not None and record.leaves not in people:
            what, known = Text(zh="班子成员", en="member"), ", ".join(sorted(people))
            raise NotKnown(what=what, value=record.leaves, known=known, clause=clause)
    with faults.at("joins"):
        if record.joins is not None and record.joins.person in people - {record.leaves}:
            raise AlreadyThere(
                stream=record.joins.person, act=Text(zh="列入班子", en="list in the team"), clause=clause
            )
        if not heads and not (record.head and record.joins):
            raise Incomplete(missing=Text(zh="党政主要负责人", en="a head of the team"), clause=clause)
    with faults.at("since"):
        not_in_future(Text(zh="更换日期", en="day of the change"), record.since, context, clause)
    faults.end()


def _due_dates(titles: list[Text]) -> Text:
    return Text(
        zh="截止日期：" + "、".join(t.zh for t in titles), en="due dates for " + ", ".join(t.en for t in titles)
    )
