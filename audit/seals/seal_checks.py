"""Checks the stored seals, their cosignatures and the keys, and compares them with the entries.

The checks of a seal: a key of the ledger signed it, the handovers allow that key to sign it, the columns of its row
repeat it, it has the root of the tree over the entries, and it is the one that an entry records. Also checked: the
ledger still has the seals and entries that somebody keeps elsewhere (`Evidence`).

Entries that no seal covers are not a defect; the report counts them. The seals in the database cannot show that
somebody rewrote the ledger and the seals *together* with another key. Only a seal from elsewhere (`EvidenceSeal`), or a
key that was handed over in person, shows that.
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
    """A seal that somebody keeps outside this database. `source` names the file or place."""

    seal: Note
    source: str


class EvidenceEntry(Struct, frozen=True):
    """Number and digest of an entry that somebody keeps outside this database. `source` names the file or place."""

    number: int
    digest: str
    source: str


Evidence = EvidenceSeal | EvidenceEntry
"""Something from outside this database with which the ledger is compared."""


class _ReadSeal(Struct, frozen=True):
    """A seal with its decoded checkpoint.

    `source` is None for a seal of the table, and the source for a seal from elsewhere.
    """

    checkpoint: Checkpoint
    note: Note
    source: str | None = None


_UNREADABLE = (BadNote, TypeError, UnicodeEncodeError)
"""The errors of reading a note from a table. SQLite does not enforce the types of columns."""


class SealChecks:
    """Checks all seals.

    `__init__` checks the stored rows. Then the entries are added in order (`add_rows`, `add_facts`). `finish` makes the
    comparisons that need them all. `evidence`, `trusted`: as in `audit.replay.replay`. `size`: the number of entries
    before the tables were read.
    """

    def __init__(
        self,
        tables: SealTables,
        defects: Defects,
        evidence: Sequence[Evidence] = (),
        trusted: Sequence[Key] = (),
        size: int = 0,
    ) -> None:
        self._defects, self._tables, self._size = defects, tables, size
        self._recorded: list[tuple[int, SealMade | CosignatureAccepted]] = []
        log_keys = [key for key in trusted if key.type not in COSIGNATURES]
        self._trusted = tuple(dict.fromkeys(trusted))
        self._terms, rejected = key_rotation.find_terms(tables.keys, log_keys)
        defects.extend(make_defect("seal_key", None, None, key=key, why=why) for key, why in rejected)
        if log_keys and not tables.seals:
            defects.append(make_defect("seals_gone", None, None))
        self._seals = [seal for row in tables.seals if (seal := self._read_row(row)) is not None]
        evidence_seals = [item for item in evidence if isinstance(item, EvidenceSeal)]
        self._evidence_seals = [seal for item in evidence_seals if (seal := self._read_evidence(item)) is not None]
        self._evidence_entries = [item for item in evidence if isinstance(item, EvidenceEntry)]
        self._elsewhere = len(evidence) + len(trusted)
        self._digests: dict[int, str] = {}
        self._witness_keys = list(self._find_witness_keys(tables))
        self._cosignatures = list(self._check_cosignatures(tables))
        self._tree = Tree()
        self._roots = {0: self._tree.root()}
        self._sealed_sizes = {seal.checkpoint.size for seal in (*self._seals, *self._evidence_seals)}
        self._last_sealed = max(self._sealed_sizes, default=0)
        self._has_tree = True

    def add_rows(self, rows: Sequence[StoredEntry]) -> None:
        """Add the next rows to the tree, up to the last seal, and note the digests of the entries in the evidence.

        After a gap there is no tree any more.
        """
        first, last = rows[0][0], rows[-1][0]
        for entry in self._evidence_entries:
            if first <= entry.number <= last:
                self._digests.update((row[0], row[5]) for row in rows if row[0] == entry.number)
        if self._has_tree and self._tree.size < self._last_sealed:
            for number, _stream, _version, _kind, body, _stored in rows:
                self._add(number, body)

    def _add(self, number: int, body: Any) -> None:
        if number > self._last_sealed or not self._has_tree or number <= self._tree.size:
            return
        if number != self._tree.size + 1 or not isinstance(body, str):
            self._has_tree = False
            return
        self._tree.add(body.encode(errors="surrogateescape"))
        if number in self._sealed_sizes:
            self._roots[number] = self._tree.root()

    def add_facts(self, entries: Iterable[Entry]) -> None:
        """Note the facts about seals in these entries.

        Entries beyond `size` are ignored: they were written after the tables were read, so the tables may not have
        their rows.
        """
        for entry in entries:
            fact: Any = entry.payload
            if isinstance(fact, SealMade | CosignatureAccepted) and entry.number <= self._size:
                self._recorded.append((entry.number, fact))

    def _compare_recorded(self) -> None:
        """Compare the seals and cosignatures in the tables with those that entries record."""
        rows = {row[0]: (_digest(row[3]), row[4]) for row in self._tables.seals}
        lines = {(size, _digest(line)) for size, line in self._tables.cosignatures}
        recorded_sizes: set[int] = set()
        for number, fact in self._recorded:
            code = ""
            if isinstance(fact, CosignatureAccepted):
                code = "" if (fact.number, fact.line) in lines else "cosignature_gone"
            else:
                recorded_sizes.add(fact.number)
                note, made_at = rows.get(fact.number, ("", None))
                code = _difference(fact, note, made_at)
            if code:
                self._defects.append(make_defect(code, number, STREAM, size=fact.number))
        last_recorded = max(recorded_sizes, default=0)
        for size in sorted(size for size in rows if size not in recorded_sizes and size < last_recorded):
            self._defects.append(make_defect("seal_planted", None, None, size=size))

    def finish(self, last: int) -> SealCoverage:
        """Compare the recorded seals, the roots and the evidence; `last` is the number of the last entry.

        Returns the part of the ledger that seals cover.
        """
        self._compare_recorded()
        self._compare_roots(last)
        self._compare_evidence(last)
        valid = {seal.checkpoint.size for seal in self._seals if self._has_root(seal)}
        cosignatures = [(size, signature.key) for size, signature in self._cosignatures if size in valid]
        witnessed = max((size for size, key in cosignatures if key in self._trusted), default=0)
        return SealCoverage(
            seals=len(self._seals),
            sealed=max(valid, default=0),
            witnessed=witnessed,
            witnesses=_names(key for size, key in cosignatures if size == witnessed and key in self._trusted),
            claimed=_names(key for _, key in cosignatures if key not in self._trusted),
            elsewhere=self._elsewhere,
            keys=tuple(self._key_sources()),
        )

    def _key_sources(self) -> Iterator[KeySource]:
        """Every key with which seals or cosignatures were checked, and its source."""
        log_keys = [term.key for term in self._terms]
        otherwise = "handed_on" if any(key in self._trusted for key in log_keys) else "here"
        for role, keys, source in ((LOG, log_keys, otherwise), (WITNESS, self._witness_keys, "here")):
            for key in keys:
                yield KeySource(str(key), role, "given" if key in self._trusted else source)

    def _compare_roots(self, last: int) -> None:
        """Report the stored seals whose root is not the root of the entries, or that cover more entries than there are.

        If a later seal is valid, the two seals contradict each other. If none is, the entries were rewritten.
        """
        last_valid = max((seal.checkpoint.size for seal in self._seals if self._has_root(seal)), default=0)
        rewritten = []
        for seal in self._seals:
            size = seal.checkpoint.size
            if size > last:
                self._defects.append(make_defect("seal_beyond", None, None, size=size, last=last))
            elif size < last_valid and not self._has_root(seal):
                self._defects.append(make_defect("seal_contradicts", None, None, size=size, later=last_valid))
            elif size > last_valid:
                rewritten.append(size)
        if rewritten:
            smallest, count = min(rewritten), len(rewritten)
            self._defects.append(make_defect("seal_root", None, None, first=last_valid + 1, last=smallest, count=count))

    def _compare_evidence(self, last: int) -> None:
        """Report the seals and entries from elsewhere that the ledger does not contain."""
        for seal in self._evidence_seals:
            if not self._has_root(seal):
                size = seal.checkpoint.size
                code = "expected_beyond" if size > last else "expected_root"
                self._defects.append(make_defect(code, None, None, source=seal.source, size=size, last=last))
        for entry in self._evidence_entries:
            if self._digests.get(entry.number) != entry.digest:
                code = "known_beyond" if entry.number > last else "known_other"
                self._defects.append(make_defect(code, None, None, source=entry.source, entry=entry.number, last=last))

    def _has_root(self, seal: _ReadSeal) -> bool:
        """Whether the entries under the seal have its root."""
        return self._roots.get(seal.checkpoint.size) == seal.checkpoint.root

    def _read_row(self, row: Sequence[Any]) -> _ReadSeal | None:
        """The seal of a row; None if it cannot be read, or the key of its term did not sign it.

        Reports what is wrong.
        """
        stored_size, root, edge, note, *_ = row
        try:
            seal = _read_seal(note)
        except _UNREADABLE as error:
            self._defects.append(make_defect("seal_unreadable", None, None, size=stored_size, why=_why(error)))
            return None
        checkpoint = seal.checkpoint
        if not self._is_signed(seal):
            return None
        if checkpoint.size != stored_size:
            self._defects.append(make_defect("seal_misplaced", None, None, size=checkpoint.size, place=stored_size))
        columns = {"root": root == encode_base64(checkpoint.root), "edge": _is_edge_of(edge, checkpoint)}
        differing = ", ".join(name for name, is_right in columns.items() if not is_right)
        if differing:
            self._defects.append(make_defect("seal_columns", None, None, size=checkpoint.size, columns=differing))
        return seal

    def _read_evidence(self, item: EvidenceSeal) -> _ReadSeal | None:
        """A seal from elsewhere; None if it cannot be read.

        It need not be in the table, but a key of this ledger must have signed it. Reports what is wrong.
        """
        try:
            seal = _ReadSeal(parse_checkpoint(item.seal.text), item.seal, item.source)
        except BadNote as error:
            self._defects.append(make_defect("expected_unreadable", None, None, source=item.source, why=error))
            return None
        self._is_signed(seal)
        return seal

    def _is_signed(self, seal: _ReadSeal) -> bool:
        """Whether a key whose term covers the seal signed it, with the ledger's name as its origin.

        Reports a defect if not.
        """
        checkpoint = seal.checkpoint
        term_keys = [term.key for term in self._terms if term.covers(checkpoint.size)]
        origin_keys = [key for key in term_keys if key.name == checkpoint.origin]
        try:
            verify_signatures(seal.note, origin_keys or term_keys)
        except (NoTrustedSignature, ForgedSignature) as error:
            fault = "forged" if isinstance(error, ForgedSignature) else "foreign"
        else:
            if origin_keys:
                return True
            fault = "foreign"
        code = f"seal_{fault}" if seal.source is None else f"expected_{fault}"
        size, origin = checkpoint.size, checkpoint.origin
        self._defects.append(
            make_defect(code, None, None, size=size, source=seal.source, origin=origin, keys=_key_names(term_keys))
        )
        return False

    def _check_cosignatures(self, tables: SealTables) -> Iterator[tuple[int, ValidSignature]]:
        """Every valid cosignature with the size of its seal. Reports the others."""
        texts = {seal.checkpoint.size: seal.note.text for seal in self._seals}
        for size, line in tables.cosignatures:
            try:
                if size not in texts:
                    raise BadNote(why=_NO_SEAL)
                note = Note(texts[size], (notes.parse_signature(_text(line).removesuffix("\n")),))
                yield from ((size, signature) for signature in verify_signatures(note, self._witness_keys))
            except (NoTrustedSignature, ForgedSignature, *_UNREADABLE) as error:
                self._defects.append(make_defect("cosignature", None, None, size=size, why=_why(error)))

    def _find_witness_keys(self, tables: SealTables) -> Iterator[Key]:
        """The trusted keys of witnesses, then the other stored ones. Reports a stored key that cannot be read."""
        yield from (key for key in self._trusted if key.type in COSIGNATURES)
        for key_text, role, *_ in tables.keys:
            if role == WITNESS:
                try:
                    if (key := Key.parse(_text(key_text))) not in self._trusted:
                        yield key
                except (BadKey, TypeError) as error:
                    self._defects.append(make_defect("seal_key", None, None, key=key_text, why=_why(error)))


def _difference(fact: SealMade, note: str, made_at: Any) -> str:
    """The code of the defect if the row of a seal is not as an entry recorded it; empty if it is."""
    if not note:
        return "seal_gone"
    if note != fact.note:
        return "seal_swapped"
    return "" if made_at == fact.made_at else "seal_redated"


def _digest(column: Any) -> str:
    """The digest of a column as text, whatever its type."""
    return digest(str(column).encode(errors="surrogateescape"))


def _text(column: Any) -> str:
    """A column that must be text. Raises TypeError if it is not."""
    if not isinstance(column, str):
        raise TypeError(column)
    return column


def _read_seal(column: Any) -> _ReadSeal:
    """The seal in the column of a row. Raises one of `_UNREADABLE`."""
    note = parse_note(_text(column).encode())
    return _ReadSeal(parse_checkpoint(note.text), note)


def tree_of_edge(column: str, size: int) -> Tree:
    """The tree of `size` leaves from the right edge in the column of a row.

    Raises ValueError if that is no such edge.
    """
    raw = decode_base64(column)
    return Tree(size, [raw[at : at + 32] for at in range(0, len(raw), 32)])


def _is_edge_of(column: Any, checkpoint: Checkpoint) -> bool:
    """Whether a column has the right edge of the tree with this size and root."""
    try:
        return tree_of_edge(column, checkpoint.size).root() == checkpoint.root
    except (ValueError, TypeError):
        return False


def _why(error: Exception) -> UserError | str:
    return error if isinstance(error, UserError) else type(error).__name__


def _names(keys: Iterable[Key]) -> tuple[str, ...]:
    return tuple(sorted({key.name for key in keys}))


def _key_names(keys: Sequence[Key]) -> str:
    return ", ".join(f"{key.name}+{key.id.hex()}" for key in keys) or "–"


_NO_SEAL = Text(zh="没有这份封存", en="there is no such seal")
