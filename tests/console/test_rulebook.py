"""考核办法: an edition, whole, for everybody who is signed in."""

from __future__ import annotations

import re
from html import unescape

import pytest

from states.rulebook.measure_in_words import measure_in_words
from states.rulebook.printed_measure import printed_lines
from states.rulebook.questions import questions
from storage.database.database import Database
from tests.college import RULEBOOK

from .trial_editions import edition_with, example_measure
from .web import Console, console

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both

RULES = (
    "unit_kind",
    "subject",
    "form",
    "value",
    "ballot",
    "record",
    "ladder",
    "scale",
    "standing",
    "task",
    "window",
    "occasion",
)


def said(console: Console, account: str, path: str, language: str = "zh") -> str:
    answer = console.sign_in(account, language).get(path)
    assert answer.status_code == 200
    return unescape(re.sub(r"<[^>]+>", " ", answer.text))


def test_every_clause_element_role_and_reading_stands_on_the_page(college: Console) -> None:
    for language in ("zh", "en"):
        page = said(college, "unit-1", "/rulebook", language)
        elements = [element for table in RULEBOOK.form for element in table.elements.values()]
        readings = [reading.why for reading in RULEBOOK.reading]
        duties = [role.duty for role in RULEBOOK.role if role.duty]
        duties += [one.text for role in RULEBOOK.role if not role.duty for one in RULEBOOK.words(role.clause)]
        texts = [one.title for one in elements] + duties + readings
        grades = [grade.title.text.render(language) for scale in RULEBOOK.scale for grade in scale.grade]
        assert [grade for grade in grades if grade.lower() not in page.lower()] == []
        missing = [one.text.render(language) for one in texts if one.text.render(language) not in page]
        assert missing == []


def test_the_measure_itself_is_on_a_page_line_by_line_as_it_was_issued(college: Console) -> None:
    for language in ("zh", "en"):
        page = "".join(said(college, "unit-1", "/rulebook/paper", language).split())
        at = page.index(
            "".join(RULEBOOK.measure.notice.title.text.render(language).split()) if RULEBOOK.measure.notice else ""
        )
        for line in printed_lines(RULEBOOK):
            for cell in line.cells:
                words = "".join(cell.render(language).split())
                at = page.index(words, at) + len(words)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_rule_of_results_stands_on_the_page_with_its_words(college: Console, language: str) -> None:
    page = said(college, "unit-1", "/rulebook", language)
    lines = [line for line in measure_in_words(RULEBOOK) if line.location.partition(".")[0] in RULES]
    assert len(lines) > 100
    texts = [line.title.render(language) for line in lines]
    texts += [line.sentence.render(language) for line in lines if not line.is_plain]
    missing = [text for text in texts if text.lower() not in page.lower()]
    assert missing == []


def test_every_link_on_the_page_leads_to_a_place_on_it_that_is_there_once(college: Console) -> None:
    page = unescape(college.sign_in("office").get("/rulebook").text)
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    links = set(re.findall(r'href="#([^"]*)"', page))
    assert links <= set(ids)
    assert {"第八条（三）2", "附件1-1.1.1", "reading-deduction_unit"} <= links


def test_the_open_questions_are_on_paper_with_every_answer_and_lines_to_sign(college: Console) -> None:
    page = college.sign_in("office").get("/rulebook").text
    paper = page[page.index('<section class="print open-questions"') :]
    for question in questions(RULEBOOK.reading):
        for answer in question.answers.values():
            assert f"□ {answer.zh}" in paper
    assert paper.count("□ 其他") == len(questions(RULEBOOK.reading)) > 5
    assert "签名" in paper


def test_another_measure_is_read_by_its_own_rules(settled: Database) -> None:
    edition = edition_with(example_measure(), "example-2031")
    with console(settled, edition) as made:
        page = said(made, "office", "/rulebook")
    for line in measure_in_words(edition.rulebook):
        if line.location.partition(".")[0] in RULES and not line.is_plain:
            assert line.sentence.zh in page, line.location
    assert "扣 1.5 分" in page
    assert "前 28%（舍去小数）" in page
    assert "取本轮“年中检查”的总分" in page
    assert "一年中的其他考核" in page


def test_a_step_s_form_quotes_the_clause_and_marks_what_is_our_summary(college: Console) -> None:
    page = said(college, "office", "/assessments/2026/u-1/record_interviews")
    assert RULEBOOK.paragraphs["第七条（二）3"].text.zh in page
    assert "办理要点（本系统归纳）" in page


def test_a_digest_nobody_keeps_is_no_edition(college: Console) -> None:
    answer = college.sign_in("office").get("/rulebook?edition=liuzhou-2021@00")
    assert answer.status_code == 409
    assert "没有办法版本" in answer.text


def test_a_score_sheet_has_the_heads_and_the_last_row_of_its_annex(college: Console) -> None:
    page = college.sign_in("working_group").get("/assessments/2026/u-1/fill_sheet").text
    annex = RULEBOOK.forms_by_kind["college"]
    assert annex.grand_total is not None
    assert f'<th scope="col" class="number give">{annex.columns[4].zh}</th>' in page
    assert f'<th scope="row" colspan="2">{annex.grand_total.zh}（满分 100）</th>' in page
