"""An occasion of the rulebook on the pages: opened with its own stages, scored by its own form, on the board and replayed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from httpx2 import Client

from states.assessment import Assessment
from storage.database.database import Database
from tests.conftest import NewUrl
from tests.occasions import with_half_year

from .test_special import FORM, dates
from .walk import FILE, HOME, day, send, text
from .web import Console, console, hidden, settle

HALF_YEAR = with_half_year()
MARKS = {"marks.h-1.1": "5", "marks.h-2.1": "4", "reasons.h-1.1": "进度不足一半", "reasons.h-2.1": ""}


def settle_half_year(url: str) -> None:
    settle(url, HALF_YEAR)


@pytest.fixture
def college(dialect: str, new_url: NewUrl) -> Iterator[Console]:
    """The small college under the measure with a half-year check, on each database."""
    with Database.open(new_url(dialect, settle_half_year)) as database, console(database, HALF_YEAR) as made:
        made.clock.at = day("11-05")
        yield made


@pytest.fixture
def office(college: Console) -> Client:
    return college.sign_in("office")


def _open(office: Client) -> None:
    page = office.get(f"{FORM}?year=2026&occasion=midyear").text
    typed = {**hidden(page), **dates(page), "unit": "u-1", "year": "2026", "occasion": "midyear"}
    answer = office.post(FORM, data=typed)
    assert answer.status_code == 303, text(answer.text)
    assert answer.headers["location"].endswith("occasion=midyear")


def _state(college: Console) -> Assessment:
    state = college.engine.state("assessment/2026/u-1/midyear")
    assert isinstance(state, Assessment)
    return state


def test_the_page_names_the_occasions_of_the_rulebook_and_their_stages(office: Client) -> None:
    page = office.get(f"{FORM}?year=2026").text
    assert "occasion=midyear" in page
    assert 'name="due.meeting"' in page
    chosen = office.get(f"{FORM}?year=2026&occasion=midyear").text
    assert "<h1>启动半年检查" in chosen
    assert "步骤：启动考核、自查自评、量化计分、全校通报。" in chosen
    assert 'name="title"' not in chosen
    assert 'name="due.meeting"' not in chosen
    assert sorted(dates(chosen)) == ["due.circulation", "due.scoring", "due.self_report"]


def test_an_occasion_is_done_on_the_pages_and_replayed(college: Console, office: Client) -> None:
    _open(office)
    assert _state(college).title == "半年检查"
    assert sorted(_state(college).due) == ["circulation", "scoring", "self_report"]
    unit, group, assessor = (college.sign_in(account) for account in ("unit-1", "working_group", "assessor"))
    scores = {"self_scores.h-1.1": "6", "self_scores.h-2.1": "3.5"}
    assert send(unit, "submit_self_report", scores, {"report": FILE}, "midyear").status_code == 303
    assert send(assessor, "fill_sheet", MARKS, occasion="midyear").status_code == 303
    assert send(group, "fill_sheet", MARKS, occasion="midyear").status_code == 303
    answer = send(group, "score", MARKS, occasion="midyear")
    assert answer.status_code == 303, text(answer.text)
    notice = {"document": "考通〔2026〕1号", "circulated_on": "2026-11-05"}
    answer = send(office, "circulate", notice, occasion="midyear")
    assert answer.status_code == 303, text(answer.text)
    assert _state(college).stage == "circulation"
    assert college.assessment().stage == "opening"
    assert college.replayed() == []
    for path in (f"{HOME}?occasion=midyear", "/board/2026", "/results/2026", "/results/2026.csv", "/", f"{HOME}"):
        page = office.get(path)
        assert page.status_code == 200, (path, text(page.text))
    for path in ("/", "/units/u-1/results", f"{HOME}?occasion=midyear"):
        page = unit.get(path)
        assert page.status_code == 200, (path, text(page.text))
    over_the_years = text(unit.get("/units/u-1/results").text)
    assert "进度不足一半" in over_the_years
    assert "2026 · 半年检查 9 全校通报" in over_the_years, "an occasion without a scale has a score and no grade"
    assert college.sign_in("audit_admin").get("/audit/assessments/2026/u-1?occasion=midyear").status_code == 200
    assert "半年检查" in office.get("/board/2026").text


def test_the_board_has_the_light_of_an_occasion_in_the_column_of_its_stage(college: Console, office: Client) -> None:
    _open(office)
    unit = college.sign_in("unit-1")
    scores = {"self_scores.h-1.1": "6", "self_scores.h-2.1": "3.5"}
    send(unit, "submit_self_report", scores, {"report": FILE}, "midyear")
    at_scoring = text(office.get("/board/2026?stage=scoring").text)
    at_meeting = text(office.get("/board/2026?stage=meeting").text)
    assert "· 半年检查" in at_scoring
    assert "· 半年检查" not in at_meeting


def test_an_occasion_is_opened_for_all_departments_at_once_and_for_none_twice(college: Console, office: Client) -> None:
    _open(office)
    page = office.get(f"{FORM}?year=2026&occasion=midyear").text
    assert '<option value="*">全部部门</option>' in page
    assert '<option value="*">' not in office.get(f"{FORM}?year=2026").text
    typed = {**hidden(page), **dates(page), "unit": "*", "year": "2026", "occasion": "midyear"}
    late = {**typed, "due.scoring": "2026-11-06"}
    refused = office.post(FORM, data=late)
    assert refused.status_code == 409
    assert "全校通报" in text(refused.text) or "量化计分" in text(refused.text)
    assert office.post(FORM, data=typed).status_code == 303
    assert office.post(FORM, data=typed).status_code == 303
    for unit in ("u-1", "u-2"):
        assert len(college.ledger.stream(f"assessment/2026/{unit}/midyear")) == 1
    assert college.sign_in("working_group").post(FORM, data=typed).status_code in (403, 409)
    assert college.replayed() == []
