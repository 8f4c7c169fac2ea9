"""A small ledger, made by the engine; and a copy of one in memory, to be tampered with."""

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
"""Of the sample's sixteen turns: returned, vetoed, stale score, void ballot, undone, rescinded, own unit tried."""


_COMMAND = re.compile(r'"command":"([^"]*)"')


def live(url: str, until: datetime | None = None) -> None:
    """Let some of the sample's units live through their year in the database at `url`, to its end or `until` a day.

    What the sample's people ask for the others is refused: their assessments were never opened.
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
    """As `live`, to the middle of the year."""
    live(url, MEANWHILE)


class Copy:
    """A `Reader` over lists. Every method that changes something gives a changed copy."""

    def __init__(
        self, rows: list[StoredEntry], projected: list[Projection], kept: Mapping[str, tuple[str, str]], end: HeadRow | None,
        ids: list[tuple[str, int, int]] | None = None, vouching: SealTables | None = None,
    ) -> None:  # fmt: skip
        self.rows = rows
        self.projected = projected
        self.kept = kept
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
        return self.kept

    def command_ids(self) -> Iterator[tuple[str, int, int]]:
        """The ids given, or those the entries name: a forger who rewrites the ledger does not forget its table."""
        return iter(self.named() if self.ids is None else self.ids)

    def named(self) -> list[tuple[str, int, int]]:
        """The rows the entries left."""
        found = ((_COMMAND.search(row[4]), row) for row in self.rows if '"kind":"RefusedCommand"' not in row[4])
        return list({(match[1], row[0], row[0]): None for match, row in found if match})

    def head(self) -> HeadRow | None:
        return self.end

    def seals(self) -> SealTables:
        return self.vouching

    def access_rows(self) -> Sequence[AccessRow]:
        return ()

    def highest_references(self) -> Mapping[str, int]:
        return {}

    def changed(self, **parts: Any) -> Copy:
        """A copy with other `rows`, `projected`, `kept`, `end`, `ids` or `vouching`."""
        own = {name: getattr(self, name) for name in ("rows", "projected", "kept", "end", "ids", "vouching")}
        return Copy(**{**own, **parts})

    def with_body(self, number: int, body: bytes) -> Copy:
        """The body of one entry replaced, and nothing else; as a database would hand it out."""
        row = self.rows[number - 1]
        text = body.decode(errors="surrogateescape")
        return self.with_row(number, (*row[:4], text, row[5]))

    def with_row(self, number: int, row: StoredEntry) -> Copy:
        return self.changed(rows=[*self.rows[: number - 1], row, *self.rows[number:]])

    def forged(self, number: int, change: Callable[[dict[str, Any]], object]) -> Copy:
        """One entry changed by `change`, and every digest, link and the head made to agree with it again."""
        bodies = [json.loads(row[4]) for row in self.rows[number - 1 :]]
        change(bodies[0])
        return self.rechained(number, bodies)

    def rechained(self, number: int, bodies: list[dict[str, Any]]) -> Copy:
        """The entries from `number` on written anew, with numbers, links and digests that agree."""
        link = self.rows[number - 2][5] if number > 1 else GENESIS
        rows = list(self.rows[: number - 1])
        for at, body in enumerate(bodies, number):
            raw = encode_canonical({**body, "number": at, "previous": link})
            link = sha256(raw).hexdigest()
            rows.append((at, str(body["stream"]), body["version"], str(body["kind"]), raw.decode(), link))
        return self.changed(rows=rows, end=(len(rows), link, bodies[-1]["recorded_at"] if bodies else None))

    def bodies(self, start: int = 1) -> list[dict[str, Any]]:
        """Every entry from `start` on, read."""
        return [json.loads(row[4]) for row in self.rows[start - 1 :]]

    def first(self, kind: str, of: str = "") -> int:
        """The number of the first entry of a kind (in the stream `of`)."""
        return next(row[0] for row in self.rows if row[3] == kind and of in row[1])

    def with_projection(self, at: int, **values: Any) -> Copy:
        projected = deepcopy(self.projected)
        projected[at][1].update(values)
        return self.changed(projected=projected)


Body = dict[str, Any]
# Each example replays the whole ledger. Thirty still draw the first and the last entry, where a property ends differently.
EVERY = settings(max_examples=30, deadline=None)


def found(ledger: Copy, *, quick: bool = False) -> list[tuple[int | None, str]]:
    """Every defect as (number, code)."""
    return [(d.number, d.code) for d in replay(ledger, quick=quick).defects]


def score(body: Body) -> Body:
    result: Body = body["payload"]["result"]
    return result


def better(body: Body) -> None:
    """Two points more than the sheet gives."""
    result = score(body)
    for name in ("given", "score"):
        result[name] = str(Decimal(result[name]) + 2)
