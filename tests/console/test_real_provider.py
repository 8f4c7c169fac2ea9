"""统一身份认证 at a provider that is not ours: `oidc-provider`, certified by the OpenID Foundation, over real HTTP.

What it says is what a college's own provider says; `test_single_sign_on.py` has one that lies. Asked on one database: what is
kept of a sign-in is tested there on both.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2
import pytest
from httpx2 import Client, Response

from console.web import single_sign_on
from storage.database.database import Database
from storage.sign_in import accounts
from tests.conftest import NewUrl, require

from .providers import CLIENT, SECRET
from .web import Console, console, settle

HERE = Path(__file__).parent / "real_provider"
BACK = "https://localhost"
STAFF = "20260001"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The provider's address."""
    node = shutil.which("node") or require("node", "there is no such program")
    if not (HERE / "node_modules" / "oidc-provider").is_dir():
        require("oidc-provider", "run `npm ci --omit=optional` in tests/console/real_provider")
    given = [str(node), "provider.mjs", CLIENT, SECRET, f"{BACK}/sign-in/oidc/back"]
    with subprocess.Popen(given, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        yield next(line.strip() for line in child.stdout if line.startswith("http://127.0.0.1:"))
        child.kill()


@pytest.fixture
def college(new_url: NewUrl, issuer: str) -> Iterator[Console]:
    """A college that signs in there, where the staff number is the office's; its clock is the provider's."""
    with Database.open(new_url("sqlite", settle)) as database:
        given = {"oidc_issuer": issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
        with console(database, console_url=BACK, **given) as made:
            made.clock.at = datetime.now(UTC)
            made.binds("office", issuer, STAFF)
            yield made


@pytest.fixture
def person() -> Iterator[httpx2.Client]:
    """A browser at the provider, which knows nobody yet."""
    with httpx2.Client(trust_env=False) as browser:
        yield browser


def leave(client: Client, again: str = "") -> str:
    """The provider's address the sign-in page leads to."""
    answer = client.get("/sign-in/oidc", params={"next": "/account"} | ({"again": "1"} if again else {}))
    return answer.headers["location"]


def through(person: httpx2.Client, address: str, who: str = STAFF) -> str:
    """Through the provider's own pages, as a person goes, and the address it sends the browser back to."""
    answer = person.get(address)
    for _ in range(12):
        if answer.status_code in (302, 303):
            address = urljoin(str(answer.url), answer.headers["location"])
            if address.startswith(BACK):
                return address
            answer = person.get(address)
            continue
        assert answer.status_code == 200, answer.text
        form = answer.text.partition("<form")[2].partition("</form>")[0]
        action = urljoin(str(answer.url), unescape(re.findall(r'action="([^"]+)"', form)[0]))
        typed = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', form))
        if 'name="login"' in form:
            typed |= {"login": who, "password": "any will do there"}
        answer = person.post(action, data=typed)
    pytest.fail(f"the provider leads nowhere: {answer.url}")


def back(client: Client, address: str) -> Response:
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def changed(address: str, **query: str) -> str:
    """The same address with something else asked."""
    parts = urlsplit(address)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()} | query
    return parts._replace(query=urlencode(asked)).geturl()


def test_a_person_whom_the_provider_lets_in_is_signed_in(college: Console, person: httpx2.Client) -> None:
    client = college.client()
    answer = back(client, through(person, leave(client)))
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert "样例·office" in client.get("/account").text
    assert accounts.sessions(college.database, "office")[0].provider == "oidc"


def test_a_person_whom_it_lets_in_without_an_account_here_gets_none(college: Console, person: httpx2.Client) -> None:
    client = college.client()
    answer = back(client, through(person, leave(client), "20269999"))
    assert answer.status_code == 403
    assert "20269999 没有对应的账号" in answer.text


def test_a_person_who_changes_their_mind_there_is_not_signed_in(college: Console, person: httpx2.Client) -> None:
    client = college.client()
    page = person.get(leave(client), follow_redirects=True)
    address = person.get(f"{page.url}/abort").headers["location"]
    while not address.startswith(BACK):
        address = person.get(address).headers["location"]
    assert "error=access_denied" in address
    assert "对方未予认证" in back(client, address).text


def test_another_state_is_refused(college: Console, person: httpx2.Client) -> None:
    client = college.client()
    address = changed(through(person, leave(client)), state="another")
    assert back(client, address).status_code == 403


def test_a_token_for_another_nonce_is_refused(college: Console, person: httpx2.Client) -> None:
    client = college.client()
    answer = back(client, through(person, changed(leave(client), nonce="another")))
    assert answer.status_code == 403
    assert "不可信" in answer.text


def test_a_code_is_good_once(college: Console, person: httpx2.Client) -> None:
    client = college.client()
    address = through(person, leave(client))
    cookie = client.cookies[single_sign_on.COOKIE]
    assert back(client, address).status_code == 303
    client.cookies.set(single_sign_on.COOKIE, cookie, domain="localhost.local", path="/")
    answer = back(client, address)
    assert answer.status_code == 403
    assert "对方未予认证" in answer.text


def test_a_code_somebody_else_was_given_is_refused_by_the_provider(college: Console, person: httpx2.Client) -> None:
    """The code of one browser under the state of another: the verifier does not fit the challenge (RFC 7636)."""
    one, other = college.client(), college.client()
    code = parse_qs(urlsplit(through(person, leave(one))).query)["code"][0]
    state = parse_qs(urlsplit(leave(other)).query)["state"][0]
    answer = other.get("/sign-in/oidc/back", params={"code": code, "state": state})
    assert answer.status_code == 403
    assert "对方未予认证" in answer.text


def test_proving_it_again_asks_for_the_password_again(college: Console, person: httpx2.Client) -> None:
    client = college.client()
    back(client, through(person, leave(client)))
    page = person.get(leave(client, again="1"), follow_redirects=True)
    assert 'name="login"' in page.text, "who is signed in there is asked all the same"
    address = through(person, leave(client, again="1"))
    assert back(client, address).headers["location"] == "/account"
