"""An error as the API tells it: problem+json (RFC 9457), with the sentence, its clause and its stable code."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import Struct
from starlette.responses import Response

from states.refusals import NotThere, Refusal
from states.user_errors import UserError
from states.vocabulary import Text

MEDIA_TYPE = "application/problem+json"


class NoToken(UserError):
    """Nobody is called without being known."""

    zh = "接口令牌缺失、无效、已到期或已吊销。请在请求头写 Authorization: Bearer 令牌；令牌由安全管理员在“账号”页发放。"
    en = "The token is missing, wrong, past its last day or revoked. Send “Authorization: Bearer TOKEN”; the security administrator issues one on the account's page."


class TooMany(UserError):
    """More was asked in a minute than is answered."""

    zh = "请求过于频繁：每分钟最多 {most} 次。请在 {seconds} 秒后再试。"
    en = "Too many requests: {most} a minute are answered. Try again in {seconds} seconds."


class TooMuch(UserError):
    """The body is larger than a command is."""

    zh = "请求内容过大，最多 1 MiB。请分次提交。"
    en = "The request is too large: 1 MiB at most. Send less at a time."


class Unfit(UserError):
    """What was sent is not of the form the API asks for."""

    zh = "请求不合接口格式：{why}。格式见 /api/v1/openapi.json。"
    en = "The request is not of the form asked for: {why}. The form is in /api/v1/openapi.json."


class NoSuchCall(UserError):
    """The API has no such address, or not with this method."""

    zh = "接口没有 {asked}。可用的调用见 /api/v1/openapi.json。"
    en = "The API has no {asked}. What may be called is in /api/v1/openapi.json."


class Broken(UserError):
    """Something failed that nobody foresaw."""

    zh = "系统出错，本次操作未完成。请稍后重试；如再次出现，请把编号 {reference} 告诉系统管理员。"
    en = "Something went wrong and nothing was completed. Try again later; if it happens again, tell the system administrator the number {reference}."


class Problem(Struct, frozen=True, omit_defaults=True):
    """Why a request was not answered as asked (RFC 9457). `code` is the stable name; `detail` says what to do next."""

    status: int
    title: str
    detail: str
    code: str
    clause: str | None = None
    type: str = "about:blank"


def problem(status: int, why: UserError, language: str, **headers: str) -> Response:
    """The answer that tells why."""
    clause = why.details.get("clause")
    made = Problem(
        status, HTTPStatus(status).phrase, why.render(language), why.code, str(clause.render(language) if isinstance(clause, Text) else clause) if clause else None
    )  # fmt: skip
    headers["content-language"] = language
    return Response(
        msgspec.json.encode(made),
        status,
        media_type=MEDIA_TYPE,
        headers={n.replace("_", "-"): v for n, v in headers.items()},
    )


def status_of(refusal: Refusal, method: str) -> int:
    """Forbidden where the attempt is of consequence; not found where somebody only looks; else a conflict."""
    if isinstance(refusal, NotThere) and method == "GET":
        return 404
    return 403 if refusal.grave else 409


def plain(why: Exception) -> Any:
    """What msgspec found, on one line."""
    return " ".join(str(why).split())[:300]
