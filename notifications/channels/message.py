"""A message, the channel that sends it, and the two ways in which sending fails: certainly not sent, perhaps sent."""

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
"""Why a message was not sent.

`passing`: a later attempt may succeed; attempts are counted. `waiting`: the server wants this letter again later (a
greylist). `ours`: a setting or the rate is wrong, so every message of the channel waits. `letter`: the server will
never accept this letter. `address`: the address does not exist.
"""


class Attachment(Struct, frozen=True):
    """A file attached to a letter: its name, its media type with parameters, its bytes (text in UTF-8).

    Robots send no attachments.
    """

    name: str
    media_type: str
    data: bytes


class Message(Struct, frozen=True):
    """One message. `id` is the same for every attempt to send it. `to` is a mail address, or empty for a robot."""

    id: str
    to: str
    subject: str
    body: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()

    @property
    def short_id(self) -> str:
        """The short form of the id, for people: two messages with the same short id are the same message."""
        return sha256(self.id.encode("utf-8", "backslashreplace")).hexdigest()[:8]


class Channel(Protocol):
    """One way to send. It makes one attempt. The post makes the retries and applies the limits (None: no limit)."""

    @property
    def name(self) -> str: ...

    @property
    def per_minute(self) -> int | None: ...

    @property
    def per_day(self) -> int | None: ...

    def send(self, message: Message) -> None:
        """Send the message. Raises only `NotSent` and `MaybeSent`."""


class DeliveryFailure(UserError):
    """A message was not sent, or perhaps not.

    `why` is one line from the channel, without secrets, addresses or URLs.
    """

    def __init__(self, channel: Text, why: Text | str, todo: Text) -> None:
        reason = why if isinstance(why, Text) else Text(zh=why, en=why)
        super().__init__(channel=channel, why=reason, todo=todo)
        self.why = Text(zh=redact(reason.zh), en=redact(reason.en))


class NotSent(DeliveryFailure):
    """The message was certainly not sent.

    `setting`: the setting to check if the cause is `ours`, else empty. `retry_after`: the seconds that the server asks
    to wait.
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
        """Whether another attempt to send this letter would also be refused."""
        return self.cause in ("letter", "address")


def _todo(cause: FailureCause, setting: str) -> Text:
    if cause == "ours":
        return Text(zh=CHECK_SETTING.zh.format(setting=setting), en=CHECK_SETTING.en.format(setting=setting))
    return NO_RETRY if cause in ("letter", "address") else RETRY_LATER


class MaybeSent(DeliveryFailure):
    """The message may have been sent: the server got all of it, but no answer says whether it accepted it."""

    zh = "{channel}是否已发出无法确定：{why}。{todo}"
    en = "It is not known whether {channel} sent it: {why}. {todo}"

    def __init__(self, channel: Text, why: Text | str) -> None:
        super().__init__(channel, why, MAYBE_TWICE)


def redact(raw: object, *secrets: str) -> str:
    """The text of a server's answer or of an error, in a form that may be stored.

    It has one line, at most 500 characters, no control characters and no secrets.
    """
    text = text_of_reply(raw) if isinstance(raw, bytes) else str(raw)
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = re.sub(re.escape(secret), "…", text, flags=re.IGNORECASE)
    printable = (" " if category(character)[0] == "C" else character for character in text)
    return " ".join("".join(printable).split())[:500]
