"""A POST to a URL of the settings: that of a robot, or that of the outside watch (`ping.py`).

The host must be on a list, the connection uses TLS, and the address is a public one of the internet. The settings can
make exceptions (`HostPolicy`). The robot decides what an answer means (`robot.py`). HTTP and its bounds are in
`http_client.py`.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypedDict
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from msgspec import Struct

from config.clock import Clock
from config.settings import BadSetting
from states.vocabulary import Text

from .bounded_connection import ForbiddenAddress, any_address
from .http_client import RequestFailed, request
from .message import FailureCause, MaybeSent, NotSent, redact

KNOWN_HOSTS = frozenset({"qyapi.weixin.qq.com", "oapi.dingtalk.com", "open.feishu.cn", "open.larksuite.com"})
"""The hosts of the robots of the known platforms. They need no setting."""
MAX_ANSWER_BYTES = 64 * 1024
MAX_RETRY_AFTER = 3600.0
"""The most seconds of a `Retry-After` header that count."""
UNICAST_RANGE = IPv6Network("2000::/3")
"""The unicast range of IPv6.

Mapped, translated and local addresses are outside this range; tunnels (6to4) are inside.
"""
SPECIAL_RANGES = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"), IPv4Network("240.0.0.0/4"))
"""Special ranges that `is_global` does not know in every version of Python."""
RATE_STATUSES = (408, 425, 429)
"""Status codes about the rate of requests."""
SETTING_STATUSES = (401, 403, 404, 405, 410)
"""Status codes about the URL or our credentials, and not about the message."""


class HostPolicy(Struct, frozen=True):
    """The hosts to which a POST may go, besides `KNOWN_HOSTS`. The `private` ones may have private addresses.

    A private host at a loopback address needs no TLS, for tests.
    """

    hosts: Collection[str] = ()
    private: Collection[str] = ()


KNOWN_HOSTS_ONLY = HostPolicy()


class SettingFault(TypedDict):
    """The arguments of a `NotSent` about one of our settings. `retry_after` is in seconds."""

    cause: FailureCause
    setting: str
    retry_after: float


class WebhookAnswer(Struct, frozen=True):
    """An answer: status, first part of the body (`MAX_ANSWER_BYTES`), and the seconds that the server asks to wait."""

    status: int
    body: bytes = b""
    retry_after: float | None = None


class Webhook:
    """POSTs to one URL. The URL is a credential and is never quoted. `setting`: the setting from which it comes.

    Raises `BadSetting` if the URL is not allowed.
    """

    def __init__(
        self,
        title: Text,
        url: str,
        *,
        setting: str,
        secret: str = "",
        guard: HostPolicy,
        clock: Clock,
        total: float = 10.0,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._title, self._setting, self._secret, self._clock, self._total = title, setting, secret, clock, total
        self._url = _check_url(url, setting, guard)
        self._permits = _address_check(self._url, guard)
        self._setting_fault = SettingFault(cause="ours", setting=setting, retry_after=1800.0)
        self._context = (context or ssl.create_default_context()) if self._url.scheme == "https" else None

    def post(self, body: bytes, query: Mapping[str, str]) -> WebhookAnswer:
        """POST JSON. The parameters of `query` are added to those of the URL.

        Raises `NotSent` if the request could not be sent completely, and `MaybeSent` if it was sent but no answer came.
        """
        try:
            answer = request(
                "POST",
                self._target(query),
                body=body,
                headers={"Content-Type": "application/json"},
                seconds=self._total,
                largest=MAX_ANSWER_BYTES,
                permits=self._permits,
                context=self._context,
            )
        except RequestFailed as error:
            if error.was_sent:
                raise MaybeSent(self._title, self._reason(error)) from None
            raise self._not_sent(error) from None
        wait = _seconds_to_wait(answer.headers.get("retry-after"), self._clock.now())
        return WebhookAnswer(answer.status, answer.body, wait)

    def check_status(self, answer: WebhookAnswer) -> None:
        """Return if the status is a success (200 to 299); otherwise raise `NotSent` with the cause."""
        status, why = answer.status, f"HTTP {answer.status} {self.redact(answer.body)}"
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            zh, en = f"不跟随跳转，请管理员核对 {self._setting}。", f"No redirect is followed: look at {self._setting}."
            raise NotSent(self._title, f"HTTP {status}", Text(zh=zh, en=en), **self._setting_fault)
        if status in RATE_STATUSES:
            raise NotSent(self._title, why, cause="ours", setting=self._setting, retry_after=answer.retry_after)
        if status >= 500:
            raise NotSent(self._title, why, retry_after=answer.retry_after)
        if status in SETTING_STATUSES:
            raise NotSent(self._title, why, **self._setting_fault)
        raise NotSent(self._title, why, cause="letter")

    def redact(self, raw: object) -> str:
        """A text without the secret and without the secret parts of the URL."""
        values = [value for _, value in parse_qsl(self._url.query)]
        parts = [part for part in (*values, *map(quote, values), *self._url.path.split("/")) if len(part) > 7]
        return redact(raw, self._secret, self._url.geturl(), self._url.query, *parts)

    def _target(self, query: Mapping[str, str]) -> str:
        full_query = "&".join(filter(None, (self._url.query, urlencode(query))))
        return self._url._replace(path=self._url.path or "/", query=full_query).geturl()

    def _not_sent(self, error: RequestFailed) -> NotSent:
        if isinstance(error.cause, ForbiddenAddress):
            return NotSent(self._title, _FORBIDDEN, _CHECK_NAMES, **self._setting_fault)
        return NotSent(self._title, self._reason(error), cause="ours", setting=self._setting)

    def _reason(self, error: RequestFailed) -> Text | str:
        if error.out_of_time:
            return Text(zh="超时，对方没有应答", en="no answer in time")
        return self.redact(error.cause) or type(error.cause).__name__


def is_public_address(address: str) -> bool:
    """Whether an address is a public address of the internet.

    An address that contains another one (mapped, tunnel) is not.
    """
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        return ip in UNICAST_RANGE and ip.is_global and not ip.sixtofour
    return ip.is_global and not ip.is_multicast and not any(ip in special for special in SPECIAL_RANGES)


def _is_loopback(address: str) -> bool:
    return ip_address(address).is_loopback


def _address_check(url: SplitResult, guard: HostPolicy) -> Callable[[str], bool]:
    """A function that tells whether an address of the URL's host is permitted."""
    if url.scheme == "http":
        return _is_loopback
    return any_address if url.hostname in guard.private else is_public_address


def _check_url(url: str, setting: str, guard: HostPolicy) -> SplitResult:
    """The parts of the URL. Raises `BadSetting` if it is malformed, not over TLS, or to another host."""
    try:
        parts = urlsplit(url)
        host, user, _ = parts.hostname, parts.username, parts.port
    except ValueError:
        raise BadSetting(setting=setting, why=_MALFORMED) from None
    if not re.fullmatch(r"[!-~]+", url) or not host or user is not None or parts.fragment:
        raise BadSetting(setting=setting, why=_MALFORMED)
    if parts.scheme != "https" and not (parts.scheme == "http" and host in guard.private):
        raise BadSetting(setting=setting, why=_NOT_HTTPS)
    if host not in KNOWN_HOSTS.union(guard.hosts, guard.private):
        raise BadSetting(setting=setting, why=_NOT_LISTED)
    return parts


_FORBIDDEN = Text(zh="主机指向不允许访问的地址", en="its host leads to an address that is not gone to")
_CHECK_NAMES = Text(
    zh="系统稍后自动重试；请管理员核对域名解析，确属内网主机的列入 KAOHE_WEBHOOK_PRIVATE。",
    en="It is tried again by itself; look at the name service, or put a host that is meant to be private into "
    "KAOHE_WEBHOOK_PRIVATE.",
)
_MALFORMED = Text(zh="不是一个完整的网址", en="it is not a whole URL")
_NOT_HTTPS = Text(zh="须以 https:// 开头", en="it must begin with https://")
_NOT_LISTED = Text(
    zh="主机不在允许之列，可用 KAOHE_WEBHOOK_HOSTS 添加", en="its host is not allowed; KAOHE_WEBHOOK_HOSTS adds some"
)


def _seconds_to_wait(header: str | None, now: datetime) -> float | None:
    """The seconds of a Retry-After header (RFC 9110, 10.2.3), at most `MAX_RETRY_AFTER`.

    None: no header can be read.
    """
    if header is None:
        return None
    try:
        if re.fullmatch("[0-9]+", header):
            seconds = float(header)
        else:
            seconds = (parsedate_to_datetime(header) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)
