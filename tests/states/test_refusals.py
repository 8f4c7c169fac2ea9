"""Every refusal is a whole sentence, in Chinese and in English, with the same values."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from states import refusals
from states.refusals import Refusal
from states.user_errors import UserError
from states.vocabulary import Text

from .law import check_sentence

ALL = [r for r in vars(refusals).values() if isinstance(r, type) and issubclass(r, Refusal) and r is not Refusal]
GRAVE = {"NotYours", "OwnUnit", "OtherUnit", "SamePerson", "NotByDeputy", "Personal", "YearOver"}


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("kind", ALL, ids=lambda k: k.__name__)
def test_a_refusal_says_the_same_in_both_languages(kind: type[Refusal]) -> None:
    assert placeholders(kind.zh) == placeholders(kind.en)
    assert re.search("[一-龥]", kind.zh)
    assert not re.search("[一-龥]", kind.en)
    assert kind.zh.endswith("。")
    assert kind.en.endswith(".")
    assert kind.__doc__


@pytest.mark.parametrize("kind", ALL, ids=lambda k: k.__name__)
def test_a_refusal_names_its_clause_where_a_clause_decides(kind: type[Refusal]) -> None:
    without = {"StaleForm", "OutcomeChanged", "NotThere", "IdTaken"}
    assert ("clause" in placeholders(kind.zh)) == (kind.__name__ not in without)


@pytest.mark.parametrize("kind", ALL, ids=lambda k: k.__name__)
def test_a_refusal_can_be_said_with_its_values_and_not_without(kind: type[Refusal]) -> None:
    names = placeholders(kind.zh)
    given = {n: Text(zh=f"甲{n}", en=f"x{n}") for n in names if n != "clause"}
    refusal = kind(**given, **({"clause": "第八条"} if "clause" in names else {}))
    check_sentence(refusal, *given.values())
    assert refusal.code == kind.__name__
    assert str(refusal) == f"{refusal.render('zh')} / {refusal.render('en')}"
    with pytest.raises(KeyError):
        kind()


def test_the_grave_ones_are_these() -> None:
    assert {k.__name__ for k in ALL if k.grave} == GRAVE


def test_a_value_in_two_languages_is_said_in_the_one_that_is_asked_for() -> None:
    class Sentence(UserError):
        zh = "缺{what}，共{n}份。"
        en = "Missing {what}, {n} in all."

    told = Sentence(what=Text(zh="评分表", en="sheets"), n=2)
    assert told.render("zh") == "缺评分表，共2份。"
    assert told.render("en") == "Missing sheets, 2 in all."
    assert told.render("fr") == told.render("zh")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("typed", ["材料不齐 / 需补签", "甲 / 乙 / 丙", " / ", "a/b"])
def test_what_was_typed_is_said_whole_in_a_sentence_of_either_language(typed: str, language: str) -> None:
    assert typed in refusals.NotKnown(what="…", value=typed, known="—", clause="第二条").render(language)


def test_a_value_with_braces_is_a_value() -> None:
    refusal = refusals.NotKnown(what=Text(zh="部门", en="unit"), value="{clause}", known="{0}", clause="第二条")
    assert "{clause}" in refusal.render("zh")
    assert "{0}" in refusal.render("en")
