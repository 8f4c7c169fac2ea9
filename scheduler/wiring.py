"""Puts a daemon together: an engine, a post with its channels, the working days, counters."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import time, timedelta
from email.utils import parseaddr
from functools import partial
from uuid import uuid4

from config.clock import Clock
from config.logs import logger
from config.rulebooks import Edition
from config.settings import Settings
from notifications.channels.from_settings import channels_from_settings
from notifications.channels.message import Channel
from notifications.contacts import Contact
from notifications.hours import SendingHours
from notifications.letter_text import Letterhead
from notifications.ping import make_ping
from notifications.post import Post
from notifications.post_settings import PostSettings
from states.vocabulary import Actor
from storage import seals
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from workflow import wiring as engine_wiring
from workflow.calendar import Calendar
from workflow.engine import Engine

from .counters import DaemonMetrics
from .daemon import INTERVAL, Daemon
from .sealing import WITNESS, Sealing, shown

READER = Actor("reader", "office")


def engine_over(database: Database, clock: Clock, edition: Edition) -> Engine:
    """An engine over a database that is open already; closing it closes the database."""
    return Engine(Ledger(database), clock, edition, engine_wiring.log())


def post(
    engine: Engine, settings: Settings, channels: Mapping[str, Channel] | None = None, calendar: Calendar | None = None
) -> Post:
    """The post of an engine's database, with the channels of the settings, or with `channels`."""
    rulebook = engine.editions.in_force.rulebook
    hours = SendingHours(
        time.fromisoformat(settings.post_opens), time.fromisoformat(settings.post_closes), rulebook.timezone
    )
    days = calendar or Calendar(engine.ledger.database)
    ways = channels_from_settings(settings, engine.clock) if channels is None else channels
    paper = Letterhead(
        roles={role.key: role.title.text for role in rulebook.role}, contact=settings.contact,
        console=settings.console_url, is_working=days.is_working,
    )  # fmt: skip
    made = PostSettings(
        hours=hours, is_working=days.is_working, letterhead=paper, beside=witnesses(settings),
        covering=partial(covering, engine.ledger.database),
    )  # fmt: skip
    return Post(engine.ledger, ways, made, logger("post").bind())


def daemon(
    engine: Engine, settings: Settings, channels: Mapping[str, Channel] | None = None, metrics: DaemonMetrics | None = None,
    every: timedelta = INTERVAL, *, opens_years: bool | None = None,
) -> Daemon:  # fmt: skip
    """A daemon. With `channels` it is one for a virtual clock, which pings nobody and seals nothing.

    The setting says whether it opens years by itself, unless `opens_years` does.
    """
    days = Calendar(engine.ledger.database)
    ping = make_ping(settings, engine.clock) if channels is None else None
    office = post(engine, settings, channels, days)
    return Daemon(
        engine, office, days, logger("scheduler").bind(), metrics or DaemonMetrics(),
        owner=f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}", ping=ping,
        reports_silence=channels is None, every=every, sealing=sealing(engine, settings, office) if channels is None else None,
        security_log_days=settings.security_log_days if channels is None else 0,
        opens_years=settings.automatic_opening if opens_years is None else opens_years,
    )  # fmt: skip


def sealing(engine: Engine, settings: Settings, office: Post) -> Sealing | None:
    """The sealing of the ledger; None without a key."""
    if settings.seal_key is None:
        return None
    zone = engine.editions.in_force.rulebook.timezone
    return Sealing(engine.ledger.database, settings.seal_key, zone, office if settings.witness_mail else None, engine)


def covering(database: Database, number: int) -> dict[str, object] | None:
    """What is printed of the first seal that covers an entry; None while none does."""
    seal = seals.first_over(database, number)
    return None if seal is None else shown(seal)


def witnesses(settings: Settings) -> tuple[Contact, ...]:
    """The contact that seals are mailed to. Its name begins with @, which no account of a file of contacts can."""
    if not settings.witness_mail:
        return ()
    address = parseaddr(settings.witness_mail)[1]
    return (Contact(account=f"@{WITNESS}", roles=(WITNESS,), language=settings.language, email=address),)


def robots(settings: Settings) -> list[str]:
    """The robots of group chats that are set up."""
    return [name for name in ("wecom", "dingtalk", "feishu") if getattr(settings, f"{name}_url").get_secret_value()]
