"""试算: what is entered is reckoned as the rules say, explained, compared under other readings, and nothing is recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from states.rulebook.sentences.names import figure
from storage.database.database import Database
from tests.college import EDITION
from tests.states import test_sentences as example

from .trial_editions import edition_with, example_measure
from .web import Console, console, hidden

FACTS = {
    "kind": "faculty", "year": "2031", "heads": "1", "members": "1",
    "marks:plan": "14.5", "marks:talks": "11", "marks:budget": "87", "earlier:half": "82", "numbers:survey": "91.35",
    **{
        f"ballots:meeting:{group}:{row}:{option}": str(count)
        for row in ("team", "head-1", "member-1")
        for group, counts in {"staff": (32, 8, 3, 1), "served": (13, 8, 2, 1), "peers": (7, 4, 2, 1)}.items()
        for option, count in zip(("good", "fair", "poor", "abstain"), counts, strict=True)
    },
    "earlier_grades:last_year": "pass",
    "standings:order:place": "5", "standings:order:size": "6", "standings:order:best": "91.2",
    "standings:order:seat:excellent": "no",
    "records:case:1:record": "1", "records:case:1:person": "person-a", "records:case:1:field.outcome": "talk",
    "records:case:1:field.rank": "staff",
    "records:case:2:record": "1", "records:case:2:person": "person-b", "records:case:2:field.outcome": "warning",
    "records:case:2:field.rank": "cadre",
    "records:honour:1:record": "1", "records:honour:1:field.level": "nation", "records:honour:1:field.share": "joint",
    "records:honour:2:record": "1", "records:honour:2:field.level": "city", "records:honour:2:field.share": "joint",
}  # fmt: skip
"""The facts of `FACULTY` in `test_sentences.py`, as they are typed."""


@pytest.fixture
def exemplary(settled: Database) -> Iterator[Console]:
    """The console with the example of the sentences as its measure."""
    with console(settled, edition_with(example_measure(), "example-2031")) as made:
        yield made


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page)).split())


def values_in(page: str) -> dict[str, str]:
    """What stands in the fields of the form."""
    form = page[page.index('<form method="post" action="/rulebook/trial') :]
    values = {}
    for tag in re.findall(r"<input [^>]*>", form):
        name, value = (re.search(rf' {key}="([^"]*)"', tag) for key in ("name", "value"))
        if name is not None and name[1] != "form_token" and 'type="checkbox"' not in tag:
            values[name[1]] = unescape(value[1]) if value else ""
    for name, options in re.findall(r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        first = re.search(r'<option value="([^"]*)"', options)
        assert first is not None
        values[name] = (chosen or first)[1]
    return values


def tried(made: Console, facts: dict[str, str], language: str = "zh", account: str = "office") -> Any:
    client = made.sign_in(account, language)
    end = made.ledger.head()
    page = client.get("/rulebook/trial").text
    answer = client.post("/rulebook/trial", data={**hidden(page), "_do": "try", **facts})
    assert made.ledger.head() == end, "a trial records nothing"
    return answer


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_example_is_tried_with_all_its_lines_and_comes_out_at_78_46(exemplary: Console, language: str) -> None:
    answer = tried(exemplary, FACTS, language)
    assert answer.status_code == 200
    page = text_of(answer.text)
    lines = example.Edition(example.EXAMPLE).explain(example.FACULTY)
    locations = ("duty", "plan", "talks", "budget", "voice", "honours", "cases", "total", "grade.row")
    of_values = [line for line in lines if line.location in locations]
    assert len(of_values) == len(locations)
    for line in of_values:
        assert line.sentence.render(language) in page
        assert line.amount is None or figure(line.amount) in page
    assert ("78.46 分，良好" if language == "zh" else "78.46 points, Good") in page


def test_a_link_shows_the_same_trial_again(exemplary: Console) -> None:
    answer = tried(exemplary, FACTS)
    link = re.search(r'href="(/rulebook/trial\?[^"]*)"', answer.text)
    assert link is not None
    again = exemplary.sign_in("unit-1").get(unescape(link[1]))
    assert again.status_code == 200
    assert "78.46 分，良好" in text_of(again.text)
    assert values_in(again.text) == values_in(answer.text)


def test_everything_wrong_is_told_at_once_at_its_field_and_nothing_typed_is_lost(exemplary: Console) -> None:
    wrong = {
        "marks:plan": "16.5", "marks:budget": "八十", "numbers:survey": "101", "year": "31",
        "ballots:meeting:staff:team:good": "3.5", "standings:order:place": "9",
        "records:case:1:field.outcome": "",
    }  # fmt: skip
    answer = tried(exemplary, {**FACTS, **wrong})
    assert answer.status_code == 409
    for name in wrong:
        assert f'id="{name}-wrong"' in answer.text, name
    values = values_in(answer.text)
    assert {name: values[name] for name in FACTS} == {**FACTS, **wrong}
    assert "本组只有 6 个" in text_of(answer.text)
    assert '<h2 id="results">' not in answer.text


def test_a_step_that_marks_do_not_go_by_is_told(exemplary: Console) -> None:
    page = text_of(tried(exemplary, {**FACTS, "marks:plan": "14.3"}).text)
    assert "应以 0.5 为一档" in page


def test_another_reading_stands_beside_the_first_with_what_differs(exemplary: Console) -> None:
    answer = tried(exemplary, {**FACTS, "reading:several_people": "each"})
    page = text_of(answer.text)
    # Under the other reading both persons of the case count: 4 and 1.5 points.
    assert "78.46 分，良好 → 76.96 分，良好" in page
    differing = answer.text[answer.text.index("不同之处") : answer.text.index("结果及原因")]
    assert "−5.5" in differing
    assert "年度计划" not in differing
    assert "78.46" in text_of(tried(exemplary, FACTS).text)


def test_a_fact_that_is_left_empty_is_not_known_yet_and_one_that_does_not_apply_is_left_out(exemplary: Console) -> None:
    page = text_of(tried(exemplary, {**FACTS, "marks:plan": ""}).text)
    assert "尚未评分" in page
    assert "总分待定" in page
    without = text_of(tried(exemplary, {**FACTS, "absent:survey": "yes", "numbers:survey": "not read"}).text)
    assert "不适用" in without
    assert "× 100 ÷ 82" in without


def test_the_form_of_another_kind_of_department_keeps_what_both_ask(college: Console) -> None:
    client = college.sign_in("office")
    page = client.get("/rulebook/trial").text
    facts = {"kind": "support", "year": "2026", "judgements:other_serious": "yes"}
    other = client.post("/rulebook/trial", data={**hidden(page), **facts, "_do": "form"})
    assert other.status_code == 200
    assert '<h2 id="results">' not in other.text
    values = values_in(other.text)
    assert values["judgements:other_serious"] == "yes"
    assert values["marks:a2-1.1.1"] == "5"
    assert "marks:a1-1.1.1" not in values


def test_full_marks_give_the_best_grade_and_a_recorded_finding_the_worst(college: Console) -> None:
    assert "100 分，优秀" in text_of(tried(college, {"kind": "college"}).text)
    veto = text_of(tried(college, {"kind": "college", "judgements:other_serious": "yes"}).text)
    assert "100 分，不合格" in veto


def test_lines_are_added_below_those_that_are_filled_in(college: Console) -> None:
    facts = {
        "kind": "college", "records:case:2:person": "person-a", "records:case:2:field.outcome": "party_warning",
        "records:case:2:field.standing": "party_member",
    }  # fmt: skip
    answer = tried(college, facts)
    assert "92 分" in text_of(answer.text)
    assert "records:case:4:person" in values_in(answer.text)
    assert "records:case:5:person" not in values_in(answer.text)
    cleared = {**facts, **dict.fromkeys([name for name in facts if name.startswith("records:")], "")}
    assert "100 分" in text_of(tried(college, cleared).text)


def test_an_occasion_is_tried_with_its_own_form(exemplary: Console) -> None:
    answer = tried(exemplary, {"kind": "faculty@midyear", "marks:halfway": "82"})
    assert "82 分" in text_of(answer.text)
    assert "教学单位（年中检查）" in text_of(answer.text)
    assert "marks:plan" not in values_in(answer.text)


def test_an_edition_that_binds_a_stream_is_tried_beside_the_one_in_force(exemplary: Console) -> None:
    client, path = exemplary.sign_in("office"), f"/rulebook/trial?edition={EDITION.pin}"
    page = client.get(path).text
    persons = {
        f"records:case:{n}:{name}": value
        for n in (1, 2)
        for name, value in {
            "record": "1", "person": f"person-{'ab'[n - 1]}", "field.outcome": "party_warning",
            "field.standing": "party_member",
        }.items()
    }  # fmt: skip
    facts = {"kind": "college", "reading:deduction_unit": "person", **persons}
    answer = client.post(path, data={**hidden(page), "_do": "try", **facts})
    assert "92 分，优秀 → 84 分，合格" in text_of(answer.text)
    unknown = client.get("/rulebook/trial?edition=liuzhou-2021@00")
    assert unknown.status_code == 409
