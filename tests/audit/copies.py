"""Makes a small ledger with the engine, and copies of ledgers in memory that a test can forge.

Also here: `find_defects`, which replays a copy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from hypothesis import settings

from audit.reader import HeadRow, Projection, Reader, SealTables
from audit.replay import replay
from config.clock import VirtualClock
from config.rulebooks import default_edition
from demo.college import units
from demo.sample import Sample
from demo.steps import steps_of_year
from scheduler.simulation import Simulation
from storage.database.database import Database
from storage.ledger.chain import GENESIS, StoredEntry, encode_canonical
from storage.ledger.ledger import Ledger
from storage.vault.account_secrets import AccessRow
from tests.college import Silent
from workflow.engine import Engine
from workflow.year import open_year

YEAR = 2026
MEANWHILE = datetime(2026, 12, 10, tzinfo=UTC)
"""A day in the middle of the year's steps."""
WANTED = (3, 6, 8, 9, 10, 11, 14)
"""The departments that take part, by their number in the sample. Each has a special event.

They are: returned, vetoed, stale score, void ballot, undone, rescinded, and an attempt on the own department.
"""


_COMMAND = re.compile(r'"command":"([^"]*)"')


def live(url: str, until: datetime | None = None) -> None:
    """Run some departments of the sample through their year in the database at `url`, to its end or to `until`.

    The commands for the other departments are refused, because their assessments were not opened.
    """
    edition = default_edition()
    everybody = units(16, seed=7)
    sample = Sample(everybody, edition.rulebook, YEAR, seed=7)
    ours = [everybody[turn] for turn in WANTED]
    clock = VirtualClock(sample.start.astimezone(UTC))
    engine = Engine(Ledger(Database.open(url)), clock, edition, Silent())
    open_year(engine, YEAR, ours, sample.office, lambda day: day.weekday() < 5)
    Simulation(engine, clock).run(steps_of_year(sample), until or sample.end)
    engine.ledger.close()
    engine.ledger.database.close()


def live_meanwhile(url: str) -> None:
    """Run the same departments to the middle of the year."""
    live(url, MEANWHILE)


class Copy:
    """A `Reader` over lists. It is never changed: a method that changes something returns another copy."""

    def __init__(
        self, rows: list[StoredEntry], projected: list[Projection], stored_rulebooks: Mapping[str, tuple[str, str]], end: HeadRow | None,
        ids: list[tuple[str, int, int]] | None = None, vouching: SealTables | None = None,
    ) -> None:  # fmt: skip
        self.rows = rows
        self.projected = projected
        self.stored_rulebooks = stored_rulebooks
        self.end = end
        self.ids = ids
        self.vouching = vouching or SealTables()

    @classmethod
    def of(cls, reader: Reader) -> Copy:
        return cls(
            list(reader.entries()), list(reader.projections() or ()), dict(reader.rulebooks()), reader.head(),
            vouching=reader.seals(),
        )  # fmt: skip

    def entries(self, after: int = 0) -> Iterator[StoredEntry]:
        return iter([row for row in self.rows if row[0] > after] if after else self.rows)

    def projections(self) -> Iterator[Projection]:
        return iter(self.projected)

    def rulebooks(self) -> Mapping[str, tuple[str, str]]:
        return self.stored_rulebooks

    def command_ids(self) -> Iterator[tuple[str, int, int]]:
        """The rows of the table of command ids: `ids`, or else those that fit the entries."""
        return iter(self.named() if self.ids is None else self.ids)

    def named(self) -> list[tuple[str, int, int]]:
        """The rows of the table of command ids that fit the entries."""
        rows = ((_COMMAND.search(row[4]), row) for row in self.rows if '"kind":"RefusedCommand"' not in row[4])
        return list({(match[1], row[0], row[0]): None for match, row in rows if match})

    def head(self) -> HeadRow | None:
        return self.end

    def seals(self) -> SealTables:
        return self.vouching

    def access_rows(self) -> Sequence[AccessRow]:
        return ()

    def highest_references(self) -> Mapping[str, int]:
        return {}

    def changed(self, **parts: Any) -> Copy:
        """A copy with other `rows`, `projected`, `stored_rulebooks`, `end`, `ids` or `vouching`."""
        own = {
            name: getattr(self, name) for name in ("rows", "projected", "stored_rulebooks", "end", "ids", "vouching")
        }
        return Copy(**{**own, **parts})

    def with_body(self, number: int, body: bytes) -> Copy:
        """A copy in which only the body of one entry is replaced. Bytes that are no text stay, as a database returns them."""
        row = self.rows[number - 1]
        text = body.decode(errors="surrogateescape")
        return self.with_row(number, (*row[:4], text, row[5]))

    def with_row(self, number: int, row: StoredEntry) -> Copy:
        return self.changed(rows=[*self.rows[: number - 1], row, *self.rows[number:]])

    def forged(self, number: int, change: Callable[[dict[str, Any]], object]) -> Copy:
        """A copy with one entry changed by `change`, and with correct digests, links and head."""
        bodies = [json.loads(row[4]) for row in self.rows[number - 1 :]]
        change(bodies[0])
        return self.rechained(number, bodies)

    def rechained(self, number: int, bodies: list[dict[str, Any]]) -> Copy:
        """A copy with these entries from `number` on, with correct numbers, links, digests and head."""
        link = self.rows[number - 2][5] if number > 1 else GENESIS
        rows = list(self.rows[: number - 1])
        for at, body in enumerate(bodies, number):
            raw = encode_canonical({**body, "number": at, "previous": link})
            link = sha256(raw).hexdigest()
            rows.append((at, str(body["stream"]), body["version"], str(body["kind"]), raw.decode(), link))
        return self.changed(rows=rows, end=(len(rows), link, bodies[-1]["recorded_at"] if bodies else None))

    def bodies(self, start: int = 1) -> list[dict[str, Any]]:
        """The body of every entry from `start` on, as an object."""
        return [json.loads(row[4]) for row in self.rows[start - 1 :]]

    def first(self, kind: str, of: str = "") -> int:
        """The number of the first entry of a kind, in a stream whose name contains `of`."""
        return next(row[0] for row in self.rows if row[3] == kind and of in row[1])

    def with_projection(self, at: int, **values: Any) -> Copy:
        projected = deepcopy(self.projected)
        projected[at][1].update(values)
        return self.changed(projected=projected)


Body = dict[str, Any]
# Each example replays the whole ledger. Thirty still draw the first and the last entry, where a property ends differently.
EVERY = settings(max_examples=30, deadline=None)


def find_defects(ledger: Copy, *, quick: bool = False) -> list[tuple[int | None, str]]:
    """Replay a copy. Returns the entry number and the code of every defect."""
    return [(d.number, d.code) for d in replay(ledger, quick=quick).defects]


def score(body: Body) -> Body:
    result: Body = body["payload"]["results"][0]
    return result


def better(body: Body) -> None:
    """Add two points to the score of an entry, more than its sheet gives."""
    result = score(body)
    for name in ("subtotal", "score"):
        result[name] = str(Decimal(result[name]) + 2)
