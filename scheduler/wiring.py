"""Composes a daemon over an engine: a post with its channels, the working days, the sealing, and counters.

Also here: an engine over an open database, the contact of the witness, and the names of the robots in the settings.
"""

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
from states.rulebook.roles import organiser, superiors
from states.vocabulary import Actor
from storage import seals
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from workflow import wiring as engine_wiring
from workflow.calendar import Calendar
from workflow.engine import Engine

from .counters import DaemonMetrics
from .daemon import INTERVAL, Daemon
from .sealing import WITNESS, Sealing, describe_seal

READER = Actor("reader", "office")
"""The actor of a context that is only read."""


def engine_over(database: Database, clock: Clock, edition: Edition) -> Engine:
    """An engine over an open database. Closing the engine closes the database."""
    return Engine(Ledger(database), clock, edition, engine_wiring.command_log())


def compose_post(
    engine: Engine, settings: Settings, channels: Mapping[str, Channel] | None = None, calendar: Calendar | None = None
) -> Post:
    """The post of an engine's database, with `channels` or, if None, with the channels of the settings."""
    rulebook = engine.editions.in_force.rulebook
    hours = SendingHours(
        time.fromisoformat(settings.post_opens), time.fromisoformat(settings.post_closes), rulebook.timezone
    )
    days = calendar or Calendar(engine.ledger.database)
    used_channels = channels_from_settings(settings, engine.clock) if channels is None else channels
    letterhead = Letterhead(
        roles={role.key: role.title.text for role in rulebook.role},
        office=organiser(rulebook),
        superiors=frozenset(superiors(rulebook)),
        contact=settings.contact,
        console=settings.console_url,
        is_working=days.is_working,
    )
    post_settings = PostSettings(
        hours=hours,
        is_working=days.is_working,
        letterhead=letterhead,
        extra_contacts=witnesses(settings),
        seal_over=partial(covering_seal, engine.ledger.database),
    )
    return Post(engine.ledger, used_channels, post_settings, logger("post").bind())


def compose_daemon(
    engine: Engine,
    settings: Settings,
    channels: Mapping[str, Channel] | None = None,
    metrics: DaemonMetrics | None = None,
    every: timedelta = INTERVAL,
    *,
    opens_years: bool | None = None,
) -> Daemon:
    """A daemon with the channels of the settings. With `channels`, one for a rehearsal or the demonstration.

    Such a daemon does not seal, does not call the outside watch, does not touch the security log, and does not doubt
    the time or report a stop.

    `opens_years` says whether it opens years by itself; None: the setting says so.
    """
    is_real = channels is None
    days = Calendar(engine.ledger.database)
    post = compose_post(engine, settings, channels, days)
    return Daemon(
        engine,
        post,
        days,
        logger("scheduler").bind(),
        metrics or DaemonMetrics(),
        owner=f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}",
        ping=make_ping(settings, engine.clock) if is_real else None,
        reports_silence=is_real,
        every=every,
        sealing=compose_sealing(engine, settings, post) if is_real else None,
        security_log_days=settings.security_log_days if is_real else 0,
        opens_years=settings.automatic_opening if opens_years is None else opens_years,
    )


def compose_sealing(engine: Engine, settings: Settings, post: Post) -> Sealing | None:
    """The sealing of the ledger; None if the settings have no key. Seals are sent only if they have a witness."""
    if settings.seal_key is None:
        return None
    zone = engine.editions.in_force.rulebook.timezone
    return Sealing(engine.ledger.database, settings.seal_key, zone, post if settings.witness_mail else None, engine)


def covering_seal(database: Database, number: int) -> dict[str, object] | None:
    """The first seal that covers entry `number`, as it is printed in letters; None while no seal covers it."""
    seal = seals.first_seal_covering(database, number)
    return None if seal is None else describe_seal(seal)


def witnesses(settings: Settings) -> tuple[Contact, ...]:
    """The contact that receives the seals by mail. Its name begins with @, unlike any account in a contact file."""
    if not settings.witness_mail:
        return ()
    address = parseaddr(settings.witness_mail)[1]
    return (Contact(account=f"@{WITNESS}", roles=(WITNESS,), language=settings.language, email=address),)


def configured_robots(settings: Settings) -> list[str]:
    """The names of the chat robots that have a URL in the settings."""
    return [name for name in ("wecom", "dingtalk", "feishu") if getattr(settings, f"{name}_url").get_secret_value()]
