"""Adds evidence (佐证材料) to the folder of a department, removes it, and takes a document of the year before over.

Each change is one transaction, with the checks in it: so two people of a department who add at the same time stay
within its room together. Not here: who may change a folder (`states/views.py`), and handing in
(`states/stages/self_report.py`).
"""

# The folder is no fact, so nothing of this is in the ledger (docs/decisions/0061).

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from states.assessment import UNOPENED, Assessment
from states.guards import MAX_PER_ELEMENT
from states.refusals import NotKnown, Refusal
from states.rulebook.calculation.forms import ScoreForm
from states.stages.evidence import handed_in
from states.vocabulary import Text, listed
from storage.database.database import Database
from storage.papers import documents, evidence
from storage.papers.evidence import CollectedEvidence, EvidenceDetails, FolderWriter

CLAUSE = Text(zh="本系统·佐证材料", en="our rule for evidence")
_ELEMENT = Text(zh="要素", en="element")


class QuotaExceeded(Refusal):
    """The department has no room left for the document: `used` of `quota`, in MB."""

    zh = "未收下“{name}”：本部门本年度的材料已用 {used} MB，上限 {quota} MB（{clause}）。请先移除不用的材料，或压缩后再传；确需增加的，请联系系统管理员。"
    en = (
        "“{name}” was not accepted: your department's evidence of this year takes {used} MB of {quota} MB ({clause}). "
        "Remove what you do not need, or make the file smaller. If you need more room, ask the system administrator."
    )


class ElementFull(Refusal):
    """There are as many documents under the element as there may be."""

    zh = "未收下“{name}”：一个要素最多 {most} 份材料（{clause}）。请先移除不用的，或把几份合并成一个文件。"
    en = (
        "“{name}” was not accepted: an element has up to {most} documents ({clause}). Remove what you do not need, or "
        "combine several into one file."
    )


class AlreadyHandedIn(Refusal):
    """A document that was handed in stays as it is: the reviewers rely on it."""

    zh = "“{name}”已经报送，不能移除，日期和说明也不再更改（{clause}）。随自评报告报送的，请办公室退回报告后再改；补交的不能撤回。"
    en = (
        "“{name}” was handed in, so it cannot be removed, and its day and note stay ({clause}). If it went with the "
        "self-report, ask the office to return that first. What was handed in on request cannot be withdrawn."
    )


class NotNowCollected(Refusal):
    """Nothing is collected for this year."""

    zh = "{year} 年度现在不收集材料（{clause}）。请在本年度或下一年度的页面添加。"
    en = "No evidence is collected for {year} now ({clause}). Use the page of this year or of the next."


class DocumentGone(Refusal):
    """The document is no longer in the folder: another window removed it."""

    zh = "这份材料已不在本部门的材料中（{clause}）。请刷新页面后再办理。"
    en = "This document is no longer in the folder ({clause}). Reload the page and try again."


class EvidenceFolder(Struct, frozen=True, kw_only=True):
    """The folder of a department and year, for an account that changes it at `now`.

    `state`: the department's assessment of the year, perhaps not open yet. `form`: the elements of its form. `quota`:
    the most bytes that it may collect in the year. Every change raises `NotNowCollected`, and `NotKnown` for an element
    that the form does not have.
    """

    database: Database
    year: int
    unit: str
    state: Assessment
    form: ScoreForm
    quota: int
    account: str
    now: datetime
    today: date

    def add(self, element: str, data: bytes, media_type: str, details: EvidenceDetails) -> None:
        """Add an inspected document, or replace what is said of it.

        Raises `AlreadyHandedIn`, `ElementFull` and `QuotaExceeded`; then it is not stored.
        """
        self._check(element)
        sha256 = documents.digest_of(data)
        self._check_not_handed_in(element, sha256, details.name)
        with evidence.changing(self.database, self.year, self.unit) as writer:
            self._check_room(writer, element, sha256, len(data), details.name)
            writer.store(data, media_type, self.now)
            writer.put(element, sha256, details, self.account, self.now)

    def reuse(self, element: str, sha256: str) -> None:
        """Take a document over that was under the element in the year before. Raises `DocumentGone`, and as `add`."""
        self._check(element)
        one = _chosen(evidence.collected(self.database, self.year - 1, self.unit), element, sha256)
        self._check_not_handed_in(element, sha256, one.name)
        with evidence.changing(self.database, self.year, self.unit) as writer:
            self._check_room(writer, element, sha256, one.size, one.name)
            writer.put(element, sha256, one.details or EvidenceDetails(name=""), self.account, self.now)

    def remove(self, element: str, sha256: str) -> None:
        """Take a document away from an element. Raises `DocumentGone` and `AlreadyHandedIn`."""
        self._check(element)
        with evidence.changing(self.database, self.year, self.unit) as writer:
            one = _chosen(writer.collected(), element, sha256)
            self._check_not_handed_in(element, sha256, one.name)
            writer.remove(element, sha256)

    def _check(self, element: str) -> None:
        """A folder is changed in this year and the next, and as long as the assessment is not scored."""
        is_under_way = self.state.stage != UNOPENED and self.state.step("scoring") is None
        if not is_under_way and self.year not in (self.today.year, self.today.year + 1):
            raise NotNowCollected(year=self.year, clause=CLAUSE)
        if element not in self.form.elements:
            known = listed(self.form.labels.values())
            raise NotKnown(what=_ELEMENT, value=element[:40] or "—", known=known, clause=CLAUSE)

    def _check_not_handed_in(self, element: str, sha256: str, name: str) -> None:
        if sha256 in handed_in(self.state).get(element, {}):
            raise AlreadyHandedIn(name=name, clause=CLAUSE)

    def _check_room(self, writer: FolderWriter, element: str, sha256: str, size: int, name: str) -> None:
        """A document that is in the folder already takes no more room, and under its element no more place."""
        files = writer.collected()
        under_element = {one.sha256 for one in files if one.element == element}
        if len(under_element | {sha256}) > MAX_PER_ELEMENT:
            raise ElementFull(name=name, most=MAX_PER_ELEMENT, clause=CLAUSE)
        used = evidence.used_bytes(files)
        if sha256 not in {one.sha256 for one in files} and used + size > self.quota:
            raise QuotaExceeded(name=name, used=_megabytes(used), quota=_megabytes(self.quota), clause=CLAUSE)


def _chosen(files: list[CollectedEvidence], element: str, sha256: str) -> CollectedEvidence:
    one = next((one for one in files if (one.element, one.sha256) == (element, sha256)), None)
    if one is None:
        raise DocumentGone(clause=CLAUSE)
    return one


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.1f}"
