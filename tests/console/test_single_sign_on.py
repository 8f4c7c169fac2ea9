"""统一身份认证: OpenID Connect and CAS over real HTTP, honest and otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from console import single_sign_on
from storage import accounts
from storage.database import Database

from .providers import CLIENT, SECRET, Provider, provider
from .web import Console, console

BACK = "https://localhost"


@pytest.fixture(params=["oidc", "cas"])
def way(request: pytest.FixtureRequest) -> str:
    """Both ways keep the same promises."""
    return str(request.param)


@pytest.fixture
def there() -> Iterator[Provider]:
    """A provider at which staff number 20260001 sits."""
    single_sign_on._discovered.cache_clear()
    with provider(lambda: CLOCK[0], "20260001") as made:
        yield made


CLOCK = [0.0]


@pytest.fixture
def college_of(settled: Database, there: Provider, way: str) -> Iterator[Console]:
    """A college that signs in at the provider, where the staff number is the office's."""
    given: dict[str, Any] = {"cas_url": there.url}
    if way == "oidc":
        given = {"oidc_issuer": there.url, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    with console(settled, console_url=BACK, **given) as made:
        CLOCK[0] = made.clock.now().timestamp()
        accounts.identify(settled, there.url, "20260001", "office")
        yield made


def away(client: TestClient, there: Provider, way: str, **query: str) -> str:
    """From the sign-in page to the provider, and the address it sends the browser back to."""
    page = client.get("/sign-in")
    assert f'href="/sign-in/{way}?next=/"' in page.text
    left = client.get(f"/sign-in/{way}", params={"next": "/account", **query})
    assert left.status_code == 303, left.text
    location = left.headers["location"]
    return there.authorize(location) if way == "oidc" else there.login(location)


def back(client: TestClient, address: str) -> Response:
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def test_whom_the_provider_knows_is_signed_in_as_the_account_bound_to_it(
    college_of: Console, there: Provider, way: str
) -> None:
    client = college_of.client()
    answer = back(client, away(client, there, way))
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert "样例·office" in client.get("/account").text
    assert accounts.sessions(college_of.database, "office")[0].provider == way
    assert college_of.events("office") == ["signed_in"]


def test_somebody_without_an_account_gets_none_and_hears_whom_to_ask(
    college_of: Console, there: Provider, way: str
) -> None:
    there.user = "20269999"
    client = college_of.client()
    answer = back(client, away(client, there, way))
    assert answer.status_code == 403
    assert "20269999 没有对应的账号" in answer.text
    assert client.get("/").status_code == 303
    assert accounts.identities(college_of.database, "office")[0].subject == "20260001"


def test_a_subject_of_another_provider_is_somebody_else(college_of: Console, there: Provider, way: str) -> None:
    accounts.identify(college_of.database, "https://other.example", "20260002", "office")
    there.user = "20260002"
    client = college_of.client()
    assert back(client, away(client, there, way)).status_code == 403


def test_an_answer_is_good_once(college_of: Console, there: Provider, way: str) -> None:
    client = college_of.client()
    address = away(client, there, way)
    cookie = client.cookies[single_sign_on.COOKIE]
    assert back(client, address).status_code == 303
    client.cookies.set(single_sign_on.COOKIE, cookie, domain="localhost.local", path="/")
    assert back(client, address).status_code == 403


def test_an_answer_is_no_good_in_another_browser(college_of: Console, there: Provider, way: str) -> None:
    """Else somebody could be signed in, unknowing, as somebody else."""
    address = away(college_of.client(), there, way)
    for other in (college_of.client(), college_of.client()):
        assert back(other, address).status_code == 403
        away(other, there, way)
        assert back(other, address).status_code == 403


def test_who_is_away_too_long_begins_again(college_of: Console, there: Provider, way: str) -> None:
    client = college_of.client()
    address = away(client, there, way)
    college_of.clock.at += timedelta(minutes=11)
    assert "离开登录页过久" in back(client, address).text


@pytest.mark.parametrize("cookie", ["", "x", "bm90IGpzb24=", "张".encode().hex()])
def test_a_cookie_of_no_sense_is_refused(college_of: Console, there: Provider, way: str, cookie: str) -> None:
    client = college_of.client()
    address = away(client, there, way)
    client.cookies.set(single_sign_on.COOKIE, cookie, domain="localhost.local", path="/")
    assert back(client, address).status_code == 403


@pytest.mark.parametrize("status", [302, 400, 404, 500])
def test_a_provider_that_fails_is_told_as_such(college_of: Console, there: Provider, way: str, status: int) -> None:
    client = college_of.client()
    address = away(client, there, way)
    there.lies["status"] = status
    answer = back(client, address)
    assert answer.status_code == 403
    assert "统一身份认证未成功" in answer.text


def test_a_provider_that_is_not_there_is_told_as_such(
    college_of: Console, there: Provider, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = college_of.client()
    address = away(client, there, way)

    def refused(*_: object, **__: object) -> bytes:
        raise single_sign_on.NotThrough(why="x / x")

    monkeypatch.setattr(single_sign_on, "_asked", refused)
    assert back(client, address).status_code == 403


def test_a_closed_account_does_not_get_in_this_way_either(college_of: Console, there: Provider, way: str) -> None:
    from states.accounts import CloseAccount
    from states.vocabulary import Actor, Words

    closing = CloseAccount(reason=Words("调离"))
    college_of.engine.submit("account/office", closing, Actor("system_admin", "system_admin"), "close-1")
    client = college_of.client()
    assert back(client, away(client, there, way)).status_code == 403


def test_proving_it_again_goes_to_the_provider_who_asks_afresh(college_of: Console, there: Provider, way: str) -> None:
    client = college_of.client()
    back(client, away(client, there, way))
    assert f"/sign-in/{way}?again=1" in client.get("/prove").text
    address = away(client, there, way, again="1")
    assert back(client, address).headers["location"] == "/account"
    if way == "cas":
        assert "renew=true" in there.asked[-1]


def test_a_way_that_is_not_set_up_leads_nowhere(college: Console) -> None:
    client = college.client()
    for path in ("/sign-in/oidc", "/sign-in/cas", "/sign-in/other", "/sign-in/oidc/back?code=x&state=x"):
        assert client.get(path).headers["location"] == "/sign-in"
    assert "统一身份认证" not in client.get("/sign-in").text


# --- a provider that lies -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lies",
    [
        {"forged": True}, {"unsigned": True}, {"claims": {"iss": "https://other.example"}}, {"claims": {"aud": "other"}},
        {"claims": {"nonce": "another"}}, {"claims": {"exp": 1}}, {"claims": {"iat": 4102444800}},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("way", ["oidc"], indirect=True)
def test_an_identity_token_that_cannot_be_relied_on_lets_nobody_in(
    college_of: Console, there: Provider, way: str, lies: dict[str, Any]
) -> None:
    there.lies = lies
    client = college_of.client()
    answer = back(client, away(client, there, way))
    assert answer.status_code == 403
    assert "不可信" in answer.text


@pytest.mark.parametrize("way", ["oidc"], indirect=True)
def test_a_sign_in_of_before_proves_nothing_again(college_of: Console, there: Provider, way: str) -> None:
    there.lies = {"claims": {"auth_time": int(CLOCK[0]) - 3600}}
    client = college_of.client()
    assert "重新登录" in back(client, away(client, there, way, again="1")).text


@pytest.mark.parametrize("way", ["oidc"], indirect=True)
def test_an_issuer_that_names_another_is_not_believed(college_of: Console, there: Provider, way: str) -> None:
    there.lies = {"issuer": "https://other.example"}
    assert college_of.client().get("/sign-in/oidc").status_code == 403


@pytest.mark.parametrize(
    "xml",
    [
        "", "not xml", "<a/>",
        '<!DOCTYPE a [<!ENTITY u SYSTEM "file:///etc/passwd">]><a>&u;</a>',
        ('<!DOCTYPE a [<!ENTITY u "20260001">]><cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">'
        "<cas:authenticationSuccess><cas:user>&u;</cas:user></cas:authenticationSuccess></cas:serviceResponse>"),
        '<serviceResponse xmlns="http://elsewhere"><authenticationSuccess><user>20260001</user></authenticationSuccess></serviceResponse>',
        "<a>" + "x" * 300_000 + "</a>",
    ],
    ids=lambda xml: xml[:20],
)  # fmt: skip
@pytest.mark.parametrize("way", ["cas"], indirect=True)
def test_an_answer_in_xml_that_is_no_answer_lets_nobody_in(
    college_of: Console, there: Provider, way: str, xml: str
) -> None:
    client = college_of.client()
    address = away(client, there, way)
    there.lies = {"xml": xml}
    assert back(client, address).status_code == 403
