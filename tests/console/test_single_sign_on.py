"""统一身份认证: OpenID Connect and CAS over real HTTP, honest and otherwise."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Event
from time import perf_counter, sleep
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx2 import Client, Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.web import single_sign_on
from console.web.single_sign_on import openid
from console.web.single_sign_on import request as provider_request
from console.web.single_sign_on.errors import SignInFailed
from storage.database.database import Database
from storage.sign_in import accounts

from .providers import CLIENT, SECRET, Provider, provider
from .web import Console, console

pytestmark = pytest.mark.one_database  # what a provider sends is read before a database is asked

BACK = "https://localhost"


@pytest.fixture(params=["oidc", "cas"])
def way(request: pytest.FixtureRequest) -> str:
    """Both ways keep the same promises."""
    return str(request.param)


@pytest.fixture
def there() -> Iterator[Provider]:
    """A provider at which staff number 20260001 sits."""
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
        made.binds("office", there.url, "20260001")
        yield made


def away(client: Client, there: Provider, way: str, **query: str) -> str:
    """From the sign-in page to the provider, and the address it sends the browser back to."""
    page = client.get("/sign-in")
    assert f'href="/sign-in/{way}?next=/"' in page.text
    left = client.get(f"/sign-in/{way}", params={"next": "/account", **query})
    assert left.status_code == 303, left.text
    location = left.headers["location"]
    return there.authorize(location) if way == "oidc" else there.login(location)


def back(client: Client, address: str) -> Response:
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"], indirect=True)
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
    college_of.binds("office", "https://other.example", "20260002")
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


def test_a_provider_that_is_not_there_is_told_as_such(college_of: Console, there: Provider, way: str) -> None:
    client = college_of.client()
    address = away(client, there, way)
    there.lies["hangs_up"] = True
    assert back(client, address).status_code == 403


def test_a_closed_account_does_not_get_in_this_way_either(college_of: Console, there: Provider, way: str) -> None:
    from states.accounts.account import CloseAccount
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
        assert "renew=true" in there.requests[-1]


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


# --- a provider that is particular ----------------------------------------------------------------

OKP = {"kty": "OKP", "crv": "X448", "x": "AA", "kid": "1"}
NOT_OURS = ({"kty": "AKP", "alg": "ML-DSA-65", "kid": "1"}, {"kty": "SM2"}, OKP, {"kid": "1"}, "no key", None, 7, {"kty": []},
            {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "1"}, {"kty": "RSA", "n": 7, "e": None, "kid": "1"},
            {"kty": "oct", "k": "c2VjcmV0", "kid": "1"})  # fmt: skip


@pytest.mark.parametrize(
    "manner",
    [
        {"keys": NOT_OURS}, {"keys": NOT_OURS, "no_kid": True}, {"key_without": ("kid",)},
        {"key_without": ("kid", "use", "alg"), "no_kid": True, "keys": NOT_OURS},
        {"discovery": {"token_endpoint_auth_methods_supported": ["client_secret_post"]}},
        {"discovery": {"token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"]}},
        {"discovery": {"token_endpoint_auth_methods_supported": None}},
        {"claims": {"aud": [CLIENT, "other"], "azp": CLIENT}}, {"claims": {"azp": CLIENT}},
    ],
    ids=lambda manner: str(manner)[:60],
)  # fmt: skip
@pytest.mark.parametrize("way", ["oidc"], indirect=True)
def test_a_provider_may_publish_keys_and_take_secrets_in_any_way_the_specification_allows(
    college_of: Console, there: Provider, way: str, manner: dict[str, Any]
) -> None:
    there.lies = manner
    client = college_of.client()
    answer = back(client, away(client, there, way))
    if manner.get("discovery", {}).get("token_endpoint_auth_methods_supported") == [
        "client_secret_post",
        "client_secret_basic",
    ]:
        assert answer.status_code == 403  # this provider looks into the form only, though it offers both
    else:
        assert (answer.status_code, answer.headers.get("location")) == (303, "/account")


@pytest.mark.parametrize("when", [None, "", "soon", [], {}, True, -1, 1e300, "1" * 400])
@pytest.mark.parametrize("way", ["oidc"], indirect=True)
def test_a_sign_in_of_no_known_time_proves_nothing_again(
    college_of: Console, there: Provider, way: str, when: object
) -> None:
    there.lies = {"claims": {"auth_time": when}}
    client = college_of.client()
    assert "重新登录" in back(client, away(client, there, way, again="1")).text


@pytest.mark.parametrize("way", ["oidc"], indirect=True)
def test_the_time_of_a_sign_in_may_be_sent_as_text(college_of: Console, there: Provider, way: str) -> None:
    there.lies = {"claims": {"auth_time": str(int(CLOCK[0]))}}
    client = college_of.client()
    assert back(client, away(client, there, way, again="1")).headers["location"] == "/account"


@pytest.mark.parametrize(
    "claims",
    [{"aud": [CLIENT, "other"]}, {"aud": [CLIENT, "other"], "azp": "other"}, {"azp": "other"}, {"azp": None}, {"aud": []},
     {"sub": ""}, {"sub": 20260001}, {"sub": None}, {"sub": {}}, {"sub": "x" * 300}, {"sub": "2026\n0001"}, {"sub": "\ud800"}, {"exp": "soon"},
     {"iat": None}, {"nonce": 7}],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("way", ["oidc"], indirect=True)
def test_a_token_for_another_client_or_about_nobody_lets_nobody_in(
    college_of: Console, there: Provider, way: str, claims: dict[str, Any]
) -> None:
    there.lies = {"claims": claims}
    client = college_of.client()
    assert "不可信" in back(client, away(client, there, way)).text


@pytest.mark.parametrize("way", ["oidc"], indirect=True)
def test_the_answer_of_another_provider_is_refused(college_of: Console, there: Provider, way: str) -> None:
    client = college_of.client()
    assert back(client, away(client, there, way) + "&iss=https://other.example").status_code == 403


@pytest.mark.parametrize("way", ["oidc"], indirect=True)
def test_addresses_that_changed_are_found_at_the_next_sign_in(college_of: Console, there: Provider, way: str) -> None:
    client = college_of.client()
    back(client, away(client, there, way))
    there.token_path = "/oauth2/token"
    assert back(client, away(client, there, way)).status_code == 403
    assert back(client, away(client, there, way)).headers["location"] == "/account"


@pytest.mark.parametrize("way", ["oidc"], indirect=True)
def test_addresses_are_believed_for_ten_minutes(college_of: Console, there: Provider, way: str) -> None:
    client = college_of.client()
    for minutes, fetched in ((0, 1), (9, 1), (1, 2)):
        college_of.clock.at += timedelta(minutes=minutes)
        client.get("/sign-in/oidc")
        assert sum("openid-configuration" in one for one in there.requests) == fetched


@pytest.mark.parametrize("way", ["oidc"], indirect=True)
def test_a_secret_that_the_provider_refuses_is_named_by_its_setting(
    college_of: Console, there: Provider, way: str
) -> None:
    there.lies = {"discovery": {"token_endpoint_auth_methods_supported": ["client_secret_post"]}}
    client = college_of.client()
    address = away(client, there, way)
    there.lies = {}
    assert "KAOHE_OIDC_CLIENT_SECRET" in back(client, address).text


USER = "20260001"
PLAIN = f'<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas"><cas:authenticationSuccess><cas:user>{USER}</cas:user></cas:authenticationSuccess></cas:serviceResponse>'
NAMED = PLAIN.replace("</cas:user>", "</cas:user><cas:attributes><cas:cn>样例一</cas:cn></cas:attributes>")


@pytest.mark.parametrize(
    ("said", "media_type"),
    [
        (f"\n\n  <?xml version='1.0'?>\n{PLAIN}\n", "text/html"),
        (PLAIN.replace(USER, f"\n\t {USER} \n"), "application/xml"),
        (PLAIN.replace(USER, f"<![CDATA[{USER}]]>"), "application/xml"),
        (PLAIN.replace(USER, "&#50;&#x30;260001"), "application/xml"),
        (PLAIN.replace(USER, "2026<!-- a remark -->0001"), "application/xml"),
        (f"<?xml version='1.0'?><!-- a remark --><?target x?>{PLAIN}", "application/xml"),
        (PLAIN.replace("cas:", "sso:").replace("xmlns:cas", "xmlns:sso"), "application/xml"),
        (PLAIN.replace("cas:", "").replace("xmlns:cas", "xmlns").replace("xmlns:", "xmlns"), "application/xml"),
        (PLAIN.replace(' xmlns:cas="http://www.yale.edu/tp/cas"', ""), "application/xml"),
        (f'<?xml version="1.0" encoding="GBK"?>{NAMED}'.encode("gbk"), "application/xml"),
        (f'<?xml version="1.0" encoding="gb2312"?>{NAMED}'.encode("gbk"), "text/xml;charset=GB2312"),
        (NAMED.encode("gb18030"), 'text/xml; charset="GB18030"'),
        (f'<?xml version="1.0" encoding="GBK"?>{NAMED}'.encode("gbk"), "text/xml;charset=utf-8"),
        (NAMED.encode("utf-8-sig"), "text/xml"),
        (f'<?xml version="1.0" encoding="UTF-16"?>{NAMED}'.encode("utf-16"), "application/xml"),
        (NAMED.encode("utf-16-le"), "application/xml"),
        (f'<?xml version="1.0" encoding="UTF-16"?>{NAMED}'.encode("utf-16-be"), "application/xml"),
        (f'<?xml version="1.0" encoding="ISO-8859-1"?>{PLAIN}'.encode("latin-1"), "application/xml"),
        (f'<?xml version="1.1" encoding="utf-8" standalone="yes"?>{NAMED}', "application/xml"),
    ],
    ids=[
        "space before", "space within", "cdata", "references", "comment within", "comments before", "another prefix",
        "default namespace", "no namespace", "gbk", "gb2312", "charset only", "charset contradicts", "utf-8 marked", "utf-16 marked",
        "utf-16 unmarked", "utf-16 big", "latin-1", "xml 1.1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("way", ["cas"], indirect=True)
def test_a_cas_server_may_write_its_answer_in_any_form_xml_allows(
    college_of: Console, there: Provider, way: str, said: str | bytes, media_type: str
) -> None:
    client = college_of.client()
    address = away(client, there, way)
    there.lies, there.media_type = {"xml": said}, media_type
    assert back(client, address).headers.get("location") == "/account"


@pytest.mark.parametrize(
    "said",
    [
        f'<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY u "{USER}">]>{PLAIN.replace(USER, "&u;")}'.encode("utf-16"),
        PLAIN.replace("</cas:authenticationSuccess>", "<cas:user>20260002</cas:user></cas:authenticationSuccess>"),
        PLAIN.replace("<cas:authenticationSuccess>", "<cas:authenticationFailure>").replace("Success>", "Failure>"),
        f'<a xmlns:cas="http://www.yale.edu/tp/cas">{PLAIN}</a>', PLAIN.replace(USER, ""), PLAIN.replace(USER, "2026&#10;0001"),
        PLAIN.replace(USER, "x" * 256), PLAIN + PLAIN, PLAIN[:-5], PLAIN.encode() + b"\xff",
        '<?xml version="1.0" encoding="unicode_escape"?>' + PLAIN, '<?xml version="1.0" encoding="hex"?>' + PLAIN, b"\0" * 100,
        b"\xff\xfe\x00\xd8", "<a>" * 60_000,
    ],
    ids=range(15),
)  # fmt: skip
@pytest.mark.parametrize("way", ["cas"], indirect=True)
def test_an_answer_that_confirms_nobody_or_several_lets_nobody_in(
    college_of: Console, there: Provider, way: str, said: str | bytes
) -> None:
    client = college_of.client()
    address = away(client, there, way)
    there.lies = {"xml": said}
    assert back(client, address).status_code == 403


@pytest.mark.parametrize("way", ["cas"], indirect=True)
def test_a_server_that_speaks_only_cas_2_is_asked_its_way(college_of: Console, there: Provider, way: str) -> None:
    there.lies = {"old": True}
    client = college_of.client()
    assert back(client, away(client, there, way)).headers["location"] == "/account"


LOGOUT = (
    '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="LR-1" Version="2.0">'
    '<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">@NOT_USED@</saml:NameID>'
    "<samlp:SessionIndex>{ticket}</samlp:SessionIndex></samlp:LogoutRequest>"
)


@pytest.mark.parametrize("form", ["{}", '<?xml version="1.0" encoding="UTF-8"?>\n{}\n'])
@pytest.mark.parametrize("way", ["cas"], indirect=True)
def test_a_single_logout_ends_the_session_of_its_ticket(
    college_of: Console, there: Provider, way: str, form: str
) -> None:
    here, elsewhere = college_of.client(), college_of.client()
    address = away(here, there, way)
    back(here, address)
    back(elsewhere, away(elsewhere, there, way))
    ticket = parse_qs(urlsplit(address).query)["ticket"][0]
    said = form.format(LOGOUT.format(ticket=ticket))
    server = college_of.client()
    for _ in range(2):
        assert server.post("/sign-in/cas/back?state=x", data={"logoutRequest": said}).status_code == 200
    assert here.get("/account").headers["location"].startswith("/sign-in")
    assert elsewhere.get("/account").status_code == 200
    assert college_of.events("office") == ["signed_out", "signed_in", "signed_in"]


@pytest.mark.parametrize(
    "said", ["", "x", LOGOUT.format(ticket="ST-of-nobody"), LOGOUT.format(ticket=""), LOGOUT.format(ticket="张")]
)
@pytest.mark.parametrize("way", ["cas"], indirect=True)
def test_a_logout_of_no_ticket_of_ours_ends_nothing(college_of: Console, there: Provider, way: str, said: str) -> None:
    client = college_of.client()
    back(client, away(client, there, way))
    assert college_of.client().post("/sign-in/cas/back", data={"logoutRequest": said}).status_code == 200
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize("way", ["oidc"], indirect=True)
def test_a_provider_that_is_slow_holds_up_no_other_page(college_of: Console, there: Provider, way: str) -> None:
    there.lies = {"waits": Event()}
    with ThreadPoolExecutor(40) as strangers:
        asked = [strangers.submit(college_of.client().get, "/sign-in/oidc") for _ in range(40)]
        try:
            assert college_of.client().get("/sign-in").status_code == 200
            assert college_of.client().get("/healthz").status_code == 200
            assert not any(one.done() for one in asked)
        finally:
            there.lies["waits"].set()


def test_a_provider_that_sends_byte_by_byte_is_left_when_its_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_request, "TOTAL_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as provider:
        provider.submit(_drip, listening, seconds=5.0)
        before = perf_counter()
        with pytest.raises(SignInFailed):
            provider_request.send_request("GET", f"http://127.0.0.1:{listening.getsockname()[1]}/")
        assert perf_counter() - before < 3, "a byte now and then must not hold a thread"


def _drip(listening: socket.socket, seconds: float) -> None:
    """Answer one request with a head that never ends."""
    with listening.accept()[0] as line, suppress(OSError):
        line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        for _ in range(int(seconds / 0.1)):
            line.sendall(b"x")
            sleep(0.1)


# --- a provider that sends anything ---------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
KEY = st.dictionaries(
    st.sampled_from(["kty", "kid", "use", "alg", "n", "e", "x", "y", "crv", "k", "d", "key_ops", "x5c"]),
    st.sampled_from(["RSA", "EC", "OKP", "oct", "sig", "AQAB", "P-256", "Ed25519", "RS256", "1", ""]) | JSON, max_size=8,
)  # fmt: skip
RAW = {
    "discovery": st.dictionaries(
        st.sampled_from(["authorization_endpoint", "token_endpoint", "jwks_uri", "token_endpoint_auth_methods_supported"]),
        JSON | st.sampled_from(["https://[", "http://127.0.0.1:99999/", "https://x/\n", "javascript:x", "http://127.0.0.1:1/?a#b"]),
    ),
    "keys": st.lists(KEY | JSON, max_size=4),
    "claims": st.dictionaries(
        st.sampled_from(["iss", "aud", "sub", "nonce", "exp", "iat", "auth_time", "azp", "nbf", "acr"]), JSON
    ),
    "raw": st.dictionaries(
        st.sampled_from(["/token", "/jwks", "/.well-known/openid-configuration"]),
        st.binary(max_size=20) | JSON.map(lambda value: json.dumps(value).encode("utf-8", "replace"))
        | st.sampled_from([b"[" * 100_000, b'{"id_token":' + b"9" * 5000 + b"}", b'{"id_token": "a.b.c"}', b'{"keys": {}}']),
    ),
}  # fmt: skip


@given(manner=st.fixed_dictionaries({}, optional=RAW), again=st.sampled_from(["", "1"]))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@pytest.mark.parametrize("way", ["oidc"], indirect=True)
def test_nothing_that_a_provider_sends_is_a_fault_of_ours(
    college_of: Console, there: Provider, way: str, manner: dict[str, Any], again: str
) -> None:
    there.lies = {}
    openid.forget_endpoints(there.url)
    client = college_of.client()
    there.lies = {"discovery": manner.get("discovery", {})}
    left = client.get("/sign-in/oidc", params={"again": again} if again else {})
    assert left.status_code in (303, 403)
    there.lies = {}
    openid.forget_endpoints(there.url)
    address = away(client, there, way, **({"again": again} if again else {}))
    openid.forget_endpoints(there.url)
    there.lies = manner
    assert back(client, address).status_code in (303, 403)
