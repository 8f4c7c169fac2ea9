"""退回: the form comes back filled in, files too, with the reason and the deadline on top of it and of the unit's first page."""

from __future__ import annotations

import re

import pytest

from states.stages.document_review import DocumentsReviewed
from states.stages.self_report import SelfReportSubmitted
from storage.papers import attachments, documents

from .test_routine_checks import FORM as CHECK
from .test_uploads import files, kept
from .walk import ELEMENTS, FILE, HOME, STEPS, day, marks, send, step, text, walk
from .web import Console, hidden

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both

PATH = f"{HOME}/submit_self_report"
WHY = {"reason": "第二项 / 缺少佐证，请补充"}


def sent_back(college: Console) -> None:
    """The self-report was submitted by one account of the unit and returned."""
    college.clock.at = day("11-18")
    own = {**marks("self_scores"), f"self_scores.{next(iter(ELEMENTS))}": "0.5"}
    assert send(college.sign_in("unit-1"), "submit_self_report", own, {"report": FILE}).status_code == 303
    college.clock.at = day("11-19")
    assert send(college.sign_in("office"), "return_self_report", WHY).status_code == 303


def values(page: str) -> dict[str, str]:
    """What stands in the fields of a form."""
    inputs = (tag for tag in re.findall(r"<input [^>]*>", page) if 'name="' in tag and 'value="' in tag)
    return {
        tag.partition('name="')[2].partition('"')[0]: tag.partition('value="')[2].partition('"')[0] for tag in inputs
    }


def test_a_report_that_was_returned_comes_back_filled_in_with_its_file_and_is_submitted_as_it_is(
    college: Console,
) -> None:
    sent_back(college)
    client = college.sign_in("unit-1")
    page = client.get(PATH).text
    assert files(page) == [FILE[0]]
    assert values(page)[f"self_scores.{next(iter(ELEMENTS))}"] == "0.5"
    again = {name: value for name, value in values(page).items() if name.startswith("self_scores.")}
    answer = client.post(PATH, data={**hidden(page), **kept(page), **again})
    assert answer.status_code == 303, text(answer.text)[:400]
    fact = college.assessment().fact(SelfReportSubmitted)
    assert fact is not None
    assert len(fact.self_scores) == len(ELEMENTS)


def test_the_reason_and_the_deadline_are_on_top_of_the_form_and_of_the_units_first_page(college: Console) -> None:
    sent_back(college)
    client = college.sign_in("unit-1")
    for page in (client.get(PATH).text, client.get("/").text):
        top = text(page.partition("<table")[0].partition('class="stack act"')[0])
        assert WHY["reason"] in top
        assert "期限" in top
        assert "须重新办理“自查自评”" in top
    assert f'href="{PATH}"' in client.get("/").text
    assert WHY["reason"] not in college.sign_in("unit-2").get("/").text
    step(college, "submit_self_report")
    assert WHY["reason"] not in client.get("/").text, "it was done again"


def test_another_person_of_the_unit_submits_the_file_again_that_the_first_one_handed_in(college: Console) -> None:
    sent_back(college)
    college.people({"unit-1b": ("unit", "u-1")})
    client = college.sign_in("unit-1b")
    page = client.get(PATH).text
    again = {name: value for name, value in values(page).items() if name.startswith("self_scores.")}
    assert client.post(PATH, data={**hidden(page), **kept(page), **again}).status_code == 303


def test_a_form_that_came_back_gives_no_right_to_a_document_of_another_stream(college: Console) -> None:
    sent_back(college)
    digest = documents.store(college.database, b"what another unit handed in", "text/plain", college.clock.now())
    attachments.record_upload(college.database, "unit-2", digest)
    forged = {**marks("self_scores"), "file-report": f"{digest}.27.a.txt"}
    assert send(college.sign_in("unit-1"), "submit_self_report", forged).status_code == 409


def test_every_step_that_is_taken_back_comes_back_as_it_was_recorded(college: Console) -> None:
    """Ballots, talks, findings with their files and remarks, the agreed sheet: nothing is typed twice."""
    until = {
        "record_meeting": "record_ballot",
        "record_ballot": "record_interviews",
        "record_interviews": "review_documents",
        "review_documents": "inspect_site",
        "inspect_site": "fill_sheet",
    }
    walk(college, until="record_meeting")
    for act, following in until.items():
        step(college, act)
        recorded = college.assessment().steps[-1].fact
        assert send(college.sign_in("office"), "undo_step", {"reason": "登记有误"}).status_code == 303, act
        client = college.sign_in("working_group")
        page = client.get(f"{HOME}/{act}").text
        ticked = dict.fromkeys(re.findall(r'type="checkbox" name="([^"]*)" value="1"[^>]* checked', page), "1")
        chosen = dict(
            re.findall(
                r'<select[^>]* name="([^"]*)"(?:(?!</select>).)*?<option value="([^"]*)" selected', page, re.DOTALL
            )
        )
        areas = dict(re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>([^<]*)</textarea>', page))
        typed = {n: v for n, v in values(page).items() if not n.startswith(("talked.", "file-")) and n != "_remove"}
        data = {**typed, **areas, **chosen, **ticked, **hidden(page), **kept(page)}
        data |= {"inspectors": re.findall(r'name="inspectors" value="([^"]+)" checked', page)}
        answer = client.post(f"{HOME}/{act}", data=data)
        assert answer.status_code == 303, (act, following, text(answer.text)[:600])
        assert college.assessment().steps[-1].fact == recorded, act
    assert isinstance(college.assessment().fact(DocumentsReviewed), DocumentsReviewed)


def test_a_ballot_that_was_taken_back_is_filled_in_for_those_who_record_it_and_for_nobody_else(
    college: Console,
) -> None:
    walk(college, until="record_interviews")
    assert send(college.sign_in("office"), "undo_step", {"reason": "录入有误"}).status_code == 303
    path = f"{HOME}/record_ballot"
    counts = {name for name in STEPS[2][3] if name.startswith("ballot.")}
    shown = {who: values(college.sign_in(who).get(path).text) for who in ("working_group", "unit-1")}
    assert {shown["working_group"].get(name) for name in counts} == {"19", "0"}
    assert not any(shown["unit-1"].get(name) for name in counts), (
        "decision 0029: a department does not read its members' ballots"
    )


def test_what_followed_a_score_that_went_back_is_decided_anew(college: Console) -> None:
    walk(college, until="circulate")
    college.clock.at = day("12-28")
    again = {"reason": "佐证不实", "resolution": "样例党字〔2026〕55号", "met_on": "2026-12-28"}
    assert send(college.sign_in("committee"), "reopen_result", again).status_code == 303
    sheet = values(college.sign_in("working_group").get(f"{HOME}/score").text)
    assert all(sheet.get(f"marks.{key}") for key in ELEMENTS), "the agreed sheet is there"
    assert (
        send(college.sign_in("working_group"), "score", dict(next(s[3] for s in STEPS if s[2] == "score"))).status_code
        == 303
    )
    assert "样例党字〔2026〕50号" not in college.sign_in("committee").get(f"{HOME}/approve").text.partition("<form")[2]


def test_an_answer_to_a_routine_check_that_was_returned_comes_back_with_its_files(college: Console) -> None:
    office = college.sign_in("office")
    assert (
        office.post("/routine-checks/new", data={**hidden(office.get("/routine-checks/new").text), **CHECK}).status_code
        == 303
    )
    unit = college.sign_in("unit-1")
    path = (
        "/routine-checks/u-1/"
        + unit.get("/routine-checks").text.partition('href="/routine-checks/u-1/')[2].partition('"')[0]
    )
    first = {**hidden(unit.get(path).text, f"{path}/answer_routine_check"), "answer": "已补充责任分工"}
    assert unit.post(f"{path}/answer_routine_check", data=first, files={"documents": FILE}).status_code == 303
    back = {
        **hidden(office.get(path).text, f"{path}/return_answer"),
        "reason": "请附分工表",
        "mend_until": "2026-11-25",
    }
    assert office.post(f"{path}/return_answer", data=back).status_code == 303
    college.people({"unit-1b": ("unit", "u-1")})
    other = college.sign_in("unit-1b")
    page = other.get(path).text
    assert "请附分工表" in page
    assert "已补充责任分工</textarea>" in page
    assert FILE[0] in page.partition('class="files"')[2].partition("</ul>")[0]
    again = {**hidden(page, f"{path}/answer_routine_check"), **kept(page), "answer": "已补充责任分工，附分工表"}
    assert other.post(f"{path}/answer_routine_check", data=again).status_code == 303
