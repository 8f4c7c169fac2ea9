"""Takes an assessment through all stages, by the forms of the web pages and with the account of each step.

Also here: the steps with their input, and `text`, the text of a page.
"""

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
ELEMENTS = RULEBOOK.forms_by_kind["college"].elements
PEOPLE = ("team", "u-1-h1", "u-1-m1")
FILE = ("report.pdf", pdf(), "application/pdf")

COUNTED = {"issued": "19", "returned": "19", "valid": "19"} | dict.fromkeys(RULEBOOK.ballot_paper.titles, "0")
BALLOT = {f"ballot.{who}.{column}": n for who in PEOPLE for column, n in COUNTED.items()} | {
    f"ballot.{who}.{next(iter(RULEBOOK.ballot_paper.titles))}": "19" for who in PEOPLE
}


def marks(name: str, share: str = "full") -> dict[str, str]:
    return {f"{name}.{key}": str(e.points if share == "full" else e.points - 1) for key, e in ELEMENTS.items()}


NO_REASONS = {f"reasons.{key}": "" for key in ELEMENTS}
"""Empty reasons for all elements: with full points, the reasons of the assessors in the form must be removed."""

STEPS: tuple[tuple[str, str, str, Mapping[str, str], Mapping[str, Any]], ...] = (
    ("unit-1", "11-19", "submit_self_report", marks("self_scores"), {"report": FILE}),
    ("working_group", "11-26", "record_meeting", {"held_on": "2026-11-26", "entitled": "20", "present": "19", "team_report_by": "u-1-h1", "missing.u-1-m1": "外出挂职"}, {"minutes": FILE}),
    ("working_group", "11-27", "record_ballot", {"held_on": "2026-11-26", **BALLOT}, {}),
    ("working_group", "12-04", "record_interviews", {"held_on": "2026-12-03", "talked.u-1-h1": "1", "talked.u-1-m1": "1", "with_staff": "5"}, {}),
    ("working_group", "12-09", "review_documents", {"reviewed_on": "2026-12-09", **{f"finding.{k}": "met" for k in ELEMENTS}}, {"evidence": FILE}),
    ("working_group", "12-14", "inspect_site", {"inspected_on": "2026-12-14", "inspectors": "assessor，working_group", "special_work": "廉政文化品牌", "observation": "属实"}, {}),
    ("assessor", "12-16", "fill_sheet", marks("marks", "less"), {}),
    ("working_group", "12-16", "fill_sheet", marks("marks", "less"), {}),
    ("working_group", "12-18", "score", marks("marks") | NO_REASONS, {}),
    ("committee", "12-25", "approve", {"resolution": "样例党字〔2026〕50号", "met_on": "2026-12-24"}, {}),
    ("office", "12-30", "circulate", {"document": "样例党字〔2026〕60号", "circulated_on": "2026-12-30"}, {}),
    ("organization", "12-31", "complete_task", {"task": "filed", "done_on": "2026-12-31"}, {}),
)  # fmt: skip
"""Each step: account, day, act, typed values, files."""

HOME = "/assessments/2026/u-1"


def day(month_day: str) -> datetime:
    return datetime.fromisoformat(f"2026-{month_day}T10:00").replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def back_to(college: Console, at: datetime) -> None:
    """Set the clock back, with a new heartbeat: otherwise the time would be in doubt, and a second walk refused."""
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
    """Open the form of an act, fill it in, and send it with the confirmation. Returns the answer."""
    path = f"{HOME}/{act}" + (f"?occasion={occasion}" if occasion else "")
    form_page = client.get(path)
    assert form_page.status_code == 200, form_page.text
    data = {**hidden(form_page.text), **typed, "_do": "confirm", **more}
    return client.post(path, data=data, files=dict(files or {}))


def walk(college: Console, until: str = "", language: str = "zh", occasion: str = "") -> None:
    """Take all steps before `until`, each with its own account.

    On SQLite, if the same steps were taken before from a database with the same content, they are not taken again: the
    database after these steps is copied, as if another process had written to it.
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
"""Copies of the database after some steps, by its content before, the time, the options and the number of steps."""


def _digest(connection: Any) -> str:
    """The digest of all rows of all tables."""
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    rows = [(name, connection.execute(f'SELECT * FROM "{name}"').fetchall()) for (name,) in tables]
    return sha256(repr(rows).encode("utf-8", "surrogatepass")).hexdigest()


def step(college: Console, act: str, account: str = "", language: str = "zh", occasion: str = "", **more: str) -> None:
    """Take one step on its day: the first with this act, and with this account if it is set. `more` replaces typed values."""
    who, on, _, typed, files = next(s for s in STEPS if s[2] == act and account in ("", s[0]))
    college.clock.at = day(on)
    answer = send(college.sign_in(who, language), act, with_reasons({**typed, **more}), files, occasion)
    assert answer.status_code == 303, (act, re.sub(r"\s+", " ", answer.text)[:4000])


def with_reasons(typed: Mapping[str, str]) -> dict[str, str]:
    """The typed values, with a reason added for each element that loses points and has none."""
    short = [key for key, e in ELEMENTS.items() if f"marks.{key}" in typed and float(typed[f"marks.{key}"]) < e.points]
    return dict(typed) | {f"reasons.{key}": "佐证不足" for key in short if not typed.get(f"reasons.{key}")}


def text(page: str) -> str:
    """The text of the main part of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("<main")[2]))
