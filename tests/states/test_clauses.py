"""A clause is named as the measure prints it in Chinese, and in Arabic numbers in English; the data keep the measure's form."""

from __future__ import annotations

import pytest

from states.refusals import NothingToDo
from states.rulebook.clauses import cite
from states.vocabulary import Text


@pytest.mark.parametrize(
    ("clause", "english"),
    [
        ("第七条（二）1", "Art. 7(2)1"),
        ("第六条", "Art. 6"),
        ("第十条2", "Art. 10(2)"),
        ("第八条（二）；第九条1、3", "Art. 8(2); Art. 9(1), (3)"),
        ("第八条（三）1、3", "Art. 8(3)1, 3"),
        ("第八条（三）2；附件1 5.1；附件2 5.1（未列）", "Art. 8(3)2; Annex 1 5.1; Annex 2 5.1 (not listed)"),
        ("附件2 3.3.1（印作3.4.1）", "Annex 2 3.3.1 (printed as 3.4.1)"),
        ("附表一 1.2；附表十二", "Schedule 1 1.2; Schedule 12"),
        ("—", "—"),
    ],
)
def test_an_english_sentence_names_a_clause_in_arabic_numbers(clause: str, english: str) -> None:
    assert cite(clause) == Text(zh=clause, en=english)


def test_a_refusal_names_its_clause_as_its_language_does() -> None:
    told = NothingToDo(act="x", why="y", clause="第七条（二）1")
    assert "第七条（二）1" in told.render("zh")
    assert "(Art. 7(2)1)" in told.render("en")
    assert told.details["clause"] == "第七条（二）1"
