"""Checks of the deadlines of stages: of one assessment, and of a year for all its departments.

Not here: how deadlines are computed (`states/deadlines/dates.py`), and when the clock reminds of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise

from states.context import Context
from states.guards import FaultCollector, check_new_day, check_year
from states.refusals import Incomplete, NothingToDo, NotKnown, OutOfOrder, PastDue, Refusal
from states.rulebook.stages import Stage
from states.vocabulary import Text


def check_deadlines(due: dict[str, date], context: Context) -> None:
    """Refuse deadlines that are missing, of an unknown stage, out of order or years away.

    Every stage with a date in the rulebook must have a deadline, and the deadlines must be in the order of the stages.
    """
    clause = context.clause("opening")
    missing = [stage.title.text for stage in context.rulebook.stage if stage.due is not None and stage.key not in due]
    if missing:
        raise Incomplete(missing=_missing_deadlines(missing), clause=clause)
    stages = [stage for stage in context.rulebook.stage if stage.key in due]
    unknown = set(due) - {stage.key for stage in stages}
    if unknown:
        kinds = ", ".join(stage.key for stage in context.rulebook.stage)
        raise NotKnown(what=Text(zh="步骤", en="stage"), value=", ".join(sorted(unknown)), known=kinds, clause=clause)
    faults = FaultCollector(clause)
    for stage in stages:
        with faults.at(stage.key):
            check_year(stage.title.text, due[stage.key], context, stage.clause)
    for earlier, later in pairwise(stages):
        with faults.at(later.key):
            _check_order(earlier, later, due)
    faults.end()


def _check_order(earlier: Stage, later: Stage, due: Mapping[str, date]) -> None:
    if due[earlier.key] > due[later.key]:
        raise OutOfOrder(
            what=earlier.title.text,
            value=due[earlier.key],
            other=later.title.text,
            against=due[later.key],
            clause=later.clause,
        )


def refuse_past_deadlines(due: Mapping[str, date], context: Context, title: Text) -> None:
    """Refuse deadlines before today, because nobody could meet them.

    The refusal names every such deadline, and the act by its `title`.
    """
    past, stages = past_deadlines(due, context.today), context.rulebook.stages
    if past:
        dates = Text(
            zh="、".join(f"“{stages[stage].title.zh}”{day}" for stage, day in past.items()),
            en=", ".join(f"“{stages[stage].title.en}” {day}" for stage, day in past.items()),
        )
        raise PastDue(act=title, dates=dates, today=context.today, clause=context.clause("opening"))


def past_deadlines(due: Mapping[str, date], today: date) -> dict[str, date]:
    """The deadlines before today, by stage."""
    return {stage: day for stage, day in due.items() if day < today}


def check_new_deadline(due: Mapping[str, date], stage: str, new_day: date, context: Context) -> None:
    """Refuse to move the deadline of `stage` to its present day, to a past day, or out of the order of the stages."""
    title, clause = context.rulebook.stages[stage].title.text, context.rulebook.cited("move_deadline")
    if due[stage] == new_day:
        raise NothingToDo(act=title, why=Text(zh="期限未变", en="that is already the deadline"), clause=clause)
    faults = FaultCollector(clause)
    with faults.at("due"):
        check_new_day(Text(zh=f"“{title.zh}”的期限", en=f"the deadline of “{title.en}”"), new_day, context, clause)
        try:
            check_deadlines({**due, stage: new_day}, context)
        except Refusal as refusal:
            # `check_deadlines` names the stage that does not fit. The form has only one field, for the new day.
            for fault in refusal.faults:
                fault.field = ""
            raise
    faults.end()


def _missing_deadlines(titles: list[Text]) -> Text:
    """The name of missing deadlines in a refusal, by the titles of their stages."""
    return Text(
        zh="截止日期：" + "、".join(title.zh for title in titles),
        en="the deadlines of " + ", ".join(title.en for title in titles),
    )
