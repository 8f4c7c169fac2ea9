"""The year of the sample college (`kaohe demo`): run once for each kind of database in a test process, then copied.

`new_url(dialect, sixteen)` is the URL of a database with this year. `summary_of(url)` has the figures of that run.
"""

from __future__ import annotations

from typing import Any

from config.rulebooks import DEFAULT_EDITION_ID, load_edition, shipped_editions
from demo.year import run

EDITION = load_edition(shipped_editions()[DEFAULT_EDITION_ID])
_SUMMARIES: dict[tuple[bool, int], dict[str, Any]] = {}


def live(url: str, count: int = 16, seed: int = 2026) -> dict[str, Any]:
    """Run the year of `count` departments in this database. Returns its figures."""
    return run(url, EDITION, 2026, count, seed, lambda *_: None)


def sixteen(url: str) -> None:
    """Run the year of sixteen departments, with every special event of the sample."""
    _SUMMARIES[_on_postgres(url), 16] = live(url)


def four(url: str) -> None:
    """Run the year of four departments."""
    _SUMMARIES[_on_postgres(url), 4] = live(url, 4)


def summary_of(url: str, count: int = 16) -> dict[str, Any]:
    """The figures of the run that filled this kind of database."""
    return _SUMMARIES[_on_postgres(url), count]


def _on_postgres(url: str) -> bool:
    return url.startswith("postgresql")
