"""The table of command ids held against the entries: every id answers for the entry it wrote, and no other row is there.

It is what makes asking twice safe. Kept as one whole number an entry, not as text: a million ids take eight megabytes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

from audit.defect import make_defect
from audit.reader import Reader
from states.accounts.attempts import RefusedCommand
from storage.ledger.chain import Entry

from .hash_chain import Defects

_COMMAND = attrgetter("command")
_NONE = 0
_BLOCK = 1024


class _Ids:
    """A whole number for each entry: in blocks, so that a row planted at an absurd number takes no memory."""

    def __init__(self) -> None:
        self._blocks: dict[int, array[int]] = {}
        self._empty = array("q", bytes(8 * _BLOCK))

    def at(self, number: int) -> int:
        return self._blocks.get(number // _BLOCK, self._empty)[number % _BLOCK]

    def between(self, first: int, count: int) -> array[int]:
        """What stands at so many numbers from `first` on."""
        held = array("q")
        for block in range(first // _BLOCK, (first + count - 1) // _BLOCK + 1):
            held += self._blocks.get(block, self._empty)
        at = first % _BLOCK
        return held[at : at + count]

    def put(self, number: int, id_: int) -> None:
        block = self._blocks.get(number // _BLOCK)
        if block is None:
            block = self._blocks[number // _BLOCK] = array("q", self._empty)
        block[number % _BLOCK] = id_

    def all(self) -> Iterator[tuple[int, int]]:
        """Every number with what stands there."""
        for block, ids in self._blocks.items():
            yield from enumerate(ids, block * _BLOCK)


class CommandIdChecks:
    """The rows as they stood before the ledger was read, which then had `upto` entries. A refused attempt leaves none.

    Of an entry that cannot be read nothing is said: what is wrong with it is said already.
    """

    def __init__(self, reader: Reader, upto: int) -> None:
        kept = reader.command_ids()
        self._upto = upto if kept is not None else 0
        self._ids = _Ids()
        self._beyond: list[int] = []
        self._surplus = 0
        self._refused: dict[int, tuple[int, str]] = {}
        row: Any  # SQLite holds whatever it was given
        for row in kept or ():
            id_, first, last = row
            if first != last or not isinstance(first, int) or first < 1:
                self._surplus += 1
            elif first > upto:
                self._beyond.append(first)
            elif self._ids.at(first) != _NONE:
                self._surplus += 1
            else:
                self._ids.put(first, hash(id_))

    def compare(self, first: int, entries: Sequence[Entry], found: Defects) -> None:
        """The rows of the entries that lie at `first` and after it."""
        if self._ids.between(first, len(entries)) != array("q", map(hash, map(_COMMAND, entries))):
            for number, entry in enumerate(entries, first):
                self._compare(number, entry, found)

    def _compare(self, number: int, entry: Entry, found: Defects) -> None:
        if number > self._upto:
            return
        if entry.kind == RefusedCommand.kind:
            self._surplus += self._ids.at(number) != _NONE
            self._refused[hash(entry.command)] = number, entry.stream
        elif self._ids.at(number) != hash(entry.command):
            found.append(make_defect("command", number, entry.stream))

    def finish(self, number: int, found: Defects) -> None:
        """What only the whole table shows; `number` is where the ledger ended: what was written meanwhile has rows too.

        An id may be refused and then answered, but not the other way: asked again it gets its first answer.
        """
        surplus = self._surplus + sum(1 for first in self._beyond if first > number)
        for first, id_ in self._ids.all():
            refused, stream = self._refused.get(id_, (0, ""))
            if first < refused:
                found.append(make_defect("command_refused", refused, stream, first=first))
            surplus += first > number and id_ != _NONE
        if surplus:
            found.append(make_defect("command_surplus", None, None, count=surplus))
