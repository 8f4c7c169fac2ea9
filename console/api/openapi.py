"""The API described (OpenAPI 3.1), made of the same table and the same types that answer it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec

from states.rulebook.types import Rulebook

from .asked import any_submission
from .calls import Call
from .problems import MEDIA_TYPE, Problem

JSON = "application/json"
_REF = "#/components/schemas/{name}"
_PROBLEMS = {
    "400": "The request cannot be read", "401": "No valid token", "403": "Not for the caller; left an entry",
    "404": "Not there", "409": "Refused by the rules, or the stream has moved on", "413": "Too large",
    "422": "Not of the form asked for", "429": "Too many requests: wait `Retry-After` seconds",
    "503": "The storage does not answer now; repeat with the same `command_id`",
}  # fmt: skip


def described(calls: Sequence[Call], rulebook: Rulebook) -> dict[str, Any]:
    """The whole document."""
    kinds = [_kind(name, kind, rulebook) for call in calls for name, kind in call.types.items()]
    schemas, components = msgspec.json.schema_components([*kinds, Problem], ref_template=_REF)
    schema, problem = iter(schemas), schemas[-1]
    paths: dict[str, Any] = {}
    for call in calls:
        shapes = {name: next(schema) for name in call.types}
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call, shapes, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kaohe 考核", "version": _version(), "description": _DESCRIPTION, "license": _LICENSE},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {
                code: {"description": text, "content": {MEDIA_TYPE: {"schema": problem}}}
                for code, text in _PROBLEMS.items()
            },
        },
    }


def _kind(name: str, kind: Any, rulebook: Rulebook) -> Any:
    return any_submission(rulebook) if name == "body" else kind


def _operation(call: Call, shapes: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    made = {
        "operationId": call.answer.__name__,
        "summary": (call.answer.__doc__ or "").strip(),
        "parameters": [*_in_path(call, shapes), *_in_query(shapes, components), _LANGUAGE],
        "responses": {
            "200": {"description": "Done", "content": {JSON: {"schema": shapes["return"]}}},
            **{code: {"$ref": f"#/components/responses/{code}"} for code in _PROBLEMS},
        },
    }
    if "body" in shapes:
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": shapes["body"]}}}
    return made


def _in_path(call: Call, shapes: dict[str, Any]) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", call.path)
    return [{"name": name, "in": "path", "required": True, "schema": shapes[name]} for name in names]


def _in_query(shapes: dict[str, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    """The query's struct, taken apart: each field is a parameter."""
    if "query" not in shapes:
        return []
    struct = components[shapes["query"]["$ref"].rpartition("/")[2]]
    return [{"name": name, "in": "query", "schema": schema} for name, schema in struct["properties"].items()]


def _version() -> str:
    try:
        return version("kaohe")
    except PackageNotFoundError:
        return "0"


_LICENSE = {"name": "Apache-2.0"}
_LANGUAGE = {
    "name": "Accept-Language", "in": "header", "schema": {"type": "string", "examples": ["zh", "en"]},
    "description": "Titles, explanations and refusals are said in Chinese (zh) or English (en).",
}  # fmt: skip
_DESCRIPTION = (
    "The annual assessment of departments, for the college's other systems. Every call brings a token; what it may read "
    "and do are the roles of the token's account. An error is problem+json: `detail` says what was asked, what the rule "
    "is, and what to do next; `code` is stable."
)
