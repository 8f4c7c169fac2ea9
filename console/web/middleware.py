"""The guard before pages, API and static files: it rejects requests, limits their size, and adds security headers.

Plain ASGI. A request that another site makes a browser send is refused by Fetch Metadata, or by `Origin` where a
browser does not send that (ASVS 3.5.1, 3.5.3). The CSRF token in a form is the second protection (`sessions.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus

from msgspec import Struct
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.logs import logger
from states.vocabulary import Text

SMALL_FORM_BYTES, FORM_BYTES, UPLOAD_BYTES, MAX_REQUEST_BYTES = 2**14, 2**20, 2**28, 2**30
"""Limits in bytes: a form of somebody who is not signed in; a form without files; all files of a form; a whole request.

A single file has a smaller limit (`states/guards.py`): a larger file is an error at its field, and the form is read. If
the files of a form have more than `UPLOAD_BYTES`, up to `MAX_REQUEST_BYTES` are read to get its text fields
(`form_bodies.py`). Files are read to disk, not to memory.
"""

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_HSTS = "max-age=31536000; includeSubDomains"
# No path of ours has a control character. A path with a line end matches no route, so even a request to the API would
# get an HTML answer.
_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")
_MAX_DIGITS = 20
"""The most digits of a `Content-Length`. Python's `int` raises an error for several thousand."""
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


_COOKIE = re.compile(rb"[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+[ \t]*=")


class BodyOverLimit(Exception):
    """The body of a request is larger than its limit."""


class Guard:
    """The application behind the guard. It accepts the host names in `hosts` and those of this machine (`LOOPBACK`).

    Cookies with an invalid name are removed from a request before the application gets it.
    """

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...] = ()) -> None:
        self._app = app
        self._hosts = frozenset((*hosts, *LOOPBACK))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        static = scope["path"].startswith("/static/")
        answer = _with_headers(send, https=scope["scheme"] == "https", caching="no-cache" if static else "no-store")
        rejection = self._rejection(scope, headers)
        if rejection is not None:
            await rejection.response(scope["path"])(scope, receive, answer)
            return
        # A body over its limit is not rejected here: its reader (a page or the API) gets `BodyOverLimit` at the first
        # byte, and answers with a page or a problem.
        limit = _limit(headers) if int(headers.get("content-length", "0")) <= _limit(headers) else 0
        try:
            await self._app(
                {**scope, "headers": _without_bad_cookies(scope["headers"])}, limit_body(receive, limit), answer
            )
        except ClientDisconnect:
            # Only the first part of the path is logged: the next part may be the secret of a one-time link.
            path = "/" + scope["path"].split("/")[1][:40]
            logger("console").warning("upload dropped by its sender", method=scope["method"], path=path)

    def _rejection(self, scope: Scope, headers: Headers) -> _Rejection | None:
        """The rejection of the request; None if it is accepted."""
        host = headers.get("host", "")
        if _host_name(host) not in self._hosts:
            return _Rejection(421, Text(zh="此地址不是本系统的网址", en="This is not an address of this system."))
        if not _is_own_or_link(scope, headers, host):
            return _Rejection(
                403, Text(zh="请求来自其他网站，已拒绝", en="Refused: the request was made by another site.")
            )
        if _CONTROL_CHARACTER.search(scope["path"]) or b"%00" in scope["query_string"]:
            return _Rejection(
                400, Text(zh="网址含有不可用的字符", en="The address contains a character that no address may have.")
            )
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or len(length) > _MAX_DIGITS:
            return _Rejection(413, Text(zh="提交的内容过大", en="Too large."))
        return None


class _Rejection(Struct, frozen=True):
    """The reason why a request is not accepted. The reader's language is not known yet, so the answer is in both."""

    status: int
    why: Text

    def response(self, path: str) -> Response:
        """Plain text; for a request to the API, a problem (RFC 9457)."""
        text = f"{self.why.zh} / {self.why.en}"
        if path.startswith("/api/"):
            title = HTTPStatus(self.status).phrase
            problem = {"status": self.status, "title": title, "detail": text, "code": "Guarded"}
            return JSONResponse(problem, self.status, media_type="application/problem+json")
        return PlainTextResponse(text, self.status)


def _without_bad_cookies(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers without cookies whose name is not a token (RFC 6265, section 4.1.1)."""
    # Another host of the institution can set a cookie whose name is a byte such as A0 and then `__Host-…`. For the
    # browser that is another name than ours, so it allows the cookie. A parser that trims the name would take the
    # cookie for ours.
    return [(name, _valid_cookies(value) if name == b"cookie" else value) for name, value in headers]


def _valid_cookies(cookies: bytes) -> bytes:
    return b";".join(cookie for cookie in cookies.split(b";") if _COOKIE.match(cookie))


def _host_name(host: str) -> str:
    """The value of `Host` without its port."""
    return host if host.endswith("]") else host.rpartition(":")[0] or host


def _is_own_or_link(scope: Scope, headers: Headers, host: str) -> bool:
    """Whether the request comes from our own page or from the person.

    Also True for a link on another site that opens a page, and for a request without the headers that would tell.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        is_navigation = scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"
        is_link = is_navigation and headers.get("sec-fetch-dest") == "document"
        return site in ("same-origin", "none") or is_link
    origin = headers.get("origin")
    return scope["method"] in _SAFE_METHODS or origin is None or origin.partition("://")[2] == host


def is_multipart(headers: Headers) -> bool:
    """Whether the body is a form that may have files."""
    return headers.get("content-type", "").startswith("multipart/form-data")


def _limit(headers: Headers) -> int:
    return MAX_REQUEST_BYTES if is_multipart(headers) else FORM_BYTES


def limit_body(receive: Receive, limit: int) -> Receive:
    """`receive`, which raises `BodyOverLimit` after `limit` bytes.

    It counts the bytes itself, because `Content-Length` may be wrong or missing.
    """
    remaining = limit

    async def receive_within_limit() -> Message:
        nonlocal remaining
        message = await receive()
        remaining -= len(message.get("body", b""))
        if remaining < 0:
            raise BodyOverLimit
        return message

    return receive_within_limit


def _with_headers(send: Send, *, https: bool, caching: str) -> Send:
    """`send`, which adds the security headers to the answer. `caching` is the default for its `Cache-Control`."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", caching)
            if https:
                headers.setdefault("strict-transport-security", _HSTS)
        await send(message)

    return send_with_headers
