"""A mail server for the demonstration: takes everything on loopback and keeps each letter as a file. Sends nothing on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from threading import Thread

from aiosmtpd.smtp import SMTP, Envelope, Session
from msgspec import Struct

from storage import private_files


class Mailbox:
    """The letters taken so far, `0001-<to>.eml` and so on in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken = 0
        private_files.make_folder(folder)
        for old in folder.glob("*.eml"):
            old.unlink()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one letter."""
        assert isinstance(envelope.content, bytes)
        self.taken += 1
        to = envelope.rcpt_tos[0].partition("@")[0]
        private_files.create(self.folder / f"{self.taken:04}-{to}.eml", envelope.content, durable=False)
        return "250 OK"

    def subjects(self) -> list[str]:
        """The subject of each letter, as a mail program shows it."""
        letters = (file.read_bytes() for file in sorted(self.folder.glob("*.eml")))
        return [str(message_from_bytes(raw, policy=default)["Subject"]) for raw in letters]


@contextmanager
def listening(folder: Path) -> Iterator[tuple[Mailbox, int]]:
    """A mailbox with its port; it is gone at the end, its files stay."""
    box, loop = Mailbox(folder), asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: SMTP(box, loop=loop), "127.0.0.1", 0))
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield box, server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


class Tally(Struct, frozen=True):
    """The letters to the people of one role: how many people, letters, most for one of them, lines in the longest."""

    role: str
    people: int
    letters: int
    most: int
    lines: int


def tallies(folder: Path, roles: Mapping[str, str]) -> list[Tally]:
    """The letters in a mailbox's folder by role; `roles` has the role of each account."""
    lines: dict[str, list[int]] = {account: [] for account in roles}
    for file in sorted(folder.glob("*.eml")):
        body = message_from_bytes(file.read_bytes(), policy=default).get_body()
        assert body is not None
        lines[file.stem.partition("-")[2]].append(len(body.get_content().strip().splitlines()))
    made = []
    for role in dict.fromkeys(roles.values()):
        mine = [lines[account] for account in roles if roles[account] == role]
        counts = [len(one) for one in mine]
        longest = max((most for one in mine for most in one), default=0)
        made.append(Tally(role, len(mine), sum(counts), max(counts), longest))
    return made
