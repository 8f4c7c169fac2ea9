"""The lines of an explanation as an office writes them: what a page shows is said in the words of a paper.

Not here: the lines themselves (`states/explanation.py`), and what limited a grade (`limits.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from states.rulebook.clauses import cite
from states.rulebook.sentences.explained_lines import ExplainedLine
from states.rulebook.sentences.names import figure
from states.rulebook.types import Rulebook

from .sources import UnitSource
from .words import as_written, clause_words, first_result

_LIMITED = re.compile(r"等次不高于(“[^”]*”)$")
_TEST = re.compile(r"(?:“([^”]+)”|([^“”，：；（）]+?))((?:≈ ?)?[−\d./]+)（要求([^）]+)）")
_ONE_TEST = re.compile(rf"(?:符合(“[^”]+”)的条件|未达到(“[^”]+”))：{_TEST.pattern}")
_GRADE_BY_LIMIT = re.compile(r"(“[^”]+”)（因(.+)）")
_COUNT = re.compile(r"有此情形\d+次")
_FULL_SENTENCES = (
    (re.compile(r"^成立，"), "有此情形，"),
    (re.compile(r"；如成立，"), "；如有此情形，"),
    (re.compile(r"^成立(\d+)次"), r"有此情形\1次"),
    (re.compile(r"^没有计分的记录$"), "无计分情形"),
)


def explained_rows(lines: Iterable[ExplainedLine], one: UnitSource) -> list[dict[str, str]]:
    """A row for each line. What a limit rests on is not said again in the next one."""
    rows: list[dict[str, str]] = []
    for line in lines:
        row = _row(line, one)
        if not (rows and rows[-1]["item"] == row["item"] and _COUNT.fullmatch(row["sentence"])):
            rows.append(row)
    return rows


def _row(line: ExplainedLine, one: UnitSource) -> dict[str, str]:
    """One line of an explanation: what it is about, with its number, the sentence, the points, and the clause."""
    title = "对照等次标准" if line.location.endswith("grade.row") else line.title.zh
    return {
        "item": as_written(f"{line.label} {title}".lstrip()),
        "sentence": office_sentence(as_written(line.sentence.zh), line.location, one),
        "points": "" if line.amount is None else figure(line.amount),
        "clause": clause_words(cite(line.clause).zh),
    }


def office_sentence(sentence: str, location: str, one: UnitSource) -> str:
    """A sentence of an explanation in the words of an office. `location`: what its line is about."""
    rulebook = one.rulebook
    if sentence == "加分、扣分以前的得分":
        return f"{rulebook.adjustment_title.zh}前的得分"
    if location == "grade":
        return _grade(sentence, one)
    for pattern, words in _FULL_SENTENCES:
        sentence = pattern.sub(words, sentence)
    if _sets_worst(location.removeprefix("limit."), rulebook):
        sentence = _LIMITED.sub(r"直接评定为\1", sentence)
    return _tests(sentence)


def _tests(sentence: str) -> str:
    """得分86，达到“合格”标准（≥70且＜90） for the tests of a grade."""
    match = _ONE_TEST.fullmatch(sentence)
    if match is not None:
        met, missed, long_name, name, amount, bounds = match.groups()
        return f"{long_name or name}{amount}，{f'达到{met}' if met else f'未达到{missed}'}标准（{bounds}）"
    return _TEST.sub(lambda test: f"{test[1] or test[2]}{test[3]}（标准为{test[4]}）", sentence)


def _grade(sentence: str, one: UnitSource) -> str:
    """The line of the grade: directly set, limited, or as the page says it."""
    result, match = first_result(one), _GRADE_BY_LIMIT.fullmatch(sentence)
    if match is None or result is None:
        return sentence
    if any(_sets_worst(key, one.rulebook) for key in result.limits):
        return f"直接评定为{match[1]}"
    return f"{match[1]}，因{match[2]}，等次受限"


def _sets_worst(key: str, rulebook: Rulebook) -> bool:
    scale = rulebook.first_scale
    return scale is not None and any(limit.key == key and limit.not_above == scale.worst for limit in scale.limit)
