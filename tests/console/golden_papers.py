"""Writes `tests/golden/papers.json` again (`make papers`): the digests of the papers of all examples and of one ledger.

It refuses if the same template and values give other bytes and `MAKER` in documents/word/filling.py is still the same:
papers that an office has issued could no longer be made again.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from config.clock import VirtualClock
from config.logs import set_up_log
from console.papers.making import fill_paper, sheets_from, stream_of_paper, values_of, write_sheets
from console.papers.sheets.source import OPERATOR, SheetDatabase
from documents.papers.templates.shipped import shipped_template
from documents.sheets import writing
from documents.word.filling import MAKER
from states.papers.catalogue import PAPERS
from states.papers.paper import Paper
from states.user_errors import UserError
from tests.documents.golden_papers import (
    FILE,
    Golden,
    GoldenPaper,
    digest,
    digest_of_values,
    of_examples,
    read,
    with_other_bytes,
)
from tests.sample_year import EDITION, sixteen
from workflow import wiring
from workflow.engine import Engine
from workflow.papers.sources import present_sources

NOW = datetime(2027, 3, 1, tzinfo=UTC)
"""The day on which the papers of the ledger are made."""
UNIT = "u07"
"""A department whose result has tasks, so that it has nearly every paper."""


def of_ledger(url: str) -> dict[str, GoldenPaper]:
    """The papers of the sample college's year and of one of its departments, without those that are refused."""
    papers = {}
    with wiring.compose_engine(url, VirtualClock(NOW), EDITION) as engine:
        for key, paper in PAPERS.items():
            make = word_paper if paper.file == "docx" else excel_paper
            with suppress(UserError):
                papers[f"ledger {key}"] = make(
                    engine, paper, stream_of_paper(2026, None if paper.of == "year" else UNIT)
                )
    return papers


def word_paper(engine: Engine, paper: Paper, of: str) -> GoldenPaper:
    template, values = shipped_template(paper.key), values_of(engine, paper, of)
    return GoldenPaper(digest(template), digest_of_values(values), digest(fill_paper(paper, values, template)))


def excel_paper(engine: Engine, paper: Paper, of: str) -> GoldenPaper:
    """The digests of an Excel paper. In place of a template it has the number of the program that writes it."""
    sheets = sheets_from(present_sources(engine), paper, of, SheetDatabase(engine, OPERATOR))
    return GoldenPaper(f"sheets {writing.MAKER}", digest(repr(sheets).encode()), digest(write_sheets(sheets)))


def all_papers() -> dict[str, GoldenPaper]:
    """The papers of all examples and of the sample college's year, which is run for it."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'kaohe.db'}"
        sixteen(url)
        return {**of_examples(), **of_ledger(url)}


def main() -> int:
    set_up_log()
    now = all_papers()
    if FILE.exists() and (changed := with_other_bytes(now, read())):
        sys.stderr.write(f"Not written. {REMEDY}\n  {', '.join(changed)}\n")
        return 1
    FILE.write_bytes(
        msgspec.json.format(msgspec.json.encode(Golden(MAKER, dict(sorted(now.items())))), indent=1) + b"\n"
    )
    return 0


REMEDY = (
    "The same template and the same values give other bytes. Papers that an office has issued could no longer be made "
    "again: either undo the change, or give MAKER in documents/word/filling.py a new number, keep the old maker as long "
    "as its papers must be made again, and run `make papers`."
)
"""What to do if papers have changed."""


if __name__ == "__main__":
    sys.exit(main())
