"""One request by one browser: who asks, what may be done, and how to answer. Every page is handed one, and nothing else.

A page reads `visit.form`, asks `visit.engine`, submits with `visit.submit`, and ends with `visit.page` or `visit.to`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup
from msgspec.structs import replace
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from config.calendars import WorkingDays
from config.settings import Settings
from console.cli.supervisor import Supervisor
from documents import inspection
from states import policy
from states.accounts.account import HOLDER, Account
from states.assessment import Assessment
from states.chart import State
from states.command_ids import OutsideId
from states.compiled_rulebook import CompiledRulebook
from states.context import Context
from states.deadlines.lights import soon
from states.guards import LARGEST_DOCUMENT
from states.offers import offers
from states.refusals import OutcomeChanged, Refusal, StaleForm
from states.result.result import plain
from states.rulebook.clauses import cite
from states.rulebook.types import Rulebook
from states.user_errors import UserError
from states.views import may_read_result, may_view, permit_view
from states.vocabulary import Actor, Command, Text
from states.year.roster import Roster
from storage.database.database import Database
from storage.papers import attachments
from storage.sign_in import accounts, security_log
from storage.sign_in.accounts import SessionWithAccount
from storage.tables.security_log import SecurityLogRow
from storage.vault.account_secrets import SideWrite
from workflow.calendar import Calendar
from workflow.engine import Accepted, Engine, Submission
from workflow.fence import Doubt
from workflow.previews import Preview

from . import downloads, sessions
from .command_ids import new_id
from .display import files
from .display.streams import Streams
from .forms import confirmation, uploads
from .forms.fields import MOST_IN_CONFIDENCE, faults_of
from .fragments import Piece, Pieces
from .middleware import UPLOAD
from .navigation import Menu, Places
from .numbers import counted, whole_number
from .throttling.attempts import network
from .throttling.rates import Rate

_SPECIAL = 3
"""Slashes in the stream of a special assessment."""
LANGUAGES = ("zh", "en")
LANGUAGE_COOKIE = "__Host-kaohe-language"
NOBODY = Account()
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
LINES = 30
"""Lines of the security log a minute for what one address does whom nobody knows."""
DRAWN = "\0"
"""Where in a page comes what was drawn before: a character nobody can type (`_plain`)."""


class Desk:
    """What all visits share: the engine, the settings, the templates, the calendar, the navigation, the views there are."""

    def __init__(self, engine: Engine, settings: Settings, clock: Supervisor | None = None) -> None:
        self.engine = engine
        self.settings = settings
        self.clock = clock
        self.places = Places({}, {})
        self.views: frozenset[str] = frozenset()
        self.doors: dict[str, str] = {}
        """By view, the first page of it that needs no name in its path."""
        self.paths: frozenset[str] = frozenset()
        self.calendar = Calendar(engine.ledger.database)
        self.pieces = Pieces()
        self.lines = Rate(engine.ledger.database, LINES)
        self.templates = {language: _templates(language) for language in LANGUAGES}


class Visit:
    """See the module. `session` is None for whoever is not signed in; then `account` may do nothing and see nothing."""

    def __init__(
        self, desk: Desk, request: Request, form: FormData | None, session: SessionWithAccount | None, token: str
    ) -> None:
        self.desk, self.request, self.session, self.token = desk, request, session, token
        self.form = form if form is not None else FormData()
        self.engine: Engine = desk.engine
        self.now: datetime = desk.engine.clock.now()
        self.cookie: str | None = None
        self.left: datetime | None = None
        """When what stands in the form was typed, where it was kept (`unsent.py`)."""
        self.is_page = False
        """Whether a person sends a form of a page, who is to check it before what is final; a program is not asked."""
        self.is_incomplete = False
        """Whether what goes with a command was not kept, as the command was not to be done: then it must not be done after all."""
        self.view = ""
        """What is looked at, by its name in `states/views.py`; set once it is known."""

    # --- who asks ---------------------------------------------------------------------------------

    @cached_property
    def account(self) -> Account:
        """The account as the ledger has it; nobody's where nobody is signed in or the account was closed."""
        return NOBODY if self.session is None else self.account_of(self.session.account)

    @property
    def roles(self) -> frozenset[str]:
        return self.account.roles

    @property
    def unit(self) -> str | None:
        """The unit the account belongs to."""
        return self.account.unit

    @cached_property
    def language(self) -> str:
        """The account's; else the one chosen in this browser; else the first the browser asks for that we speak."""
        if self.session is not None:
            return self.session.language
        chosen = self.request.cookies.get(LANGUAGE_COOKIE, "")
        return chosen if chosen in LANGUAGES else _asked_for(self.request.headers.get("accept-language", ""))

    @property
    def proved(self) -> bool:
        """Whether the person proved lately who it is: what a page asks before it shows a form that wants proof."""
        return sessions.is_proved(self.session, self.now)

    @property
    def clock_restarting(self) -> bool:
        """Whether the clock process beside this console has ended and is being started again."""
        return self.desk.clock is not None and self.desk.clock.restarting

    @cached_property
    def doubt(self) -> Doubt | None:
        """What makes the machine's time doubtful: then the clock does nothing, nor does the engine, until somebody confirms it."""
        return self.engine.fence.doubt(self.now)

    @property
    def lacks_factor(self) -> bool:
        """Whether this account signed in by password alone where the settings ask for a second factor (ASVS 6.3.3)."""
        wanted = self.desk.settings.second_factor
        asked = wanted == "everybody" or (wanted == "administrators" and self.account.administers)
        by_password = self.session is not None and self.session.provider == "password"
        return asked and by_password and self.account.factor is None

    @property
    def here(self) -> str:
        """The page asked for, to come back to; of a form that was posted, the page it stood on."""
        posted = self.request.method == "POST"
        if posted and self.field("_page"):
            return local(self.field("_page"))
        url = split(self.request.headers.get("referer", "") if posted else str(self.request.url))
        ours = not posted or url.netloc == self.request.headers.get("host")
        return local(url.path + (f"?{url.query}" if url.query else "")) if ours else "/"

    @property
    def address(self) -> str:
        """Where the request came from."""
        return self.request.client.host if self.request.client else ""

    def account_of(self, id_: str) -> Account:
        """An account as the ledger has it."""
        state = self.engine.state(f"account/{id_}")
        assert isinstance(state, Account)
        return state

    def log(self, event: str, *, account: str | None = None, what: str = "") -> None:
        """One line of the security log. Of those whom nobody knows, `LINES` a minute from one address: else a stranger fills the disk."""
        who = account or (self.session.account if self.session else None)
        if who is None and self.desk.lines.wait(f"lines {network(self.address)}", self.now):
            return
        row = SecurityLogRow(at=self.now, event=event, account=who, address=self.address, what=what[:200])
        security_log.add(self.database, row)

    def actor(self, *by: str) -> Actor:
        """The account in the first of its roles that is named; where none is, in whichever, to be refused and recorded."""
        held = {*self.roles, HOLDER} if self.account.version else self.roles
        role = next((role for role in by if role in held), None) or min(self.roles, default="nobody")
        return Actor(self.account.id or "nobody", role, self.unit)

    # --- what there is ----------------------------------------------------------------------------

    @property
    def database(self) -> Database:
        return self.engine.ledger.database

    @property
    def rulebook(self) -> Rulebook:
        """The edition in force; a stream's own comes with its context."""
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
        return self.desk.calendar.refresh()

    @cached_property
    def near(self) -> date:
        """The last deadline that is due soon (`states/deadlines/lights.py`)."""
        return soon(self.today, self.working_days.is_working, self.desk.settings.light_soon)

    @cached_property
    def roster(self) -> Roster:
        """Every unit, by its id."""
        state = self.engine.state("roster")
        assert isinstance(state, Roster)
        return state

    @cached_property
    def names(self) -> dict[str, str]:
        """What each account is called."""
        return accounts.names(self.database)

    def unit_title(self, unit: str, year: int | None = None) -> str:
        """What a unit is called, or was called in a year; its id where the roster does not have it."""
        return self.roster.title(unit, year)

    @cached_property
    def streams(self) -> Streams:
        """What streams are called."""
        return Streams(self.engine.state, self.unit_title, self.names, self.rulebook)

    def special(self, stream: str) -> str:
        """What a special assessment is called; empty for the annual one, and for any other stream."""
        state = self.engine.state(stream) if stream.count("/") == _SPECIAL else None
        return self.render(state.special) if isinstance(state, Assessment) and state.special else ""

    def context(self, stream: str) -> tuple[State, Context, CompiledRulebook]:
        """A stream, what a decision about it would be handed, and the edition that binds it."""
        return self.engine.context(stream, self.actor(), self.now)

    def assessment(
        self, year: int | str, unit: str, occasion: str | None = None
    ) -> tuple[Assessment, Context, CompiledRulebook]:
        """An assessment, with its context and edition. `NotThere`'s page where it was never opened is the caller's."""
        state, context, compiled = self.context(f"assessment/{year}/{unit}" + (f"/{occasion}" if occasion else ""))
        assert isinstance(state, Assessment)
        return state, context, compiled

    # --- what may be done -------------------------------------------------------------------------

    def may(self, view: str, unit: str | None = None) -> bool:
        """Whether this account may look."""
        return may_view(view, self.roles, self.unit, unit, self.roster if unit is not None else None)

    def permit(self, view: str, unit: str | None = None) -> None:
        """As `may`, with the refusal that says why not."""
        permit_view(view, self.roles, self.unit, unit, self.roster if unit is not None else None)

    def may_read_result(self, state: Assessment) -> bool:
        """Whether this account may read the points and the grade of an assessment."""
        return may_read_result(state, self.roles, self.unit, self.roster)

    def offers(self, state: Assessment, context: Context, compiled: CompiledRulebook) -> dict[str, Actor]:
        """The acts open to this account here and now, each with the role it would be done in: the source of every button."""
        found: dict[str, Actor] = {}
        for role in sorted(self.roles):
            actor = Actor(self.account.id, role, self.unit)
            for act in offers(state, replace(context, actor=actor), compiled.chart):
                found.setdefault(act, actor)
        return found

    def offered(self, act: str, state: State, context: Context) -> bool:
        """Whether this one act is open here and now: cheaper than all of them, where a list asks of each of its rows."""
        actors = (Actor(self.account.id, role, self.unit) for role in self.roles)
        return any(policy.offered(act, state, replace(context, actor=actor)) for actor in actors)

    def permit_form(self, act: str, state: State, context: Context) -> None:
        """Raise the `Refusal` that says who does this act, unless it is one of this account's roles: no other is shown its form."""
        if not self.offered(act, state, context):
            by, _clause = policy.entitled(act, state, None, context.rulebook)
            policy.permit_form(act, state, replace(context, actor=self.actor(*by)))

    def submit(
        self, stream: str, command: Command, *, expected_version: int | None = None, command_id: OutsideId | None = None,
        beside: Sequence[SideWrite] = (),
    ) -> Accepted:  # fmt: skip
        """Do it, in the role the law names for it, or raise its `Refusal`. Id and version come with the form.

        What is written `beside` the ledger goes with the entry, once.

        See `hidden`. A form sent twice is done once. On a page, a final act is checked first: `checking.CheckNeeded`.
        """
        expected = confirmation.confirmed_facts(self, {stream: command})[stream]
        if expected_version is None:
            expected_version = whole_number(self.field("version"))
        actor, id_ = self.actor_for(stream, command), command_id or self.command_id
        asked = self.submission(stream, command, actor, id_, expected_version, beside, expected)
        answer = self.engine.submit_many([asked])[0]
        if isinstance(answer, OutcomeChanged | StaleForm):
            raise confirmation.check_again(self, {stream: command}, answer)
        if isinstance(answer, Refusal):
            raise answer
        return answer

    def submission(
        self, stream: str, command: Command, actor: Actor, command_id: OutsideId, expected_version: int | None = None,
        beside: Sequence[SideWrite] = (), expected_fact: str | None = None,
    ) -> Submission:  # fmt: skip
        """A command as it is handed to the engine; the names of the form's files go beside its entry."""
        asked = Submission(stream, command, actor, command_id, expected_version, tuple(beside), expected_fact)
        names = uploads.names(self, stream, command)
        return replace(asked, beside=(*beside, *attachments.attachment_writes(self.database, stream, asked.id, names)))

    def preview(self, stream: str, command: Command, actor: Actor | None = None) -> Preview:
        """What the command would do now, in the role the law names for it. Raises the `Refusal` it would get."""
        return self.engine.preview(stream, command, actor or self.actor_for(stream, command), self.now)

    def actor_for(self, stream: str, command: Command) -> Actor:
        """The account in the role the law names for this command on this stream."""
        state, _, compiled = self.context(stream)
        by, _clause = policy.entitled(command.act, state, command, compiled.rulebook)
        return self.actor(*by)

    # --- the form ---------------------------------------------------------------------------------

    @cached_property
    def command_id(self) -> OutsideId:
        """The id in the form, or a new one where the form has none."""
        return OutsideId("web", self.field("command_id") or new_id(), sessions.digest(self.token))

    def field(self, name: str) -> str:
        """A field of the form, stripped; empty where it is not there."""
        return _plain(self.form.get(name))

    def field_or(self, name: str, usual: str) -> str:
        """What a field says, be it empty; `usual` where the form did not have it."""
        return self.field(name) if name in self.form else usual

    def secret(self, name: str) -> str:
        """A password as it was typed."""
        value = self.form.get(name)
        return value if isinstance(value, str) else ""

    def fields(self, name: str) -> list[str]:
        """Every value of a field that may be there several times."""
        return [_plain(value) for value in self.form.getlist(name) if isinstance(value, str)]

    def file(self, name: str) -> UploadFile | None:
        """A file of the form; None where none was chosen."""
        value = self.form.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def retype(self, fields: Iterable[tuple[str, str | UploadFile]]) -> None:
        """Let the form say this: a draft come back, what is there already, or files that were taken."""
        self.form = FormData(list(fields))

    def prefill(self, fields: Iterable[tuple[str, str]]) -> None:
        """Let the form say this where nothing stands in it."""
        if not self.form:
            self.retype(fields)

    def hidden(self, version: int | None = None, *, enter: bool = False) -> Markup:
        """What every form that posts carries: the browser's token, an id for the command, the version it was shown at.

        Enter in a field submits it only where `enter` says so: where nothing goes on record but who signed in.
        """
        fields = {"command_id": new_id()}
        if version is not None:
            fields["version"] = str(version)
        return self.token_field(enter=enter) + _hidden(fields)

    def token_field(self, *, enter: bool = False) -> Markup:
        """The browser's token alone, for a form that carries its id and version itself."""
        if not self.token:
            self.token = self.cookie = sessions.new_token()
        return (Markup() if enter else _NO_ENTER) + _hidden({"form_token": sessions.form_token(self.token)})

    # --- how to answer ----------------------------------------------------------------------------

    def render(self, value: object) -> str:
        """A `Text` or a `UserError` in the visitor's language; anything else as it is."""
        return value.render(self.language) if isinstance(value, Text | UserError) else str(value)

    def role_title(self, role: str) -> str:
        return policy.role_title(role, self.rulebook).render(self.language)

    def listed(self, words: Iterable[str]) -> str:
        """Several words as the language lists them."""
        return (", " if self.language == "en" else "、").join(words)

    def day(self, value: date | None) -> str:
        """A civil date, for reading."""
        return "—" if value is None else value.isoformat()

    def long_day(self, value: date) -> str:
        """A date in a sentence: 12月8日（周三）, Wednesday 8 December."""
        if self.language == "en":
            return f"{_DAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]}"
        return f"{value.month}月{value.day}日（周{'一二三四五六日'[value.weekday()]}）"

    def moment(self, value: datetime | None) -> str:
        """A moment in the institution's zone, to the minute."""
        return "—" if value is None else value.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")

    @cached_property
    def menu(self) -> Menu:
        """Where this account may go."""
        return self.desk.places.menu(self)

    def page(
        self, template: str, status: int = 200, drawn: Sequence[bytes] = (), field_of: Callable[[str], str] = str,
        label_of: Mapping[str, Text] = MappingProxyType({}), **values: Any,
    ) -> HTMLResponse:  # fmt: skip
        """A page from its template, which sees `visit`, `t`, the values, and the `mistakes` of its `refusal` (`fields.faults_of`).

        What was `drawn` before comes where the template says `DRAWN`, as it is: a long table is then neither looked
        through nor encoded at every visit.
        """
        made = self.desk.templates[self.language].get_template(template)
        mistakes = faults_of(values.get("refusal"), field_of, label_of)
        before, _, after = made.render(visit=self, mistakes=mistakes, **values).partition(DRAWN)
        return HTMLResponse(b"".join((before.encode(), *drawn, after.encode())), status)

    def piece(self, template: str, **values: Any) -> Markup:
        """A piece of a page from a template of its own, which sees `t` and the values, and no visit: it may be `remembered`."""
        return Markup(self.desk.templates[self.language].get_template(template).render(values))  # noqa: S704

    def remembered(self, page: str, name: str, made_of: tuple[object, ...], make: Callable[[], Piece]) -> Piece:
        """A piece in the visitor's language, made anew unless it was made of just this (`pieces.py`)."""
        return self.desk.pieces.get((page, self.language, name), made_of, make)

    def refused(self, refusal: UserError, template: str, **values: Any) -> HTMLResponse:
        """The same form again, filled in as it was, with the sentence that says why it was not accepted."""
        return self.page(template, 409, refusal=refusal, **values)

    def to(self, path: str) -> RedirectResponse:
        """See other: after something was done, its page is fetched anew."""
        return RedirectResponse(path, 303)

    def download(self, name: str, data: bytes, media_type: str) -> Response:
        """A file to take away, on record in the security log."""
        self.log("exported", what=name)
        return Response(data, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})

    def signed(self, token: str) -> None:
        """Let the browser carry this token from now on."""
        self.cookie = token

    def sealed(self, response: Response) -> Response:
        """The answer with the cookie this browser is to carry, if it is a new one."""
        if self.cookie is not None:
            response.set_cookie(sessions.COOKIE, self.cookie, secure=True, httponly=True, samesite="lax", path="/")
        return response


# A form is submitted implicitly, as by Enter in a field, by its default button: the first submit button in tree order. One that is
# disabled makes that do nothing (HTML, 4.10.21.2 "Implicit submission"); it works without a script, and is never shown.
_NO_ENTER = Markup('<button type="submit" disabled hidden></button>')


def _hidden(fields: Mapping[str, str]) -> Markup:
    lines = (f'<input type="hidden" name="{name}" value="{value}">' for name, value in fields.items())
    return Markup("".join(lines))  # noqa: S704  letters and digits of our own


def _plain(value: object) -> str:
    """What was typed: a line end as one character, and without what no keyboard types and PostgreSQL takes for no text, NUL."""
    return value.replace("\0", "").replace("\r\n", "\n").strip() if isinstance(value, str) else ""


def split(url: str) -> SplitResult:
    """The parts of a URL somebody sent; none of one that is no URL."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("//")


def local(path: str) -> str:
    """A path of ours to go back to; the first page for anything else (an address of another site)."""
    parts = split(path)
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return path if ours and path.isprintable() else "/"


def _asked_for(header: str) -> str:
    """The first language of `Accept-Language` that we speak."""
    for part in header.split(","):
        language = part.strip().lower()[:2]
        if language in LANGUAGES:
            return language
    return "zh"


_ISO = {"date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "time": re.compile(r"[0-9]{2}:[0-9]{2}")}
"""What a browser's own control for a day or a time can hold; it shows anything else as empty, and what was typed would be lost."""


class _Spoken(NodeTransformer):
    """Puts in the place of every `t("中文", "English")` the one of the two: a template of one language says it at no cost."""

    def __init__(self, language: str) -> None:
        self._at = LANGUAGES.index(language)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  as Jinja names it
        said = isinstance(node.node, nodes.Name) and node.node.name == "t" and len(node.args) == len(LANGUAGES)
        return self.visit(node.args[self._at]) if said else self.generic_visit(node)


class _Templates(Environment):
    """An environment whose templates speak one language."""

    spoken: _Spoken

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed: nodes.Template = self.spoken.visit(super()._parse(source, name, filename))
        return parsed


@cache
def _templates(language: str) -> Environment:
    """The pages' templates in one language: `t("中文", "English")` says one of the two. Each is compiled once a process."""
    made = _Templates(
        loader=PackageLoader("console.web", "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.spoken = _Spoken(language)
    made.globals["t"] = lambda zh, en: en if language == "en" else zh
    made.globals |= {
        "uploads": uploads.uploads,
        "accept": uploads.accept,
        "accept_confidential": inspection.accept_attribute(),
        "takes_several": uploads.takes_several,
        "most_files": uploads.MOST,
        "file_limit": LARGEST_DOCUMENT,
        "most_in_confidence": MOST_IN_CONFIDENCE,
        "form_limit": UPLOAD,
    }
    made.globals |= {"openable": downloads.OPENED.__contains__}
    made.tests["calm"] = lambda refusal: isinstance(refusal, uploads.Removed | confirmation.BackToForm)
    made.filters["size"] = files.size
    made.filters["file_kind"] = files.kind
    made.filters["points"] = plain
    made.filters["control"] = lambda value, kind: kind if not value or _ISO[kind].fullmatch(value) else "text"
    made.filters["cap"] = lambda said: said[:1].upper() + said[1:]
    made.filters["render"] = lambda value: value.render(language) if hasattr(value, "render") else value
    if language == "en":
        made.filters["format"] = counted
    made.filters["cite"] = lambda clause: cite(clause).render(language)
    return made
