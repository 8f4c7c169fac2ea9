"""专项检查 and 重新启动: opened from the page and by command; shown as such in every list, letter and audit page."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from typer.testing import CliRunner

from console.cli.app import app
from notifications.letter_text import write_notice
from notifications.notices.assessments import assessment_notices
from notifications.notices.notice import with_department_title
from states.assessment import Assessment
from states.stages.opening import Withdraw
from states.vocabulary import Words
from storage import queries
from storage.ledger.facts import fact_of
from tests.college import OFFICE, RULEBOOK

from .walk import HOME, day, send, text, walk
from .web import Console, hidden

TITLE = "采购管理"
CALLED = "专项检查：采购管理"
FORM = "/assessments/open"


def opened(college: Console) -> str:
    """A special assessment of u-1, opened from the page; gives its occasion."""
    client = college.sign_in("office")
    page = client.get(f"{FORM}?year=2026").text
    typed = {**hidden(page), **dates(page), "title": TITLE, "unit": "u-1", "year": "2026"}
    typed["occasion"] = page.partition('name="occasion" value="')[2].partition('"')[0]
    answer = client.post(FORM, data=typed)
    assert answer.status_code == 303, text(answer.text)
    return parse_qs(urlsplit(answer.headers["location"]).query)["occasion"][0]


def dates(page: str) -> dict[str, str]:
    """The deadlines as the form proposes them."""
    found = (piece.partition('type="date" value="') for piece in page.split('name="due.')[1:])
    return {f"due.{name.partition(chr(34))[0]}": rest[:10] for name, _, rest in found}


def test_a_special_assessment_opened_from_the_page_has_a_title_and_deadlines_from_today(college: Console) -> None:
    college.clock.at = day("11-05")
    occasion = opened(college)
    state = college.engine.state(f"assessment/2026/u-1/{occasion}")
    assert isinstance(state, Assessment)
    assert (state.title, state.stage) == (TITLE, "opening")
    assert min(state.due.values()) > day("11-05").date()
    assert list(state.due.values()) == sorted(state.due.values())


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [("title", "", "专项检查的名称"), ("unit", "", "名册"), ("due.scoring", "soon", "2026-11-20")],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(college: Console, field: str, typed: str, says: str) -> None:
    client = college.sign_in("office")
    page = client.get(FORM).text
    form = {
        **hidden(page),
        **dates(page),
        "title": TITLE,
        "unit": "u-1",
        "year": "2026",
        "occasion": "s-1",
        field: typed,
    }
    answer = client.post(FORM, data=form)
    assert answer.status_code == 409
    assert says in answer.text
    assert field == "title" or f'value="{TITLE}"' in answer.text


def test_who_may_not_open_an_assessment_opens_none(college: Console) -> None:
    assert "您的角色不能启动考核" in college.sign_in("organization").get(FORM).text
    assert college.sign_in("unit-1").get(FORM).status_code in (403, 404)


LISTS = (
    "/", "/board/2026", "/board/2026.csv", "/results/2026", "/results/2026.csv", "/years/2026", "/units/u-1/results",
    "/resolution/2026", "/together/2026/circulate", "/audit", "/audit/moments", HOME, f"/audit{HOME}", f"{HOME}/circulate",
    f"{HOME}/confidential",
)  # fmt: skip


def test_a_special_assessment_is_called_so_in_every_list(college: Console) -> None:
    occasion = opened(college)
    walk(college, until="circulate", occasion=occasion)
    for path in LISTS:
        account = "discipline" if "/audit" in path else "committee" if "resolution" in path else "office"
        page = college.sign_in(account).get(path + (f"?occasion={occasion}" if HOME in path else ""))
        assert page.status_code == 200, (path, page.headers)
        assert CALLED in page.text, path
        assert "/audit" in path or occasion not in text(page.text), f"{path}: an id is for addresses"


def test_a_letter_about_a_special_assessment_says_so(college: Console) -> None:
    stream = f"assessment/2026/u-1/{opened(college)}"
    walk(college, until="record_meeting", occasion=stream.rpartition("/")[2])
    state = college.engine.state(stream)
    assert isinstance(state, Assessment)
    entries = list(college.engine.ledger.stream(stream))
    notice = next(assessment_notices(fact_of(entries[-1]), state, RULEBOOK))
    assert f"甲学院（{CALLED}）" in write_notice(with_department_title(notice, "甲学院"), "zh")


def test_a_withdrawn_assessment_is_opened_again_from_the_page_with_deadlines_that_can_be_met(college: Console) -> None:
    walk(college, until="record_meeting")
    college.clock.at = day("11-25")
    assert send(college.sign_in("office"), "withdraw", {"reason": "启动有误"}).status_code == 303
    client = college.sign_in("office")
    assert f"{HOME}/open_assessment" in client.get(HOME).text
    assert f"{HOME}/open_assessment" in client.get("/years/2026").text
    page = client.get(f"{HOME}/open_assessment").text
    answer = client.post(f"{HOME}/open_assessment", data={**hidden(page), **dates(page)})
    assert answer.status_code == 303, text(answer.text)
    state = college.assessment()
    assert (state.stage, state.title) == ("opening", None)
    assert min(state.due.values()) > day("11-25").date(), "20 November is past"
    assert "没有撤销" in client.get(f"{HOME}/open_assessment").text


@pytest.fixture
def url(college: Console) -> str:
    return college.database.url


def test_the_command_opens_a_special_assessment_and_a_withdrawn_one_again(college: Console, url: str) -> None:
    stream = "assessment/2026/u-1"
    college.engine.submit(stream, Withdraw(reason=Words("启动有误")), OFFICE, "withdraw-1")
    run = CliRunner()
    done = run.invoke(app, ["assessment", "open", "u-1", "--year", "2026", "--database", url])
    assert done.exit_code == 0, done.output
    assert college.assessment().stage == "opening"
    done = run.invoke(app, ["assessment", "open", "u-1", "--year", "2026", "--title", TITLE, "--database", url])
    assert done.exit_code == 0, done.output
    (row,) = [row for row in queries.assessments(college.database, 2026) if row.occasion]
    state = college.engine.state(row.stream)
    assert isinstance(state, Assessment)
    assert state.title == TITLE
    refused = run.invoke(app, ["assessment", "open", "u-1", "--year", "2026", "--title", "", "--database", url])
    assert refused.exit_code != 0
    assert "专项检查的名称" in refused.output


@pytest.mark.parametrize("language", ["zh", "en"])
def test_departments_are_counted_as_departments_and_a_special_inspection_by_its_name(
    college: Console, language: str
) -> None:
    opened(college)
    client = college.sign_in("office", language)
    both = "2 个部门和 1 次专项检查" if language == "zh" else "2 departments and 1 special inspections"
    for path in ("/", "/board/2026"):
        assert both in text(client.get(path).text), path


def test_the_first_page_and_the_board_say_one_number_of_what_is_late_follow_up_included(college: Console) -> None:
    opened(college)
    walk(college, until="complete_task")
    college.clock.at = day("12-31").replace(year=2027)
    said = {path: text(college.sign_in("office").get(path).text) for path in ("/", "/board/2026")}
    found = {path: re.search(r"(\d+) 个逾期", page) for path, page in said.items()}
    assert {path: one and one[1] for path, one in found.items()} == dict.fromkeys(said, "3"), (
        "u-1's follow-up is one of them"
    )


def test_the_file_of_a_paper_says_which_assessment_it_is_about(college: Console) -> None:
    college.clock.at = day("11-05")
    occasion = opened(college)
    client = college.sign_in("office")
    path = "/assessments/2026/u-1/papers/self-report.docx"
    names = [
        unquote(client.get(f"{path}{more}").headers["content-disposition"].partition("''")[2])
        for more in ("", f"?occasion={occasion}")
    ]
    assert names == ["样例学院12026年度自评报告.docx", f"样例学院1（专项检查：{TITLE}）2026年度自评报告.docx"]
