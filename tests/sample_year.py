"""The sample college's year (`kaohe demo`), lived once in a test process for each database and copied for every test.

`new_url(dialect, sixteen)` is a database that holds it; `summary_of(url)` is what the run that lived it summed up.
"""

from __future__ import annotations

from typing import Any

from config.rulebooks import DEFAULT_EDITION_ID, load_edition, shipped_editions
from demo.year import run

EDITION = load_edition(shipped_editions()[DEFAULT_EDITION_ID])
_SUMMARIES: dict[tuple[bool, int], dict[str, Any]] = {}


def live(url: str, count: int = 16, seed: int = 2026) -> dict[str, Any]:
    """Let the year of so many units happen in this database; its summary."""
    return run(url, EDITION, 2026, count, seed, lambda *_: None)


def sixteen(url: str) -> None:
    """The year of sixteen units, every turn in it."""
    _SUMMARIES[_on_postgres(url), 16] = live(url)


def four(url: str) -> None:
    """The year of four units."""
    _SUMMARIES[_on_postgres(url), 4] = live(url, 4)


def summary_of(url: str, count: int = 16) -> dict[str, Any]:
    """The summary of the run that filled this kind of database."""
    return _SUMMARIES[_on_postgres(url), count]


def _on_postgres(url: str) -> bool:
    return url.startswith("postgresql")
