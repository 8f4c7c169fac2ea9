"""The base class of the robots of three platforms. A robot writes to a group; nobody learns who read the message.

It cuts the text of a message to the size that the platform accepts, posts it, and decides from the answer whether it
was sent. The request bodies, signatures and error codes of each platform are in `wecom.py`, `dingtalk.py` and
`feishu.py`.
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
"""The seconds between two attempts of a robot whose settings are wrong."""
OMISSION_MARK = "……（以下省略）"
"""The end of a text that was cut."""


class ErrorMeaning(msgspec.Struct, frozen=True):
    """The meaning of an error code.

    With a `setting`, the error is about this setting; `todo` says what an administrator must do. With a `wait` (in
    seconds) and no setting, it is about the rate. After either, all messages of the robot wait. With neither, the error
    is about the message, which is given up.
    """

    todo: Text | None = None
    setting: str = ""
    wait: float | None = None


ErrorMeanings = Mapping[int, ErrorMeaning]
"""The meanings of error codes by code."""


class Robot:
    """The robot of a group. A subclass has the names, limits, request body and error codes of its platform."""

    name: str
    per_minute: int | None
    per_day: int | None = None
    title: ClassVar[Text]
    setting: ClassVar[str]
    max_bytes: ClassVar[int]
    """The longest text, in bytes of UTF-8."""
    code_field, text_field = "errcode", "errmsg"
    """The names of the fields of an answer: that of the error code, and that of the text of the error."""
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
        body, query = self.body_and_query(fit_to_limit(message, self.max_bytes), self._clock.now())
        self._check_answer(self._webhook.post(msgspec.json.encode(body), query))

    def body_and_query(self, text: str, now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
        """The body to post, and the parameters to add to the URL."""
        raise NotImplementedError

    def meaning_of(self, code: int, error_text: str) -> ErrorMeaning | None:
        """The meaning of an error code; if it has several, the text of the error decides.

        None if the code is unknown.
        """
        return self.error_meanings.get(code)

    def _check_answer(self, answer: WebhookAnswer) -> None:
        """Return if the answer is a success. Otherwise raise `NotSent` or `MaybeSent`."""
        code, error_text = self._read_error(answer.body)
        meaning = self.meaning_of(code, error_text) if code else None
        if meaning is not None:
            raise self._not_sent(meaning, f"{self.code_field} {code} {error_text}", answer.retry_after)
        self._webhook.check_status(answer)
        if code is None:
            why = Text(zh="对方的应答无法理解", en="its answer cannot be understood")
            raise MaybeSent(self.title, why)
        if code != 0:
            raise NotSent(self.title, f"{self.code_field} {code} {error_text}", retry_after=answer.retry_after)

    def _read_error(self, body: bytes) -> tuple[int | None, str]:
        """The error code of an answer (0: success; None: it has none) and the text of the error."""
        try:
            fields = msgspec.json.decode(text_of_reply(body))
        except (msgspec.DecodeError, UnicodeError):
            return None, ""
        code = fields.get(self.code_field) if isinstance(fields, dict) else None
        if not isinstance(code, int) or isinstance(code, bool):
            return None, ""
        return code, self._webhook.redact(fields.get(self.text_field, ""))

    def _not_sent(self, meaning: ErrorMeaning, why: str, retry_after: float | None) -> NotSent:
        if not meaning.setting and meaning.wait is None:
            return NotSent(self.title, why, meaning.todo, cause="letter")
        return NotSent(
            self.title,
            why,
            meaning.todo,
            cause="ours",
            setting=meaning.setting or self.setting,
            retry_after=max(meaning.wait or SETTING_WAIT, retry_after or 0.0),
        )


def fit_to_limit(message: Message, limit: int) -> str:
    """The body and the short id of a message, in at most `limit` bytes of UTF-8.

    A longer body is cut between two characters and ends with `OMISSION_MARK`.

    Control characters are left out, and `<` is replaced, because the platforms read `<at …>` as a mention of the whole
    group.
    """
    tail = f"\n〔{message.short_id}〕"
    characters = (char for char in message.body if char == "\n" or category(char) not in ("Cc", "Cs"))
    body = "".join(characters).replace("<", "＜")
    room = limit - len(tail.encode())
    if len(body.encode()) > room:
        body = body.encode()[: room - len(OMISSION_MARK.encode())].decode("utf-8", "ignore") + OMISSION_MARK
    return body + tail


def hmac_sha256(key: str, message: str) -> bytes:
    """HMAC-SHA-256 of two texts."""
    return digest(key.encode(), message.encode(), sha256)
