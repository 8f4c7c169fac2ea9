"""Takes pictures of the demonstration's web pages in Chromium: `make pictures` takes the two of README.md.

    python -m tests.console.pictures                the two, into docs/pictures/
    python -m tests.console.pictures --all FOLDER   every page each role comes to by links, in zh and en, wide and narrow,
                                                    and the board as it prints: for looking, outside the repository

The seed is always the same, and the clock stands still on the morning of 20 December 2027. So a picture changes only if
the page changes.
"""

from __future__ import annotations

import argparse
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import uvicorn
from playwright.sync_api import Browser, sync_playwright
from starlette.routing import compile_path

from config import logs
from config.clock import VirtualClock
from config.rulebooks import default_edition
from config.settings import Settings
from console.app import app
from console.cli.options import LOOPBACK
from console.papers.samples import issue_samples
from console.server import listen
from console.web import sessions
from console.web.credentials import set_passwords, state_of
from console.web.pages import ALL
from demo.second_year import run_second_year
from demo.year import run
from states.vocabulary import Digest
from storage.database.database import Database
from storage.sign_in import accounts
from tests.conftest import CHROMIUM
from workflow.engine import Engine

HERE = Path(__file__).resolve().parents[2] / "docs/pictures"
YEAR, UNITS, SEED = 2026, 16, 2026
NOW = datetime(YEAR + 1, 12, 20, 2, 30, tzinfo=UTC)
README_PICTURES = (
    ("board", "zh", "office", "/board"),
    ("assessment", "en", "working_group", f"/assessments/{YEAR + 1}/u09"),
)
LARGEST = 200_000
"""The most bytes of a picture in the repository."""

WIDTHS = {"wide": 1280, "narrow": 390}
OFTEN = ("/", "/assessments/{year:int}/{unit}")
"""Pages that differ from role to role: `every` takes them for each role, and any other page only once."""
PATTERNS = [(page.path, compile_path(page.path)[0]) for pages in ALL for page in pages.pages if page.method == "GET"]


class Site:
    """The demonstration's console on loopback, with a session for each role."""

    def __init__(self, engine: Engine, roles: dict[str, str], url: str) -> None:
        self.engine, self.database, self.roles, self.url = engine, engine.ledger.database, roles, url
        self.tokens = {role: self._session(id_) for role, id_ in roles.items()}

    def speak(self, language: str) -> None:
        for id_ in self.roles.values():
            accounts.change(self.database, id_, language=language)

    def links(self, role: str, path: str) -> list[str] | None:
        """The links of a page; None if the address is no page."""
        cookie = {"cookie": f"{sessions.COOKIE}={self.tokens[role]}"}
        try:
            with urlopen(Request(self.url + path, headers=cookie)) as answer:  # noqa: S310
                if not answer.headers["content-type"].startswith("text/html"):
                    return None
                text = answer.read().decode()
        except HTTPError:
            return None
        return [pages_by_role.replace("&amp;", "&") for pages_by_role in re.findall(r'href="(/[^"#]*)', text)]

    def _session(self, account: str) -> str:
        known = state_of(self.engine, account)
        proof = Digest(known.password or "")
        return sessions.start_session(
            self.engine, known, way="password", proof=proof, address=LOOPBACK, agent="pictures"
        )


@contextmanager
def site() -> Iterator[Site]:
    """The console over a whole year and a second year under way. Its clock stands still."""
    with TemporaryDirectory(prefix="kaohe-pictures-") as folder:
        url, keys, edition = f"sqlite:///{folder}/kaohe.db", Path(folder) / "keys", default_edition()
        Database.create(url).close()
        run(url, edition, YEAR, UNITS, SEED, lambda *_: None, Path(folder) / "mail", keys)
        engine, roles = run_second_year(url, edition, YEAR, UNITS, SEED, set_passwords, keys)
        engine.clock = VirtualClock(NOW)
        issue_samples(engine, YEAR, roles)
        with engine, listen(LOOPBACK, 0) as door:
            server = uvicorn.Server(uvicorn.Config(app(engine, Settings(second_factor="optional")), log_level="error"))
            thread = threading.Thread(target=server.run, args=([door],))
            thread.start()
            try:
                yield Site(engine, roles, f"http://{LOOPBACK}:{door.getsockname()[1]}")
            finally:
                server.should_exit = True
                thread.join()


@contextmanager
def visitor(browser: Browser, at: Site, role: str, width: int) -> Iterator[Any]:
    """A page of a browser in which the account of this role is signed in."""
    context = browser.new_context(viewport={"width": width, "height": 720}, reduced_motion="reduce")
    cookie = {"name": sessions.COOKIE, "value": at.tokens[role], "url": at.url.replace("http", "https"), "secure": True}
    context.add_cookies([cookie])  # type: ignore[list-item]
    try:
        yield context.new_page()
    finally:
        context.close()


def two(browser: Browser, at: Site) -> None:
    """Take the two pictures of README.md."""
    HERE.mkdir(exist_ok=True)
    for name, language, role, path in README_PICTURES:
        at.speak(language)
        with visitor(browser, at, role, WIDTHS["wide"]) as page:
            page.goto(at.url + path)
            picture = page.screenshot(path=HERE / f"{name}.png")
        if len(picture) > LARGEST:
            raise SystemExit(f"{name}.png has {len(picture):,} bytes; it may have {LARGEST:,}")


def every(browser: Browser, at: Site, folder: Path) -> None:
    """Take a picture of every page, in each language and width, into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    places = pages_by_role(at)
    for language in ("zh", "en"):
        at.speak(language)
        for width, pixels in WIDTHS.items():
            for role, paths in places.items():
                with visitor(browser, at, role, pixels) as page:
                    for path in paths:
                        page.goto(at.url + path)
                        name = re.sub(r"\W+", "-", path).strip("-") or "first"
                        page.screenshot(path=folder / f"{language}-{width}-{name}-{role}.png", full_page=True)
        with visitor(browser, at, "office", WIDTHS["wide"]) as page:
            page.goto(f"{at.url}/board")
            page.pdf(path=folder / f"{language}-board.pdf", prefer_css_page_size=True, print_background=False)


def pages_by_role(at: Site) -> dict[str, list[str]]:
    """The pages that each role reaches by links from its first page, one of each kind."""
    taken: set[str] = set()
    places: dict[str, list[str]] = {}
    for role in at.roles:
        visited, queue, mine = set[str](), ["/", "/account", "/prove"], []
        while queue:
            path = queue.pop(0)
            kind = next((pattern for pattern, regex in PATTERNS if regex.match(path.partition("?")[0])), None)
            if kind is None or kind in visited:
                continue
            visited.add(kind)
            leads = at.links(role, path)
            if leads is not None:
                queue += leads
                if kind not in taken or kind in OFTEN:
                    mine.append(path)
                taken.add(kind)
        places[role] = mine
    return places


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.console.pictures")
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page, for looking")
    arguments = parser.parse_args()
    logs.set_up_log()
    with site() as at, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-lcd-text"])
        every(browser, at, arguments.all) if arguments.all else two(browser, at)
        browser.close()


if __name__ == "__main__":
    main()
