"""The titles of streams for people, because nobody would call a case `case/c-2026-1a2b`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from states.assessment import Assessment
from states.cases.case import case_title
from states.cases.record import record_title
from states.custody.confidential import VALUE_KIND_TITLES, Value
from states.papers.catalogue import PAPERS
from states.records.case import Case
from states.records.record import Record
from states.records.routine_check import RoutineCheck
from states.rulebook.types import Rulebook
from states.streams import Stream, case_stream, record_stream
from states.titles import same_text
from states.user_errors import UserError
from states.vocabulary import Text

STREAM_TITLES: Mapping[str, Text] = {
    "assessment": Text(zh="考核", en="assessment"),
    "case": Text(zh="案件", en="case"),
    "routine_check": Text(zh="平时检查", en="routine check"),
    "record": Text(zh="登记事项", en="record"),
    "year": Text(zh="年度", en="year"),
    "roster": Text(zh="部门名册", en="roster"),
    "account": Text(zh="账号", en="account"),
    "vault": Text(zh="保密内容", en="confidential value"),
    "paper": Text(zh="文书", en="paper"),
    "template": Text(zh="文书模板", en="template of a paper"),
    "table": Text(zh="台账以外的数据", en="table beside the ledger"),
    "seals": Text(zh="封存登记", en="seals"),
    "clock": Text(zh="系统时间", en="the machine's time"),
    "access": Text(zh="拒绝记录", en="refused attempts"),
}
"""The titles of the kinds of stream, by the first word of a stream's name."""


_SOURCE = Text(zh="结果所依据的其他内容", en="something else that the result rests on")
_OTHER = Text(zh="其他", en="other")


def source_title(id_: str, title: Callable[[str], Text]) -> Text:
    """The title of a case or of another record by its id; a general word for anything else a result rests on.

    `title` returns the title of a stream; that of a stream without entries is the title of its kind.
    """
    titles = (title(stream) for stream in (case_stream(id_), record_stream(id_)))
    return next((one for one in titles if one not in STREAM_TITLES.values()), _SOURCE)


class StreamTitles:
    """Makes the titles of streams.

    `state` returns the state of a stream, `unit` the title of a department in a year. `accounts` has the names of
    accounts, `rulebook` the titles of outcomes.
    """

    def __init__(
        self,
        state: Callable[[str], object],
        unit: Callable[[str, int | None], str],
        accounts: Mapping[str, str],
        rulebook: Rulebook,
    ) -> None:
        self._state, self._unit, self._accounts, self._rulebook = state, unit, accounts, rulebook

    def title(self, stream: str) -> Text:
        """The title of a stream; the title of its kind if nothing more is known."""
        parts = Stream.parse(stream)
        kind = STREAM_TITLES.get(parts.kind, _OTHER)
        if parts.unit is not None:
            return self._assessment(parts, parts.unit)
        if parts.kind == "year" and parts.id:
            return Text(zh=f"{parts.id} 年度", en=parts.id)
        if parts.kind in ("paper", "template") and parts.path[-1] in PAPERS:
            title, year = PAPERS[parts.path[-1]].title, parts.year or ""
            return Text(zh=f"{kind.zh} {year} {title.zh}", en=f"{kind.en} {year} {title.en}".replace("  ", " "))
        if parts.kind == "account" and parts.id in self._accounts:
            return Text(zh=f"{kind.zh} {self._accounts[parts.id]}", en=f"{kind.en} {self._accounts[parts.id]}")
        if parts.kind in ("case", "record") and (record := self._record(stream)) is not None:
            return record
        detail = self._detail(stream) if parts.kind in ("routine_check", "vault") else None
        return Text(zh=f"{kind.zh}（{detail.zh}）", en=f"{kind.en} ({detail.en})") if detail else kind

    def source(self, id_: str) -> Text:
        """The title of a case or of another record by its id (`source_title`)."""
        return source_title(id_, self.title)

    def _assessment(self, stream: Stream, unit: str) -> Text:
        annual = f"{stream.year or ''} {self._unit(unit, stream.year)}".strip()
        state = self._state_or_none(str(stream)) if stream.occasion else None
        special = self._rulebook.special_title(state.occasion, state.title) if isinstance(state, Assessment) else None
        return Text(zh=f"{annual} {special.zh}", en=f"{annual} {special.en}") if special else same_text(annual)

    def _record(self, stream: str) -> Text | None:
        """The department at the time, and the title of the case or of the record."""
        state = self._state_or_none(stream)
        if not isinstance(state, Case | Record) or state.body is None:
            return None
        unit = self._unit(state.body.unit, None)
        title = case_title(state, self._rulebook) if isinstance(state, Case) else record_title(state, self._rulebook)
        return Text(zh=f"{unit} {title.zh}", en=f"{unit}, {title.en}")

    def _detail(self, stream: str) -> Text | None:
        """The words that distinguish one routine check or confidential value from another."""
        state = self._state_or_none(stream)
        if isinstance(state, Value) and state.value:
            return VALUE_KIND_TITLES.get(state.value)
        if isinstance(state, RoutineCheck) and state.findings is not None:
            return same_text(f"{self._unit(state.unit, None)} {state.findings.checked_on}")
        return None

    def _state_or_none(self, stream: str) -> object:
        """The state; None if the ledger cannot be read: a page of entries must still show the other entries."""
        try:
            return self._state(stream)
        except UserError:
            return None
