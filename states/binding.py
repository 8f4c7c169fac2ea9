"""Finds which edition of the measure binds a stream, and makes the context of a decision about the stream.

The caller gives access to the states of other streams (`OtherStreams`).
"""

# The engine, the previews and the replay all use these functions. If two of them decided differently which edition
# binds a stream, the replay would refuse entries that the engine accepted.

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Protocol

from .assessment import Assessment
from .cases.attribution import RecordsOfUnit, records_for
from .compiled_rulebook import CompiledRulebook
from .context import ACCOUNTS, CASES, EARLIER, HOLDERS, PROGRESS, YEAR, Context, Needs
from .records.account import Account
from .records.earlier_result import EarlierResult
from .records.lineage import predecessors
from .records.roster import Roster
from .records.year import Progress, Year
from .result.earlier_values import earlier_streams
from .rulebook.types import Rulebook
from .stream_kinds import State
from .streams import ROSTER, Stream, account_stream, assessment_stream, kind_of, year_of
from .vocabulary import Actor


class OtherStreams(Protocol):
    """The states of other streams at one moment: inside a transaction, as last committed, or at a replayed entry.

    None means that the state cannot be known, because the replay found a defect in the stream. Then no check uses it.
    """

    def state(self, stream: str) -> State | None: ...

    def records_of(self, unit: str) -> RecordsOfUnit:
        """The recorded cases, routine checks and other records of a department."""
        ...

    def progress(self, year: str) -> tuple[Progress, ...] | None:
        """The progress of the annual assessments of a year; `year` is the name of the year's stream."""
        ...

    def holders(self, person: str) -> frozenset[str] | None:
        """The ids of the accounts that belong to a person."""
        ...

    def result(self, stream: str, read: Collection[str]) -> EarlierResult:
        """The result of an assessment with the values `read`, as later assessments read it."""
        ...


def _progress(state: State, rulebook: Rulebook, others: OtherStreams) -> tuple[Progress, ...] | None:
    if isinstance(state, Assessment) and rulebook.standing and state.occasion is None:
        return others.progress(year_of(state.stream))
    return others.progress(state.stream) if isinstance(state, Year) else None


def _earlier_results(
    state: Assessment, roster: Roster | None, rulebook: Rulebook, others: OtherStreams
) -> dict[str, EarlierResult]:
    """The results that earlier values of an assessment are read from, by the stream of the same department.

    If the department was not assessed there, but exactly one of those that were closed into it was, that one's result.
    """
    read = {value.of for value in rulebook.earlier_values.get(state.unit_kind, ())}
    results = {}
    for stream in earlier_streams(state, rulebook):
        results[stream] = result = others.result(stream, read)
        if result.status == "none" and roster is None:
            results[stream] = EarlierResult(stream, "unknown")
        elif result.status == "none" and roster is not None and roster.reorganisations:
            there = Stream.parse(stream)
            streams = (
                assessment_stream(there.path[0], unit, there.occasion) for unit in predecessors(state.unit, roster)
            )
            before = [one for one in (others.result(stream, read) for stream in streams) if one.status != "none"]
            # Of several departments that were merged, none speaks for the new one.
            results[stream] = before[0] if len(before) == 1 else result
    return results


def binding_pin(stream: str, pin_of: Callable[[str], str]) -> str:
    """The pin of the edition that binds a stream's next entry; empty for the edition in force.

    `pin_of` returns the pin of a stream's first entry; empty if the stream has no entry.
    """
    # A year is assessed under one edition from its opening to its end, even if another comes into force meanwhile. An
    # assessment that is opened late follows its year. A special one in a year that was never opened follows its own
    # first entry. A case or an account may last longer than an edition, so each of its entries follows the edition in
    # force.
    kind = kind_of(stream)
    if kind == "assessment":
        return pin_of(stream) or pin_of(year_of(stream))
    return pin_of(stream) if kind == "year" else ""


def context_for(
    state: State,
    needs: Needs,
    actor: Actor,
    now: datetime,
    compiled: CompiledRulebook,
    others: OtherStreams,
    record: Any = None,
) -> Context:
    """The context of a decision about `state`, with the states of other streams that the decision `needs`.

    `record` is the command or the fact to decide on, if there is one. It names the accounts that `ACCOUNTS` needs, or
    the person of `HOLDERS`.
    """
    # The roster is always in the context: recusal depends on it (F16).
    roster, rulebook = others.state(ROSTER), compiled.rulebook
    known_roster = roster if isinstance(roster, Roster) else None
    on_record, earlier = RecordsOfUnit(), dict[str, EarlierResult]()
    year: State | None = None
    if isinstance(state, Assessment):
        if needs >= CASES:
            on_record = records_for(state, known_roster, rulebook, others.records_of)
        if needs >= EARLIER:
            earlier = _earlier_results(state, known_roster, rulebook, others)
        if needs >= YEAR:
            year = others.state(year_of(state.stream))
    accounts: dict[str, Account] | None = None
    if needs >= ACCOUNTS and record is not None:
        states = ((id_, others.state(account_stream(id_))) for id_ in record.accounts)
        accounts = {id_: account for id_, account in states if isinstance(account, Account)}
    person = record.person if needs >= HOLDERS and record is not None else None
    return Context(
        rulebook=rulebook,
        actor=actor,
        now=now,
        today=compiled.today(now),
        cases=on_record.cases,
        checks=on_record.checks,
        records=on_record.records,
        earlier=earlier,
        year=year if isinstance(year, Year) else None,
        roster=known_roster,
        progress=_progress(state, rulebook, others) if needs >= PROGRESS else None,
        accounts=accounts,
        holders=others.holders(person) if person is not None else None,
    )
