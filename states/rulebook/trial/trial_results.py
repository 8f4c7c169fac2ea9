"""The results of a trial: each subject explained, and what differs under other readings."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from states.rulebook.calculation.lines import Inputs
from states.rulebook.calculation.plan import Reckoned
from states.rulebook.readings import Reading
from states.rulebook.sentences.comparison import LinePair, compare
from states.rulebook.sentences.explained_lines import ExplainedLine
from states.rulebook.sentences.explanation import explain
from states.rulebook.sentences.names import RuleNames
from states.vocabulary import Text

from .trial_scope import TrialScope


class TrialResult(Struct, frozen=True):
    """The result of one subject: its title, its numbers, the title of its grade (None: open, or none), and all lines."""

    title: Text
    reckoned: Reckoned
    grade: Text | None
    lines: list[ExplainedLine]

    @property
    def has_grade(self) -> bool:
        """Whether the subject is given a grade, known or not."""
        return self.reckoned.decision is not None


class ResultPair(Struct, frozen=True):
    """The result of one subject under the readings of the edition, and under others."""

    before: TrialResult
    after: TrialResult
    pairs: list[LinePair[ExplainedLine]]

    @property
    def differing(self) -> list[LinePair[ExplainedLine]]:
        return [pair for pair in self.pairs if pair.differs]


def trial_results(
    scope: TrialScope, inputs: Inputs, readings: Mapping[str, Reading], language: str
) -> list[TrialResult]:
    """The result of every subject, in the order of the rulebook. `language`: of the words for persons in sentences."""
    people = {id_: title.render(language) for id_, title in scope.team.everybody.items()}
    titles = {(plan.subject.key, person): title for plan, person, title in scope.subjects}
    results = []
    for subject in scope.plan.scopes(inputs):
        names = RuleNames(scope.rules, subject.plan.subject.key, scope.outside, people)
        lines = explain(subject, names, readings=readings, uses=scope.uses)
        reckoned, scale = subject.reckoned(), subject.plan.scale
        grade = reckoned.decision.grade if reckoned.decision is not None else None
        title = scale.grades[grade].title.text if scale is not None and grade is not None else None
        results.append(TrialResult(titles[subject.plan.subject.key, subject.person], reckoned, title, lines))
    return results


def compare_results(before: list[TrialResult], after: list[TrialResult]) -> list[ResultPair]:
    """Each subject under both. A reading changes no subject, so both have the same, in the same order."""
    return [ResultPair(one, other, compare(one.lines, other.lines)) for one, other in zip(before, after, strict=True)]
