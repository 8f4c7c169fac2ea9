"""The stream `template/<key>`: the template of a paper that is in use, and the one that waits for a second person.

A template is proposed by one person and adopted by another. Not here: the bytes (`storage/papers/documents.py`), what
is wrong in a template (`documents/word/checking.py`), and the papers made with it (`issue.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from states import views
from states.context import Context
from states.guards import check_document
from states.refusals import NothingToDo, Refusal
from states.rulebook.types import Rulebook
from states.streams import id_of
from states.titles import FIELD_TITLES
from states.vocabulary import Command, Document, Fact, Stamp, Text

from .catalogue import PAPERS, find_paper
from .paper import CLAUSE

ROLES_OF_ACT: Mapping[str, tuple[str, ...]] = {"propose_template": (), "adopt_template": ()}
"""No role is fixed: each rulebook gives them (`roles_of_rulebook`)."""

TITLES: Mapping[str, Text] = {
    "propose_template": Text(zh="提出文书模板", en="propose a template"),
    "adopt_template": Text(zh="启用文书模板", en="adopt a template"),
}


class NoOwnTemplate(Refusal):
    """An Excel paper has no template that an institution may replace."""

    zh = "“{paper}”是 Excel 表，由系统按固定的列生成，没有可替换的模板（{clause}）。请直接制作。"
    en = "“{paper}” is an Excel sheet with fixed columns and has no template to replace ({clause}). Make it as it is."


class NoProposal(Refusal):
    """No template waits to be adopted."""

    zh = "“{paper}”没有待启用的模板（{clause}）。请先提出模板，再由另一人启用。"
    en = "No template of “{paper}” waits to be adopted ({clause}). Propose one first; another person then adopts it."


class OtherProposal(Refusal):
    """The template to adopt is not the one that was proposed last."""

    zh = "要启用的模板不是最近提出的模板（{clause}）。请刷新页面，下载并核对最近提出的模板后再启用。"
    en = (
        "The template to adopt is not the one that was proposed last ({clause}). Reload the page, save and check the "
        "template that is proposed now, then adopt it."
    )


class TemplateBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Word template of this paper, by the digest of its bytes."""

    template: Document


class ProposeTemplate(Command, TemplateBody, frozen=True, kw_only=True):
    """Propose a template. It replaces an earlier proposal."""


class AdoptTemplate(Command, TemplateBody, frozen=True, kw_only=True):
    """Use the proposed template from now on. Another person than the proposer adopts it."""


class Proposal(Struct, frozen=True):
    """A template that waits for a second person, and the account that proposed it."""

    template: Document
    by: str


class PaperTemplate(Struct, frozen=True):
    """The state of the stream. `adopted`: the template that was adopted last; None while the shipped one is in use."""

    stream: str = ""
    version: int = 0
    adopted: Document | None = None
    proposal: Proposal | None = None

    @property
    def key(self) -> str:
        """The key of the paper."""
        return id_of(self.stream)


class TemplateFact(Fact, frozen=True, kw_only=True):
    """The base class of the facts about the template of a paper."""

    def fold(self, state: PaperTemplate, stamp: Stamp) -> PaperTemplate:
        raise NotImplementedError


class TemplateProposed(TemplateFact, TemplateBody, frozen=True, kw_only=True):
    """A template was proposed."""

    def fold(self, state: PaperTemplate, stamp: Stamp) -> PaperTemplate:
        return replace(state, proposal=Proposal(self.template, stamp.actor), version=stamp.version)


class TemplateAdopted(TemplateFact, TemplateBody, frozen=True, kw_only=True):
    """From this entry on, the template is in use."""

    def fold(self, state: PaperTemplate, stamp: Stamp) -> PaperTemplate:
        return replace(state, adopted=self.template, proposal=None, version=stamp.version)


def roles_of_rulebook(state: object, rulebook: Rulebook) -> tuple[str, ...]:
    """The roles that propose and adopt the template of a paper; without a state, of any paper.

    Those who make the paper, and those who approve or announce: so an office of one has somebody to ask.
    """
    keys = [state.key] if isinstance(state, PaperTemplate) else [*PAPERS]
    roles = {role for key in keys if key in PAPERS for role in PAPERS[key].makers(rulebook)}
    roles |= views.roles_doing({"approval", "circulation"}, rulebook)
    return tuple(role for role in rulebook.roles if role in roles)


def proposer(state: PaperTemplate, record: object, context: Context) -> set[str]:
    """The account that proposed the template that waits."""
    return {state.proposal.by} if state.proposal is not None else set()


def check_proposal(state: PaperTemplate, record: TemplateBody, context: Context) -> None:
    """Refuse a template of an Excel paper, and the one that is in use or proposed already."""
    paper = find_paper(state.key)
    if paper.file != "docx":
        raise NoOwnTemplate(paper=paper.title, clause=CLAUSE)
    check_document(FIELD_TITLES["template"], record.template, CLAUSE)
    waiting = state.proposal.template if state.proposal is not None else None
    if record.template in (state.adopted, waiting):
        why = Text(zh="这一模板已在使用或已提出", en="this template is in use or proposed already")
        raise NothingToDo(act=TITLES["propose_template"], why=why, clause=CLAUSE)


def check_adoption(state: PaperTemplate, record: TemplateBody, context: Context) -> None:
    """Refuse another template than the one that is proposed."""
    paper = find_paper(state.key)
    if state.proposal is None:
        raise NoProposal(paper=paper.title, clause=CLAUSE)
    if state.proposal.template != record.template:
        raise OtherProposal(clause=CLAUSE)
