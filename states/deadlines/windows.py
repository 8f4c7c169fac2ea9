"""The windows (复核、申诉) of a circulated result: which it has, and from which day until which day somebody may ask.

The inputs of the result and the edition decide which windows it has, so no entry lists them. Not here: the request and
the decision (`review.py`), and the deadline of the decision, which is a task (`task_dates.py`).
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from states.assessment import Assessment
from states.result.open_tasks import windows_of
from states.rulebook.tasks import Follow, Window
from states.rulebook.types import Rulebook
from states.stages.circulation import Circulated
from states.stages.scoring import Scored

from .task_dates import every_day, last_day_to_ask

WindowStatus = Literal["waiting", "open", "asked", "decided", "over"]
"""`waiting`: it may still open, after the decision in another window. `over`: nobody asked in time, or it cannot open."""


class Windows:
    """The windows of one circulated result.

    `ids`: `review`, or `review@p-1` for a person; a window that opens after another one is among them from the
    beginning. Empty if the result has none or is not circulated.
    """

    def __init__(self, state: Assessment, rulebook: Rulebook) -> None:
        self._state, self._rulebook = state, rulebook
        self._circulation, scored = state.fact(Circulated), state.fact(Scored)
        if not rulebook.window or self._circulation is None or scored is None:
            self.ids: tuple[str, ...] = ()
        else:
            self.ids = tuple(follow.id for follow in windows_of(scored.inputs, rulebook).certain)

    def rule(self, id_: str) -> Window:
        """The rule of a window."""
        return self._rulebook.windows[Follow.from_id(id_).key]

    def opened_on(self, id_: str) -> date | None:
        """The day from which the time to ask counts: of the notice, or of the decision after which it opens.

        None if it is not open yet. After a decision that the result is to be reopened no window opens.
        """
        if self.rule(id_).from_ not in self._rulebook.windows:
            return self._circulation.circulated_on if self._circulation is not None else None
        before = self._before(id_)
        review = self._state.reviews.get(before or "")
        return self._state.task_days[before] if before and review and review.decision == "stands" else None

    def last_day(self, id_: str) -> date | None:
        """The last day on which somebody may ask. None: it is not open yet, or the clock has not counted the day yet."""
        opened_on, rule = self.opened_on(id_), self.rule(id_)
        if opened_on is None or rule.within.needs_calendar:
            return self._state.window_due.get(id_)
        return last_day_to_ask(rule, opened_on, every_day)

    def undated(self) -> dict[str, date]:
        """The open windows whose last day the clock has still to count, each with the day from which it counts."""
        days = {id_: self.opened_on(id_) for id_ in self.ids if id_ not in self._state.reviews}
        return {
            id_: day
            for id_, day in days.items()
            if day is not None and self.rule(id_).within.needs_calendar and id_ not in self._state.window_due
        }

    def open(self, today: date) -> list[str]:
        """The windows in which somebody may ask today."""
        return [id_ for id_ in self.ids if self.status(id_, today) == "open"]

    def status(self, id_: str, today: date) -> WindowStatus:
        """How a window stands today."""
        review, last = self._state.reviews.get(id_), self.last_day(id_)
        if review is not None:
            return "asked" if review.decision is None else "decided"
        if self.opened_on(id_) is not None:
            return "over" if last is not None and last < today else "open"
        before = self._before(id_)
        return "waiting" if before and self.status(before, today) in ("waiting", "open", "asked") else "over"

    def _before(self, id_: str) -> str | None:
        """The window after which this one opens: of the same person, or of the department."""
        key = self.rule(id_).from_
        same_person = Follow(key, Follow.from_id(id_).person).id
        return next((one for one in (same_person, key) if one in self.ids), None)


def undecided_reviews(state: Assessment) -> list[str]:
    """The windows in which somebody has asked for a review that nobody has decided yet."""
    return [id_ for id_, review in state.reviews.items() if review.decision is None]
