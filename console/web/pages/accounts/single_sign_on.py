"""统一身份认证: leaving for the institution's sign-in, and coming back."""

from __future__ import annotations

from starlette.responses import Response

from console.web import sessions
from console.web import single_sign_on as providers
from console.web.request.page_request import PageRequest
from console.web.request.user import NOBODY
from console.web.routes import ANYBODY, Pages
from console.web.single_sign_on import SignInFailed, Unbound
from console.web.urls import local_path
from states.user_errors import UserError
from states.vocabulary import Digest
from storage.sign_in import accounts
from storage.sign_in.accounts import digest_of

from .sign_in import admit

pages = Pages()


@pages.get("/sign-in/{way}", view=ANYBODY, provider=True)
def leave(request: PageRequest, way: str) -> Response:
    query = request.query
    login = providers.start_login(way, local_path(query.get("next", "/")), request.now, again="again" in query)
    try:
        response = request.answer.redirect(providers.provider(request.app.settings, way).authorize_url(login))
    except KeyError:
        return request.answer.redirect("/sign-in")
    except SignInFailed as why:
        return _failed(request, why)
    response.set_cookie(
        providers.COOKIE, providers.encode(login), max_age=int(providers.HOLDS.total_seconds()), secure=True,
        httponly=True, samesite="lax", path="/",
    )  # fmt: skip
    return response


@pages.get("/sign-in/{way}/back", view=ANYBODY, provider=True)
def back(request: PageRequest, way: str) -> Response:
    """Who came back, if anybody: signed in as the account that is bound to it."""
    query = request.query
    try:
        provider = providers.provider(request.app.settings, way)
        login = providers.validate_callback(
            request.http.cookies.get(providers.COOKIE, ""), way, query.get("state", ""), request.now
        )
        confirmed = provider.identify(query, login, request.now)
        account, identity = _account_of(request, provider.name, confirmed.subject)
    except KeyError:
        return request.answer.redirect("/sign-in")
    except (SignInFailed, Unbound) as why:
        return _failed(request, why)
    response = admit(
        request, account, "cas" if way == "cas" else "oidc", local_path(login.back), identity, ticket=confirmed.session,
        proved=login.again,
    )  # fmt: skip
    response.delete_cookie(providers.COOKIE, path="/", secure=True, httponly=True)
    return response


@pages.post("/sign-in/cas/back", view=ANYBODY, recoverable=False, server=True)
def end_session(request: PageRequest) -> Response:
    """Single logout (CAS 3.0, section 2.3.3): the server says which ticket's session is over. Nobody else knows a ticket."""
    ticket = providers.ended_ticket(request.form.password("logoutRequest")) if request.app.settings.cas_url else None
    account = sessions.end_by_ticket(request.engine, ticket) if ticket else None
    if account is not None:
        request.log_security("signed_out", account=account, what="cas")
    return Response()  # the same whether there was such a session


def _account_of(request: PageRequest, provider: str, subject: str) -> tuple[str, Digest]:
    """The open account a provider's subject is bound to, as its stream has it, and by which identity. `Unbound`."""
    row = accounts.find_identity(request.database, provider, subject)
    state = request.account_of(row.account) if row is not None else NOBODY
    identity = digest_of(row) if row is not None else Digest("")
    held = state.identities.get(identity)
    if held is None or not held.confirmed:
        raise Unbound(subject=subject[:64])
    return state.id, identity


def _failed(request: PageRequest, why: UserError) -> Response:
    request.log_security("sign_in_failed", what=why.code)
    ways = providers.ways(request.app.settings)
    return request.answer.page("sign_in.html", 403, next="/", refusal=why, ways=ways, chosen="", kept=False)
