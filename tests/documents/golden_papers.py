"""The digests of papers that are made of fixed templates and values: `tests/golden/papers.json`.

The same template, values and maker must give the same bytes for ever, because a paper is proved by making it again. Of
each paper the file has the digest of its template, of its values and of its bytes: so it shows whether other bytes
come from another template, from other values, or from another way of filling, which needs another `MAKER`.

Not here: the papers of a ledger, and writing the file (`tests/console/golden_papers.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from documents.papers.tables import NAMES
from documents.papers.templates.shipped import shipped_template
from documents.word.filling import MAKER, fill
from documents.word.names import NameTable, Values, example_values
from states.papers.catalogue import PAPERS

from .official import NAMES as OFFICIAL_NAMES
from .official import VALUES, results

GOLDEN = Path(__file__).parents[1] / "golden"
FILE = GOLDEN / "papers.json"
KEPT = sorted(GOLDEN.glob("template-*.docx"))
"""Templates that never change, as other programs save them: packed, with their own parts and namespaces."""


class GoldenPaper(Struct, frozen=True):
    """The digests of one paper: of its template, of its values, and of its bytes."""

    template: str
    values: str
    paper: str


class Golden(Struct, frozen=True):
    """The digests of all papers, and the version of the filling that made them."""

    maker: int
    papers: dict[str, GoldenPaper]


def made(template: bytes, names: NameTable, values: Values, title: str) -> GoldenPaper:
    """Make a paper and take its digests."""
    return GoldenPaper(digest(template), digest_of_values(values), digest(fill(template, names, values, title)))


def digest_of_values(values: Values) -> str:
    return digest(msgspec.json.encode(values, order="sorted"))


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def of_examples() -> dict[str, GoldenPaper]:
    """Each paper of the catalogue with the examples of its names, and the kept templates with fixed values."""
    papers = {
        f"example {key}": made(shipped_template(key), NAMES[key], example_values(NAMES[key]), paper.title.zh)
        for key, paper in PAPERS.items()
        if paper.file == "docx"
    }
    values: Values = {**VALUES, "results": results(3)}
    kept = {file.stem: made(file.read_bytes(), OFFICIAL_NAMES, values, "考核结果的通报") for file in KEPT}
    return {**kept, **papers}


def read() -> Golden:
    return msgspec.json.decode(FILE.read_bytes(), type=Golden)


def with_other_bytes(now: Mapping[str, GoldenPaper], before: Golden) -> list[str]:
    """The papers that the same template and the same values no longer make, although the maker has the same number."""
    if before.maker != MAKER:
        return []
    return [
        key
        for key, paper in now.items()
        if (old := before.papers.get(key)) is not None
        and (old.template, old.values) == (paper.template, paper.values)
        and old.paper != paper.paper
    ]
