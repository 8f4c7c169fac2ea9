"""The seals compared with the entries: who signed each seal, whether its row is right, and whether the ledger still has its root.

Entries that no seal covers are not a defect; the report says how many there are. The seals in the database cannot show that ledger and
seals were rewritten *together*, by somebody with a key of their own: that shows only by a seal tables elsewhere (`EvidenceSeal`) or by a key
that was handed over in person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from audit.chain.hash_chain import Defects
from audit.defect import make_defect
from audit.reader import SealTables
from audit.report import KeySource, SealCoverage
from states.custody.seals import STREAM, CosignatureAccepted, SealMade
from states.user_errors import UserError
from states.vocabulary import Text
from storage.ledger.chain import Entry, StoredEntry, digest
from storage.seals import LOG, WITNESS

from . import key_rotation, notes
from .checkpoints import Checkpoint, parse_checkpoint
from .keys import COSIGNATURES, BadKey, ForgedSignature, Key, NoTrustedSignature, ValidSignature, verify_signatures
from .merkle import Tree
from .notes import BadNote, Note, decode_base64, encode_base64, parse_note


class EvidenceSeal(Struct, frozen=True):
    """A seal somebody tables elsewhere, and where."""

    seal: Note
    source: str


class EvidenceEntry(Struct, frozen=True):
    """An entry whose number and digest somebody tables elsewhere, and where."""

    number: int
    digest: str
    source: str


Evidence = EvidenceSeal | EvidenceEntry
"""What somebody tables elsewhere, to compare the ledger with."""


class _Seal(Struct, frozen=True):
    """A seal that a right key signed, or (with `source`) one that was handed in."""

    checkpoint: Checkpoint
    note: Note
    source: str | None = None


_UNREADABLE = (BadNote, AttributeError, TypeError, UnicodeEncodeError)
"""What reading a note from a table may raise: a column of SQLite holds whatever was put there."""


class SealChecks:
    """The checks of all seals. The stored rows are checked at once; the entries are added in their order; `finish` compares the roots."""

    def __init__(
        self,
        tables: SealTables,
        defects: Defects,
        evidence: Sequence[Evidence] = (),
        trusted: Sequence[Key] = (),
        upto: int = 0,
    ) -> None:
        self._defects, self._tables, self._upto = defects, tables, upto
        self._recorded: list[tuple[int, SealMade | CosignatureAccepted]] = []
        logs = [key for key in trusted if key.type not in COSIGNATURES]
        self._given = tuple(dict.fromkeys(trusted))
        self._terms, wrong = key_rotation.terms(tables.keys, logs)
        defects.extend(make_defect("seal_key", None, None, key=key, why=why) for key, why in wrong)
        if logs and not tables.seals:
            defects.append(make_defect("seals_gone", None, None))
        self._seals = [seal for row in tables.seals if (seal := self._stored(row)) is not None]
        handed_in = (self._handed_in(one) for one in evidence if isinstance(one, EvidenceSeal))
        self._expected = [seal for seal in handed_in if seal is not None]
        self._elsewhere = len(evidence) + len(trusted)
        self._known = [one for one in evidence if isinstance(one, EvidenceEntry)]
        self._digests: dict[int, str] = {}
        self._known_witnesses = list(self._witness_keys(tables))
        self._cosignatures = list(self._cosigned(tables))
        self._tree = Tree()
        self._roots = {0: self._tree.root()}
        self._due = {seal.checkpoint.size for seal in (*self._seals, *self._expected)}
        self._last = max(self._due, default=0)
        self._has_tree = True

    def add_rows(self, rows: Sequence[StoredEntry]) -> None:
        """The next rows. Beyond the last seal nothing is hashed; after a gap there is no tree any more."""
        for one in self._known:
            if rows[0][0] <= one.number <= rows[-1][0]:
                self._digests.update((row[0], row[5]) for row in rows if row[0] == one.number)
        if self._has_tree and self._tree.size < self._last:
            for row in rows:
                self._add(row[0], row[4])

    def _add(self, number: int, body: Any) -> None:
        if number > self._last or not self._has_tree or number <= self._tree.size:
            return
        if number != self._tree.size + 1 or not isinstance(body, str):
            self._has_tree = False
            return
        self._tree.add(body.encode(errors="surrogateescape"))
        if number in self._due:
            self._roots[number] = self._tree.root()

    def record(self, entries: Iterable[Entry]) -> None:
        """Note what entries say of seals. Entries after the first head are passed over: the tables were read before their rows were there."""
        for entry in entries:
            fact: Any = entry.payload
            if isinstance(fact, SealMade | CosignatureAccepted) and entry.number <= self._upto:
                self._recorded.append((entry.number, fact))

    def _compare_recorded(self) -> None:
        """The seals and cosignatures in the tables compared with those that entries record."""
        rows = {row[0]: (_digest(row[3]), row[4]) for row in self._tables.seals}
        lines = {(number, _digest(line)) for number, line in self._tables.cosignatures}
        known: set[int] = set()
        for at, fact in self._recorded:
            code = ""
            if isinstance(fact, CosignatureAccepted):
                code = "" if (fact.number, fact.line) in lines else "cosignature_gone"
            else:
                known.add(fact.number)
                note, made_at = rows.get(fact.number, ("", None))
                code = _difference(fact, note, made_at)
            if code:
                self._defects.append(make_defect(code, at, STREAM, size=fact.number))
        for number in sorted(size for size in rows if size not in known and size < max(known, default=0)):
            self._defects.append(make_defect("seal_planted", None, None, size=number))

    def finish(self, last: int) -> SealCoverage:
        """Compare the roots; `last` is the number of the last entry. What the seals cover."""
        self._compare_recorded()
        self._compare_roots(last)
        for seal in self._expected:
            if not self._holds(seal):
                code = "expected_beyond" if seal.checkpoint.size > last else "expected_root"
                self._defects.append(
                    make_defect(code, None, None, source=seal.source, size=seal.checkpoint.size, last=last)
                )
        for known in self._known:
            if self._digests.get(known.number) != known.digest:
                code = "known_beyond" if known.number > last else "known_other"
                self._defects.append(make_defect(code, None, None, source=known.source, entry=known.number, last=last))
        holding = {seal.checkpoint.size for seal in self._seals if self._holds(seal)}
        lines = [(size, signed.key) for size, signed in self._cosignatures if size in holding]
        newest = max((size for size, key in lines if key in self._given), default=0)
        return SealCoverage(
            seals=len(self._seals), sealed=max(holding, default=0), witnessed=newest,
            witnesses=_names(key for size, key in lines if size == newest and key in self._given),
            claimed=_names(key for _, key in lines if key not in self._given),
            elsewhere=self._elsewhere, keys=tuple(self._sources()),
        )  # fmt: skip

    def _sources(self) -> Iterator[KeySource]:
        """Every key that something was checked with, and where it came from."""
        logs = [term.key for term in self._terms]
        otherwise = "handed_on" if any(key in self._given for key in logs) else "here"
        for role, keys, source in ((LOG, logs, otherwise), (WITNESS, self._known_witnesses, "here")):
            for key in keys:
                yield KeySource(str(key), role, "given" if key in self._given else source)

    def _compare_roots(self, last: int) -> None:
        """A seal whose root differs although a later one holds contradicts it; if no later one holds, the ledger was rewritten."""
        holding = [seal.checkpoint.size for seal in self._seals if self._holds(seal)]
        intact = max(holding, default=0)
        rewritten = []
        for seal in self._seals:
            size = seal.checkpoint.size
            if size > last:
                self._defects.append(make_defect("seal_beyond", None, None, size=size, last=last))
            elif size < intact and not self._holds(seal):
                self._defects.append(make_defect("seal_contradicts", None, None, size=size, later=intact))
            elif size > intact:
                rewritten.append(size)
        if rewritten:
            first, count = min(rewritten), len(rewritten)
            self._defects.append(make_defect("seal_root", None, None, first=intact + 1, last=first, count=count))

    def _holds(self, seal: _Seal) -> bool:
        return self._roots.get(seal.checkpoint.size) == seal.checkpoint.root

    def _stored(self, row: Sequence[Any]) -> _Seal | None:
        """The seal in a row, if it can be read and the key whose turn it was signed it."""
        number, root, edge, note, *_ = row
        try:
            seal = _seal(note)
        except _UNREADABLE as error:
            self._defects.append(make_defect("seal_unreadable", None, None, size=number, why=_why(error)))
            return None
        said = seal.checkpoint
        if not self._is_signed(seal):
            return None
        if said.size != number:
            self._defects.append(make_defect("seal_misplaced", None, None, size=said.size, place=number))
        differ = [
            name for name, same in (("root", root == encode_base64(said.root)), ("edge", _fits(edge, said))) if not same
        ]
        if differ:
            self._defects.append(make_defect("seal_columns", None, None, size=said.size, columns=", ".join(differ)))
        return seal

    def _handed_in(self, one: EvidenceSeal) -> _Seal | None:
        """A seal from elsewhere. It need not be in the table, but a key of this ledger must have signed it."""
        try:
            seal = _Seal(parse_checkpoint(one.seal.text), one.seal, one.source)
        except BadNote as error:
            self._defects.append(make_defect("expected_unreadable", None, None, source=one.source, why=error))
            return None
        self._is_signed(seal)
        return seal

    def _is_signed(self, seal: _Seal) -> bool:
        """Whether the key whose turn it was signed this, in the name of its ledger; adds a defect if not."""
        turns = [term.key for term in self._terms if term.covers(seal.checkpoint.size)]
        named = [key for key in turns if key.name == seal.checkpoint.origin]
        try:
            verify_signatures(seal.note, named or turns)
        except (NoTrustedSignature, ForgedSignature) as error:
            code = "forged" if isinstance(error, ForgedSignature) else "foreign"
        else:
            if named:
                return True
            code = "foreign"
        of, said = "seal" if seal.source is None else "expected", seal.checkpoint
        told = make_defect(
            f"{of}_{code}", None, None, size=said.size, source=seal.source, origin=said.origin, keys=_named(turns)
        )
        self._defects.append(told)
        return False

    def _cosigned(self, tables: SealTables) -> Iterator[tuple[int, ValidSignature]]:
        """Every valid cosignature with the size of its seal."""
        texts = {seal.checkpoint.size: seal.note.text for seal in self._seals}
        for number, line in tables.cosignatures:
            try:
                if number not in texts:
                    raise BadNote(why=_NO_SEAL)
                note = Note(texts[number], (notes.parse_signature(line.removesuffix("\n")),))
                yield from ((number, one) for one in verify_signatures(note, self._known_witnesses))
            except (NoTrustedSignature, ForgedSignature, *_UNREADABLE) as error:
                self._defects.append(make_defect("cosignature", None, None, size=number, why=_why(error)))

    def _witness_keys(self, tables: SealTables) -> Iterator[Key]:
        yield from (key for key in self._given if key.type in COSIGNATURES)
        for key, role, *_ in tables.keys:
            if role == WITNESS:
                try:
                    if (known := Key.parse(key)) not in self._given:
                        yield known
                except (BadKey, AttributeError) as error:
                    self._defects.append(make_defect("seal_key", None, None, key=key, why=_why(error)))


def _difference(fact: SealMade, note: str, made_at: Any) -> str:
    """The code of the defect where a seal's row is not what an entry recorded; empty if it is."""
    if not note:
        return "seal_gone"
    if note != fact.note:
        return "seal_swapped"
    return "" if made_at == fact.made_at else "seal_redated"


def _digest(held: Any) -> str:
    """The digest of a column, whatever lies in it."""
    return digest(str(held).encode(errors="surrogateescape"))


def _seal(note: str) -> _Seal:
    """The seal that a note holds. Raises what is in `_UNREADABLE`."""
    read = parse_note(note.encode())
    return _Seal(parse_checkpoint(read.text), read)


def edge_of(column: str, size: int) -> Tree:
    """The tree of `size` leaves whose right edge a row holds. ValueError if it holds none."""
    raw = decode_base64(column)
    return Tree(size, [raw[at : at + 32] for at in range(0, len(raw), 32)])


def _fits(column: Any, said: Checkpoint) -> bool:
    try:
        return edge_of(column, said.size).root() == said.root
    except (ValueError, TypeError):
        return False


def _why(error: Exception) -> UserError | str:
    return error if isinstance(error, UserError) else type(error).__name__


def _names(keys: Iterable[Key]) -> tuple[str, ...]:
    return tuple(sorted({key.name for key in keys}))


def _named(keys: Sequence[Key]) -> str:
    return ", ".join(f"{key.name}+{key.id.hex()}" for key in keys) or "–"


_NO_SEAL = Text(zh="没有这份封存", en="there is no such seal")
