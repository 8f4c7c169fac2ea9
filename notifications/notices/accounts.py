"""The notices that the access to an account was changed, or that it is a deputy. Pure functions of the entry."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from states import policy
from states.accounts.account import AccountFact
from states.accounts.deputies import DeputyAppointed, DeputyEnded
from states.acts import ACT_OF_FACT
from states.records.account import HOLDER
from states.rulebook.types import Rulebook
from states.streams import id_of
from states.vocabulary import Fact, listed
from storage.ledger.chain import Entry

from .notice import Notice


def account_notices(fact: Fact, entry: Entry, rulebook: Rulebook) -> Iterator[Notice]:
    """The notices of an entry of an account's stream: to its holder and, if it names or ends a deputy, to the deputy.

    None if the holder is not notified.
    """
    if not isinstance(fact, AccountFact) or not fact.notifies_holder:
        return
    values: dict[str, object] = {
        "what": policy.title(ACT_OF_FACT[entry.kind], rulebook),
        "at": entry.recorded_at.astimezone(ZoneInfo(rulebook.timezone)).strftime("%Y-%m-%d %H:%M"),
        "role": policy.role_title(entry.role, rulebook),
        "actor": entry.actor,
    }
    yield Notice("access_changed", HOLDER, "", values, account=id_of(entry.stream))
    if isinstance(fact, DeputyAppointed | DeputyEnded):
        lent: dict[str, object] = {"principal": id_of(entry.stream), "roles": None}
        if isinstance(fact, DeputyAppointed):
            lent["roles"] = listed(policy.role_title(role, rulebook) for role in fact.roles)
            lent |= {"since": fact.since.isoformat(), "until": fact.until.isoformat()}
        yield Notice("deputy", HOLDER, "", lent, account=fact.deputy)
