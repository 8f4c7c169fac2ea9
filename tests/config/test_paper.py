"""The shipped edition carries the measure of 2021-05-06 whole: `liuzhou-2021.txt` is its text as issued, both annexes included."""

from __future__ import annotations

from difflib import SequenceMatcher
from pathlib import Path

import pytest

from config.rulebooks import DEFAULT_EDITION_ID, RulebookFault, load_edition, parse_edition, shipped_editions
from states.rulebook.printed_measure import printed_lines

SOURCE = shipped_editions()[DEFAULT_EDITION_ID].read_text("utf-8")
RULEBOOK = load_edition(shipped_editions()[DEFAULT_EDITION_ID]).rulebook
ISSUED = Path(__file__).with_name("liuzhou-2021.txt").read_text("utf-8")


def squeezed(text: str) -> str:
    """Without white space: the issued text breaks lines where the page ended, and puts spaces between some words."""
    return "".join(text.split())


PAPER = squeezed("".join(cell.zh for line in printed_lines(RULEBOOK) for cell in line.cells))


def test_the_data_say_every_character_of_the_measure_in_its_order_and_no_other() -> None:
    wanted = squeezed(ISSUED)
    steps = SequenceMatcher(None, wanted, PAPER, autojunk=False).get_opcodes()
    differences = [(wanted[a:b], PAPER[c:d]) for step, a, b, c, d in steps if step != "equal"]
    assert differences == []  # nothing is left out, and there is nothing that would have to be argued here
    assert len(PAPER) == 4942


def test_each_sentence_of_the_measure_stands_in_the_data_as_often_as_in_the_measure() -> None:
    # A reading argues with the words it quotes; it is not shown as the measure's.
    source = squeezed("".join(line for line in SOURCE.splitlines() if not line.startswith("why.")))
    paragraphs = [p for a in RULEBOOK.article for p in a.paragraph]
    items = [i for table in RULEBOOK.form for i in table.deduction_item]
    elements = [e for form in RULEBOOK.form for e in form.elements.values()]
    long = {
        squeezed(words.zh) for words in (*(p.text for p in (*paragraphs, *items)), *(e.title for e in elements))
    } - {"责任落实方面", "工作落实方面"}
    twice = [words for words in long if source.count(words) > squeezed(ISSUED).count(words)]
    assert twice == []


def test_a_duty_or_a_requirement_in_our_words_is_not_marked_as_the_measure_s() -> None:
    for role in RULEBOOK.role:
        assert (role.duty is None) == (role.source == "measure"), role.key
    for stage in RULEBOOK.stage:
        verbatim = all(squeezed(one.zh) in PAPER for one in stage.requires)
        assert stage.requires_source == "ours" or verbatim, stage.kind


def test_a_clause_that_an_article_says_is_found_by_its_name() -> None:
    (talks,) = RULEBOOK.words("第七条（二）3")
    assert talks.text.zh == "个别谈话。与被考核部门领导班子成员、部分干部职工进行个别谈话。"
    assert [p.label for p in RULEBOOK.words("第七条（一）；第七条（二）1")] == ["（一）", "1."]
    assert RULEBOOK.words("附件1 5.1") == ()


def test_a_rulebook_without_a_notice_articles_and_column_heads_is_one_too_and_prints_what_it_has() -> None:
    rulebook = parse_edition(without_the_paper(with_duties=True).encode(), "other").rulebook
    lines = list(printed_lines(rulebook))
    assert (rulebook.article, rulebook.measure.notice) == ((), None)
    assert [line.kind for line in lines][:3] == ["title", "annex", "annex"]
    assert {line.kind for line in lines} == {"title", "annex", "row"}


def test_a_duty_nobody_says_is_a_fault_at_its_role() -> None:
    with pytest.raises(RulebookFault) as fault:
        parse_edition(without_the_paper(with_duties=False).encode(), "other")
    roles = ["unit", "working_group", "office", "leading_group", "committee", "discipline", "organization"]
    assert [one.key for one in fault.value.faults] == [f"role.{role}.duty" for role in roles]
    assert "所录办法原文没有 第四条（三）" in fault.value.render("zh")


def without_the_paper(*, with_duties: bool) -> str:
    """The shipped edition as another institution may write its own: no notice, no articles, no words of a form."""
    start, end = SOURCE.index("[measure.notice]"), SOURCE.index("[[unit_kind]]")
    left = SOURCE[:start] + SOURCE[end:]
    kept, inside = [], False
    for line in left.splitlines():
        inside = inside or line.startswith("columns = [")
        if not inside and not line.startswith(("subtotal.", "grand_total.")):
            kept.append(line)
        inside = inside and line != "]"
    text = "\n".join(kept)
    if with_duties:
        text = text.replace(
            'source = "measure"\n\n[[role]]', 'source = "measure"\nduty = { zh = "职责", en = "A duty" }\n\n[[role]]'
        )
    return text
