"""The request object that every page receives: user, permissions, form and answer, and the records that pages share.

A cached property is read when it is first needed, and once in a request. A method reads at every call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request

from config.calendars import WorkingDays
from console.person_names import names_of_persons, readable_holders
from console.web import sessions
from console.web.throttling.attempts import network_of
from console.web.urls import local_path, split_url
from states.assessment import Assessment
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.deadlines.lights import last_day_soon
from states.records.account import Account
from states.records.lineage import is_recused, speaks_for
from states.records.roster import Roster
from states.rulebook.types import Rulebook
from states.stream_kinds import State
from states.streams import Stream, account_stream, assessment_stream
from states.vocabulary import UNIT_ROLE, Actor, Command, Text
from storage.database.database import Database
from storage.ledger.chain import Entry
from storage.people import Directory
from storage.sign_in import security_log
from storage.tables.security_log import SecurityLogRow
from workflow.engine import Engine
from workflow.fence import TimeDoubt
from workflow.previews import Decision, ResolvedStream

from .answer import ResponseFactory
from .app_state import AppState
from .directory_names import DirectoryNames
from .form import Form
from .formatter import Formatter
from .permissions import Permissions
from .session_cookie import SessionCookie
from .stream_titles import StreamTitles
from .user import NOBODY, User, language_of


class PageRequest:
    """One request. A page reads `form`, asks `user` and `permissions`, and returns an answer of `answer`.

    `http`: the request of Starlette. `view`: the view of the page (`states/views.py`); empty until `console/app.py`
    sets it.
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
        self.permissions = Permissions(user, self.rulebook, lambda: self.roster)
        self.form = Form(fields, self.cookie)
        templates = app.templates[user.language]
        self.answer = ResponseFactory(templates, app.fragments, user.language, self, self.log_security)
        self.format = Formatter(user.language, self.rulebook)
        self.view = ""
        # For `prepare`, which then need not resolve a stream again.
        self._resolved_streams: dict[str, ResolvedStream] = {}

    # --- the request ------------------------------------------------------------------------------

    @property
    def query(self) -> QueryParams:
        """The fields after the `?` of the address."""
        return self.http.query_params

    @property
    def address(self) -> str:
        """The network address from which the request came."""
        return self.http.client.host if self.http.client else ""

    @property
    def return_path(self) -> str:
        """The path to return to: that of this page, or for a posted form that of the page with the form.

        "/" if that page is on another site.
        """
        posted = self.http.method == "POST"
        if posted and self.form.text("_page"):
            return local_path(self.form.text("_page"))
        url = split_url(self.http.headers.get("referer", "") if posted else str(self.http.url))
        is_ours = not posted or url.netloc == self.http.headers.get("host")
        return local_path(url.path + (f"?{url.query}" if url.query else "")) if is_ours else "/"

    def log_security(self, event: str, *, account: str | None = None, detail: str = "") -> None:
        """Write a line to the security log.

        Lines that name no account are limited per address (`ANONYMOUS_LOG_LINES`).
        """
        account_id = account or (self.user.session.account if self.user.session else None)
        key = f"lines {network_of(self.address)}"
        if account_id is None and self.app.anonymous_log_rate.count_call(key, self.now) > 0:
            return
        row = SecurityLogRow(at=self.now, event=event, account=account_id, address=self.address, what=detail[:200])
        security_log.add(self.database, row)

    # --- the records ------------------------------------------------------------------------------

    @property
    def database(self) -> Database:
        return self.engine.ledger.database

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook in force.

        An earlier edition may bind a stream: `context` returns the edition that binds it.
        """
        return self.engine.editions.in_force.rulebook

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.rulebook.timezone)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @cached_property
    def working_days(self) -> WorkingDays:
        """The institution's calendar of working days."""
        return self.app.calendar.refresh()

    @cached_property
    def soon_until(self) -> date:
        """Deadlines up to this day count as due soon (`states/deadlines/lights.py`)."""
        return last_day_soon(self.today, self.working_days.is_working, self.app.settings.light_soon)

    @cached_property
    def clock_doubt(self) -> TimeDoubt | None:
        """The doubt about the machine's time, or None.

        In doubt, daemon and engine wait until somebody confirms the time.
        """
        return self.engine.fence.doubt(self.now)

    @cached_property
    def roster(self) -> Roster:
        """The departments."""
        return self.engine.roster()

    @cached_property
    def account_names(self) -> Mapping[str, str]:
        """The names of accounts, by id. They are personal data, so the ledger does not have them."""
        return self.app.account_names.names(self.user.language)

    @cached_property
    def names_of_persons(self) -> Mapping[str, Text]:
        """The names of people, by the id of the person (`person_names.py`)."""
        depends_on = (self.directory, self.account_names, readable_holders(self.engine.people))
        return self.app.fragments.get(
            ("names of persons", self.user.language), depends_on, lambda: names_of_persons(*depends_on)
        )

    @cached_property
    def directory(self) -> Directory:
        """The people of the institution (`storage/people.py`)."""
        return self.app.people.contents()

    @cached_property
    def directory_names(self) -> DirectoryNames:
        """How people are written in a form. Who acts only for a department is offered its people."""
        unit = self.user.unit if self.user.roles == {"unit"} else None
        return DirectoryNames(self.directory, self.roster, unit)

    @cached_property
    def stream_titles(self) -> StreamTitles:
        return StreamTitles(self.engine.state, self.roster.title, self.account_names, self.rulebook)

    def account_of(self, id_: str) -> Account:
        """The state of an account, folded from the ledger."""
        state = self.engine.state(account_stream(id_))
        assert isinstance(state, Account)
        return state

    def all_accounts(self) -> list[Account]:
        """The states of all accounts, open and closed, ordered by id."""
        return self.engine.accounts(sorted(self.account_names))

    def author(self, entry: Entry) -> str:
        """The name of the account that made an entry; of a deputy, with the name of the principal."""
        names = self.account_names
        name = names.get(entry.actor, entry.actor)
        if entry.principal is None:
            return name
        principal = names.get(entry.principal, entry.principal)
        return f"{name} (for {principal})" if self.user.language == "en" else f"{name}（代 {principal}）"

    def special_title(self, stream: str) -> str:
        """The title of a special assessment; empty for an annual assessment and for any other stream."""
        state = self.engine.state(stream) if Stream.parse(stream).occasion is not None else None
        title = self.special(state) if isinstance(state, Assessment) else None
        return self.format.text(title) if title is not None else ""

    def special(self, state: Assessment) -> Text | None:
        """The title of a special assessment, such as 半年检查; None for an annual one."""
        return self.rulebook.special_title(state.occasion, state.title)

    # --- decisions --------------------------------------------------------------------------------

    def context(self, stream: str) -> tuple[State, Context, CompiledRulebook]:
        """The state of a stream, the context of a decision about it, and the rulebook that binds it."""
        resolved = self._resolved_streams[stream] = self.engine.resolve(stream, self.user.actor(), self.now)
        return resolved.state, resolved.context, resolved.compiled

    def assessment(
        self, year: int | str, unit: str, occasion: str | None = None
    ) -> tuple[Assessment, Context, CompiledRulebook]:
        """Like `context`, for an assessment. It may not have been opened yet; the caller must check that."""
        state, context, compiled = self.context(assessment_stream(year, unit, occasion))
        assert isinstance(state, Assessment)
        return state, context, compiled

    def actor_for(self, units: Iterable[str], *entitled: str) -> Actor:
        """The user in one of these roles: the first in which nobody is recused from these departments, or else the first.

        For something that is recorded without a command of its own form. A form's command has `prepare`.
        """
        actors, concerned = self.user.actors_in(*entitled), tuple(units)
        return next((one for one in actors if self._may_concern(one, concerned)), actors[0])

    def _may_concern(self, actor: Actor, units: tuple[str, ...]) -> bool:
        pairs = [(own, unit) for own in actor.units for unit in units]
        if actor.role == UNIT_ROLE:
            return all(speaks_for(own, unit, self.roster) for own, unit in pairs)
        return not any(is_recused(own, unit, self.roster) for own, unit in pairs)

    def prepare(self, stream: str, command: Command, actor: Actor | None = None) -> Decision:
        """Prepare the decision about a command. A page uses one decision for preview, confirmation and submission.

        The actor is `actor`, or else the user in a role, or as the deputy of a principal, that may do the command.
        """
        actors_in = self.user.actors_in if actor is None else lambda *_: (actor,)
        return self.engine.prepare(stream, command, actors_in, self.now, self._resolved_streams.get(stream))


def from_browser(app: AppState, http: Request, fields: FormData | None = None) -> PageRequest:
    """The request of a browser.

    It has the account of the session in the cookie, or none if there is no valid session.
    """
    token, now = http.cookies.get(sessions.COOKIE, ""), app.engine.clock.now()
    session = sessions.valid_session(app.engine.ledger.database, token, now)
    account = app.engine.state(account_stream(session.account)) if session is not None else NOBODY
    assert isinstance(account, Account)
    if session is None or not sessions.is_current(account, token, now):
        return anonymous(app, http, fields)
    user = User(account, session, session.language, now, app.engine.deputyships(account, now))
    return PageRequest(app, http, user, fields, token)


def anonymous(app: AppState, http: Request, fields: FormData | None = None) -> PageRequest:
    """A request without an account.

    Making it reads nothing from the database, so it works if the database has failed.
    """
    user = User(NOBODY, None, language_of(http), app.engine.clock.now())
    return PageRequest(app, http, user, fields, http.cookies.get(sessions.COOKIE, ""))
