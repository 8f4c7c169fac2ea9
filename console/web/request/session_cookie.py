"""The cookie that holds a browser's session token. A browser in which nobody is signed in gets one with its first form.

The token of such a browser has no row in the database. It only binds a form to its browser. So the sign-in form, too,
is protected against cross-site requests (login CSRF).
"""

from __future__ import annotations

from starlette.responses import Response

from console.web import sessions


class SessionCookie:
    """The cookie of one request and its answer. `token` is empty if the browser has none yet."""

    def __init__(self, token: str) -> None:
        self.token = token
        self._new: str | None = None

    def issue(self) -> str:
        """The browser's token. If it has none, a new one is made and sent with the answer."""
        if not self.token:
            self.token = self._new = sessions.new_token()
        return self.token

    def set(self, token: str) -> None:
        """Send the browser this token with the answer. The `token` of this request does not change."""
        self._new = token

    def attach(self, response: Response) -> Response:
        """The answer, with the cookie if there is a new token."""
        if self._new is not None:
            response.set_cookie(sessions.COOKIE, self._new, secure=True, httponly=True, samesite="lax", path="/")
        return response
