"""The table of command ids held against the entries: every id answers for the entry it wrote, and no other row is there.

It is what makes asking twice safe. Kept as one whole number an entry, not as text: a million ids take eight megabytes.
"""

from __future__ import annotations

from array import array

from states.access import RefusedCommand
from storage.chain import Entry

from .links import Found
from .reader import Reader
from .report import defect

_NONE = 0


class Commands:
    """The rows as they stood before the ledger was read. A refused attempt leaves none.

    Of an entry that cannot be read nothing is said: what is wrong with it is said already.
    """

    def __init__(self, reader: Reader) -> None:
        head = reader.head()
        self._upto = head[0] if head else 0
        self._ids = array("q", bytes(8 * (self._upto + 1)))
        self._beyond: list[int] = []
        self._surplus = 0
        for id_, first, last in reader.commands():
            if first > self._upto:
                self._beyond.append(first)
            elif first != last or first < 1 or self._ids[first] != _NONE:
                self._surplus += 1
            else:
                self._ids[first] = hash(id_)

    def compare(self, entry: Entry, found: Found) -> None:
        """One entry's row."""
        number = entry.number
        if number > self._upto:
            return
        if entry.kind == RefusedCommand.kind:
            self._surplus += self._ids[number] != _NONE
        elif self._ids[number] != hash(entry.command):
            found.append(defect("command", number, entry.stream))

    def finish(self, number: int, found: Found) -> None:
        """Rows no entry left; `number` is where the ledger ended in the end: what was written meanwhile has rows too."""
        surplus = self._surplus + sum(1 for first in self._beyond if first > number)
        if surplus:
            found.append(defect("command_surplus", None, None, count=surplus))
