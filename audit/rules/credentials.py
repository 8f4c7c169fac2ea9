"""Compares the account tables with the ledger: a row may let somebody sign in only if an entry names it.

A missing row lets nobody in and is not a defect. A row that no entry names, or that an entry has ended, was planted or
restored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from audit.chain.hash_chain import Defects
from audit.defect import make_defect
from states.records.account import Account
from states.streams import account_stream
from states.vocabulary import Text
from storage.vault.account_secrets import AccessRow

from .rule_checks import ReplayedStream


def unrecorded_rows(
    rows: Iterable[AccessRow], streams: Mapping[str, ReplayedStream], owns: Callable[[str], bool]
) -> set[AccessRow]:
    """The rows with a credential that the account does not have by the entries read so far.

    Rows are left out if this pass does not own the stream of their account, or if that stream is broken.
    """
    unrecorded = set[AccessRow]()
    for row in rows:
        stream = account_stream(row.account)
        replayed = streams.get(stream)
        if not owns(stream) or (replayed is not None and replayed.broken):
            continue
        state = replayed.state if replayed is not None else Account(stream)
        assert isinstance(state, Account)
        if not _has_credential(state, row):
            unrecorded.add(row)
    return unrecorded


def report_rows(rows: Iterable[AccessRow], defects: Defects) -> None:
    """Add a defect for each of these rows."""
    for row in sorted(rows, key=lambda row: (row.account, row.table, row.digest or "")):
        stream = account_stream(row.account)
        if row.table == "account":
            defects.append(make_defect("account_unopened", None, stream))
        else:
            defects.append(
                make_defect("planted", None, stream, what=_TITLES[row.table], digest=(row.digest or "—")[:16])
            )


_TITLES = {
    "password": Text(zh="密码", en="password"),
    "factor": Text(zh="动态口令", en="second factor"),
    "link": Text(zh="一次性链接", en="one-time link"),
    "session": Text(zh="会话", en="session"),
    "identity": Text(zh="统一身份", en="identity"),
    "token": Text(zh="接口令牌", en="token"),
}


def count_unopened_factors(rows: Iterable[AccessRow]) -> int:
    """The number of second factors that are encrypted with another key than ours, so that they cannot be compared."""
    return sum(row.digest is None for row in rows)


def _has_credential(state: Account, row: AccessRow) -> bool:
    """Whether the account has the credential of this row by its entries."""
    token = state.tokens.get(row.token)
    has_credential = {
        "account": state.version > 0,
        "password": row.digest == state.password,
        "factor": state.factor is not None and row.digest in (None, state.factor),
        "link": state.link is not None and row.digest == state.link.digest,
        "session": row.digest in state.sessions,
        "identity": row.digest in state.identities,
        "token": token is not None and row.digest == token.digest,
    }
    return has_credential[row.table]
