"""Which edition of the measure binds what: the one in force, and those pinned by what was begun under them."""

from __future__ import annotations

from msgspec import Struct

from config.rulebooks import Edition, parse
from states.chart import Chart
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


class Law(Struct, frozen=True):
    """An edition and its chart, built once."""

    edition: Edition
    chart: Chart


class Editions:
    """The edition in force (handed in) and every edition kept in the database, by pin `id@digest`."""

    def __init__(self, database: Database, in_force: Edition) -> None:
        self._database = database
        self._laws: dict[str, Law] = {}
        self._kept: set[str] = set()
        self.in_force = self._add(in_force)
        self._load()

    def law(self, pin: str) -> Law:
        """The law of a pin; the edition in force where nothing is pinned (an empty pin)."""
        if not pin:
            return self.in_force
        if pin not in self._laws:
            self._load()
        if pin not in self._laws:
            raise EditionMissing(pin=pin)
        return self._laws[pin]

    def pinned(self, law: Law, transaction: LedgerTransaction) -> str:
        """The pin to write into an entry; the edition's source is kept with the first entry that names it."""
        edition = law.edition
        if edition.pin not in self._kept:
            transaction.store_rulebook(edition.digest, edition.rulebook.id, edition.source)
        return edition.pin

    def check(self) -> None:
        """Raise `EditionChanged` if the edition in force is one in use, edited. Asked before anything is written."""
        mine = self.in_force.edition
        for digest, (id_, _) in queries.rulebooks(self._database).items():
            if id_ == mine.rulebook.id and digest != mine.digest:
                raise EditionChanged(id=id_, pinned=digest[:12], digest=mine.digest[:12])

    def _load(self) -> None:
        for digest, (id_, source) in queries.rulebooks(self._database).items():
            pin = f"{id_}@{digest}"
            if pin not in self._laws:
                self._add(parse(source.encode(), f"{id_} (database)"))
            self._kept.add(pin)

    def _add(self, edition: Edition) -> Law:
        law = self._laws[edition.pin] = Law(edition, Chart(edition.rulebook))
        return law
