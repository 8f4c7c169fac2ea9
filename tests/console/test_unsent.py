"""What somebody typed is not lost because the session was over, another sign-in took its place, or proof was due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Client, Response

from storage.papers import drafts

from .walk import FILE
from .web import Console, hidden

PATH = "/assessments/2026/u-1/move_deadline"
TYPED = {"stage": "meeting", "due": "2026-12-01", "reason": "会议改期，写了很久的理由"}


def opened(college: Console, account: str = "office", path: str = PATH) -> tuple[Client, dict[str, str]]:
    client = college.sign_in(account)
    return client, hidden(client.get(path).text)


def sends(client: Client, path: str, form: dict[str, str], **more: Any) -> Response:
    """As a browser does it: with the page the form stood on."""
    return client.post(path, data=form, headers={"referer": f"https://localhost{path}"}, **more)


def after_lunch(college: Console) -> None:
    college.clock.at += timedelta(minutes=40)


def test_what_was_typed_while_the_session_ran_out_is_there_after_signing_in_again(college: Console) -> None:
    college.knows("office")
    client, form = opened(college)
    after_lunch(college)
    answer = sends(client, PATH, form | TYPED)
    assert (answer.status_code, college.assessment().version) == (303, 1), "nothing was done"
    asked = client.get(answer.headers["location"])
    assert "您填写的内容已保留" in asked.text
    again = hidden(asked.text, "/sign-in") | {"account": "office", "password": "lamp orchard ferry nine", "code": ""}
    back = client.post("/sign-in", data=again).headers["location"]
    assert back == f"{PATH}?unsent=1"
    page = client.get(back).text
    assert "尚未提交" in page
    assert TYPED["reason"] in page
    assert 'value="2026-12-01"' in page
    done = sends(client, back, hidden(page) | TYPED)
    assert (done.status_code, college.assessment().version) == (303, 2)
    assert TYPED["reason"] not in client.get(back).text, "and once it is handed in it is forgotten"


def test_a_file_that_came_when_the_session_was_over_need_not_be_chosen_again(college: Console) -> None:
    client, form = opened(college, "unit-1", "/assessments/2026/u-1/submit_self_report")
    after_lunch(college)
    sends(client, "/assessments/2026/u-1/submit_self_report", form, files={"report": FILE})
    page = college.sign_in("unit-1").get("/assessments/2026/u-1/submit_self_report?unsent=1").text
    assert FILE[0] in page


def test_what_was_typed_before_signing_in_again_elsewhere_is_there_too(college: Console) -> None:
    client, form = opened(college)
    client.cookies.update(college.sign_in("office").cookies)
    answer = sends(client, PATH, form | TYPED)
    assert (answer.status_code, college.assessment().version) == (403, 1)
    assert f'href="{PATH}?unsent=1"' in answer.text
    assert TYPED["reason"] in client.get(f"{PATH}?unsent=1").text


def test_what_was_typed_is_there_after_the_proof_it_lacked(college: Console) -> None:
    client, form = opened(college, "discipline", "/cases/new")
    for _ in range(2):
        college.clock.at += timedelta(minutes=20)
        client.get("/cases")
    answer = sends(client, "/cases/new", form | {"unit": "u-1", "person.0": "p-77"})
    assert (answer.status_code, 'href="/prove?next=/cases/new%3Funsent%3D1"' in answer.text) == (403, True)
    proved = college.sign_in("discipline")
    assert 'value="p-77"' in proved.get("/cases/new?unsent=1").text


@pytest.mark.parametrize("how", ["signed out", "another browser", "not entitled", "closed", "a day later"])
def test_a_browser_whose_session_is_not_merely_over_keeps_nothing(college: Console, how: str) -> None:
    client, form = opened(college, "unit-1", "/account")
    if how == "signed out":
        client.post("/sign-out", data=hidden(client.get("/").text, "/sign-out"))
    after_lunch(college)
    if how == "another browser":
        form["form_token"] = "0" * 64
    if how == "closed":
        admin = college.sign_in("system_admin")
        asked = hidden(admin.get("/accounts/unit-1").text) | {"act": "close_account", "reason": "调离"}
        admin.post("/accounts/unit-1", data=asked)
    if how == "a day later":
        college.clock.at += timedelta(days=1)
    path = PATH.replace("u-1", "u-2") if how == "not entitled" else PATH
    answer = sends(client, path, form | TYPED)
    assert answer.status_code == 303
    assert drafts.find(college.database, "unit-1", path) is None


def test_a_password_is_kept_nowhere(college: Console) -> None:
    client, form = opened(college, "office", "/account")
    after_lunch(college)
    sends(client, "/account/password", form | {"password": "lamp orchard", "new": "secret"})
    with college.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM draft").scalar() == 0


def test_what_was_said_in_confidence_is_kept_nowhere(college: Console) -> None:
    path = "/assessments/2026/u-1/move_deadline"
    client, form = opened(college)
    after_lunch(college)
    sends(client, path, form | TYPED | {"confidential.notes.text": "谈话内容"})
    left = drafts.find(college.database, "office", path)
    assert left is not None
    assert [name for name, _ in left.fields] == ["stage", "due", "reason"]
