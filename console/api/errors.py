"""The errors of API requests that are not refusals of the rules: each has an HTTP status and a sentence.

Not here: refusals (`states/refusals.py`), errors of the storage, and the answers to errors (`problems.py`).
"""

from __future__ import annotations

from typing import ClassVar

from states.user_errors import UserError


class RequestError(UserError):
    """The base class of these errors. `headers` are sent with the answer."""

    status: ClassVar[int]

    @property
    def headers(self) -> dict[str, str]:
        return {}


class NoToken(RequestError):
    """The request has no valid token."""

    status = 401
    zh = "接口令牌缺失、无效、已到期或已吊销。请在请求头写 Authorization: Bearer 令牌；令牌由安全管理员在“账号”页发放。"
    en = (
        "The token is missing, wrong, past its last day or revoked. Send “Authorization: Bearer TOKEN”; the security "
        "administrator issues one on the account's page."
    )

    @property
    def headers(self) -> dict[str, str]:
        return {"www-authenticate": 'Bearer realm="kaohe"'}


class TooManyRequests(RequestError):
    """One caller sent more requests in a minute than `KAOHE_API_PER_MINUTE`."""

    status = 429
    zh = "请求过于频繁：每分钟最多 {most} 次。请在 {seconds} 秒后再试。"
    en = "Too many requests: {most} a minute are answered. Try again in {seconds} seconds."

    @property
    def headers(self) -> dict[str, str]:
        return {"retry-after": str(self.details["seconds"])}


class BodyTooLarge(RequestError):
    """The body is larger than its limit, which is larger than any command."""

    status = 413
    zh = "请求内容过大，最多 1 MiB。请分次提交。"
    en = "The request is too large: 1 MiB at most. Send less at a time."


class NotJson(RequestError):
    """The request has a `Content-Type` other than JSON."""

    status = 415
    zh = "请求内容不是 JSON。请在请求头写 Content-Type: application/json。"
    en = "The body is not JSON. Send “Content-Type: application/json”."


class UnreadableBody(RequestError):
    """The body is not a JSON document, or cannot be read at all."""

    status = 400
    zh = "请求内容不是完整的 JSON，无法读取。请更正后再发送。"
    en = "The body is not complete JSON and cannot be read. Correct it and send it again."


class InvalidRequest(RequestError):
    """Parameters or fields do not have the required form. The problem lists them."""

    status = 422
    zh = "请求有 {count} 处不合格式：{faults}。格式见 /api/v1/openapi.json。"
    en = "The request does not have the right form ({count}): {faults}. See /api/v1/openapi.json for the form."


class UnknownOperation(RequestError):
    """The API has no such path, or the path has no such method (then the answer has the status 405)."""

    status = 404
    zh = "接口没有 {operation}。可用的调用见 /api/v1/openapi.json。"
    en = "The API has no {operation}. See /api/v1/openapi.json for what it has."


class UnexpectedError(RequestError):
    """An unforeseen error; `reference` is the number of its line in the log."""

    status = 500
    zh = "系统出错，本次操作未完成。请稍后重试；如再次出现，请把编号 {reference} 告诉系统管理员。"
    en = (
        "Something went wrong and nothing was completed. Try again later; if it happens again, tell the system "
        "administrator the number {reference}."
    )
