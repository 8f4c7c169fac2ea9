"""Attempts of consequence that were refused: who tried which act where, and which refusal answered it.

Not what was asked in words: a refused text may hold the very thing that may not be in an entry.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from states.streams import ACCESS
from states.vocabulary import Fact, Stamp


class Access(Struct, frozen=True):
    """The stream `access`: only its length matters."""

    stream: str = ACCESS
    version: int = 0


class RefusedCommand(Fact, frozen=True, kw_only=True):
    """A command was refused for a reason of consequence (role, own unit, second person, personal data)."""

    act: str
    stream: str
    refusal: str

    def fold(self, state: Access, stamp: Stamp) -> Access:
        return replace(state, version=stamp.version)
