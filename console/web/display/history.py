"""The ledger at one point in time, in words, for the command line.

Departments and cases have their names of that time; accounts and files have their present names.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache, partial
from zoneinfo import ZoneInfo

from audit.history import FoldedStreams
from console.person_names import names_of_persons, readable_holders
from console.web.request.stream_titles import StreamTitles
from states import policy
from states.accounts.account import ROLE_TITLES
from states.assessment import Assessment
from states.rulebook.types import Rulebook
from states.user_errors import UserError
from states.vocabulary import CLOCK, Text
from storage.database.database import Database
from storage.ledger.chain import Entry
from storage.ledger.ledger import Ledger
from storage.papers import attachments
from storage.people import directory
from storage.sign_in import accounts
from storage.state_cache import StateCache

from .rows import StateRow, state_rows
from .terms import Terms


class NoEntriesYet(UserError):
    """The stream did not exist at that moment."""

    zh = "“{what}”在所指时刻还没有任何记录。请核对部门编号、年度和时刻。"
    en = "“{what}” had no entry yet at that moment. Check the department's id, the year and the moment."


class MomentText:
    """The words for one point in time.

    `database` has the names of accounts and files, which have no history. `in_force` is the rulebook for a stream that
    names none. `language`: that of the word for the name of an account that was erased.
    """

    def __init__(self, database: Database, moment: FoldedStreams, in_force: Rulebook, language: str) -> None:
        self.moment, self._in_force = moment, in_force
        self._accounts = accounts.names(database, language)
        holders = readable_holders(StateCache(Ledger(database), lambda _pin: in_force).people)
        self._persons = names_of_persons(directory(database), self._accounts, holders)
        self._attached = cache(partial(attachments.attachments_of, database))

    def title(self, stream: str) -> Text:
        """The title of a stream."""
        return self._streams(stream).title(stream)

    def rows(self, stream: str) -> list[StateRow]:
        """An assessment as rows, as on the pages (`rows.py`)."""
        state = self.moment.streams[stream]
        assert isinstance(state, Assessment)
        return list(state_rows(state, self._terms(stream, state), partial(self.format_time, stream)))

    def format_time(self, stream: str, time: datetime) -> str:
        """A time in the time zone of the stream's rulebook, to the minute."""
        return f"{time.astimezone(ZoneInfo(self._rulebook(stream).timezone)):%Y-%m-%d %H:%M}"

    def author(self, stream: str, entry: Entry) -> Text:
        """The author of an entry: the role, with the name of the account if it has one; for the clock, a general word."""
        if entry.actor == CLOCK.id:
            return self._terms(stream, Assessment()).account(entry.actor)
        role = ROLE_TITLES.get(entry.role) or policy.role_title(entry.role, self._rulebook(stream))
        name = self._accounts.get(entry.actor)
        if entry.principal is not None:
            name, principal = name or entry.actor, self._accounts.get(entry.principal, entry.principal)
            return Text(zh=f"{name}（代 {principal}，{role.zh}）", en=f"{name} (for {principal}, {role.en})")
        return Text(zh=f"{name}（{role.zh}）", en=f"{name} ({role.en})") if name else role

    def _terms(self, stream: str, state: Assessment) -> Terms:
        rulebook, title = self._rulebook(stream), self._streams(stream).title
        return Terms(
            state,
            rulebook,
            lambda unit: self.moment.unit_title(unit, state.year or None),
            self._accounts,
            self._persons,
            title,
            self._attached,
        )

    def _streams(self, stream: str) -> StreamTitles:
        return StreamTitles(self.moment.streams.get, self.moment.unit_title, self._accounts, self._rulebook(stream))

    def _rulebook(self, stream: str) -> Rulebook:
        compiled = self.moment.rulebook_of(stream)
        return compiled.rulebook if compiled else self._in_force
