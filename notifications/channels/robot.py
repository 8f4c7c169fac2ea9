"""What the robots of the three platforms have in common. A robot talks to a group and hears nothing of who read it.

Here is how a message becomes a text of the right size and how an answer is judged; the platforms' own forms,
signatures and error codes stand in `wecom.py`, `dingtalk.py` and `feishu.py`.
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

from config.texts import spoken
from states.vocabulary import Text

from .message import Clock, MaybeSent, Message, NotSent
from .webhook import KNOWN_HOSTS_ONLY, HostPolicy, Webhook, WebhookAnswer

SETTING_WAIT = 1800.0
"""How long, in seconds, a robot that somebody has to mend is left alone between two tries."""
OMISSION_MARK = "……（以下省略）"


class ErrorMeaning(msgspec.Struct, frozen=True):
    """What an error code means: a `setting` to look at and what to do, or the pace, or neither: the message.

    All messages wait for a setting and for the pace, `wait` seconds at a time; a message that is refused is given up.
    """

    todo: Text | None = None
    setting: str = ""
    wait: float | None = None


ErrorMeanings = Mapping[int, ErrorMeaning]


class Robot:
    """One robot of a group. A subclass says its names, its limits, its form and its codes."""

    name: str
    per_minute: int | None
    per_day: int | None = None
    title: ClassVar[Text]
    setting: ClassVar[str]
    limit: ClassVar[int]
    """The longest text, in bytes of UTF-8."""
    code, words = "errcode", "errmsg"
    """What an answer calls its error code and its words."""
    troubles: ClassVar[ErrorMeanings]

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
        """Post the body as text, with the message's mark below it. Raises `NotSent` or `MaybeSent`."""
        form, query = self.form(fit_to_limit(message, self.limit), self._clock.now())
        self._judge(self._webhook.post(msgspec.json.encode(form), query))

    def form(self, text: str, now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
        """What is posted, and what is added to the URL."""
        raise NotImplementedError

    def trouble(self, code: int, words: str) -> ErrorMeaning | None:
        """What the code means; the words help where one code means several things. None for one not known."""
        return self.troubles.get(code)

    def _judge(self, answer: WebhookAnswer) -> None:
        code, words = self._said(answer.body)
        known = self.trouble(code, words) if code else None
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
            said = msgspec.json.decode(spoken(body))
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
    """Body and mark in at most `limit` bytes. What is too long is cut between characters, and says so.

    No control characters, and no `<`: `<at …>` would call the whole group together.
    """
    tail = f"\n〔{message.mark}〕"
    body = "".join(c for c in message.body if c == "\n" or category(c) not in ("Cc", "Cs")).replace("<", "＜")
    room = limit - len(tail.encode())
    if len(body.encode()) > room:
        body = body.encode()[: room - len(OMISSION_MARK.encode())].decode("utf-8", "ignore") + OMISSION_MARK
    return body + tail


def hmac_sha256(key: str, message: str) -> bytes:
    """HMAC-SHA-256 of two texts."""
    return digest(key.encode(), message.encode(), sha256)
