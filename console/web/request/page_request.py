"""One request: its four parts, and the records that pages share. Each record is read at most once in a request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request

from config.calendars import WorkingDays
from console.web import sessions
from console.web.display.streams import StreamTitles
from console.web.throttling.attempts import network
from console.web.urls import local_path, split_url
from states.assessment import Assessment
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.deadlines.lights import soon
from states.records.account import Account
from states.records.roster import Roster
from states.rulebook.types import Rulebook
from states.stream_kinds import State
from states.streams import account_stream, assessment_stream
from states.vocabulary import Actor, Command
from storage.database.database import Database
from storage.sign_in import accounts, security_log
from storage.tables.security_log import SecurityLogRow
from workflow.engine import Engine
from workflow.fence import Doubt
from workflow.previews import Decision, Resolved

from .answer import Answer
from .app_state import AppState
from .form import Form
from .formatter import Formatter
from .permissions import Permissions
from .session_cookie import SessionCookie
from .user import NOBODY, User, language_of

_SLASHES_OF_SPECIAL = 3
"""Slashes in the stream of a special assessment."""


class PageRequest:
    """A page reads `request.form`, asks `request.user` and `request.permissions`, and returns what `request.answer` makes.

    `http` is the request as it came. `view` is the view of the page (`states/views.py`), set once the page is known.
    """

    def __init__(
        self, app: AppState, http: Request, user: User, fields: FormData | None = None, token: str = ""
    ) -> None:
        self.app = app
        self.http = http
        self.engine: Engine = app.engine
        self.now: datetime = app.engine.clock.now()
        self.cookie = SessionCookie(token)
        self.user = user
        self.permissions = Permissions(user, lambda: self.roster)
        self.form = Form(fields, self.cookie)
        self.answer = Answer(app.templates[user.language], app.fragments, user.language, self, self.log_security)
        self.format = Formatter(user.language, self.rulebook)
        self.view = ""
        self._resolved: dict[str, Resolved] = {}

    # --- the request ------------------------------------------------------------------------------

    @property
    def query(self) -> QueryParams:
        """The fields after the `?` of the address."""
        return self.http.query_params

    @property
    def address(self) -> str:
        """The network address the request came from."""
        return self.http.client.host if self.http.client else ""

    @property
    def return_path(self) -> str:
        """The page that was asked for, to come back to; of a form that was posted, the page it was on."""
        posted = self.http.method == "POST"
        if posted and self.form.text("_page"):
            return local_path(self.form.text("_page"))
        url = split_url(self.http.headers.get("referer", "") if posted else str(self.http.url))
        ours = not posted or url.netloc == self.http.headers.get("host")
        return local_path(url.path + (f"?{url.query}" if url.query else "")) if ours else "/"

    def log_security(self, event: str, *, account: str | None = None, what: str = "") -> None:
        """Write one line of the security log. Requests at one address without a session have a limit (`ANONYMOUS_LOG_LINES`)."""
        who = account or (self.user.session.account if self.user.session else None)
        if who is None and self.app.anonymous_log_rate.wait(f"lines {network(self.address)}", self.now):
            return
        row = SecurityLogRow(at=self.now, event=event, account=who, address=self.address, what=what[:200])
        security_log.add(self.database, row)

    # --- the records ------------------------------------------------------------------------------

    @property
    def database(self) -> Database:
        return self.engine.ledger.database

    @property
    def rulebook(self) -> Rulebook:
        """The edition in force. A stream may be bound by an earlier one, which comes with its context."""
        return self.engine.editions.in_force.rulebook

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.rulebook.timezone)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @cached_property
    def working_days(self) -> WorkingDays:
        """The working days as this institution knows them now."""
        return self.app.calendar.refresh()

    @cached_property
    def soon_until(self) -> date:
        """The last deadline that is due soon (`states/deadlines/lights.py`)."""
        return soon(self.today, self.working_days.is_working, self.app.settings.light_soon)

    @cached_property
    def clock_doubt(self) -> Doubt | None:
        """Why the machine's time is in doubt, if it is: neither scheduler nor engine does anything until somebody confirms the time."""
        return self.engine.fence.doubt(self.now)

    @cached_property
    def roster(self) -> Roster:
        """Every department, by its id."""
        return self.engine.roster()

    @cached_property
    def account_names(self) -> Mapping[str, str]:
        """The name of each account, by its id. Names are not in the ledger."""
        return accounts.names(self.database)

    @cached_property
    def stream_titles(self) -> StreamTitles:
        return StreamTitles(self.engine.state, self.roster.title, self.account_names, self.rulebook)

    def account_of(self, id_: str) -> Account:
        """An account as the ledger has it."""
        state = self.engine.state(account_stream(id_))
        assert isinstance(state, Account)
        return state

    def special_title(self, stream: str) -> str:
        """The title of a special assessment; empty for the annual one, and for any other stream."""
        state = self.engine.state(stream) if stream.count("/") == _SLASHES_OF_SPECIAL else None
        return self.format.text(state.special) if isinstance(state, Assessment) and state.special else ""

    # --- decisions --------------------------------------------------------------------------------

    def context(self, stream: str) -> tuple[State, Context, CompiledRulebook]:
        """A stream, the context of a decision about it, and the edition that binds it."""
        found = self._resolved[stream] = self.engine.resolve(stream, self.user.actor(), self.now)
        return found.state, found.context, found.compiled

    def assessment(
        self, year: int | str, unit: str, occasion: str | None = None
    ) -> tuple[Assessment, Context, CompiledRulebook]:
        """An assessment, with its context and edition. The caller checks that it was ever opened (`NotThere`)."""
        state, context, compiled = self.context(assessment_stream(year, unit, occasion))
        assert isinstance(state, Assessment)
        return state, context, compiled

    def prepare(self, stream: str, command: Command, actor: Actor | None = None) -> Decision:
        """What the command is decided on, once for preview, confirmation and submission.

        The user acts in the role that is entitled to the command, unless `actor` is given.
        """
        entitled = self.user.actor if actor is None else lambda *_: actor
        return self.engine.prepare(stream, command, entitled, self.now, self._resolved.get(stream))


def from_browser(app: AppState, http: Request, fields: FormData | None = None) -> PageRequest:
    """The request of a browser: of the account whose session its cookie names, if the session holds."""
    token, now = http.cookies.get(sessions.COOKIE, ""), app.engine.clock.now()
    session = sessions.valid_session(app.engine.ledger.database, token, now)
    account = app.engine.state(account_stream(session.account)) if session is not None else NOBODY
    assert isinstance(account, Account)
    if session is None or not sessions.is_current(account, token, now):
        return anonymous(app, http, fields)
    return PageRequest(app, http, User(account, session, session.language, now), fields, token)


def anonymous(app: AppState, http: Request, fields: FormData | None = None) -> PageRequest:
    """The request of nobody. Nothing is read from the database, so it answers even when the database is what failed."""
    user = User(NOBODY, None, language_of(http), app.engine.clock.now())
    return PageRequest(app, http, user, fields, http.cookies.get(sessions.COOKIE, ""))
