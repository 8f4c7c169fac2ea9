"""The notices of the plan of on-site visits, and the calendar file that goes with the letter. Pure.

A department receives its own visit, each member of a sub-group all visits of that sub-group. When a visit moves, the members of the
sub-group before are told too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from msgspec.structs import replace

from notifications.channels.message import Attachment
from states.records.year import Visit, Year
from states.rulebook.types import Rulebook
from states.vocabulary import Fact, Text
from states.year.visits import VisitMoved, VisitsPlanned
from storage.ledger.chain import Entry

from .notice import Notice

KINDS_WITH_CALENDAR = ("visit", "visits_assigned")
"""The kinds whose letter carries a calendar file."""
_STEPS = ("meeting", "democratic_evaluation", "interviews", "document_review", "site_inspection")


def visit_notices(fact: Fact, entry: Entry, year: Year, rulebook: Rulebook) -> Iterator[Notice]:
    """The notices of one entry of a year's stream; `year` is the year after it. Most entries have none."""
    if not isinstance(fact, VisitsPlanned | VisitMoved):
        return
    reason = fact.reason if isinstance(fact, VisitMoved) else ""
    values: dict[str, object] = {
        "year": year.year, "reason": reason, "steps": _steps(rulebook), "at": entry.recorded_at.isoformat(),
        "sequence": entry.version, "zone": rulebook.timezone,
    }  # fmt: skip
    said = {one.unit: _said(one) for one in fact.visits}
    for unit, visit in said.items():
        yield Notice("visit", "unit", unit, {**values, "unit": unit, **visit, "visits": [visit]})
    for account in sorted(fact.accounts):
        own = [said[one.unit] for one in fact.visits if account in {i.account for i in one.inspectors}]
        yield _for_member("visits_assigned", account, {**values, "visits": own})
    if isinstance(fact, VisitMoved):
        for account in sorted({one.account for one in fact.before.inspectors} - fact.accounts):
            yield _for_member("visit_dropped", account, {**values, "unit": fact.visit.unit, **_said(fact.before)})


def still_planned(notice: Notice, year: Year) -> bool:
    """Whether one of the visits a notice tells of is still planned as it says."""
    visits = notice.values.get("visits", [])
    assert isinstance(visits, list)
    planned = [_said(one) for one in year.visits.values()]
    return not visits or any(one in planned for one in visits)


def with_names(notice: Notice, titles: Mapping[str, str], names: Mapping[str, str]) -> Notice:
    """The notice with units and contacts as people call them."""
    values = dict(notice.values)
    visits = values.get("visits", [])
    assert isinstance(visits, list)
    values["visits"] = [_named(one, titles, names) for one in visits]
    if "contact" in values:
        values["contact"] = names.get(str(values["contact"]), str(values["contact"]))
    return replace(notice, values=values)


def calendar(notices: Sequence[Notice], language: str, host: str) -> bytes | None:
    """The visits of these notices as an iCalendar file (RFC 5545), one event each; None where they tell of none.

    An event keeps its UID for ever and its SEQUENCE grows, so that a calendar program moves the one it has (RFC 5545, 3.8.7.4).
    """
    made = Calendar()
    made.add("prodid", "-//kaohe//visits//ZH")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    latest: dict[str, Event] = {}
    for notice in notices:
        if notice.kind in KINDS_WITH_CALENDAR:
            latest |= _events(notice, language, host)
    for event in latest.values():
        made.add_component(event)
    ical: bytes = made.to_ical()
    return ical if latest else None


def attachments(notices: Sequence[Notice], language: str, console: str) -> tuple[Attachment, ...]:
    """What goes with a letter: the visits it tells of, for the reader's calendar."""
    made = calendar(notices, language, urlsplit(console).hostname or "kaohe")
    return () if made is None else (Attachment("visits.ics", "text/calendar; method=PUBLISH", made),)


def _for_member(kind: str, account: str, values: dict[str, object]) -> Notice:
    return Notice(kind, "", "", values, account=account)


def _steps(rulebook: Rulebook) -> Text:
    titles = [stage.title for stage in rulebook.stage if stage.kind in _STEPS]
    return Text(zh="、".join(t.zh for t in titles), en=", ".join(t.en.lower() for t in titles))


def _said(visit: Visit) -> dict[str, str]:
    return {
        "id": visit.unit, "unit": visit.unit, "day": visit.day.isoformat(), "begins": visit.begins, "ends": visit.ends,
        "place": visit.place, "group": visit.group, "contact": visit.contact,
    }  # fmt: skip


def _named(visit: Mapping[str, str], titles: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    unit, contact = visit["unit"], visit["contact"]
    return {**visit, "unit": titles.get(unit, unit), "contact": names.get(contact, contact)}


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
        event.add("dtstart", _moment(visit["day"], visit["begins"], zone))
        event.add("dtend", _moment(visit["day"], visit["ends"], zone))
        event.add("location", visit["place"])
        summary = Text(zh=f"现场考评：{visit['unit']}", en=f"On-site assessment: {visit['unit']}")
        event.add("summary", summary.render(language))
        told = Text(
            zh=f"{steps.zh}。{visit['group']}，联系人：{visit['contact']}。",
            en=f"{steps.en}. {visit['group']}; contact: {visit['contact']}.",
        )
        event.add("description", told.render(language))
        yield id_, event


def _moment(day: str, clock_time: str, zone: ZoneInfo) -> datetime:
    """In UTC: a calendar program needs no description of the zone then."""
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock_time), zone).astimezone(UTC)
