"""What stands before every page: who may ask at all, how much may be sent, and what every answer says to the browser.

Plain ASGI. A request another site makes a browser send is refused by Fetch Metadata, or by `Origin` where a browser has
none (ASVS 3.5.1, 3.5.3); the token in a form is the second lock (`sessions.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.logs import logger

SMALL, FORM, UPLOAD, MOST = 2**14, 2**20, 2**28, 2**30
"""The largest request in bytes: a form of somebody who is not signed in, a form, the files of a form; and what is read of a form at all.

A file has a limit of its own (`states/guards.py`), which is told at its field with everything else kept. Over `UPLOAD` a form is read
on for the sake of its fields (`form_bodies.py`). Files lie on the disk while they are read, not in memory.
"""

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_A_YEAR = "max-age=31536000; includeSubDomains"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
"""In no path of ours; a line end would not match the pattern of a route and so miss the API's own way to answer."""
_DIGITS = 20
"""Of a length: more than any request has."""
_SAFE = ("GET", "HEAD", "OPTIONS")


class TooLarge(Exception):
    """More was sent than may be."""


class Guard:
    """The application behind its guard. `hosts` are the names it answers to, beside those of this machine."""

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...] = ()) -> None:
        self._app = app
        self._hosts = frozenset((*hosts, *LOOPBACK))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        static = scope["path"].startswith("/static/")
        answer = _sealed(send, https=scope["scheme"] == "https", kept="no-cache" if static else "no-store")
        why = self._refused(scope, headers)
        if why is not None:
            await _told(scope["path"], *why)(scope, receive, answer)
            return
        # A body over the limit is not read; who reads it has the page, or the problem, that says so.
        limit = _limit(headers) if int(headers.get("content-length", "0")) <= _limit(headers) else 0
        try:
            await self._app({**scope, "headers": _named(scope["headers"])}, measured(receive, limit), answer)
        except ClientDisconnect:
            # The first word of the path only: a one-time link is in some.
            at = "/" + scope["path"].split("/")[1][:40]
            logger("console").warning("upload dropped by its sender", method=scope["method"], path=at)

    def _refused(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if _name(host) not in self._hosts:
            return 421, "此地址不是本系统的网址 / This is not an address of this system."
        if not _same_origin(scope, headers, host):
            return 403, "请求来自其他网站，已拒绝 / Refused: the request was made by another site."
        if _CONTROL.search(scope["path"]) or b"%00" in scope["query_string"]:
            return 400, "网址含有不可用的字符 / The address holds what no address may."
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or len(length) > _DIGITS:
            return 413, "提交的内容过大 / Too large."
        return None


def _named(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers without cookies whose name is no token (RFC 6265, section 4.1.1).

    Another host of the institution can set one called `__Host-…` after a byte such as A0: the browser does not take it for
    ours, and whoever trims the name does.
    """
    return [(name, _clean(value) if name == b"cookie" else value) for name, value in headers]


def _clean(cookies: bytes) -> bytes:
    return b";".join(one for one in cookies.split(b";") if _COOKIE.match(one))


_COOKIE = re.compile(rb"[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+[ \t]*=")


def _told(path: str, status: int, why: str) -> Response:
    """The refusal, before anything is known of who asks: both languages, and to a program as a problem (RFC 9457)."""
    if path.startswith("/api/"):
        told = {"status": status, "title": HTTPStatus(status).phrase, "detail": why, "code": "Guarded"}
        return JSONResponse(told, status, media_type="application/problem+json")
    return PlainTextResponse(why, status)


def _name(host: str) -> str:
    """A host without its port."""
    return host if host.endswith("]") else host.rpartition(":")[0] or host


def _same_origin(scope: Scope, headers: Headers, host: str) -> bool:
    """Whether our own page, or the person, asks; a link on another site may lead here, and no more."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        linked = scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"
        linked = linked and headers.get("sec-fetch-dest") == "document"
        return site in ("same-origin", "none") or linked
    origin = headers.get("origin")
    return scope["method"] in _SAFE or origin is None or origin.partition("://")[2] == host


def is_multipart(headers: Headers) -> bool:
    """Whether a form may have files."""
    return headers.get("content-type", "").startswith("multipart/form-data")


def _limit(headers: Headers) -> int:
    return MOST if is_multipart(headers) else FORM


def measured(receive: Receive, most: int) -> Receive:
    """Count the bytes of a request as they come, because an announced length may be wrong or missing. `TooLarge`."""
    left = most

    async def counted() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise TooLarge
        return message

    return counted


def _sealed(send: Send, *, https: bool, kept: str) -> Send:
    async def sealed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", kept)
            if https:
                headers.setdefault("strict-transport-security", _A_YEAR)
        await send(message)

    return sealed
