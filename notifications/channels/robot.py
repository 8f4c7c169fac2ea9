"""What the robots of the three platforms have in common. A robot writes to a group; nobody learns who read it.

A message becomes a text of the right size, and an answer a success or a failure. The platforms' own request bodies,
signatures and error codes are in `wecom.py`, `dingtalk.py` and `feishu.py`.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from hmac import digest
from typing import Any, ClassVar
from unicodedata import category

import msgspec

from config.clock import Clock
from config.texts import text_of_reply
from states.vocabulary import Text

from .message import MaybeSent, Message, NotSent
from .webhook import KNOWN_HOSTS_ONLY, HostPolicy, Webhook, WebhookAnswer

SETTING_WAIT = 1800.0
"""Seconds between two attempts by a robot whose settings are wrong."""
OMISSION_MARK = "……（以下省略）"


class ErrorMeaning(msgspec.Struct, frozen=True):
    """What an error code is about: a `setting` to check and what to do (`todo`), or the rate (`wait`), or neither: the message.

    For a setting and for the rate all messages wait, `wait` seconds at a time. A message that is refused is given up.
    """

    todo: Text | None = None
    setting: str = ""
    wait: float | None = None


ErrorMeanings = Mapping[int, ErrorMeaning]


class Robot:
    """One robot of a group. A subclass has its names, its limits, its request body and its error codes."""

    name: str
    per_minute: int | None
    per_day: int | None = None
    title: ClassVar[Text]
    setting: ClassVar[str]
    limit: ClassVar[int]
    """The longest text, in bytes of UTF-8."""
    code, words = "errcode", "errmsg"
    """What an answer calls its error code and its words."""
    error_meanings: ClassVar[ErrorMeanings]

    def __init__(
        self,
        url: str,
        secret: str = "",
        *,
        clock: Clock,
        guard: HostPolicy = KNOWN_HOSTS_ONLY,
        total: float = 10.0,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._secret, self._clock = secret, clock
        self._webhook = Webhook(
            self.title, url, setting=self.setting, secret=secret, guard=guard, clock=clock, total=total, context=context
        )

    def send(self, message: Message) -> None:
        """Post the body as text, with the message's short id below it. Raises `NotSent` or `MaybeSent`."""
        form, query = self.form(fit_to_limit(message, self.limit), self._clock.now())
        self._judge(self._webhook.post(msgspec.json.encode(form), query))

    def form(self, text: str, now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
        """What is posted, and what is added to the URL."""
        raise NotImplementedError

    def meaning_of(self, code: int, words: str) -> ErrorMeaning | None:
        """What the code is about; the words decide where one code means several things. None for an unknown code."""
        return self.error_meanings.get(code)

    def _judge(self, answer: WebhookAnswer) -> None:
        code, words = self._said(answer.body)
        known = self.meaning_of(code, words) if code else None
        if known is not None:
            raise self._in_trouble(known, f"{self.code} {code} {words}", answer.retry_after)
        self._webhook.check_status(answer)
        if code is None:
            why = Text(zh="对方的应答无法理解", en="its answer cannot be understood")
            raise MaybeSent(self.title, why)
        if code != 0:
            raise NotSent(self.title, f"{self.code} {code} {words}", retry_after=answer.retry_after)

    def _said(self, body: bytes) -> tuple[int | None, str]:
        try:
            said = msgspec.json.decode(text_of_reply(body))
        except (msgspec.DecodeError, UnicodeError):
            return None, ""
        code = said.get(self.code) if isinstance(said, dict) else None
        if not isinstance(code, int) or isinstance(code, bool):
            return None, ""
        return code, self._webhook.redact(said.get(self.words, ""))

    def _in_trouble(self, trouble: ErrorMeaning, why: str, asked: float | None) -> NotSent:
        if not trouble.setting and trouble.wait is None:
            return NotSent(self.title, why, trouble.todo, cause="letter")
        return NotSent(
            self.title, why, trouble.todo, cause="ours", setting=trouble.setting or self.setting,
            retry_after=max(trouble.wait or SETTING_WAIT, asked or 0.0),
        )  # fmt: skip


def fit_to_limit(message: Message, limit: int) -> str:
    """Body and short id in at most `limit` bytes. A longer body is cut between two characters, and ends with a note that it was.

    No control characters, and no `<`, because the platforms read `<at …>` as a mention of the whole group.
    """
    tail = f"\n〔{message.short_id}〕"
    body = "".join(c for c in message.body if c == "\n" or category(c) not in ("Cc", "Cs")).replace("<", "＜")
    room = limit - len(tail.encode())
    if len(body.encode()) > room:
        body = body.encode()[: room - len(OMISSION_MARK.encode())].decode("utf-8", "ignore") + OMISSION_MARK
    return body + tail


def hmac_sha256(key: str, message: str) -> bytes:
    """HMAC-SHA-256 of two texts."""
    return digest(key.encode(), message.encode(), sha256)
