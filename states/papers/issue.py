"""The stream `paper/<year>/<key>`: which papers were made for good (定稿) in a year, and which came back sealed.

A paper made for good is stored, with what is needed to make the same bytes again: the last entry that was read, the
day, the template, and the number of the program that filled it. What the office prints only to look at is no fact. Not
here: the bytes (`storage/papers/documents.py`), and whether they come out the same again (`console/papers/remake.py`).
"""

# A paper with names of people is never made for good: an entry cannot be erased, and the digest of a paper that has a
# short list of names in it can be guessed from the names (decision 0065).

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from states import privacy
from states.context import Context
from states.guards import FaultCollector, check_document, check_in_range, check_not_in_future
from states.records.lineage import is_recused
from states.refusals import YOUR_OWN, YOUR_PRINCIPALS, NothingToDo, NotKnown, OwnUnit, Refusal
from states.rulebook.types import Rulebook
from states.streams import Stream
from states.titles import FIELD_TITLES
from states.vocabulary import Command, Document, Fact, Stamp, Text

from .catalogue import PAPERS, find_paper
from .paper import CLAUSE, Paper

SEALED_COPIES: Mapping[str, str] = {"application/pdf": "PDF", "application/ofd": "OFD"}
"""The media types that a sealed copy may have, with what people call them."""

MOST_ENTRIES = 10**9
"""More entries than any ledger has."""

ROLES_OF_ACT: Mapping[str, tuple[str, ...]] = {"make_paper": (), "return_paper": ()}
"""No role is fixed: each rulebook gives them (`roles_of_rulebook`)."""

TITLES: Mapping[str, Text] = {
    "make_paper": Text(zh="文书定稿", en="make a paper for good"),
    "return_paper": Text(zh="登记盖章件", en="record the sealed copy"),
}


class WrongTemplate(Refusal):
    """A Word paper without a template, or an Excel paper with one."""

    zh = "“{paper}”所用的模板不对：Word 文书须有模板，Excel 表没有模板（{clause}）。请在文书页面上定稿。"
    en = (
        "“{paper}” was made with a wrong template: a Word paper has one, and an Excel sheet has none ({clause}). Make "
        "it on the page of papers."
    )


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


class PaperSubject(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a paper is about: the stream of an assessment or of a year."""

    of: str

    @property
    def unit(self) -> str | None:
        """The department that the act concerns (`states/policy.py`); None for a year."""
        return Stream.parse(self.of).unit


class MadeBody(PaperSubject, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A paper that was made for good.

    - `upto`: the number of the last entry whose facts it says. `made_on`: the day that it takes for today.
    - `template`: the template that was filled; None for Excel. `maker`: the number of the program that filled it.
    - `paper`: the bytes of the paper.
    """

    upto: int
    made_on: date
    template: Document | None = None
    maker: int
    paper: Document


class ReturnedBody(PaperSubject, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sealed copy of the paper about `of`."""

    copy: Document


class MakePaper(Command, MadeBody, frozen=True, kw_only=True):
    """Record that a paper was made for good."""


class ReturnPaper(Command, ReturnedBody, frozen=True, kw_only=True):
    """Record the sealed copy of a paper."""


class MadePaper(Struct, frozen=True):
    """The last paper that was made for good about one thing, at this version, and the copies that came back of it.

    `earlier`: the papers before it that came back sealed. They were sent, so they stay: a year may have two circulars.
    """

    body: MadeBody
    version: int
    copies: tuple[Document, ...] = ()
    earlier: tuple[MadePaper, ...] = ()


class PapersOfYear(Struct, frozen=True):
    """The state of the stream. `made`: by the stream of what each paper is about."""

    stream: str = ""
    version: int = 0
    made: dict[str, MadePaper] = {}

    @property
    def key(self) -> str:
        """The key of the paper."""
        return Stream.parse(self.stream).path[-1]


class PaperFact(Fact, frozen=True, kw_only=True):
    """The base class of the facts about papers made for good."""

    def fold(self, state: PapersOfYear, stamp: Stamp) -> PapersOfYear:
        raise NotImplementedError


class PaperMade(PaperFact, MadeBody, frozen=True, kw_only=True):
    """A paper was made for good. It replaces the earlier one about the same thing, unless that came back sealed."""

    def fold(self, state: PapersOfYear, stamp: Stamp) -> PapersOfYear:
        body = MadeBody(**{name: getattr(self, name) for name in MadeBody.__struct_fields__})
        before = state.made.get(self.of)
        earlier = before.earlier if before is not None else ()
        if before is not None and before.copies:
            earlier = (*earlier, replace(before, earlier=()))
        made = {**state.made, self.of: MadePaper(body, stamp.version, earlier=earlier)}
        return replace(state, made=made, version=stamp.version)


class PaperReturned(PaperFact, ReturnedBody, frozen=True, kw_only=True):
    """The sealed copy of a paper came back."""

    def fold(self, state: PapersOfYear, stamp: Stamp) -> PapersOfYear:
        made = state.made[self.of]
        returned = replace(made, copies=(*made.copies, self.copy))
        return replace(state, made={**state.made, self.of: returned}, version=stamp.version)


def roles_of_rulebook(state: object, rulebook: Rulebook) -> tuple[str, ...]:
    """The roles that make a paper for good and record its sealed copy: its makers. Without a state, of any paper."""
    keys = [state.key] if isinstance(state, PapersOfYear) else [*PAPERS]
    roles = {role for key in keys if key in PAPERS for role in PAPERS[key].makers(rulebook)}
    return tuple(role for role in rulebook.roles if role in roles)


def check_made(state: PapersOfYear, record: MadeBody, context: Context) -> None:
    """Refuse a paper with names of people, about a wrong thing, with a wrong template, or about the own department."""
    paper = find_paper(state.key)
    if paper.has_persons:
        raise NamesNotKept(paper=paper.title, clause=CLAUSE)
    faults = FaultCollector(CLAUSE)
    with faults.at("of"):
        _check_about(paper, state, record.of)
    with faults.at("template"):
        _check_template(paper, record.template)
    with faults.at("upto"):
        check_in_range(FIELD_TITLES["upto"], record.upto, CLAUSE, low=1, high=MOST_ENTRIES)
    with faults.at("maker"):
        check_in_range(FIELD_TITLES["maker"], record.maker, CLAUSE, low=1)
    with faults.at("made_on"):
        check_not_in_future(FIELD_TITLES["made_on"], record.made_on, context, CLAUSE)
    with faults.at("paper"):
        check_document(FIELD_TITLES["paper"], record.paper, CLAUSE)
    faults.end()
    _check_recusal(paper, record.of, "make_paper", context)
    # A second time would only drop the sealed copies.
    made = state.made.get(record.of)
    if made is not None and made.body.paper == record.paper:
        why = Text(zh="已定稿的这份文书没有变化", en="the paper made for good has not changed")
        raise NothingToDo(act=TITLES["make_paper"], why=why, clause=CLAUSE)


def check_return(state: PapersOfYear, record: ReturnedBody, context: Context) -> None:
    """Refuse the copy of a paper that was not made for good, one that is no sealed copy, and one that is there already."""
    paper = find_paper(state.key)
    made = state.made.get(record.of)
    if made is None:
        raise NothingMade(paper=paper.title, clause=CLAUSE)
    check_document(FIELD_TITLES["copy"], record.copy, CLAUSE)
    if record.copy.media_type not in SEALED_COPIES:
        raise NotASealedCopy(clause=CLAUSE)
    if record.copy in made.copies:
        why = Text(zh="这一盖章件已登记", en="this sealed copy is recorded already")
        raise NothingToDo(act=TITLES["return_paper"], why=why, clause=CLAUSE)
    _check_recusal(paper, record.of, "return_paper", context)


def _check_template(paper: Paper, template: Document | None) -> None:
    # Another stream has the template in use, so whether it is this one is asked when the paper is made again.
    if (template is not None) != (paper.file == "docx"):
        raise WrongTemplate(paper=paper.title, clause=CLAUSE)
    if template is not None:
        check_document(FIELD_TITLES["template"], template, CLAUSE)


def _check_about(paper: Paper, state: PapersOfYear, of: str) -> None:
    """Refuse the name of a stream that is not of the kind that the paper is about, or of another year."""
    privacy.check_stream(of)
    about, year = Stream.parse(of), Stream.parse(state.stream).year
    if (about.kind, about.year) != (paper.of, year):
        what = Text(zh="文书所属的年度或考核", en="year or assessment of such a paper")
        raise NotKnown(what=what, value=of, known=f"{paper.of}/{year}/…", clause=CLAUSE)


def _check_recusal(paper: Paper, of: str, act: str, context: Context) -> None:
    """第四条（三）, F16: nobody of a department makes what says how it was judged; of a deputy, neither of the two."""
    unit = Stream.parse(of).unit
    if unit is None or not paper.says_judgement:
        return
    for own in context.actor.units:
        if is_recused(own, unit, context.roster):
            whose = YOUR_OWN if own == context.actor.unit else YOUR_PRINCIPALS
            clause = context.rulebook.readings["recusal"].clause
            raise OwnUnit(act=TITLES[act], whose=whose, unit=unit, clause=clause)
