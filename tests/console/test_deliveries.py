"""通知发送: what became of each notice, and another try for what was given up."""

from __future__ import annotations

from datetime import timedelta

from notifications.notices.notice import Notice, notice_to_json
from states.vocabulary import Text
from storage import lease
from storage.post import deliveries, pauses
from storage.post.deliveries import Delivery
from storage.post.pauses import ChannelPause

from .web import Console, hidden

SAID = notice_to_json(
    Notice(
        kind="circulated",
        to="unit",
        unit="u-1",
        values={
            "unit": "u-1",
            "year": 2026,
            "document": "样例〔2026〕1号",
            "replaces": None,
            "grade": None,
            "resolution": None,
        },
    )
)


def given_up(college: Console) -> None:
    """One letter that would not go out, and one that did."""
    at = college.clock.now()
    common = {"recipient": "unit:u-1", "stream": "assessment/2026/u-1", "notice": SAID, "made_at": at}
    rows = [
        Delivery(
            number=9001,
            item=0,
            channel="mail",
            state="dead",
            message="m-1",
            response=Text(zh="550 no such user", en="550 no such user"),
            **common,
        ),
        Delivery(number=9002, item=0, channel="inbox", state="sent", sent_at=at, **common),
    ]
    deliveries.add(college.database, rows)


def test_nothing_sent_yet_is_said(college: Console) -> None:
    assert "没有符合条件的通知" in college.sign_in("office").get("/deliveries").text


def test_what_was_given_up_is_told_with_its_cause_and_queued_again(college: Console) -> None:
    given_up(college)
    client = college.sign_in("system_admin")
    page = client.get("/deliveries").text
    assert "550 no such user" in page
    assert "地址不存在" in page
    done = client.post("/deliveries/retry", data={**hidden(page), "message": "m-1"})
    assert done.status_code == 303
    assert "已重新排队 1 条" in client.get(done.headers["location"]).text
    (row,) = deliveries.search(college.database, channel="mail")
    assert (row.state, row.attempts) == ("queued", 0)


def test_a_channel_that_waits_for_a_setting_is_named_once_above_the_letters_and_can_be_tried_at_once(
    college: Console,
) -> None:
    now = college.clock.now()
    pauses.begin(
        college.database,
        ChannelPause(
            "mail", "KAOHE_SMTP_PASSWORD", Text(zh="AUTH: 535 密码错误", en="AUTH: 535"), now, now + timedelta(hours=1)
        ),
    )
    client = college.sign_in("system_admin")
    page = client.get("/deliveries").text
    assert page.count("KAOHE_SMTP_PASSWORD") == 1
    assert "密码错误" in page
    client.post("/deliveries/retry", data={**hidden(page), "channel": "mail"})
    assert "KAOHE_SMTP_PASSWORD" not in client.get("/deliveries").text


def test_a_time_in_doubt_is_on_every_page_and_health_check_until_a_person_confirms_it(college: Console) -> None:
    now = college.clock.now()
    lease.take(college.database, "d-1", timedelta(minutes=1))
    lease.record_heartbeat(college.database, "d-1", now - timedelta(days=900))
    client = college.sign_in("office")
    assert "本机时间存疑" in client.get("/").text
    assert client.get("/healthz/clock").json()["clock"] == "doubted"
    page = client.get("/deliveries").text
    answer = client.post("/deliveries/time", data=hidden(page, "/deliveries/time"))
    assert answer.status_code == 303
    assert "本机时间存疑" not in client.get("/").text
    assert client.get("/healthz/clock").json()["clock"] == "alive"
