"""保密查阅: who kept, read and erased which confidential value, when and why. What a value says is shown to no auditor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from starlette.responses import Response

from audit.reader import DatabaseReader
from console.display_names import account_names
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states.custody.confidential import KINDS, Erased, Value, ValueKept, ValueRead
from states.user_errors import UserError
from states.vocabulary import Text
from storage.ledger import timeline
from storage.ledger.chain import Entry, StoredEntry, decode
from storage.ledger.facts import fact_of
from storage.ledger.timeline import EntryFilter

pages = Pages()

PAGE = 50

DEEDS: Mapping[str, tuple[str, Text]] = {
    ValueRead.kind: ("now", Text(zh="查阅", en="read")),
    Erased.kind: ("late", Text(zh="删除", en="erased")),
    ValueKept.kind: ("done", Text(zh="存入", en="kept")),
}
"""What is done to a value: its light and its word."""


class Reading(Struct, frozen=True):
    """One entry about a confidential value. `about` and `value` are what was kept, `units` those it concerns; `reason` is why, where one was asked."""

    entry: Entry
    light: str
    word: Text
    who: str
    id: str
    value: Text
    about: str
    units: tuple[str, ...]
    reason: str
    gone: bool


@pages.get("/audit/readings", view="audit")
def show(request: PageRequest) -> Response:
    query = request.query
    asked = {name: query.get(name, "").strip()[:64] for name in ("deed", "actor", "about", "unit")}
    upto = query.get("upto", "")
    last = DatabaseReader(request.database).size()
    before = min(int(upto), last) + 1 if upto.isdecimal() and len(upto) < 20 else last + 1
    kinds = (asked["deed"],) if asked["deed"] in DEEDS else tuple(DEEDS)
    rows, before_ = _found(request, EntryFilter(kinds, actor=asked["actor"]), asked, before)
    return request.answer.page(
        "readings.html", asked=asked, rows=rows, before=before_, more=len(rows) == PAGE, deeds=DEEDS,
        units=list(request.roster.units.values()),
    )  # fmt: skip


def _found(
    request: PageRequest, wanted: EntryFilter, asked: Mapping[str, str], before: int
) -> tuple[list[Reading], int | None]:
    """A page of them, the last first, and from where to go on: one step of the ledger, however few are found in it."""
    found, lowest = timeline.page_before(request.database, wanted, before, timeline.WINDOW)
    names, rows = account_names(request.database), []
    for reading in _readings(request, found, names):
        if _fits(reading, asked):
            rows.append(reading)
        if len(rows) == PAGE:
            return rows, reading.entry.number
    return rows, lowest


def _readings(request: PageRequest, rows: list[StoredEntry], names: Mapping[str, str]) -> Iterator[Reading]:
    for row in rows:
        try:
            yield _reading(request, row, names)
        except (UserError, ValueError, LookupError):
            continue  # it cannot be read: the timeline shows it, and the replay tells of it


def _reading(request: PageRequest, row: StoredEntry, names: Mapping[str, str]) -> Reading:
    entry = decode(row[4])
    state = request.engine.state(row[1])
    assert isinstance(state, Value)
    light, word = DEEDS[entry.kind]
    return Reading(
        entry, light, word, names.get(entry.actor, entry.actor), state.id, KINDS.get(state.value, Text(zh=state.value, en=state.value)),
        state.about or "", state.units, getattr(fact_of(entry), "reason", ""), bool(state.erased),
    )  # fmt: skip


def _fits(reading: Reading, asked: Mapping[str, str]) -> bool:
    return (not asked["about"] or reading.about == asked["about"]) and (
        not asked["unit"] or asked["unit"] in reading.units
    )
