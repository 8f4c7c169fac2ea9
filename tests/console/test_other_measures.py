"""The console with the two invented measures: every page that each role comes to by links, in both languages.

One measure has weighted parts, three groups of voters and a half-year check; the other has no points at all. A page is
answered, names things by their titles, and says no word of the shipped measure that is not in the measure of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from pathlib import Path

import pytest
from httpx2 import Client
from starlette.routing import compile_path

from config.clock import VirtualClock
from config.rulebooks import Edition, load_edition
from config.settings import Settings
from console.app import app
from console.web import sessions
from console.web.credentials import set_passwords, state_of
from console.web.pages import ALL
from demo.second_year import run_second_round
from demo.year import run_any
from states.records.account import ADMINISTRATORS
from states.rulebook.types import Rulebook
from states.vocabulary import CLOCK, Digest
from storage.database.database import Database
from storage.sign_in import accounts
from workflow import wiring
from workflow.engine import Engine

from .web import Inside

pytestmark = pytest.mark.one_database  # What a page says hangs on no database.

MEASURES = Path(__file__).parents[1] / "measures"
UNITS, YEAR = 4, 2031
PATTERNS = [(page.path, compile_path(page.path)[0]) for pages in ALL for page in pages.pages if page.method == "GET"]

SHIPPED_WORDS = ("党委", "纪委", "领导小组", "工作组", "党风廉政", "一票否决", "二级指标", "述责述廉")
"""Words of the shipped measure. A page says one only if the measure in force does."""

POINTS = re.compile("得分|总分|满分|扣分|[0-9] 分[，。；]")
"""Words about points, which a measure without points does not have."""

AS_RECORDED = (
    "/audit",
    "/rulebook",
    "/help",
    "/accounts",
    "/security-log",
    "/deliveries",
    "/inbox",
    "/papers/templates",
)
"""Pages that quote entries, letters or the rulebook as they are written, or speak of all measures (names of papers)."""

TESTED_ELSEWHERE = ("/years/{year:int}/rehearsal", "/years/{year:int}/rehearsal.ics")
"""Pages that run the daemon through months. `tests/scheduler/test_forecast.py` does."""


class Walk:
    """The console over a year that was lived under a measure, with the round after it under way."""

    def __init__(self, engine: Engine, roles: dict[str, str], edition: Edition) -> None:
        self.engine, self.roles, self.edition = engine, roles, edition
        self._app = app(engine, Settings(second_factor="optional"))
        self._pages: dict[tuple[str, str], list[tuple[str, int, str]]] = {}

    def sign_in(self, role: str, language: str) -> Client:
        database = self.engine.ledger.database
        accounts.change(database, self.roles[role], language=language)
        known = state_of(self.engine, self.roles[role])
        proof = Digest(known.password or "")
        token = sessions.start_session(self.engine, known, way="password", proof=proof, address="192.0.2.1", agent="x")
        client = Client(transport=Inside(self._app), base_url="https://localhost")
        client.cookies.set(sessions.COOKIE, token, domain="localhost.local", path="/")
        return client

    def pages(self, role: str, language: str) -> list[tuple[str, int, str]]:
        """The path, the status and the page of every page the role comes to by links, one of each kind."""
        if (role, language) not in self._pages:
            self._pages[role, language] = list(self._visit(role, language))
        return self._pages[role, language]

    def _visit(self, role: str, language: str) -> Iterator[tuple[str, int, str]]:
        client, visited, queue = self.sign_in(role, language), set[str](), ["/"]
        while queue:
            path = queue.pop(0)
            kind = next((pattern for pattern, regex in PATTERNS if regex.match(path.partition("?")[0])), None)
            if (
                kind is None
                or kind in {*visited, *TESTED_ELSEWHERE}
                or path.partition("?")[0].endswith((".csv", ".txt", ".jsonl"))
            ):
                continue
            visited.add(kind)
            answer = client.get(path, follow_redirects=True)
            yield path, answer.status_code, answer.text
            queue += [link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"#]*)', answer.text)]


@pytest.fixture(scope="module", params=["cloudladder-2031", "heronisle-2031"])
def walk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    edition = load_edition(MEASURES / f"{request.param}.toml")
    url = f"sqlite:///{tmp_path_factory.mktemp(request.param)}/kaohe.db"
    Database.create(url).close()
    run_any(url, edition, YEAR, UNITS, 1, lambda *_: None)
    lived, roles = run_second_round(url, edition, YEAR, UNITS, 1, set_passwords)
    now = lived.clock.now()
    lived.close()
    with wiring.compose_engine(url, VirtualClock(now), edition) as engine:
        yield Walk(engine, roles, edition)


def test_every_page_is_answered_for_each_role_in_both_languages(walk: Walk) -> None:
    """No role of the measure is left without a page, and nothing on one is not there or has no title."""
    wrong = []
    for role in _roles(walk.edition.rulebook):
        paths = set()
        for language in ("zh", "en"):
            for path, status, page in walk.pages(role, language):
                paths.add(path.partition("?")[0])
                said = _text(page)
                if status != 200 or (language == "zh" and re.search(r"\bNone\b|\bUndefined\b", said)):
                    wrong.append((role, language, path, status, said[:300]))
        assert {"/", "/inbox", "/rulebook", "/help", "/account"} <= paths, role
        assert any(path.startswith("/assessments/") for path in paths) or role in ADMINISTRATORS, role
    assert wrong == []


def test_no_page_says_a_key_of_the_rulebook_or_a_word_of_another_measure(walk: Walk) -> None:
    rulebook, text = walk.edition.rulebook, walk.edition.source
    keys = set(_keys(rulebook))
    foreign = [word for word in SHIPPED_WORDS if word not in text]
    assert foreign
    has_points = any(form.points for form in rulebook.form)
    wrong = []
    for role in _roles(rulebook):
        for path, _, page in walk.pages(role, "zh"):
            if path.startswith(AS_RECORDED):
                continue
            said = _text(page)
            found = keys & set(re.findall(r"(?<![\w./-])[a-z][a-z0-9_-]*[a-z0-9](?![\w./-])", said))
            found |= {word for word in foreign if word in said}
            # An act has the title that the measure gives it, such as 标记得分失效.
            without_acts = re.sub("|".join(re.escape(act.title.zh) for act in rulebook.act), "", said)
            found |= set() if has_points else set(POINTS.findall(without_acts))
            if found:
                wrong.append((role, path, sorted(found)))
    assert wrong == []


def test_the_results_and_the_board_are_files_too(walk: Walk) -> None:
    client = walk.sign_in("committee", "zh")
    for path in (f"/results/{YEAR}.csv", f"/board/{YEAR}.csv"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "None" not in answer.text


def _roles(rulebook: Rulebook) -> list[str]:
    return [*(role for role in rulebook.roles if role != CLOCK.role), *ADMINISTRATORS]


def _keys(rulebook: Rulebook) -> Iterable[str]:
    """The keys of everything in the rulebook that has a title."""
    parts = (
        rulebook.role, rulebook.unit_kind, rulebook.subject, rulebook.form, rulebook.value, rulebook.stage,
        rulebook.occasion, rulebook.scale, rulebook.standing, rulebook.ballot, rulebook.record, rulebook.ladder,
        rulebook.task, rulebook.window, rulebook.reading,
    )  # fmt: skip
    for group in parts:
        yield from (part.key for part in group)
    yield from (key for form in rulebook.form for key in form.items)
    yield from (grade.key for scale in rulebook.scale for grade in scale.grade)
    yield from (limit.key for scale in rulebook.scale for limit in scale.limit)
    yield from (quota.key for standing in rulebook.standing for quota in standing.quota)


def _text(page: str) -> str:
    """The text of the main part of a page, as it is read."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("<main")[2])))
