"""登录: signing in and out, and the language of this browser."""

from __future__ import annotations

from starlette.responses import Response

from console import sessions
from console.routes import ANYBODY, Pages
from console.visit import LANGUAGES, Visit, local
from storage import accounts

pages = Pages()


@pages.get("/sign-in", view=ANYBODY)
def show(visit: Visit) -> Response:
    return visit.page("sign_in.html", next=local(visit.request.query_params.get("next", "/")), wrong=None)


@pages.post("/sign-out", view=ANYBODY)
def leave(visit: Visit) -> Response:
    """End the session here; the browser forgets what it kept."""
    if visit.session is not None:
        accounts.end(visit.database, visit.session.account, only=sessions.digest(visit.token))
    visit.signed(sessions.new_token())
    response = visit.to("/sign-in")
    response.headers["clear-site-data"] = '"cache", "storage"'
    return response


@pages.post("/language", view=ANYBODY)
def speak(visit: Visit) -> Response:
    """Choose the language: of the account, or of this browser where nobody is signed in."""
    language = visit.field("language")
    response = visit.to(local(visit.field("back")))
    if language in LANGUAGES:
        if visit.session is not None:
            accounts.change(visit.database, visit.session.account, language=language)
        response.set_cookie("kaohe-language", language, max_age=31536000, secure=True, httponly=True, samesite="lax")
    return response
