"""The robot of a Feishu (飞书) or Lark group: its request body with the signature, its limits and its error codes."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Any, ClassVar

from states.vocabulary import Text

from .robot import ErrorMeaning, ErrorMeanings, Robot, hmac_sha256

TOO_MANY_MESSAGES = ErrorMeaning(wait=60.0)
BAD_URL = ErrorMeaning(
    Text(
        zh="机器人地址无效，请管理员从群机器人处重新复制到 KAOHE_FEISHU_URL。",
        en="The robot's URL is not valid: copy it again from the group into KAOHE_FEISHU_URL.",
    ),
    "KAOHE_FEISHU_URL",
)
BAD_BODY = 9499
"""The code for a body that cannot be used. Feishu also returns it for too many messages and for a wrong token."""


class Feishu(Robot):
    """The channel `feishu`: 100 messages a minute. With a secret every message is signed."""

    name = "feishu"
    per_minute = 100
    title = Text(zh="飞书", en="Feishu")
    setting = "KAOHE_FEISHU_URL"
    max_bytes = 9_500  # A request may have at most 20 KB, and JSON may need two bytes for one byte of the text.
    code_field, text_field = "code", "msg"
    error_meanings: ClassVar[ErrorMeanings] = {
        11232: TOO_MANY_MESSAGES,
        19001: BAD_URL,
        19021: ErrorMeaning(
            Text(
                zh="签名校验未通过，请管理员核对 KAOHE_FEISHU_SECRET，并校准服务器时间。",
                en="The signature was refused: mend KAOHE_FEISHU_SECRET, and see that the server's clock is right.",
            ),
            "KAOHE_FEISHU_SECRET",
        ),
        19022: ErrorMeaning(
            Text(
                zh="本机出口 IP 不在机器人的白名单内，请管理员在飞书群中添加。",
                en="The address we come from is not on the robot's list: add it in the group.",
            ),
            "KAOHE_FEISHU_URL",
        ),
        19024: ErrorMeaning(
            Text(
                zh="机器人设有自定义关键词，请管理员把消息中必有的词（如“考核”）加为关键词，或改用签名校验。",
                en="The robot asks for a keyword: let it be one that every message holds (such as 考核), "
                "or use a signature.",
            ),
            "KAOHE_FEISHU_URL",
        ),
        BAD_BODY: ErrorMeaning(),
    }

    def body_and_query(self, text: str, now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
        stamp = int(now.timestamp())
        signature = {"timestamp": str(stamp), "sign": sign(stamp, self._secret)} if self._secret else {}
        return {**signature, "msg_type": "text", "content": {"text": text}}, {}

    def meaning_of(self, code: int, error_text: str) -> ErrorMeaning | None:
        if code == BAD_BODY and ("too many" in error_text.lower() or "frequency" in error_text.lower()):
            return TOO_MANY_MESSAGES
        if code == BAD_BODY and "token" in error_text.lower():
            return BAD_URL
        return super().meaning_of(code, error_text)


def sign(seconds: int, secret: str) -> str:
    """The signature in base64.

    The key is the time and the secret; the signed text is empty. (DingTalk's key is the secret alone, and it signs the
    time and the secret.)
    """
    return b64encode(hmac_sha256(f"{seconds}\n{secret}", "")).decode()
