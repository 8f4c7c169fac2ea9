"""Makes a recorded paper again, from the ledger as it was, and compares the bytes: the same, or why not.

For an auditor: what a paper says was in the ledger when it was made. Not here: whether the ledger is whole, which the
replay says (`audit/replay.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from states.custody.tables import HOLIDAYS
from states.papers.catalogue import PAPERS
from states.papers.issue import PaperMade
from states.papers.paper import Paper
from states.papers.template import PaperTemplate
from states.streams import Stream, table_stream, template_stream
from states.user_errors import UserError
from states.vocabulary import Text
from storage.ledger import timeline
from storage.ledger.chain import Entry, decode
from storage.ledger.facts import fact_of
from storage.papers import documents
from workflow.engine import Engine
from workflow.papers.sources import PastStates, past_sources

from .issue import make_from
from .making import MAKERS


class NoPaperEntry(UserError):
    """The entry does not record a paper that was made for good."""

    zh = "第 {number} 条记录不是文书定稿。用 kaohe papers remake（不写编号）可核对全部定稿。"
    en = (
        "Entry {number} does not record a paper. kaohe papers remake without a number makes every recorded paper again."
    )


class Remade(Struct, frozen=True):
    """What came of making a recorded paper again. `data`: the bytes, None if there are none.

    `reasons`: why it is not the same, or what is wrong with it all the same: another template than the one in use, or
    entries that were not there yet.
    """

    entry: Entry
    fact: PaperMade
    data: bytes | None
    reasons: tuple[Text, ...] = ()

    @property
    def paper(self) -> Paper:
        return _paper_of(self.entry)

    @property
    def is_right(self) -> bool:
        return self.is_same and not self.reasons

    @property
    def is_same(self) -> bool:
        return self.data is not None and sha256(self.data).hexdigest() == self.fact.paper.sha256


def remake(engine: Engine, entry: Entry) -> Remade:
    """Make the paper of an entry again. Raises `NoPaperEntry`."""
    fact = fact_of(entry)
    if not isinstance(fact, PaperMade):
        raise NoPaperEntry(number=entry.number)
    try:
        data = _make(engine, entry, fact)
    except UserError as error:
        return Remade(entry, fact, None, (error.text, *_differences(engine, entry, fact)))
    remade = Remade(entry, fact, data, (*_later_entries(entry, fact), *_other_template(engine, entry, fact)))
    if remade.is_same:
        return remade
    return replace(remade, reasons=(*remade.reasons, *(tuple(_differences(engine, entry, fact)) or (_UNKNOWN,))))


def recorded_papers(engine: Engine, number: int | None = None) -> Iterator[Entry]:
    """The entry with this number, or every entry that records a paper, in order. Raises `NoPaperEntry`."""
    if number is None:
        bodies = timeline.bodies_of_kinds(engine.ledger.database, [PaperMade.kind], 0, engine.ledger.head().number)
        yield from map(decode, bodies)
        return
    rows = list(engine.ledger.rows(number - 1, number)) if number > 0 else []
    if not rows:
        raise NoPaperEntry(number=number)
    yield decode(rows[0][4])


def _make(engine: Engine, entry: Entry, fact: PaperMade) -> bytes:
    template = None
    if fact.template is not None:
        template = documents.read(engine.ledger.database, fact.template.sha256)
        if template is None:
            raise TemplateOfPaperLost(digest=fact.template.sha256[:12])
    sources = past_sources(engine, fact.upto, entry.rulebook, fact.made_on)
    return make_from(sources, _paper_of(entry), fact.of, template)


class TemplateOfPaperLost(UserError):
    """The template of a recorded paper is not stored any more, or its bytes are damaged."""

    zh = "当时所用的模板（摘要 {digest}…）在系统中已找不到或已损坏。"
    en = "The template that was used (digest {digest}…) is missing or damaged."


def _later_entries(entry: Entry, fact: PaperMade) -> Iterator[Text]:
    """That the paper names a last entry which was not there yet: what it says would change with every new entry."""
    if fact.upto >= entry.number:
        yield Text(
            zh=f"称依据至第 {fact.upto} 条记录，定稿时还没有该记录",
            en=f"it claims to rest on entry {fact.upto}, which was not there yet",
        )


def _other_template(engine: Engine, entry: Entry, fact: PaperMade) -> Iterator[Text]:
    """That another template was in use when the paper was made."""
    # The shipped template of that release is not known any more, so only an adopted one is compared.
    state = PastStates(engine, entry.number, entry.rulebook).state(template_stream(_paper_of(entry).key))
    if isinstance(state, PaperTemplate) and state.adopted not in (None, fact.template):
        yield Text(zh="所用的不是当时启用的模板", en="it was filled into another template than the one that was in use")


def _differences(engine: Engine, entry: Entry, fact: PaperMade) -> Iterator[Text]:
    """What is known to differ between the day of the paper and today."""
    maker = MAKERS[_paper_of(entry).file]
    if fact.maker != maker:
        yield Text(
            zh=f"当时的制作程序为第 {fact.maker} 版，现为第 {maker} 版",
            en=f"number {fact.maker} of the program filled it then, and it is number {maker} now",
        )
    past, holidays = PastStates(engine, fact.upto, entry.rulebook), table_stream(HOLIDAYS)
    if past.state(holidays) != engine.state(holidays):
        yield Text(zh="放假安排已重新导入，工作日有变化", en="the days off were imported again since")


def _paper_of(entry: Entry) -> Paper:
    return PAPERS[Stream.parse(entry.stream).path[-1]]


_UNKNOWN = Text(
    zh="所依据的记录或程序有变化，请回放台账核验（kaohe replay）",
    en="the entries that it rests on or the program have changed: replay the ledger (kaohe replay)",
)
