"""The tables beside the ledger whose rows the ledger notes, by digest and never by content. One stream each, `table/<name>`.

`contact` (by account, over a salt and the row), `holidays` (by year, over the table as imported), `verification` (by number, over
the report) are noted row by row, with the change. `security` is a chain of its own, written at every request: of it the
ledger notes from time to time how long it is and the digest of its last line, and from which line on it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from states.accounts.account import OPERATOR
from states.context import Context
from states.records.account import ADMINISTRATORS, AUDIT
from states.refusals import NotKnown, NotYours
from states.streams import id_of
from states.views import ASSESSING
from states.vocabulary import CLOCK, Command, Digest, Fact, Opaque, Stamp, Text

CLAUSE = Text(zh="台账格式·台账以外的数据", en="the ledger's format: the tables beside it")
CONTACT, HOLIDAYS, VERIFICATION, SECURITY_LOG = "contact", "holidays", "verification", "security"
GENESIS = Digest("0" * 64)
"""The digest before the first line of the security log."""

BY: Mapping[str, tuple[str, ...]] = {
    "note_rows": (*ASSESSING, *ADMINISTRATORS, OPERATOR.role, "nobody"),
    "note_security_log": (CLOCK.role,),
}
"""Whose each act is. Which table is whose to change was asked before it was changed; `check_rows` asks what holds for everybody."""

TITLES: Mapping[str, Text] = {
    "note_rows": Text(zh="登记台账以外数据的变更", en="note a change beside the ledger"),
    "note_security_log": Text(zh="登记安全日志", en="note the security log"),
}


class Row(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The key and the digest of a row; None where the row was deleted."""

    key: Opaque
    digest: Digest | None = None


class NotedRows(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """NotedRows of one table that changed."""

    rows: tuple[Row, ...]


class NotedLog(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The security log: kept from line `first` on, which comes after the digest `before`; line `number` has the digest `digest`."""

    first: int
    before: Digest
    number: int
    digest: Digest


class NoteRows(Command, NotedRows, frozen=True, kw_only=True):
    """Note how rows are now."""


class NoteSecurityLog(Command, NotedLog, frozen=True, kw_only=True):
    """Note where the security log is, and from where on it is kept."""


class Table(Struct, frozen=True):
    """A table as the ledger knows it: digest of each row by its key; of the security log, what was noted last."""

    stream: str = ""
    version: int = 0
    rows: dict[str, str] = {}
    log: NotedLog | None = None

    @property
    def name(self) -> str:
        return id_of(self.stream)


class TableFact(Fact, frozen=True, kw_only=True):
    """A fact of a table beside the ledger."""

    def fold(self, state: Table, stamp: Stamp) -> Table:
        raise NotImplementedError


class RowsNoted(TableFact, NotedRows, frozen=True, kw_only=True):
    """From this entry on the rows have these digests."""

    def fold(self, state: Table, stamp: Stamp) -> Table:
        rows = dict(state.rows)
        for row in self.rows:
            if row.digest is None:
                rows.pop(row.key, None)
            else:
                rows[row.key] = row.digest
        return replace(state, rows=rows, version=stamp.version)


class SecurityLogNoted(TableFact, NotedLog, frozen=True, kw_only=True):
    """How long the security log was at this entry."""

    def fold(self, state: Table, stamp: Stamp) -> Table:
        log = NotedLog(first=self.first, before=self.before, number=self.number, digest=self.digest)
        return replace(state, log=log, version=stamp.version)


def check_rows(state: Table, record: NotedRows, context: Context) -> None:
    """Only tables that are noted by rows. A report is the audit administrator's; another person's contact is the operator's."""
    if state.name not in (CONTACT, HOLIDAYS, VERIFICATION):
        raise NotKnown(
            what=Text(zh="表", en="table"),
            value=state.name,
            known=f"{CONTACT}, {HOLIDAYS}, {VERIFICATION}",
            clause=CLAUSE,
        )
    actor = context.actor
    others = state.name == CONTACT and any(row.key != actor.id for row in record.rows) and actor != OPERATOR
    if others or (state.name == VERIFICATION and actor.role != AUDIT):
        by = Text(zh="运维人员、审计管理员", en="the operator and the audit administrator")
        raise NotYours(act=TITLES["note_rows"], role=actor.role, by=by, clause=CLAUSE)


def check_log(state: Table, record: NotedLog, context: Context) -> None:
    """The log grows at its end, and lines are deleted at its beginning only."""
    known = state.log
    wrong = state.name != SECURITY_LOG or not 1 <= record.first <= record.number + 1
    if known is not None:
        wrong = wrong or record.number < known.number or record.first < known.first
    if wrong:
        raise NotKnown(
            what=Text(zh="安全日志", en="security log"),
            value=f"{record.first}–{record.number}",
            known="—",
            clause=CLAUSE,
        )
