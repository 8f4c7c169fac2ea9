"""The index in memory of one process: the names of files, the numbers of notices and resolutions, and the entries.

The names of files are encrypted in the database, and stay so: they are decrypted once into the memory of the server,
which has the key anyway, and no table has them in plain text (docs/decisions/0056). The index is only a cache. Each
search first reads what was written since the last one, by whichever process. It is made again if the ledger does not
continue the one that was read (a backup was restored), or if the key is another one.

It grows by about 0.4 kB for each name of a file and 20 bytes for each entry. Not here: who may read what
(`search_sources.py`), and the people, whose names change and are erased (`storage/people.py: PeopleCache`).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from threading import Lock

from config.typed import to_searchable
from states.acts import FACTS
from states.assessment import AssessmentFact
from states.stages.step import StepTaken
from storage.database.database import Database
from storage.errors import StorageError
from storage.ledger import chain, timeline
from storage.ledger.chain import GENESIS
from storage.ledger.facts import fact_of
from storage.ledger.ledger import Ledger
from storage.master_key import MasterKey
from storage.papers import attachments

from .words import SearchWords

_BLOCK = 20_000
"""The number of entries that are read at once."""

_NUMBER_FIELDS = ("document", "resolution")
"""The fields of facts about assessments with the number of a notice or a resolution (文号)."""

_KINDS_WITH_NUMBER = {
    kind: next(field for field in _NUMBER_FIELDS if field in fact.__struct_fields__)
    for kind, fact in FACTS.items()
    if issubclass(fact, AssessmentFact) and any(field in fact.__struct_fields__ for field in _NUMBER_FIELDS)
}


class IndexedTexts:
    """Texts of entries in the order of the entries: names of files, or numbers of notices and resolutions.

    Each list has one value for each text: the text, the text as searches compare it (the same object if it does not
    differ), the number of the entry, where its stream is in `IndexContents.stream_names`, and the digest of the file.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.numbers, self.streams = array("q"), array("L")
        self.digests: list[bytes] = []
        self.searchable: list[str] = []

    def add(self, text: str, number: int, stream: int, digest: bytes = b"") -> None:
        searchable = to_searchable(text)
        self.texts.append(text)
        self.numbers.append(number)
        self.streams.append(stream)
        self.digests.append(digest)
        self.searchable.append(text if searchable == text else searchable)

    def matching(self, words: SearchWords) -> list[int]:
        """The positions of the texts that contain every word, the latest first."""
        longest, *others = sorted(words.words, key=len, reverse=True)
        searchable = self.searchable
        positions = [position for position, text in enumerate(searchable) if longest in text]
        for word in others:
            positions = [position for position in positions if word in searchable[position]]
        return positions[::-1]


class IndexContents:
    """What was read of a ledger up to the entry `number`. It only grows: a search may read it while another adds to it.

    `numbers`, `headings` and `streams` have one value for each entry: its number, and where its heading and its stream
    are in `heading_names` and `stream_names`. A heading is the kind of an entry, for a stage of the rulebook's own with
    the key of the stage.
    """

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        self.number, self.digest = 0, GENESIS
        self.files, self.document_numbers = IndexedTexts(), IndexedTexts()
        self.numbers, self.headings, self.streams = array("q"), array("H"), array("L")
        self.heading_names: list[str] = []
        self.stream_names: list[str] = []
        self._heading_ids: dict[str, int] = {}
        self._stream_ids: dict[str, int] = {}

    def read(self, database: Database, last: int, digest: str) -> None:
        """Read the entries up to number `last`, which has this digest. If a query fails, the next search reads all again."""
        while self.number < last:
            self._read_block(database, min(self.number + _BLOCK, last))
        self.digest = digest

    def position_of(self, number: int) -> int | None:
        """Where the entry of this number is in the lists; None if it was not read."""
        position = bisect_left(self.numbers, number)
        return position if position < len(self.numbers) and self.numbers[position] == number else None

    def heading_of(self, number: int) -> str:
        """The heading of an entry that was read."""
        return self.heading_names[self.headings[bisect_left(self.numbers, number)]]

    def _read_block(self, database: Database, last: int) -> None:
        after, steps = self.number, dict[int, str]()
        headings = timeline.headings(database, after, last)
        bodies = timeline.bodies_of_kinds(database, (*_KINDS_WITH_NUMBER, StepTaken.kind), after, last)
        names = attachments.file_names(database, after, last)
        document_numbers = list(_document_numbers(bodies, steps))
        for number, stream, kind in headings:
            heading = f"{kind} {steps[number]}" if number in steps else kind
            self.streams.append(_id_of(stream, self._stream_ids, self.stream_names))
            self.headings.append(_id_of(heading, self._heading_ids, self.heading_names))
            self.numbers.append(number)
        for text, number, stream in document_numbers:
            self.document_numbers.add(text, number, self._stream_ids[stream])
        for one in names:
            self.files.add(one.name, one.number, self._stream_ids[one.stream], bytes.fromhex(one.sha256))
        self.number = last


class SearchIndex:
    """The index over one ledger. Many threads may use it; the first search reads everything, and others wait."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = Lock()
        self._contents = IndexContents("")

    def contents(self) -> IndexContents:
        """Everything up to the present end of the ledger."""
        database = self._ledger.database
        key = database.key
        key_id = key.id if isinstance(key, MasterKey) else ""
        with self._lock:
            old = self._contents
            if old.key_id != key_id or not timeline.has_entry(database, old.number, old.digest):
                self._contents = IndexContents(key_id)
            head = self._ledger.head()
            self._contents.read(database, head.number, head.digest)
            return self._contents


def _document_numbers(bodies: list[str], steps: dict[int, str]) -> Iterator[tuple[str, int, str]]:
    """The numbers of notices and resolutions in these bodies, each with the number and the stream of its entry. Puts the stage of each `StepTaken` into `steps`."""
    for body in bodies:
        # A damaged entry must not stop the search; the replay finds it.
        try:
            entry = chain.decode(body)
            fact = fact_of(entry)
        except (StorageError, ValueError):
            continue
        if isinstance(fact, StepTaken):
            steps[entry.number] = fact.step
            continue
        text = getattr(fact, _KINDS_WITH_NUMBER[entry.kind])
        if isinstance(text, str) and text:
            yield text, entry.number, entry.stream


def _id_of(name: str, ids: dict[str, int], names: list[str]) -> int:
    """The position of a name in `names`, to which it is added if it is new."""
    id_ = ids.get(name)
    if id_ is None:
        id_ = ids[name] = len(names)
        names.append(name)
    return id_
