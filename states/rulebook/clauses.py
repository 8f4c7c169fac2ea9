"""Names a clause in a sentence: in Chinese as the measure prints it (第七条（二）1), in English as Art. 7(2)1 or Annex 1.

A rulebook writes clauses in the printed form. Text that is not a clause of the measure (GB/T 22239, a dash) is the same
in both languages.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from states.vocabulary import Citation, Text

_DIGITS = "零一二三四五六七八九"
_NUMBER = "[一二三四五六七八九十]{1,3}"
_ENGLISH: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(f"第({_NUMBER})条([0-9]+(?:、[0-9]+)*)?"), lambda match: f"Art. {_number(match[1])}{_items(match[2])}"),
    (re.compile(f"（({_NUMBER})）"), lambda match: f"({_number(match[1])})"),
    (re.compile(r"附件(\d)"), lambda match: f"Annex {match[1]}"),
    (re.compile(f"附表({_NUMBER})"), lambda match: f"Schedule {_number(match[1])}"),
    (re.compile(r"（印作(.+?)）"), lambda match: f" (printed as {match[1]})"),
    (re.compile("（未列）"), lambda _: " (not listed)"),
    (re.compile("本系统默认"), lambda _: "our default"),
    (re.compile("；"), lambda _: "; "),
    (re.compile("、"), lambda _: ", "),
)


def cite(clause: Citation) -> Text:
    """The name of a clause in both languages."""
    if isinstance(clause, Text):
        return clause
    english = clause
    for pattern, translate in _ENGLISH:
        english = pattern.sub(translate, english)
    return Text(zh=clause, en=english)


def _items(numbers: str | None) -> str:
    """The item numbers of an article without paragraphs, in brackets: 第九条1、3 is Art. 9(1), (3)."""
    return ", ".join(f"({number})" for number in numbers.split("、")) if numbers else ""


def _number(chinese: str) -> int:
    """A number from 1 to 99 in the measure's numerals: 二, 十, 十二, 二十一."""
    tens, ten, ones = chinese.rpartition("十")
    return 10 * (_DIGITS.index(tens) if tens else 1) * bool(ten) + (_DIGITS.index(ones) if ones else 0)
