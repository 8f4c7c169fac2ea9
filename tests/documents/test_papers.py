"""The list of papers: every shipped template is right, can be filled and opened, and each paper has its makers."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import docx
import pytest

from documents.inspection import inspect
from documents.kinds import KINDS
from documents.papers.tables import NAMES
from documents.papers.templates.shipped import shipped_template
from documents.word.checking import check
from documents.word.filling import fill
from documents.word.geometry import PaperKind, measure
from documents.word.names import Name, Values
from states.papers.catalogue import PAPERS
from states.papers.paper import Paper, may_make
from states.records.roster import Roster
from tests.college import RULEBOOK
from tests.college import unit as department

from .word_templates import lines

WORD = {key: paper for key, paper in PAPERS.items() if paper.file == "docx"}
"""The papers with a template. The columns of the others are the program's."""
EACH = pytest.mark.parametrize("paper", WORD.values(), ids=WORD)


def examples(paper: Paper) -> Values:
    """The examples of a paper's names; of each list, two rows."""
    return {name.en: [row(name)] * 2 if name.is_list else name.example for name in NAMES[paper.key]}


def row(name: Name) -> dict[str, str]:
    return {column.en: column.example for column in name.columns}


@EACH
def test_the_shipped_template_of_a_paper_has_no_fault_and_may_be_uploaded(paper: Paper) -> None:
    template = shipped_template(paper.key)
    assert [one.sentence.zh for one in check(template, NAMES[paper.key], may_name_persons=paper.has_persons)] == []
    assert inspect(f"{paper.key}.docx", template) == KINDS["docx"].media_type


@EACH
def test_a_shipped_template_is_filled_with_the_longest_values_and_no_mark_remains(paper: Paper) -> None:
    made = fill(shipped_template(paper.key), NAMES[paper.key], examples(paper), paper.title.zh)
    text = "\n".join(lines(made))
    assert not {"{", "}", "%"} & set(text)
    opened = docx.Document(BytesIO(made))
    assert opened.core_properties.title == paper.title.zh
    assert all(name.example in text for name in NAMES[paper.key] if name.is_required and not name.is_list)


OFFICIAL: dict[str, PaperKind] = {
    "notice": "red head",
    "circular": "red head",
    "resolution": "paper",
    "result-letter": "paper",
    "talk-summons": "paper",
    "publicity": "paper",
    "rectification": "paper",
    "referral": "paper",
    "award-bar": "paper",
}
"""The official papers among them; the others are forms."""


@EACH
def test_a_shipped_template_and_what_is_made_of_it_keep_the_measures_of_the_standard(paper: Paper) -> None:
    template, kind = shipped_template(paper.key), OFFICIAL.get(paper.key, "form")
    for file in (template, fill(template, NAMES[paper.key], examples(paper), paper.title.zh)):
        assert [one.sentence.zh for one in measure(file, kind)] == []


SIGNATURES = ("{{发文机关}}", "{{承办机关}}", "{{承办}}")


@pytest.mark.parametrize("key", sorted(OFFICIAL.keys() - {"resolution"}))
def test_a_sentence_stands_on_the_page_of_the_signature_of_an_official_paper(key: str) -> None:
    """GB/T 9704-2012 7.3.5.1: the text before it is always there, and is kept with what follows."""
    paragraphs = docx.Document(BytesIO(shipped_template(key))).paragraphs
    place = max(n for n, one in enumerate(paragraphs) if one.text in SIGNATURES)
    before = [one for one in paragraphs[:place] if one.text.strip() and not one.text.startswith("附件")]
    assert before[-1].text[-1] == "。"
    assert before[-1].paragraph_format.keep_with_next


def test_a_resolution_has_its_day_below_its_title_and_no_signature() -> None:
    made = docx.Document(BytesIO(shipped_template("resolution")))
    said = [one.text for one in made.paragraphs if one.text]
    assert said[1] == "（{{审定日期}}{{审定机关}}会议通过）"
    assert not {*SIGNATURES, "{{成文日期}}"} & {*said}


@EACH
def test_the_names_of_a_paper_are_unique_and_every_field_has_an_example(paper: Paper) -> None:
    lists = [name for name in NAMES[paper.key] if name.is_list]
    for group in (NAMES[paper.key], *(one.columns for one in lists)):
        words = [word for name in group for word in (name.zh, name.en)]
        assert sorted(words) == sorted(set(words))
    fields = [name for name in NAMES[paper.key] if not name.is_list] + [
        column for one in lists for column in one.columns
    ]
    assert [name.zh for name in fields if not name.example] == []


def test_only_a_paper_of_persons_may_have_names_of_people() -> None:
    with_names = [key for key, paper in WORD.items() if paper.has_persons]
    assert with_names == ["recusal", "sign-in", "personal-report", "interview-note", "talk-note", "referral"]
    for paper in WORD.values():
        names = [name for one in NAMES[paper.key] for name in (one, *one.columns) if name.names_persons]
        assert bool(names) == paper.has_persons


MAKERS = {
    "notice": ("office", "leading_group"),
    "recusal": ("office", "leading_group"),
    "self-report": ("unit", "office"),
    "sign-in": ("unit", "working_group", "office"),
    "agenda": ("unit", "working_group", "office"),
    "timetable": ("office", "leading_group"),
    "roster": ("office", "organization"),
    "self-score": ("unit", "office"),
    "evidence-list": ("unit", "working_group", "office"),
    "minutes": ("working_group", "office"),
    "ballot-summary": ("working_group", "office"),
    "personal-report": ("unit", "working_group", "office"),
    "ballot": ("working_group", "office"),
    "count-sheet": ("working_group", "office"),
    "interview-note": ("working_group", "office"),
    "interview-summary": ("working_group", "office"),
    "review-list": ("working_group", "office"),
    "site-note": ("working_group", "office"),
    "assessor-score": ("assessor", "working_group"),
    "score-sheet": ("working_group",),
    "cases": ("office", "leading_group", "discipline"),
    "results": ("office", "committee"),
    "explanation": ("office", "leading_group", "committee", "discipline"),
    "publicity": (),
    "agenda-item": ("office",),
    "resolution": ("office", "committee"),
    "circular": ("office",),
    "result-letter": ("office",),
    "talk-summons": ("discipline",),
    "talk-note": ("discipline",),
    "rectification": ("office", "leading_group", "discipline"),
    "award-bar": ("office", "organization"),
    "filing": ("office", "organization"),
    "referral": ("discipline",),
    "reminder": ("office", "leading_group"),
    "archive-list": ("office",),
    "handover": ("office", "leading_group"),
}
"""Who may make each paper under the shipped rulebook."""


def test_a_paper_has_a_template_if_and_only_if_it_is_a_word_file() -> None:
    assert NAMES.keys() == WORD.keys()


def test_a_paper_is_made_by_the_roles_that_the_rulebook_names_for_its_act_or_task() -> None:
    assert {key: paper.makers(RULEBOOK) for key, paper in PAPERS.items()} == MAKERS


def test_nobody_makes_the_paper_that_says_how_their_own_department_was_judged() -> None:
    roster = Roster(units={one: department(one) for one in ("u-1", "u-2")})
    sheet, minutes = PAPERS["score-sheet"], PAPERS["minutes"]
    assert may_make(sheet, ["working_group"], "u-2", RULEBOOK, "u-1", roster)
    assert not may_make(sheet, ["working_group"], "u-1", RULEBOOK, "u-1", roster)
    assert not may_make(sheet, ["unit"], "u-2", RULEBOOK, "u-1", roster)
    assert may_make(minutes, ["working_group"], "u-1", RULEBOOK, "u-1", roster), "minutes say no judgement"
    assert not may_make(PAPERS["interview-summary"], ["working_group"], "u-1", RULEBOOK, "u-1", roster)
    assert may_make(PAPERS["circular"], ["office"], "u-1", RULEBOOK), "a circular is about everybody"


def test_a_department_makes_only_papers_of_its_own_also_with_a_role_in_the_assessment_of_others() -> None:
    roster = Roster(units={one: department(one) for one in ("u-1", "u-2")})
    report = PAPERS["self-report"]
    assert may_make(report, ["unit"], "u-1", RULEBOOK, "u-1", roster)
    assert not may_make(report, ["unit", "assessor"], "u-2", RULEBOOK, "u-1", roster)
    assert may_make(report, ["unit", "office"], "u-2", RULEBOOK, "u-1", roster), (
        "the office makes it for every department"
    )


def test_the_page_for_the_office_names_every_paper_and_which_may_have_names_of_people() -> None:
    page = (Path(__file__).parents[2] / "docs/papers.md").read_text("utf-8")
    rows = [line.split(" | ")[:2] for line in page.splitlines() if line.startswith("| ")]
    named = {(first.removeprefix("| "), second) for first, second in rows}
    titles = {(f"{one.title.zh}{' ★' if one.has_persons else ''}", one.title.en) for one in PAPERS.values()}
    assert named - titles == {("文书", "Paper")}
    assert titles - named == set()
