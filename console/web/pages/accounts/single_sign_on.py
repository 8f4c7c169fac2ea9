"""统一身份认证: leaving for the institution's sign-in, and coming back."""

from __future__ import annotations

from starlette.responses import Response

from console.web import sessions
from console.web import single_sign_on as providers
from console.web.request import NOBODY, Visit, local
from console.web.routes import ANYBODY, Pages
from console.web.single_sign_on import SignInFailed, Unbound
from states.user_errors import UserError
from states.vocabulary import Digest
from storage.sign_in import accounts
from storage.sign_in.accounts import digest_of

from .sign_in import admit

pages = Pages()


@pages.get("/sign-in/{way}", view=ANYBODY, provider=True)
def leave(visit: Visit, way: str) -> Response:
    query = visit.request.query_params
    login = providers.start_login(way, local(query.get("next", "/")), visit.now, again="again" in query)
    try:
        response = visit.to(providers.provider(visit.desk.settings, way).authorize_url(login))
    except KeyError:
        return visit.to("/sign-in")
    except SignInFailed as why:
        return _failed(visit, why)
    response.set_cookie(
        providers.COOKIE, providers.encode(login), max_age=int(providers.HOLDS.total_seconds()), secure=True,
        httponly=True, samesite="lax", path="/",
    )  # fmt: skip
    return response


@pages.get("/sign-in/{way}/back", view=ANYBODY, provider=True)
def back(visit: Visit, way: str) -> Response:
    """Who came back, if anybody: signed in as the account that is bound to it."""
    query = visit.request.query_params
    try:
        provider = providers.provider(visit.desk.settings, way)
        login = providers.validate_callback(
            visit.request.cookies.get(providers.COOKIE, ""), way, query.get("state", ""), visit.now
        )
        confirmed = provider.identify(query, login, visit.now)
        account, identity = _account_of(visit, provider.name, confirmed.subject)
    except KeyError:
        return visit.to("/sign-in")
    except (SignInFailed, Unbound) as why:
        return _failed(visit, why)
    response = admit(
        visit, account, "cas" if way == "cas" else "oidc", local(login.back), identity, ticket=confirmed.session,
        proved=login.again,
    )  # fmt: skip
    response.delete_cookie(providers.COOKIE, path="/", secure=True, httponly=True)
    return response


@pages.post("/sign-in/cas/back", view=ANYBODY, keeps=False, server=True)
def end_session(visit: Visit) -> Response:
    """Single logout (CAS 3.0, section 2.3.3): the server says which ticket's session is over. Nobody else knows a ticket."""
    ticket = providers.ended_ticket(visit.secret("logoutRequest")) if visit.desk.settings.cas_url else None
    account = sessions.end_by_ticket(visit.engine, ticket) if ticket else None
    if account is not None:
        visit.log("signed_out", account=account, what="cas")
    return Response()  # the same whether there was such a session


def _account_of(visit: Visit, provider: str, subject: str) -> tuple[str, Digest]:
    """The open account a provider's subject is bound to, as its stream has it, and by which identity. `Unbound`."""
    row = accounts.find_identity(visit.database, provider, subject)
    state = visit.account_of(row.account) if row is not None else NOBODY
    identity = digest_of(row) if row is not None else Digest("")
    held = state.identities.get(identity)
    if held is None or not held.confirmed:
        raise Unbound(subject=subject[:64])
    return state.id, identity


def _failed(visit: Visit, why: UserError) -> Response:
    visit.log("sign_in_failed", what=why.code)
    ways = providers.ways(visit.desk.settings)
    return visit.page("sign_in.html", 403, next="/", refusal=why, ways=ways, chosen="", kept=False)
