"""The robot of a WeCom (企业微信) group: its request body, its limits and its error codes. Messages are not signed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from states.vocabulary import Text

from .robot import ErrorMeaning, ErrorMeanings, Robot

NO_ROBOT = ErrorMeaning(
    Text(
        zh="机器人地址无效或机器人已移出群，请管理员从群机器人处重新复制到 KAOHE_WECOM_URL。",
        en="The robot's URL is not valid or the robot was removed: copy it again from the group into KAOHE_WECOM_URL.",
    ),
    "KAOHE_WECOM_URL",
)


class Wecom(Robot):
    """The channel `wecom`: 20 messages a minute, texts of 2048 bytes."""

    name = "wecom"
    per_minute = 20
    title = Text(zh="企业微信", en="WeCom")
    setting = "KAOHE_WECOM_URL"
    max_bytes = 2048
    error_meanings: ClassVar[ErrorMeanings] = {
        -1: ErrorMeaning(wait=30.0),
        45009: ErrorMeaning(wait=60.0),
        45033: ErrorMeaning(wait=60.0),
        **dict.fromkeys((93000, 93017, 40014, 40001), NO_ROBOT),
        **dict.fromkeys((40008, 40058, 44004, 45002), ErrorMeaning()),
    }
    """45009 and 45033 are about the rate, 93000 to 40001 about the URL, and 40008 to 45002 about the message."""

    def body_and_query(self, text: str, now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
        return {"msgtype": "text", "text": {"content": text}}, {}
