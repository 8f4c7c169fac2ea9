"""The text of a seal (c2sp.org/tlog-checkpoint): the name of the ledger, the number of entries, and their root.

We write these three lines and no others: "the use of extension lines is NOT RECOMMENDED". In notes from others,
extension lines are ignored. Also here: `parse_hash`, for the lines of proofs too. Not here: signatures (`notes.py`).
"""

from __future__ import annotations

import re

from msgspec import Struct

from states.vocabulary import Text

from .notes import BadNote, decode_base64, encode_base64

_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")


class Checkpoint(Struct, frozen=True):
    """The statement that the first `size` entries of the ledger `origin` have this `root`."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    @property
    def fingerprint(self) -> str:
        """The first 80 bits of the root, printed in a notice so that people can compare them."""
        return " ".join(self.root.hex()[index : index + 4] for index in range(0, 20, 4))


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a note; extension lines are ignored. Raises `BadNote` if it is no checkpoint."""
    *lines, end = text.split("\n")
    if len(lines) < 3 or not all(lines) or end or not _SIZE.fullmatch(lines[1]):
        raise BadNote(why=_NOT_A_CHECKPOINT)
    return Checkpoint(lines[0], int(lines[1]), parse_hash(lines[2]))


def parse_hash(line: str) -> bytes:
    """Read a hash from a line. Raises `BadNote` if it is not 32 bytes in base64."""
    try:
        raw = decode_base64(line)
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise BadNote(why=_NOT_A_HASH)
    return raw


_NOT_A_CHECKPOINT = Text(
    zh="内容的前三行应为：台账名称、记录条数、根摘要",
    en="its first three lines should be: origin, number of entries, root",
)
_NOT_A_HASH = Text(zh="摘要须为 32 字节的 base64", en="a hash is not 32 bytes in base 64")
