"""岁末清单: on fixed days before the end of the year, a list of what is still open, for those who can still finish it."""

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
    """Send the list to each role, once for each of the days; none if nothing is open or the year is closed."""
    rulebook = engine.editions.in_force.rulebook
    here = now.astimezone(ZoneInfo(rulebook.timezone))
    year = engine.state(year_stream(here.year))
    assert isinstance(year, Year)
    last = date(here.year, 12, 31)
    at = time.fromisoformat(rulebook.remind_at)
    reached = [
        n
        for n in rulebook.year_end.before
        if (add_working_days(last + timedelta(days=1), -n, is_working), at) <= (here.date(), here.time())
    ]
    if not year.version or year.closed or not reached:
        return
    about = f"year/{here.year}/end/{min(reached)}"
    wanted = [role for role in rulebook.year_end.to if not post.was_notified(f"{about}/{role}")]
    groups = _open(engine, here.year) if wanted else []
    for role in wanted if groups else ():
        values: dict[str, object] = {"year": here.year, "until": last, "groups": groups}
        post.notify("year_end", role, values, f"{about}/{role}", now)


def _open(engine: Engine, year: int) -> list[dict[str, object]]:
    """What is awaited, by stage or task: its title, its earliest deadline, and the departments that have not done it."""
    roster = engine.roster()
    titles = {key: unit.title for key, unit in roster.units.items()}
    found: dict[str, list[tuple[date | None, str]]] = defaultdict(list)
    names: dict[str, tuple[str, str]] = {}
    for row in queries.assessments(engine.ledger.database, year):
        state, _, compiled = engine.context(row.stream, _READER)
        assert isinstance(state, Assessment)
        for what, due in open_items(state, compiled.rulebook):
            names[what.key] = (what.title.zh, what.title.en)
            found[what.key].append((due, str(titles.get(row.unit, row.unit))))
    return [
        {
            "zh": names[key][0], "en": names[key][1], "count": len(units), "units": [unit for _, unit in units],
            "due": min((due.isoformat() for due, _ in units if due is not None), default=""),
        }
        for key, units in found.items()
    ]  # fmt: skip
