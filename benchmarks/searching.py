"""Measures a search over the names of many files: the first one of a process, and every later one.

    python -m benchmarks.searching [--files 100000] [--entries 20000] [--dialect postgresql]

The ledger is that of sample years. The names are invented, encrypted as the program does it, and spread over the entries
of its assessments. Measured is the whole request of the page, from the session to the HTML. The first search reads and
decrypts every name; a later one reads only what is new.
"""

from __future__ import annotations

import argparse
import os
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import httpx2
from anyio.from_thread import BlockingPortal, start_blocking_portal
from sqlalchemy import insert, select

from config import logs
from config.clock import VirtualClock
from config.settings import Settings
from console.app import app
from console.cli.options import LOOPBACK
from console.web import sessions
from console.web.credentials import set_passwords, state_of
from console.web.search.index import SearchIndex
from demo import college
from demo.second_year import run_second_year
from states.vocabulary import Actor, Digest
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from storage.master_key import MasterKey
from storage.tables.ledger import COMMAND, ENTRY
from storage.tables.papers import ATTACHMENT, DOCUMENT
from storage.vault import encrypted_columns
from storage.vault.vault import use_key
from workflow import wiring
from workflow.engine import Engine
from workflow.year import register

from . import ledgers
from .figures import spread
from .places import Place, SqliteFiles, server

AIM = 50.0
"""The aim: the median of every later search, in ms."""

UNITS, SEED = 60, 1
SEARCHES = (
    ("one name", "{name}"),
    ("two words", "学习 第77"),
    ("in every name", "pdf"),
    ("a department", "学院"),
    ("an act", "计分"),
    ("nothing", "查无此件"),
)
"""What is searched for: a title, and the typed text."""

_WORDS = ("自评报告", "会议记录", "学习计划", "整改台账", "谈话记录", "廉政教育照片", "佐证材料目录", "风险排查表")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.searching")
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--dialect", choices=("sqlite", "postgresql"), default="sqlite")
    arguments = parser.parse_args()
    logs.set_up_log(level="error")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kaohe-bench-")))
        place: Place = SqliteFiles(folder) if arguments.dialect == "sqlite" else stack.enter_context(server())
        engine, roles = _college(place, arguments.entries)
        stack.enter_context(engine)
        use_key(engine.ledger.database, MasterKey.create(folder / "vault.key"))
        last_name = _add_files(engine.ledger.database, arguments.files)
        portal = stack.enter_context(start_blocking_portal())
        load = os.getloadavg()[0]
        for line in _measure(engine, roles, portal, last_name, arguments.rounds):
            print(line)
        print(f"{arguments.dialect}, load {load:.1f} to {os.getloadavg()[0]:.1f}")


def _college(place: Place, entries: int) -> tuple[Engine, dict[str, str]]:
    """A ledger of this size, and after it a college with accounts in its second year."""
    place.make("search")
    url = place.url("search")
    with Database.open(url) as database:
        ledgers.grow(database, entries, UNITS, lambda _: None)
        year = ledgers.next_year(Ledger(database).head())
    clock = VirtualClock(datetime(year - 1, 10, 8, tzinfo=UTC))
    with wiring.compose_engine(url, clock, ledgers.edition_in_force()) as engine:
        register(engine, college.units(UNITS, SEED), Actor("office-1", "office"))
    return run_second_year(url, ledgers.edition_in_force(), year - 1, UNITS, SEED, set_passwords)


def _add_files(database: Database, count: int) -> str:
    """Add a file to the entries of assessments in turn, until there are so many. Returns the last name."""
    random, name = Random(SEED), ""
    commands = select(COMMAND.c.id, ENTRY.c.stream).join(ENTRY, ENTRY.c.number == COMMAND.c.first)
    with database.reading() as connection:
        places = connection.execute(commands.where(ENTRY.c.stream.like("assessment/%")).order_by(ENTRY.c.number)).all()
    rows = []
    for number in range(count):
        command, stream = places[number % len(places)]
        name = f"第{number}号 {random.choice(_WORDS)}（{random.choice(_WORDS)}）{random.randrange(10**6)}.pdf"
        digest = sha256(str(number).encode()).hexdigest()
        row = {"command": command, "sha256": digest, "stream": stream, "name": name}
        id_ = encrypted_columns.row_id(command, digest)
        rows.append(encrypted_columns.encrypt_row(database, ATTACHMENT.name, id_, row))
    stored_at = datetime(2026, 1, 1, tzinfo=UTC)
    document = {"size": 1, "media_type": "application/pdf", "stored_at": stored_at}
    with database.writing() as connection:
        connection.execute(insert(DOCUMENT), [{"sha256": row["sha256"], **document} for row in rows])
        connection.execute(insert(ATTACHMENT), rows)
    return name


def _measure(
    engine: Engine, roles: dict[str, str], portal: BlockingPortal, last_name: str, rounds: int
) -> Iterator[str]:
    tracemalloc.start()
    contents = SearchIndex(engine.ledger).contents()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    yield (
        f"{len(contents.files.texts):,} names, {len(contents.numbers):,} entries: the index has {size / 2**20:.0f} MiB, "
        f"{size / max(len(contents.files.texts), 1):,.0f} bytes a name"
    )
    for role in ("office", "committee", "unit"):
        application = app(engine, Settings(second_factor="optional"))  # a new one, with nothing in memory
        token = _session(engine, roles[role])
        client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(application),
            base_url="https://localhost",
            headers={"cookie": f"{sessions.COOKIE}={token}"},
        )
        first = _milliseconds(portal, client, "查无此件")
        yield f"{role}: the first search {first:,.0f} ms"
        for title, pattern in SEARCHES:
            typed = pattern.replace("{name}", last_name)
            warm = _milliseconds(portal, client, typed)
            started = process_time()
            times = spread([_milliseconds(portal, client, typed) for _ in range(rounds)])
            processor = (process_time() - started) * 1e3 / rounds
            verdict = "reached" if times.median <= AIM else "MISSED"
            yield (
                f"  {title}: {times.median:.1f} ms ({times.least:.1f} at least, the first {warm:.0f}, "
                f"{processor:.1f} of processor time)  {verdict}"
            )


def _session(engine: Engine, account: str) -> str:
    state = state_of(engine, account)
    proof = Digest(state.password or "")
    return sessions.start_session(engine, state, way="password", proof=proof, address=LOOPBACK, agent="bench")


def _milliseconds(portal: BlockingPortal, client: httpx2.AsyncClient, typed: str) -> float:
    async def ask() -> httpx2.Response:
        return await client.get("/search", params={"q": typed})

    started = perf_counter()
    answer = portal.call(ask)
    assert answer.status_code == 200, answer.text
    return (perf_counter() - started) * 1e3


if __name__ == "__main__":
    main()
