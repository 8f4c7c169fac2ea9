"""What a seal says (c2sp.org/tlog-checkpoint): whose ledger, how many entries, and the root of the tree over them.

Three lines and nothing more: "the use of extension lines is NOT RECOMMENDED", and nobody could check them.
"""

from __future__ import annotations

import re

from msgspec import Struct

from states.vocabulary import Text

from .notes import BadNote, decoded, encoded

_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")


class Checkpoint(Struct, frozen=True):
    """The first `size` entries of the ledger `origin` have this `root`."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{encoded(self.root)}\n"

    @property
    def fingerprint(self) -> str:
        """The first 80 bits of the root, to be printed in a notice and compared by eye."""
        return " ".join(self.root.hex()[at : at + 4] for at in range(0, 20, 4))


def checkpoint(text: str) -> Checkpoint:
    """What the text of a note says. BadNote if it is not exactly a checkpoint's three lines."""
    lines = text.split("\n")
    if len(lines) != 4 or not all(lines[:3]) or lines[3] or not _SIZE.fullmatch(lines[1]):
        raise BadNote(why=_LINES)
    return Checkpoint(lines[0], int(lines[1]), hash_of(lines[2]))


def hash_of(line: str) -> bytes:
    """The hash a line holds. BadNote."""
    try:
        made = decoded(line)
    except ValueError:
        made = b""
    if len(made) != 32:
        raise BadNote(why=_HASH)
    return made


_LINES = Text(
    zh="内容应为三行：台账名称、记录条数、根摘要", en="it should have three lines: origin, number of entries, root"
)
_HASH = Text(zh="摘要须为 32 字节的 base64", en="a hash is not 32 bytes in base 64")
