"""The outside watch: after each whole tick a POST to a dead man's switch, which cries out when it hears nothing."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from config.settings import Settings
from states.vocabulary import Text

from .channels.message import Clock
from .channels.webhook import HostPolicy, Webhook

TITLE = Text(zh="外部值守", en="the outside watch")


def make_ping(settings: Settings, clock: Clock) -> Callable[[], None] | None:
    """What tells the switch that all is well; None if there is none. It raises `NotSent` or `MaybeSent`."""
    url = settings.ping_url.get_secret_value()
    if not url:
        return None
    host = urlsplit(url).hostname or ""
    guard = HostPolicy(settings.webhook_hosts | {host}, settings.webhook_private)
    webhook = Webhook(TITLE, url, setting="KAOHE_PING_URL", guard=guard, clock=clock)

    def ping() -> None:
        webhook.check_status(webhook.post(b"{}", {}))

    return ping
