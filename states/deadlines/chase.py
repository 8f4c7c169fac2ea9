"""催办: somebody who organises the assessment asks those who must act, by hand, for an open stage or task.

It changes no deadline and no stage. It is on record who asked for what, whom, when and why; those who must act are told
at once. A stage or task is chased at most once a day. What nobody can do now is not chased. Not here: the reminders
of the clock (`reminders.py`), and the notice (`notifications/`).
"""

# Once a day, because a second letter about the same thing on the same day is read by nobody. An item may be chased
# on any number of days.

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import Assessment, AssessmentFact, ChaseState
from states.context import Context
from states.refusals import NothingToDo, NotKnown, Refusal
from states.rulebook.stages import Stage
from states.rulebook.types import Rulebook
from states.stages.circulation import may_circulate
from states.stages.value_report import missing_items, open_results
from states.vocabulary import CLOCK, Command, Stamp, Text, Words, listed

from .reminders import next_stage, open_items, waits_for_case
from .schedule import HasDeadline

CHASE_ACTS = frozenset({"chase"})
"""The act of this file. A rulebook need not have it."""

_ITEM = Text(zh="还没有办的步骤或事项", en="open step or task")
_YOU = Text(zh="您本人", en="you")


class ChasedToday(Refusal):
    """The stage or task was chased on the same day already."""

    zh = (
        "“{item}”今天已催办过：{by}于 {at} 催办（{clause}）。同一步骤或事项每天只催办一次，明天还没有办的，可以再催办。"
    )
    en = (
        "“{item}” was already chased today, at {at} by {by} ({clause}). You can chase a step or task once a day. If it "
        "is still open tomorrow, chase it again."
    )


class ChaseRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The key of the open stage or task, and the reason (if any)."""

    stage: str
    reason: Words | None = None


class Chase(Command, ChaseRequest, frozen=True, kw_only=True):
    """Ask those who must act to do an open stage or task."""


class Chased(AssessmentFact, ChaseRequest, frozen=True, kw_only=True):
    """Those who must act were asked to: the roles `to`, with the deadline at that time."""

    to: tuple[str, ...]
    due: date | None = None

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        chase = ChaseState(at=stamp.recorded_at, by=stamp.actor, role=stamp.role, to=self.to, reason=self.reason)
        return replace(state, chases={**state.chases, self.stage: chase})


def chase(state: Assessment, command: Chase, context: Context) -> Chased:
    """The fact of a chase: with the roles that must act now, and the deadline."""
    item, due = _open_item(state, command, context)
    to = roles_to_chase(item, state, context)
    fact = Chased(stage=command.stage, reason=command.reason, to=to, due=due)
    check(state, fact, context)
    return fact


def check(state: Assessment, record: Chased, context: Context) -> None:
    """Refuse what is not open or cannot be done now, a second time on a day, and roles or a deadline that are not right."""
    item, due = _open_item(state, record, context)
    title, clause = item.title.text, context.rulebook.cited("chase")
    last = state.chases.get(record.stage)
    if last is not None and _day(last.at, context.rulebook) == context.today:
        time = last.at.astimezone(ZoneInfo(context.rulebook.timezone)).strftime("%H:%M")
        by = _YOU if last.by == context.actor.id else context.rulebook.role_title(last.role)
        raise ChasedToday(item=title, at=time, by=by, clause=clause)
    if (record.to, record.due) != (roles_to_chase(item, state, context), due):
        why = Text(zh="催办对象或期限与当前不符", en="it does not name those who must act now, or not their deadline")
        raise NothingToDo(act=title, why=why, clause=clause)


def can_chase(state: Assessment, context: Context) -> bool:
    """Whether something can be chased today."""
    return bool(items_to_chase(state, context))


def items_to_chase(state: Assessment, context: Context) -> dict[str, tuple[Text, date | None]]:
    """What can be chased today, by key: its title and its deadline. The nearest deadline comes first."""
    items = sorted(_possible(state, context), key=lambda pair: pair[1] or date.max)
    chased = {key for key, one in state.chases.items() if _day(one.at, context.rulebook) == context.today}
    return {item.key: (item.title.text, due) for item, due in items if item.key not in chased}


def first_to_chase(state: Assessment, context: Context) -> tuple[str, Text, date | None] | None:
    """What is chased if nobody chooses: of what can be chased today, what has the nearest deadline. None: nothing can be.

    Its key, its title and its deadline.
    """
    return next(((key, title, due) for key, (title, due) in items_to_chase(state, context).items()), None)


def roles_to_chase(item: HasDeadline, state: Assessment, context: Context) -> tuple[str, ...]:
    """The roles that must act: before scoring, those that owe a sheet or a value; else the one that does the item."""
    owing = _roles_before_scoring(state, context) if isinstance(item, Stage) and item.kind == "scoring" else ()
    return tuple(dict.fromkeys(role for role in owing if role != CLOCK.role)) or item.by[:1]


def last_chase(state: Assessment, keys: Iterable[str]) -> ChaseState | None:
    """The last chase of these open items since they became possible. None: nobody chased them."""
    chases = ((state.chases[key], _possible_since(state, key)) for key in keys if key in state.chases)
    return max((one for one, since in chases if since is None or one.at >= since), key=lambda one: one.at, default=None)


def _possible_since(state: Assessment, key: str) -> datetime | None:
    """When an item became possible: a stage with the step before it, a task with the circulation. A request is new."""
    if key in state.requests:
        return None
    if key in state.tasks:
        circulation = state.step("circulation")
        return circulation.at if circulation is not None else None
    return state.since


def _roles_before_scoring(state: Assessment, context: Context) -> Iterator[str]:
    rulebook = context.rulebook
    if state.step("scoring") is None and len(state.sheets) < rulebook.scoring.minimum_sheets:
        yield from rulebook.acts["fill_sheet"].by
    for item in missing_items(state, context):
        yield from item.by


def _possible(state: Assessment, context: Context) -> Iterator[tuple[HasDeadline, date | None]]:
    """The open items that somebody can do now."""
    waits = _waits(state, context)
    yield from (
        (item, due) for item, due in open_items(state, context.rulebook) if not isinstance(item, Stage) or not waits
    )


def _waits(state: Assessment, context: Context) -> bool:
    """Whether nobody can do the next stage now.

    An open case forbids scoring, or another result that it reads is not decided; or the score before it is not valid.
    """
    stage = next_stage(state, context.rulebook)
    if stage is None:
        return False
    if stage.kind == "scoring":
        # Sheets can be filled in and values be reported while a case is open.
        owing = any(_roles_before_scoring(state, context))
        return not owing and (waits_for_case(state, context) or any(open_results(state, context)))
    return not (may_circulate(state, context) if stage.kind == "circulation" else state.has_valid_score)


def _open_item(state: Assessment, record: ChaseRequest, context: Context) -> tuple[HasDeadline, date | None]:
    """The open item of a record, with its deadline. Raises `NotKnown`, or `NothingToDo` if nobody can do it now."""
    clause, items = context.rulebook.cited("chase"), list(open_items(state, context.rulebook))
    open_item = next(((item, due) for item, due in items if item.key == record.stage), None)
    if open_item is None:
        known = listed((item.title.text for item, _ in items), Text(zh="无", en="nothing"))
        raise NotKnown(what=_ITEM, value=record.stage, known=known, clause=clause)
    if isinstance(open_item[0], Stage) and _waits(state, context):
        # The person who chases may not be allowed to know of a case.
        why = Text(zh="这一步在等待其他事项，现在无人可以办理", en="it waits for something else; nobody can do it now")
        raise NothingToDo(act=open_item[0].title.text, why=why, clause=clause)
    return open_item


def _day(at: datetime, rulebook: Rulebook) -> date:
    return at.astimezone(ZoneInfo(rulebook.timezone)).date()
