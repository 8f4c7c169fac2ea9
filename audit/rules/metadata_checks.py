"""Checks what an entry says beside its step: time, actor, command id and accounts, and that nothing personal is in it.

Also checked: the accounts that a plan of visits, a routine check or a principal names, that a deputy had the role, that
a person has one account, and that the engine can have made a recorded refusal. The rules are those by which entries are
written (`states/deadlines/days.py`, `states/privacy.py`, `states/command_ids.py`, `states/policy.py`). Not here:
whether the step was allowed (`rule_checks.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from audit.chain.hash_chain import Defects
from audit.defect import make_defect
from states import command_ids, policy, privacy
from states.accounts import account as accounts
from states.accounts import deputies
from states.accounts.account import AccountFact
from states.accounts.attempts import RefusedCommand
from states.acts import ACTS
from states.cases import routine_check
from states.cases.routine_check import RoutineCheckCorrected, RoutineCheckRecorded
from states.compiled_rulebook import CompiledRulebook
from states.deadlines import days
from states.deadlines.assignment import Assigned, refused_accounts
from states.records.account import HOLDER, Account
from states.refusals import NotByDeputy, NotYours, OtherUnit, OwnUnit, Refusal
from states.stream_kinds import initial_state
from states.streams import Stream, account_stream, id_of
from states.vocabulary import Actor, Fact, Text
from states.year import visits
from storage.ledger.chain import Entry

from .fact_kinds import FACT_KINDS

_GRAVE = frozenset(refusal.__name__ for refusal in Refusal.__subclasses__() if refusal.grave)
"""The names of the refusals that are recorded in the ledger."""

_MAX_CACHED_NAMES = 10_000


class MetadataChecks:
    """Checks every entry that can be read, also in broken streams.

    An `excerpt` has no accounts, so what needs them is not checked.
    """

    def __init__(self, rulebooks: Mapping[str, CompiledRulebook], *, excerpt: bool = False) -> None:
        self._rulebooks, self._excerpt = rulebooks, excerpt
        # The roles and the departments that each account has, or once had.
        self._past_rights: dict[str, tuple[set[str], set[str | None]]] = {}
        # Streams and actors whose names were checked together and are right.
        self._valid_names: set[tuple[str, Actor]] = set()
        self._accounts: dict[str, Account] = {}
        # The accounts that each account named as deputies, each with a role.
        self._past_lendings: dict[str, set[tuple[str, str]]] = {}
        # The department of each routine check, by its stream.
        self._checked_units: dict[str, str] = {}

    def check(self, entries: Iterable[Entry], defects: Defects) -> None:
        """Check entries whose payloads are decoded to facts. Adds to `defects`."""
        for entry in entries:
            self._check(entry, defects)

    def _check(self, entry: Entry, defects: Defects) -> None:
        fact: Any = entry.payload
        try:
            self._check_names(entry.stream, entry.acting)
            privacy.check_command_id(entry.command)
            privacy.check(fact)
        except Refusal as refusal:
            defects.append(make_defect("private", entry.number, entry.stream, why=refusal))
        self._check_command_id(entry, defects)
        self._check_account(entry, fact, defects)
        self._check_principal(entry, fact, defects)
        self._check_deputy(entry, fact, defects)
        self._check_person(entry, fact, defects)
        if isinstance(fact, AccountFact):
            before = self._accounts.get(entry.stream) or Account(stream=entry.stream)
            self._accounts[entry.stream] = accounts.fold(before, fact, entry)
        self._check_visitors(entry, fact, defects)
        self._check_checkers(entry, fact, defects)
        self._check_assigned(entry, fact, defects)
        expected_time = self._happened_at(entry, fact)
        if expected_time != entry.happened_at:
            expected = expected_time or Text(zh="无法计算", en="beyond the calendar")
            defects.append(make_defect("happened", entry.number, entry.stream, at=entry.happened_at, expected=expected))
        if isinstance(fact, RefusedCommand):
            why = _contradiction(fact, entry.acting, self._rulebooks.get(entry.rulebook))
            if why is not None:
                defects.append(make_defect("unknown_refusal", entry.number, entry.stream, why=why))

    def _check_command_id(self, entry: Entry, defects: Defects) -> None:
        """Check that the actor may use a command id of this form.

        An id of the API needs an account that had a token at that time.
        """
        try:
            command_ids.check(entry.actor, entry.role, entry.command)
        except Refusal as refusal:
            defects.append(make_defect("door", entry.number, entry.stream, why=refusal))
        compiled = self._rulebooks.get(entry.rulebook)
        if compiled is not None and not self._excerpt and command_ids.is_from_api(entry.command):
            account = self._accounts.get(account_stream(entry.actor), Account())
            if not account.holds_token(compiled.today(entry.machine_clock or entry.recorded_at)):
                defects.append(make_defect("no_token", entry.number, entry.stream, account=entry.actor))

    def _check_account(self, entry: Entry, fact: Fact, defects: Defects) -> None:
        """Check that a command of a request names a role and a department that its account has, or had before.

        Then note the role or department that this entry gives to an account.
        """
        # "Had before", because a refusal may concern somebody who has just lost the role. The operator of the machine
        # may name anybody.
        rights = self._past_rights.get(entry.actor)
        if rights is not None and command_ids.is_from_request(entry.command):
            roles, units = rights
            has_role = entry.role in {*roles, HOLDER} or entry.principal is not None
            if entry.home not in units or not has_role:
                right = f"{entry.role}, {entry.home or '-'}"
                defects.append(make_defect("account", entry.number, entry.stream, account=entry.actor, who=right))
        if isinstance(fact, AccountFact):
            roles, units = self._past_rights.setdefault(id_of(entry.stream), (set(), set()))
            if isinstance(fact, accounts.RoleGranted):
                roles.add(fact.role)
            if isinstance(fact, accounts.AccountOpened | accounts.AccountMoved):
                units.add(fact.unit)

    def _check_principal(self, entry: Entry, fact: Fact, defects: Defects) -> None:
        """Check that a deputy had the role of the principal at that time, and that both departments are right.

        A refusal may concern somebody who has just lost the role. So for a refused attempt, an earlier right is enough.
        """
        if isinstance(fact, deputies.DeputyAppointed):
            lendings = self._past_lendings.setdefault(id_of(entry.stream), set())
            lendings.update((fact.deputy, role) for role in fact.roles)
        actor, compiled = entry.acting, self._rulebooks.get(entry.rulebook)
        if actor.principal is None:
            is_right = entry.principal_home is None
        elif self._excerpt or compiled is None:
            is_right = True
        elif isinstance(fact, RefusedCommand):
            _, units = self._past_rights.get(actor.principal.id, (set(), set()))
            named = self._past_lendings.get(actor.principal.id, set())
            is_right = actor.principal.unit in units and (actor.id, actor.role) in named
        else:
            deputy, principal = (self._accounts.get(account_stream(id_), Account()) for id_ in actor.accounts)
            today = compiled.today(entry.machine_clock or entry.recorded_at)
            is_right = deputy.may_act_for(principal, actor, today)
        if not is_right:
            who, principal_id = entry.actor, entry.principal or "-"
            defects.append(
                make_defect("deputy", entry.number, entry.stream, account=who, principal=principal_id, role=entry.role)
            )

    def _check_deputy(self, entry: Entry, fact: Fact, defects: Defects) -> None:
        """Check that an account names as its deputy one that can be its deputy."""
        if self._excerpt or not isinstance(fact, deputies.DeputyAppointed):
            return
        accounts_of_fact = {id_: self._accounts.get(account_stream(id_), Account()) for id_ in fact.accounts}
        try:
            principal = self._accounts.get(entry.stream) or Account(stream=entry.stream)
            deputies.check_deputy(principal, fact, accounts_of_fact)
        except Refusal as refusal:
            defects.append(make_defect("refused", entry.number, entry.stream, why=refusal))

    def _check_person(self, entry: Entry, fact: Fact, defects: Defects) -> None:
        """Check that the person of an account has no other."""
        if self._excerpt or not isinstance(fact, accounts.AccountOpened | accounts.PersonAssigned) or not fact.person:
            return
        try:
            others = {one.id for one in self._accounts.values() if one.person == fact.person} - {id_of(entry.stream)}
            accounts.check_only_account(FACT_KINDS[entry.kind].act or "", fact.person, frozenset(others))
        except Refusal as refusal:
            defects.append(make_defect("refused", entry.number, entry.stream, why=refusal))

    def _check_visitors(self, entry: Entry, fact: Fact, defects: Defects) -> None:
        """Check that a plan of visits names accounts of the working group, each with its own department.

        Recusal depends on it (F16).
        """
        compiled = self._rulebooks.get(entry.rulebook)
        if compiled is None or self._excerpt or not isinstance(fact, visits.VisitsPlanned | visits.VisitMoved):
            return
        accounts_of_fact = {id_: self._accounts.get(account_stream(id_), Account()) for id_ in fact.accounts}
        try:
            visits.check_accounts(
                fact, accounts_of_fact, compiled.rulebook, compiled.rulebook.cited(FACT_KINDS[entry.kind].act or "")
            )
        except Refusal as refusal:
            defects.append(make_defect("refused", entry.number, entry.stream, why=refusal))

    def _check_assigned(self, entry: Entry, fact: Fact, defects: Defects) -> None:
        """Check that an assignment names accounts that may do the work: open, with a role that does it, not recused (F16)."""
        compiled = self._rulebooks.get(entry.rulebook)
        if compiled is None or self._excerpt or not isinstance(fact, Assigned):
            return
        known: dict[str, Account] = {id_: self._accounts.get(account_stream(id_), Account()) for id_ in fact.accounts}
        unit = Stream.parse(entry.stream).unit or ""
        refusals = refused_accounts(unit, fact, known, None, compiled.rulebook)
        defects.extend(make_defect("refused", entry.number, entry.stream, why=refusal) for refusal in refusals)

    def _check_checkers(self, entry: Entry, fact: Fact, defects: Defects) -> None:
        """Check that a routine check names no account of the checked department as its checker (F16)."""
        compiled = self._rulebooks.get(entry.rulebook)
        if compiled is None or self._excerpt or not isinstance(fact, RoutineCheckRecorded | RoutineCheckCorrected):
            return
        if isinstance(fact, RoutineCheckRecorded):
            self._checked_units[entry.stream] = fact.unit
        streams = {id_: account_stream(id_) for id_ in fact.accounts}
        accounts_of_fact = {id_: self._accounts[name] for id_, name in streams.items() if name in self._accounts}
        try:
            unit, clause = self._checked_units.get(entry.stream, ""), compiled.rulebook.readings["recusal"].clause
            routine_check.check_accounts(unit, fact, accounts_of_fact, None, clause)
        except Refusal as refusal:
            defects.append(make_defect("refused", entry.number, entry.stream, why=refusal))

    def _check_names(self, stream: str, actor: Actor) -> None:
        """Raises a Refusal if the name of the stream or the actor is more than an opaque id.

        Valid combinations are cached.
        """
        if (stream, actor) not in self._valid_names:
            privacy.check_stream(stream)
            privacy.check_actor(actor)
            if len(self._valid_names) > _MAX_CACHED_NAMES:
                self._valid_names.clear()
            self._valid_names.add((stream, actor))

    def _happened_at(self, entry: Entry, fact: Fact) -> datetime | None:
        """The time at which the fact took place by its own date; None if it cannot be computed.

        If the edition is missing, the time of the entry is returned, because nothing can be compared.
        """
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
    """The reason why the engine cannot have made this refusal; None if it can.

    The act, the refusal or the stream that the fact names does not exist, or the engine would have answered
    differently. The right to an act may also depend on the state and on the command, which are not recorded. Nothing is
    concluded from those.
    """
    if fact.act not in ACTS:
        return Text(zh=f"没有“{fact.act}”这种办理", en=f"there is no act “{fact.act}”")
    if fact.refusal not in _GRAVE:
        return Text(zh=f"“{fact.refusal}”不入台账", en=f"“{fact.refusal}” leaves no entry")
    try:
        privacy.check_stream(fact.stream)
    except Refusal as refusal:
        return Text(zh=refusal.render("zh"), en=refusal.render("en"))
    if not isinstance(initial_state(fact.stream), ACTS[fact.act].state_type):
        return Text(zh=f"“{fact.act}”不属于 {fact.stream}", en=f"“{fact.act}” does not belong to {fact.stream}")
    if compiled is None:
        return None
    roles, _ = policy.entitled_roles(fact.act, None, None, compiled.rulebook)
    entitled = policy.includes_role(roles, actor)
    is_possible = {
        NotYours.__name__: not entitled or fact.act in policy.NARROWED_ACTS,
        OwnUnit.__name__: entitled and actor.role != "unit" and any(actor.units),
        OtherUnit.__name__: entitled and actor.role == "unit",
        NotByDeputy.__name__: entitled and actor.principal is not None and policy.is_personal(fact.act, actor.role),
    }
    if is_possible.get(fact.refusal, entitled):
        return None
    claim = f"{actor.role}, {fact.refusal}"
    return Text(
        zh=f"按办法，{claim} 对“{fact.act}”不成立", en=f"under the rulebook “{fact.act}” is not so refused: {claim}"
    )
