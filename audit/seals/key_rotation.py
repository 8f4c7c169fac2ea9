"""How one key of the ledger hands on to the next: a note that names the new key, signed by the old one.

    college.edu.cn/kaohe
    key college.edu.cn/kaohe+<id>+<the old key>
    successor college.edu.cn/kaohe+<id>+<the new key>
    after 1234

Both keys sign: the old one to say which key follows, the new one to show that somebody has its private half. A seal with both signatures
would not do: anybody may add a line under a public note, and the old key would have signed nothing about the new one. The text names the old
key, so that a note which a third key signed too cannot pass for that key's handover. It cannot pass for a seal either, because the second line
of a seal is a number.
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


class NoHandover(UserError):
    """A key of the ledger that the key before it did not hand on to."""

    zh = "没有由上一个密钥 {before} 交接。若旧密钥确已丢失，须以 --key 同时给出新旧两个公钥，且均由考核办当面交付"
    en = "the key before it, {before}, did not hand on to it. If that key was lost, give both with --key, each as the office handed it over in person"


_TEXT = re.compile(r"([^\n]+)\nkey ([^\n]+)\nsuccessor ([^\n]+)\nafter (0|[1-9][0-9]{0,17})\n")


class Successor(Struct, frozen=True):
    """The key that signs the seals of more than `after` entries."""

    key: Key
    after: int


class Term(Struct, frozen=True):
    """A key, and which seals it signs: those of more than `after` entries, and not more than `upto` (None: all)."""

    key: Key
    after: int
    upto: int | None = None

    def covers(self, number: int) -> bool:
        """Whether a seal of `number` entries is this key's to sign."""
        return self.after < number and (self.upto is None or number <= self.upto)


def sign_handover(old: Signer, new: Signer, after: int) -> Note:
    """The old key names the new one, for the seals of more than `after` entries."""
    text = f"{old.key.name}\nkey {old.key}\nsuccessor {new.key}\nafter {after}\n"
    return Note(text, (old.sign(text), new.sign(text)))


def parse_handover(note: Note, old: Key) -> Successor:
    """The key that follows `old`. BadNote, BadKey, NoTrustedSignature or ForgedSignature unless both keys signed."""
    parts = _TEXT.fullmatch(note.text)
    if parts is None:
        raise BadNote(why=_NO_HANDOVER)
    key = Key.parse(parts[3])
    if (parts[1], parts[2]) != (old.name, str(old)) or key.name != old.name or key.type != old.type:
        raise BadNote(why=_NO_HANDOVER)
    for one in (old, key):
        verify_signatures(note, [one])
    return Successor(key, int(parts[4]))


def terms(rows: Iterable[KeyRecord], trusted: Sequence[Key] = ()) -> tuple[list[Term], list[tuple[str, UserError]]]:
    """Which key signs which seals, by the stored keys; and the keys that no key handed on to, each with the reason.

    Without `trusted` keys the first stored key is believed. With them, only they are, and the keys that follow them.
    """
    found: list[Term] = []
    wrong: list[tuple[str, UserError]] = []
    for key, role, since, note in rows:
        if role != LOG:
            continue
        try:
            successor = _successor(key, since, note, found, trusted)
        except (BadKey, BadNote, NoHandover, NoTrustedSignature, ForgedSignature) as error:
            wrong.append((str(key), error))
            continue
        if found:
            found[-1] = Term(found[-1].key, found[-1].after, successor.after)
        found.append(Term(successor.key, successor.after))
    known = {term.key for term in found}
    return [*found, *(Term(key, 0) for key in trusted if key not in known)], wrong


def _successor(stored: Any, since: Any, note: Any, before: Sequence[Term], trusted: Sequence[Key]) -> Successor:
    """The key of a row, if it may be believed. A column of SQLite holds whatever was put there."""
    if not (isinstance(stored, str) and isinstance(since, int) and isinstance(note, str | None)):
        raise BadNote(why=_NO_HANDOVER)
    key = Key.parse(stored)
    if key in trusted or not (before or trusted):
        return Successor(key, since)
    if note is None or not before:
        known = trusted or [before[-1].key]
        raise NoHandover(before=", ".join(f"{one.name}+{one.id.hex()}" for one in known))
    successor = parse_handover(parse_note(note.encode(errors="surrogateescape")), before[-1].key)
    if (successor.key, successor.after) != (key, since):
        raise BadNote(why=_NO_HANDOVER)
    return successor


_NO_HANDOVER = Text(
    zh="不是这个台账的密钥交接文件（应由 kaohe keys rotate 生成）",
    en="it is no handover of this ledger's key, as `kaohe keys rotate` makes one",
)
