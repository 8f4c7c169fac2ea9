"""The editions of the measure: the one in force, and those that the database has because entries name them.

Not here: which edition binds a stream (`states/binding.py`).
"""

from __future__ import annotations

from config.rulebooks import Edition, parse_edition
from states.compiled_rulebook import CompiledRulebook
from states.user_errors import UserError
from storage import queries
from storage.database.database import Database
from storage.ledger.transaction import LedgerTransaction


class EditionChanged(UserError):
    """The edition in force has the id of an edition that entries name, but another digest.

    So somebody changed the file of an edition in use. The changed file is another edition, and needs another id.
    """

    zh = "办法版本 {id} 已在使用（摘要 {pinned}），但现有文件的摘要是 {digest}。在用版本不得修改：请恢复原文件，或另存为新的 id。"
    en = (
        "Edition {id} is in use (digest {pinned}) but the file now has digest {digest}. "
        "An edition in use is never edited: restore the file, or give the change a new id."
    )


class EditionMissing(UserError):
    """An entry names an edition that the database does not have."""

    zh = "找不到办法版本 {pin}，台账中的记录依据它办理。请恢复数据库中的 rulebook 表。"
    en = "Edition {pin} cannot be found, but entries were recorded under it. Restore the table `rulebook`."


class Editions:
    """The edition in force and every edition stored in the database, by pin `id@digest`.

    `in_force` is the compiled rulebook of the edition in force, `edition_in_force` the edition with its text.
    """

    def __init__(self, database: Database, in_force: Edition) -> None:
        self._database = database
        self._compiled: dict[str, CompiledRulebook] = {}
        self._in_database: set[str] = set()
        self.edition_in_force = in_force
        self.in_force = self._compile(in_force)
        self._load()

    def of_pin(self, pin: str) -> CompiledRulebook:
        """The edition with this pin; for an empty pin, the edition in force. Raises `EditionMissing`."""
        if not pin:
            return self.in_force
        if pin not in self._compiled:
            self._load()
        if pin not in self._compiled:
            raise EditionMissing(pin=pin)
        return self._compiled[pin]

    def edition_of(self, pin: str) -> Edition:
        """The edition with this pin, with its text. Raises `EditionMissing`."""
        if pin == self.edition_in_force.pin:
            return self.edition_in_force
        for digest, (id_, source) in queries.rulebooks(self._database).items():
            if f"{id_}@{digest}" == pin:
                return parse_edition(source.encode(), f"{id_} (database)")
        raise EditionMissing(pin=pin)

    def store_if_missing(self, compiled: CompiledRulebook, transaction: LedgerTransaction) -> None:
        """Store the edition's text, in the transaction of the first entry that names the edition."""
        # Only the edition in force can be missing in the database, because every other one was read from there.
        if compiled.pin not in self._in_database:
            edition = self.edition_in_force
            transaction.store_rulebook(edition.digest, edition.rulebook.id, edition.source)

    def is_stored(self, pin: str) -> bool:
        """Whether the database has the edition, because entries name it."""
        return pin in self._in_database

    def check(self) -> None:
        """Raise `EditionChanged` if entries name the id of the edition in force with another digest."""
        edition = self.edition_in_force
        for digest, (id_, _) in queries.rulebooks(self._database).items():
            if id_ == edition.rulebook.id and digest != edition.digest:
                raise EditionChanged(id=id_, pinned=digest[:12], digest=edition.digest[:12])

    def _load(self) -> None:
        """Read the editions that were stored in the database since the last call."""
        for digest, (id_, source) in queries.rulebooks(self._database).items():
            pin = f"{id_}@{digest}"
            if pin not in self._compiled:
                self._compile(parse_edition(source.encode(), f"{id_} (database)"))
            self._in_database.add(pin)

    def _compile(self, edition: Edition) -> CompiledRulebook:
        compiled = self._compiled[edition.pin] = CompiledRulebook(edition.rulebook, edition.pin)
        return compiled
