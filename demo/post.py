"""The post of the sample college, whose letters go to the demonstration's own mail server; and a daemon in a thread.

Also here: the contacts of the college, which replace all others, and the number of letters by role.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from msgspec.structs import asdict

from config.clock import Clock, VirtualClock
from config.settings import Settings
from notifications.channels.smtp import Smtp
from notifications.post import Post
from scheduler import wiring
from scheduler.daemon import INTERVAL
from states.accounts.account import OPERATOR
from workflow.contacts import replace_contacts
from workflow.engine import Engine

from .mailbox import serve_mail, tallies
from .sample import Sample

_TELEPHONE = "0000-0000000"
"""The office's telephone number at the end of every letter. It is invented."""


@contextmanager
def post(engine: Engine, clock: VirtualClock, sample: Sample, mail: Path | None) -> Iterator[Post | None]:
    """Replace all contacts by those of the sample college. Yields a post that writes to them; None if `mail` is None.

    The letters become files in the folder `mail`.
    """
    replace_contacts(engine, [contact.row() for contact in sample.contacts()], OPERATOR)
    if mail is None:
        yield None
        return
    with serve_mail(mail) as (_, port):
        channel = _channel(port, clock)
        yield wiring.compose_post(engine, Settings(contact=_TELEPHONE), {channel.name: channel})


@contextmanager
def daemon_in_thread(engine: Engine, mail: Path) -> Iterator[None]:
    """Run a daemon in a thread, with the clock of the engine. Its letters become files in the folder `mail`."""
    is_ending = Event()
    with serve_mail(mail) as (_, port):
        channel = _channel(port, engine.clock)
        daemon = wiring.compose_daemon(engine, Settings(contact=_TELEPHONE), {channel.name: channel})

        def tick_until_end() -> None:
            daemon.once()
            while not is_ending.wait(INTERVAL.total_seconds()):
                daemon.once()

        thread = Thread(target=tick_until_end, name="daemon of the demonstration", daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_ending.set()
            thread.join()


def letters_by_role(sample: Sample, mail: Path | None) -> list[dict[str, Any]]:
    """The letters by role (`Tally`), for the figures of the demonstration; empty without a mail folder."""
    roles = {contact.account: contact.roles[0] for contact in sample.contacts()}
    return [asdict(tally) for tally in tallies(mail, roles)] if mail else []


def _channel(port: int, clock: Clock) -> Smtp:
    return Smtp(
        "127.0.0.1",
        port,
        security="none",
        sender="考核系统 <kaohe@college.invalid>",
        origin="college.invalid",
        clock=clock,
    )
