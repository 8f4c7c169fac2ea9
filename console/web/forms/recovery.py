"""What was typed into a form that could not be taken: the session was over, another sign-in took its place, or proof was due.

Nothing of it is done. It is kept as the account's draft of the page the form stood on, files included, and stands in the
form again once the person comes back there (`?unsent=1`). A session that is over lets its own browser do this and no more, for
a day, and only on a page the account may see. What is secret or confidential is never kept so.
"""

from __future__ import annotations

from console.web import sessions
from console.web.request.page_request import PageRequest
from console.web.routes import ANYBODY, Page
from states.refusals import Refusal
from states.views import permit_view
from storage.papers import drafts

from . import confirmation, uploads
from .confidential_files import PREFIX

MARK = "unsent=1"


def save(page: Page, request: PageRequest) -> str:
    """Save what was typed, if it may be. Gives the page where the form is found again."""
    back = _unmarked(request.return_path)
    account = _author(page, request)
    if account is None or back == "/":
        return back
    uploads.store(request, account, PREFIX)
    typed = [(n, v) for n, v in request.form.items() if isinstance(v, str) and _may_be_saved(n)]
    drafts.store(request.database, account, back, typed, request.now)
    return f"{back}{'&' if '?' in back else '?'}{MARK}"


def _may_be_saved(name: str) -> bool:
    return not confirmation.is_ours(name) and not name.startswith(PREFIX)


def restore(request: PageRequest) -> None:
    """Fill the page's form in with what was saved for it, if anything was."""
    if is_marked(request.return_path) and (
        left := drafts.find(request.database, request.user.id, _unmarked(request.return_path))
    ):
        request.form.fill(left.fields)
        request.form.saved_at = left.at


def discard(request: PageRequest) -> None:
    """The form came again, and was accepted: delete what was saved."""
    if is_marked(request.return_path):
        drafts.delete_draft(request.database, request.user.id, _unmarked(request.return_path))


def is_marked(path: str) -> bool:
    """Whether the address of a page says that something was saved for it."""
    return path.endswith((f"?{MARK}", f"&{MARK}"))


def _unmarked(path: str) -> str:
    return path[: -len(MARK) - 1] if is_marked(path) else path


def _author(page: Page, request: PageRequest) -> str | None:
    """Whose form it is: the account that is signed in, or whose session this browser's was. None where the page is not for it."""
    session = request.user.session
    if page.view == ANYBODY or not page.recoverable:
        return None
    if session is None and sessions.csrf_token_matches(request.cookie.token, request.form.text("form_token")):
        session = sessions.expired_session(request.database, request.cookie.token, request.now)
    account = request.account_of(session.account) if session else None
    if account is None or sessions.digest(request.cookie.token) not in account.sessions:
        return None
    try:
        permit_view(page.view, account.roles, account.unit, request.http.path_params.get("unit"), request.roster)
    except Refusal:
        return None
    return account.id
