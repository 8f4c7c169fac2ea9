"""Saves the fields of a form that could not be submitted, and fills them in when the person comes back to it.

This happens when the session has ended, when the browser has signed in again in the meantime, when the person has to
authenticate again, or when the files of the form are too large together. The fields and files become a draft of the
account for the page of the form. The address of that page then ends in `unsent=1`.

A session that has ended still allows one thing for some time (`sessions.expired_session`): its own browser may save a
form of a page that the account may see. Secret and confidential fields are never saved.
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

SAVED_MARK = "unsent=1"
"""The end of the address of a page for which a form was saved."""


def save(page: Page, request: PageRequest) -> str:
    """Save the form, if that is allowed. Returns the path of its page, with `SAVED_MARK` if the form was saved."""
    path = _unmarked(request.return_path)
    account = _author(page, request)
    if account is None or path == "/":
        return path
    uploads.store_files(request, account, PREFIX)
    fields = [(n, v) for n, v in request.form.items() if isinstance(v, str) and _may_be_saved(n)]
    drafts.store(request.database, account, path, fields, request.now)
    return f"{path}{'&' if '?' in path else '?'}{SAVED_MARK}"


def _may_be_saved(name: str) -> bool:
    return not confirmation.is_added_by_page(name) and not name.startswith(PREFIX)


def restore(request: PageRequest) -> None:
    """Fill in the page's form, if it was saved."""
    if is_marked(request.return_path) and (
        draft := drafts.find(request.database, request.user.id, _unmarked(request.return_path))
    ):
        request.form.fill(draft.fields)
        request.form.saved_at = draft.at


def discard(request: PageRequest) -> None:
    """Delete the saved form, after it was submitted and accepted."""
    if is_marked(request.return_path):
        drafts.delete_draft(request.database, request.user.id, _unmarked(request.return_path))


def is_marked(path: str) -> bool:
    """Whether the address of a page says that a form was saved for it."""
    return path.endswith((f"?{SAVED_MARK}", f"&{SAVED_MARK}"))


def _unmarked(path: str) -> str:
    return path[: -len(SAVED_MARK) - 1] if is_marked(path) else path


def _author(page: Page, request: PageRequest) -> str | None:
    """The account that filled in the form: it is signed in, or was in this browser. None if it may not see the page."""
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
