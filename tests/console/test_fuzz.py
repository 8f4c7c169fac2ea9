"""Every page, asked with what nobody should type: no page breaks down, and none hands markup back. Bounded, and by a seed.

PostgreSQL is the stricter of the two in what it takes for a text, a number and a day, so most is tried there.
"""

from __future__ import annotations

import re
from random import Random
from urllib.parse import quote

import pytest
from httpx2 import Client

from console.web.pages import ALL
from console.web.routes import ANYBODY, Page, Pages
from states.views import VIEWS, readers
from tests.college import EDITION

from .test_policy import GIVEN, name
from .web import PEOPLE, Console, hidden

NASTY = (
    "", " ", "0", "-1", "9" * 400, "1e309", "NaN", "2026-13-45", "9999-12-31", "\x00", "a\x00b", "x" * 5000, "张三", "🙂" * 60,
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "{% raise %}", "../../etc/passwd", "%00", "%",
    "' OR 1=1 --", "\r\nset-cookie: a=b", "\u202eltr", "１３８００１３８０００", "assessment/2026/u-1", "null", "[]", '{"a":1}', "u-1", "office",
)  # fmt: skip
TRIES = {"postgresql": 8, "sqlite": 2}
SHOWN = {page.path for pages in ALL for page in pages.pages if page.method == "GET"}


def client_that_may(college: Console, page: Page) -> Client:
    """A browser somebody is signed in with who may come to the page."""
    if page.view == ANYBODY:
        return college.client()
    if VIEWS[page.view].holder:
        return college.sign_in("unit-1")
    roles = readers(page.view, EDITION.rulebook)
    return college.sign_in(next(a for a, (role, unit) in PEOPLE.items() if role in roles and unit in (None, "u-1")))


def fields_of(text: str) -> list[str]:
    """What the forms of a page ask for, and a field they do not."""
    named = set(re.findall(r'<(?:input|select|textarea|button)[^>]*? name="([^"]+)"', text))
    return [*sorted(named - {"form_token"}), "unknown"]


@pytest.mark.parametrize("pages", ALL, ids=lambda pages: pages.pages[0].path)
def test_no_page_breaks_down_whatever_it_is_asked(college: Console, pages: Pages) -> None:
    for page in pages.pages:
        if page.path != "/sign-out":
            ask(college, page, Random(name(page)))


def ask(college: Console, page: Page, random: Random) -> None:
    client = client_that_may(college, page)
    plain = re.sub(r"{(\w+)(:\w+)?}", lambda found: GIVEN.get(found[1], "nobody"), page.path)
    names = fields_of(client.get(plain if page.path in SHOWN else "/sign-in").text)
    token = hidden(client.get("/account" if page.view else "/sign-in").text, "/language")["form_token"]
    for _ in range(TRIES[college.database.dialect]):
        path = plain
        if "{" in page.path and random.random() < 0.5:
            nasty = quote(random.choice([one for one in NASTY if one.strip(" .")]), safe="")
            path = re.sub(r"{(\w+)(:\w+)?}", lambda _found, nasty=nasty: nasty, page.path)
        given = {field: random.choice(NASTY) for field in names if random.random() < 0.8}
        if page.method == "GET":
            answer = client.get(path, params=given)
        else:
            answer = client.post(path, data={**given, "form_token": token})
        assert answer.status_code < 500 or page.path == "/healthz/clock", (path, given, answer.status_code)
        assert "<script>alert" not in answer.text, (path, given)
        assert "<img src=x" not in answer.text, (path, given)
        assert "a=b" not in answer.headers.get("set-cookie", "")
