"""The notices of the plan of on-site visits, and the calendar file that is attached to the letter. Pure.

A department is notified of its own visit, each member of a sub-group of all visits of the sub-group. When a visit
moves, members who no longer take part are notified too. Also here: whether a visit is still planned like that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from notifications.channels.message import Attachment
from states.records.year import Visit, Year
from states.rulebook.stages import ON_SITE
from states.rulebook.types import Rulebook
from states.vocabulary import Fact, Text
from states.year.visits import VisitMoved, VisitsPlanned
from storage.ledger.chain import Entry

from .notice import Notice

KINDS_WITH_CALENDAR = ("visit", "visits_assigned")
"""The kinds of notices that have a calendar file attached."""


def visit_notices(fact: Fact, entry: Entry, year: Year, rulebook: Rulebook) -> Iterator[Notice]:
    """The notices of one entry of a year's stream; `year` is the year after it. Most entries have none."""
    if not isinstance(fact, VisitsPlanned | VisitMoved):
        return
    reason = fact.reason if isinstance(fact, VisitMoved) else ""
    values: dict[str, object] = {
        "year": year.year,
        "reason": reason,
        "steps": _steps(rulebook),
        "at": entry.recorded_at.isoformat(),
        "sequence": entry.version,
        "zone": rulebook.timezone,
    }
    values_of = {visit.unit: _visit_values(visit) for visit in fact.visits}
    for unit, visit_values in values_of.items():
        yield Notice("visit", "unit", unit, {**values, "unit": unit, **visit_values, "visits": [visit_values]})
    for account in sorted(fact.accounts):
        own = [values_of[visit.unit] for visit in fact.visits if account in _accounts(visit)]
        yield _for_member("visits_assigned", account, {**values, "visits": own})
    if isinstance(fact, VisitMoved):
        dropped = {**values, "unit": fact.visit.unit, **_visit_values(fact.before)}
        for account in sorted(_accounts(fact.before) - fact.accounts):
            yield _for_member("visit_dropped", account, dropped)


def still_planned(notice: Notice, year: Year) -> bool:
    """Whether at least one of the visits in a notice is still planned in the same way."""
    visits = notice.values.get("visits", [])
    assert isinstance(visits, list)
    planned = [_visit_values(visit) for visit in year.visits.values()]
    return not visits or any(visit in planned for visit in visits)


def calendar(notices: Sequence[Notice], language: str, host: str) -> bytes | None:
    """The visits of these notices as an iCalendar file (RFC 5545), one event each; None if they have none.

    The UID of an event never changes and its SEQUENCE grows, so that a calendar program moves the event that it has
    (RFC 5545, 3.8.7.4).
    """
    file = Calendar()
    file.add("prodid", "-//kaohe//visits//ZH")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    latest: dict[str, Event] = {}
    for notice in notices:
        if notice.kind in KINDS_WITH_CALENDAR:
            latest |= _events(notice, language, host)
    for event in latest.values():
        file.add_component(event)
    data: bytes = file.to_ical()
    return data if latest else None


def attachments(notices: Sequence[Notice], language: str, console: str) -> tuple[Attachment, ...]:
    """The attachments of a letter: a calendar file if the notices have visits. `console`: the URL of the console."""
    data = calendar(notices, language, urlsplit(console).hostname or "kaohe")
    return () if data is None else (Attachment("visits.ics", "text/calendar; method=PUBLISH", data),)


def _for_member(kind: str, account: str, values: dict[str, object]) -> Notice:
    return Notice(kind, "", "", values, account=account)


def _steps(rulebook: Rulebook) -> Text:
    titles = [stage.title for stage in rulebook.stage if stage.kind in ON_SITE]
    return Text(zh="、".join(title.zh for title in titles), en=", ".join(title.en.lower() for title in titles))


def _accounts(visit: Visit) -> set[str]:
    return {inspector.account for inspector in visit.inspectors}


def _visit_values(visit: Visit) -> dict[str, object]:
    """The values of a visit for a template, with the accounts of the inspectors."""
    return {
        "id": visit.unit,
        "unit": visit.unit,
        "day": visit.day.isoformat(),
        "begins": visit.begins,
        "ends": visit.ends,
        "place": visit.place,
        "group": visit.group,
        "inspectors": [inspector.account for inspector in visit.inspectors],
        "contact": visit.contact,
    }


def _events(notice: Notice, language: str, host: str) -> Iterator[tuple[str, Event]]:
    values, steps = notice.values, notice.values["steps"]
    zone, visits = ZoneInfo(str(values["zone"])), values["visits"]
    assert isinstance(visits, list)
    assert isinstance(steps, Text)
    for visit in visits:
        event, id_ = Event(), visit["id"]
        event.add("uid", f"visit-{values['year']}-{id_}@{host}")
        event.add("dtstamp", datetime.fromisoformat(str(values["at"])).astimezone(UTC))
        event.add("sequence", values["sequence"])
        event.add("dtstart", _utc_time(visit["day"], visit["begins"], zone))
        event.add("dtend", _utc_time(visit["day"], visit["ends"], zone))
        event.add("location", visit["place"])
        summary = Text(zh=f"现场考评：{visit['unit']}", en=f"On-site assessment: {visit['unit']}")
        event.add("summary", summary.render(language))
        description = Text(
            zh=f"{steps.zh}。{visit['group']}（{'、'.join(visit['inspectors'])}），联系人：{visit['contact']}。",
            en=f"{steps.en}. {visit['group']} ({', '.join(visit['inspectors'])}); contact: {visit['contact']}.",
        )
        event.add("description", description.render(language))
        yield id_, event


def _utc_time(day: str, clock_time: str, zone: ZoneInfo) -> datetime:
    """A civil time of day in UTC. With UTC the calendar file needs no description of the time zone."""
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock_time), zone).astimezone(UTC)
