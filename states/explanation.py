"""The explanation of a recorded result and of its tasks. Every line has its clause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from .assessment import Assessment
from .result import task_persons
from .result.result import scopes_of
from .rulebook.calculation.lines import Inputs
from .rulebook.calculation.plan import SubjectScope
from .rulebook.sentences import explanation
from .rulebook.sentences.explained_lines import ExplainedLine
from .rulebook.types import Rulebook
from .stages import reopening
from .stages.scoring import Scored
from .vocabulary import Text


def explain(state: Assessment, rulebook: Rulebook, *, with_members: bool = True) -> list[ExplainedLine]:
    """Lines for the calculation of every subject, for every reopening, and for its tasks. Empty before scoring.

    The lines name cases and their outcomes, which are confidential. The caller checks who may read them, and who may
    read the results of members.
    """
    scored = state.fact(Scored)
    if scored is None:
        return []
    return [
        *explain_subject(scopes_of(scored.inputs, rulebook)[0], rulebook, scored.reasons, shows_persons=with_members),
        *_other_subjects(scored, state, rulebook, with_members=with_members),
        *reopening.corrections(state, rulebook, everything=True),
        *task_persons.task_lines(state, rulebook),
    ]


def explain_inputs(inputs: Inputs, rulebook: Rulebook, reasons: Mapping[str, str] | None = None) -> list[ExplainedLine]:
    """The lines of the result of the first subject. `reasons`: why items lost points, by the key of the item."""
    return explain_subject(scopes_of(inputs, rulebook)[0], rulebook, reasons)


def explain_member(state: Assessment, person: str, rulebook: Rulebook) -> list[ExplainedLine]:
    """The lines of the results of one person, each below a heading with its grade. Empty before scoring.

    Without what is on record about others: neither the cases of the department nor the results of other members.
    """
    scored = state.fact(Scored)
    if scored is None:
        return []
    own = (scope for scope in scopes_of(scored.inputs, rulebook) if scope.person == person)
    lines = (line for scope in own for line in _of_subject(scope, scored, state, rulebook, shows_persons=False))
    return [line for line in lines if not _is_about_another(line, person)]


def _is_about_another(line: ExplainedLine, person: str) -> bool:
    """Whether a line is about what is on record, and not about this person alone."""
    _, *record = line.location.split("/")
    return bool(record) and person not in (part.partition("#")[0] for part in record)


def _other_subjects(
    scored: Scored, state: Assessment, rulebook: Rulebook, *, with_members: bool
) -> Iterator[ExplainedLine]:
    """The lines of every other subject, each below a heading with its grade."""
    for scope in scopes_of(scored.inputs, rulebook)[1:]:
        if with_members or not scope.person:
            yield from _of_subject(scope, scored, state, rulebook, shows_persons=with_members)


def _of_subject(
    scope: SubjectScope, scored: Scored, state: Assessment, rulebook: Rulebook, *, shows_persons: bool
) -> Iterator[ExplainedLine]:
    """A heading with the grade of a subject, and the lines of its result below it."""
    subject, person = scope.plan.subject, scope.person
    name = f"{subject.key}@{person}" if person else subject.key
    post, title = state.posts.get(person, person), subject.title.text
    yield ExplainedLine(
        location=f"subject.{name}",
        title=Text(zh=f"{title.zh}：{post}", en=f"{title.en}: {post}") if person else title,
        sentence=rulebook.grade_title(scope.decision.grade if scope.decision else None, subject.key),
        clause=subject.clause,
    )
    for line in explain_subject(scope, rulebook, scored.reasons, shows_persons=shows_persons):
        yield replace(line, location=f"subject.{name}.{line.location}", depth=line.depth + 1)


def explain_subject(
    scope: SubjectScope,
    rulebook: Rulebook,
    reasons: Mapping[str, str] | None = None,
    *,
    shows_persons: bool = True,
) -> list[ExplainedLine]:
    """The lines of the result of one subject, with the reading on open cases if one is open (F4).

    `shows_persons`: also the values of single persons of which a value is made.
    """
    lines = explanation.explain(
        scope,
        rulebook.names[scope.plan.subject.key],
        reasons=reasons,
        shows_persons=shows_persons,
        readings=rulebook.readings,
        uses=rulebook.reading_locations,
    )
    if any(line.location.startswith("open/") for line in lines):
        lines.append(explanation.reading_line(rulebook.readings["open_cases"]))
    return lines


def is_remark(line: ExplainedLine) -> bool:
    """Whether a line says what the score does not show: a limit of the grade, or a record that is open (待定)."""
    return line.location.startswith(("limit.", "open/"))


def is_adjustment(line: ExplainedLine) -> bool:
    """Whether a line says what one record adds or takes off."""
    return line.depth > 0 and "/" in line.location and not line.location.startswith("open/")


def is_reading(line: ExplainedLine) -> bool:
    """Whether a line says how the text of the measure is read."""
    return line.location.startswith("reading.")
