"""统一身份认证: the way to the institution's sign-in server, and the way back (CAS 3.0, OpenID Connect)."""

from __future__ import annotations

from starlette.responses import Response

from console.web import sessions
from console.web import single_sign_on as providers
from console.web.request.page_request import PageRequest
from console.web.request.user import NOBODY
from console.web.routes import ANYBODY, Pages
from console.web.single_sign_on import SignInFailed, UnboundSubject
from console.web.urls import local_path
from states.user_errors import UserError
from states.vocabulary import Digest
from storage.sign_in import accounts
from storage.sign_in.accounts import digest_of

from .sign_in import admit

pages = Pages()


@pages.get("/sign-in/{way}", view=ANYBODY, provider=True)
def start_login(request: PageRequest, way: str) -> Response:
    """Send the browser to the sign-in server, with a cookie that ties the way back to this browser."""
    query = request.query
    login = providers.start_login(way, local_path(query.get("next", "/")), request.now, again="again" in query)
    try:
        response = request.answer.redirect(providers.provider(request.app.settings, way).authorize_url(login))
    except KeyError:  # the settings name no such server
        return request.answer.redirect("/sign-in")
    except SignInFailed as failure:
        return _failed(request, failure)
    response.set_cookie(
        providers.COOKIE,
        providers.encode(login),
        max_age=int(providers.LOGIN_LIFETIME.total_seconds()),
        secure=True,
        httponly=True,
        samesite="lax",
        path="/",
    )
    return response


@pages.get("/sign-in/{way}/back", view=ANYBODY, provider=True)
def finish_login(request: PageRequest, way: str) -> Response:
    """Sign in the account that the server's subject is bound to."""
    query, cookie = request.query, request.http.cookies.get(providers.COOKIE, "")
    try:
        provider = providers.provider(request.app.settings, way)
        login = providers.validate_callback(cookie, way, query.get("state", ""), request.now)
        confirmed = provider.identify(query, login, request.now)
        account, identity = _account_of(request, provider.name, confirmed.subject)
    except KeyError:  # the settings name no such server
        return request.answer.redirect("/sign-in")
    except (SignInFailed, UnboundSubject) as failure:
        return _failed(request, failure)
    # The server may let a person through who signed in there hours ago. This counts as a recent authentication only
    # where the server was asked to authenticate the person once more (`again`).
    response = admit(
        request,
        account,
        "cas" if way == "cas" else "oidc",
        local_path(login.back),
        identity,
        ticket=confirmed.session,
        proved=login.again,
    )
    response.delete_cookie(providers.COOKIE, path="/", secure=True, httponly=True)
    return response


@pages.post("/sign-in/cas/back", view=ANYBODY, recoverable=False, server=True)
def end_session(request: PageRequest) -> Response:
    """Single logout (CAS 3.0, section 2.3.3): the server names the ticket of a session that has ended."""
    ticket = providers.ended_ticket(request.form.password("logoutRequest")) if request.app.settings.cas_url else None
    account = sessions.end_by_ticket(request.engine, ticket) if ticket else None
    if account is not None:
        request.log_security("signed_out", account=account, what="cas")
    return Response()  # the same whether there was such a session: a stranger must not learn that


def _account_of(request: PageRequest, provider: str, subject: str) -> tuple[str, Digest]:
    """The open account that the provider's subject is bound to, and the digest of the identity. `Unbound`."""
    # The table only finds the account. Whether the identity is bound and confirmed, the ledger says: nobody signs in by
    # a row that was written directly into the database.
    row = accounts.find_identity(request.database, provider, subject)
    state = request.account_of(row.account) if row is not None else NOBODY
    identity = digest_of(row) if row is not None else Digest("")
    binding = state.identities.get(identity)
    if binding is None or not binding.confirmed:
        raise UnboundSubject(subject=subject[:64])
    return state.id, identity


def _failed(request: PageRequest, failure: UserError) -> Response:
    request.log_security("sign_in_failed", what=failure.code)
    ways = providers.ways(request.app.settings)
    return request.answer.page("sign_in.html", 403, next="/", refusal=failure, ways=ways, chosen="", form_saved=False)
