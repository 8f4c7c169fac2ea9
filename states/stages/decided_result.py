"""The result of an assessment once it is decided, as later assessments read it. Not here: how they read it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Literal

from states.assessment import UNOPENED, WITHDRAWN, Assessment
from states.records.earlier_result import EarlierResult, SubjectValues
from states.result.result import Result, scopes_of
from states.result.same import Same
from states.rulebook.calculation.forms import TOTAL
from states.rulebook.calculation.numbers import Amount
from states.rulebook.calculation.plan import GRADE, SubjectScope
from states.rulebook.types import Rulebook

from .scoring import Scored

Decided = tuple[Literal["none", "open", "decided"], int]
"""Whether the result is decided, and the version of the entry with its score (0 unless it is)."""


def decided(state: Assessment, rulebook: Rulebook) -> Decided:
    """Whether the result of an assessment is decided. `rulebook`: as it binds the assessment (`Rulebook.at`)."""
    if state.stage in (UNOPENED, WITHDRAWN):
        return "none", 0
    # An occasion may have no approval (decision 0046). Then its last stage decides.
    last = "approval" if "approval" in rulebook.stages else rulebook.stage[-1].key
    scored = state.step("scoring")
    return ("decided", scored.version) if scored is not None and state.step(last) is not None else ("open", 0)


def decided_result(state: Assessment, rulebook: Rulebook, read: Collection[str]) -> EarlierResult:
    """The result of an assessment with the values `read`, by their keys; `grade` is the grade."""
    status, version = decided(state, rulebook)
    scored = state.fact(Scored)
    if status != "decided" or scored is None:
        return EarlierResult(state.stream, status)
    subjects = _subjects(Same(scored), Same(rulebook), frozenset(read))
    return EarlierResult(state.stream, status, version, subjects)


# An open assessment reads the same results at every act and on every page, and so does the replay.
@lru_cache(maxsize=2048)
def _subjects(of_score: Same, of_rulebook: Same, read: frozenset[str]) -> tuple[SubjectValues, ...]:
    scored, rulebook = of_score.it, of_rulebook.it
    kinds = {subject.key: subject.is_ for subject in rulebook.subject}
    # The score has every total and grade. Any other value is made again from its inputs.
    others = sorted(read - {TOTAL, GRADE})
    scopes: list[SubjectScope | None] = [None] * len(scored.results)
    if others:
        scopes = [*scopes_of(scored.inputs, rulebook)]
    return tuple(
        SubjectValues(
            one.subject,
            kinds[one.subject],
            one.person,
            {**dict(_recorded(one)), **dict(_made(scope, others))},
            rulebook.grade_title(one.grade, one.subject),
        )
        for one, scope in zip(scored.results, scopes, strict=True)
    )


def _recorded(result: Result) -> Iterator[tuple[str, Amount | str]]:
    if result.score is not None:
        yield TOTAL, result.score
    if result.grade is not None:
        yield GRADE, result.grade


def _made(scope: SubjectScope | None, keys: Collection[str]) -> Iterator[tuple[str, Amount | str]]:
    """The values that this subject has and that are known."""
    for key in keys:
        if scope is not None and key in scope.plan.values:
            line = scope.line(key)
            known = line.amount if line.amount is not None else line.word
            if line.state == "known" and known != "":
                yield key, known
