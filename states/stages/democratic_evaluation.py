"""democratic_evaluation: 民主测评 — the meeting votes on the team and on each member, on unsigned ballots.

The counts are recorded and displayed. They are part of a result only where the rulebook has a value that reads them
(`vote`); the shipped measure gives them no points. A rulebook may have several ballots, each with groups of voters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from msgspec import Struct

from states.assessment import Assessment, AssessmentFact, StageFact
from states.context import Context
from states.guards import FaultCollector, check_adds_up, check_in_range, check_not_before_last_step, check_same_keys
from states.refusals import DoesNotAddUp, Incomplete
from states.result.value_entries import entries_of
from states.rulebook.calculation.read_values import VoteValue
from states.rulebook.types import Rulebook
from states.vocabulary import Citation, Command, Opaque, Stamp, Text

TEAM = "team"
_TEAM = Text(zh="领导班子", en="the team")
_BALLOT_COUNTS = {
    "issued": Text(zh="发出票数", en="ballots issued"),
    "returned": Text(zh="收回票数", en="ballots returned"),
    "valid": Text(zh="有效票数", en="valid ballots"),
}


class Sheet(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The counts for one subject (`team` or a member's id): ballots issued, returned and valid; votes by option.

    `ballot`: the key of the ballot, empty if the rulebook has one only. `group`: that of the voters, empty without
    groups.
    """

    ballot: str = ""
    group: str = ""
    subject: Opaque
    issued: int
    returned: int
    valid: int
    counts: dict[str, int]

    @property
    def id(self) -> str:
        """Its name among the sheets of one record: `meeting.staff.team`, or only the subject."""
        return ".".join(filter(None, (self.ballot, self.group, self.subject)))


class BallotRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The democratic evaluation: one sheet for the team and one for each member."""

    held_on: date
    sheets: tuple[Sheet, ...]

    @property
    def has_surplus_ballots(self) -> bool:
        """Whether more ballots were returned than issued. Then the vote is void."""
        return any(sheet.returned > sheet.issued for sheet in self.sheets)


class RecordBallot(Command, BallotRecord, frozen=True, kw_only=True):
    """Record the counts of the democratic evaluation."""


class BallotHeld(StageFact, BallotRecord, frozen=True, kw_only=True):
    """The vote was held, counted and valid."""

    stage = "democratic_evaluation"
    dated = "held_on"


class BallotVoided(AssessmentFact, BallotRecord, frozen=True, kw_only=True):
    """The vote was void (收回的票数多于发出的票数) and must be repeated; the assessment stays in its stage."""

    dated = "held_on"

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return state


def check(state: Assessment, record: BallotRecord, context: Context) -> None:
    """第七条（二）2：对部门领导班子及领导班子成员进行民主测评。 Refuse a wrong day, wrong subjects and wrong counts.

    The record needs one sheet for the team and one for each member. A fact whose kind contradicts its counts is
    refused.
    """
    clause = context.clause("democratic_evaluation")
    faults = FaultCollector(clause)
    with faults.at("held_on"):
        check_not_before_last_step(Text(zh="测评日期", en="ballot date"), record.held_on, state, context, clause)
    papers = {paper.id: paper for paper in papers_of(state, context.rulebook)}
    titles = {id_: paper.title for id_, paper in papers.items()}
    subjects = [sheet.id for sheet in record.sheets]
    with faults.at("sheets"):
        check_same_keys(Text(zh="测评对象", en="subject"), subjects, titles, clause)
        if len(set(subjects)) != len(subjects):
            raise Incomplete(missing=Text(zh="每个测评对象恰一张汇总", en="one sheet per subject"), clause=clause)
        # The counts decide whether the vote is void. So a fact whose kind contradicts its own counts is refused.
        if isinstance(record, BallotHeld if record.has_surplus_ballots else BallotVoided):
            rule = Text(
                zh="收回多于发出即无效，否则有效",
                en="the vote is void if more ballots were returned than issued, and valid otherwise",
            )
            raise DoesNotAddUp(what=Text(zh="测评结果", en="vote"), sum=rule, clause=clause)
    for sheet in record.sheets:
        with faults.at(f"sheets.{sheet.id}"):
            paper = papers.get(sheet.id)
            options = paper.options if paper is not None else context.rulebook.ballot_paper.titles
            _check_sheet(sheet, titles.get(sheet.id, _TEAM), options, clause)
    faults.end()


class BallotPaper(Struct, frozen=True):
    """One count that the record needs: of a ballot, of a group of voters, on a subject; and the options of the ballot."""

    ballot: str
    group: str
    subject: str
    title: Text
    options: dict[str, Text]

    @property
    def id(self) -> str:
        return ".".join(filter(None, (self.ballot, self.group, self.subject)))


def papers_of(state: Assessment, rulebook: Rulebook) -> list[BallotPaper]:
    """Every count that the record needs: each ballot by its voter groups, on the team and on each member.

    Where results read a ballot, it is on those subjects only that read it.
    """
    titles = state.posts
    posts = {TEAM: _TEAM} | {
        member.person: Text(zh=titles[member.person], en=titles[member.person]) for member in state.team
    }
    papers = []
    for kind in rulebook.ballot:
        readers = [
            entry.person or TEAM
            for entry in entries_of(state, rulebook).values()
            if isinstance(entry.value, VoteValue) and entry.value.ballot == kind.key
        ]
        ballot = kind.key if len(rulebook.ballot) > 1 else ""
        groups: dict[str, Text | None] = {group.key: group.title.text for group in kind.group}
        for group, group_title in (groups or {"": None}).items():
            for subject, post in posts.items():
                if readers and subject not in readers:
                    continue
                parts = [kind.title.text if ballot else None, group_title, post]
                named = [part for part in parts if part is not None]
                title = Text(zh=" · ".join(one.zh for one in named), en=" · ".join(one.en for one in named))
                papers.append(BallotPaper(ballot, group, subject, title, kind.titles))
    return papers


def _check_sheet(sheet: Sheet, subject: Text, options: Mapping[str, Text], clause: Citation) -> None:
    """Refuse counts out of their range, unknown or missing options, and counts that contradict one another.

    Each fault names its column.
    """
    faults = FaultCollector(clause)

    def title_for_subject(title: Text) -> Text:
        return Text(zh=f"“{subject.zh}”的{title.zh}", en=f"{title.en} for “{subject.en}”")

    for column, title in _BALLOT_COUNTS.items():
        with faults.at(column):
            check_in_range(title_for_subject(title), getattr(sheet, column), clause)
    with faults.at("counts"):
        check_same_keys(Text(zh="测评选项", en="option"), sheet.counts, options, clause)
    titles = {option: title for option, title in options.items() if option in sheet.counts}
    for option, title in titles.items():
        with faults.at(f"counts.{option}"):
            check_in_range(
                title_for_subject(Text(zh=f"“{title.zh}”票数", en=f"votes “{title.en}”")), sheet.counts[option], clause
            )
    # A count out of its range disagrees with the others, too: that is one fault, not two.
    if not faults.fields:
        _check_sums(sheet, title_for_subject, faults, clause)
    faults.end()


def _check_sums(
    sheet: Sheet, title_for_subject: Callable[[Text], Text], faults: FaultCollector, clause: Citation
) -> None:
    """Refuse a subject without issued ballots, and counts that contradict one another."""
    with faults.at("issued"):
        if sheet.issued == 0:
            raise Incomplete(missing=title_for_subject(_BALLOT_COUNTS["issued"]), clause=clause)
    with faults.at("valid"):
        formula = Text(
            zh=f"有效 {sheet.valid} > 收回 {sheet.returned}", en=f"valid {sheet.valid} > returned {sheet.returned}"
        )
        check_adds_up(title_for_subject(_BALLOT_COUNTS["valid"]), sheet.valid <= sheet.returned, clause, formula)
    with faults.at("valid"):
        total = sum(sheet.counts.values())
        formula = Text(zh=f"合计 {total} ≠ 有效 {sheet.valid}", en=f"total {total} ≠ valid {sheet.valid}")
        check_adds_up(title_for_subject(Text(zh="各项票数", en="counts")), total == sheet.valid, clause, formula)
