"""What the console's pages do a second and how soon they answer, against the barest page of the same size.

The bare page is what there is to reach: Starlette and one Jinja2 template that fills a table of as many cells, to the byte
as long as ours, under the same uvicorn. It asks nobody who they are, reads no database and knows nothing; the bare form is
read and answered with "see other". wrk asks ours and the bare one in turn, at 1 and at 32 clients.

A step is handed in as a browser does it: talks recorded, and undone the next time round, for one unit after the other, each
durable before it is answered. The board of 60 is asked once more over a ledger that is long of other years.

`python -m benchmarks.serving` prints it all and is done in some minutes. It needs wrk (on Debian: `apt-get install wrk`).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Any
from urllib.request import Request as Asking
from urllib.request import urlopen

import msgspec
from jinja2 import Environment
from msgspec import Struct
from rich.console import Console
from rich.table import Table
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from config import logs
from config.settings import Settings
from console import server
from console.app import app
from console.cli.options import LOOPBACK
from console.web import sessions
from console.web.credentials import set_passwords, state_of
from demo.second_year import under_way
from states.vocabulary import Digest
from storage import queries
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from workflow.engine import Engine

from . import ledgers
from .figures import Spread, ratios, spread
from .places import SqliteFiles

CLIENTS = (1, 32)
AIM = 0.6
"""Of the bare page's requests a second, what the board of 60 is to reach at 32 clients."""

SEED = 1
BOUNDARY = "kaohe-form"


class Options(Struct, frozen=True):
    """How much is measured. `grown`: how long the ledger is of other years before the small college's year is told."""

    small: int = 60
    large: int = 1_000
    grown: tuple[int, ...] = (0, 100_000)
    rounds: int = 5
    seconds: int = 4


class Site(Struct, frozen=True):
    """A console over one college under way: where it is, and sessions of the office and of whoever records."""

    url: str
    database: str
    year: int
    entries: int
    office: str
    recorder: str


class PageLoad(Struct, frozen=True):
    """What is asked for: a page of so many bytes and cells, or with `steps` a form for one of these units after the other."""

    name: str
    site: Site
    path: str
    token: str
    size: int = 0
    rows: int = 1
    columns: int = 1
    steps: tuple[str, ...] = ()


class Run(Struct, frozen=True):
    """One run of wrk. `p50` and `p99`: the milliseconds in which half, and all but a hundredth, were answered."""

    requests: int
    seconds: float
    bytes: int
    failed: int
    p50: float
    p99: float

    @property
    def a_second(self) -> float:
        """Requests answered in a second."""
        return self.requests / self.seconds


class PageComparison(Struct, frozen=True):
    """Ours and the bare one, run by run."""

    asked: PageLoad
    clients: int
    ours: list[Run]
    bare: list[Run]

    @property
    def share(self) -> Spread:
        """Of the bare one's requests a second."""
        return ratios([run.a_second for run in self.ours], [run.a_second for run in self.bare])


def run(options: Options, screen: Console) -> Iterator[PageComparison]:
    """Make the colleges, serve them, ask. Everything lies in a temporary folder and is gone afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kaohe-bench-")))
        with screen.status("making the colleges ..."):
            asked = list(_asked(stack, folder, options))
        barest = stack.enter_context(_process(_serve_bare, [(one.rows, one.columns, one.size) for one in asked]))
        for number, one in enumerate(asked):
            there = f"{barest}/" + ("" if one.steps else str(number))
            for clients in CLIENTS:
                with screen.status(f"{one.name}, {clients} clients ..."):
                    yield compare(one, there, clients, options, folder)


def _asked(stack: ExitStack, folder: Path, options: Options) -> Iterator[PageLoad]:
    for grown in options.grown:
        site = _site(stack, folder, options.small, grown)
        yield _page(f"board of {options.small}, ledger of {site.entries:,}", site, "/board", options.small)
        if not grown:
            yield _page("an assessment", site, f"/assessments/{site.year}/u01", 30)
    site = _site(stack, folder, options.large, 0)
    yield _page(f"board of {options.large:,}", site, "/board", options.large)
    with Database.open(site.database, read_only=True) as database:
        rows = queries.assessments(database, site.year)
    ready = tuple(row.unit for row in rows if row.stage == "democratic_evaluation")
    yield PageLoad("a step handed in", site, "/", site.recorder, steps=ready)


def _page(name: str, site: Site, path: str, rows: int) -> PageLoad:
    """A page as long as it is, with as many cells as the board has."""
    cookie = {"cookie": f"{sessions.COOKIE}={site.office}"}
    with urlopen(Asking(site.url + path, headers=cookie)) as answer:  # noqa: S310
        return PageLoad(name, site, path, site.office, len(answer.read()), rows, 12)


# --- who is asked ---------------------------------------------------------------------------------


def _site(stack: ExitStack, folder: Path, units: int, grown: int) -> Site:
    """The console over a college of its own, in a process of its own."""
    url = SqliteFiles(folder).url(f"college-{units}-{grown}")
    with Database.create(url) as database:
        if grown:
            ledgers.grow(database, grown, 16, lambda _: None)
        year = ledgers.next_year(Ledger(database).head())
    site: Site = stack.enter_context(_process(_serve_console, url, units, year))
    return site


@contextmanager
def _process(serves: Callable[..., None], *given: Any) -> Iterator[Any]:
    """A server in a process of its own; what it says of itself once it is ready to be asked."""
    context = get_context("spawn")
    mine, theirs = context.Pipe()
    process = context.Process(target=serves, args=(theirs, *given), daemon=True)
    process.start()
    theirs.close()
    try:
        yield mine.recv()
    finally:
        process.terminate()
        process.join()


def _serve_console(pipe: Connection, database: str, units: int, year: int) -> None:
    logs.set_up()
    engine, roles = under_way(database, ledgers.edition_in_force(), year - 1, units, SEED, set_passwords)
    with engine:
        office, recorder = (_session(engine, roles[role]) for role in ("office", "working_group"))
        with _listening(app(engine, Settings())) as (url, serving):
            pipe.send(Site(url, database, year, engine.ledger.head().number, office, recorder))
            serving()


def _session(engine: Engine, account: str) -> str:
    known = state_of(engine, account)
    proof = Digest(known.password or "")
    return sessions.start_session(engine, known, way="password", proof=proof, address=LOOPBACK, agent="wrk")


def _serve_bare(pipe: Connection, sizes: Sequence[tuple[int, int, int]]) -> None:
    routes = [Route(f"/{n}", bare(*size)) for n, size in enumerate(sizes)]
    with _listening(Starlette(routes=[*routes, Route("/", _see_other, methods=["POST"])])) as (url, serving):
        pipe.send(url)
        serving()


@contextmanager
def _listening(asgi: ASGIApp) -> Iterator[tuple[str, Callable[[], None]]]:
    """The console's own server on a free port of loopback, for either."""
    with server.listen(LOOPBACK, 0) as door:
        yield f"http://{LOOPBACK}:{door.getsockname()[1]}", lambda: server.server(asgi).run([door])


_BARE = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{{ rows | length }}</title><table>'
    "{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table></html>"
)


def bare(rows: int, columns: int, size: int) -> Callable[[Request], Any]:
    """A page of so many cells, filled so that it is exactly so long."""
    template = Environment(autoescape=True).from_string(_BARE)
    room = size - len(template.render(rows=[("",) * columns] * rows).encode())
    each, rest = divmod(max(room, 0), rows * columns)
    cells = ["办" + "x" * (each + (n < rest) - len("办".encode())) for n in range(rows * columns)]
    table = [tuple(cells[at : at + columns]) for at in range(0, len(cells), columns)]

    async def page(_request: Request) -> Response:
        return HTMLResponse(template.render(rows=table))

    return page


async def _see_other(request: Request) -> Response:
    async with request.form():
        return RedirectResponse("/0", 303)


# --- asking ---------------------------------------------------------------------------------------


def compare(asked: PageLoad, bare: str, clients: int, options: Options, folder: Path) -> PageComparison:
    """Ask ours and the bare one in turn, in changing order; the first round only warms both."""
    runs: dict[str, list[Run]] = {bare: [], asked.site.url + asked.path: []}
    for number in range(options.rounds + 1):
        for url in sorted(runs, reverse=bool(number % 2)):
            script = folder / "asked.lua"
            script.write_text(_TOLD + (_handing_in(asked, url == bare, f"{clients}-{number}") if asked.steps else ""))
            runs[url].append(_wrk(asked, url, clients, options.seconds, script))
    return PageComparison(asked, clients, runs[asked.site.url + asked.path][1:], runs[bare][1:])


def _wrk(asked: PageLoad, url: str, clients: int, seconds: int, script: Path) -> Run:
    """One run; RuntimeError if anything was not answered as it should be."""
    headers = [f"Cookie: {sessions.COOKIE}={asked.token}"]
    headers += [f"Content-Type: multipart/form-data; boundary={BOUNDARY}"] if asked.steps else []
    how = ["-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script)]
    how += [part for header in headers for part in ("-H", header)]
    said = subprocess.run(["wrk", *how, url], check=True, capture_output=True, text=True).stdout  # noqa: S607
    done = msgspec.json.decode(said.splitlines()[-1], type=Run)
    if done.failed or not done.requests or done.bytes < done.requests * asked.size:
        raise RuntimeError(f"{asked.name} at {url}: {said}")
    return done


_TOLD = """
function done(summary, latency)
  local e = summary.errors
  print(string.format('{"requests": %d, "seconds": %f, "bytes": %d, "failed": %d, "p50": %f, "p99": %f}',
    summary.requests, summary.duration / 1e6, summary.bytes, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""

_HANDING_IN = """
local units, acts, asked = %s, %s, -1  -- wrk asks for one request before it sends any
function request()
  local unit = units[asked %% #units + 1]
  local act = acts[(unit.first + math.floor(asked / #units)) %% 2 + 1]
  asked = asked + 1
  return wrk.format("POST", (act.path:gsub("UNIT", unit.id)), wrk.headers, (act.body:gsub("ASKED", asked):gsub("UNIT", unit.id)))
end
"""


_TALKED = tuple(f"talked.p-UNIT-{place}" for place in ("h1", "h2", "m1", "m2", "m3"))
"""Everybody a team of the sample can have; who is not in a team is not read."""


def _handing_in(asked: PageLoad, bare: bool, run: str) -> str:
    """The script that hands in a step for one unit after the other, beginning with what the last run left undone."""
    year = asked.site.year
    typed = {
        "record_interviews": {"held_on": f"{year}-12-10", "with_staff": "5", **dict.fromkeys(_TALKED, "1")},
        "undo_step": {"reason": "entered wrongly"},
    }
    form = {"form_token": sessions.csrf_token(asked.token), "command_id": f"step-{run}-ASKED", "_do": "confirm"}
    acts = [
        {"path": "/" if bare else f"/assessments/{year}/UNIT/{act}", "body": _body({**form, **fields})}
        for act, fields in typed.items()
    ]
    with Database.open(asked.site.database, read_only=True) as database:
        _settled(database)
        rows = [row for row in queries.assessments(database, year) if row.unit in asked.steps]
    return _HANDING_IN % (_lua([{"id": row.unit, "first": int(row.stage == "interviews")} for row in rows]), _lua(acts))


def _settled(database: Database) -> None:
    """Wait until what was asked at the end of the last run has been done too."""
    ledger, before = Ledger(database), -1
    while (number := ledger.head().number) != before:
        before = number
        sleep(0.5)


def _body(fields: dict[str, str]) -> str:
    """A form as a browser sends one that may batch files."""
    parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    return "".join(parts) + f"--{BOUNDARY}--\r\n"


def _lua(rows: list[dict[str, Any]]) -> str:
    """Rows as a Lua table: of ASCII alone, JSON's strings and numbers are Lua's."""
    made = ("{" + ", ".join(f"{name} = {json.dumps(value)}" for name, value in row.items()) + "}" for row in rows)
    return "{" + ", ".join(made) + "}"


# --- telling --------------------------------------------------------------------------------------


def _row(of: PageComparison) -> list[str]:
    def told(runs: list[Run]) -> list[str]:
        speeds, halves, most = ([getattr(one, name) for one in runs] for name in ("a_second", "p50", "p99"))
        return [f"{spread(speeds).median:,.0f}", f"{spread(halves).median:.1f}", f"{spread(most).median:.1f}"]

    return [of.asked.name, f"{of.asked.size:,}", str(of.clients), *told(of.ours), *told(of.bare), of.share.say()]


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving")
    parser.add_argument("--rounds", type=int, default=Options().rounds)
    parser.add_argument("--seconds", type=int, default=Options().seconds, help="of one run of wrk")
    parser.add_argument("--large", type=int, default=Options().large, help="units of the large board")
    parser.add_argument(
        "--grown", default=",".join(map(str, Options().grown)), help="entries of other years, with commas"
    )
    given = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is needed: apt-get install wrk")
    grown = tuple(int(size) for size in given.grown.split(","))
    options = Options(large=given.large, grown=grown, rounds=given.rounds, seconds=given.seconds)
    screen, load = Console(width=130), os.getloadavg()[0]
    found = list(run(options, screen))
    title = f"the console, load {load:.1f} to {os.getloadavg()[0]:.1f}; p50, p99 in ms"
    table = Table(title=title, title_justify="left")
    for column in ("", "bytes", "clients", "a second", "p50", "p99", "bare: a second", "p50", "p99", "share"):
        table.add_column(column, justify="right" if column else "left")
    for one in found:
        table.add_row(*_row(one))
    screen.print(table)
    reached = next(one.share.median for one in found if one.clients == max(CLIENTS))
    screen.print(
        f"{'reached' if reached >= AIM else 'MISSED'}  {found[0].asked.name}: {reached:.2f} of bare (aim {AIM})"
    )


if __name__ == "__main__":
    main()
