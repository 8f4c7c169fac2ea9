"""统一身份认证: signing in at the institution's provider (OpenID Connect or CAS 3.0), and single logout (CAS only).

Three pages: the redirect to the provider, the provider's callback, and the provider's message that a person has signed
out. The callback signs in only if the ledger has a confirmed identity for the person.

Not here: the protocols (`console/web/single_sign_on/`), and binding an identity to an account (`account.py`,
`own_account.py`).
"""

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


@pages.get("/sign-in/{provider_key}", view=ANYBODY, calls_provider=True)
def redirect_to_provider(request: PageRequest, provider_key: str) -> Response:
    """Redirect the browser to the provider. The cookie binds the callback to this browser.

    With `?again` the provider must authenticate the person again.
    """
    query = request.query
    login = providers.start_login(
        provider_key, local_path(query.get("next", "/")), request.now, reauthenticate="again" in query
    )
    try:
        response = request.answer.redirect(
            providers.find_provider(request.app.settings, provider_key).authorize_url(login)
        )
    except KeyError:  # the settings have no such provider
        return request.answer.redirect("/sign-in")
    except SignInFailed as failure:
        return _failure_page(request, failure)
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


@pages.get("/sign-in/{provider_key}/back", view=ANYBODY, calls_provider=True)
def handle_callback(request: PageRequest, provider_key: str) -> Response:
    """Handle the callback: sign in to the account to which the provider's subject is bound, or say why not."""
    query, cookie = request.query, request.http.cookies.get(providers.COOKIE, "")
    try:
        provider = providers.find_provider(request.app.settings, provider_key)
        login = providers.validate_callback(cookie, provider_key, query.get("state", ""), request.now)
        identity = provider.identify(query, login, request.now)
        account, identity_digest = _bound_account(request, provider.name, identity.subject)
    except KeyError:  # the settings have no such provider
        return request.answer.redirect("/sign-in")
    except (SignInFailed, UnboundSubject) as failure:
        return _failure_page(request, failure)
    # The provider may confirm a person who signed in there hours ago. The sign-in counts as a recent authentication
    # only if we asked the provider to authenticate the person again (`again`).
    response = admit(
        request,
        account,
        "cas" if provider_key == "cas" else "oidc",  # for the type checker: the key is one of the two
        local_path(login.return_path),
        identity_digest,
        ticket=identity.session,
        proved=login.reauthenticate,
    )
    response.delete_cookie(providers.COOKIE, path="/", secure=True, httponly=True)
    return response


@pages.post("/sign-in/cas/back", view=ANYBODY, recoverable=False, from_provider=True)
def single_logout(request: PageRequest) -> Response:
    """Single logout (CAS 3.0, section 2.3.3): end our session of the ticket that the provider names."""
    ticket = providers.ended_ticket(request.form.password("logoutRequest")) if request.app.settings.cas_url else None
    account = sessions.end_by_ticket(request.engine, ticket) if ticket else None
    if account is not None:
        request.log_security("signed_out", account=account, detail="cas")
    return Response()  # the same answer if there was no such session: a stranger must not learn that


def _bound_account(request: PageRequest, provider: str, subject: str) -> tuple[str, Digest]:
    """The account that the provider's subject is bound to, and the digest of the identity. Raises `UnboundSubject`.

    The account is open: a closed account has no identities (`states/accounts/account.py`).
    """
    # The table only finds the account. The ledger decides whether the identity is bound and confirmed, so a row that
    # was written directly into the database signs nobody in.
    row = accounts.find_identity(request.database, provider, subject)
    state = request.account_of(row.account) if row is not None else NOBODY
    digest = digest_of(row) if row is not None else Digest("")
    binding = state.identities.get(digest)
    if binding is None or not binding.confirmed:
        raise UnboundSubject(subject=subject[:64])
    return state.id, digest


def _failure_page(request: PageRequest, failure: UserError) -> Response:
    request.log_security("sign_in_failed", detail=failure.code)
    ways = providers.sign_in_options(request.app.settings)
    return request.answer.page("sign_in.html", 403, next="/", refusal=failure, ways=ways, chosen="", form_saved=False)
