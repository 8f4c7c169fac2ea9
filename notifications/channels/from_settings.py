"""Makes the channels that the settings configure: mail, and the robots of WeCom, DingTalk and Feishu.

Not here: the inbox, which always exists. Nothing is sent here, so nothing shows whether a channel works.
"""

from __future__ import annotations

from config.clock import Clock
from config.settings import BadSetting, Settings
from states.vocabulary import Text

from .dingtalk import Dingtalk
from .feishu import Feishu
from .message import Channel
from .smtp import Smtp
from .webhook import HostPolicy
from .wecom import Wecom


def channels_from_settings(settings: Settings, clock: Clock) -> dict[str, Channel]:
    """The configured channels by name, out of `mail`, `wecom`, `dingtalk` and `feishu`.

    Raises `BadSetting` if a setting is wrong.
    """
    guard = HostPolicy(settings.webhook_hosts, settings.webhook_private)
    mail = mail_channel(settings, clock)
    channels: list[Channel] = [] if mail is None else [mail]
    if url := settings.wecom_url.get_secret_value():
        channels.append(Wecom(url, clock=clock, guard=guard))
    if url := settings.dingtalk_url.get_secret_value():
        channels.append(Dingtalk(url, settings.dingtalk_secret.get_secret_value(), clock=clock, guard=guard))
    if url := settings.feishu_url.get_secret_value():
        channels.append(Feishu(url, settings.feishu_secret.get_secret_value(), clock=clock, guard=guard))
    return {channel.name: channel for channel in channels}


def mail_channel(settings: Settings, clock: Clock) -> Smtp | None:
    """The channel for mail; None if the settings have no mail server. Raises `BadSetting`."""
    if not settings.smtp_host:
        return None
    try:
        return Smtp(
            settings.smtp_host,
            settings.smtp_port,
            security=settings.smtp_security,
            user=settings.smtp_user,
            password=settings.smtp_password.get_secret_value(),
            sender=settings.smtp_from,
            reply_to=settings.smtp_reply_to,
            origin=settings.origin,
            per_minute=settings.smtp_per_minute,
            per_day=settings.smtp_per_day,
            ca_file=str(settings.smtp_ca_file) if settings.smtp_ca_file else None,
            clock=clock,
        )
    except OSError:  # This includes `ssl.SSLError`.
        why = Text(zh="不是可读的 PEM 证书文件", en="it is not a file of PEM certificates that can be read")
        raise BadSetting(setting="KAOHE_SMTP_CA_FILE", why=why) from None
