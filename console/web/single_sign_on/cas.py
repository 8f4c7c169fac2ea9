"""The CAS protocol 3.0: the browser comes back with a ticket, and the CAS server tells us whose ticket it is.

A ticket is valid for one service only, which is our own address with the `state` of the login.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlencode

from config.settings import Settings
from states.vocabulary import Text

from .errors import DENIED, UNRELIABLE, SignInFailed
from .login import Identity, PendingLogin, SignInOption, subject_of
from .request import ProviderResponse, require_body, send_request
from .xml import CAS, SAML, texts_at

_TICKET = re.compile(r"[!-~]{1,256}")


class Cas:
    """The CAS server that the setting `KAOHE_CAS_URL` names."""

    OPTION: ClassVar[SignInOption] = SignInOption(
        "cas", "/sign-in/cas", Text(zh="统一身份认证登录（CAS）", en="Sign in with single sign-on (CAS)")
    )

    def __init__(self, settings: Settings) -> None:
        self.name = settings.cas_url.rstrip("/")
        self._callback_url = settings.console_url.rstrip("/") + "/sign-in/cas/back"

    def authorize_url(self, login: PendingLogin) -> str:
        fields = {"service": self._service(login)} | ({"renew": "true"} if login.reauthenticate else {})
        return f"{self.name}/login?{urlencode(fields)}"

    def identify(self, query: Mapping[str, str], login: PendingLogin, now: datetime) -> Identity:
        ticket = query.get("ticket", "")
        if not _TICKET.fullmatch(ticket):
            raise SignInFailed(why=DENIED)
        fields = {"service": self._service(login), "ticket": ticket} | (
            {"renew": "true"} if login.reauthenticate else {}
        )
        return Identity(confirmed_user(self._validate(urlencode(fields))), session=ticket)

    def _validate(self, query: str) -> ProviderResponse:
        """The answer of the CAS server about a ticket."""
        # `/p3` is new in CAS 3.0. An older server gives the same answer at the path without it.
        answer = send_request("GET", f"{self.name}/p3/serviceValidate?{query}")
        return send_request("GET", f"{self.name}/serviceValidate?{query}") if answer.status == 404 else answer

    def _service(self, login: PendingLogin) -> str:
        return f"{self._callback_url}?{urlencode({'state': login.state})}"


def confirmed_user(answer: ProviderResponse) -> str:
    """The user that the CAS server confirms. Raises `SignInFailed` if it confirms none, or several."""
    body = require_body(answer)
    users = texts_at(("serviceResponse", "authenticationSuccess", "user"), CAS, body, answer.media_type)
    if len(users) > 1:
        raise SignInFailed(why=UNRELIABLE)
    if not users or not users[0].strip():
        raise SignInFailed(why=DENIED)
    return subject_of(users[0])


def ended_ticket(request: str) -> str | None:
    """The ticket in a logout request (CAS 3.0, section 2.3.3: a SAML 2.0 `LogoutRequest`); None for any other text."""
    try:
        tickets = texts_at(("LogoutRequest", "SessionIndex"), SAML, request.encode(), "charset=utf-8")
    except (SignInFailed, UnicodeEncodeError):
        return None
    ticket = tickets[0].strip() if len(tickets) == 1 else ""
    return ticket if _TICKET.fullmatch(ticket) else None
