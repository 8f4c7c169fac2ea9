"""Saves the fields of a form that could not be accepted, and fills them in when the person opens its page again.

A form is saved if its session has ended, if its CSRF token is not that of the current session (as after a new sign-in
in the same browser), if the person must authenticate again, or if its files exceed the limit in total. The fields and
files become a draft of the account for the page of the form. The address of that page then ends in `unsent=1`.

For some time after it has expired (`sessions.expired_session`), a session can still be used for one purpose: to save a
form from the same browser, if the account may see the page. Secret and confidential fields are never saved.
"""

from __future__ import annotations

from console.web import sessions
from console.web.request.page_request import PageRequest
from console.web.request.permissions import Permissions
from console.web.request.user import User
from console.web.routes import ANYBODY, Page
from states.refusals import Refusal
from storage.papers import drafts

from . import confirmation, uploads
from .confidential_files import PREFIX

SAVED_MARK = "unsent=1"
"""The query parameter that marks the address of a page with a saved form."""


def save(page: Page, request: PageRequest) -> str:
    """Save the form, if that is allowed. Returns the path of its page, with `SAVED_MARK` if the form was saved."""
    path = _without_mark(request.return_path)
    account_id = _sender_id(page, request)
    if account_id is None or path == "/":
        return path
    uploads.store_files(request, account_id, PREFIX)
    fields = [(name, value) for name, value in request.form.items() if isinstance(value, str) and _may_be_saved(name)]
    drafts.store(request.database, account_id, path, fields, request.now)
    return f"{path}{'&' if '?' in path else '?'}{SAVED_MARK}"


def _may_be_saved(name: str) -> bool:
    return not confirmation.is_added_by_page(name) and not name.startswith(PREFIX)


def restore(request: PageRequest) -> None:
    """Fill in the page's form, if it was saved."""
    if is_marked(request.return_path) and (
        draft := drafts.find(request.database, request.user.id, _without_mark(request.return_path))
    ):
        request.form.fill(draft.fields)
        request.form.saved_at = draft.at


def discard(request: PageRequest) -> None:
    """Delete the saved form, after it was submitted and accepted."""
    if is_marked(request.return_path):
        drafts.delete_draft(request.database, request.user.id, _without_mark(request.return_path))


def is_marked(path: str) -> bool:
    """Whether the address of a page says that a form was saved for it."""
    return path.endswith((f"?{SAVED_MARK}", f"&{SAVED_MARK}"))


def _without_mark(path: str) -> str:
    return path[: -len(SAVED_MARK) - 1] if is_marked(path) else path


def _sender_id(page: Page, request: PageRequest) -> str | None:
    """The id of the account that filled in the form. It is signed in, or its expired session belongs to this browser.

    None if there is no such account, if it may not see the page, or if the forms of the page are not saved.
    """
    session = request.user.session
    if page.view == ANYBODY or not page.recoverable:
        return None
    if session is None and sessions.csrf_token_matches(request.cookie.token, request.form.text("form_token")):
        session = sessions.expired_session(request.database, request.cookie.token, request.now)
    account = request.account_of(session.account) if session else None
    # A session that was ended in the ledger (as by signing out), and did not only expire, must not save anything.
    if account is None or sessions.digest(request.cookie.token) not in account.sessions:
        return None
    try:
        unit = request.http.path_params.get("unit")
        user = User(account, None, request.user.language, request.now, request.engine.deputyships(account, request.now))
        Permissions(user, request.rulebook, lambda: request.roster).require_view(page.view, unit)
    except Refusal:
        return None
    return account.id
