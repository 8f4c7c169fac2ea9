"""The table of command ids compared with the entries: each id has the row of the entry it was answered with, and there is no other row.

The table is what makes it safe to send a command twice. A row that is missing lets a command be done again; a row that was planted lets a
command pass for done that never was.
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


# An id is rows as its hash, one whole number, not as text: a million ids take eight megabytes. Two ids with one hash would hide a defect;
# Python salts the hash of a string differently in each process, so nobody can choose such ids.
class _Ids:
    """A whole number for each entry; in blocks, so that a row planted at an absurd number takes no memory."""

    def __init__(self) -> None:
        self._blocks: dict[int, array[int]] = {}
        self._empty = array("q", bytes(8 * _BLOCK))

    def at(self, number: int) -> int:
        return self._blocks.get(number // _BLOCK, self._empty)[number % _BLOCK]

    def between(self, first: int, count: int) -> array[int]:
        """The values of `count` numbers from `first` on."""
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
        """Every number with its value."""
        for block, ids in self._blocks.items():
            yield from enumerate(ids, block * _BLOCK)


class CommandIdChecks:
    """The rows as they were before the ledger was read, which then had `upto` entries. A refused attempt leaves no row.

    Nothing is reported of an entry that cannot be read: the chain reports it already.
    """

    def __init__(self, reader: Reader, upto: int) -> None:
        rows = reader.command_ids()
        self._upto = upto if rows is not None else 0
        self._ids = _Ids()
        self._beyond: list[int] = []
        self._surplus = 0
        self._refused: dict[int, tuple[int, str]] = {}
        row: Any  # SQLite holds whatever it was given
        for row in rows or ():
            id_, first, last = row
            if first != last or not isinstance(first, int) or first < 1:
                self._surplus += 1
            elif first > upto:
                self._beyond.append(first)
            elif self._ids.at(first) != _NONE:
                self._surplus += 1
            else:
                self._ids.put(first, hash(id_))

    def compare(self, first: int, entries: Sequence[Entry], defects: Defects) -> None:
        """Compare the rows of entries, the first of which has the number `first`."""
        if self._ids.between(first, len(entries)) != array("q", map(hash, map(_COMMAND, entries))):
            for number, entry in enumerate(entries, first):
                self._compare(number, entry, defects)

    def _compare(self, number: int, entry: Entry, defects: Defects) -> None:
        if number > self._upto:
            return
        if entry.kind == RefusedCommand.kind:
            self._surplus += self._ids.at(number) != _NONE
            self._refused[hash(entry.command)] = number, entry.stream
        elif self._ids.at(number) != hash(entry.command):
            defects.append(make_defect("command", number, entry.stream))

    def finish(self, number: int, defects: Defects) -> None:
        """What only the whole table shows. `number` is the last entry read; entries written meanwhile have rows too.

        An id may first be refused and then answered, but not the other way round: sent again, it gets its first answer.
        """
        surplus = self._surplus + sum(1 for first in self._beyond if first > number)
        for first, id_ in self._ids.all():
            refused, stream = self._refused.get(id_, (0, ""))
            if first < refused:
                defects.append(make_defect("command_refused", refused, stream, first=first))
            surplus += first > number and id_ != _NONE
        if surplus:
            defects.append(make_defect("command_surplus", None, None, count=surplus))
