"""Uploads: read once it is known who sends them, kept where a session has just run out, and one line where they are dropped."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from config.clock import SystemClock
from config.rulebooks import default_edition
from console.web import sessions
from console.web.credentials import state_of
from states.vocabulary import Digest
from tests.attack.served import Served, status
from tests.college import ManualClock
from workflow import wiring

UPLOAD = 20 * 2**20
FORM = "application/x-www-form-urlencoded"


def head(path: str, length: int, kind: str = "multipart/form-data; boundary=b", **headers: str) -> bytes:
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    lines = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{more}\r\n"
    return lines.encode()


def answer_to(running: Served, said: bytes) -> bytes:
    """What is answered to a head, and to some of its body, whose rest never comes."""
    return running.talk(said + b"--b\r\n")


@pytest.mark.one_database
def test_an_upload_of_somebody_unknown_is_answered_before_it_is_read(kaohe: Served) -> None:
    """What is read when hangs on no database."""
    began = time.monotonic()
    for cookie in ("", f"{sessions.COOKIE}=planted", "__Host-kaohe-device=planted"):
        more = {"Cookie": cookie} if cookie else {}
        said = answer_to(kaohe, head("/roster/new", UPLOAD, **more))
        assert (status(said), b"location: /sign-in" in said) == (303, True)
    for token in ("", "Bearer kaohe_planted"):
        more = {"Authorization": token} if token else {}
        said = answer_to(kaohe, head("/api/v1/commands", 2**19, "application/json", **more))
        assert status(said) == 401
    assert time.monotonic() - began < 60
    assert b"100 Continue" not in kaohe.talk(head("/roster/new", UPLOAD, Expect="100-continue"))


@pytest.mark.one_database
def test_from_anybody_a_small_form_is_read_and_no_more(kaohe: Served) -> None:
    """As above."""
    assert status(kaohe.talk(head("/sign-in", 2**15, FORM) + b"a" * 2**15)) == 413
    assert status(kaohe.talk(head("/sign-in", 2**13, FORM, Connection="close") + b"a" * 2**13)) == 403
    with kaohe.client("office") as browser:
        assert browser.post("/sign-in", data={"account": "a" * 2**15}).status_code == 413


def test_what_was_typed_and_chosen_in_a_session_that_ran_out_is_read_and_kept(kaohe: Served) -> None:
    earlier = ManualClock(SystemClock().now() - timedelta(hours=20))
    with wiring.compose_engine(kaohe.url, earlier, default_edition()) as engine:
        unit = state_of(engine, "unit-1")
        proof = Digest(unit.password or "")
        token = sessions.start_session(engine, unit, way="password", proof=proof, address="", agent="")
    path = "/assessments/2026/u-1/submit_self_report"
    cookie = f"{sessions.COOKIE}={token}"
    with kaohe.client() as browser:
        browser.headers["cookie"] = cookie
        sent = {"form_token": sessions.csrf_token(token), "note": "写了一半"}
        where = {"referer": f"{kaohe.base}{path}"}
        answer = browser.post(path, data=sent, files={"report": ("a.txt", b"some text " * 9000)}, headers=where)
    assert answer.status_code == 303
    assert "unsent" in answer.headers["location"]


@pytest.mark.one_database
def test_an_upload_that_is_dropped_is_one_line_of_the_log(kaohe: Served) -> None:
    """As above."""
    token = kaohe.session("office")
    for path, kind in (("/roster/new", "multipart/form-data; boundary=b"), ("/sign-in", FORM)):
        with kaohe.connect() as line:
            line.sendall(head(path, 10_000, kind, Cookie=f"{sessions.COOKIE}={token}") + b"--b\r\n")
            time.sleep(1.0)
    ends = time.monotonic() + 30
    while kaohe.output().count("dropped by its sender") < 2 and time.monotonic() < ends:
        time.sleep(0.1)
    said = kaohe.output()
    assert (said.count("dropped by its sender"), "Traceback" in said, "Exception" in said) == (2, False, False)
