"""保密查阅: the entries about confidential values. Each says that a value was stored, read or erased, by whom and why.

No value is shown. The list can be filtered by kind of access, actor, person and department. It leaves out entries that
cannot be read: the timeline marks them.

Not here: reading a value (`pages/assessments/confidential.py`), and erasing one (`vault.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from starlette.responses import Response

from audit.reader import DatabaseReader
from config.typed import Unclear
from console.web.forms.refusal_status import status_of
from console.web.numbers import whole_number
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.custody.confidential import CLAUSE, VALUE_KIND_TITLES, Erased, Value, ValueKept, ValueRead
from states.refusals import Malformed
from states.user_errors import UserError
from states.vocabulary import Text
from storage.ledger import timeline
from storage.ledger.chain import Entry, StoredEntry, decode
from storage.ledger.facts import fact_of
from storage.ledger.timeline import EntryFilter

pages = Pages()

_ABOUT = Text(zh="关于", en="About")

PAGE_SIZE = 50
"""The number of rows on a page."""

ACCESS_KINDS: Mapping[str, tuple[str, Text]] = {
    ValueRead.kind: ("now", Text(zh="查阅", en="read")),
    Erased.kind: ("late", Text(zh="删除", en="erased")),
    ValueKept.kind: ("done", Text(zh="存入", en="stored")),
}
"""The light and the title of each kind of access, by kind of fact."""


class ConfidentialAccess(Struct, frozen=True):
    """One entry about a confidential value: it was stored, read or erased.

    `title` names the kind of access. `about` is the person whom the value is about; it is empty if it is about nobody.
    `units` are the departments that it concerns. `reason` is empty if the act needs no reason. `is_erased`: the value
    is erased now.
    """

    entry: Entry
    light: str
    title: Text
    actor: str
    value_kind: Text
    about: str
    units: tuple[str, ...]
    reason: str
    is_erased: bool


class AccessQuery(Struct, frozen=True):
    """The filters of the page, as typed. An empty filter accepts every entry.

    `deed` is a key of `ACCESS_KINDS`; any other text in it is ignored.
    """

    deed: str = ""
    actor: str = ""
    about: str = ""
    unit: str = ""

    @property
    def filter(self) -> EntryFilter:
        """The filters that the database applies: kind and actor. `matches` applies the others."""
        kinds = (self.deed,) if self.deed in ACCESS_KINDS else tuple(ACCESS_KINDS)
        return EntryFilter(kinds, actor=self.actor)

    def matches(self, access: ConfidentialAccess, person: str) -> bool:
        """Whether the access passes the filters by person and by department. `person`: the id that `about` names."""
        is_about = not person or access.about == person
        return is_about and (not self.unit or self.unit in access.units)

    def fields(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in self.__struct_fields__}


@pages.get("/audit/readings", view="audit")
def show(request: PageRequest) -> Response:
    query = AccessQuery(**{name: request.query.get(name, "").strip()[:64] for name in AccessQuery.__struct_fields__})
    size, newest = DatabaseReader(request.database).size(), whole_number(request.query.get("upto", ""))
    names, refusal, rows, continue_before = request.directory_names, None, list[ConfidentialAccess](), None
    try:
        person = names.id_of(query.about) if query.about else ""
        rows, continue_before = _search(request, query, person, 1 + (size if newest is None else min(newest, size)))
    except Unclear as unclear:
        refusal = Malformed(what=_ABOUT, why=unclear.why, clause=CLAUSE)
    return request.answer.page(
        "confidential_access_log.html",
        status_of(refusal),
        refusal=refusal,
        query=query,
        people=names.options,
        rows=rows,
        before=continue_before,
        more=len(rows) == PAGE_SIZE,
        kinds=ACCESS_KINDS,
        units=list(request.roster.units.values()),
    )


def _search(
    request: PageRequest, query: AccessQuery, person: str, before: int
) -> tuple[list[ConfidentialAccess], int | None]:
    """One page of rows, the latest first, and the entry before which the next page starts (None: there is none).

    It searches at most `timeline.WINDOW` entries, even if they have few rows. The page shows how far it searched.
    """
    entries, continue_before = timeline.page_before(request.database, query.filter, before, timeline.WINDOW)
    rows = []
    for access in _accesses(request, entries):
        if query.matches(access, person):
            rows.append(access)
        if len(rows) == PAGE_SIZE:
            return rows, access.entry.number
    return rows, continue_before


def _accesses(request: PageRequest, rows: list[StoredEntry]) -> Iterator[ConfidentialAccess]:
    """The accesses in these entries, without the entries that cannot be read."""
    for row in rows:
        try:
            yield _access(request, row)
        except (UserError, ValueError, LookupError):
            continue  # the timeline marks an entry that cannot be read, and the replay reports it


def _access(request: PageRequest, row: StoredEntry) -> ConfidentialAccess:
    _, stream, _, _, body, _ = row
    entry, value = decode(body), request.engine.state(stream)
    assert isinstance(value, Value)
    light, title = ACCESS_KINDS[entry.kind]
    return ConfidentialAccess(
        entry=entry,
        light=light,
        title=title,
        actor=request.author(entry),
        value_kind=VALUE_KIND_TITLES.get(value.value, Text(zh=value.value, en=value.value)),
        about=value.about or "",
        units=value.units,
        reason=getattr(fact_of(entry), "reason", ""),
        is_erased=bool(value.erased),
    )
