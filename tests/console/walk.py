"""A whole assessment by the people it takes, through the forms of the console: what the pages' tests stand on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from httpx2 import Client, Response

from config.rulebooks import DEFAULT_EDITION_ID, load_edition, shipped_editions
from storage import lease
from storage.database.sqlite import DRIVER
from tests.documents.building import pdf

from .web import Console, hidden

RULEBOOK = load_edition(shipped_editions()[DEFAULT_EDITION_ID]).rulebook
ELEMENTS = RULEBOOK.tables["college"].elements
PEOPLE = ("team", "u-1-h1", "u-1-m1")
FILE = ("report.pdf", pdf(), "application/pdf")

COUNTED = {"issued": "19", "returned": "19", "valid": "19"} | dict.fromkeys(RULEBOOK.ballot.options, "0")
BALLOT = {f"ballot.{who}.{column}": n for who in PEOPLE for column, n in COUNTED.items()} | {
    f"ballot.{who}.{RULEBOOK.ballot.options[0]}": "19" for who in PEOPLE
}


def marks(name: str, share: str = "full") -> dict[str, str]:
    return {f"{name}.{key}": str(e.points if share == "full" else e.points - 1) for key, e in ELEMENTS.items()}


NO_REASONS = {f"reasons.{key}": "" for key in ELEMENTS}
"""All points are full: the reasons of the assessors, which the form brings along, are taken out."""

STEPS: tuple[tuple[str, str, str, Mapping[str, str], Mapping[str, Any]], ...] = (
    ("unit-1", "11-19", "submit_self_report", marks("self_scores"), {"report": FILE}),
    ("working_group", "11-26", "record_meeting", {"held_on": "2026-11-26", "entitled": "20", "present": "19", "team_report_by": "u-1-h1", "missing.u-1-m1": "外出挂职"}, {"minutes": FILE}),
    ("working_group", "11-27", "record_ballot", {"held_on": "2026-11-26", **BALLOT}, {}),
    ("working_group", "12-04", "record_interviews", {"held_on": "2026-12-03", "talked.u-1-h1": "1", "talked.u-1-m1": "1", "with_staff": "5"}, {}),
    ("working_group", "12-09", "review_documents", {"reviewed_on": "2026-12-09", **{f"finding.{k}": "met" for k in ELEMENTS}}, {"evidence": FILE}),
    ("working_group", "12-14", "inspect_site", {"inspected_on": "2026-12-14", "inspectors": "assessor，working_group", "special_work": "廉政文化品牌", "finding": "属实"}, {}),
    ("assessor", "12-16", "fill_sheet", marks("marks", "less"), {}),
    ("working_group", "12-16", "fill_sheet", marks("marks", "less"), {}),
    ("working_group", "12-18", "score", marks("marks") | NO_REASONS, {}),
    ("committee", "12-25", "approve", {"resolution": "样例党字〔2026〕50号", "met_on": "2026-12-24", "grade": "excellent"}, {}),
    ("office", "12-30", "circulate", {"document": "样例党字〔2026〕60号", "circulated_on": "2026-12-30"}, {}),
    ("organization", "12-31", "complete_task", {"task": "filed", "done_on": "2026-12-31"}, {}),
)  # fmt: skip
"""Each step: by whom, on which day, which act, what is typed, which files."""

HOME = "/assessments/2026/u-1"


def day(said: str) -> datetime:
    return datetime.fromisoformat(f"2026-{said}T10:00").replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def back_to(college: Console, at: datetime) -> None:
    """Let it be an earlier moment, and the clock believed: else a test that walks twice is refused once the machine is slow."""
    college.clock.at = at
    lease.take(college.database, "walk", timedelta(minutes=1))
    lease.record_heartbeat(college.database, "walk", at)


def send(
    client: Client,
    act: str,
    typed: Mapping[str, str],
    files: Mapping[str, Any] | None = None,
    occasion: str = "",
    **more: str,
) -> Response:
    """Open the form of an act, fill it in, and send it."""
    path = f"{HOME}/{act}" + (f"?occasion={occasion}" if occasion else "")
    shown = client.get(path)
    assert shown.status_code == 200, shown.text
    data = {**hidden(shown.text), **typed, "_do": "confirm", **more}
    return client.post(path, data=data, files=dict(files or {}))


def walk(college: Console, until: str = "", language: str = "zh", occasion: str = "") -> None:
    """Everybody does their part, up to and without `until`.

    A way that was walked before, from a database that held the same, is not walked again: the database is what it was then, as if
    another process had written to it. On SQLite, whose databases are copied by the page.
    """
    acts = [act for _, _, act, *_ in STEPS]
    steps = STEPS[: acts.index(until)] if until else STEPS
    if college.database.dialect != "sqlite":
        for account, _, act, *_ in steps:
            step(college, act, account, language, occasion)
        return
    with closing(college.database.connect()) as live:
        begun = (_digest(live), college.clock.at, language, occasion)
        behind = max((n for n in range(1, len(steps) + 1) if (begun, n) in _WALKED), default=0)
        if behind:
            _WALKED[begun, behind].backup(live)
            college.clock.at = day(steps[behind - 1][1])
        for number, (account, _, act, *_) in enumerate(steps[behind:], behind + 1):
            step(college, act, account, language, occasion)
            _WALKED[begun, number] = DRIVER.connect(":memory:", check_same_thread=False)
            live.backup(_WALKED[begun, number])


_WALKED: dict[tuple[Any, int], Any] = {}
"""The database after so many steps, by what was there before and how they were taken."""


def _digest(connection: Any) -> str:
    """Of all rows of all tables."""
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    rows = [(name, connection.execute(f'SELECT * FROM "{name}"').fetchall()) for (name,) in tables]
    return sha256(repr(rows).encode("utf-8", "surrogatepass")).hexdigest()


def step(college: Console, act: str, account: str = "", language: str = "zh", occasion: str = "", **more: str) -> None:
    """One step of the walk on its day: the first of this act, or this account's; `more` is typed otherwise."""
    who, on, _, typed, files = next(s for s in STEPS if s[2] == act and account in ("", s[0]))
    college.clock.at = day(on)
    answer = send(college.sign_in(who, language), act, with_reasons({**typed, **more}), files, occasion)
    assert answer.status_code == 303, (act, re.sub(r"\s+", " ", answer.text)[:4000])


def with_reasons(typed: Mapping[str, str]) -> dict[str, str]:
    """What is typed, with a reason wherever points are lost and none is given."""
    short = [key for key, e in ELEMENTS.items() if f"marks.{key}" in typed and float(typed[f"marks.{key}"]) < e.points]
    return dict(typed) | {f"reasons.{key}": "佐证不足" for key in short if not typed.get(f"reasons.{key}")}


def text(page: str) -> str:
    """What is to be read on a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("<main")[2]))
