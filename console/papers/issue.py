"""Makes papers for good (定稿): the bytes are stored, and a command says what they were made of.

They are made just as they are made again later (`remake.py`): from the states after one entry, so that nothing written
meanwhile is half in them. Not here: whether the actor may (`states/papers/issue.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from documents.kinds import KINDS
from states.papers.issue import MakePaper
from states.papers.paper import Paper
from states.user_errors import UserError
from states.vocabulary import Digest, Document
from storage.papers import documents
from workflow.engine import Engine
from workflow.papers.sources import PaperSources, past_sources

from .making import MAKERS, fill_paper, sheets_from, template_in_use, values_from, write_sheets


def issue(engine: Engine, paper: Paper, about: Iterable[str]) -> Iterator[tuple[str, MakePaper | UserError]]:
    """For each stream of `about`: the command that records its paper, or why it cannot be made.

    The bytes of the paper and of its template are stored before. The command is not submitted here.
    """
    compiled, upto = engine.editions.in_force, engine.ledger.head().number
    today, template = compiled.today(engine.clock.now()), template_in_use(engine, paper)
    sources = past_sources(engine, upto, compiled.pin, today)
    for of in about:
        try:
            yield of, _command(engine, paper, of, upto, today, template, make_from(sources, paper, of, template))
        except UserError as reason:
            yield of, reason


def make_from(sources: PaperSources, paper: Paper, of: str, template: bytes | None) -> bytes:
    """The bytes of a paper without names of people, from these sources. `template`: None for an Excel paper."""
    if template is None:
        return write_sheets(sheets_from(sources, paper, of))
    return fill_paper(paper, values_from(sources, paper, of), template)


def _command(
    engine: Engine, paper: Paper, of: str, upto: int, today: date, template: bytes | None, data: bytes
) -> MakePaper:
    return MakePaper(
        of=of,
        upto=upto,
        made_on=today,
        template=None if template is None else store_file(engine, template, KINDS["docx"].media_type),
        maker=MAKERS[paper.file],
        paper=store_file(engine, data, KINDS[paper.file].media_type),
    )


def store_file(engine: Engine, data: bytes, media_type: str) -> Document:
    """Store a file, unless it is stored already. Returns its reference for an entry."""
    digest = documents.store(engine.ledger.database, data, media_type, engine.clock.now())
    return Document(sha256=Digest(digest), size=len(data), media_type=media_type)
