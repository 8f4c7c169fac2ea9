"""A notice: one thing that a role or an account should do or know. Also here: which notices are confidential.

Not here: how a notice is made of an entry (the other files), and its text (`letter_text.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from states.vocabulary import Text

CONFIDENTIAL_KINDS = frozenset({"veto_raised", "veto_lifted"})
"""Kinds of notices about which a letter says only that there is something to read after signing in."""

RECUSAL_KINDS = frozenset(
    {"veto_raised", "veto_lifted", "stale_score", "reopened", "returned", "review_decided", "review_granted"}
)
"""Kinds of notices that say how a department is judged.

People of the department do not receive them, except a notice to the department itself (decision 0034).
"""

ASSIGNMENT_KINDS = frozenset({"assigned", "assignment_ended"})
"""Kinds of notices that name, by their recipient, who is to do something in a department."""


class Notice(Struct, frozen=True):
    """One thing to do or to know.

    `kind`: the name of its template. `to`: the role that receives it. `unit`: the department it is about; empty if
    there is none. `values`: the values for the template. `asks`: the stage or task that it asks for; None if it asks
    for nothing. When that is done, or its deadline is no longer `due`, the notice no longer applies. `account`: the
    only account that receives it, if it is not for a role. `person`: the member of a team whose account alone receives
    it, whichever account that is when it is read or sent. `assignees`: the accounts that are to do what it asks for,
    and `by` the roles that may do it. If one of these accounts still may and receives letters, only they get one.
    `on_monday`: it waits for Monday's digest, because it repeats an earlier notice or asks for nothing.
    """

    kind: str
    to: str
    unit: str
    values: dict[str, object]
    asks: str | None = None
    due: date | None = None
    account: str | None = None
    person: str | None = None
    assignees: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    on_monday: bool = False

    @property
    def confidential(self) -> bool:
        """Whether a letter must not say what the notice says."""
        return self.kind in CONFIDENTIAL_KINDS

    @property
    def judges(self) -> bool:
        """Whether it says how the department is judged.

        People of the department must not receive it in another role.
        """
        return self.kind in RECUSAL_KINDS and self.to != "unit"


def with_department_title(notice: Notice, unit_title: str) -> Notice:
    """A copy with the name of the department, followed by the title of a special assessment (第六条)."""
    special = notice.values.get("special")
    title = f"{unit_title}（{special.zh}）" if isinstance(special, Text) else unit_title
    return replace(notice, values={**notice.values, "unit": title})


def with_account_names(notice: Notice, titles: Mapping[str, str], names: Mapping[str, str]) -> Notice:
    """A copy with the names of accounts (`names`) and departments (`titles`) in place of ids.

    The accounts are those of people who act: the inspectors and the contact of a visit, and who changed an account.
    """
    values = {name: _named(name, value, titles, names) for name, value in notice.values.items()}
    return replace(notice, values=values)


def with_person_name(notice: Notice, names: Mapping[str, str]) -> Notice:
    """A copy that names the person whom it is about (`values["person"]`), for readers on the pages.

    Never for a letter: a mailbox is outside the institution, and a name that was sent can no longer be erased. There
    the person has only the post.
    """
    name = names.get(str(notice.values.get("person")))
    return (
        notice if name is None else replace(notice, values={**notice.values, "post": f"{name} {notice.values['post']}"})
    )


def _named(name: str, value: object, titles: Mapping[str, str], names: Mapping[str, str]) -> object:
    if name in ("actor", "contact", "principal"):
        return names.get(str(value), str(value))
    if name == "inspectors" and isinstance(value, list):
        return [names.get(id_, id_) for id_ in value]
    if name == "visits" and isinstance(value, list):
        return [{key: _named(key, one, titles, names) for key, one in visit.items()} for visit in value]
    return titles.get(str(value), str(value)) if name == "unit" else value


def notice_to_json(notice: Notice) -> str:
    """The notice as JSON, as the table of deliveries stores it."""
    return msgspec.json.encode(notice).decode()


def notice_from_json(json: str) -> Notice:
    """Read a notice from its JSON."""
    notice = msgspec.json.decode(json, type=Notice)
    values = {name: Text(**value) if isinstance(value, dict) else value for name, value in notice.values.items()}
    return replace(notice, values=values)
