"""Answers errors as problem+json (RFC 9457), in the caller's language, with the clause and a stable code.

A refusal and a wrong token are also written to the security log, and an unexpected error to the log. Also here: how
errors are described in OpenAPI (`RESPONSES`, `SCHEMAS`). The errors themselves are in `errors.py` and in `states/`.
"""

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
from states.acts import ACTS
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

MAX_FAULTS = 20
"""The most faults that one problem lists. Its sentence counts all of them."""


class Fault(BaseModel):
    """One wrong parameter or field: its path (`command.sanctions.0.person`), and how to correct it."""

    field: str
    detail: str


class Problem(BaseModel):
    """The reason why a request failed (RFC 9457). `code` is a stable name; `detail` says what to do next."""

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
"""The error answers, the same for every operation."""

SCHEMAS = {
    "Problem": Problem.model_json_schema(ref_template="#/components/schemas/{model}"),
    "Fault": Fault.model_json_schema(),
}
SCHEMAS["Problem"].pop("$defs")


def add_handlers(app: FastAPI) -> None:
    """Make the application answer expected errors with a problem. `answer_unexpected` answers the others."""
    app.add_exception_handler(UserError, _answer_user_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid_request)
    app.add_exception_handler(HTTPException, _answer_http_error)


def answer_unexpected(request: Request, error: Exception) -> Response:
    """Log an unexpected error. Returns an answer with the reference number of that line in the log."""
    return _problem_response(
        request, UnexpectedError(reference=log_failure("console", error, path=operation(request))), 500
    )


def _answer_user_error(request: Request, error: Exception) -> Response:
    """Answer a `UserError`. A refusal of the rules and a wrong token leave a line in the security log.

    A `Refusal` gets its status from `_status`, a `RequestError` has its own, a `StorageError` gets 503, and every other
    error 500.
    """
    assert isinstance(error, UserError)
    if isinstance(error, Refusal):
        page_request_of(request).log_security("refused", detail=f"{error.code} {operation(request)}")
        field_faults = ((f"command.{fault.field}", fault.text) for fault in error.faults if fault.field)
        return _problem_response(request, error, _status(error, request.method), field_faults)
    if isinstance(error, NoToken) and "authorization" in request.headers:
        page_request_of(request).log_security("token_refused", detail=operation(request))
    if isinstance(error, RequestError):
        return _problem_response(request, error, error.status, headers=error.headers)
    return _problem_response(request, error, 503 if isinstance(error, StorageError) else 500)


def _status(refusal: Refusal, method: str) -> int:
    """The status of a refusal.

    404: the method is GET, and the thing does not exist. 403: the refusal is `grave`. 409: all other refusals.

    The engine records a grave refusal of a submitted command in the ledger. A refused view is only in the security log.
    """
    if isinstance(refusal, NotThere) and method == "GET":
        return 404
    return 403 if refusal.grave else 409


def _answer_invalid_request(request: Request, error: Exception) -> Response:
    """Answer the faults that FastAPI and pydantic find in parameters and body, in one problem.

    It lists the first `MAX_FAULTS`. A body that is no JSON has an answer of its own.
    """
    assert isinstance(error, RequestValidationError)
    findings: list[ErrorDetails] = list(error.errors())
    if any(finding["type"] == "json_invalid" for finding in findings):
        return _problem_response(request, UnreadableBody(), 400)
    # FastAPI leaves a body as bytes if its Content-Type is not JSON.
    if any(finding["loc"] == ("body",) and isinstance(finding["input"], bytes) for finding in findings):
        return _problem_response(request, NotJson(), 415)
    first_findings = findings[:MAX_FAULTS]
    invalid_request = InvalidRequest(count=len(findings), faults=join_faults(map(_with_title, first_findings)))
    field_faults = ((".".join(map(str, _path(finding["loc"]))), fault_sentence(finding)) for finding in first_findings)
    return _problem_response(request, invalid_request, 422, field_faults)


def _path(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The path of a field: pydantic's location without its first part ("body", "path", "query").

    In a body, the act that may follow is left out too.
    """
    return location[2:] if location[0] == "body" and location[1:2] and location[1] in ACTS else location[1:]


def _with_title(finding: ErrorDetails) -> Text:
    """The sentence of a finding after the title of its field, if the field exists and has a title."""
    path, text = _path(finding["loc"]), fault_sentence(finding)
    title = titles.path_title(path[1:] if path[:1] == ("command",) else path)
    # The sentence of `extra_forbidden` names the key itself.
    omits_title = not title.zh or finding["type"] == "extra_forbidden"
    return text if omits_title else Text(zh=f"{title.zh}：{text.zh}", en=f"{title.en}: {text.en}")


def _answer_http_error(request: Request, error: Exception) -> Response:
    """Answer Starlette's own errors: no such path, no such method, a body that cannot be read or is too large."""
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, BodyOverLimit):
        return _problem_response(request, BodyTooLarge(), 413)
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return _problem_response(request, UnreadableBody(), 400)
    unknown_operation = UnknownOperation(operation=f"{request.method} {request.url.path}"[:200])
    return _problem_response(request, unknown_operation, error.status_code, headers=error.headers or {})


def _problem_response(
    request: Request,
    error: UserError,
    status: int,
    field_faults: Iterable[tuple[str, Text]] = (),
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    language, clause = page_request_of(request).user.language, error.details.get("clause")
    problem = Problem(
        status=status,
        title=HTTPStatus(status).phrase,
        detail=error.render(language),
        code=error.code,
        clause=None if clause is None else clause.render(language) if isinstance(clause, Text) else str(clause),
        faults=[Fault(field=field, detail=text.render(language)) for field, text in field_faults] or None,
    )
    all_headers = {**headers, "content-language": language}
    return Response(problem.model_dump_json(exclude_none=True), status, all_headers, MEDIA_TYPE)
