"""What was recorded of an assessment, for those who must act on it: step by step, ballot by ballot, element by element.

Nothing is decided here. Who may read which part is asked by the page (`states/views.py`): a member's ballots are not for the unit,
points not before the result is circulated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from states.assessment import Assessment, Step
from states.ballot import TEAM, BallotHeld, Sheet
from states.document_review import DocumentsReviewed
from states.scoring import Scored
from states.self_report import SelfReportSubmitted
from states.stages import STAGE_FACTS
from states.titles import GRADE, SCORE, title_of
from states.vocabulary import Document, Text

from . import records, values
from .files import File
from .terms import Terms

At = Callable[[datetime], str]


class Votes(Struct, frozen=True):
    """The ballots on one subject. `options` are in the paper's order, each with its count and its share of the valid ballots in per cent."""

    who: Text
    is_team: bool
    issued: int
    returned: int
    valid: int
    options: tuple[tuple[Text, int, Decimal | None], ...]


class Recorded(Struct, frozen=True):
    """One element: the unit's own points, what the review found and on which files, the points agreed on and why some were lost."""

    key: str
    title: Text
    text: Text
    full: Decimal
    own: Decimal | None
    finding: Literal["met", "partly", "unmet"] | None
    remark: str | None
    files: tuple[Document, ...]
    given: Decimal | None
    reason: str | None

    @property
    def lost(self) -> Decimal:
        """The points that were taken away; 0 before the score."""
        return self.full - self.given if self.given is not None else Decimal(0)


class Taken(Struct, frozen=True):
    """A step that holds: which of the steps it is, who recorded it when, what it says, and its files but for evidence."""

    number: int
    stage: str
    title: Text
    by: Text
    at: datetime
    says: tuple[tuple[Text, Text], ...]
    files: tuple[File, ...]


class Brief(Struct, frozen=True):
    """What the steps recorded, short: the ballots, the elements not found met, and what was said of the meeting, the talks, the reviews."""

    votes: list[Votes]
    short: list[Recorded]
    says: list[tuple[Text, Text]]


def brief(state: Assessment, terms: Terms, at: At) -> Brief:
    """For those who decide on many results and may read all of it."""
    steps = [step for step in state.steps if step.stage in _BRIEF]
    says = [one for step in steps for one in _says(step, terms, at, _BRIEF[step.stage], everything=True)]
    short = [one for one in elements(state, terms, points=False) if one.finding in ("partly", "unmet")]
    return Brief(votes(state, terms, members=True), short, says)


_BRIEF: Mapping[str, frozenset[str]] = {
    "meeting_held": frozenset({"entitled", "present", "personal_reports"}),
    "interviews": frozenset({"member_talks", "with_staff"}),
    "document_review": frozenset({"findings"}),
    "site_inspection": frozenset({"special_work", "finding"}),
}
"""The fields of each step that a brief has."""


def votes(state: Assessment, terms: Terms, *, members: bool) -> list[Votes]:
    """The democratic evaluation that holds: the team, and each member where `members` may be read."""
    held = state.fact(BallotHeld)
    sheets = held.sheets if held else ()
    return [_votes(one, terms) for one in sheets if members or one.subject == TEAM]


def elements(state: Assessment, terms: Terms, *, points: bool) -> list[Recorded]:
    """Every element of the unit's annex with all that was recorded of it, the points agreed on where `points` may be read."""
    report, review, scored = state.fact(SelfReportSubmitted), state.fact(DocumentsReviewed), state.fact(Scored)
    own, findings = report.self_scores if report else {}, review.findings if review else {}
    sheet = scored if points else None
    found = []
    for key, element in terms.rulebook.tables[state.unit_kind].elements.items():
        finding = findings.get(key)
        found.append(
            Recorded(
                key, terms.element(key), element.text.text, Decimal(element.points), own.get(key),
                finding.finding if finding else None, finding.remark if finding else None, finding.evidence if finding else (),
                sheet.marks.get(key) if sheet else None, sheet.reasons.get(key) if sheet else None,
            )
        )  # fmt: skip
    return found


def taken(state: Assessment, terms: Terms, at: At, *, known: bool, everything: bool) -> Iterator[Taken]:
    """The steps that hold, in their order; score and approval where they are `known`, and what cases cost where `everything` may be read."""
    hidden = frozenset() if known else frozenset({"scored", "approved"})
    numbers = {STAGE_FACTS[stage.kind].leads_to: n for n, stage in enumerate(terms.rulebook.stage)}
    for step in state.steps:
        if numbers.get(step.stage) and step.stage not in hidden:
            says = tuple(_says(step, terms, at, everything=everything))
            yield Taken(
                numbers[step.stage], step.stage, terms.stage(step.stage), terms.account(step.actor), step.at, says,
                tuple(terms.file(state.stream, step.version, one) for one in _fields(step) if isinstance(one, Document)),
            )  # fmt: skip


def evidence(state: Assessment, terms: Terms) -> dict[str, tuple[File, ...]]:
    """The files that the review of documents found on each element."""
    step = next((step for step in state.steps if isinstance(step.fact, DocumentsReviewed)), None)
    if step is None or not isinstance(step.fact, DocumentsReviewed):
        return {}
    found = step.fact.findings
    return {key: tuple(terms.file(state.stream, step.version, one) for one in finding.evidence) for key, finding in found.items()}  # fmt: skip


_APART = frozenset({"sheets", "reasons"})
"""Fields that have a table of their own."""


def _says(
    step: Step, terms: Terms, at: At, only: frozenset[str] = frozenset(), *, everything: bool
) -> Iterator[tuple[Text, Text]]:
    """What a step says, field by field; of `only` some fields, where any are named."""
    if isinstance(step.fact, Scored) and not everything:
        yield SCORE, records.points(step.fact.result.score)
        yield GRADE, terms.grade(step.fact.result.grade)
        return
    for name in step.fact.__struct_fields__:
        title = title_of(name, step.fact.kind) if name not in _APART and (not only or name in only) else None
        said = values.said(name, getattr(step.fact, name), terms, at) if title else None
        if title and said:
            yield title, said


def _fields(step: Step) -> list[object]:
    return [getattr(step.fact, name) for name in step.fact.__struct_fields__]


def _votes(sheet: Sheet, terms: Terms) -> Votes:
    options = tuple((title, sheet.counts[key], _share(sheet.counts[key], sheet.valid)) for key, title in terms.options.items() if key in sheet.counts)  # fmt: skip
    return Votes(terms.member(sheet.subject), sheet.subject == TEAM, sheet.issued, sheet.returned, sheet.valid, options)


def _share(count: int, valid: int) -> Decimal | None:
    """Of the valid ballots (有效票), in per cent to one place; None if there are no valid ballots."""
    return (Decimal(100 * count) / valid).quantize(Decimal("0.1")) if valid else None
