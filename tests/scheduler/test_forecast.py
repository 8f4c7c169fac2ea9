"""`kaohe scheduler rehearse`: who would hear what, when, by which channel, on a copy; the real database is left as it is."""

from __future__ import annotations

import json
import os
from contextlib import closing
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from icalendar import Calendar
from typer.testing import CliRunner

from config.calendars import encode_table
from console.cli.app import app
from storage import holidays
from storage.database.database import Database
from tests.college import EDITION, OFFICE, moment, unit
from tests.conftest import NewUrl
from tests.scheduler.running_college import PEOPLE, RunningCollege, always_worked
from workflow.year import register

RUN = CliRunner()
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("KAOHE_")]:
        monkeypatch.delenv(name)


def begin(url: str) -> None:
    """Let the year of a college of two units run until 10 November; u-2 has handed its report in."""
    with Database.open(url) as database, closing(RunningCollege(database)) as made:
        made.open(("u-1", "u-2"))
        made.know(*PEOPLE)
        for at in (moment(11, 2, 10), moment(11, 6, 10)):
            made.tick(at)
        made.report("u-2")
        made.tick(moment(11, 9, 10))


@pytest.fixture
def begun(dialect: str, new_url: NewUrl) -> str:
    """The URL of a database in which such a year has begun."""
    return new_url(dialect, begin)


@pytest.fixture(scope="module")
def rehearsals() -> dict[str, Rehearsed]:
    """What was rehearsed, by dialect."""
    return {}


@pytest.fixture
def rehearsed(dialect: str, begun: str, tmp_path: Path, rehearsals: dict[str, Rehearsed]) -> Rehearsed:
    """The rest of that year, rehearsed once for all tests on each database."""
    if dialect not in rehearsals:
        before, file = content(begun), tmp_path / "deadlines.ics"
        shown = rehearse(begun, "--from", "2026-11-10", "--ics", str(file))
        rehearsals[dialect] = Rehearsed(shown, file.read_bytes(), content(begun) == before)
    return rehearsals[dialect]


class Rehearsed(NamedTuple):
    """What the command printed as JSON, the calendar it wrote, and whether the database was as before."""

    shown: Any
    calendar: bytes
    unchanged: bool


def rehearse(url: str, *words: str) -> Any:
    """What the command prints as JSON."""
    done = RUN.invoke(app, ["scheduler", "rehearse", "--year", "2026", "--json", "--database", url, *words])
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def said(shown: Any, **wanted: str) -> list[tuple[str, str, str]]:
    """Day, recipient and end of the notices that are so."""
    found = [n for n in shown["notices"] if all(n[key] == value for key, value in wanted.items())]
    return [(n["at"][:16], n["to"], n["end"]) for n in found]


def test_it_says_who_would_hear_what_on_which_day_by_which_channel(rehearsed: Rehearsed) -> None:
    shown = rehearsed.shown
    sent = [day for day, _, end in said(shown, unit="u-1", kind="reminder", channel="mail") if end == "sent"]
    assert sent == ["2026-11-16T09:10", "2026-11-19T09:10", "2026-11-20T09:10"], "the Monday, the day before, the day"
    heard = said(shown, unit="u-1", kind="escalation", channel="inbox")
    first = {to: at for at, to, _ in reversed(heard)}
    assert first["office"] == "2026-11-24T09:00"
    assert first["leading_group"] > first["office"], "the office hears before those above it"
    assert said(shown, unit="u-2", kind="reminder", channel="mail")[0][1] == "group-a", "whose step it is now"
    letter = next(n for n in shown["notices"] if n["to"] == "u-1-a" and n["end"] == "sent")
    assert letter["said"] == "【待办】自查自评，11 月 20 日（周五）前：样例学院1"


def test_it_says_what_would_be_skipped_and_why(rehearsed: Rehearsed) -> None:
    """Two reminders wait together for the day before the deadline: the later one speaks for both."""
    shown = rehearsed.shown
    skipped = [n for n in shown["notices"] if n["end"] == "superseded"]
    assert {n["why"] for n in skipped} == {"同一事项有更新的通知"}
    assert ("u-1-a", "superseded") in [one[1:] for one in said(shown, unit="u-1", kind="reminder", channel="mail")]


def test_the_source_is_left_as_it_is(rehearsed: Rehearsed) -> None:
    assert rehearsed.unchanged


def content(url: str) -> str:
    """All that a database holds: the bytes of an SQLite file, the rows of every table of PostgreSQL."""
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        files = [one for one in (file, file.with_name(f"{file.name}-wal")) if one.exists() and one.stat().st_size]
        return " ".join(sha256(one.read_bytes()).hexdigest() for one in files)
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        rows = [connection.execute(f"SELECT t::text FROM {name} t ORDER BY 1").fetchall() for (name,) in tables]
    return sha256(repr((tables, rows)).encode()).hexdigest()


def test_a_year_that_is_not_open_yet_is_opened_in_the_rehearsal_only(new_url: NewUrl) -> None:
    url = new_url("sqlite")
    with Database.open(url) as database, closing(RunningCollege(database, moment(10, 20))) as made:
        register(made.engine, [unit("u-1")], OFFICE)
    shown = rehearse(url, "--from", "2026-10-20")
    assert said(shown, kind="step_open") == [("2026-11-02T00:01", "unit:u-1", "sent")]
    with Database.open(url) as database, closing(RunningCollege(database)) as made:
        assert made.facts() == []


def test_the_deadlines_are_a_calendar_that_others_read(rehearsed: Rehearsed) -> None:
    """One day-long event a deadline, of the year and of each unit whose own is another."""
    events = [e for e in Calendar.from_ical(rehearsed.calendar).walk() if e.name == "VEVENT"]
    assert {str(e["UID"]).split("-")[1]: e["DTSTART"].dt for e in events} == {
        deadline["stage"]: date.fromisoformat(deadline["due"]) for deadline in rehearsed.shown["deadlines"]
    }
    assert len(events) == len([stage for stage in EDITION.rulebook.stage if stage.due])
    assert all(e["DTEND"].dt == e["DTSTART"].dt + DAY for e in events)
    assert str(events[0]["SUMMARY"]) == "考核截止：自查自评"


def test_a_year_without_a_table_of_days_off_is_provisional_and_each_deadline_keeps_its_uid_once_there_is_one(
    rehearsed: Rehearsed, begun: str, tmp_path: Path
) -> None:
    assert 2027 in rehearsed.shown["provisional"]
    with Database.open(begun) as database:
        holidays.store(database, 2027, encode_table(always_worked(2027)))
    file = tmp_path / "again.ics"
    assert 2027 not in rehearse(begun, "--from", "2026-11-10", "--ics", str(file))["provisional"]
    assert uids(file.read_bytes()) == uids(rehearsed.calendar)


def uids(calendar: bytes) -> list[str]:
    return [str(e["UID"]) for e in Calendar.from_ical(calendar).walk() if e.name == "VEVENT"]


def test_on_the_screen_units_and_roles_have_their_names(begun: str) -> None:
    done = RUN.invoke(
        app,
        ["scheduler", "rehearse", "--year", "2026", "--from", "2026-11-10", "--database", begun],
        env={"COLUMNS": "200"},
    )
    assert "样例学院1" in done.output
    assert "考核领导小组" in done.output
    assert "u-1 " not in done.output
    assert "leading_group" not in done.output
