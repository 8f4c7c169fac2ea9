"""What is in the folder of evidence (材料夹) of a department and year, for one request: the documents under each element.

The department sees everything, others what was handed in. Not here: the page (`folder.py`) and the list of all
documents (`catalogue.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

from console.papers.sheets.evidence_list import HANDED_IN, NOT_YET, ON_REQUEST
from console.web.display.recorded import DepartmentFile, RequestView, department_files, request_views
from console.web.display.terms import Terms, terms_of
from console.web.request.page_request import PageRequest
from states import policy
from states.assessment import UNOPENED
from states.refusals import NotThere, NotYours
from states.rulebook.calculation.forms import ScoreForm
from states.vocabulary import UNIT_ROLE, Text
from storage.papers import evidence
from storage.papers.evidence import CollectedEvidence, EvidenceDetails
from workflow.evidence import CLAUSE, EvidenceFolder

PATH = "/evidence/{year:int}/{unit}"
_TITLE = Text(zh="收集佐证材料", en="collect evidence")


class FolderFile(Struct, frozen=True):
    """A document under an element. `handed_in` is None as long as it is not handed in."""

    evidence: CollectedEvidence
    handed_in: DepartmentFile | None

    @property
    def name(self) -> str:
        """The name under which it was collected, or that of the entry."""
        if self.evidence.name or self.handed_in is None:
            return self.evidence.name or self.evidence.sha256[:8]
        return self.handed_in.file.title.zh

    @property
    def status(self) -> Text:
        if self.handed_in is None:
            return NOT_YET
        return ON_REQUEST if self.handed_in.is_supplied else HANDED_IN


class ElementFolder(Struct, frozen=True):
    """An element with its documents: those collected, those of last year, and those that were only handed in."""

    key: str
    label: Text
    title: Text
    files: tuple[FolderFile, ...]
    last_year: tuple[CollectedEvidence, ...]
    requests: tuple[RequestView, ...]

    @property
    def is_missing(self) -> bool:
        return not self.files


class FolderContents:
    """The folder of one department in one year, for one request. `is_own`: the user changes it."""

    def __init__(self, request: PageRequest, year: int, unit: str) -> None:
        self._request, self.year, self.unit = request, year, unit
        self.unit_title = request.roster.title(unit, year)
        self.is_own = request.permissions.may_change_folder(unit)
        self.state, _, compiled = request.assessment(year, unit)
        self.is_opened = self.state.stage != UNOPENED
        rulebook = compiled.rulebook if self.is_opened else request.rulebook
        kind = self.state.unit_kind if self.is_opened else getattr(request.roster.units.get(unit), "unit_kind", "")
        if kind not in rulebook.forms_by_kind:
            first = policy.title("register_unit", rulebook)
            raise NotThere(act=_TITLE, stream=unit, first=first)
        self.rulebook = rulebook
        self.form: ScoreForm = rulebook.forms_by_kind[kind]

    def require_own(self) -> None:
        if not self.is_own:
            roles = tuple(sorted(self._request.user.roles))
            role, by = (policy.role_titles(some, self.rulebook) for some in (roles, (UNIT_ROLE,)))
            raise NotYours(act=_TITLE, role=role, by=by, clause=CLAUSE)

    def to_change(self) -> EvidenceFolder:
        """The folder for a change by the user. Raises `NotYours`."""
        self.require_own()
        request = self._request
        return EvidenceFolder(
            database=request.database,
            year=self.year,
            unit=self.unit,
            state=self.state,
            form=self.form,
            quota=self.quota,
            account=request.user.id,
            now=request.now,
            today=request.today,
        )

    @property
    def quota(self) -> int:
        """The most bytes that the department may collect in a year."""
        return self._request.app.settings.evidence_quota * 2**20

    @cached_property
    def collected(self) -> list[CollectedEvidence]:
        return evidence.collected(self._request.database, self.year, self.unit)

    @cached_property
    def of_last_year(self) -> list[CollectedEvidence]:
        return evidence.collected(self._request.database, self.year - 1, self.unit)

    def elements(self) -> Iterator[ElementFolder]:
        """Every element of the form with its documents."""
        requests = request_views(self.state, self._terms) if self.is_opened else []
        handed_in = department_files(self.state, self._terms) if self.is_opened else {}
        collected = {(one.element, one.sha256): one for one in self.collected}
        for key, element in self.form.elements.items():
            files_by_digest = {one.file.sha256: one for one in handed_in.get(key, ())}
            own = [one for one in self.collected if one.element == key] if self.is_own else []
            files = [FolderFile(one, files_by_digest.pop(one.sha256, None)) for one in own]
            files += [
                FolderFile(collected.get((key, digest)) or _not_in_folder(key, one), one)
                for digest, one in files_by_digest.items()
            ]
            last = [one for one in self.of_last_year if one.element == key] if self.is_own else []
            yield ElementFolder(
                key=key,
                label=self.form.labels[key],
                title=element.title.text,
                files=tuple(files),
                last_year=tuple(one for one in last if one.sha256 not in {file.evidence.sha256 for file in files}),
                requests=tuple(one for one in requests if one.key == key and (one.is_open or one.is_answered)),
            )

    @cached_property
    def _terms(self) -> Terms:
        return terms_of(self._request, self.state, self.rulebook)


def _not_in_folder(key: str, one: DepartmentFile) -> CollectedEvidence:
    """A document that was handed in and is not in the folder: uploaded on request, or by a program."""
    file = one.file
    details = EvidenceDetails(name=file.name) if file.name else None
    return CollectedEvidence(
        element=key, sha256=file.sha256, size=file.size, media_type=file.media_type, details=details
    )
