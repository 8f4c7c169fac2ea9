"""佐证材料: the folder in which a department collects evidence under each element, all year long, and its catalogue.

The department adds documents all year long, and removes those that it has not handed in. Others see what was handed in.
Not here: handing in (`act_page.py`), and what the reviewers say of a document (the form of the document review).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property

from msgspec import Struct
from starlette.responses import Response

from console.web import downloads
from console.web.assessment_paths import assessment_path
from console.web.display.files import size_text
from console.web.display.recorded import DepartmentFile, RequestView, department_files, request_views
from console.web.display.spreadsheets import table_download
from console.web.display.terms import Terms, terms_of
from console.web.forms import uploads
from console.web.forms.fields import Fields, read_all
from console.web.forms.uploads import FILE_PREFIX
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.assessment import UNOPENED, Assessment
from states.guards import MAX_PER_ELEMENT
from states.records.lineage import speaks_for
from states.refusals import Incomplete, NotKnown, NotThere, NotYours, OutOfRange, Refusal
from states.rulebook.calculation.forms import ScoreForm
from states.stages.document_review import VERDICT_TITLES
from states.stages.evidence import handed_in
from states.streams import assessment_stream
from states.vocabulary import UNIT_ROLE, Text, listed
from storage.papers import documents, evidence
from storage.papers.evidence import CollectedEvidence, EvidenceDetails

pages = Pages()

_PATH = "/evidence/{year:int}/{unit}"
_CLAUSE = Text(zh="本系统·佐证材料", en="our rule for evidence")
_TITLE = Text(zh="收集佐证材料", en="collect evidence")
_DATED = Text(zh="材料日期", en="Day of the document")
_NOTE = Text(zh="说明", en="Note")
_TITLES = {"evidence": Text(zh="文件", en="Files"), "dated": _DATED, "note": _NOTE}
"""The titles of the fields."""

_MOST_OF_NOTE = 200
_HANDED_IN, _NOT_YET = Text(zh="已报送", en="handed in"), Text(zh="未报送", en="not handed in yet")
_ON_REQUEST = Text(zh="已补交", en="handed in on request")


class QuotaExceeded(Refusal):
    """The department has no room left for its evidence of this year."""

    zh = "未收下：本部门本年度的材料已用 {used}，上限 {quota}（{clause}）。请先移除不用的材料，或压缩后再传；确需增加的，请联系系统管理员。"
    en = (
        "Not accepted: your department's evidence of this year takes {used} of {quota} ({clause}). Remove what you do not "
        "need, or make the files smaller. If you need more room, ask the system administrator."
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


class FolderFile(Struct, frozen=True):
    """A document under an element. `submission` is None as long as it is not handed in."""

    evidence: CollectedEvidence
    submission: DepartmentFile | None

    @property
    def status(self) -> Text:
        if self.submission is None:
            return _NOT_YET
        return _ON_REQUEST if self.submission.is_supplied else _HANDED_IN


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


@pages.get(_PATH, view="evidence")
def show(request: PageRequest, year: int, unit: str) -> Response:
    return _Folder(request, year, unit).page()


@pages.post(_PATH, view="evidence")
def change(request: PageRequest, year: int, unit: str) -> Response:
    """Add documents to an element, take one away, or take one over from last year."""
    folder, element = _Folder(request, year, unit), request.form.text("element")
    try:
        folder.require_own()
        folder.require_year()
        if element not in folder.form.elements:
            known = listed(folder.form.labels.values())
            raise NotKnown(what=Text(zh="要素", en="element"), value=element[:40] or "—", known=known, clause=_CLAUSE)
        {"remove": folder.remove, "reuse": folder.reuse}.get(request.form.text("_do"), folder.add)(element)
    except Refusal as refusal:
        return folder.page(refusal)
    return request.answer.redirect(f"/evidence/{year}/{unit}?open={element}#e-{element}")


@pages.get(f"{_PATH}/documents/{{sha256}}", view="evidence")
def document(request: PageRequest, year: int, unit: str, sha256: str) -> Response:
    """Send a document of the folder to the department. Others get what was handed in from the assessment."""
    folder = _Folder(request, year, unit)
    folder.require_own()
    one = next((one for one in (*folder.collected, *folder.of_last_year) if one.sha256 == sha256), None)
    data = documents.read(request.database, sha256) if one is not None else None
    if one is None or data is None:
        raise DocumentGone(clause=_CLAUSE)
    return downloads.download_response(data, one.media_type, one.name, inline="open" in request.query)


@pages.get(f"{_PATH}/catalogue.xlsx", view="evidence")
def catalogue(request: PageRequest, year: int, unit: str) -> Response:
    """佐证材料目录: what is in the folder; for others what was handed in."""
    folder, text = _Folder(request, year, unit), request.format.text
    head = [
        text(Text(zh="编号", en="No.")), text(Text(zh="考核要素", en="Element")), text(Text(zh="材料名称", en="Document")),
        text(_DATED), text(Text(zh="状态", en="Status")), text(Text(zh="核验", en="Verdict")), text(_NOTE),
    ]  # fmt: skip
    title = Text(zh=f"{year} 年度佐证材料目录 {folder.unit_title}", en=f"Evidence {year} {folder.unit_title}")
    rows = [tuple(row) for row in folder.rows()]
    return table_download(request, f"kaohe-evidence-{year}-{unit}", "xlsx", title, head, rows)


class _Folder:
    """The folder of one department in one year, for one request."""

    def __init__(self, request: PageRequest, year: int, unit: str) -> None:
        self.request, self.year, self.unit = request, year, unit
        self.unit_title = request.roster.title(unit, year)
        state, _, compiled = request.context(assessment_stream(year, unit))
        assert isinstance(state, Assessment)
        self.is_opened = state.stage != UNOPENED
        self.state = state
        rulebook = compiled.rulebook if self.is_opened else request.rulebook
        kind = state.unit_kind if self.is_opened else getattr(request.roster.units.get(unit), "unit_kind", "")
        if kind not in rulebook.forms_by_kind:
            first = policy.title("register_unit", rulebook)
            raise NotThere(act=_TITLE, stream=unit, first=first)
        self.rulebook = rulebook
        self.form: ScoreForm = rulebook.forms_by_kind[kind]

    @property
    def is_own(self) -> bool:
        """Whether the user acts for the department, or for the one that took it over: they change the folder."""
        user = self.request.user
        return UNIT_ROLE in user.roles and speaks_for(user.unit, self.unit, self.request.roster)

    def require_own(self) -> None:
        if not self.is_own:
            request, unit = self.request, (UNIT_ROLE,)
            role, by = (policy.role_titles(roles, self.rulebook) for roles in (tuple(sorted(request.user.roles)), unit))
            raise NotYours(act=_TITLE, role=role, by=by, clause=_CLAUSE)

    def require_year(self) -> None:
        """Refuse a year for which nothing is collected any more, or not yet: this year, the next, or one under way."""
        is_under_way = self.is_opened and self.state.step("scoring") is None
        this_year = self.request.today.year
        if not is_under_way and self.year not in (this_year, this_year + 1):
            raise NotNowCollected(year=self.year, clause=_CLAUSE)

    @cached_property
    def terms(self) -> Terms:
        return terms_of(self.request, self.state, self.rulebook)

    @cached_property
    def handed_in_by_element(self) -> dict[str, tuple[DepartmentFile, ...]]:
        return department_files(self.state, self.terms) if self.is_opened else {}

    @cached_property
    def collected(self) -> list[CollectedEvidence]:
        return evidence.collected(self.request.database, self.year, self.unit)

    @cached_property
    def of_last_year(self) -> list[CollectedEvidence]:
        return evidence.collected(self.request.database, self.year - 1, self.unit)

    def add(self, element: str) -> None:
        """Store the files that came, and put them under the element, all with the same day and note."""
        form, request = Fields(self.request.form, _CLAUSE), self.request
        values = read_all({
            "dated": lambda: form.any_day("dated", _DATED),
            "note": lambda: form.short("note", _NOTE, _MOST_OF_NOTE),
            "evidence": lambda: self._check_files(element),
        })  # fmt: skip
        # Only files that came with this request: a token of a form would be that of any stored document.
        request.form.fill((name, value) for name, value in request.form.items() if not name.startswith(FILE_PREFIX))
        errors = uploads.store_files(request)
        stored = uploads.uploads_of_field(request, "evidence")
        frozen = [one.name for one in stored if self._is_handed_in(element, one.sha256)]
        for one in stored:
            if not self._is_handed_in(element, one.sha256):
                self._put(
                    element, one.sha256, EvidenceDetails(name=one.name, dated=values["dated"], note=values["note"])
                )
        if errors:
            raise InvalidForm(errors)
        if frozen:
            raise AlreadyHandedIn(name="”“".join(frozen), clause=_CLAUSE)

    def remove(self, element: str) -> None:
        one = self._chosen(self.collected, element)
        self._check_not_handed_in(element, one)
        evidence.remove(self.request.database, self.year, self.unit, element, one.sha256)

    def reuse(self, element: str) -> None:
        """Take a document of last year over into this one."""
        one = self._chosen(self.of_last_year, element)
        self._check_not_handed_in(element, one)
        self._check_room(element, [one.size])
        if one.details is not None:
            self._put(element, one.sha256, one.details)

    def _put(self, element: str, sha256: str, details: EvidenceDetails) -> None:
        request = self.request
        evidence.add(request.database, self.year, self.unit, element, sha256, details, request.user.id, request.now)

    def _is_handed_in(self, element: str, sha256: str) -> bool:
        return sha256 in handed_in(self.state).get(element, {})

    def _check_not_handed_in(self, element: str, one: CollectedEvidence) -> None:
        """What was handed in stays as it is, with its name, day and note."""
        if self._is_handed_in(element, one.sha256):
            raise AlreadyHandedIn(name=one.name, clause=_CLAUSE)

    def _check_files(self, element: str) -> None:
        files = self.request.form.files("evidence")
        if not files:
            raise Incomplete(missing=Text(zh="要添加的文件", en="the files to add"), clause=_CLAUSE)
        self._check_room(element, [file.size or 0 for file in files])

    def _check_room(self, element: str, sizes: Sequence[int]) -> None:
        """Refuse more documents than an element may have, and more bytes than the department may."""
        count = sum(one.element == element for one in self.collected) + len(sizes)
        if count > MAX_PER_ELEMENT:
            what = Text(zh="一个要素的材料份数", en="documents under one element")
            raise OutOfRange(what=what, value=count, low=0, high=MAX_PER_ELEMENT, step=1, clause=_CLAUSE)
        used = evidence.used_bytes(self.request.database, self.year, self.unit)
        if used + sum(sizes) > self.quota:
            raise QuotaExceeded(used=size_text(used), quota=size_text(self.quota), clause=_CLAUSE)

    @property
    def quota(self) -> int:
        return self.request.app.settings.evidence_quota * 2**20

    def _chosen(self, among: list[CollectedEvidence], element: str) -> CollectedEvidence:
        sha256 = self.request.form.text("sha256")
        one = next((one for one in among if (one.element, one.sha256) == (element, sha256)), None)
        if one is None:
            raise DocumentGone(clause=_CLAUSE)
        return one

    def elements(self) -> Iterator[ElementFolder]:
        """Every element of the form with its documents. Others see what was handed in."""
        requests = request_views(self.state, self.terms) if self.is_opened else []
        collected = {(one.element, one.sha256): one for one in self.collected}
        for key, element in self.form.elements.items():
            handed_in_files = {one.file.sha256: one for one in self.handed_in_by_element.get(key, ())}
            own = [one for one in self.collected if one.element == key] if self.is_own else []
            files = [FolderFile(one, handed_in_files.pop(one.sha256, None)) for one in own]
            files += [
                FolderFile(collected.get((key, digest)) or _without_details(key, one), one)
                for digest, one in handed_in_files.items()
            ]
            last = [one for one in self.of_last_year if one.element == key] if self.is_own else []
            yield ElementFolder(
                key=key,
                label=self.form.labels[key],
                title=element.title.text,
                files=tuple(files),
                last_year=tuple(one for one in last if one.sha256 not in {file.evidence.sha256 for file in files}),
                requests=tuple(one for one in requests if one.key == key and (one.is_open or one.answered_on)),
            )

    def rows(self) -> Iterator[list[str | int]]:
        """The rows of the catalogue, numbered."""
        text, number = self.request.format.text, 0
        for element in self.elements():
            for file in element.files:
                number += 1
                one = file.evidence
                details = one.details or EvidenceDetails(name="")
                verdict = file.submission.verdict if file.submission is not None else None
                yield [
                    number, f"{text(element.label)} {text(element.title)}".strip(), _name(file),
                    details.dated.isoformat() if details.dated else "", text(file.status),
                    text(VERDICT_TITLES[verdict.fits]) if verdict is not None else "", details.note,
                ]  # fmt: skip

    def page(self, refusal: Refusal | None = None) -> Response:
        request = self.request
        elements = list(self.elements())
        missing_only = "missing" in request.query
        used = evidence.used_bytes(request.database, self.year, self.unit)
        return request.answer.page(
            "evidence.html",
            409 if refusal else 200,
            refusal=refusal,
            label_of=_TITLES,
            titles=_TITLES,
            year=self.year,
            unit=self.unit,
            unit_title=self.unit_title,
            is_own=self.is_own,
            reported_on=self._reported_on(),
            elements=[one for one in elements if one.is_missing or not missing_only],
            count=sum(len(one.files) for one in elements),
            missing=sum(one.is_missing for one in elements),
            total=len(elements),
            used=used,
            quota=self.quota,
            most_of_note=_MOST_OF_NOTE,
            opened=request.form.text("element") or request.query.get("open", ""),
            file_name=_name,
            back=assessment_path(self.state) if self.is_opened else "/",
        )

    def _reported_on(self) -> date | None:
        step = self.state.step("self_report")
        return step.at.astimezone(self.request.zone).date() if step is not None else None


def _name(file: FolderFile) -> str:
    """The name of a file: that under which it was collected, or that of the entry."""
    return file.evidence.name or (
        file.submission.file.title.zh if file.submission is not None else file.evidence.sha256[:8]
    )


def _without_details(key: str, one: DepartmentFile) -> CollectedEvidence:
    """A document that was handed in and is not in the folder: uploaded on request, or by a program."""
    file = one.file
    details = EvidenceDetails(name=file.name) if file.name else None
    return CollectedEvidence(
        element=key, sha256=file.sha256, size=file.size, media_type=file.media_type, details=details
    )
