"""Compares the table of command ids with the entries.

Each entry must have the row of its command id, except the entry of a refused attempt. There must be no other row.

The table makes it safe to send a command twice. If a row is missing, the same command is carried out a second time. If
a row was planted, a command that never was carried out is answered as if it had been.

Not here: whether the actor may use the id (`rules/metadata_checks.py`).
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
_NO_ID = 0
_BLOCK = 1024


# A command id is represented by its hash, a whole number of eight bytes, and not by its text: a million ids take eight
# megabytes. Two ids with the same hash would hide a defect. Python salts the hash of a string differently in each
# process, so nobody can choose such ids.
class _HashedIds:
    """The hash of a command id for each entry number.

    It is stored in blocks, so that a row with an absurd number takes little memory.
    """

    def __init__(self) -> None:
        self._blocks: dict[int, array[int]] = {}
        self._empty = array("q", bytes(8 * _BLOCK))

    def get(self, number: int) -> int:
        """The hash of an entry; `_NO_ID` if it has none."""
        return self._blocks.get(number // _BLOCK, self._empty)[number % _BLOCK]

    def get_range(self, first: int, count: int) -> array[int]:
        """The hashes of `count` entries from `first` on."""
        hashes = array("q")
        for block in range(first // _BLOCK, (first + count - 1) // _BLOCK + 1):
            hashes += self._blocks.get(block, self._empty)
        start = first % _BLOCK
        return hashes[start : start + count]

    def set(self, number: int, id_hash: int) -> None:
        block = self._blocks.get(number // _BLOCK)
        if block is None:
            block = self._blocks[number // _BLOCK] = array("q", self._empty)
        block[number % _BLOCK] = id_hash

    def items(self) -> Iterator[tuple[int, int]]:
        """Every entry number of every block, with its hash."""
        for block, hashes in self._blocks.items():
            yield from enumerate(hashes, block * _BLOCK)


class CommandIdChecks:
    """Compares the entries with the rows of the table, which are read before the entries.

    `size`: the number of entries before the rows were read; later entries may have no row here. An entry that cannot be
    read is not reported here, because the chain reports it. A reader without the table has nothing to compare.
    """

    def __init__(self, reader: Reader, size: int) -> None:
        rows = reader.command_ids()
        self._size = size if rows is not None else 0
        self._ids = _HashedIds()
        self._newer: list[int] = []
        self._surplus = 0
        self._refused: dict[int, tuple[int, str]] = {}
        row: Any  # SQLite does not enforce the types of columns.
        for row in rows or ():
            command_id, first, last = row
            if first != last or not isinstance(first, int) or first < 1:
                self._surplus += 1
            elif first > size:
                self._newer.append(first)
            elif self._ids.get(first) != _NO_ID:
                self._surplus += 1
            else:
                self._ids.set(first, hash(command_id))

    def compare(self, first: int, entries: Sequence[Entry], defects: Defects) -> None:
        """Compare consecutive entries with their rows. `first` is the number of the first entry."""
        if self._ids.get_range(first, len(entries)) != array("q", map(hash, map(_COMMAND, entries))):
            for number, entry in enumerate(entries, first):
                self._compare(number, entry, defects)

    def _compare(self, number: int, entry: Entry, defects: Defects) -> None:
        if number > self._size:
            return
        if entry.kind == RefusedCommand.kind:
            self._surplus += self._ids.get(number) != _NO_ID
            self._refused[hash(entry.command)] = number, entry.stream
        elif self._ids.get(number) != hash(entry.command):
            defects.append(make_defect("command", number, entry.stream))

    def finish(self, last_read: int, defects: Defects) -> None:
        """Report the defects that only the whole table shows: surplus rows, and refusals of an id that was answered.

        `last_read` is the number of the last entry.
        """
        # A row of an entry that was written during the replay is no surplus: its number is at most `last_read`.
        surplus = self._surplus + sum(1 for first in self._newer if first > last_read)
        for first, id_hash in self._ids.items():
            # A command id may be refused first and accepted later, but never the reverse: once accepted, it always gets
            # that answer.
            refused, stream = self._refused.get(id_hash, (0, ""))
            if first < refused:
                defects.append(make_defect("command_refused", refused, stream, first=first))
            surplus += first > last_read and id_hash != _NO_ID
        if surplus:
            defects.append(make_defect("command_surplus", None, None, count=surplus))
