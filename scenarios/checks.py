"""Checks: compares an expectation of a story with the actual value, and says the outcome in a sentence with the clause.

Not here: how the actual value is read (`observations.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from states.rulebook.clauses import cite
from states.vocabulary import Citation, Text

from .observations import READERS, ObservedAssessment

TITLES: Mapping[str, tuple[str, str]] = {
    "stage": ("步骤", "stage"), "score": ("总分", "score"), "given": ("考核得分小计", "points given"),
    "deducted": ("扣分合计", "points deducted"), "self_total": ("自评合计", "self-score"), "grade": ("等次", "grade"),
    "grades": ("各考核对象的等次", "grades"), "values": ("分值", "values"),
    "cause": ("等次依据", "cause of the grade"), "deductions": ("扣分", "deductions"),
    "vetoes": ("一票否决", "vetoes"), "flags": ("待定案件", "flags"), "stale": ("得分失效", "score is stale"),
    "says": ("结果说明写有", "explanation says"), "reminded": ("已提醒", "reminded"),
    "escalated": ("已督办", "escalated"), "superseded": ("被取代的提醒", "superseded"),
    "lapsed": ("失效的提醒", "lapsed"), "due": ("截止日期", "deadline"),
    "tasks": ("结果运用", "tasks"), "windows": ("复核、申诉", "windows"), "team": ("班子", "team"), "circulated": ("通报文号", "notices circulated"),
    "recorded": ("台账依次记有", "recorded in order"), "absent": ("台账没有", "not recorded"),
    "checks": ("平时检查", "routine checks"), "checks_called": ("平时检查已提醒", "reminded of routine checks"),
    "place": ("名次", "place"), "seats": ("名额", "seats"), "told": ("已通知", "told"), "refused": ("不予办理", "refusal"),
}  # fmt: skip
"""What each key of an expectation is called, in Chinese and in English."""


class Check(Struct, frozen=True, kw_only=True):
    """One expectation with the actual value: the moment, the department, the key of the expectation and the clause.

    `because` is the reason: the lines of the explanation, or the sentence of the refusal. It may be empty.
    """

    at: datetime
    unit: str
    key: str
    expected: str
    actual: str
    clause: Text
    ok: bool
    because: Text

    @property
    def text(self) -> Text:
        """The check as one sentence."""
        zh, en = TITLES.get(self.key, (self.key, self.key))
        day, mark = f"{self.at:%Y-%m-%d}", "✓" if self.ok else "✗"
        by_zh, by_en = self.clause.zh, self.clause.en
        if self.ok:
            return Text(
                zh=f"{mark} {day} {self.unit} {zh}：{self.actual}（{by_zh}）",
                en=f"{mark} {day} {self.unit} {en}: {self.actual} ({by_en})",
            )
        because_zh, because_en = (f"。{self.because.zh}", f". {self.because.en}") if self.because.zh else ("", "")
        return Text(
            zh=f"{mark} {day} {self.unit} {zh}：预期 {self.expected}，实际 {self.actual}（{by_zh}）{because_zh}",
            en=f"{mark} {day} {self.unit} {en}: expected {self.expected}, got {self.actual} ({by_en}){because_en}",
        )


def check(key: str, expected: Any, assessment: ObservedAssessment, moment: datetime, unit: str) -> Check:
    """Compare one expectation with the actual value."""
    observed, expected = READERS[key](assessment, expected), _normalise(key, expected)
    clauses = dict.fromkeys(c for c in (*observed.clauses, *(line.clause for line in observed.lines)) if c)
    return Check(
        at=moment,
        unit=unit,
        key=key,
        expected=_as_written(expected),
        actual=_as_written(observed.value),
        clause=cite_all(clauses),
        ok=_equal(observed.value, expected),
        because=_join(line.text for line in observed.lines),
    )


def cite_all(clauses: Iterable[Citation]) -> Text:
    """Several clauses as one text; a dash if there are none."""
    names = [cite(clause) for clause in clauses] or [cite("—")]
    return _join(names)


def _equal(actual: Any, expected: Any) -> bool:
    if isinstance(expected, tuple) and isinstance(actual, frozenset):
        return set(expected) == actual
    return bool(actual == expected)


def _normalise(key: str, expected: Any) -> Any:
    """An expected value in the form of the observed ones: a list as a tuple, deductions as a tuple for each case."""
    if key == "deductions":
        return {case: tuple(points) if isinstance(points, list) else (points,) for case, points in expected.items()}
    return tuple(expected) if isinstance(expected, list) else expected


def _as_written(value: Any) -> str:
    """A value as people write it in a story."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k} = {_as_written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, tuple | list | frozenset):
        items = sorted(value) if isinstance(value, frozenset) else value
        return "[" + ", ".join(_as_written(v) for v in items) + "]"
    return str(value)


def _join(texts: Iterable[Text]) -> Text:
    items = list(texts)
    return Text(zh="；".join(text.zh for text in items), en="; ".join(text.en for text in items))
