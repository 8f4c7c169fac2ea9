"""self_report: 自查自评 — the department assesses itself by its annex and submits a report. Also here: returning it."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from states.assessment import Assessment, AssessmentFact, Levels, Marks, StageFact
from states.context import Context
from states.guards import FaultCollector, check_document, check_evidence, check_levels, check_marks, table_of
from states.refusals import NotKnown
from states.result.sheet_items import self_scored_items
from states.vocabulary import Command, Document, Reason, Stamp, Text, listed


class SelfReport(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The report by its digest, and the column 自评 (points, counts, levels), displayed and never counted (F15).

    `evidence`: the documents that prove the work, by element. The report in force has all that were handed in with it.
    """

    report: Document
    self_scores: Marks
    self_levels: Levels = {}
    evidence: dict[str, tuple[Document, ...]] = {}

    @property
    def column(self) -> dict[str, Decimal | str]:
        """The column 自评: points, counts and levels, by the key of the element."""
        return {**self.self_scores, **self.self_levels}

    @property
    def total(self) -> Decimal:
        """The sum of the department's own points."""
        return sum(self.self_scores.values(), Decimal(0))


class SubmitSelfReport(Command, SelfReport, frozen=True, kw_only=True):
    """Submit the self-report."""


class SelfReportSubmitted(StageFact, SelfReport, frozen=True, kw_only=True):
    """The department submitted its report."""

    stage = "self_report"


class ReturnSelfReport(Command, Reason, frozen=True, kw_only=True):
    """Return the report to the department."""


class SelfReportReturned(AssessmentFact, Reason, frozen=True, kw_only=True):
    """The report was returned; the department must submit another one."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return state.pop()


def check(state: Assessment, record: SelfReport, context: Context) -> None:
    """第七条（一）：对照……进行自评，并撰写自评报告，报送纪委办公室（监察室）。 Refuse a wrong document, wrong points, and evidence under no element."""
    clause = context.clause("self_report")
    faults, items = FaultCollector(clause), self_scored_items(state, context.rulebook)
    with faults.at("report"):
        check_document(Text(zh="自评报告的字节数", en="bytes of the report"), record.report, clause)
    with faults.at("self_scores"):
        check_marks(record.self_scores, items, clause)
    with faults.at("self_levels"):
        check_levels(record.self_levels, items, clause)
    table = table_of(state, context)
    for key, files in record.evidence.items():
        with faults.at(f"evidence.{key}"):
            if key not in table.elements:
                raise NotKnown(
                    what=Text(zh="要素", en="element"), value=key, known=listed(table.labels.values()), clause=clause
                )
            check_evidence(files, clause)
    faults.end()
