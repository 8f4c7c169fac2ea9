"""佐证材料 (evidence): what a department hands in under each element, with its self-report and on request.

补交: those who review may ask for a document by a day. The department is reminded until it hands the document in, or says
that it does not have it. A request ends with the score: what comes later does not count.

Not here: the folder in which a department collects its evidence (`storage/papers/evidence.py`), and what the reviewers
find (`document_review.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import WITHDRAWN, Assessment, AssessmentFact, DocumentAnswer, DocumentRequest
from states.context import Context
from states.guards import FaultCollector, check_evidence, check_new_day, table_of
from states.refusals import Incomplete, NothingToDo, NotKnown
from states.rulebook.parts import Wording
from states.rulebook.stages import Reminders
from states.rulebook.types import Rulebook
from states.vocabulary import Command, Document, Stamp, Text, Words, listed

from .self_report import SelfReportSubmitted

EVIDENCE_ACTS = frozenset({"request_document", "supply_document"})
"""The acts that a rulebook must have if it has rules for requests (`document_request`), and that it has only then."""

_DOCUMENT = Text(zh="补交的材料", en="document to hand in")
_ELEMENT, _NOTHING = Text(zh="要素", en="element"), Text(zh="无", en="nothing")
_DUE = Text(zh="补交期限", en="day until which it is to be handed in")


class DocumentToSupply(Struct, frozen=True):
    """A request as something with a deadline (`HasDeadline`), open or answered. `key`: its id."""

    key: str
    title: Wording
    clause: str
    by: tuple[str, ...]
    reminders: Reminders | None


class NewRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for: under which element, which document, until when."""

    element: str
    what: Words
    due: date


class RequestDocument(Command, NewRequest, frozen=True, kw_only=True):
    """Ask the department for a document."""


class DocumentRequested(AssessmentFact, NewRequest, frozen=True, kw_only=True):
    """Somebody asked the department for a document. The department is to hand it in."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        request = DocumentRequest(element=self.element, what=self.what, due=self.due)
        return replace(state, requests={**state.requests, request_id(stamp.version): request})


class Supply(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to a request: the documents, or why the department does not have it (`remark`)."""

    request: str
    documents: tuple[Document, ...] = ()
    remark: Words | None = None


class SupplyDocument(Command, Supply, frozen=True, kw_only=True):
    """Hand in what was asked for, or say why the department does not have it."""


class DocumentSupplied(AssessmentFact, Supply, frozen=True, kw_only=True):
    """The department answered a request."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        answer = DocumentAnswer(self.documents, self.remark, stamp.version, stamp.recorded_at)
        answered = replace(state.requests[self.request], answer=answer)
        return replace(state, requests={**state.requests, self.request: answered})


def request_id(version: int) -> str:
    """The id of a request, by the version of its entry. No part of a rulebook has such a key."""
    return f"document/{version}"


def handed_in(state: Assessment) -> dict[str, dict[str, Document]]:
    """Everything that the department handed in, by element and digest: with the report in force, and on request."""
    report = state.fact(SelfReportSubmitted)
    evidence: dict[str, dict[str, Document]] = {}
    for key, files in report.evidence.items() if report else ():
        evidence[key] = {one.sha256: one for one in files}
    for request in state.requests.values():
        files = request.answer.documents if request.answer is not None else ()
        evidence.setdefault(request.element, {}).update({one.sha256: one for one in files})
    return {key: files for key, files in evidence.items() if files}


def open_requests(state: Assessment) -> Mapping[str, DocumentRequest]:
    """The requests that wait for an answer: while there is a report, and until the score."""
    if state.step("self_report") is None or state.stage == WITHDRAWN:
        return {}
    return {id_: one for id_, one in state.requests.items() if one.is_open}


def requests_with_deadline(state: Assessment, rulebook: Rulebook) -> Iterator[tuple[DocumentToSupply, DocumentRequest]]:
    """Every request, each also as something with a deadline. None without rules for requests."""
    rules = rulebook.document_request
    if rules is None:
        return
    for id_, request in state.requests.items():
        title = request_title(request, rulebook)
        yield DocumentToSupply(id_, Wording(zh=title.zh, en=title.en), rules.clause, rules.by, rules.reminders), request


def request_title(request: DocumentRequest, rulebook: Rulebook) -> Text:
    """The title of a request, for people: 补交佐证材料：会议记录."""
    rules = rulebook.document_request
    title = rules.title.text if rules is not None else _DOCUMENT
    return Text(zh=f"{title.zh}：{request.what}", en=f"{title.en}: {request.what}")


def may_supply(state: Assessment, context: Context) -> bool:
    """Whether a request waits for an answer."""
    return bool(open_requests(state))


def check_request(state: Assessment, record: NewRequest, context: Context) -> None:
    """Refuse an element that the department's form does not have, and a day in the past."""
    clause, table = context.rulebook.cited("request_document"), table_of(state, context)
    faults = FaultCollector(clause)
    with faults.at("element"):
        if record.element not in table.elements:
            raise NotKnown(
                what=_ELEMENT, value=record.element or "—", known=listed(table.labels.values()), clause=clause
            )
    with faults.at("due"):
        check_new_day(_DUE, record.due, context, clause)
    faults.end()


def check_supply(state: Assessment, record: Supply, context: Context) -> None:
    """Refuse an answer where nobody asked, that was given already or comes after the score, and one without a document and without a reason."""
    rulebook, clause = context.rulebook, context.rulebook.cited("supply_document")
    request = state.requests.get(record.request)
    if request is None:
        titles = (request_title(one, rulebook) for one in open_requests(state).values())
        raise NotKnown(what=_DOCUMENT, value="—", known=listed(titles, _NOTHING), clause=clause)
    if request.answer is not None:
        why = Text(zh="已经补交", en="it is answered already")
        raise NothingToDo(act=request_title(request, rulebook), why=why, clause=clause)
    if request.ended_by is not None:
        why = Text(zh="已经计分，不再收取", en="the department was scored without it")
        raise NothingToDo(act=request_title(request, rulebook), why=why, clause=clause)
    faults = FaultCollector(clause)
    with faults.at("documents"):
        if not record.documents and record.remark is None:
            missing = Text(
                zh="补交的材料；没有的，请在备注中写明原因",
                en="the document; if you do not have it, say why in the remark",
            )
            raise Incomplete(missing=missing, clause=clause)
        check_evidence(record.documents, clause)
    faults.end()
