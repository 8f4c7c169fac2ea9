"""第六条，每年年底: opens a year on its day, or notifies the office that the year is due. A setting decides which.

It also opens the occasions of the rulebook (a half-year check) on their days.

Also here: an interrupted opening is continued, also one that the office began; and the office is notified of a year
that was missed. Not here: the opening itself (`workflow/year.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from config.logs import EventLog
from notifications.post import Post
from states.records.roster import Roster
from states.records.year import Year
from states.refusals import IdTaken
from states.rulebook import roles
from states.rulebook.stages import Occasion
from states.streams import ROSTER, year_stream
from states.vocabulary import CLOCK, Text
from storage import queries
from workflow.calendar import Calendar
from workflow.engine import Engine
from workflow.year import YearOpeningOutcome, deadlines_of, open_occasion, open_year

_LATEST_OPENING = timedelta(days=31)
"""For so long after its day an occasion is opened. After a longer pause of the daemon the office decides about it."""


class YearOpening:
    """The daemon's part in opening a year.

    With `automatic` it opens a year itself. It does not if a deadline is too near, or if there is no department; then
    it notifies the office, as it always does without `automatic`.
    """

    def __init__(self, engine: Engine, post: Post, calendar: Calendar, log: EventLog, *, automatic: bool) -> None:
        self._engine, self._post, self._calendar, self._log = engine, post, calendar, log
        self._automatic = automatic
        self._checked_on: date | None = None

    def run(self, now: datetime) -> int:
        """Open the year if it is due, continue its opening, or notify the office.

        Returns the number of opened assessments. It does its work only once a day. If it fails, the next call tries
        again.
        """
        rulebook = self._engine.editions.in_force.rulebook
        today = now.astimezone(ZoneInfo(rulebook.timezone)).date()
        if self._checked_on == today:
            return 0
        opened = 0
        if today >= date.fromisoformat(f"{today.year}-{rulebook.open_on}"):
            opened = self._open_or_tell(today, now)
        else:
            self._tell_missed(today.year - 1, now)
        if self._automatic:
            opened += sum(self._open_occasion(occasion, today) for occasion in rulebook.occasion)
        self._checked_on = today
        return opened

    def _open_occasion(self, occasion: Occasion, today: date) -> int:
        """Open an occasion for the departments that do not have it, if its day has come. Returns how many were opened.

        One that was withdrawn meanwhile is not opened again.
        """
        if occasion.opens is None:
            return 0
        day = date.fromisoformat(f"{today.year}-{occasion.opens}")
        if not day <= today <= day + _LATEST_OPENING:
            return 0
        engine, year = self._engine, today.year - occasion.opens_year
        rows = queries.assessments(engine.ledger.database, year)
        opened_before = {row.unit for row in rows if row.occasion == occasion.key}
        units = [unit for unit in engine.roster().assessed_in(year) if unit.unit not in opened_before]
        outcome = open_occasion(engine, year, occasion, units, CLOCK, self._calendar.is_working)
        return self._opened_in(outcome)

    def _open_or_tell(self, today: date, now: datetime) -> int:
        """Continue an interrupted opening; otherwise open the year, or tell the office that it is due.

        The daemon opens a year only with `automatic`, and never with deadlines that leave departments too little time.
        """
        year, roster = self._year(today.year), self._engine.state(ROSTER)
        assert isinstance(roster, Roster)
        if year.version:
            return self._open(today.year, [u.unit for u in roster.assessed_in(today.year) if u.unit in year.units])
        current = [unit.unit for unit in roster.current() if not roster.was_closed_before(unit.unit, today.year, today)]
        late = deadlines_of(self._engine, today.year, self._calendar.is_working).late
        if self._automatic and current and not late:
            return self._open(today.year, current)
        self._tell_due(today, len(current), len(late), now)
        return 0

    def _open(self, year: int, unit_ids: Sequence[str]) -> int:
        """Open the assessments of these departments. Returns the number of opened assessments.

        An assessment that was opened before is not opened again, even if it was withdrawn meanwhile. Raises `IdTaken`
        if a command id of the daemon belongs to another command: then the ledger is damaged.
        """
        roster = self._engine.roster()
        opened_before = {
            row.unit for row in queries.assessments(self._engine.ledger.database, year) if row.occasion is None
        }
        units = [roster.units[unit] for unit in unit_ids if unit not in opened_before]
        if not units:
            return 0
        return self._opened_in(open_year(self._engine, year, units, CLOCK, self._calendar.is_working))

    def _opened_in(self, outcome: YearOpeningOutcome) -> int:
        """The number of opened assessments. The refusals are logged."""
        for stream, refusal in outcome.refused.items():
            self._log.warning("assessment not opened", stream=stream, refusal=refusal.code)
        for refusal in outcome.refused.values():
            if isinstance(refusal, IdTaken):
                raise refusal
        return len(outcome.opened)

    def _tell_due(self, today: date, units: int, late: int, now: datetime) -> None:
        """Tell the office that the year is due, with the roles that open it and the number of late deadlines.

        The office is told on the day, and then every week until the year is open.
        """
        rulebook = self._engine.editions.in_force.rulebook
        since = date.fromisoformat(f"{today.year}-{rulebook.open_on}")
        by = [rulebook.role_title(role) for role in rulebook.acts["open_year"].by if role != CLOCK.role]
        values: dict[str, object] = {
            "year": today.year,
            "units": units,
            "late": late,
            "days": rulebook.notice_days,
            "by": Text(zh="或".join(role.zh for role in by), en=" or ".join(role.en for role in by)),
        }
        self._log.info("year opening due", year=today.year, units=units, late=late)
        self._post.notify(
            "year_due", roles.organiser(rulebook), values, f"year/{today.year}/due/{(today - since).days // 7}", now
        )

    def _tell_missed(self, year: int, now: datetime) -> None:
        """Tell the office, once, that last year was never opened. The office decides whether to open it now."""
        # This happens if the daemon was stopped from the day of the opening until the end of the year.
        if self._year(year - 1).version and not self._year(year).version:
            to = roles.organiser(self._engine.editions.in_force.rulebook)
            self._post.notify("year_missed", to, {"year": year}, year_stream(year), now)

    def _year(self, year: int) -> Year:
        state = self._engine.state(year_stream(year))
        assert isinstance(state, Year)
        return state
