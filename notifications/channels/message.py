"""What is sent, what sends it, and the two ways in which that fails: certainly not sent, and not known."""

from __future__ import annotations

import re
from datetime import datetime
from hashlib import sha256
from typing import Literal, Protocol
from unicodedata import category

from msgspec import Struct

from config.texts import spoken
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

`passing`: it may go another time, and each try counts. `waiting`: this letter is asked to come again (a greylist).
`ours`: a setting or the pace, so every letter of the channel waits. `letter`: this letter is refused for good.
`address`: the address does not exist.
"""


class Clock(Protocol):
    """Whoever says what time it is: aware, UTC."""

    def now(self) -> datetime: ...


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
    def mark(self) -> str:
        """The short form of its id, by which a reader sees that two messages are one."""
        return sha256(self.id.encode("utf-8", "backslashreplace")).hexdigest()[:8]


class Channel(Protocol):
    """One way to send. It tries once: trying again, and keeping to the pace (None: no limit), is the post's."""

    @property
    def name(self) -> str: ...

    @property
    def per_minute(self) -> int | None: ...

    @property
    def per_day(self) -> int | None: ...

    def send(self, message: Message) -> None:
        """Hand the message over. Raises `NotSent` or `MaybeSent`, and nothing else."""


class DeliveryFailure(UserError):
    """The root of both. `why` is what the channel said: one line, without secrets, addresses or URLs."""

    def __init__(self, channel: Text, why: Text | str, todo: Text) -> None:
        said = why if isinstance(why, Text) else Text(zh=why, en=why)
        super().__init__(channel=channel, why=said, todo=todo)
        self.why = Text(zh=redact(said.zh), en=redact(said.en))


class NotSent(DeliveryFailure):
    """Certainly not sent, by which `cause`; `setting` is what to look at where that is `ours`, else empty.

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
        """Whether it is no use to try this letter again."""
        return self.cause in ("letter", "address")


def _todo(cause: FailureCause, setting: str) -> Text:
    if cause == "ours":
        return Text(zh=CHECK_SETTING.zh.format(setting=setting), en=CHECK_SETTING.en.format(setting=setting))
    return NO_RETRY if cause in ("letter", "address") else RETRY_LATER


class MaybeSent(DeliveryFailure):
    """Not known: all of it was handed over, and no answer came that says what became of it."""

    zh = "{channel}是否已发出无法确定：{why}。{todo}"
    en = "It is not known whether {channel} sent it: {why}. {todo}"

    def __init__(self, channel: Text, why: Text | str) -> None:
        super().__init__(channel, why, MAYBE_TWICE)


def redact(words: object, *secrets: str) -> str:
    """A stranger's words, fit to be kept: one line of at most 500 characters, no control characters, no secret."""
    text = spoken(words) if isinstance(words, bytes) else str(words)
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = re.sub(re.escape(secret), "…", text, flags=re.IGNORECASE)
    return " ".join("".join(" " if category(c)[0] == "C" else c for c in text).split())[:500]
