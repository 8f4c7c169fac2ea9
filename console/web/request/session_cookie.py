"""The cookie that holds a browser's session token. A browser in which nobody is signed in gets one with its first form.

That token has no row in the database. It only ties a form to the browser it was shown in, so that the form of a sign-in is protected
against cross-site requests too (login CSRF).
"""

from __future__ import annotations

from starlette.responses import Response

from console.web import sessions


class SessionCookie:
    """`token` is empty where the browser has none yet."""

    def __init__(self, token: str) -> None:
        self.token = token
        self._new: str | None = None

    def issue(self) -> str:
        """The token, made now where the browser has none."""
        if not self.token:
            self.token = self._new = sessions.new_token()
        return self.token

    def set(self, token: str) -> None:
        """Let the answer give the browser this token. The request goes on with the one it came with."""
        self._new = token

    def attach(self, response: Response) -> Response:
        """The answer, with the cookie if the token is new."""
        if self._new is not None:
            response.set_cookie(sessions.COOKIE, self._new, secure=True, httponly=True, samesite="lax", path="/")
        return response
