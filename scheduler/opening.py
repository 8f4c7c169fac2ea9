"""第六条，每年年底: the day on which a year is to be opened. The office opens it and the daemon says that it is due; by a setting the daemon opens it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from config.logs import EventLog
from notifications.post import Post
from states.records.roster import Roster
from states.records.year import Year
from states.refusals import IdTaken
from states.streams import ROSTER, year_stream
from states.vocabulary import CLOCK, Text
from storage import queries
from workflow.calendar import Calendar
from workflow.engine import Engine
from workflow.year import deadlines_of, open_year


class YearOpening:
    """What the daemon does about a year that is due to be opened. With `automatic` it opens the year, but not with deadlines that are too close."""

    def __init__(self, engine: Engine, post: Post, calendar: Calendar, log: EventLog, *, automatic: bool) -> None:
        self._engine, self._post, self._calendar, self._log = engine, post, calendar, log
        self._automatic = automatic
        self._checked_on: date | None = None

    def run(self, now: datetime) -> int:
        """Open the year or tell the office, once a day. Returns the number of assessments opened."""
        rulebook = self._engine.editions.in_force.rulebook
        today = now.astimezone(ZoneInfo(rulebook.timezone)).date()
        if self._checked_on == today:
            return 0
        opened = 0
        if today >= date.fromisoformat(f"{today.year}-{rulebook.open_on}"):
            opened = self._due(today, now)
        else:
            self._tell_missed(today.year - 1, now)
        self._checked_on = today
        return opened

    def _due(self, today: date, now: datetime) -> int:
        """Go on with an opening that was interrupted; otherwise open the year, or tell the office that it is due.

        The daemon opens a year only by a setting, and never with deadlines that leave the departments too little time.
        """
        year, roster = self._year(today.year), self._engine.state(ROSTER)
        assert isinstance(roster, Roster)
        if year.version:
            return self._open(today.year, [u.unit for u in roster.assessed_in(today.year) if u.unit in year.units])
        current = [one.unit for one in roster.current() if not roster.ended_before(one.unit, today.year, today)]
        late = deadlines_of(self._engine, today.year, self._calendar.is_working).late
        if self._automatic and current and not late:
            return self._open(today.year, current)
        self._tell_due(today, len(current), len(late), now)
        return 0

    def _open(self, year: int, wanted: Sequence[str]) -> int:
        """Open the assessments of these departments. One that was opened before is left as it is, even if it was withdrawn since."""
        roster = self._engine.roster()
        opened_before = {
            row.unit for row in queries.assessments(self._engine.ledger.database, year) if row.occasion is None
        }
        units = [roster.units[unit] for unit in wanted if unit not in opened_before]
        if not units:
            return 0
        done = open_year(self._engine, year, units, CLOCK, self._calendar.is_working)
        for stream, refusal in done.refused.items():
            self._log.warning("assessment not opened", stream=stream, refusal=refusal.code)
        for refusal in done.refused.values():
            if isinstance(refusal, IdTaken):
                raise refusal
        return len(done.opened)

    def _tell_due(self, today: date, units: int, late: int, now: datetime) -> None:
        """Tell the office that the year is due, who opens it, and what prevents it: on the day, then every week until it is open."""
        rulebook = self._engine.editions.in_force.rulebook
        since = date.fromisoformat(f"{today.year}-{rulebook.open_on}")
        by = [rulebook.role_title(role) for role in rulebook.acts["open_year"].by if role != CLOCK.role]
        values: dict[str, object] = {
            "year": today.year, "units": units, "late": late, "days": rulebook.notice_days,
            "by": Text(zh="或".join(b.zh for b in by), en=" or ".join(b.en for b in by)),
        }  # fmt: skip
        self._log.info("year opening due", year=today.year, units=units, late=late)
        self._post.notify("year_due", "office", values, f"year/{today.year}/due/{(today - since).days // 7}", now)

    def _tell_missed(self, year: int, now: datetime) -> None:
        """Tell the office, once, that last year was never opened. The daemon had stopped until it was over; whether to open it now is for the office to decide."""
        if self._year(year - 1).version and not self._year(year).version:
            self._post.notify("year_missed", "office", {"year": year}, year_stream(year), now)

    def _year(self, year: int) -> Year:
        state = self._engine.state(year_stream(year))
        assert isinstance(state, Year)
        return state
