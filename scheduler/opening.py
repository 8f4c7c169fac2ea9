"""第六条，每年年底: the year whose day of opening has come. The office opens it; the clock says that it is due, or opens it by a setting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from notifications.post import Post
from states.refusals import IdTaken
from states.vocabulary import CLOCK, Text
from states.year.roster import Roster
from states.year.year import Year
from storage import queries
from workflow.calendar import Calendar
from workflow.engine import Engine
from workflow.year import dates_of, open_year

from .log import Log


class Opening:
    """What the clock does about a year that is due to be opened. With `by_itself` it opens one; it never does so late."""

    def __init__(self, engine: Engine, post: Post, calendar: Calendar, log: Log, *, by_itself: bool) -> None:
        self._engine, self._post, self._calendar, self._log = engine, post, calendar, log
        self._by_itself = by_itself
        self._asked: date | None = None

    def run(self, now: datetime) -> int:
        """How many assessments were opened. Asked once a day."""
        rulebook = self._engine.editions.in_force.rulebook
        today = now.astimezone(ZoneInfo(rulebook.timezone)).date()
        if self._asked == today:
            return 0
        opened = 0
        if today >= date.fromisoformat(f"{today.year}-{rulebook.open_on}"):
            opened = self._due(today, now)
        else:
            self._tell_missed(today.year - 1, now)
        self._asked = today
        return opened

    def _due(self, today: date, now: datetime) -> int:
        """Go on with an opening that was interrupted; else open the year, or tell the office that it is due to be opened.

        The clock opens a year only by a setting, and never with deadlines that leave the departments too little time.
        """
        year, roster = self._year(today.year), self._engine.state("roster")
        assert isinstance(roster, Roster)
        if year.version:
            return self._open(today.year, [u.unit for u in roster.assessed_in(today.year) if u.unit in year.units])
        there = [one.unit for one in roster.current() if not roster.ended_before(one.unit, today.year, today)]
        late = dates_of(self._engine, today.year, self._calendar.is_working).late
        if self._by_itself and there and not late:
            return self._open(today.year, there)
        self._tell_due(today, len(there), len(late), now)
        return 0

    def _open(self, year: int, wanted: Sequence[str]) -> int:
        """Open these of the roster; what was opened before, and be it withdrawn, is left alone."""
        roster = self._engine.state("roster")
        assert isinstance(roster, Roster)
        begun = {row.unit for row in queries.assessments(self._engine.ledger.database, year) if row.occasion is None}
        units = [roster.units[unit] for unit in wanted if unit not in begun]
        if not units:
            return 0
        done = open_year(self._engine, year, units, CLOCK, self._calendar.is_working)
        for stream, refusal in done.refused.items():
            self._log.warning("not opened", stream=stream, refusal=refusal.code)
        for refusal in done.refused.values():
            if isinstance(refusal, IdTaken):
                raise refusal
        return len(done.opened)

    def _tell_due(self, today: date, units: int, late: int, now: datetime) -> None:
        """The year is due to be opened, by whom, and what stands against it: told on the day, then weekly until it is open."""
        rulebook = self._engine.editions.in_force.rulebook
        since = date.fromisoformat(f"{today.year}-{rulebook.open_on}")
        by = [rulebook.role_title(role) for role in rulebook.acts["open_year"].by if role != CLOCK.role]
        values: dict[str, object] = {
            "year": today.year, "units": units, "late": late, "days": rulebook.notice_days,
            "by": Text(zh="或".join(b.zh for b in by), en=" or ".join(b.en for b in by)),
        }  # fmt: skip
        self._log.info("year due", year=today.year, units=units, late=late)
        self._post.tell("year_due", "office", values, f"year/{today.year}/due/{(today - since).days // 7}", now)

    def _tell_missed(self, year: int, now: datetime) -> None:
        """A clock that stood still until the year was over does not open it; the office is told, once, and decides."""
        if self._year(year - 1).version and not self._year(year).version:
            self._post.tell("year_missed", "office", {"year": year}, f"year/{year}", now)

    def _year(self, year: int) -> Year:
        state = self._engine.state(f"year/{year}")
        assert isinstance(state, Year)
        return state
