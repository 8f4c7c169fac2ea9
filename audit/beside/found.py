"""The result of checking a table."""

from __future__ import annotations

from msgspec import Struct

from audit.report import Defect
from states.vocabulary import Text


class Beside(Struct, frozen=True):
    """The defects, and a sentence for each thing that could not be checked."""

    defects: tuple[Defect, ...] = ()
    unvouched: tuple[Text, ...] = ()
