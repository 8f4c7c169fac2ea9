"""For whom a paper is made, what its sheets are, and what is read for a sheet beside the states of a year.

Not here: those states (`workflow/papers/sources.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from msgspec import Struct

from console.person_names import names_of_persons, readable_holders
from documents.sheets.writing import ExcelTable
from states.cases.attribution import split_records
from states.records.case import Case
from states.records.roster import Roster
from states.vocabulary import CLOCK
from storage import people, queries
from storage.papers import attachments, evidence
from storage.papers.evidence import CollectedEvidence
from storage.people import Directory
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
    """Reads what a sheet needs beside the states, as far as its maker may see it. Each thing is read once, when asked for.

    Names of people are for papers that may have them (`Paper.has_persons`).
    """

    def __init__(self, engine: Engine, maker: PaperMaker) -> None:
        self.maker = maker
        self._engine, self._database = engine, engine.ledger.database

    @cached_property
    def roster(self) -> Roster:
        return self._engine.roster()

    @cached_property
    def directory(self) -> Directory:
        return people.directory(self._database)

    @cached_property
    def account_names(self) -> Mapping[str, str]:
        """The names of accounts, by id."""
        return accounts.names(self._database)

    @cached_property
    def person_names(self) -> Mapping[str, str]:
        """The names of people, by id."""
        holders = readable_holders(self._engine.people)
        return {id_: name.zh for id_, name in names_of_persons(self.directory, self.account_names, holders).items()}

    def cases(self) -> tuple[Case, ...]:
        """Every recorded case that the maker may see, in the order of their ids."""
        states = (self._engine.state(row.stream) for row in queries.all_cases(self._database))
        cases = (case for case in split_records(states).cases if case.body is not None)
        return tuple(case for case in cases if all(self.maker.may_view("cases", unit) for unit in case.units))

    def collected(self, year: int, unit: str) -> list[CollectedEvidence]:
        """What a department collected in its folder, also what it has not handed in."""
        return evidence.collected(self._database, year, unit)

    def file_names(self, stream: str) -> Mapping[str, str]:
        """The names of the files that came with the entries of a stream, by digest."""
        files = attachments.attachments_of(self._database, stream)
        return {digest: file.name for (_version, digest), file in files.items() if file.name}

    def pin(self, stream: str) -> str:
        """The edition that binds a stream."""
        return self._engine.context(stream, CLOCK)[2].pin
