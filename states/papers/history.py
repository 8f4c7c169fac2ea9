"""The stream `paper/<key>`: the template in use of a paper, which papers were made for good, and their sealed copies.

A template is proposed by one person and adopted by another. A paper that is made for good (定稿) is stored, with what is
needed to make the same bytes again: the last entry that was read, the day, the template, and the number of the program
that filled it. What the office prints only to look at is no fact. Not here: the bytes (`storage/papers/documents.py`).
"""

# A paper with names of people is never made for good: an entry cannot be erased, and the digest of a paper that has a
# short list of names in it can be guessed from the names (decision 0065).

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from states import privacy, views
from states.context import Context
from states.guards import FaultCollector, check_document, check_in_range, check_not_in_future
from states.records.lineage import is_recused
from states.refusals import NothingToDo, NotKnown, OwnUnit, Refusal
from states.rulebook.types import Rulebook
from states.streams import Stream, id_of
from states.titles import FIELD_TITLES, title_of
from states.vocabulary import CLOCK, Command, Document, Fact, Stamp, Text

from .catalogue import PAPERS
from .paper import Paper

CLAUSE = Text(zh="本系统·文书", en="our rule for papers")

SEALED_COPIES: Mapping[str, str] = {"application/pdf": "PDF", "application/ofd": "OFD"}
"""The media types that a sealed copy may have, with what people call them."""

MOST_ENTRIES = 10**9
"""More entries than any ledger has."""

ROLES_OF_ACT: Mapping[str, tuple[str, ...]] = {
    "propose_template": (),
    "adopt_template": (),
    "make_paper": (),
    "return_paper": (),
}
"""The roles of each act that no rulebook has. Those of a rulebook: `roles_of_act`."""

TITLES: Mapping[str, Text] = {
    "propose_template": Text(zh="提出文书模板", en="propose a template"),
    "adopt_template": Text(zh="启用文书模板", en="adopt a template"),
    "make_paper": Text(zh="文书定稿", en="make a paper for good"),
    "return_paper": Text(zh="登记盖章件", en="record the sealed copy"),
}


class NoOwnTemplate(Refusal):
    """An Excel paper has no template that an institution may replace."""

    zh = "“{paper}”是 Excel 表，由系统按固定的列生成，没有可替换的模板（{clause}）。请直接制作。"
    en = "“{paper}” is an Excel sheet with fixed columns and has no template to replace ({clause}). Make it as it is."


class OtherProposal(Refusal):
    """The template to adopt is not the one that was proposed last."""

    zh = "要启用的模板不是最近提出的模板（{clause}）。请刷新页面，下载并核对最近提出的模板后再启用。"
    en = (
        "The template to adopt is not the one that was proposed last ({clause}). Reload the page, save and check the "
        "template that is proposed now, then adopt it."
    )


class OtherTemplate(Refusal):
    """The paper was filled into another template than the one in use."""

    zh = "“{paper}”所用模板已有变化（{clause}）。请重新制作后再定稿。"
    en = "The template of “{paper}” has changed since ({clause}). Make the paper again, then make it for good."


class NamesNotKept(Refusal):
    """A paper with names of people was to be made for good."""

    zh = "“{paper}”可有人员姓名，不定稿、不进台账（{clause}）。请另存后打印，填写、签字的原件按保管要求保存。"
    en = (
        "“{paper}” may have names of people, so nothing of it is kept in the ledger ({clause}). Save and print it, and "
        "keep the signed original as the rules say."
    )


class NothingMade(Refusal):
    """A sealed copy came back of a paper that was not made for good."""

    zh = "“{paper}”尚未定稿，不能登记盖章件（{clause}）。请先定稿，用印后再登记。"
    en = "“{paper}” was not made for good, so there is no sealed copy of it ({clause}). Make it for good first."


class NotASealedCopy(Refusal):
    """The sealed copy is neither a PDF nor an OFD file."""

    zh = "盖章件须为 PDF 或 OFD 文件（{clause}）。请从办公系统导出用印后的 PDF 或 OFD，或将纸质件扫描为 PDF。"
    en = (
        "A sealed copy is a PDF or an OFD file ({clause}). Save the sealed paper from the office system as PDF or OFD, "
        "or scan the paper as a PDF."
    )


class TemplateBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Word template of this paper, by the digest of its bytes."""

    template: Document


class MadeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A paper that was made for good.

    - `of`: the stream of the assessment or of the year that it is about.
    - `upto`: the number of the last entry whose facts it says. `made_on`: the day that it takes for today.
    - `template`: the template that was filled; None for Excel. `maker`: the number of the program that filled it.
    - `paper`: the bytes of the paper.
    """

    of: str
    upto: int
    made_on: date
    template: Document | None = None
    maker: int
    paper: Document


class ReturnedBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sealed copy of the paper about `of`."""

    of: str
    copy: Document


class ProposeTemplate(Command, TemplateBody, frozen=True, kw_only=True):
    """Propose a template. It replaces an earlier proposal."""


class AdoptTemplate(Command, TemplateBody, frozen=True, kw_only=True):
    """Use the proposed template from now on. Another person than the proposer adopts it."""


class MakePaper(Command, MadeBody, frozen=True, kw_only=True):
    """Record that a paper was made for good."""


class ReturnPaper(Command, ReturnedBody, frozen=True, kw_only=True):
    """Record the sealed copy of a paper."""


class Proposal(Struct, frozen=True):
    """A template that waits for a second person, and the account that proposed it."""

    template: Document
    by: str


class MadePaper(Struct, frozen=True):
    """The last paper that was made for good about one thing, at this version, and the copies that came back of it."""

    body: MadeBody
    version: int
    copies: tuple[Document, ...] = ()


class PaperHistory(Struct, frozen=True):
    """The state of the stream. `template`: the one that was adopted last; None while the shipped one is in use.

    `made`: by the stream of what the papers are about.
    """

    stream: str = ""
    version: int = 0
    template: Document | None = None
    proposal: Proposal | None = None
    made: dict[str, MadePaper] = {}

    @property
    def key(self) -> str:
        """The key of the paper."""
        return id_of(self.stream)


class PaperFact(Fact, frozen=True, kw_only=True):
    """The base class of the facts about a paper."""

    def fold(self, state: PaperHistory, stamp: Stamp) -> PaperHistory:
        raise NotImplementedError


class TemplateProposed(PaperFact, TemplateBody, frozen=True, kw_only=True):
    """A template was proposed."""

    def fold(self, state: PaperHistory, stamp: Stamp) -> PaperHistory:
        return replace(state, proposal=Proposal(self.template, stamp.actor), version=stamp.version)


class TemplateAdopted(PaperFact, TemplateBody, frozen=True, kw_only=True):
    """From this entry on, the template is in use."""

    def fold(self, state: PaperHistory, stamp: Stamp) -> PaperHistory:
        return replace(state, template=self.template, proposal=None, version=stamp.version)


class PaperMade(PaperFact, MadeBody, frozen=True, kw_only=True):
    """A paper was made for good. It replaces the earlier one about the same thing."""

    def fold(self, state: PaperHistory, stamp: Stamp) -> PaperHistory:
        body = MadeBody(**{name: getattr(self, name) for name in MadeBody.__struct_fields__})
        made = {**state.made, self.of: MadePaper(body, stamp.version)}
        return replace(state, made=made, version=stamp.version)


class PaperReturned(PaperFact, ReturnedBody, frozen=True, kw_only=True):
    """The sealed copy of a paper came back."""

    def fold(self, state: PaperHistory, stamp: Stamp) -> PaperHistory:
        made = state.made[self.of]
        returned = replace(made, copies=(*made.copies, self.copy))
        return replace(state, made={**state.made, self.of: returned}, version=stamp.version)


def roles_of_act(act: str, state: object, rulebook: Rulebook) -> tuple[str, ...]:
    """The roles of a rulebook that have an act on a paper; without a state, on any paper.

    Those who make the paper make it for good and record its sealed copy. A template is proposed and adopted by them and
    by those who approve or announce, so that an office of one has somebody to ask.
    """
    key = state.key if isinstance(state, PaperHistory) else None
    roles = {role for paper in PAPERS.values() if key in (None, paper.key) for role in paper.makers(rulebook)}
    if act in ("propose_template", "adopt_template"):
        roles |= views.roles_doing({"approval", "circulation"}, rulebook)
    return tuple(role for role in rulebook.roles if role in roles and role != CLOCK.role)


def proposer(state: PaperHistory, record: object, context: Context) -> set[str]:
    """The account that proposed the template that waits."""
    return {state.proposal.by} if state.proposal is not None else set()


def check_proposal(state: PaperHistory, record: TemplateBody, context: Context) -> None:
    """Refuse a template of an Excel paper, and the one that is in use or proposed already."""
    paper = _paper(state)
    if paper.file != "docx":
        raise NoOwnTemplate(paper=paper.title, clause=CLAUSE)
    check_document(_title("template"), record.template, CLAUSE)
    waiting = state.proposal.template if state.proposal is not None else None
    if record.template in (state.template, waiting):
        why = Text(zh="这一模板已在使用或已提出", en="this template is in use or proposed already")
        raise NothingToDo(act=TITLES["propose_template"], why=why, clause=CLAUSE)


def check_adoption(state: PaperHistory, record: TemplateBody, context: Context) -> None:
    """Refuse another template than the one that is proposed."""
    _paper(state)
    if state.proposal is None or state.proposal.template != record.template:
        raise OtherProposal(clause=CLAUSE)


def check_made(state: PaperHistory, record: MadeBody, context: Context) -> None:
    """Refuse a paper with names of people, about a wrong thing, in another template, or about the own department."""
    paper = _paper(state)
    if paper.has_persons:
        raise NamesNotKept(paper=paper.title, clause=CLAUSE)
    faults = FaultCollector(CLAUSE)
    with faults.at("of"):
        _check_about(paper, record.of)
    with faults.at("template"):
        _check_template(paper, state, record.template)
    with faults.at("upto"):
        check_in_range(_title("upto"), record.upto, CLAUSE, low=1, high=MOST_ENTRIES)
    with faults.at("maker"):
        check_in_range(_title("maker"), record.maker, CLAUSE, low=1)
    with faults.at("made_on"):
        check_not_in_future(_title("made_on"), record.made_on, context, CLAUSE)
    with faults.at("paper"):
        check_document(_title("paper"), record.paper, CLAUSE)
    faults.end()
    _check_recusal(paper, record.of, "make_paper", context)


def check_return(state: PaperHistory, record: ReturnedBody, context: Context) -> None:
    """Refuse the copy of a paper that was not made for good, one that is no sealed copy, and one that is there already."""
    paper = _paper(state)
    made = state.made.get(record.of)
    if made is None:
        raise NothingMade(paper=paper.title, clause=CLAUSE)
    check_document(_title("copy"), record.copy, CLAUSE)
    if record.copy.media_type not in SEALED_COPIES:
        raise NotASealedCopy(clause=CLAUSE)
    if record.copy in made.copies:
        why = Text(zh="这一盖章件已登记", en="this sealed copy is recorded already")
        raise NothingToDo(act=TITLES["return_paper"], why=why, clause=CLAUSE)
    _check_recusal(paper, record.of, "return_paper", context)


def _paper(state: PaperHistory) -> Paper:
    if state.key not in PAPERS:
        raise NotKnown(what=Text(zh="文书", en="paper"), value=state.key, known=", ".join(PAPERS), clause=CLAUSE)
    return PAPERS[state.key]


def _title(field: str) -> Text:
    return title_of(field, PaperMade.kind) or FIELD_TITLES[field]


def _check_template(paper: Paper, state: PaperHistory, template: Document | None) -> None:
    """Refuse a Word paper without a template or in another one than was adopted, and an Excel paper with one."""
    if paper.file != "docx":
        if template is not None:
            raise NoOwnTemplate(paper=paper.title, clause=CLAUSE)
        return
    if template is None or state.template not in (None, template):
        raise OtherTemplate(paper=paper.title, clause=CLAUSE)
    check_document(_title("template"), template, CLAUSE)


def _check_about(paper: Paper, of: str) -> None:
    """Refuse the name of a stream that is not of the kind that the paper is about."""
    privacy.check_stream(of)
    if Stream.parse(of).kind != paper.of:
        raise NotKnown(
            what=Text(zh="文书所属", en="what the paper is about"), value=of, known=f"{paper.of}/…", clause=CLAUSE
        )


def _check_recusal(paper: Paper, of: str, act: str, context: Context) -> None:
    """第四条（三）, F16: nobody of a department makes what says how it was judged; of a deputy, neither of the two."""
    unit = Stream.parse(of).unit
    if unit is None or not paper.says_judgement:
        return
    for own in context.actor.units:
        if is_recused(own, unit, context.roster):
            whose = (
                Text(zh="本人所在", en="your own")
                if own == context.actor.unit
                else Text(zh="委托人所在", en="your principal's")
            )
            clause = context.rulebook.readings["recusal"].clause
            raise OwnUnit(act=TITLES[act], whose=whose, unit=unit, clause=clause)
