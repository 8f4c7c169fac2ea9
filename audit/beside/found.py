"""What a look at a table gives."""

from __future__ import annotations

from msgspec import Struct

from audit.report import Defect
from states.vocabulary import Text


class Beside(Struct, frozen=True):
    """Defects, and in one sentence each what could not be vouched for."""

    defects: tuple[Defect, ...] = ()
    unvouched: tuple[Text, ...] = ()
