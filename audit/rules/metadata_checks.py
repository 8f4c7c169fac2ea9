"""What an entry says besides its fact: when that took place, who acted and by which way, and that nothing personal is written.

The rules are the ones by which entries are written (`states/deadlines/days.py`, `states/privacy.py`), asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from audit.chain.hash_chain import Defects
from audit.defect import make_defect
from states import command_ids, policy, privacy, routine_check
from states.accounts import account as accounts
from states.accounts.account import AccountFact
from states.accounts.attempts import RefusedCommand
from states.chart import ACTS
from states.compiled_rulebook import CompiledRulebook
from states.deadlines import days
from states.records.account import HOLDER, Account
from states.refusals import NotYours, OtherUnit, OwnUnit, Refusal
from states.routine_check import RoutineCheckCorrected, RoutineCheckRecorded
from states.stream_kinds import beginning
from states.streams import account_stream, id_of
from states.vocabulary import Actor, Fact, Text
from states.year import visits
from storage.ledger.chain import Entry

from .fact_kinds import FACT_KINDS

_GRAVE = frozenset(refusal.__name__ for refusal in Refusal.__subclasses__() if refusal.grave)
"""The refusals that leave an entry."""

_MANY = 10_000


class MetadataChecks:
    """Checks every entry that can be read, also of broken streams. An `excerpt` holds no accounts."""

    def __init__(self, rulebooks: Mapping[str, CompiledRulebook], *, excerpt: bool = False) -> None:
        self._rulebooks, self._excerpt = rulebooks, excerpt
        self._had: dict[str, tuple[set[str], set[str | None]]] = {}
        self._named: set[tuple[str, tuple[str, str, str | None]]] = set()
        self._accounts: dict[str, Account] = {}
        self._checked: dict[str, str] = {}

    def check(self, entries: Iterable[Entry], defects: Defects) -> None:
        """Everything wrong with these entries, whose payloads are facts."""
        for entry in entries:
            self._check(entry, defects)

    def _check(self, entry: Entry, defects: Defects) -> None:
        fact: Any = entry.payload
        try:
            self._check_names(entry.stream, (entry.actor, entry.role, entry.home))
            privacy.check_command_id(entry.command)
            privacy.check(fact)
        except Refusal as refusal:
            defects.append(make_defect("private", entry.number, entry.stream, why=refusal))
        self._check_command_id(entry, fact, defects)
        self._check_visitors(entry, fact, defects)
        self._check_checkers(entry, fact, defects)
        at = self._happened_at(entry, fact)
        if at != entry.happened_at:
            wanted = at or Text(zh="无法计算", en="beyond the calendar")
            defects.append(make_defect("happened", entry.number, entry.stream, at=entry.happened_at, wanted=wanted))
        if isinstance(fact, RefusedCommand):
            actor = Actor(entry.actor, entry.role, entry.home)
            why = _contradiction(fact, actor, self._rulebooks.get(entry.rulebook))
            if why is not None:
                defects.append(make_defect("unknown_refusal", entry.number, entry.stream, why=why))

    def _check_command_id(self, entry: Entry, fact: Fact, defects: Defects) -> None:
        """Whether the actor may use an id of this form. By the API, only an account that held a token at that time."""
        try:
            command_ids.check(entry.actor, entry.role, entry.command)
        except Refusal as refusal:
            defects.append(make_defect("door", entry.number, entry.stream, why=refusal))
        compiled = self._rulebooks.get(entry.rulebook)
        if compiled is not None and not self._excerpt and command_ids.is_by_api(entry.command):
            account = self._accounts.get(account_stream(entry.actor), Account())
            if not account.holds_token(compiled.today(entry.machine_clock or entry.recorded_at)):
                defects.append(make_defect("no_token", entry.number, entry.stream, account=entry.actor))
        self._check_account(entry, fact, defects)
        if isinstance(fact, AccountFact):
            before = self._accounts.get(entry.stream) or Account(stream=entry.stream)
            self._accounts[entry.stream] = accounts.fold(before, fact, entry)

    def _check_account(self, entry: Entry, fact: Fact, defects: Defects) -> None:
        """Whether somebody who came by a page or the API acted in a role and for a department that the account had, then or before."""
        # "Or before", because a refusal may concern somebody who has just lost the role. The operator of the machine may name anybody.
        had = self._had.get(entry.actor)
        if had is not None and command_ids.is_outside(entry.command):
            roles, units = had
            if entry.home not in units or entry.role not in {*roles, HOLDER}:
                who = f"{entry.role}, {entry.home or '-'}"
                defects.append(make_defect("account", entry.number, entry.stream, account=entry.actor, who=who))
        if isinstance(fact, AccountFact):
            roles, units = self._had.setdefault(id_of(entry.stream), (set(), set()))
            if isinstance(fact, accounts.RoleGranted):
                roles.add(fact.role)
            if isinstance(fact, accounts.AccountOpened | accounts.AccountMoved):
                units.add(fact.unit)

    def _check_visitors(self, entry: Entry, fact: Fact, defects: Defects) -> None:
        """Whether a plan sends accounts of the working group, each with its own department: recusal is judged by that department (F16)."""
        compiled = self._rulebooks.get(entry.rulebook)
        if compiled is None or self._excerpt or not isinstance(fact, visits.VisitsPlanned | visits.VisitMoved):
            return
        known = {id_: self._accounts.get(account_stream(id_), Account()) for id_ in fact.accounts}
        try:
            visits.check_accounts(fact, known, compiled.rulebook.cited(FACT_KINDS[entry.kind].act or ""))
        except Refusal as refusal:
            defects.append(make_defect("refused", entry.number, entry.stream, why=refusal))

    def _check_checkers(self, entry: Entry, fact: Fact, defects: Defects) -> None:
        """Whether an account of the department itself is named as its checker (F16)."""
        compiled = self._rulebooks.get(entry.rulebook)
        if compiled is None or self._excerpt or not isinstance(fact, RoutineCheckRecorded | RoutineCheckCorrected):
            return
        if isinstance(fact, RoutineCheckRecorded):
            self._checked[entry.stream] = fact.unit
        known = {id_: one for id_ in fact.accounts if (one := self._accounts.get(account_stream(id_))) is not None}
        try:
            unit, clause = self._checked.get(entry.stream, ""), compiled.rulebook.settings.recusal.clause
            routine_check.check_accounts(unit, fact, known, None, clause)
        except Refusal as refusal:
            defects.append(make_defect("refused", entry.number, entry.stream, why=refusal))

    def _check_names(self, stream: str, who: tuple[str, str, str | None]) -> None:
        """Raises a Refusal if stream or actor is named by more than an opaque id. Each combination is asked once."""
        if (stream, who) not in self._named:
            privacy.check_stream(stream)
            privacy.check_actor(Actor(*who))
            if len(self._named) > _MANY:
                self._named.clear()
            self._named.add((stream, who))

    def _happened_at(self, entry: Entry, fact: Fact) -> datetime | None:
        """When the fact took place by its own words. If the edition is missing, nothing can be compared."""
        if not FACT_KINDS[entry.kind].dated:
            return entry.recorded_at
        compiled = self._rulebooks.get(entry.rulebook)
        if compiled is None:
            return entry.happened_at
        try:
            return days.happened_at(fact, compiled.rulebook.timezone)
        except OverflowError:
            return None


def _contradiction(fact: RefusedCommand, actor: Actor, compiled: CompiledRulebook | None) -> Text | None:
    """Why the engine cannot have refused this: what the fact names does not exist, or would have been answered otherwise.

    Who was entitled may depend on the state at that time and on what was asked, which is not on record. Nothing is concluded from those.
    """
    if fact.act not in ACTS:
        return Text(zh=f"没有“{fact.act}”这种办理", en=f"there is no act “{fact.act}”")
    if fact.refusal not in _GRAVE:
        return Text(zh=f"“{fact.refusal}”不入台账", en=f"“{fact.refusal}” leaves no entry")
    try:
        privacy.check_stream(fact.stream)
    except Refusal as refusal:
        return Text(zh=refusal.render("zh"), en=refusal.render("en"))
    if not isinstance(beginning(fact.stream), ACTS[fact.act].state_type):
        return Text(zh=f"“{fact.act}”不属于 {fact.stream}", en=f"“{fact.act}” does not belong to {fact.stream}")
    if compiled is None:
        return None
    by, _ = policy.entitled(fact.act, None, None, compiled.rulebook)
    named = policy.includes_role(by, actor)
    could = {
        NotYours.__name__: not named or fact.act in policy.NARROWED,
        OwnUnit.__name__: named and actor.role != "unit" and actor.unit is not None,
        OtherUnit.__name__: named and actor.role == "unit",
    }
    if not could.get(fact.refusal, named):
        said = f"{actor.role}, {fact.refusal}"
        return Text(
            zh=f"按办法，{said} 对“{fact.act}”不成立", en=f"under the rulebook “{fact.act}” is not so refused: {said}"
        )
    return None
