"""The account tables held against the accounts as the ledger has them: nobody is let in by what no entry says.

A row that is missing lets nobody in and is no defect; one that no entry names, or that an entry ended, was planted or put
back. The rows are read after the entries. One that an entry written meanwhile brought looks planted at first: so what looks so
is asked after once more, when those entries were read too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from states.accounts import Account
from states.vocabulary import Text
from storage.secrets import Kept as Row

from .links import Found
from .report import defect
from .streams import Kept


def suspect(rows: Iterable[Row], streams: Mapping[str, Kept], own: Callable[[str], bool]) -> set[Row]:
    """The rows that no entry so far speaks for, of one's own streams. Of one that cannot be followed nothing is said."""
    return set(_suspect(rows, streams, own))


def tell(rows: Iterable[Row], found: Found) -> None:
    """A defect for each of these rows."""
    for row in sorted(rows, key=lambda row: (row.account, row.table, row.digest or "")):
        stream = f"account/{row.account}"
        if row.table == "account":
            found.append(defect("account_unopened", None, stream))
        else:
            found.append(defect("planted", None, stream, what=_CALLED[row.table], digest=(row.digest or "—")[:16]))


_CALLED = {
    "password": Text(zh="密码", en="password"),
    "factor": Text(zh="动态口令", en="second factor"),
    "link": Text(zh="一次性链接", en="one-time link"),
    "session": Text(zh="会话", en="session"),
    "identity": Text(zh="统一身份", en="identity"),
    "token": Text(zh="接口令牌", en="token"),
}


def unopened(rows: Iterable[Row]) -> int:
    """How many second factors are sealed by a key that is not here, so that nothing can be said of them."""
    return sum(row.digest is None for row in rows)


def _suspect(rows: Iterable[Row], streams: Mapping[str, Kept], own: Callable[[str], bool]) -> Iterator[Row]:
    for row in rows:
        stream = f"account/{row.account}"
        kept = streams.get(stream)
        if not own(stream) or (kept is not None and kept.broken):
            continue
        state = kept.state if kept is not None else Account(stream)
        assert isinstance(state, Account)
        if not _is_spoken_for(row, state):
            yield row


def _is_spoken_for(row: Row, state: Account) -> bool:
    """Whether the account's stream names what is in the row."""
    token = state.tokens.get(row.token)
    holds = {
        "account": state.version > 0,
        "password": row.digest == state.password,
        "factor": state.factor is not None and row.digest in (None, state.factor),
        "link": state.link is not None and row.digest == state.link.digest,
        "session": row.digest in state.sessions,
        "identity": row.digest in state.identities,
        "token": token is not None and row.digest == token.digest,
    }
    return holds[row.table]
