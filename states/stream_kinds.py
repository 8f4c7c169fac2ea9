"""One table: the state, the facts, the first act and the projection of each kind of stream; and how any state folds.

Not here: how streams are named (`streams.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from .accounts.account import AccountFact
from .accounts.account import fold as fold_account
from .accounts.attempts import Access, RefusedCommand
from .assessment import Assessment, AssessmentFact
from .assessment import fold as fold_assessment
from .cases.case import CaseFact
from .cases.case import fold as fold_case
from .cases.record import RecordFact
from .cases.record import fold as fold_record
from .cases.routine_check import RoutineCheckFact
from .cases.routine_check import fold as fold_routine_check
from .custody.confidential import Value, ValueFact
from .custody.confirmed_time import ConfirmedTime, TimeConfirmed
from .custody.seals import SealFact, Seals
from .custody.tables import NotedTable, TableFact
from .papers.issue import PaperFact, PapersOfYear
from .papers.template import PaperTemplate, TemplateFact
from .records.account import Account
from .records.case import Case
from .records.record import Record
from .records.roster import Roster
from .records.routine_check import RoutineCheck
from .records.year import Year
from .streams import kind_of
from .vocabulary import Fact, Stamp, Text
from .year.roster import RosterFact
from .year.year import YearFact
from .year.year import fold as fold_year


class WrongStream(ValueError):
    """A fact of another kind of stream. Only a ledger that was edited has one."""


State = (
    Assessment
    | Case
    | RoutineCheck
    | Record
    | Year
    | Roster
    | Account
    | Value
    | NotedTable
    | PapersOfYear
    | PaperTemplate
    | Seals
    | ConfirmedTime
    | Access
)


def _fold_fact(state: Any, fact: Any, stamp: Stamp) -> Any:
    return fact.fold(state, stamp)


class StreamKind(Struct, frozen=True):
    """One kind of stream: the class of its state, the base class of its facts, and the function that folds a fact.

    - `first_act`: the act that must begin a stream, and that is possible only there. Empty: any act may begin one.
    - `first_step`: the first act in words, for people; None if there is no first act.
    - `projection`: the table with one row for each stream of the kind; empty if there is none.
    """

    name: str
    state: type[State]
    fact: type[Fact]
    fold: Callable[[Any, Any, Stamp], Any] = _fold_fact
    first_act: str = ""
    first_step: Text | None = None
    projection: str = ""


STREAM_KINDS: Mapping[str, StreamKind] = {
    kind.name: kind
    for kind in (
        # An assessment can be opened again after a withdrawal. So the chart, and not `first_act`, decides when.
        StreamKind("assessment", Assessment, AssessmentFact, fold_assessment, projection="assessment"),
        StreamKind(
            "case",
            Case,
            CaseFact,
            fold_case,
            first_act="record_case",
            first_step=Text(zh="登记案件", en="record the case"),
            projection="record",
        ),
        StreamKind(
            "routine_check",
            RoutineCheck,
            RoutineCheckFact,
            fold_routine_check,
            first_act="record_routine_check",
            first_step=Text(zh="登记平时检查", en="record the routine check"),
            projection="routine_check",
        ),
        StreamKind(
            "record",
            Record,
            RecordFact,
            fold_record,
            first_act="enter_record",
            first_step=Text(zh="登记", en="enter the record"),
            projection="record",
        ),
        StreamKind(
            "year",
            Year,
            YearFact,
            fold_year,
            first_act="open_year",
            first_step=Text(zh="启动年度考核", en="open the year"),
        ),
        StreamKind("roster", Roster, RosterFact),
        StreamKind(
            "account",
            Account,
            AccountFact,
            fold_account,
            first_act="open_account",
            first_step=Text(zh="开通账号", en="open the account"),
        ),
        StreamKind(
            "vault",
            Value,
            ValueFact,
            first_act="keep_value",
            first_step=Text(zh="存入保密内容", en="keep the value"),
        ),
        StreamKind("paper", PapersOfYear, PaperFact),
        StreamKind("template", PaperTemplate, TemplateFact),
        StreamKind("table", NotedTable, TableFact),
        StreamKind("seals", Seals, SealFact),
        StreamKind("clock", ConfirmedTime, TimeConfirmed),
        StreamKind("access", Access, RefusedCommand),
    )
}
"""Every kind of stream, by the first part of the streams' names."""

KIND_OF_STATE: Mapping[type[State], StreamKind] = {kind.state: kind for kind in STREAM_KINDS.values()}


def kind_of_fact(fact: type[Fact]) -> StreamKind:
    """The kind of stream that a fact belongs to."""
    return next(kind for kind in STREAM_KINDS.values() if issubclass(fact, kind.fact))


def initial_state(stream: str) -> State:
    """The state of a stream before its first entry. Raises KeyError if the name does not begin with a kind."""
    return STREAM_KINDS[kind_of(stream)].state(stream=stream)


def fold(state: State, fact: Any, stamp: Stamp) -> State:
    """The state after one more fact of its stream. Raises `WrongStream` for a fact of another kind of stream."""
    kind = KIND_OF_STATE[type(state)]
    if not isinstance(fact, kind.fact):
        raise WrongStream(f"{type(fact).__name__} in a stream of the kind {kind.name}")
    new_state: State = kind.fold(state, fact, stamp)
    return new_state
