"""The robot of a WeCom (企业微信) group. Its URL is all it asks for; there is nothing to sign."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from states.vocabulary import Text

from .robot import Robot, Trouble, Troubles


class Wecom(Robot):
    """The channel `wecom`: 20 messages a minute, texts of 2048 bytes."""

    name = "wecom"
    per_minute = 20
    title = Text(zh="企业微信", en="WeCom")
    setting = "KAOHE_WECOM_URL"
    limit = 2048
    troubles: ClassVar[Troubles] = {
        -1: Trouble(wait=30.0),
        45009: Trouble(wait=60.0),
        45033: Trouble(wait=60.0),
        93000: Trouble(
            Text(
                zh="机器人地址无效，请管理员从群机器人处重新复制到 KAOHE_WECOM_URL。",
                en="The robot's URL is not valid: copy it again from the group into KAOHE_WECOM_URL.",
            )
        ),
    }

    def form(self, text: str, now: datetime) -> tuple[dict[str, Any], dict[str, str]]:
        return {"msgtype": "text", "text": {"content": text}}, {}
