"""opening: the year's assessment of one department begins; or it is withdrawn, having been opened in error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import asdict, replace

from states.assessment import WITHDRAWN, Assessment, AssessmentFact, Member, StageFact
from states.context import Context
from states.guards import Faults, happened, not_past, whole
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
    listed,
)
from states.streams import assessment_stream
from states.vocabulary import Citation, Command, Opaque, Reason, Stamp, Text, Words

_EARLIEST, _LATEST = date(2000, 1, 1), date(2200, 12, 31)
"""No deadline lies outside: a slip of the transaction, and beyond the calendar the clock would stumble."""


class Opening(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is assessed, and until when each stage is due: civil dates, already rolled off non-working days.

    `occasion` is the id of a special assessment outside the annual cycle (Art. 6: 也可组织专门检查考核), `title` what people call
    it; the annual one has neither.
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
    """Open the assessment of one unit."""


class AssessmentOpened(StageFact, Opening, frozen=True, kw_only=True):
    """The unit, its team and its deadlines as they stood when the assessment was opened."""

    stage = "opening"

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        """Afresh, also after a withdrawal: what stays is a judgement and a notice, which no withdrawal takes back."""
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
    """The last step no longer holds. What it said stays in the ledger. Whoever undoes a step takes its deadline back with it."""

    gives_time = False

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        after = state.pop()
        return after if state.stage != "scoring" else replace(after, noted=None)


class Substitution(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody joins the team in another's place, from a day on. `leaves` or `joins` alone is allowed too."""

    leaves: Opaque | None = None
    joins: Member | None = None
    head: bool = False
    since: date


class SubstituteMember(Command, Substitution, frozen=True, kw_only=True):
    """Change the team in mid-year."""


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
    """第二条: the unit's team and its members; the kind of unit decides the annex (第七条（二）)."""
    rulebook, clause = context.rulebook, context.clause("opening")
    own = assessment_stream(record.year, record.unit, record.occasion)
    if state.stream != own:
        raise NotKnown(what=Text(zh="考核", en="assessment"), value=state.stream, known=own, clause=clause)
    faults = Faults(clause)
    with faults.at("title"):
        _check_title(record, clause)
    with faults.at("unit_kind"):
        if record.unit_kind not in rulebook.tables:
            what, known = Text(zh="部门类别", en="kind of unit"), ", ".join(rulebook.tables)
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
    """第六条：也可组织专门检查考核。 A special assessment says what it is about; the annual one is known by its year."""
    if record.occasion is not None and record.title is None:
        raise Incomplete(missing=Text(zh="专项检查的名称", en="the title of the special assessment"), clause=clause)
    if record.occasion is None and record.title is not None:
        why = Text(zh="年度考核没有专项名称", en="the annual assessment has none")
        raise Malformed(what=Text(zh="专项检查的名称", en="title of the special assessment"), why=why, clause=clause)


def _check_enrolled(record: Opening, context: Context) -> None:
    """第六条、第二条: in a year that is open and not closed, but for a special assessment; of a unit on the roster, as it stands there."""
    clause, year, roster = context.clause("opening"), context.year, context.roster
    if year is not None and not year.version and record.occasion is None:
        missing = Text(zh=f"{record.year} 年度考核的启动", en=f"the opening of the assessment year {record.year}")
        raise Incomplete(missing=missing, clause=clause)
    if year is not None and year.closed and record.occasion is None:
        title = context.rulebook.stages["opening"].title.text
        raise YearOver(year=record.year, act=title, clause=context.rulebook.cited("close_year"))
    if roster is None:
        return
    held = roster.units.get(record.unit)
    if held is None:
        missing = Text(zh=f"部门 {record.unit} 在名册中的登记", en=f"unit {record.unit} on the roster")
        raise Incomplete(missing=missing, clause=clause)
    in_round = year is not None and record.unit in year.units
    late = not in_round and roster.ended_before(record.unit, record.year, context.today)
    if late or roster.is_retired(record.unit, record.year):
        raise retired([record.unit], record.year, roster, clause)
    if record.unit_kind != held.unit_kind:
        raise NotKnown(
            what=Text(zh="部门类别", en="kind of unit"), value=record.unit_kind, known=held.unit_kind, clause=clause
        )


def retired(units: Sequence[str], year: int, roster: Roster, clause: Citation) -> UnitRetired:
    """第二条、第六条: only a unit that there is at the year's end is assessed. The refusal names all, and who took them over."""
    return UnitRetired(gone=listed(_ended(unit, roster) for unit in units), year=year, clause=clause)


def _ended(unit: str, roster: Roster) -> Text:
    end, title = roster.end(unit), roster.title(unit)
    heirs = [roster.title(one) for one in (end.successors if end is not None else ())]
    zh, en = (f"（承接部门：{'、'.join(heirs)}）", f" (it went over into {', '.join(heirs)})") if heirs else ("", "")
    since = end.since if end is not None else ""
    return Text(zh=f"“{title}”已于 {since} 撤销{zh}", en=f"“{title}” ended on {since}{en}")


def check_team(heads: tuple[Member, ...], members: tuple[Member, ...], staff: int, clause: Citation) -> None:
    """Somebody heads the team, nobody is in it twice, and the unit has staff."""
    faults = Faults(clause)
    with faults.at("heads"):
        if not heads:
            raise Incomplete(missing=Text(zh="党政主要负责人", en="a head of the team"), clause=clause)
    for person, times in Counter(m.person for m in (*heads, *members)).items():
        if times > 1:
            with faults.at("members" if any(m.person == person for m in members) else "heads"):
                raise AlreadyThere(stream=person, act=Text(zh="列入班子", en="list in the team"), clause=clause)
    with faults.at("staff"):
        whole(Text(zh="职工人数", en="number of staff"), staff, clause, low=1)
    faults.end()


def check_due(due: dict[str, date], context: Context) -> None:
    """Every stage the rulebook dates has a deadline, and the deadlines come in the order of their stages."""
    missing = [s.title.text for s in context.rulebook.stage if s.due is not None and s.kind not in due]
    if missing:
        raise Incomplete(missing=_due_dates(missing), clause=context.clause("opening"))
    stages = [s for s in context.rulebook.stage if s.kind in due]
    unknown = set(due) - {s.kind for s in stages}
    if unknown:
        raise NotKnown(
            what=Text(zh="步骤", en="step"), value=", ".join(sorted(unknown)), clause=context.clause("opening"),
            known=", ".join(s.kind for s in context.rulebook.stage),
        )  # fmt: skip
    faults = Faults(context.clause("opening"))
    for stage in stages:
        with faults.at(stage.kind):
            if not _EARLIEST <= due[stage.kind] <= _LATEST:
                raise OutOfRange(
                    what=stage.title.text,
                    value=due[stage.kind],
                    low=_EARLIEST,
                    high=_LATEST,
                    step=1,
                    clause=stage.clause,
                )
    for before, after in pairwise(stages):
        with faults.at(after.kind):
            if due[before.kind] > due[after.kind]:
                raise OutOfOrder(
                    what=before.title.text, value=due[before.kind], other=after.title.text,
                    against=due[after.kind], clause=after.clause,
                )  # fmt: skip
    faults.end()


def check_ahead(due: Mapping[str, date], context: Context, act: Text) -> None:
    """No deadline is past: what is opened with one is overdue before anybody heard of it. All that are, are named."""
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
    """One deadline moved to another day: not a past one, and in the order of the stages."""
    title, clause = context.rulebook.stages[stage].title.text, context.rulebook.cited("move_deadline")
    if due[stage] == to:
        raise NothingToDo(act=title, why=Text(zh="期限未变", en="that is already the deadline"), clause=clause)
    faults = Faults(clause)
    with faults.at("due"):
        not_past(Text(zh=f"“{title.zh}”的期限", en=f"the deadline of “{title.en}”"), to, context, clause)
        try:
            check_due({**due, stage: to}, context)
        except Refusal as refusal:  # one day is asked for, wherever it does not fit
            for one in refusal.each:
                one.at = ""
            raise
    faults.end()


def check_substitution(state: Assessment, record: Substitution, context: Context) -> None:
    """The one who leaves is of the team, the one who joins is not, and somebody still heads it."""
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
        happened(Text(zh="更换日期", en="day of the change"), record.since, context, clause)
    faults.end()


def _due_dates(titles: list[Text]) -> Text:
    return Text(
        zh="截止日期：" + "、".join(t.zh for t in titles), en="due dates for " + ", ".join(t.en for t in titles)
    )
