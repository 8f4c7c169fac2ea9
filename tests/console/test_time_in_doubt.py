"""The machine's clock leapt: the doors of the console do nothing by it that could not be taken back, until a person has looked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from audit.reader import DatabaseReader
from audit.replay import replay
from console.web import sessions
from console.web.throttling import attempts
from console.web.throttling.rate_limit import RateLimit
from states.custody.confirmed_time import STREAM, TimeConfirmed, TimeInDoubt
from states.vocabulary import Text
from storage import lease
from storage.ledger.facts import fact_of
from storage.sign_in import accounts
from tests.college import OFFICE, OPENED, unit
from workflow.fence import doubt_about
from workflow.year import open_year

from .test_api import submission, system
from .web import PASSWORD, Console, hidden

MINUTE = timedelta(minutes=1)
LEAPS = [timedelta(days=3650), timedelta(days=-400)]
WITHDRAW = {"reason": "误启动"}


def alive(college: Console) -> None:
    """The clock process ran a moment ago."""
    lease.take(college.database, "d-1", MINUTE)
    lease.record_heartbeat(college.database, "d-1", college.clock.now())


@pytest.mark.parametrize("leap", LEAPS, ids=["forwards", "backwards"])
def test_by_a_time_in_doubt_no_act_of_a_person_is_done_by_whatever_door(college: Console, leap: timedelta) -> None:
    alive(college)
    api, stream = system(college, "office"), "assessment/2026/u-1"
    head = college.engine.ledger.head()
    college.clock.at = OPENED + leap
    if leap < timedelta():  # a token outlasts a clock that went back
        answer = api.post("/commands", json=submission("withdraw", WITHDRAW))
        assert (answer.status_code, answer.json()["code"]) == (409, "TimeInDoubt")
    with pytest.raises(TimeInDoubt) as refused:
        open_year(college.engine, college.clock.at.year + 2, [unit("u-1")], OFFICE, lambda _day: True)
    for said in (refused.value.render("zh"), refused.value.render("en")):
        assert "kaohe scheduler confirm-time" in said
        assert "2026-11-02 09:00" in said
    with pytest.raises(TimeInDoubt):
        college.engine.check_time(Text(zh="核验台账", en="check the ledger"))
    assert college.engine.ledger.head() == head
    assert college.engine.state(stream).version == 1
    college.clock.at = OPENED + MINUTE
    assert api.post("/commands", json=submission("withdraw", WITHDRAW)).status_code == 200


@pytest.mark.parametrize("leap", LEAPS, ids=["forwards", "backwards"])
def test_a_page_refuses_by_a_time_in_doubt_until_a_person_confirms_it_and_then_goes_on_at_once(
    college: Console, leap: timedelta
) -> None:
    alive(college)
    college.clock.at = OPENED + leap
    form = college.client().get("/sign-in").text
    kept_out = college.client()
    answer = kept_out.post(
        "/sign-in", data={**hidden(form, "/sign-in"), "account": "unit-1", "password": PASSWORD, "code": ""}
    )
    assert answer.status_code in (403, 409)
    answer = college.signs_in(college.client(), "unit-1", PASSWORD)
    assert (answer.status_code, "核对机器时间" in answer.text) == (409, True)
    office = college.client()
    assert college.signs_in(office, "office", PASSWORD).status_code == 303
    page = office.get("/assessments/2026/u-1/withdraw").text
    refused = office.post("/assessments/2026/u-1/withdraw", data={**hidden(page), "reason": "误启动"})
    assert (refused.status_code, "确认" in refused.text) == (409, True)
    assert "误启动" in refused.text, "nothing typed is lost"
    found = doubt_about(college.database, college.clock.now())
    assert found is not None
    page = office.get("/deliveries").text
    assert office.post("/deliveries/time", data=hidden(page, "/deliveries/time")).status_code == 303
    (entry,) = college.engine.ledger.stream(STREAM)
    assert (entry.actor, entry.role, entry.kind) == ("office", "office", TimeConfirmed.kind)
    assert fact_of(entry) == TimeConfirmed(last=found.last)
    assert (entry.machine_clock or entry.recorded_at) == college.clock.now()
    page = office.get("/assessments/2026/u-1/withdraw").text
    done = office.post("/assessments/2026/u-1/withdraw", data={**hidden(page), "reason": "误启动"})
    assert done.status_code == 303
    assert "time_confirmed" in college.events("office")
    assert [str(defect) for defect in replay(DatabaseReader(college.database)).defects] == []


def test_a_time_that_is_not_in_doubt_is_not_confirmed(college: Console) -> None:
    alive(college)
    office = college.sign_in("office")
    page = office.get("/deliveries").text
    assert "/deliveries/time" not in page
    assert office.post("/deliveries/time", data=hidden(office.get("/").text, "/language")).status_code == 303
    assert list(college.engine.ledger.stream(STREAM)) == []


@pytest.mark.parametrize("days", [21, 90, 180])
def test_after_a_legitimate_absence_people_go_on_by_themselves(college: Console, days: int) -> None:
    alive(college)
    college.clock.at = OPENED + timedelta(days=days)
    client = college.client()
    assert college.signs_in(client, "office", PASSWORD).status_code == 303
    page = client.get("/assessments/2026/u-1/withdraw").text
    assert client.post("/assessments/2026/u-1/withdraw", data={**hidden(page), "reason": "误启动"}).status_code == 303


@pytest.mark.parametrize("leap", LEAPS, ids=["forwards", "backwards"])
def test_a_leap_that_is_put_right_has_ended_no_session_and_locked_nobody(college: Console, leap: timedelta) -> None:
    alive(college)
    client, rate = college.sign_in("unit-1"), RateLimit(college.database, 8)
    assert client.get("/account").status_code == 200
    college.clock.at = OPENED + leap
    assert client.get("/account").status_code == 303
    for _ in range(40):
        rate.count_call("oa-1", college.clock.now())
    for _ in range(5):
        college.signs_in(college.client(), "unit-2", "wrong")
    assert college.signs_in(college.client(), "office", PASSWORD).status_code in (303, 401, 409, 429)
    college.clock.at = OPENED + MINUTE
    assert client.get("/account").status_code == 200
    assert rate.count_call("oa-1", college.clock.now()) == 0
    attempts.begin(college.database, "unit-2", "testclient", None, college.clock.now())
    assert college.signs_in(college.client(), "unit-2", PASSWORD).status_code == 303


def test_who_signs_in_by_a_clock_that_is_ahead_deletes_no_session_and_no_link_of_others(college: Console) -> None:
    alive(college)
    other = college.sign_in("unit-1")
    token = other.cookies[sessions.COOKIE]
    college.clock.at = OPENED + timedelta(days=3650)
    assert college.signs_in(college.client(), "system_admin", PASSWORD).status_code == 303
    assert accounts.find_session(college.database, sessions.digest(token)) is not None


def test_the_last_sign_of_life_is_not_asked_of_the_database_for_every_command_and_page(
    college: Console, request: pytest.FixtureRequest
) -> None:
    """The answer is kept for some seconds; a doubt never is, so that a confirmed time counts at once."""
    alive(college)
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.extend([statement] if "lease" in statement else [])

    event.listen(Engine, "before_cursor_execute", note)
    request.addfinalizer(lambda: event.remove(Engine, "before_cursor_execute", note))
    for _ in range(100):
        assert college.engine.fence.doubt(college.clock.now()) is None
    assert len(asked) == 1
    college.clock.at = OPENED + timedelta(days=3650)
    for _ in range(3):
        assert college.engine.fence.doubt(college.clock.now()) is not None
    assert len(asked) == 4
