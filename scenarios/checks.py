"""Checks: what a story expects held against what came, each as one sentence with the clause that decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from states.rulebook.clauses import cite
from states.vocabulary import Citation, Text

from .observations import READERS, ObservedAssessment

_TITLES: Mapping[str, tuple[str, str]] = {
    "stage": ("步骤", "stage"), "score": ("总分", "score"), "given": ("考核得分小计", "points given"),
    "deducted": ("扣分合计", "points deducted"), "self_total": ("自评合计", "self-score"), "grade": ("等次", "grade"),
    "cause": ("等次依据", "cause of the grade"), "deductions": ("扣分", "deductions"),
    "vetoes": ("一票否决", "vetoes"), "flags": ("待定案件", "flags"), "stale": ("得分失效", "score is stale"),
    "says": ("结果说明写有", "explanation says"), "reminded": ("已提醒", "reminded"),
    "escalated": ("已督办", "escalated"), "superseded": ("被取代的提醒", "superseded"),
    "lapsed": ("失效的提醒", "lapsed"), "due": ("截止日期", "deadline"),
    "tasks": ("结果运用", "tasks"), "team": ("班子", "team"), "circulated": ("通报文号", "notices circulated"),
    "recorded": ("台账依次记有", "recorded in order"), "absent": ("台账没有", "not recorded"),
    "checks": ("平时检查", "routine checks"), "checks_called": ("平时检查已提醒", "reminded of routine checks"),
    "told": ("已通知", "told"), "refused": ("不予办理", "refusal"),
}  # fmt: skip


class Check(Struct, frozen=True, kw_only=True):
    """One expectation and what came: when, of which department, under which clause. `text` is all of it in a sentence.

    `because` says in words what decided: the lines of the explanation, or the sentence of the refusal; it may be empty.
    """

    at: datetime
    unit: str
    key: str
    expected: str
    came: str
    clause: Text
    ok: bool
    because: Text

    @property
    def text(self) -> Text:
        """The check as one sentence."""
        zh, en = _TITLES.get(self.key, (self.key, self.key))
        day, mark = f"{self.at:%Y-%m-%d}", "✓" if self.ok else "✗"
        by_zh, by_en = self.clause.zh, self.clause.en
        if self.ok:
            return Text(
                zh=f"{mark} {day} {self.unit} {zh}：{self.came}（{by_zh}）",
                en=f"{mark} {day} {self.unit} {en}: {self.came} ({by_en})",
            )
        why_zh, why_en = (f"。{self.because.zh}", f". {self.because.en}") if self.because.zh else ("", "")
        return Text(
            zh=f"{mark} {day} {self.unit} {zh}：预期 {self.expected}，实际 {self.came}（{by_zh}）{why_zh}",
            en=f"{mark} {day} {self.unit} {en}: expected {self.expected}, came {self.came} ({by_en}){why_en}",
        )


def check(key: str, expected: Any, assessment: ObservedAssessment, at: datetime, unit: str) -> Check:
    """Compare one expectation with what came."""
    came, expected = READERS[key](assessment, expected), _normalise(key, expected)
    clauses = dict.fromkeys(c for c in (*came.clauses, *(line.clause for line in came.lines)) if c)
    return Check(
        at=at, unit=unit, key=key, expected=_as_written(expected), came=_as_written(came.value), clause=cite_all(clauses),
        ok=_equal(came.value, expected), because=_join(line.text for line in came.lines),
    )  # fmt: skip


def cite_all(clauses: Iterable[Citation]) -> Text:
    """Several clauses, as a sentence names them."""
    every = list(clauses) or ["—"]
    return Text(
        **{
            language: {"zh": "；", "en": "; "}[language].join(cite(one).render(language) for one in every)
            for language in ("zh", "en")
        }
    )


def _equal(came: Any, expected: Any) -> bool:
    if isinstance(expected, tuple) and isinstance(came, frozenset):
        return set(expected) == came
    return bool(came == expected)


def _normalise(key: str, expected: Any) -> Any:
    """An expected value in the form in which the readers give theirs: lists as tuples, and deductions as a tuple for each case."""
    if key == "deductions":
        return {case: tuple(p) if isinstance(p, list) else (p,) for case, p in expected.items()}
    return tuple(expected) if isinstance(expected, list) else expected


def _as_written(value: Any) -> str:
    """A value as a story writes it."""
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
    every = list(texts)
    return Text(zh="；".join(t.zh for t in every), en="; ".join(t.en for t in every))
