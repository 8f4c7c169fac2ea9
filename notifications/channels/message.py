"""A message, the channel that sends it, and the two ways in which sending fails: certainly not sent, and not known."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Literal, Protocol
from unicodedata import category

from msgspec import Struct

from config.texts import text_of_reply
from states.user_errors import UserError
from states.vocabulary import Text

RETRY_LATER = Text(zh="系统稍后自动重试。", en="It is tried again by itself.")
CHECK_SETTING = Text(
    zh="请管理员核对 {setting}；在此之前信件都在排队，不会丢失。",
    en="Look at {setting}; until then every letter waits in the queue and none is lost.",
)
NO_RETRY = Text(zh="系统不再重试，请管理员处理。", en="It is not tried again; somebody has to see to it.")
MAYBE_TWICE = Text(
    zh="系统可能再发一次；编号相同的就是同一条。", en="It may be sent once more; the same mark is the same message."
)


FailureCause = Literal["passing", "waiting", "ours", "letter", "address"]
"""Why something was not sent.

`passing`: a later attempt may succeed; attempts are counted. `waiting`: the server asks for this letter again later (a greylist).
`ours`: a setting or the rate is wrong, so every message of the channel waits. `letter`: this letter is refused for good.
`address`: the address does not exist.
"""


class Attachment(Struct, frozen=True):
    """A file that goes with a letter: its name, its media type with parameters, its bytes (text in UTF-8). Robots take none."""

    name: str
    media_type: str
    data: bytes


class Message(Struct, frozen=True):
    """One message. `id` stays the same however often it is sent; `to` is an address of mail, empty for a robot."""

    id: str
    to: str
    subject: str
    body: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()

    @property
    def short_id(self) -> str:
        """The short form of its id: two messages with the same one are the same message."""
        return sha256(self.id.encode("utf-8", "backslashreplace")).hexdigest()[:8]


class Channel(Protocol):
    """One way to send. It tries once. Retries and the limits (None: no limit) are the post's affair."""

    @property
    def name(self) -> str: ...

    @property
    def per_minute(self) -> int | None: ...

    @property
    def per_day(self) -> int | None: ...

    def send(self, message: Message) -> None:
        """Hand the message over. Raises `NotSent` or `MaybeSent`, and nothing else."""


class DeliveryFailure(UserError):
    """A message was not delivered, or perhaps not. `why` is one line from the channel, without secrets, addresses or URLs."""

    def __init__(self, channel: Text, why: Text | str, todo: Text) -> None:
        said = why if isinstance(why, Text) else Text(zh=why, en=why)
        super().__init__(channel=channel, why=said, todo=todo)
        self.why = Text(zh=redact(said.zh), en=redact(said.en))


class NotSent(DeliveryFailure):
    """Certainly not sent. `setting` is the setting to check where the cause is `ours`, else empty.

    `retry_after`: the seconds to wait.
    """

    zh = "{channel}未发出：{why}。{todo}"
    en = "{channel} did not send it: {why}. {todo}"

    def __init__(
        self,
        channel: Text,
        why: Text | str,
        todo: Text | None = None,
        *,
        cause: FailureCause = "passing",
        setting: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(channel, why, todo or _todo(cause, setting))
        self.cause, self.setting, self.retry_after = cause, setting, retry_after

    @property
    def permanent(self) -> bool:
        """Whether another attempt at this letter would be refused too."""
        return self.cause in ("letter", "address")


def _todo(cause: FailureCause, setting: str) -> Text:
    if cause == "ours":
        return Text(zh=CHECK_SETTING.zh.format(setting=setting), en=CHECK_SETTING.en.format(setting=setting))
    return NO_RETRY if cause in ("letter", "address") else RETRY_LATER


class MaybeSent(DeliveryFailure):
    """Not known: the whole message was handed over, and no answer says what became of it."""

    zh = "{channel}是否已发出无法确定：{why}。{todo}"
    en = "It is not known whether {channel} sent it: {why}. {todo}"

    def __init__(self, channel: Text, why: Text | str) -> None:
        super().__init__(channel, why, MAYBE_TWICE)


def redact(words: object, *secrets: str) -> str:
    """The words of a server as they may be stored: one line, at most 500 characters, no control characters, no secret."""
    text = text_of_reply(words) if isinstance(words, bytes) else str(words)
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = re.sub(re.escape(secret), "…", text, flags=re.IGNORECASE)
    return " ".join("".join(" " if category(c)[0] == "C" else c for c in text).split())[:500]
