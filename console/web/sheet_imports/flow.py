"""The pages of something that comes in from sheets: upload, look at what would change, do it, or take the marked copy.

Uploading changes nothing: what was read is kept (`drafts.py`), and the plan is made again at every look. While the plan
has one fault, nothing is done. Not here: what the sheets of one kind mean, and doing it (subclasses of `SheetImport`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from starlette.responses import Response

from config.cells import CellFault
from config.tables import FoundTable
from console.web.forms.fields import read_all
from console.web.forms.refusal_status import status_of
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.user_errors import UserError
from states.vocabulary import Actor, Citation, Text

from .drafts import SheetDraft, SheetForm, download_faults


class SheetPlan(Protocol):
    """What the sheets would change, and every fault."""

    @property
    def faults(self) -> Sequence[CellFault]: ...


Plan = TypeVar("Plan", bound=SheetPlan)


class SheetImport(ABC, Generic[Plan]):
    """One kind of thing that comes in from sheets.

    - `path`: of the page with the form; those of the plan and of the marked copy are below it.
    - `act`: who may do it may bring the sheets in. `title`: what is done, for a refusal.
    - `questions`: what the plan asks beside the columns (`SheetForm.with_choices`).
    """

    path: ClassVar[str]
    act: ClassVar[str]
    title: ClassVar[Text]
    upload_template: ClassVar[str]
    plan_template: ClassVar[str]
    questions: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def form(self, request: PageRequest) -> SheetForm:
        """The form, with the columns of its tables."""

    @abstractmethod
    def plan(self, request: PageRequest, draft: SheetDraft, tables: Sequence[FoundTable]) -> Plan:
        """What the tables would change. Nothing is stored."""

    @abstractmethod
    def plan_values(self, request: PageRequest, plan: Plan) -> Mapping[str, Any]:
        """What the page of the plan shows beside the plan."""

    @abstractmethod
    def carry_out(self, request: PageRequest, plan: Plan, actor: Actor) -> Any:
        """Do a plan without faults. The result is for `done_page`. Raises `Refusal`."""

    @abstractmethod
    def done_page(self, request: PageRequest, plan: Plan, outcome: Any) -> Response:
        """The answer after the plan was carried out."""

    def add_to(self, pages: Pages, *, view: str, reauthenticates: bool = False) -> None:
        """Declare the pages."""
        for path, show in (("", self.show), ("/plan", self.show_plan), ("/faults", self.download_error_copy)):
            pages.get(f"{self.path}{path}", view=view, reauthenticates=reauthenticates)(show)
        for path, take in (("", self.upload), ("/plan", self.decide)):
            pages.post(f"{self.path}{path}", view=view, reauthenticates=reauthenticates)(take)

    def show(self, request: PageRequest) -> Response:
        return self.upload_page(request)

    def upload(self, request: PageRequest) -> Response:
        """Read the file and keep its cells. Nothing else changes."""
        try:
            request.permissions.entitled_actor(self.act, self.title)
            read_all({"file": lambda: self.form(request).read_upload(request, self._clause(request))})
        except UserError as refusal:
            return self.upload_page(request, refusal)
        return request.answer.redirect(f"{self.path}/plan")

    def show_plan(self, request: PageRequest) -> Response:
        draft = self.form(request).stored_draft(request)
        return request.answer.redirect(self.path) if draft is None else self._plan_page(request, draft)

    def decide(self, request: PageRequest) -> Response:
        """Keep what was chosen; carry the plan out if the form says so and nothing is wrong."""
        form = self.form(request)
        draft = form.stored_draft(request)
        if draft is None:
            return request.answer.redirect(self.path)
        try:
            actor = request.permissions.entitled_actor(self.act, self.title)
            form.check_seen(request, draft, self._clause(request))
            draft = form.with_choices(request, draft, self.questions)
            tables = form.tables(request, draft)
            plan = self.plan(request, draft, tables)
            if request.form.text("_do") != "carry_out" or plan.faults or not tables:
                return self._plan_page(request, draft)
            outcome = self.carry_out(request, plan, actor)
        except UserError as refusal:
            return self._plan_page(request, draft, refusal)
        form.finish(request, draft)
        return self.done_page(request, plan, outcome)

    def download_error_copy(self, request: PageRequest) -> Response:
        form = self.form(request)
        draft = form.stored_draft(request)
        if draft is None:
            return request.answer.redirect(self.path)
        tables = form.tables(request, draft)
        return download_faults(request, tables, self.plan(request, draft, tables).faults)

    def upload_page(self, request: PageRequest, refusal: UserError | None = None) -> Response:
        return request.answer.page(
            self.upload_template, status_of(refusal), refusal=refusal, **self.upload_values(request)
        )

    def upload_values(self, request: PageRequest) -> dict[str, Any]:
        """What the page with the form shows."""
        form = self.form(request)
        return {
            "accept": form.accepted,
            "may_bring_in": request.permissions.is_entitled(self.act),
            "kept": form.stored_draft(request) is not None,
            "heads": form.kinds,
        }

    def _plan_page(self, request: PageRequest, draft: SheetDraft, refusal: UserError | None = None) -> Response:
        form = self.form(request)
        tables = form.tables(request, draft)
        plan = self.plan(request, draft, tables)
        return request.answer.page(
            self.plan_template,
            status_of(refusal),
            refusal=refusal,
            draft=draft,
            tables=tables,
            plan=plan,
            heads=form.kinds,
            **self.plan_values(request, plan),
        )

    def _clause(self, request: PageRequest) -> Citation:
        return policy.clause_of(self.act, request.rulebook)
