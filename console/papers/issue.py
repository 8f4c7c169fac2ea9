"""Makes papers for good (定稿): the bytes are stored, and a command says what they were made of.

They are made just as they are made again later (`remake.py`): from the states after one entry, so that nothing written
meanwhile is half in them. Not here: whether the actor may (`states/papers/issue.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from documents.kinds import KINDS
from documents.word.filling import MAKER
from states.papers.issue import MakePaper
from states.papers.paper import Paper
from states.user_errors import UserError
from states.vocabulary import Digest, Document
from storage.papers import documents
from workflow.engine import Engine
from workflow.papers.sources import PaperSources, past_sources

from .making import fill_paper, sheets_from, template_in_use, values_from, write_sheets
from .sheets.source import OPERATOR, SheetReader


def issue(engine: Engine, paper: Paper, about: Iterable[str]) -> Iterator[tuple[str, MakePaper | UserError]]:
    """For each stream of `about`: the command that records its paper, or why it cannot be made.

    The bytes of the paper and of its template are stored before. The command is not submitted here.
    """
    compiled, upto = engine.editions.in_force, engine.ledger.head().number
    today = compiled.today(engine.clock.now())
    template = template_in_use(engine, paper) if paper.file == "docx" else None
    sources = past_sources(engine, upto, compiled.pin, today)
    for of in about:
        try:
            data = make_from(engine, sources, paper, of, template)
        except UserError as reason:
            yield of, reason
        else:
            yield of, _command(engine, paper, of, upto, today, template, data)


def make_from(engine: Engine, sources: PaperSources, paper: Paper, of: str, template: bytes | None) -> bytes:
    """The bytes of a paper without names of people, from these sources. `template`: None for Excel."""
    if template is None:
        return write_sheets(sheets_from(sources, paper, of, SheetReader(engine, OPERATOR)))
    return fill_paper(paper, values_from(sources, paper, of), template)


def _command(
    engine: Engine, paper: Paper, of: str, upto: int, today: date, template: bytes | None, data: bytes
) -> MakePaper:
    return MakePaper(
        of=of,
        upto=upto,
        made_on=today,
        template=store_file(engine, template, "docx") if template is not None else None,
        maker=MAKER,
        paper=store_file(engine, data, paper.file),
    )


def store_file(engine: Engine, data: bytes, ending: str) -> Document:
    """Store a Word or Excel file, unless it is stored already. Returns its reference for an entry."""
    media_type = KINDS[ending].media_type
    digest = documents.store(engine.ledger.database, data, media_type, engine.clock.now())
    return Document(sha256=Digest(digest), size=len(data), media_type=media_type)
