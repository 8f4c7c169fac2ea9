"""Measures how fast the console answers requests, compared with a bare page of the same size.

The bare page is the ceiling: Starlette and one Jinja2 template that fills a table with as many cells, of exactly the
same length, under the same uvicorn. It has no sign-in and reads no database. The bare form is read and answered with
"see other". wrk requests our page and the bare page in turn, with 1 and with 32 clients. Everything is on SQLite.

A step is submitted as by a browser: interviews are recorded, and undone in the next round, for one department after the
other, each durable before it is answered. The board of 60 is measured once more on a ledger that also has other years.

`python -m benchmarks.serving` prints everything and takes some minutes. It needs wrk (on Debian: `apt-get install
wrk`).
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
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Any
from urllib.request import Request as UrlRequest
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
from config.clock import VirtualClock
from config.settings import Settings
from console import server
from console.app import app
from console.cli.options import LOOPBACK
from console.web import sessions
from console.web.credentials import set_passwords, state_of
from demo import college
from demo.second_year import run_second_year
from states.vocabulary import Actor, Digest
from storage import queries
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from workflow import wiring
from workflow.engine import Engine
from workflow.year import register

from . import ledgers
from .figures import Spread, ratios, spread
from .places import SqliteFiles

CLIENTS = (1, 32)
AIM = 0.6
"""The aim: the share of the bare page's requests in a second that the board of 60 reaches with 32 clients."""

SEED = 1
BOUNDARY = "kaohe-form"


class Options(Struct, frozen=True):
    """The size of a run. `grown`: the numbers of entries of other years that the small college's ledger has first."""

    small: int = 60
    large: int = 1_000
    grown: tuple[int, ...] = (0, 100_000)
    rounds: int = 5
    seconds: int = 4


class Site(Struct, frozen=True):
    """A console over one college: its address, and the sessions of the office and of the account that records."""

    url: str
    database: str
    year: int
    entries: int
    office: str
    recorder: str


class PageLoad(Struct, frozen=True):
    """What wrk requests: a page of so many bytes and cells, or a form for each of the departments `steps` in turn.

    `token` is the session with which it is requested.
    """

    name: str
    site: Site
    path: str
    token: str
    size: int = 0
    rows: int = 1
    columns: int = 1
    steps: tuple[str, ...] = ()


class Run(Struct, frozen=True):
    """The figures of one run of wrk. `p50`, `p99`: half of the requests, and 99 of 100, took at most so many ms."""

    requests: int
    seconds: float
    bytes: int
    failed: int
    p50: float
    p99: float

    @property
    def a_second(self) -> float:
        """The requests that were answered in a second."""
        return self.requests / self.seconds


class PageComparison(Struct, frozen=True):
    """The runs of our page and of the bare page."""

    load: PageLoad
    clients: int
    ours: list[Run]
    bare: list[Run]

    @property
    def share(self) -> Spread:
        """Our requests in a second divided by those of the bare page."""
        return ratios([run.a_second for run in self.ours], [run.a_second for run in self.bare])


def run(options: Options, screen: Console) -> Iterator[PageComparison]:
    """Make the colleges, serve them, and measure. Everything is in a temporary folder, which is deleted at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="kaohe-bench-")))
        with screen.status("making the colleges ..."):
            loads = list(_loads(stack, folder, options))
        sizes = [(load.rows, load.columns, load.size) for load in loads]
        bare_site = stack.enter_context(_process(_serve_bare, sizes))
        for number, load in enumerate(loads):
            bare_url = f"{bare_site}/" + ("" if load.steps else str(number))
            for clients in CLIENTS:
                with screen.status(f"{load.name}, {clients} clients ..."):
                    yield compare(load, bare_url, clients, options, folder)


def _loads(stack: ExitStack, folder: Path, options: Options) -> Iterator[PageLoad]:
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
    if len(ready) <= max(CLIENTS):
        # Two clients at one department: the second's step is rightly refused, which wrk would count as a failure.
        raise ValueError(f"{len(ready)} departments wait for interviews; {max(CLIENTS)} clients need more: see --large")
    yield PageLoad("a step handed in", site, "/", site.recorder, steps=ready)


def _page(name: str, site: Site, path: str, rows: int) -> PageLoad:
    """The load of a page: its length, which is measured by one request, and `rows` rows of twelve cells."""
    cookie = {"cookie": f"{sessions.COOKIE}={site.office}"}
    with urlopen(UrlRequest(site.url + path, headers=cookie)) as answer:  # noqa: S310
        return PageLoad(name, site, path, site.office, len(answer.read()), rows, 12)


# --- the servers ----------------------------------------------------------------------------------


def _site(stack: ExitStack, folder: Path, units: int, grown: int) -> Site:
    """A console over a new college, in a process of its own."""
    url = SqliteFiles(folder).url(f"college-{units}-{grown}")
    with Database.create(url) as database:
        if grown:
            ledgers.grow(database, grown, 16, lambda _: None)
        year = ledgers.next_year(Ledger(database).head())
    site: Site = stack.enter_context(_process(_serve_console, url, units, year))
    return site


@contextmanager
def _process(serve: Callable[..., None], *arguments: Any) -> Iterator[Any]:
    """A server in a process of its own. Yields what it sends when it is ready."""
    context = get_context("spawn")
    mine, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        yield mine.recv()
    finally:
        process.terminate()
        process.join()


def _serve_console(pipe: Connection, database: str, units: int, year: int) -> None:
    logs.set_up_log()
    # The second year reorganises departments that the first one put on the roster.
    with wiring.compose_engine(
        database, VirtualClock(datetime(year - 1, 10, 8, tzinfo=UTC)), ledgers.edition_in_force()
    ) as engine:
        register(engine, college.units(units, SEED), Actor("office-1", "office"))
    engine, roles = run_second_year(database, ledgers.edition_in_force(), year - 1, units, SEED, set_passwords)
    with engine:
        office, recorder = (_session(engine, roles[role]) for role in ("office", "working_group"))
        with _listening(app(engine, Settings())) as (url, serving):
            pipe.send(Site(url, database, year, engine.ledger.head().number, office, recorder))
            serving()


def _session(engine: Engine, account: str) -> str:
    state = state_of(engine, account)
    proof = Digest(state.password or "")
    return sessions.start_session(engine, state, way="password", proof=proof, address=LOOPBACK, agent="wrk")


def _serve_bare(pipe: Connection, sizes: Sequence[tuple[int, int, int]]) -> None:
    routes = [Route(f"/{n}", bare(*size)) for n, size in enumerate(sizes)]
    with _listening(Starlette(routes=[*routes, Route("/", _see_other, methods=["POST"])])) as (url, serving):
        pipe.send(url)
        serving()


@contextmanager
def _listening(asgi: ASGIApp) -> Iterator[tuple[str, Callable[[], None]]]:
    """The console's own server on a free port of loopback, for both. Yields its URL and a function that serves."""
    with server.listen(LOOPBACK, 0) as listener:
        yield f"http://{LOOPBACK}:{listener.getsockname()[1]}", lambda: server.make_server(asgi).run([listener])


_BARE = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{{ rows | length }}</title><table>'
    "{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table></html>"
)


def bare(rows: int, columns: int, size: int) -> Callable[[Request], Any]:
    """The function of a page with so many cells, filled so that it has exactly this length in bytes."""
    template = Environment(autoescape=True).from_string(_BARE)
    length = size - len(template.render(rows=[("",) * columns] * rows).encode())
    each, rest = divmod(max(length, 0), rows * columns)
    cells = ["办" + "x" * (each + (n < rest) - len("办".encode())) for n in range(rows * columns)]
    table = [tuple(cells[start : start + columns]) for start in range(0, len(cells), columns)]

    async def page(_request: Request) -> Response:
        return HTMLResponse(template.render(rows=table))

    return page


async def _see_other(request: Request) -> Response:
    async with request.form():
        return RedirectResponse("/0", 303)


# --- the requests -----------------------------------------------------------------------------------


def compare(load: PageLoad, bare_url: str, clients: int, options: Options, folder: Path) -> PageComparison:
    """Request our page and the bare page in turn, in changing order. The first round only warms both."""
    our_url = load.site.url + load.path
    runs: dict[str, list[Run]] = {bare_url: [], our_url: []}
    for number in range(options.rounds + 1):
        for url in sorted(runs, reverse=bool(number % 2)):
            script = folder / "load.lua"
            steps = _step_script(load, url == bare_url, f"{clients}-{number}") if load.steps else ""
            script.write_text(_REPORT + steps)
            runs[url].append(_wrk(load, url, clients, options.seconds, script))
    return PageComparison(load, clients, runs[our_url][1:], runs[bare_url][1:])


def _wrk(load: PageLoad, url: str, clients: int, seconds: int, script: Path) -> Run:
    """One run of wrk. Raises RuntimeError if a request failed or an answer was too short."""
    headers = [f"Cookie: {sessions.COOKIE}={load.token}"]
    headers += [f"Content-Type: multipart/form-data; boundary={BOUNDARY}"] if load.steps else []
    options = ["-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script)]
    options += [part for header in headers for part in ("-H", header)]
    output = subprocess.run(["wrk", *options, url], check=True, capture_output=True, text=True).stdout  # noqa: S607
    run = msgspec.json.decode(output.splitlines()[-1], type=Run)
    if run.failed or not run.requests or run.bytes < run.requests * load.size:
        raise RuntimeError(f"{load.name} at {url}: {output}")
    return run


_REPORT = """
function done(summary, latency)
  local e = summary.errors
  print(string.format('{"requests": %d, "seconds": %f, "bytes": %d, "failed": %d, "p50": %f, "p99": %f}',
    summary.requests, summary.duration / 1e6, summary.bytes, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""

_SUBMIT_STEPS = """
local units, acts, count = %s, %s, -1  -- wrk calls `request` once before it sends any
function request()
  local unit = units[count %% #units + 1]
  local act = acts[(unit.first + math.floor(count / #units)) %% 2 + 1]
  count = count + 1
  return wrk.format("POST", (act.path:gsub("UNIT", unit.id)), wrk.headers, (act.body:gsub("COUNT", count):gsub("UNIT", unit.id)))
end
"""


_TALK_FIELDS = tuple(f"talked.p-UNIT-{post}" for post in ("h1", "h2", "m1", "m2", "m3", "new"))
"""The fields of every possible member of a sample team. The form ignores those who are not in the team."""


def _step_script(load: PageLoad, to_bare_page: bool, run_id: str) -> str:
    """The Lua script for wrk that submits a step for one department after the other.

    It waits until the requests of the run before are done, and begins where that run ended.
    """
    year = load.site.year
    fields_of_acts = {
        "record_interviews": {"held_on": f"{year}-12-10", "with_staff": "5", **dict.fromkeys(_TALK_FIELDS, "1")},
        "undo_step": {"reason": "entered wrongly"},
    }
    form = {"form_token": sessions.csrf_token(load.token), "command_id": f"step-{run_id}-COUNT", "_do": "confirm"}
    acts = [
        {"path": "/" if to_bare_page else f"/assessments/{year}/UNIT/{act}", "body": _body({**form, **fields})}
        for act, fields in fields_of_acts.items()
    ]
    with Database.open(load.site.database, read_only=True) as database:
        _wait_until_idle(database)
        rows = [row for row in queries.assessments(database, year) if row.unit in load.steps]
    return _SUBMIT_STEPS % (
        _lua([{"id": row.unit, "first": int(row.stage == "interviews")} for row in rows]),
        _lua(acts),
    )


def _wait_until_idle(database: Database) -> None:
    """Wait until the last requests of the run before are done."""
    ledger, before = Ledger(database), -1
    while (number := ledger.head().number) != before:
        before = number
        sleep(0.5)


def _body(fields: dict[str, str]) -> str:
    """The body of a form as a browser sends it (multipart)."""
    parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    return "".join(parts) + f"--{BOUNDARY}--\r\n"


def _lua(rows: list[dict[str, Any]]) -> str:
    """Rows as a Lua table. In ASCII, JSON's strings and numbers are also Lua's."""
    tables = ("{" + ", ".join(f"{name} = {json.dumps(value)}" for name, value in row.items()) + "}" for row in rows)
    return "{" + ", ".join(tables) + "}"


# --- the results ---------------------------------------------------------------------------------


def _row(comparison: PageComparison) -> list[str]:
    def medians(runs: list[Run]) -> list[str]:
        speeds, p50, p99 = ([getattr(run, name) for run in runs] for name in ("a_second", "p50", "p99"))
        return [f"{spread(speeds).median:,.0f}", f"{spread(p50).median:.1f}", f"{spread(p99).median:.1f}"]

    load, share = comparison.load, comparison.share.say()
    cells = [*medians(comparison.ours), *medians(comparison.bare), share]
    return [load.name, f"{load.size:,}", str(comparison.clients), *cells]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving")
    parser.add_argument("--rounds", type=int, default=Options().rounds)
    parser.add_argument("--seconds", type=int, default=Options().seconds, help="of one run of wrk")
    parser.add_argument("--large", type=int, default=Options().large, help="departments of the large board")
    parser.add_argument(
        "--grown", default=",".join(map(str, Options().grown)), help="entries of other years, with commas"
    )
    arguments = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is needed: apt-get install wrk")
    grown = tuple(int(size) for size in arguments.grown.split(","))
    options = Options(large=arguments.large, grown=grown, rounds=arguments.rounds, seconds=arguments.seconds)
    screen, load_before = Console(width=130), os.getloadavg()[0]
    comparisons = list(run(options, screen))
    title = f"the console, load {load_before:.1f} to {os.getloadavg()[0]:.1f}; p50, p99 in ms"
    table = Table(title=title, title_justify="left")
    for column in ("", "bytes", "clients", "a second", "p50", "p99", "bare: a second", "p50", "p99", "share"):
        table.add_column(column, justify="right" if column else "left")
    for comparison in comparisons:
        table.add_row(*_row(comparison))
    screen.print(table)
    reached = next(one.share.median for one in comparisons if one.clients == max(CLIENTS))
    screen.print(
        f"{'reached' if reached >= AIM else 'MISSED'}  {comparisons[0].load.name}: {reached:.2f} of bare (aim {AIM})"
    )


if __name__ == "__main__":
    main()
