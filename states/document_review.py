"""document_review: 查阅资料 — the unit's everyday work is checked, element by element, against evidence."""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from .assessment import Assessment, StageFact
from .context import Context
from .guards import document, in_turn, same_keys, table_of
from .refusals import Incomplete
from .vocabulary import Command, Document, Text, Words


class Finding(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the evidence for one element showed. Only an element found `unmet` may stand without evidence."""

    finding: Literal["met", "partly", "unmet"]
    evidence: tuple[Document, ...] = ()
    remark: Words | None = None


class Review(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The review: its day and a finding for every element of the unit's annex."""

    reviewed_on: date
    findings: dict[str, Finding]


class ReviewDocuments(Command, Review, frozen=True, kw_only=True):
    """Record the review of documents."""


class DocumentsReviewed(StageFact, Review, frozen=True, kw_only=True):
    """The documents were reviewed."""

    leads_to = "document_review"
    dated = "reviewed_on"


def check(state: Assessment, record: Review, context: Context) -> None:
    """第七条（二）4：对被考核部门党风廉政建设日常工作情况进行核实查验。"""
    clause, table = context.clause("document_review"), table_of(state, context)
    in_turn("查阅日期 / review date", record.reviewed_on, state, context, clause)
    same_keys("要素 / element", record.findings, table.elements, clause)
    for key, finding in record.findings.items():
        if finding.finding != "unmet" and not finding.evidence:
            label = table.labels[key]
            raise Incomplete(
                missing=Text(zh=f"要素 {label.zh} 的佐证材料", en=f"evidence for element {label.en}"), clause=clause
            )
        for evidence in finding.evidence:
            document("佐证材料的字节数 / bytes of the evidence", evidence, clause)
