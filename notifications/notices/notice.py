"""A notice: one thing that a role or an account should do or know."""

from __future__ import annotations

from datetime import date

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from states.vocabulary import Text

CONFIDENTIAL_KINDS = frozenset({"veto_raised", "veto_lifted"})
"""Notices of which a letter says only that there is something to see after signing in."""

RECUSAL_KINDS = frozenset({"veto_raised", "veto_lifted", "stale_score", "reopened", "returned"})
"""Notices that say how a unit is judged: nobody who belongs to it hears of them, unless they go to the unit itself (docs/decisions/0034)."""


class Notice(Struct, frozen=True):
    """One message: its kind (a template of that name exists), who hears it, about which unit, and its words' values.

    `asks` is the stage or task it asks for, if it asks for something: once that is done, or is due on another day
    than `due`, the notice is out of date. `account` is the one account it concerns, where it is for no role. One
    `on_monday` goes with the digest: it says once more what was said before, or asks for nothing.
    """

    kind: str
    to: str
    unit: str
    values: dict[str, object]
    asks: str | None = None
    due: date | None = None
    account: str | None = None
    on_monday: bool = False

    @property
    def confidential(self) -> bool:
        return self.kind in CONFIDENTIAL_KINDS

    @property
    def judges(self) -> bool:
        """Whether people of the unit do not hear of it, in whatever role."""
        return self.kind in RECUSAL_KINDS and self.to != "unit"


def with_department_title(notice: Notice, unit: str) -> Notice:
    """The notice with its unit by name; one of a special assessment (第六条) says so wherever it names the unit."""
    special = notice.values.get("special")
    called = f"{unit}（{special.zh}）" if isinstance(special, Text) else unit
    return replace(notice, values={**notice.values, "unit": called})


def notice_to_json(notice: Notice) -> str:
    """The notice as JSON, to be kept until it is sent."""
    return msgspec.json.encode(notice).decode()


def notice_from_json(said: str) -> Notice:
    """The notice of its JSON."""
    notice = msgspec.json.decode(said, type=Notice)
    values = {k: Text(**v) if isinstance(v, dict) else v for k, v in notice.values.items()}
    return replace(notice, values=values)
