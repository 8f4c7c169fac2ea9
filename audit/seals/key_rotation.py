"""The handover from one key of the ledger to the next: a note that names both keys, signed by both.

    college.edu.cn/kaohe
    key college.edu.cn/kaohe+<id>+<the old key>
    successor college.edu.cn/kaohe+<id>+<the new key>
    after 1234

Both keys sign. The signature of the old key says which key follows; that of the new key shows that its private key
exists. A seal with both signatures would not be enough: anybody may add a signature line to a public note, and the old
key would not have named the new one. The text names the old key, so if a third key signs the note too, the note is
still not a handover of that third key. It cannot be mistaken for a seal, because the second line of a seal is a number.

Also here: `find_terms`, which seals each stored key may sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from audit.reader import KeyRecord
from states.user_errors import UserError
from states.vocabulary import Text
from storage.seals import LOG

from .keys import BadKey, ForgedSignature, Key, NoTrustedSignature, Signer, verify_signatures
from .notes import BadNote, Note, parse_note


class MissingHandover(UserError):
    """A stored key of the ledger has no handover from the key before it."""

    zh = "没有由上一个密钥 {before} 交接。若旧密钥确已丢失，须以 --key 同时给出新旧两个公钥，且均由考核办当面交付"
    en = (
        "there is no handover to it from the key before it, {before}. If that key was lost, give both public keys "
        "with --key, each received from the office in person"
    )


_NOT_A_HANDOVER = Text(
    zh="不是这个台账的密钥交接文件（应由 kaohe keys rotate 生成）",
    en="it is not a handover of this ledger's key (`kaohe keys rotate` makes one)",
)

_HANDOVER_PATTERN = re.compile(r"([^\n]+)\nkey ([^\n]+)\nsuccessor ([^\n]+)\nafter (0|[1-9][0-9]{0,17})\n")


class Term(Struct, frozen=True):
    """The seals that a key may sign: those of more than `after` and at most `last` entries (None: no limit)."""

    key: Key
    after: int
    last: int | None = None

    def covers(self, size: int) -> bool:
        """Whether the key may sign a seal of `size` entries."""
        return self.after < size and (self.last is None or size <= self.last)


def sign_handover(old: Signer, new: Signer, after: int) -> Note:
    """The handover from the old key to the new one, which signs the seals of more than `after` entries."""
    text = f"{old.key.name}\nkey {old.key}\nsuccessor {new.key}\nafter {after}\n"
    return Note(text, (old.sign(text), new.sign(text)))


def parse_handover(note: Note, old: Key) -> Term:
    """The term of the key that follows `old`.

    Raises `BadNote` or `BadKey` if the note is no handover of `old`, and `NoTrustedSignature` or `ForgedSignature` if
    not both keys signed it.
    """
    parts = _HANDOVER_PATTERN.fullmatch(note.text)
    if parts is None:
        raise BadNote(why=_NOT_A_HANDOVER)
    new = Key.parse(parts[3])
    if (parts[1], parts[2]) != (old.name, str(old)) or new.name != old.name or new.type != old.type:
        raise BadNote(why=_NOT_A_HANDOVER)
    for key in (old, new):
        verify_signatures(note, [key])
    return Term(new, int(parts[4]))


def find_terms(
    rows: Iterable[KeyRecord], trusted: Sequence[Key] = ()
) -> tuple[list[Term], list[tuple[str, UserError]]]:
    """From the stored keys: the term of each trustworthy key, and the rejected keys, each with the reason.

    If `trusted` is empty, the first stored key is trusted. Otherwise only the `trusted` keys are, and the keys that
    follow them by an unbroken chain of handovers. A `trusted` key that is not stored may sign any seal. Keys of
    witnesses are ignored.
    """
    terms: list[Term] = []
    rejected: list[tuple[str, UserError]] = []
    for key, role, after, note in rows:
        if role != LOG:
            continue
        try:
            term = _term_of_row(key, after, note, terms, trusted)
        except (BadKey, BadNote, MissingHandover, NoTrustedSignature, ForgedSignature) as error:
            rejected.append((str(key), error))
            continue
        if terms:
            terms[-1] = Term(terms[-1].key, terms[-1].after, term.after)
        terms.append(term)
    stored_keys = {term.key for term in terms}
    return [*terms, *(Term(key, 0) for key in trusted if key not in stored_keys)], rejected


def _term_of_row(key_text: Any, after: Any, note: Any, earlier: Sequence[Term], trusted: Sequence[Key]) -> Term:
    """The term of the key in a row. Raises the reason if the key cannot be trusted.

    SQLite does not enforce the types of columns, so they are checked.
    """
    if not (isinstance(key_text, str) and isinstance(after, int) and isinstance(note, str | None)):
        raise BadNote(why=_NOT_A_HANDOVER)
    key = Key.parse(key_text)
    if key in trusted or not (earlier or trusted):
        return Term(key, after)
    if note is None or not earlier:
        expected = trusted or [earlier[-1].key]
        raise MissingHandover(before=", ".join(f"{signer.name}+{signer.id.hex()}" for signer in expected))
    term = parse_handover(parse_note(note.encode(errors="surrogateescape")), earlier[-1].key)
    if (term.key, term.after) != (key, after):
        raise BadNote(why=_NOT_A_HANDOVER)
    return term
