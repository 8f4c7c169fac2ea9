"""The values of the notice that a department must put something right (整改通知书).

Two things call for it: the finding of a routine check that waits for the department, and a task of a circulated result
that the department itself does.
"""

from __future__ import annotations

from collections.abc import Iterator

from states.result.open_tasks import open_task_ids, task_title
from states.user_errors import UserError
from states.vocabulary import UNIT_ROLE

from .outcome import losses
from .sources import UnitSource
from .words import NO_DAY, PaperValues, day, decision_words, due_days, result_words, unit_head, unit_tasks


class NothingToMend(UserError):
    """A notice of rectification was asked for, and the department has nothing to put right."""

    zh = "{of} 没有待整改的事项，不必制作整改通知书。"
    en = "{of} has nothing to put right, so no notice of it is needed."


def rectification(one: UnitSource) -> PaperValues:
    """Raises `NothingToMend`."""
    tasks = list(_own_tasks(one))
    matters = [*_findings(one), *tasks]
    if not matters:
        raise NothingToMend(of=one.unit)
    return {
        **unit_head(one),
        **decision_words(one),
        "grade": result_words(one)["grade"],
        "date": NO_DAY,
        "matters": [{"number": str(n), **each} for n, each in enumerate(matters, 1)],
        "losses": losses(one) if tasks else [],
    }


def _findings(one: UnitSource) -> Iterator[dict[str, str]]:
    """What routine checks found and the department has not answered."""
    for check in one.checks:
        if check.status == "open" and check.findings is not None:
            yield {
                "source": f"平时检查（{day(check.findings.checked_on)}）",
                "problem": check.findings.observation,
                "matter": check.findings.to_mend or "",
                "due": day(check.due),
                "clause": one.rulebook.routine_check.clause,
            }


def _own_tasks(one: UnitSource) -> Iterator[dict[str, str]]:
    """The open tasks of the circulated result that the department does."""
    dates, grade, mine = due_days(one), result_words(one)["grade"], unit_tasks(one)
    for id_ in open_task_ids(one.state, one.rulebook):
        task = one.rulebook.task_of(id_)
        if task is not None and id_ in mine and UNIT_ROLE in task.by:
            yield {
                "source": f"{one.state.year}年度考核",
                "problem": f"考核结果为“{grade}”" if grade else "",
                "matter": task_title(one.state, id_, one.rulebook).zh,
                "due": day(due) if (due := dates.get(id_)) is not None else "",
                "clause": task.clause,
            }
