"""岁末清单: on fixed days before the end of the year, sends a list of the open work to the roles that can finish it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from notifications.post import Post
from states.assessment import Assessment
from states.deadlines.dates import add_working_days
from states.deadlines.reminders import open_items
from states.records.year import Year
from states.streams import year_stream
from states.vocabulary import Actor, IsWorking
from storage import queries
from workflow.engine import Engine

_READER = Actor("reader", "office")


def tell(engine: Engine, post: Post, is_working: IsWorking, now: datetime) -> None:
    """Send the list for the last fixed day that has come, to each role that has not got it.

    Nothing is sent without open work, in a year that was not opened, or in a closed year.
    """
    rulebook = engine.editions.in_force.rulebook
    local_now = now.astimezone(ZoneInfo(rulebook.timezone))
    year = engine.state(year_stream(local_now.year))
    assert isinstance(year, Year)
    last_day = date(local_now.year, 12, 31)
    hour = time.fromisoformat(rulebook.remind_at)
    past_days = [
        n
        for n in rulebook.year_end.before
        if (add_working_days(last_day + timedelta(days=1), -n, is_working), hour)
        <= (local_now.date(), local_now.time())
    ]
    if not year.version or year.closed or not past_days:
        return
    about = f"year/{local_now.year}/end/{min(past_days)}"
    recipients = [role for role in rulebook.year_end.to if not post.was_notified(f"{about}/{role}")]
    groups = _open_work(engine, local_now.year) if recipients else []
    for role in recipients if groups else ():
        values: dict[str, object] = {"year": local_now.year, "until": last_day, "groups": groups}
        post.notify("year_end", role, values, f"{about}/{role}", now)


def _open_work(engine: Engine, year: int) -> list[dict[str, object]]:
    """The open stages and tasks: the title, the earliest deadline, and the departments that have not done it."""
    roster = engine.roster()
    unit_titles = {key: unit.title for key, unit in roster.units.items()}
    open_units: dict[str, list[tuple[date | None, str]]] = defaultdict(list)
    item_titles: dict[str, tuple[str, str]] = {}
    for row in queries.assessments(engine.ledger.database, year):
        state, _, compiled = engine.context(row.stream, _READER)
        assert isinstance(state, Assessment)
        for item, due in open_items(state, compiled.rulebook):
            item_titles[item.key] = (item.title.zh, item.title.en)
            open_units[item.key].append((due, str(unit_titles.get(row.unit, row.unit))))
    return [
        {
            "zh": item_titles[key][0],
            "en": item_titles[key][1],
            "count": len(units),
            "units": [unit for _, unit in units],
            "due": min((due.isoformat() for due, _ in units if due is not None), default=""),
        }
        for key, units in open_units.items()
    ]
