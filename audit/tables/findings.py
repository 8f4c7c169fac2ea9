"""The result of the check of a table."""

from __future__ import annotations

from msgspec import Struct

from audit.defect import Defect
from states.vocabulary import Text


class TableFindings(Struct, frozen=True):
    """The defects, and a sentence for each thing that could not be checked."""

    defects: tuple[Defect, ...] = ()
    caveats: tuple[Text, ...] = ()
