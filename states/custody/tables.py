"""The tables beside the ledger: the ledger notes the digests of their rows, or of a log's last line; never the content.

Each table has a stream, `table/<name>`. Every change of a row is noted for five tables: `contact` (key: the account;
digest over the row without its address), `person` (key: the person; digest over whether they were erased), `comment`
(key: its id; digest over everything but the text), `holidays` (key: the year; digest over the imported table) and
`verification` (key: the number; digest over the report).

`security`, the security log, has a line for every request and is a hash chain of its own. From time to time the ledger
notes the number and the digest of its last line, and the first line that is still stored.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from states.accounts.account import OPERATOR
from states.context import Context
from states.records.account import ADMINISTRATORS, AUDIT, SECURITY, SYSTEM
from states.refusals import NotKnown, NotYours
from states.rulebook.types import Rulebook
from states.streams import id_of
from states.views import COMMENTS, readers
from states.vocabulary import CLOCK, Command, Digest, Fact, Opaque, Stamp, Text

CLAUSE = Text(zh="台账格式·台账以外的数据", en="the ledger's format: the tables beside it")
CONTACT, PERSON, COMMENT = "contact", "person", "comment"
HOLIDAYS, VERIFICATION = "holidays", "verification"
SECURITY_LOG = "security"
NOTED = (CONTACT, PERSON, COMMENT, HOLIDAYS, VERIFICATION)
"""The tables whose rows are noted one by one."""
GENESIS = Digest("0" * 64)
"""The digest before the first line of the security log."""

ROLES_OF_ACT: Mapping[str, tuple[str, ...]] = {
    "note_rows": (*ADMINISTRATORS, OPERATOR.role, "nobody"),
    "note_security_log": (CLOCK.role,),
}
"""The roles of each act. Besides, each role of the rulebook may note rows: everybody has a contact (`policy.py`).

The page or command that changes a table checks which user may do so; `check_rows` checks the rules for all of them.
"""

_DIRECTORY_ROLES = (SYSTEM, SECURITY, OPERATOR.role)
"""The roles that change the directory of people, besides those that register departments."""

TITLES: Mapping[str, Text] = {
    "note_rows": Text(zh="登记台账以外数据的变更", en="note a change beside the ledger"),
    "note_security_log": Text(zh="登记安全日志", en="note the security log"),
}


class Row(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The key and the digest of a row; the digest is None if the row was deleted."""

    key: Opaque
    digest: Digest | None = None


class NotedRows(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The changed rows of one table."""

    rows: tuple[Row, ...]


class NotedLog(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The stored lines of the security log, `first` to `number`.

    `before` is the digest of the line before `first`; `digest` is the digest of line `number`.
    """

    first: int
    before: Digest
    number: int
    digest: Digest


class NoteRows(Command, NotedRows, frozen=True, kw_only=True):
    """Note the digests of changed rows, and which rows were deleted."""


class NoteSecurityLog(Command, NotedLog, frozen=True, kw_only=True):
    """Note which lines of the security log are stored."""


class NotedTable(Struct, frozen=True):
    """A table as the ledger knows it: the digest of each row by its key, or the last note of the security log."""

    stream: str = ""
    version: int = 0
    rows: dict[str, str] = {}
    log: NotedLog | None = None

    @property
    def name(self) -> str:
        return id_of(self.stream)


class TableFact(Fact, frozen=True, kw_only=True):
    """The base class of the facts about a table beside the ledger."""

    def fold(self, state: NotedTable, stamp: Stamp) -> NotedTable:
        raise NotImplementedError


class RowsNoted(TableFact, NotedRows, frozen=True, kw_only=True):
    """From this entry on, the rows have these digests."""

    def fold(self, state: NotedTable, stamp: Stamp) -> NotedTable:
        rows = dict(state.rows)
        for row in self.rows:
            if row.digest is None:
                rows.pop(row.key, None)
            else:
                rows[row.key] = row.digest
        return replace(state, rows=rows, version=stamp.version)


class SecurityLogNoted(TableFact, NotedLog, frozen=True, kw_only=True):
    """The lines of the security log that were stored at this entry."""

    def fold(self, state: NotedTable, stamp: Stamp) -> NotedTable:
        log = NotedLog(first=self.first, before=self.before, number=self.number, digest=self.digest)
        return replace(state, log=log, version=stamp.version)


def directory_roles(rulebook: Rulebook) -> tuple[str, ...]:
    """The roles that may change the directory of people: those that register departments, and administrators."""
    rule = rulebook.acts.get("register_unit")
    return (*(rule.by if rule else ()), *_DIRECTORY_ROLES)


def check_rows(state: NotedTable, record: NotedRows, context: Context) -> None:
    """Refuse a table whose rows are not noted, and an actor who may not note these rows.

    Only the audit administrator notes a report. Only the operator notes the contact of another person. Only
    `directory_roles` note people. Only those who may read comments note a comment.
    """
    if state.name not in NOTED:
        raise NotKnown(what=Text(zh="表", en="table"), value=state.name, known=", ".join(NOTED), clause=CLAUSE)
    if state.name == PERSON and context.actor.role not in directory_roles(context.rulebook):
        by = Text(zh="登记部门的角色、系统管理员、安全管理员", en="who registers departments, and two administrators")
        raise NotYours(act=TITLES["note_rows"], role=context.actor.role, by=by, clause=CLAUSE)
    actor = context.actor
    if state.name == COMMENT and actor.role not in readers(COMMENTS, context.rulebook):
        by = Text(zh="办理考核的人", en="those who work on assessments")
        raise NotYours(act=TITLES["note_rows"], role=actor.role, by=by, clause=CLAUSE)
    concerns_others = state.name == CONTACT and any(row.key != actor.id for row in record.rows) and actor != OPERATOR
    if concerns_others or (state.name == VERIFICATION and actor.role != AUDIT):
        by = Text(zh="运维人员、审计管理员", en="the operator and the audit administrator")
        raise NotYours(act=TITLES["note_rows"], role=actor.role, by=by, clause=CLAUSE)


def check_log(state: NotedTable, record: NotedLog, context: Context) -> None:
    """Refuse a note that is not of the security log, or whose lines do not follow from the last note.

    The log may lose no line at its end, and get back no line at its beginning.
    """
    last = state.log
    is_wrong = state.name != SECURITY_LOG or not 1 <= record.first <= record.number + 1
    if last is not None:
        is_wrong = is_wrong or record.number < last.number or record.first < last.first
    if is_wrong:
        raise NotKnown(
            what=Text(zh="安全日志", en="security log"),
            value=f"{record.first}–{record.number}",
            known="—",
            clause=CLAUSE,
        )
