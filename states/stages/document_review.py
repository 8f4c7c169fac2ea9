"""document_review: 查阅资料 — the working group checks the department's everyday work against evidence, by element."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from msgspec import Struct

from states.assessment import Assessment, StageFact
from states.context import Context
from states.guards import FaultCollector, check_document, check_not_before_last_step, check_same_keys, table_of
from states.refusals import Incomplete
from states.vocabulary import Citation, Command, Document, Text, Words


class Finding(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The finding for one element, by the evidence. Every finding except `unmet` needs evidence."""

    degree: Literal["met", "partly", "unmet"]
    evidence: tuple[Document, ...] = ()
    remark: Words | None = None


FINDING_TITLES: Mapping[str, Text] = {
    "met": Text(zh="落实", en="met"),
    "partly": Text(zh="部分落实", en="partly met"),
    "unmet": Text(zh="未落实", en="not met"),
}
"""The possible findings for an element, in words."""


class Review(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The review: its day, and a finding for every element of the department's annex."""

    reviewed_on: date
    findings: dict[str, Finding]


class ReviewDocuments(Command, Review, frozen=True, kw_only=True):
    """Record the review of documents."""


class DocumentsReviewed(StageFact, Review, frozen=True, kw_only=True):
    """The documents were reviewed."""

    stage = "document_review"
    dated = "reviewed_on"


def check(state: Assessment, record: Review, context: Context) -> None:
    """第七条（二）4：对被考核部门党风廉政建设日常工作情况进行核实查验。

    Refuse a wrong day, elements without a finding, unknown elements, and findings without their evidence.
    """
    clause, table = context.clause("document_review"), table_of(state, context)
    faults = FaultCollector(clause)
    with faults.at("reviewed_on"):
        check_not_before_last_step(Text(zh="查阅日期", en="review date"), record.reviewed_on, state, context, clause)
    # Each missing element is a separate fault with its own field, so that the page marks every missing field.
    missing = [key for key in table.elements if key not in record.findings]
    for key in missing:
        label = table.labels[key]
        with faults.at(f"findings.{key}"):
            raise Incomplete(
                missing=Text(zh=f"要素 {label.zh} 的查验结果", en=f"finding for element {label.en}"), clause=clause
            )
    with faults.at("findings"):
        check_same_keys(Text(zh="要素", en="element"), (*record.findings, *missing), table.elements, clause)
    for key, finding in record.findings.items():
        if key in table.elements:
            with faults.at(f"findings.{key}.evidence"):
                _check_evidence(finding, table.labels[key], clause)
    faults.end()


def _check_evidence(finding: Finding, label: Text, clause: Citation) -> None:
    """Refuse a finding `met` or `partly` without evidence, and wrong documents."""
    if finding.degree != "unmet" and not finding.evidence:
        raise Incomplete(
            missing=Text(zh=f"要素 {label.zh} 的佐证材料", en=f"evidence for element {label.en}"), clause=clause
        )
    for evidence in finding.evidence:
        check_document(Text(zh="佐证材料的字节数", en="bytes of the evidence"), evidence, clause)
