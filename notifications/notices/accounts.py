"""The notice to the holder of an account that its credentials or roles were changed. A pure function of the entry."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from states import policy
from states.accounts.account import AccountFact
from states.acts import ACT_OF_FACT
from states.records.account import HOLDER
from states.rulebook.types import Rulebook
from states.streams import id_of
from states.vocabulary import Fact
from storage.ledger.chain import Entry

from .notice import Notice


def account_notice(fact: Fact, entry: Entry, rulebook: Rulebook) -> Notice | None:
    """The notice of an entry of an account's stream, only to this account; None if the holder is not notified."""
    if not isinstance(fact, AccountFact) or not fact.notifies_holder:
        return None
    values: dict[str, object] = {
        "what": policy.title(ACT_OF_FACT[entry.kind], rulebook),
        "at": entry.recorded_at.astimezone(ZoneInfo(rulebook.timezone)).strftime("%Y-%m-%d %H:%M"),
        "role": policy.role_title(entry.role, rulebook),
        "actor": entry.actor,
    }
    return Notice("access_changed", HOLDER, "", values, account=id_of(entry.stream))
