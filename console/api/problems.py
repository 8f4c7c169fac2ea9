"""An error as the API answers it: problem+json (RFC 9457), in the caller's language, with its clause and its stable code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException

from config.findings import fault_sentence
from config.logs import log_failure
from console.web.middleware import BodyOverLimit
from states import titles
from states.chart import ACTS
from states.refusals import NotThere, Refusal, join_faults
from states.user_errors import UserError
from states.vocabulary import Text
from storage.errors import StorageError

from .dependencies import operation, page_request_of
from .errors import (
    BodyTooLarge,
    InvalidRequest,
    NotJson,
    NoToken,
    RequestError,
    UnexpectedError,
    UnknownOperation,
    UnreadableBody,
)

MEDIA_TYPE = "application/problem+json"

MOST_FAULTS = 20
"""Faults of the form that one problem lists; it counts all of them."""


class Fault(BaseModel):
    """One parameter or field that is wrong: its path (`command.sanctions.0.person`), and what to do about it."""

    field: str
    detail: str


class Problem(BaseModel):
    """Why a request was not answered as asked (RFC 9457). `code` is the stable name; `detail` says what to do next."""

    type: str = "about:blank"
    status: int
    title: str
    detail: str
    code: str
    clause: str | None = None
    faults: list[Fault] | None = Field(None, description="Every field that is wrong, where it is known which")


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for status, text in {
        400: "The body cannot be read", 401: "No valid token", 403: "Not for the caller; left an entry",
        404: "Not there", 409: "Refused by the rules, or the stream has moved on", 413: "Too large", 415: "Not JSON",
        422: "Not of the form asked for", 429: "Too many requests: wait `Retry-After` seconds",
        500: "It failed; the number is in the log", 503: "The storage does not answer now; repeat with the same `command_id`",
    }.items()
}  # fmt: skip
"""What every operation may answer instead, once for all of them."""

SCHEMAS = {
    "Problem": Problem.model_json_schema(ref_template="#/components/schemas/{model}"), "Fault": Fault.model_json_schema()
}  # fmt: skip
SCHEMAS["Problem"].pop("$defs")


def add_handlers(app: FastAPI) -> None:
    """Let the application answer every error that it knows with a problem."""
    app.add_exception_handler(UserError, _user_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)


def unexpected(request: Request, error: Exception) -> Response:
    """The answer to an error that nobody foresaw."""
    return _problem(request, UnexpectedError(reference=log_failure("console", error, path=operation(request))), 500)


def _user_error(request: Request, error: Exception) -> Response:
    """A refusal of the rules, and a wrong token, leave a line in the security log."""
    assert isinstance(error, UserError)
    if isinstance(error, Refusal):
        page_request_of(request).log_security("refused", what=f"{error.code} {operation(request)}")
        faults = ((f"command.{one.at}", one.text) for one in error.each if one.at)
        return _problem(request, error, _status(error, request.method), faults)
    if isinstance(error, NoToken) and "authorization" in request.headers:
        page_request_of(request).log_security("token_refused", what=operation(request))
    if isinstance(error, RequestError):
        return _problem(request, error, error.status, headers=error.headers)
    return _problem(request, error, 503 if isinstance(error, StorageError) else 500)


def _status(refusal: Refusal, method: str) -> int:
    """Forbidden where the attempt is of consequence; not found where somebody only looks; else a conflict."""
    if isinstance(refusal, NotThere) and method == "GET":
        return 404
    return 403 if refusal.grave else 409


def _invalid_request(request: Request, error: Exception) -> Response:
    """What FastAPI and pydantic found wrong with parameters and body, all of it."""
    assert isinstance(error, RequestValidationError)
    findings: list[ErrorDetails] = list(error.errors())
    if any(one["type"] == "json_invalid" for one in findings):
        return _problem(request, UnreadableBody(), 400)
    if any(one["loc"] == ("body",) and isinstance(one["input"], bytes) for one in findings):
        return _problem(request, NotJson(), 415)
    found = findings[:MOST_FAULTS]
    why = InvalidRequest(count=len(findings), faults=join_faults(map(_with_title, found)))
    return _problem(request, why, 422, ((".".join(map(str, _path(one["loc"]))), fault_sentence(one)) for one in found))


def _path(place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The path of a field: without where it came in, and without the act by which pydantic distinguished the commands."""
    return place[2:] if place[0] == "body" and place[1:2] and place[1] in ACTS else place[1:]


def _with_title(finding: ErrorDetails) -> Text:
    """What was found, with the title of the field: for a sentence. A field that there is not has none."""
    path, text = _path(finding["loc"]), fault_sentence(finding)
    title = titles.path_title(path[1:] if path[:1] == ("command",) else path)
    is_nameless = not title.zh or finding["type"] == "extra_forbidden"
    return text if is_nameless else Text(zh=f"{title.zh}：{text.zh}", en=f"{title.en}: {text.en}")


def _http_error(request: Request, error: Exception) -> Response:
    """An error by its number: no such path, no such method, a body that could not be read."""
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, BodyOverLimit):
        return _problem(request, BodyTooLarge(), 413)
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return _problem(request, UnreadableBody(), 400)
    why = UnknownOperation(operation=f"{request.method} {request.url.path}"[:200])
    return _problem(request, why, error.status_code, headers=error.headers or {})


def _problem(
    request: Request,
    why: UserError,
    status: int,
    faults: Iterable[tuple[str, Text]] = (),
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    language, clause = page_request_of(request).user.language, why.details.get("clause")
    made = Problem(
        status=status, title=HTTPStatus(status).phrase, detail=why.render(language), code=why.code,
        clause=None if clause is None else clause.render(language) if isinstance(clause, Text) else str(clause),
        faults=[Fault(field=field, detail=text.render(language)) for field, text in faults] or None,
    )  # fmt: skip
    sent = {**headers, "content-language": language}
    return Response(made.model_dump_json(exclude_none=True), status, sent, MEDIA_TYPE)
