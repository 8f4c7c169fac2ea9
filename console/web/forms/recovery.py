"""What was typed into a form that could not be taken: the session was over, another sign-in took its place, or proof was due.

Nothing of it is done. It is kept as the account's draft of the page the form stood on, files included, and stands in the
form again once the person comes back there (`?unsent=1`). A session that is over lets its own browser do this and no more, for
a day, and only on a page the account may see. What is secret or confidential is never kept so.
"""

from __future__ import annotations

from console.web import sessions
from console.web.request import Visit
from console.web.routes import ANYBODY, Page
from states.refusals import Refusal
from states.views import permit_view
from storage.papers import drafts

from . import confirmation, uploads
from .confidential_files import PREFIX

MARK = "unsent=1"


def keep(page: Page, visit: Visit) -> str:
    """Where the form is to be found, with what was typed where that could be kept."""
    back = _unmarked(visit.here)
    account = _writer(page, visit)
    if account is None or back == "/":
        return back
    uploads.store(visit, account, PREFIX)
    typed = [(n, v) for n, v in visit.form.multi_items() if isinstance(v, str) and _may_be_kept(n)]
    drafts.store(visit.database, account, back, typed, visit.now)
    return f"{back}{'&' if '?' in back else '?'}{MARK}"


def _may_be_kept(name: str) -> bool:
    return not confirmation.is_ours(name) and not name.startswith(PREFIX)


def bring_back(visit: Visit) -> None:
    """Let the page's form say what was kept for it, if anything was."""
    if is_marked(visit.here) and (left := drafts.find(visit.database, visit.account.id, _unmarked(visit.here))):
        visit.retype(left.fields)
        visit.left = left.at


def let_go(visit: Visit) -> None:
    """The form came again, and was taken: nothing need be kept."""
    if is_marked(visit.here):
        drafts.delete_draft(visit.database, visit.account.id, _unmarked(visit.here))


def is_marked(path: str) -> bool:
    """Whether a page to come back to says that something was kept for it."""
    return path.endswith((f"?{MARK}", f"&{MARK}"))


def _unmarked(path: str) -> str:
    return path[: -len(MARK) - 1] if is_marked(path) else path


def _writer(page: Page, visit: Visit) -> str | None:
    """Whose form it is: the account that is signed in, or whose session this browser's was. None where the page is not for it."""
    session = visit.session
    if page.view == ANYBODY or not page.keeps:
        return None
    if session is None and sessions.brings(visit.token, visit.field("form_token")):
        session = sessions.whose(visit.database, visit.token, visit.now)
    account = visit.account_of(session.account) if session else None
    if account is None or sessions.digest(visit.token) not in account.sessions:
        return None
    try:
        permit_view(page.view, account.roles, account.unit, visit.request.path_params.get("unit"), visit.roster)
    except Refusal:
        return None
    return account.id
