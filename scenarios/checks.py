"""What a story expects, what came, and which clause decided it.

Each key of an expectation has one reader here: it looks at an assessment as it stands and at its entries, and says
what came, in the form the story writes it, with the clause. Numbers and clauses are those of `states.result.result`, read
off the explanation it makes of its own calculation; nothing is computed here a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from msgspec import Struct

from notifications.notices.assessments import assessment_notices
from states import policy
from states.assessment import UNOPENED, WITHDRAWN, Assessment
from states.chart import ACT_OF_FACT, FACTS, stage_title
from states.context import Context
from states.deadlines.reminders import Escalated, Reminded, ReminderFact, RemindersLapsed
from states.deadlines.schedule import Timed
from states.result.explanation import explain
from states.result.result import SUBTOTAL, Line, Result
from states.rulebook.clauses import cite
from states.rulebook.types import Rulebook
from states.stages import scoring
from states.stages.scoring import Scored
from states.stages.self_report import SelfReportSubmitted
from states.stream_kinds import beginning, fold
from states.streams import id_of, kind_of
from states.vocabulary import Citation, Fact, Text
from storage.ledger.chain import Entry
from storage.ledger.facts import fact_of

KINDS: Mapping[str, Any] = {
    "stage": str, "score": Decimal, "given": Decimal, "deducted": Decimal, "self_total": Decimal,
    "grade": str, "cause": Literal["score", "veto"], "deductions": dict[str, Decimal | list[Decimal]],
    "vetoes": list[str], "flags": dict[str, str], "stale": bool, "says": list[str],
    "reminded": list[str], "escalated": list[str], "superseded": list[str], "lapsed": list[str],
    "due": dict[str, date], "tasks": dict[str, Literal["open", "done"]], "team": list[str],
    "circulated": list[str], "recorded": list[str], "absent": list[str], "told": list[str],
    "checks": dict[str, Literal["open", "noted", "answered", "accepted", "withdrawn"]], "checks_called": dict[str, list[str]],
}  # fmt: skip
"""Everything that can be expected, and how it is written. docs/scenarios.md explains each."""

CLOSED: Mapping[str, Iterable[str]] = {"recorded": FACTS, "absent": FACTS}
"""Expectations of names from a closed list. A misspelt name must not pass for something that never happened."""

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
    """One thing expected: when, of which unit, what, what came, the clause that decided, and it all in a sentence.

    `because` is what decided it in words: the explanation's lines, or the refusal's sentence; it may be empty.
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


class Seen:
    """An assessment as an expectation finds it: its state, its surroundings, its entries so far."""

    def __init__(self, state: Assessment, context: Context, entries: Sequence[Entry]) -> None:
        self.state = state
        self.context = context
        self.entries = entries

    @property
    def rulebook(self) -> Rulebook:
        return self.context.rulebook

    @cached_property
    def facts(self) -> list[Fact]:
        return [fact_of(entry) for entry in self.entries]

    @cached_property
    def result(self) -> Result | None:
        scored = self.state.fact(Scored)
        return scored.result if scored else None

    @cached_property
    def lines(self) -> list[Line]:
        """The explanation of the result that holds now; empty before scoring."""
        return explain(self.state, self.rulebook)

    @cached_property
    def closing(self) -> list[Line]:
        """The explanation below the indicators: points given, deductions, total, vetoes, flags, grade."""
        if self.result is None:
            return []
        effects = self.result.effects
        start = next(at for at, line in enumerate(self.lines) if line.text == SUBTOTAL)
        cost = [d.points for d in effects.deductions] + [c.points for c in effects.checks]
        capped = self.result.deducted != sum(cost, Decimal(0))
        parts = len(effects.parts) + capped + len(effects.checks)
        return self.lines[start : start + 4 + parts]


class Came(Struct, frozen=True):
    """What came, in the story's own form; the clauses, and the lines of the explanation that decided."""

    value: Any
    clauses: tuple[Citation, ...] = ()
    lines: tuple[Line, ...] = ()


def check(key: str, wanted: Any, seen: Seen, at: datetime, unit: str) -> Check:
    """Hold one expectation against what is."""
    came, wanted = _READERS[key](seen, wanted), _same_form(key, wanted)
    clauses = dict.fromkeys(c for c in (*came.clauses, *(line.clause for line in came.lines)) if c)
    return Check(
        at=at, unit=unit, key=key, expected=_said(wanted), came=_said(came.value), clause=cited(clauses),
        ok=_equal(came.value, wanted), because=_joined(line.text for line in came.lines),
    )  # fmt: skip


def cited(clauses: Iterable[Citation]) -> Text:
    """Several clauses as a sentence names them."""
    every = list(clauses) or ["—"]
    return Text(
        **{
            language: {"zh": "；", "en": "; "}[language].join(cite(one).render(language) for one in every)
            for language in ("zh", "en")
        }
    )


def _equal(came: Any, wanted: Any) -> bool:
    if isinstance(wanted, tuple) and isinstance(came, frozenset):
        return set(wanted) == came
    return bool(came == wanted)


def _same_form(key: str, wanted: Any) -> Any:
    """Deductions are lists of points by case, however few; lists compare as tuples, vetoes and cases in any order."""
    if key == "deductions":
        return {case: tuple(p) if isinstance(p, list) else (p,) for case, p in wanted.items()}
    return tuple(wanted) if isinstance(wanted, list) else wanted


def _said(value: Any) -> str:
    """A value as a story writes it."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k} = {_said(v)}" for k, v in value.items()) + "}"
    if isinstance(value, tuple | list | frozenset):
        items = sorted(value) if isinstance(value, frozenset) else value
        return "[" + ", ".join(_said(v) for v in items) + "]"
    return str(value)


def _joined(texts: Iterable[Text]) -> Text:
    said = list(texts)
    return Text(zh="；".join(t.zh for t in said), en="; ".join(t.en for t in said))


def _stage(seen: Seen, _wanted: Any) -> Came:
    stage, kinds = seen.state.stage, tuple(seen.rulebook.stages)
    if stage in (UNOPENED, WITHDRAWN):
        return Came(stage, (policy.entitled("withdraw", None, None, seen.rulebook)[1],))
    line = Line(stage_title(stage, seen.rulebook), None, seen.rulebook.stage[kinds.index(stage)].clause)
    return Came(stage, (), (line,))


def _points(pick: Callable[[Result], Any]) -> Callable[[Seen, Any], Came]:
    """A number of the result, decided by every line that contributes one."""

    def read(seen: Seen, _wanted: Any) -> Came:
        if seen.result is None:
            return Came(None, (seen.context.clause("scoring"),))
        return Came(pick(seen.result), (), tuple(line for line in seen.closing if line.amount is not None))

    return read


def _given(seen: Seen, _wanted: Any) -> Came:
    """The 考核 column's sum: the line above the deductions."""
    return Came(seen.result.given if seen.result else None, (), tuple(seen.closing[:1]))


def _deducting(seen: Seen) -> tuple[Line, ...]:
    return tuple(line for line in seen.closing[1:] if line.amount is not None)[:-1]


def _deducted(seen: Seen, _wanted: Any) -> Came:
    lines = _deducting(seen)
    cap = seen.rulebook.settings.deduction_cap
    return Came(seen.result.deducted if seen.result else None, (cap.clause,), lines)


def _deductions(seen: Seen, _wanted: Any) -> Came:
    by_case: dict[str, tuple[Decimal, ...]] = {}
    for one in seen.result.effects.deductions if seen.result else ():
        by_case[one.case] = (*by_case.get(one.case, ()), one.points)
    return Came(by_case if seen.result else None, (seen.rulebook.settings.deduction_unit.clause,), _deducting(seen))


def _self_total(seen: Seen, _wanted: Any) -> Came:
    fact = seen.state.fact(SelfReportSubmitted)
    return Came(fact.total if fact else None, (seen.rulebook.settings.self_scores.clause,))


def _graded(pick: Callable[[Result], Any]) -> Callable[[Seen, Any], Came]:
    """The grade or its cause, decided by the lines below the total: by score, vetoes, flags, grade."""

    def read(seen: Seen, _wanted: Any) -> Came:
        if seen.result is None:
            return Came(None, (seen.context.clause("scoring"),))
        total = max(at for at, line in enumerate(seen.closing) if line.amount is not None)
        return Came(pick(seen.result), (), tuple(seen.closing[total + 1 :]))

    return read


def _vetoes(seen: Seen, _wanted: Any) -> Came:
    """The vetoes that stand: a case's by the case's id, a judgement by its ground."""
    named, clauses = [], []
    for veto in seen.state.vetoes:
        named.append(id_of(veto.id) if kind_of(veto.id) == "case" else veto.ground)
        clauses.append(seen.rulebook.grounds[veto.ground].clause)
    return Came(frozenset(named), tuple(clauses) or (seen.rulebook.veto_clause,))


def _flags(seen: Seen, _wanted: Any) -> Came:
    flags = seen.result.effects.flags if seen.result else ()
    clauses = tuple(seen.rulebook.outcomes[f.outcome].clause for f in flags)
    return Came({f.case: f.why for f in flags}, clauses or (seen.rulebook.settings.open_cases.clause,))


def _stale(seen: Seen, _wanted: Any) -> Came:
    return Came(scoring.is_stale(seen.state, seen.context), (seen.rulebook.veto_clause,))


def _says(seen: Seen, wanted: Any) -> Came:
    """Those of the wanted words that the explanation has, in either language."""
    found = {w: [ln for ln in seen.lines if w in ln.text.zh or w in ln.text.en] for w in wanted}
    return Came(tuple(w for w in wanted if found[w]), (), tuple(ln for lines in found.values() for ln in lines))


def _called(kind: type[ReminderFact]) -> Callable[[Seen, Any], Came]:
    """The rungs reached of the stages the expectation names; of all stages, if it names none."""

    def read(seen: Seen, wanted: Any) -> Came:
        facts = [f for f in seen.facts if isinstance(f, kind)]
        rungs = [(f.stage, f"{f.rung} {f.to}" if kind is Escalated else f.rung) for f in facts]
        return _rungs(seen, wanted, rungs)

    return read


def _superseded(seen: Seen, wanted: Any) -> Came:
    return _rungs(seen, wanted, [(f.stage, r) for f in seen.facts if isinstance(f, ReminderFact) for r in f.superseded])


def _lapsed(seen: Seen, wanted: Any) -> Came:
    return _rungs(seen, wanted, [(f.stage, r) for f in seen.facts if isinstance(f, RemindersLapsed) for r in f.rungs])


def _rungs(seen: Seen, wanted: Sequence[str], rungs: Iterable[tuple[str, str]]) -> Came:
    named = {w.partition(" ")[0] for w in wanted}
    came = tuple(f"{stage} {rung}" for stage, rung in rungs if stage in named or not named)
    timed: tuple[Timed, ...] = (*seen.rulebook.stage, *seen.rulebook.consequence)
    clauses = tuple(one.clause for one in timed if one.key in named)
    return Came(came, clauses or (policy.entitled("remind", None, None, seen.rulebook)[1],))


def _due(seen: Seen, wanted: Any) -> Came:
    clauses = tuple(s.clause for s in seen.rulebook.stage if s.kind in wanted)
    return Came({stage: seen.state.due.get(stage) for stage in wanted}, clauses)


def _tasks(seen: Seen, _wanted: Any) -> Came:
    held = seen.state.tasks
    lines = tuple(Line(c.title.text, None, c.clause) for c in seen.rulebook.consequence if c.key in held)
    came = {task: "done" if done else "open" for task, done in held.items()}
    return Came(came, () if lines else (seen.context.clause("circulation"),), lines)


def _team(seen: Seen, _wanted: Any) -> Came:
    return Came(frozenset(m.person for m in seen.state.team), (seen.context.clause("opening"),))


def _circulated(seen: Seen, _wanted: Any) -> Came:
    return Came(seen.state.circulated, (seen.context.clause("circulation"),))


def _recorded(seen: Seen, wanted: Any) -> Came:
    """How far the wanted kinds of fact stand in the ledger in this order, others between them allowed."""
    came: list[str] = []
    for fact in seen.facts:
        if len(came) < len(wanted) and fact.kind == wanted[len(came)]:
            came.append(fact.kind)
    return Came(tuple(came), tuple(_clause_of(kind, seen) for kind in came))


def _absent(seen: Seen, wanted: Any) -> Came:
    """Those of the wanted kinds that indeed were never recorded."""
    kinds = {fact.kind for fact in seen.facts}
    return Came(tuple(k for k in wanted if k not in kinds), tuple(_clause_of(kind, seen) for kind in wanted))


def _clause_of(kind: str, seen: Seen) -> Citation:
    act = ACT_OF_FACT.get(kind, "")
    return policy.entitled(act, None, None, seen.rulebook)[1]


def _told(seen: Seen, wanted: Any) -> Came:
    """Those of the wanted notices (`role kind`) that the entries so far gave rise to."""
    state, told = beginning(seen.state.stream), {}
    for entry, fact in zip(seen.entries, seen.facts, strict=True):
        state = fold(state, fact, entry)
        assert isinstance(state, Assessment)
        told.update({f"{n.to} {n.kind}": fact.kind for n in assessment_notices(fact, state, seen.rulebook)})
    clauses = tuple(_clause_of(told[w], seen) for w in wanted if w in told)
    return Came(tuple(w for w in wanted if w in told), clauses)


def _checks(seen: Seen, _wanted: Any) -> Came:
    came = {one.id: one.status for one in seen.context.checks if one.concerns(seen.state.year)}
    return Came(came, (seen.rulebook.routine_check.clause,))


def _checks_called(seen: Seen, wanted: Any) -> Came:
    """The rungs accounted for of the deadline in force, in the order they were recorded, of the checks that are named."""
    came = {}
    for one in seen.context.checks:
        prefix = f"{seen.rulebook.routine_check.key} {one.due} "
        came[one.id] = [key.removeprefix(prefix) for key in one.rungs if key.startswith(prefix)]
    clause = policy.entitled("remind_of_check", None, None, seen.rulebook)[1]
    return Came({id_: came.get(id_, []) for id_ in wanted}, (clause,))


_READERS: Mapping[str, Callable[[Seen, Any], Came]] = {
    "stage": _stage, "score": _points(lambda r: r.score), "given": _given, "deducted": _deducted,
    "self_total": _self_total, "grade": _graded(lambda r: r.grade), "cause": _graded(lambda r: r.cause),
    "deductions": _deductions, "vetoes": _vetoes, "flags": _flags, "stale": _stale, "says": _says,
    "reminded": _called(Reminded), "escalated": _called(Escalated), "superseded": _superseded, "lapsed": _lapsed,
    "due": _due, "tasks": _tasks, "team": _team, "circulated": _circulated, "recorded": _recorded,
    "absent": _absent, "told": _told, "checks": _checks, "checks_called": _checks_called,
}  # fmt: skip
