"""Asking a provider over HTTP: bounded in time and size, no redirect followed, and nothing that it sends is trusted to be well formed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx
from msgspec import Struct

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
    """The provider's answer, whatever its status below 500. `SignInFailed`."""
    ends, body = monotonic() + WHOLE, b""
    try:
        with (
            httpx.Client(timeout=PATIENCE, trust_env=False, follow_redirects=False) as client,
            client.stream(method, url, data=data, headers=headers) as response,
        ):
            for part in response.iter_bytes():
                body += part
                if len(body) > LARGEST:
                    raise SignInFailed(why=UNRELIABLE)
                if monotonic() > ends:
                    raise SignInFailed(why=SILENT)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise SignInFailed(why=SILENT) from error
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise SignInFailed(why=SILENT)
    return Answer(response.status_code, body, response.headers.get("content-type", ""))


def confirmed(answer: Answer) -> bytes:
    """The body of an answer that succeeded. `SignInFailed` for any other."""
    if answer.status != httpx.codes.OK:
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
