"""The outside watch: makes the function that sends a POST to a dead man's switch.

The daemon calls it after each tick without a failure (`scheduler/daemon.py`). The switch raises an alarm if no POST
comes.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from config.clock import Clock
from config.settings import Settings
from states.vocabulary import Text

from .channels.webhook import HostPolicy, Webhook

TITLE = Text(zh="外部值守", en="the outside watch")


def make_ping(settings: Settings, clock: Clock) -> Callable[[], None] | None:
    """A function that posts to the switch; None if no switch is set up.

    The function raises `NotSent` or `MaybeSent` if that fails. `make_ping` raises `BadSetting` if the URL of the switch
    is not allowed.
    """
    url = settings.ping_url.get_secret_value()
    if not url:
        return None
    host = urlsplit(url).hostname or ""
    guard = HostPolicy(settings.webhook_hosts | {host}, settings.webhook_private)
    webhook = Webhook(TITLE, url, setting="KAOHE_PING_URL", guard=guard, clock=clock)

    def ping() -> None:
        webhook.check_status(webhook.post(b"{}", {}))

    return ping
