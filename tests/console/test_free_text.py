"""What people typed is shown whole, on every page and in both languages: a ` / ` in it is theirs, and parts no languages.

The fields are found by walking the facts, so that a new one is looked at, too. What hangs on no database is asked on one.
"""

from __future__ import annotations

import re
from html import unescape

import pytest

from states.acts import FACTS
from states.assessment import Assessment
from states.titles import FIELD_TITLES
from tests.audit import every_kind

from .auditors import visible_html
from .test_cases import FORM as CASE
from .test_entries import written
from .walk import ELEMENTS, HOME, marks, send, step
from .web import Console, hidden

ONE = pytest.mark.one_database
LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])
TYPED = "材料不齐 / 需补签 / 三"


def cut(page: str) -> list[str]:
    """Where a page shows the beginning or the end of what was typed without the rest."""
    said = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))
    rest = said.replace(TYPED, "")
    return re.findall(r".{0,40}(?:材料不齐|需补签).{0,40}", rest)


def texts(kind: str) -> set[str]:
    """The free-text fields of a fact that are read on its entry's page, by name; also those within its records."""
    _, fields = every_kind.kinds()[kind]
    return {name for name, type_ in fields.items() if "text" in type_ and name in FIELD_TITLES}


@ONE
@LANGUAGES
def test_free_text_of_every_fact_is_whole_on_its_entrys_page(
    college: Console, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(every_kind.SAMPLES, "text", TYPED)
    client, seen = college.sign_in("audit_admin", language), 0
    for number, kind in dict(written(college)).items():
        page = visible_html(client.get(f"/audit/entries/{number}").text)
        assert cut(page) == [], kind
        if texts(kind):
            assert TYPED in unescape(page), f"{kind} does not show {texts(kind)}"
            seen += 1
    assert seen >= len([kind for kind in FACTS if texts(kind)]) > 20


@ONE
@LANGUAGES
def test_free_text_of_a_whole_year_is_whole_on_every_page_that_shows_it(college: Console, language: str) -> None:
    """Typed in the console's own forms and looked at by each who reads it."""
    first = next(iter(ELEMENTS))
    send(college.sign_in("office"), "move_deadline", {"reason": TYPED, "stage": "scoring", "due": "2026-12-22"})
    step(college, "submit_self_report")
    step(college, "record_meeting", **{"missing.u-1-m1": TYPED})
    step(college, "record_ballot")
    step(college, "record_interviews", **{"talked.u-1-m1": "", "untalked.u-1-m1": TYPED})
    step(college, "review_documents", **{f"remark.{first}": TYPED})
    step(college, "inspect_site", special_work=TYPED, observation=TYPED)
    step(college, "fill_sheet", "assessor", **{f"reasons.{first}": TYPED})
    step(college, "fill_sheet", "working_group", **{f"reasons.{first}": TYPED})
    lost = {**marks("marks"), f"marks.{first}": "0", f"reasons.{first}": TYPED}
    step(college, "score", **lost)
    discipline = college.sign_in("discipline")
    typed = {**CASE, "document.0": TYPED, "remark.0": TYPED, "_do": "confirm"}
    assert discipline.post("/cases/new", data={**hidden(discipline.get("/cases/new").text), **typed}).status_code == 303
    state = college.engine.state("assessment/2026/u-1")
    assert isinstance(state, Assessment)
    last = college.engine.ledger.head().number
    case = re.search(r"/cases/(c-[^\"?]+)", discipline.get("/cases").text)
    assert case
    pages = {
        "unit-1": (HOME, "/", "/inbox"), "office": (HOME, "/board/2026", "/deliveries", "/results"),
        "discipline": ("/cases", f"/cases/{case[1]}", HOME), "committee": ("/resolution/2026?explained=1", HOME, f"{HOME}/approve"),
        "working_group": (HOME, f"{HOME}/score"), "assessor": (HOME, f"{HOME}/fill_sheet"),
        "audit_admin": ("/audit", f"/audit/assessments/2026/u-1?as_of={last}", "/audit/difference?from=1",
                        *(f"/audit/entries/{number}" for number in range(1, last + 1))),
    }  # fmt: skip
    shown = set()
    for account, paths in pages.items():
        client = college.sign_in(account, language)
        for path in paths:
            answer = client.get(path)
            assert answer.status_code in (200, 303, 404), (account, path)
            assert cut(answer.text) == [], (account, path)
            if TYPED in unescape(answer.text):
                shown.add((account, path))
    assert ("audit_admin", "/audit") in shown
    assert {("working_group", HOME), ("office", HOME), ("discipline", f"/cases/{case[1]}")} <= shown
