"""Asking a provider over HTTP: bounded in time and size, no redirect followed, and nothing that it sends is trusted to be well formed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from msgspec import Struct

from notifications.channels.http_client import RequestFailed, request

from .errors import DENIED, SILENT, UNRELIABLE, SignInFailed

LARGEST = 256 * 1024
"""Bytes of an answer. A key set of twenty RSA keys has 20 KB."""
PATIENCE, WHOLE = 10.0, 20.0
"""Seconds for each step of a request, and for the whole: a server that sends a byte now and then would hold a thread for hours."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Answer(Struct, frozen=True):
    """What a provider answered: the body, and its media type with parameters."""

    status: int
    body: bytes
    media_type: str


def ask(
    method: str, url: str, *, data: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """The provider's answer, whatever its status below 500; `data` is sent as a form. Raises `SignInFailed`."""
    form = {"Content-Type": "application/x-www-form-urlencoded"} if data else {}
    body = urlencode(data or {}).encode()
    try:
        answer = request(
            method, url, body=body, headers={**form, **(headers or {})}, seconds=WHOLE, step=PATIENCE, largest=LARGEST
        )
    except RequestFailed as error:
        raise SignInFailed(why=SILENT) from error
    if not answer.is_whole:
        raise SignInFailed(why=UNRELIABLE if len(answer.body) >= LARGEST else SILENT)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise SignInFailed(why=SILENT)
    return Answer(answer.status, answer.body, answer.headers.get("content-type", ""))


def confirmed(answer: Answer) -> bytes:
    """The body of an answer that succeeded. `SignInFailed` for any other."""
    if answer.status != HTTPStatus.OK:
        raise SignInFailed(why=DENIED)
    return answer.body


def parse_object(body: bytes) -> dict[str, Any]:
    """A JSON object. `SignInFailed` for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SignInFailed(why=UNRELIABLE) from error
    if not isinstance(found, dict):
        raise SignInFailed(why=UNRELIABLE)
    return found


def check_address(given: object) -> str:
    """An address that a provider names: https, or http on this machine, in printable ASCII. `SignInFailed`."""
    if isinstance(given, str) and given.isascii() and given.isprintable() and " " not in given:
        try:
            parts = urlsplit(given)
            host = parts.hostname or ""
        except ValueError as error:
            raise SignInFailed(why=UNRELIABLE) from error
        if host and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)):
            return given
    raise SignInFailed(why=UNRELIABLE)
