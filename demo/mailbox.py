"""A mail server for the demonstration: it accepts every letter on loopback and stores it as a file. It sends none.

Also here: the number and the length of the stored letters by role (`tallies`).
"""

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
    """The accepted letters, as files `0001-<recipient>.eml` and so on in `folder`. Older files there are deleted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        private_files.make_folder(folder)
        for old in folder.glob("*.eml"):
            old.unlink()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Store one letter. The name of this method is that of aiosmtpd."""
        assert isinstance(envelope.content, bytes)
        self.count += 1
        recipient = envelope.rcpt_tos[0].partition("@")[0]
        private_files.create(self.folder / f"{self.count:04}-{recipient}.eml", envelope.content, durable=False)
        return "250 OK"

    def subjects(self) -> list[str]:
        """The subject of each letter, decoded."""
        letters = (file.read_bytes() for file in sorted(self.folder.glob("*.eml")))
        return [str(message_from_bytes(raw, policy=default)["Subject"]) for raw in letters]


@contextmanager
def serve_mail(folder: Path) -> Iterator[tuple[Mailbox, int]]:
    """Run a mail server in a thread. Gives its mailbox and port. At the end it stops; the files stay."""
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
    """The numbers of people in one role and of their letters.

    `most` is the number of letters of the person with the most, `lines` the number of lines of the longest letter.
    """

    role: str
    people: int
    letters: int
    most: int
    lines: int


def tallies(folder: Path, roles: Mapping[str, str]) -> list[Tally]:
    """The letters in the folder of a mailbox, counted by role. `roles` has the role of each account."""
    lines: dict[str, list[int]] = {account: [] for account in roles}
    for file in sorted(folder.glob("*.eml")):
        body = message_from_bytes(file.read_bytes(), policy=default).get_body()
        assert body is not None
        lines[file.stem.partition("-")[2]].append(len(body.get_content().strip().splitlines()))
    result = []
    for role in dict.fromkeys(roles.values()):
        of_role = [lines[account] for account in roles if roles[account] == role]
        counts = [len(letters) for letters in of_role]
        longest = max((length for letters in of_role for length in letters), default=0)
        result.append(Tally(role, len(of_role), sum(counts), max(counts), longest))
    return result
