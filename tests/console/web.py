"""A small college with its web pages, for the tests of the console.

It has two departments, u-1 and u-2, whose year 2026 was just opened. Each role has one account with the name of the role
(`office`); the role `unit` has one for each department (`unit-1`, `unit-2`). `Console.sign_in(account)` returns a client
that is signed in.
"""

from __future__ import annotations

import atexit
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
from anyio.from_thread import BlockingPortal, start_blocking_portal
from httpx2 import Client, Request, Response
from starlette.types import ASGIApp

from config.rulebooks import Edition
from config.settings import Settings
from console.app import app
from console.web import sessions
from console.web.command_ids import new_id
from console.web.credentials import matches_hash, row_with_recorded_secrets, set_passwords, state_of
from states.accounts.account import OPERATOR, GrantRole, OpenAccount
from states.accounts.credentials import commitment, holder_actor
from states.accounts.identities import ConfirmIdentity, ProposeIdentity
from states.accounts.passwords import SetSecondFactor
from states.records.account import ADMINISTRATORS
from states.vocabulary import CLOCK, Actor, Digest, Opaque
from storage.database.database import Database
from storage.sign_in import accounts, security_log
from storage.vault import account_secrets
from tests.college import EDITION, College
from workflow import wiring
from workflow.engine import Accepted, Submission

PASSWORD = "lamp orchard ferry nine"
SYSTEM = Actor("system_admin", "system_admin")
SECURITY = Actor("security_admin", "security_admin")
ASSESSING = tuple(role for role in EDITION.rulebook.roles if role != CLOCK.role)
"""Every role that takes part in assessments."""

PEOPLE = {
    **{role: (role, None) for role in (*ADMINISTRATORS, *ASSESSING) if role != "unit"},
    "unit-1": ("unit", "u-1"),
    "unit-2": ("unit", "u-2"),
}
"""The role and the department of each account."""


@cache
def loop() -> BlockingPortal:
    """The event loop in which all applications of this process run."""
    running = start_blocking_portal()
    atexit.register(running.__exit__, None, None, None)
    return running.__enter__()


class Inside(httpx2.BaseTransport):
    """A transport that calls an application in this process. It is faster than Starlette's, which makes a loop for each request."""

    def __init__(self, app: ASGIApp, address: str = "testclient") -> None:
        self._app = httpx2.ASGITransport(app, client=(address, 50000))

    def handle_request(self, request: Request) -> Response:
        return loop().call(self._ask, request)

    async def _ask(self, request: Request) -> Response:
        request.read()
        answer = await self._app.handle_async_request(request)
        return Response(answer.status_code, headers=answer.headers, content=await answer.aread())


class Console(College):
    """The college with its web pages over one database. A test may set `clock.at`."""

    def __init__(self, database: Database, edition: Edition = EDITION, **settings: Any) -> None:
        super().__init__(database, log=wiring.command_log(), fenced=True, edition=edition)
        self.settings = _settings(**{"second_factor": "optional", **settings})
        self.app = app(self.engine, self.settings)

    def client(self, language: str = "zh", path: str = "", *, address: str = "testclient", **headers: str) -> Client:
        """A client without a session: a browser, or a system that calls addresses under `path`, at a network address."""
        return Client(
            transport=Inside(self.app, address),
            base_url=f"https://localhost{path}",
            headers={"accept-language": language, **headers},
        )

    def sign_in(self, account: str, language: str = "zh") -> Client:
        """A browser in which this account is signed in."""
        if language != "zh":
            accounts.change(self.database, account, language=language)
        client = self.client(language)
        if state_of(self.engine, account).password is None:
            self.knows(account)
        known = state_of(self.engine, account)
        proof = Digest(known.password or "")
        token = sessions.start_session(
            self.engine, known, way="password", proof=proof, address="192.0.2.1", agent="test"
        )
        client.cookies.set(sessions.COOKIE, token, domain="localhost.local", path="/")
        return client

    def signs_in(self, client: Client, account: str, password: str, code: str = "") -> Response:
        """The answer to the sign-in form."""
        form = hidden(client.get("/sign-in").text, "/sign-in")
        return client.post("/sign-in", data={**form, "account": account, "password": password, "code": code})

    def knows(self, account: str, password: str = PASSWORD) -> None:
        """Set the password of an account, unless it has this one. That ends its sessions and its second factor."""
        row = row_with_recorded_secrets(self.engine, account)
        if row is None or not matches_hash(password, row.password):
            set_passwords(self.engine, [account], password)

    def takes(self, account: str, secret: str, step: int = 0) -> None:
        """Set the second factor of an account."""
        state = state_of(self.engine, account)
        beside = [account_secrets.factor_write(self.database, account, secret, step)]
        command = SetSecondFactor(factor=commitment(secret))
        self.engine.submit(state.stream, command, holder_actor(state), new_id("factor"), beside=beside)

    def binds(self, account: str, provider: str, subject: str, *, confirmed: bool = True) -> Digest:
        """Link an account to a subject of a sign-in provider. Returns the identity as entries name it."""
        stream, identity = f"account/{account}", commitment("salt", provider, subject)
        beside = [account_secrets.identity_write(provider, subject, account, "salt", identity)]
        self.engine.submit(stream, ProposeIdentity(identity=identity), SYSTEM, new_id("propose"), beside=beside)
        if confirmed:
            self.engine.submit(stream, ConfirmIdentity(identity=identity), SECURITY, new_id("confirm"))
        return identity

    def events(self, account: str = "") -> list[str]:
        """The events of the security log, the newest first."""
        return [row.event for row in security_log.latest_lines(self.database, account=account, limit=10_000)]

    def people(self, people: dict[str, tuple[str, str | None]]) -> None:
        """Open these accounts with their roles."""
        submissions = []
        for id_, (role, unit) in people.items():
            stream, by = f"account/{id_}", OPERATOR if role in ADMINISTRATORS else SECURITY
            called = account_secrets.name_write(self.database, id_, f"样例·{id_}")
            opened = OpenAccount(unit=unit and Opaque(unit))
            submissions.append(Submission(stream, opened, OPERATOR, f"open-{id_}", beside=(called,)))
            submissions.append(Submission(stream, GrantRole(role=Opaque(role)), by, f"grant-{id_}-{role}"))
        assert all(isinstance(answer, Accepted) for answer in self.engine.submit_many(submissions))

    def member(self, account: str, person: str, unit: str | None) -> None:
        """Open the account of a member of a team, without a role."""
        called = account_secrets.name_write(self.database, account, f"样例·{account}")
        opened = OpenAccount(unit=unit and Opaque(unit), person=Opaque(person))
        self.engine.submit(f"account/{account}", opened, OPERATOR, f"open-{account}", beside=[called])


def _settings(**settings: Any) -> Settings:
    """Settings, made once for each environment: to read them takes longer than many tests."""
    environment = {name: value for name, value in os.environ.items() if name.upper().startswith("KAOHE_")}
    key = (Path.cwd(), tuple(sorted(environment.items())), repr(sorted(settings.items())))
    if key not in _SETTINGS:
        _SETTINGS[key] = Settings(**settings)
    return _SETTINGS[key]


_SETTINGS: dict[tuple[Any, ...], Settings] = {}


def settle(url: str, edition: Edition = EDITION) -> None:
    """Make the college in this database: its open year, its accounts and their passwords."""
    with Database.open(url) as database, console(database, edition) as made:
        made.open(("u-1", "u-2"))
        made.people(PEOPLE)
        set_passwords(made.engine, PEOPLE, PASSWORD)


@contextmanager
def console(database: Database, edition: Edition = EDITION, **settings: Any) -> Iterator[Console]:
    """The console over a database with the college that `settle` makes."""
    made = Console(database, edition, **settings)
    yield made
    made.close()


def hidden(page: str, action: str | None = None) -> dict[str, str]:
    """The hidden fields of a form of a page: the last form, or the first with this action.

    If the act needs a confirmation, it is added.
    """
    forms = [form.partition("</form>")[0] for form in page.split("<form ")[1:]]
    posting = [form for form in forms if 'method="post"' in form.partition(">")[0]]
    if action is not None:
        posting = [form for form in posting if f'action="{action}"' in form.partition(">")[0]]
    form = posting[-1] if action is None else posting[0]
    # A final act has a page of its own on which it is checked (tests/console/test_checking.py); other tests confirm at once.
    at_once = {} if 'value="preview"' in form else {"_do": "confirm"}
    return at_once | dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form))
