"""The robot of a DingTalk (钉钉) group: its request body, the signature in the URL, its limits and its error codes."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from states.vocabulary import Text

from .robot import ErrorMeaning, ErrorMeanings, Robot, hmac_sha256

TEN_MINUTES = ErrorMeaning(wait=600.0)
"""DingTalk ignores a robot for ten minutes after too many messages."""
NO_ROBOT = ErrorMeaning(
    Text(
        zh="机器人不存在、已停用或群已解散，请管理员在钉钉群中核对并更新 KAOHE_DINGTALK_URL。",
        en="The robot is gone or stopped, or its group is: look in the group and mend KAOHE_DINGTALK_URL.",
    ),
    "KAOHE_DINGTALK_URL",
)
SECURITY_REFUSAL = 310000
"""The code for a refusal by any of the three security settings of a robot.

Only the text of the error says which setting refused the message. `meaning_of` also looks for the rate in this text.
"""
MISSING_KEYWORD = ErrorMeaning(
    Text(
        zh="机器人设有自定义关键词，请管理员把消息中必有的词（如“考核”）加为关键词，或改用加签。",
        en="The robot asks for a keyword: let it be one that every message holds (such as 考核), or use a signature.",
    ),
    "KAOHE_DINGTALK_URL",
)
BAD_SIGNATURE = ErrorMeaning(
    Text(
        zh="加签未通过，请管理员核对 KAOHE_DINGTALK_SECRET，并校准服务器时间。",
        en="The signature was refused: mend KAOHE_DINGTALK_SECRET, and see that the server's clock is right.",
    ),
    "KAOHE_DINGTALK_SECRET",
)
ADDRESS_NOT_LISTED = ErrorMeaning(
    Text(
        zh="本机出口 IP 不在机器人的地址名单内，请管理员在钉钉群中添加。",
        en="The address we come from is not on the robot's list: add it in the group.",
    ),
    "KAOHE_DINGTALK_URL",
)
BAD_MESSAGE = ErrorMeaning()
"""It has neither a setting nor a wait: the message itself is refused, and it is given up."""


class Dingtalk(Robot):
    """The channel `dingtalk`: 20 messages a minute. With a secret every message is signed."""

    name = "dingtalk"
    per_minute = 20
    title = Text(zh="钉钉", en="DingTalk")
    setting = "KAOHE_DINGTALK_URL"
    max_bytes = 9_500  # A request may have at most 20,000 bytes, and JSON can double the bytes of the text (escapes).
    error_meanings: ClassVar[ErrorMeanings] = {
        -1: ErrorMeaning(wait=30.0),
        130101: TEN_MINUTES,
        410100: TEN_MINUTES,
        660026: TEN_MINUTES,
        **dict.fromkeys((40035, 43004, 400105, 430101, 430102, 430103, 430104), BAD_MESSAGE),
        **dict.fromkeys((300001, 300005, 400013, 400101, 400102, 400106), NO_ROBOT),
    }

    def body_and_query(self, text: str, now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
        milliseconds = (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
        signature = {"timestamp": str(milliseconds), "sign": sign(milliseconds, self._secret)} if self._secret else {}
        return {"msgtype": "text", "text": {"content": text}}, signature

    def meaning_of(self, code: int, error_text: str) -> ErrorMeaning | None:
        if code != SECURITY_REFUSAL:
            return super().meaning_of(code, error_text)
        lower_text = error_text.lower()
        if "keyword" in lower_text or "关键词" in lower_text:
            return MISSING_KEYWORD
        if any(part in lower_text for part in ("whitelist", "白名单", "not allowed")):
            return ADDRESS_NOT_LISTED
        return TEN_MINUTES if "too fast" in lower_text or "频率" in lower_text else BAD_SIGNATURE


def sign(milliseconds: int, secret: str) -> str:
    """The signature in base64: HMAC-SHA-256 with the secret as key, over the time, a line feed and the secret."""
    return b64encode(hmac_sha256(secret, f"{milliseconds}\n{secret}")).decode()
