"""document_review: 查阅资料 — the working group checks the department's everyday work against evidence, by element."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from msgspec import Struct

from states.assessment import Assessment, StageFact
from states.context import Context
from states.guards import FaultCollector, check_evidence, check_not_before_last_step, check_same_keys, table_of
from states.refusals import Incomplete, NotKnown
from states.vocabulary import Citation, Command, Document, Text, Words

from .evidence import handed_in


class Verdict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the reviewers say of one document that the department handed in: whether it proves the element."""

    fits: Literal["yes", "partly", "no"]
    remark: Words | None = None


VERDICT_TITLES: Mapping[str, Text] = {
    "yes": Text(zh="符合", en="fits"),
    "partly": Text(zh="部分符合", en="fits in part"),
    "no": Text(zh="不符合", en="does not fit"),
}
"""The possible verdicts on a document, in words."""


class Finding(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The finding for one element, by the evidence. Every finding except `unmet` needs evidence.

    `evidence`: what the reviewers found themselves. `verdicts`: on each document that the department handed in
    (`evidence.py`), by its digest.
    """

    degree: Literal["met", "partly", "unmet"]
    evidence: tuple[Document, ...] = ()
    verdicts: dict[str, Verdict] = {}
    remark: Words | None = None

    @property
    def is_proved(self) -> bool:
        """Whether there is evidence for it."""
        return bool(self.evidence) or any(one.fits != "no" for one in self.verdicts.values())


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

    Refuse a wrong day, elements without a finding, unknown elements, findings without their evidence, and documents of
    the department on which nothing is said.
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
    handed_in_files = handed_in(state)
    for key, finding in record.findings.items():
        if key in table.elements:
            with faults.at(f"findings.{key}.evidence"):
                _check_evidence(finding, table.labels[key], clause)
            _check_verdicts(key, finding.verdicts, handed_in_files.get(key, {}), table.labels[key], clause, faults)
    faults.end()


def _check_verdicts(
    key: str,
    verdicts: Mapping[str, Verdict],
    handed_in_files: Mapping[str, Document],
    label: Text,
    clause: Citation,
    faults: FaultCollector,
) -> None:
    """Refuse a document without a verdict, and a verdict on a document that the department did not hand in."""
    for digest in (one for one in handed_in_files if one not in verdicts):
        with faults.at(f"findings.{key}.verdicts.{digest}"):
            missing = Text(
                zh=f"要素 {label.zh} 一份材料的核验结果", en=f"verdict on a document under element {label.en}"
            )
            raise Incomplete(missing=missing, clause=clause)
    with faults.at(f"findings.{key}.verdicts"):
        if unknown := sorted(verdicts.keys() - handed_in_files.keys()):
            known = ", ".join(digest[:12] for digest in handed_in_files) or "—"
            title = Text(zh="部门报送的材料", en="document of the department")
            raise NotKnown(what=title, value=unknown[0][:12], known=known, clause=clause)


def _check_evidence(finding: Finding, label: Text, clause: Citation) -> None:
    """Refuse a finding `met` or `partly` without evidence, and wrong documents."""
    if finding.degree != "unmet" and not finding.is_proved:
        raise Incomplete(
            missing=Text(zh=f"要素 {label.zh} 的佐证材料", en=f"evidence for element {label.en}"), clause=clause
        )
    check_evidence(finding.evidence, clause)
