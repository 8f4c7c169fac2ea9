"""What stands before every page."""

from __future__ import annotations

from subprocess import Popen
from threading import Event
from typing import Any

import pytest

from config import logs
from config.logs import logger
from console.app import app
from console.supervisor import Supervisor
from console.web import sessions
from console.web.middleware import FORM_BYTES, UPLOAD_BYTES

from .web import Console, hidden

pytestmark = pytest.mark.one_database  # what is answered is decided before a database is asked


def test_every_answer_says_what_the_browser_may_and_may_not(college: Console) -> None:
    for path in ("/sign-in", "/", "/nothing", "/healthz", "/static/console.css"):
        headers = college.sign_in("office").get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert "connect-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")


def test_every_cookie_is_for_this_host_over_tls_and_for_no_script(college: Console) -> None:
    client = college.client()
    page = client.get("/sign-in")
    answers = [page, client.post("/language", data=hidden(page.text, "/language") | {"language": "en", "back": "/"})]
    cookies = [cookie for answer in answers for cookie in answer.headers.get_list("set-cookie")]
    assert len(cookies) == 2
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))


def test_strict_transport_is_promised_over_tls_only(college: Console) -> None:
    client = college.client()
    client.base_url = "http://localhost"  # type: ignore[assignment]
    assert "strict-transport-security" not in client.get("/sign-in").headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"sec-fetch-site": "none"}, 303),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, 403),
        ({"origin": "https://localhost"}, 303),
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
def test_a_form_is_taken_from_our_own_pages_only(college: Console, headers: dict[str, str], status: int) -> None:
    client = college.sign_in("office")
    form = hidden(client.get("/").text, "/sign-out")
    assert client.post("/sign-out", data=form, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("mode", "dest", "status"), [("navigate", "document", 200), ("navigate", "iframe", 403), ("no-cors", "image", 403)]
)
def test_another_site_may_lead_here_and_no_more(college: Console, mode: str, dest: str, status: int) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": mode, "sec-fetch-dest": dest}
    assert college.sign_in("office").get("/", headers=headers).status_code == status


def test_a_form_without_its_token_is_refused_and_put_on_record(college: Console) -> None:
    client, other = college.sign_in("office"), college.sign_in("committee")
    stolen = hidden(other.get("/").text, "/sign-out")
    for form in ({}, {"form_token": ""}, stolen, {"form_token": "张"}):
        answer = client.post("/sign-out", data=form)
        assert answer.status_code == 403
        assert "本页已失效" in answer.text
    assert college.events("office").count("form_refused") == 4
    assert client.get("/").status_code == 200


def test_a_form_shown_before_signing_in_is_no_good_after(college: Console) -> None:
    """The token of a form goes with the token of the session, which is new at every sign-in."""
    client = college.client()
    before = hidden(client.get("/sign-in").text, "/sign-in")
    after = college.sign_in("office")
    assert after.post("/sign-out", data=before).status_code == 403


def test_only_our_own_names_are_answered_to(college: Console) -> None:
    assert college.client().get("/sign-in", headers={"host": "evil.example"}).status_code == 421
    for host in ("localhost:8000", "127.0.0.1:8000", "[::1]:8000"):
        assert college.client().get("/sign-in", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("size", [FORM_BYTES + 1, 10 * FORM_BYTES])
def test_a_form_that_is_too_large_is_refused_before_it_is_read(college: Console, size: int) -> None:
    answer = college.client().post(
        "/sign-in", content=b"a" * size, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 413


def test_a_length_that_lies_or_is_missing_does_not_help(college: Console) -> None:
    def parts() -> object:
        for _ in range(40):
            yield b"a=" + b"a" * (FORM_BYTES // 16)

    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = college.client().post("/sign-in", content=parts(), headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 413
    assert UPLOAD_BYTES > FORM_BYTES
    assert college.client().post("/sign-in", headers={"content-length": "many"}).status_code == 413


def test_an_error_nobody_foresaw_gives_a_number_and_no_word_of_it(
    college: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.web import to_dos

    logged: list[dict[str, object]] = []

    class Log:
        def error(self, _event: str, **values: object) -> None:
            logged.append(values)

    def fails(_visit: object) -> list[object]:
        raise RuntimeError("secret 13800138000")

    monkeypatch.setattr(to_dos, "to_dos_of", fails)
    monkeypatch.setattr(logs, "logger", lambda _room: Log())
    answer = college.sign_in("office").get("/")
    assert answer.status_code == 500
    assert "系统出错" in answer.text
    reference = answer.text.partition("请把编号 ")[2][:8]
    assert logged[0]["reference"] == reference
    assert logged[0]["error"] == "RuntimeError"
    assert "secret" not in f"{answer.text}{logged}"


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"], indirect=True)
def test_a_database_that_is_away_is_said_so(college: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    from storage.errors import StorageBusy

    def busy(*_: object) -> None:
        raise StorageBusy

    client = college.sign_in("office")
    monkeypatch.setattr(sessions, "valid_session", busy)
    answer = client.get("/")
    assert answer.status_code == 503
    assert StorageBusy().render("zh") in answer.text


def test_whether_the_clock_is_alive_is_there_for_those_who_watch(college: Console) -> None:
    from datetime import timedelta

    from storage import lease

    client = college.client()
    assert client.get("/healthz").json() == {"console": "alive", "clock": "silent"}
    assert client.get("/healthz/clock").status_code == 503
    lease.take(college.database, "d-1", timedelta(minutes=3))
    lease.record_heartbeat(college.database, "d-1", college.clock.now())
    assert client.get("/healthz/clock").status_code == 200
    college.clock.at += timedelta(minutes=11)
    assert client.get("/healthz/clock").status_code == 503
    assert "set-cookie" not in client.get("/healthz").headers


def test_a_clock_that_is_being_started_again_is_told_on_every_page_and_to_those_who_watch(college: Console) -> None:
    started = Event()

    def cannot_start() -> Popen[bytes]:
        started.set()
        raise OSError("no such program")

    with Supervisor(cannot_start, logger("clock")) as clock:
        assert started.wait(10)
        college.app = app(college.engine, college.settings, scheduler=clock)
        client = college.sign_in("office")
        assert client.get("/healthz").json() == {"console": "alive", "clock": "restarting"}
        assert client.get("/healthz/clock").status_code == 503
        assert "定时服务意外退出" in client.get("/").text
        assert "定时服务意外退出" not in college.client().get("/sign-in").text


@pytest.mark.parametrize(
    ("method", "how", "status", "said"),
    [
        ("PUT", {}, 405, "不能这样打开"),
        ("POST", {"content": b"x", "headers": {"content-type": "multipart/form-data; boundary=y"}}, 400, "无法读取"),
    ],
)
def test_what_is_no_way_to_ask_is_told_as_what_it_is(
    college: Console, method: str, how: dict[str, Any], status: int, said: str
) -> None:
    answer = college.client().request(method, "/sign-in", **how)
    assert (answer.status_code, said in answer.text) == (status, True)
