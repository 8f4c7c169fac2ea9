"""The rulebooks that entries name, as kept beside the ledger: each checked against its digest before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from audit.report import Defect, defect
from config.rulebooks import RulebookFault, parse
from states.chart import Chart
from states.deadlines import days
from states.rulebook.types import Rulebook
from states.vocabulary import Text


class Law:
    """One edition with its chart, and its calendar: which day it is in its zone."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.chart = Chart(rulebook)
        self._zone = ZoneInfo(rulebook.timezone)
        self._begins = self._ends = datetime.min.replace(tzinfo=UTC)
        self._today = date.min

    def today(self, now: datetime) -> date:
        """The civil date of a moment. Entries come in the order of time, so the day asked last is mostly it."""
        if not self._begins <= now < self._ends:
            self._today = now.astimezone(self._zone).date()
            tomorrow, zone = self._today + timedelta(days=1), self.rulebook.timezone
            self._begins, self._ends = days.begins(self._today, zone), days.begins(tomorrow, zone)
        return self._today


def laws(kept: Mapping[str, tuple[str, str]]) -> tuple[dict[str, Law], list[Defect]]:
    """Every usable edition by its pin `id@digest`, and a defect for each that is not."""
    usable: dict[str, Law] = {}
    defects = []
    for digest, (id_, source) in sorted(kept.items()):
        law = _law(digest, id_, source)
        if isinstance(law, Law):
            usable[f"{id_}@{digest}"] = law
        else:
            defects.append(defect("rulebook", None, None, digest=digest[:12], why=law))
    return usable, defects


def _law(digest: str, id_: str, source: str) -> Law | Text:
    """The edition a row of the table holds, or why it holds none."""
    raw = source.encode(errors="surrogatepass")
    if sha256(raw).hexdigest() != digest:
        return Text(zh="内容已被改动", en="its text was changed")
    try:
        rulebook = parse(raw, f"{id_} (database)").rulebook
    except RulebookFault as fault:
        return Text(zh=fault.render("zh"), en=fault.render("en"))
    if rulebook.id != id_:
        return Text(zh=f"其 id 为 {rulebook.id}，不是 {id_}", en=f"its id is {rulebook.id}, not {id_}")
    return Law(rulebook)
