"""A notice: one thing that a role or an account should do or know."""

from __future__ import annotations

from datetime import date

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from states.vocabulary import Text

CONFIDENTIAL_KINDS = frozenset({"veto_raised", "veto_lifted"})
"""Notices of which a letter says only that there is something to read after signing in."""

RECUSAL_KINDS = frozenset({"veto_raised", "veto_lifted", "stale_score", "reopened", "returned"})
"""Notices that say how a department is judged: nobody who belongs to it receives them, unless they go to the department itself (decision 0034)."""


class Notice(Struct, frozen=True):
    """One thing to do or to know: its kind (the name of its template), the role it goes to, the department it is about, the template's values.

    `asks` is the stage or task it asks for, if it asks for something: once that is done, or is due on another day than `due`, the notice
    no longer applies. `account` is the one account it goes to, where it goes to no role. `on_monday`: it waits for Monday's digest,
    because it repeats an earlier notice or asks for nothing.
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
        """Whether people of the department do not receive it in any role."""
        return self.kind in RECUSAL_KINDS and self.to != "unit"


def with_department_title(notice: Notice, unit: str) -> Notice:
    """The notice with the department's name; in a special assessment (第六条) the name says so."""
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
