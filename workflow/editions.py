"""Which edition of the measure binds what: the one in force, and those pinned by what was begun under them."""

from __future__ import annotations

from config.rulebooks import Edition, parse
from states.compiled_rulebook import CompiledRulebook
from states.user_errors import UserError
from storage import queries
from storage.database.database import Database
from storage.ledger.transaction import LedgerTransaction


class EditionChanged(UserError):
    """The file of an edition in use was edited. Its digest is pinned; a change is a new edition."""

    zh = "办法版本 {id} 已在使用（摘要 {pinned}），但现有文件的摘要是 {digest}。在用版本不得修改：请恢复原文件，或另存为新的 id。"
    en = "Edition {id} is in use (digest {pinned}) but the file now has digest {digest}. An edition in use is never edited: restore the file, or give the change a new id."


class EditionMissing(UserError):
    """Something is pinned to an edition that is nowhere to be found."""

    zh = "找不到办法版本 {pin}，台账中的记录依据它办理。请恢复数据库中的 rulebook 表。"
    en = "Edition {pin} is nowhere to be found, and entries stand under it. Restore the table `rulebook`."


class Editions:
    """The edition in force (handed in) and every edition kept in the database, by pin `id@digest`."""

    def __init__(self, database: Database, in_force: Edition) -> None:
        self._database = database
        self._compiled: dict[str, CompiledRulebook] = {}
        self._in_database: set[str] = set()
        self.edition_in_force = in_force
        self.in_force = self._compile(in_force)
        self._load()

    def compiled(self, pin: str) -> CompiledRulebook:
        """The edition of a pin; the one in force for an empty pin. EditionMissing."""
        if not pin:
            return self.in_force
        if pin not in self._compiled:
            self._load()
        if pin not in self._compiled:
            raise EditionMissing(pin=pin)
        return self._compiled[pin]

    def keep(self, compiled: CompiledRulebook, transaction: LedgerTransaction) -> None:
        """Write the edition's text in the transaction of the first entry that names it."""
        # Only the edition in force can be without its text in the database: every other one was read from there.
        if compiled.pin not in self._in_database:
            edition = self.edition_in_force
            transaction.store_rulebook(edition.digest, edition.rulebook.id, edition.source)

    def check(self) -> None:
        """Raise `EditionChanged` if the edition in force is one in use, edited. Asked before anything is written."""
        mine = self.edition_in_force
        for digest, (id_, _) in queries.rulebooks(self._database).items():
            if id_ == mine.rulebook.id and digest != mine.digest:
                raise EditionChanged(id=id_, pinned=digest[:12], digest=mine.digest[:12])

    def _load(self) -> None:
        for digest, (id_, source) in queries.rulebooks(self._database).items():
            pin = f"{id_}@{digest}"
            if pin not in self._compiled:
                self._compile(parse(source.encode(), f"{id_} (database)"))
            self._in_database.add(pin)

    def _compile(self, edition: Edition) -> CompiledRulebook:
        compiled = self._compiled[edition.pin] = CompiledRulebook(edition.rulebook, edition.pin)
        return compiled
