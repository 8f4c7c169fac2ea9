"""重新审议: reopens an approved or circulated result, which is then scored, approved and circulated again.

There are two grounds. Either a source of the result changed: a case was recorded, revised or rescinded (F5). Or the
committee revokes its own decision by a resolution, although no source has changed, because evidence was false or a
count was wrong. Only the committee can do so, because the decision was the committee's (第八条（二）：考核结果报学校党委审定).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import Assessment, AssessmentFact, Step
from states.context import Context
from states.guards import FaultCollector, check_not_in_future
from states.refusals import Incomplete, NothingToDo, NotKnown, TooEarly
from states.rulebook.sentences.explained_lines import ExplainedLine
from states.rulebook.types import Rulebook
from states.vocabulary import Citation, Command, Stamp, Text, Words

from .approval import Approved
from .scoring import changed_sources, is_unknown

_CORRECTION = Text(zh="更正", en="Correction")
_MEETING = Text(zh="党委会议日期", en="committee meeting")
_RESOLUTION = Text(
    zh="有变化的计分依据，或学校党委决定重新审议的决议文号和会议日期",
    en="what changed that the score rests on, or the number and the day of the committee's resolution to reopen",
)


class Reopening(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ground and the reason. The ground is the sources that changed, or a resolution and the day of the meeting."""

    sources: tuple[str, ...] = ()
    resolution: Words | None = None
    met_on: date | None = None
    reason: Words


class ReopenResult(Command, Reopening, frozen=True, kw_only=True):
    """Reopen an approved or circulated result."""


class ResultReopened(AssessmentFact, Reopening, frozen=True, kw_only=True):
    """The approval is no longer valid: the result must be scored, approved and circulated again."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        step = Step("scoring", self, stamp.version, stamp.actor, stamp.recorded_at)
        new_state = replace(state, noted=self.sources or None, reopenings=(*state.reopenings, step))
        return new_state.with_tasks().pop(to_stage="scoring")


def check(state: Assessment, record: Reopening, context: Context) -> None:
    """Refuse a reopening without a ground, a wrong day of the meeting, and sources that have not changed.

    The ground is sources that changed (F5), or a resolution with its day (第八条（二）).
    """
    clause = context.rulebook.stages["approval"].clause
    if (record.resolution is None) != (record.met_on is None) or not (record.sources or record.resolution):
        raise Incomplete(missing=_RESOLUTION, clause=clause)
    faults = FaultCollector(clause)
    with faults.at("met_on"):
        if record.met_on is not None:
            _check_day(state, record.met_on, context, clause)
    with faults.at("sources"):
        if record.sources:
            _check_sources(state, record.sources, context)
    faults.end()


def is_reopened_by_sources(state: Assessment | None, record: Reopening | None, rulebook: Rulebook) -> bool:
    """Whether the ground of a reopening is sources that changed: those of the record; without a record, the noted ones.

    A resolution in the record is the ground even if the record also names sources.
    """
    if rulebook.readings["revised_result"].value != "committee" or (
        record is not None and record.resolution is not None
    ):
        return False
    return bool(record.sources if record is not None else state.noted if state is not None else ())


def last_resolution(state: Assessment) -> ResultReopened | None:
    """The last reopening if its ground was a resolution; None if its ground was sources, or there is no reopening."""
    last = state.reopenings[-1].fact if state.reopenings else None
    return last if isinstance(last, ResultReopened) and last.resolution is not None else None


def corrections(state: Assessment, rulebook: Rulebook, *, everything: bool) -> Iterator[ExplainedLine]:
    """A line for each reopening, with its ground. Sources may be confidential cases, so they need `everything`."""
    for number, step in enumerate(state.reopenings):
        assert isinstance(step.fact, ResultReopened)
        location = f"correction[{number}]"
        if step.fact.resolution is not None:
            sentence, clause = _resolution_text(step.fact), rulebook.stages["approval"].clause
            yield ExplainedLine(location=location, title=_CORRECTION, sentence=sentence, clause=clause)
        elif everything:
            sentence, clause = _sources_text(step.fact), rulebook.readings["revised_result"].clause
            yield ExplainedLine(location=location, title=_CORRECTION, sentence=sentence, clause=clause)


def _check_day(state: Assessment, met_on: date, context: Context, clause: Citation) -> None:
    """Refuse a meeting in the future, or before the meeting whose decision it revokes."""
    check_not_in_future(_MEETING, met_on, context, clause)
    approved = state.fact(Approved)
    if approved is not None and met_on < approved.met_on:
        approval = context.rulebook.stages["approval"].title.text
        raise TooEarly(what=_MEETING, value=met_on, after=approval, against=approved.met_on, clause=clause)


def _check_sources(state: Assessment, sources: tuple[str, ...], context: Context) -> None:
    """F5: refuse sources that have not changed since scoring. Refuse all of them if the rulebook only notes changes."""
    reading = context.rulebook.readings["revised_result"]
    title = context.rulebook.acts["reopen_result"].title.text
    if reading.value == "note":
        why = Text(
            zh="办法只作记录、不改已审定的结果",
            en="the rulebook only records the change, and the approved result stays",
        )
        raise NothingToDo(act=title, why=why, clause=reading.clause)
    changed = changed_sources(state, context)
    unknown = {source for source in sources if is_unknown(source, state, context)}
    if not changed and not unknown:
        why = Text(zh="计分依据没有变化", en="nothing that it rests on has changed")
        raise NothingToDo(act=title, why=why, clause=reading.clause)
    unchanged = [source for source in sources if source not in changed and source not in unknown]
    if unchanged:
        raise NotKnown(
            what=Text(zh="有变化的计分依据", en="what changed"),
            value=", ".join(unchanged),
            known=", ".join(changed),
            clause=reading.clause,
        )


def _resolution_text(fact: ResultReopened) -> Text:
    return Text(
        zh=f"学校党委 {fact.met_on} 以 {fact.resolution} 决定重新审议。理由：{fact.reason}",
        en=f"The committee reopened the result on {fact.met_on} by {fact.resolution}. Reason: {fact.reason}",
    )


def _sources_text(fact: ResultReopened) -> Text:
    sources = ", ".join(fact.sources)
    return Text(
        zh=f"计分依据有变化（{sources}），已重新审议",
        en=f"What it rests on changed ({sources}), so the result was reopened",
    )
