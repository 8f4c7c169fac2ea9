"""Sends an HTTP request to a provider. Time and size are limited, and no redirect is followed.

The answer may be malformed in any way. Every unexpected answer becomes `SignInFailed`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from msgspec import Struct

from notifications.channels.http_client import RequestFailed, request

from .errors import DENIED, NO_ANSWER, UNRELIABLE, SignInFailed

MAX_ANSWER_BYTES = 256 * 1024
"""The most bytes of an answer. A set of twenty RSA keys has 20 KB."""
# The limit for the whole request is needed too: a server that sends one byte every nine seconds would occupy a thread
# for hours.
STEP_SECONDS, TOTAL_SECONDS = 10.0, 20.0
"""The most seconds for each step of a request, and for the whole request."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ProviderResponse(Struct, frozen=True):
    """An answer of a provider. `media_type` includes parameters such as `charset`."""

    status: int
    body: bytes
    media_type: str


def send_request(
    method: str, url: str, *, data: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> ProviderResponse:
    """Send a request, with `data` as a form.

    Raises `SignInFailed` if there is no complete answer with a status below 500.
    """
    form = {"Content-Type": "application/x-www-form-urlencoded"} if data else {}
    body = urlencode(data or {}).encode()
    try:
        answer = request(
            method,
            url,
            body=body,
            headers={**form, **(headers or {})},
            seconds=TOTAL_SECONDS,
            step=STEP_SECONDS,
            largest=MAX_ANSWER_BYTES,
        )
    except RequestFailed as error:
        raise SignInFailed(why=NO_ANSWER) from error
    if not answer.is_whole:
        raise SignInFailed(why=UNRELIABLE if len(answer.body) >= MAX_ANSWER_BYTES else NO_ANSWER)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise SignInFailed(why=NO_ANSWER)
    return ProviderResponse(answer.status, answer.body, answer.headers.get("content-type", ""))


def require_body(answer: ProviderResponse) -> bytes:
    """The body of an answer with the status 200. Raises `SignInFailed` for any other status."""
    if answer.status != HTTPStatus.OK:
        raise SignInFailed(why=DENIED)
    return answer.body


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body. Raises `SignInFailed` for anything else."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SignInFailed(why=UNRELIABLE) from error
    if not isinstance(parsed, dict):
        raise SignInFailed(why=UNRELIABLE)
    return parsed


def check_address(value: object) -> str:
    """An address from a provider's answer: https, or http on this machine, in printable ASCII.

    Raises `SignInFailed`.
    """
    if isinstance(value, str) and value.isascii() and value.isprintable() and " " not in value:
        try:
            parts = urlsplit(value)
            host = parts.hostname or ""
        except ValueError as error:
            raise SignInFailed(why=UNRELIABLE) from error
        if host and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)):
            return value
    raise SignInFailed(why=UNRELIABLE)
