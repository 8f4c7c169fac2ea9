"""For whom a paper is made, what its sheets are, and what is read for a sheet beside the states of a year.

Not here: those states (`workflow/papers/sources.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from console.person_names import names_of_persons, readable_holders
from documents.sheets.writing import ExcelTable
from states.cases.attribution import split_records
from states.records.case import Case
from storage import people, queries
from storage.papers import attachments, evidence
from storage.papers.evidence import CollectedEvidence
from storage.people import Person
from storage.sign_in import accounts
from workflow.engine import Engine


def _everything(_view: str, _unit: str) -> bool:
    return True


class PaperMaker(Struct, frozen=True):
    """For whom a paper is made: the account, and whether it may see a view of a department.

    Without an account it is the operator on the command line, who sees everything.
    """

    account: str = ""
    may_view: Callable[[str, str], bool] = _everything


OPERATOR = PaperMaker()


class PaperSheets(Struct, frozen=True):
    """The worksheets of an Excel paper, and the hidden values of one that is read back."""

    tables: tuple[ExcelTable, ...]
    hidden: Mapping[str, str] = {}


class SheetReader:
    """What a sheet needs beside the states: names of people, files and cases, as far as its maker may see them.

    This one has nothing: for papers without names, and to see whether a paper can be made. `SheetDatabase` reads.
    """

    def __init__(self, maker: PaperMaker = OPERATOR) -> None:
        self.maker = maker

    def people(self) -> Mapping[str, Person]:
        """The people of the directory, by id."""
        return {}

    def account_names(self) -> Mapping[str, str]:
        """The names of accounts, by id."""
        return {}

    def person_names(self) -> Mapping[str, str]:
        """The names of people, by id."""
        return {}

    def cases(self) -> tuple[Case, ...]:
        """Every recorded case, in the order of their ids."""
        return ()

    def collected(self, year: int, unit: str) -> list[CollectedEvidence]:
        """What a department collected in its folder, also what it has not handed in."""
        return []

    def file_names(self, stream: str) -> Mapping[str, str]:
        """The names of the files that came with the entries of a stream, by digest."""
        return {}


NOTHING_BESIDE = SheetReader()


class SheetDatabase(SheetReader):
    """Reads each thing when a sheet asks for it."""

    def __init__(self, engine: Engine, maker: PaperMaker) -> None:
        super().__init__(maker)
        self._engine, self._database = engine, engine.ledger.database

    def people(self) -> Mapping[str, Person]:
        return people.people(self._database)

    def account_names(self) -> Mapping[str, str]:
        return accounts.names(self._database)

    def person_names(self) -> Mapping[str, str]:
        directory, holders = people.directory(self._database), readable_holders(self._engine.people)
        return {id_: name.zh for id_, name in names_of_persons(directory, self.account_names(), holders).items()}

    def cases(self) -> tuple[Case, ...]:
        states = (self._engine.state(row.stream) for row in queries.all_cases(self._database))
        cases = (case for case in split_records(states).cases if case.body is not None)
        return tuple(case for case in cases if all(self.maker.may_view("cases", unit) for unit in case.units))

    def collected(self, year: int, unit: str) -> list[CollectedEvidence]:
        return evidence.collected(self._database, year, unit)

    def file_names(self, stream: str) -> Mapping[str, str]:
        files = attachments.attachments_of(self._database, stream)
        return {digest: file.name for (_version, digest), file in files.items() if file.name}
