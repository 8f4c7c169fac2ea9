"""The post: every entry is told once, to whom it concerns, in one message a day, by each channel for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from threading import Barrier, Thread

import pytest
from sqlalchemy import text

from notifications.channels.message import Message, NotSent
from notifications.notices.notice import notice_from_json
from notifications.post import CLAIM_DURATION
from notifications.post_states import PostStates
from notifications.retry import LAST_RETRY, LONGEST_DELAY, LONGEST_WAIT, MAX_ATTEMPTS, retry_delay
from states.accounts.account import OPERATOR, OpenAccount
from states.accounts.credentials import commitment
from states.accounts.links import IssueLink
from states.deadlines.chase import Chase
from states.deadlines.reminders import MoveDeadline, Remind
from states.stages.self_report import ReturnSelfReport
from states.vocabulary import CLOCK, Text, Words
from storage.database.database import Database
from storage.errors import StorageBusy
from storage.ledger.chain import Entry
from storage.post import deliveries
from tests.college import EDITION, OFFICE, moment
from tests.scheduler.running_college import (
    CONSOLE,
    HOURS,
    NAME,
    PEOPLE,
    Fake,
    RunningCollege,
    address,
    falls_silent,
    person,
    refuses,
    running,
)

STREAM = "assessment/2026/u-1"
MINUTE = timedelta(minutes=1)
GROUND = next(finding.title.zh for finding in EDITION.rulebook.findings.values() if not finding.by)
MONDAY = moment(11, 16, 9, 10)
"""The Monday before the first deadline, Friday the 20th, as the post opens: its digest reminds of it."""


@pytest.fixture
def made(database: Database) -> Iterator[RunningCollege]:
    """A college of two units on the day of its first reminder, as the post opens; nothing is sent yet."""
    with running(database, ("u-1", "u-2")) as one:
        one.clock.at = MONDAY
        yield one


@pytest.fixture
def small(new_url: Callable[[str], str]) -> Iterator[RunningCollege]:
    """The same of one unit, on SQLite only: for what does not concern the database."""
    with Database.open(new_url("sqlite")) as database, running(database) as one:
        one.clock.at = MONDAY
        yield one


def ends(made: RunningCollege, channel: str = "mail") -> list[tuple[str, str]]:
    """Who, and what became of it."""
    return sorted((one.recipient, one.state) for one in made.posted(channel))


def returned(made: RunningCollege) -> None:
    """The office sends the report back; the unit is told."""
    made.report()
    made.engine.submit(STREAM, ReturnSelfReport(reason=Words("材料不全")), OFFICE, "back-1")


# --- gathering ------------------------------------------------------------------------------------


def test_a_notice_lies_in_the_inbox_of_a_role_or_a_unit_at_once(made: RunningCollege) -> None:
    made.tick(moment(11, 16, 9, 0))
    assert ends(made, "inbox")[-2:] == [("unit:u-2", "sent"), ("unit:u-2", "sent")]
    assert {one.recipient for one in made.posted("inbox")} == {"unit:u-1", "unit:u-2"}
    assert made.mail.sent == []


def test_an_entry_is_told_once_to_each_whom_it_concerns(made: RunningCollege) -> None:
    made.tick()
    for _ in range(3):
        assert made.post.gather(made.clock.now()) == 0
    assert ends(made) == [("u-1-a", "sent"), ("u-2-a", "sent")]


def test_who_is_chased_hears_at_once_by_inbox_and_mail_with_the_reason_and_the_deadline(made: RunningCollege) -> None:
    made.tick()
    before = len(made.mail.sent)
    made.clock.at = MONDAY + 5 * MINUTE
    made.engine.submit(STREAM, Chase(stage="self_report", reason=Words("会议已经排定")), OFFICE, "chase-1")
    made.tick(made.clock.at)
    (letter,) = made.mail.sent[before:]
    assert (letter.to, letter.subject) == (address("u-1-a"), "【催办】自查自评，11 月 20 日（周五）前，还有 4 个工作日")
    assert "由考核领导小组办公室（纪委办公室）催办，请尽快办理。理由：会议已经排定" in letter.body
    assert [one.recipient for one in made.posted("inbox") if '"chased"' in one.notice] == ["unit:u-1"]


def test_a_chase_does_not_wait_for_the_next_days_letter_and_other_notices_do(made: RunningCollege) -> None:
    made.tick()
    returned(made)
    made.tick(MONDAY + 5 * MINUTE)
    assert len(made.mail.to("u-1-a")) == 1
    made.engine.submit(STREAM, Chase(stage="self_report"), OFFICE, "chase-1")
    made.tick(MONDAY + 10 * MINUTE)
    assert len(made.mail.to("u-1-a")) == 2
    assert "材料不全" in made.mail.to("u-1-a")[1].body, "what waits goes with it"
    made.tick(MONDAY + 15 * MINUTE)
    assert len(made.mail.to("u-1-a")) == 2


def test_what_is_done_before_the_letter_is_sent_is_not_asked_for(made: RunningCollege) -> None:
    made.tick()
    before = len(made.mail.sent)
    made.engine.submit(STREAM, Chase(stage="self_report"), OFFICE, "chase-1")
    made.report()
    made.tick(MONDAY + 5 * MINUTE)
    assert not any("催办" in letter.subject for letter in made.mail.sent[before:])


def test_the_holder_of_an_account_hears_by_mail_who_changed_what_lets_somebody_in_and_nobody_else_does(
    made: RunningCollege,
) -> None:
    """However the account wants to hear of other things."""
    made.know(*PEOPLE, person("quiet", "unit", unit="u-1", channels=()))
    made.tick()
    before = len(made.mail.sent)
    stream = "account/quiet"
    made.engine.submit(stream, OpenAccount(), OPERATOR, "open-quiet")
    made.engine.submit(stream, IssueLink(link=commitment("link")), OPERATOR, "link-quiet")
    made.tick()
    (letter,) = made.mail.sent[before:]
    assert letter.to == address("quiet")
    assert "发放一次性登录链接" in letter.body
    assert "运维人员 operator" in letter.body
    assert "登录修改密码" in letter.body


def test_every_account_of_a_role_is_told(made: RunningCollege) -> None:
    made.know(*PEOPLE, person("u-1-b", "unit", unit="u-1"), person("quiet", "unit", unit="u-1", channels=()))
    made.tick()
    assert ends(made) == [("u-1-a", "sent"), ("u-1-b", "sent"), ("u-2-a", "sent")]


def test_posts_at_once_make_each_delivery_once_and_lose_none(made: RunningCollege) -> None:
    """Two daemons, each with its own thread, over a ledger that has just grown."""
    for number in range(6):
        made.case("u-1", f"c-{number}")
    made.engine.submit(STREAM, reminder(), CLOCK, "r-1")
    posts = [RunningCollege(made.database, MONDAY, owner=f"d-{n}") for n in range(4)]
    start = Barrier(len(posts))

    def one(other: RunningCollege) -> None:
        start.wait()
        other.post.gather(MONDAY)
        other.post.deliver(MONDAY)

    threads = [Thread(target=one, args=(other,)) for other in posts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert deliveries.cursor(made.database) == made.ledger.head().number
    assert ends(made) == [("u-1-a", "sent")]
    assert [message.to for other in posts for message in other.mail.sent] == [address("u-1-a")]
    for other in posts:
        other.close()


def reminder() -> Remind:
    """The reminder of this Friday."""
    return Remind(stage="self_report", due=date(2026, 11, 20), step_name="-10", to="unit")


def test_a_post_that_another_overtook_while_it_read_puts_nothing(
    made: RunningCollege, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.engine.submit(STREAM, reminder(), CLOCK, "r-1")
    other, put = RunningCollege(made.database, MONDAY), deliveries.enqueue

    def late(*given: object) -> bool:
        monkeypatch.setattr(deliveries, "enqueue", put)
        assert other.post.gather(MONDAY) == 2
        return put(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(deliveries, "enqueue", late)
    assert made.post.gather(MONDAY) == 0
    assert ends(made) == [("u-1-a", "queued")]
    other.close()


def test_a_long_ledger_is_read_in_parts(small: RunningCollege, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.post.BATCH", 2)
    for number in range(5):
        small.case("u-1", f"c-{number}")
    small.tick()
    assert deliveries.cursor(small.database) == small.ledger.head().number
    assert ends(small) == [("committee-a", "sent")] * 5 + [("office-a", "sent")] * 5 + [("u-1-a", "sent")]


def test_gathering_ends_between_two_parts_when_told_to_stop(
    small: RunningCollege, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.post.BATCH", 1)
    small.case()
    small.engine.submit(STREAM, reminder(), CLOCK, "r-1")
    asked: list[int] = []
    small.post.gather(MONDAY, lambda: len(asked) > 0 or asked.append(1) is not None)
    assert deliveries.cursor(small.database) == small.ledger.head().number - 1
    small.post.gather(MONDAY)
    assert deliveries.cursor(small.database) == small.ledger.head().number


def test_an_entry_that_cannot_be_read_is_told_of_and_holds_up_no_other(
    made: RunningCollege, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged stream, an edition that is gone: the others' post goes on, and the office hears of it."""
    after = PostStates.after

    def damaged(states: PostStates, entry: Entry) -> object:
        if entry.stream == STREAM:
            raise ValueError("the payload is not of its form")
        return after(states, entry)

    monkeypatch.setattr(PostStates, "after", damaged)
    made.tick()
    assert ends(made) == [("office-a", "sent"), ("u-2-a", "sent")]
    number = next(one.number for one in made.posted() if one.recipient == "office-a")
    assert f"第 {number} 号" in made.mail.to("office-a")[0].body
    assert made.log.events("not readable") == [{"number": number, "error": "ValueError"}]


def test_a_database_that_is_busy_is_no_damage(made: RunningCollege, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is told and nothing is passed over: it is read the next time."""

    def busy(_states: PostStates, _entry: Entry) -> object:
        raise StorageBusy

    monkeypatch.setattr(PostStates, "after", busy)
    cursor = deliveries.cursor(made.database)
    assert made.tick().failed == ("gather",)
    assert deliveries.cursor(made.database) == cursor
    monkeypatch.undo()
    made.tick()
    assert ends(made) == [("u-1-a", "sent"), ("u-2-a", "sent")]


def test_a_matter_that_comes_from_no_entry_is_told_once(made: RunningCollege) -> None:
    for about in ("clock/1", "clock/1", "clock/2"):
        made.post.notify("clock_stopped", "office", {"since": "A", "until": "B"}, about, MONDAY)
    assert ends(made) == [("office-a", "queued")] * 2
    assert made.post.deliver(MONDAY) == {"sent": 1}
    assert made.mail.sent[0].body.count("自 A 至 B") == 1, "two that read the same are read once"


# --- before it is sent ----------------------------------------------------------------------------


def items(message: Message) -> list[str]:
    """What a letter says between its first sentence and its last, line by line."""
    return message.body.split("\n\n")[2].splitlines()


def held(made: RunningCollege) -> None:
    """A reminder is made in the night, before the post opens."""
    made.tick(moment(11, 16, 9, 0))
    assert ("u-1-a", "queued") in ends(made)


def told(made: RunningCollege, recipient: str = "u-1-a") -> Text | None:
    """What is said of why it was not sent."""
    (one,) = (one for one in made.posted() if one.recipient == recipient)
    assert one.state == "superseded"
    return one.response


def test_a_step_done_meanwhile_is_not_asked_for(made: RunningCollege) -> None:
    held(made)
    made.report()
    made.post.deliver(MONDAY)
    assert made.mail.to("u-1-a") == []
    assert told(made) == Text(zh="事项已办理或已变更", en="done or changed in the meantime")


def test_an_assessment_withdrawn_meanwhile_is_not_spoken_of(made: RunningCollege) -> None:
    held(made)
    made.withdraw()
    made.post.deliver(MONDAY)
    assert made.mail.to("u-1-a") == []
    assert told(made) == Text(zh="事项已办理或已变更", en="done or changed in the meantime")


def test_a_deadline_moved_meanwhile_is_said_and_the_old_one_is_not(made: RunningCollege) -> None:
    held(made)
    moved = MoveDeadline(stage="self_report", due=date(2026, 11, 27), reason=Words("设备检修"))
    made.engine.submit(STREAM, moved, OFFICE, "m-1")
    made.tick(MONDAY)
    (message,) = made.mail.to("u-1-a")
    assert "11 月 27 日（周五）前，还有 9 个工作日" in message.body
    assert "11 月 20 日" not in message.body


@pytest.mark.parametrize(
    "now",
    [
        (), (person("u-1-a", "unit", unit="u-2"),), (person("u-1-a", "office"),),
        (person("u-1-a", "unit", unit="u-1", channels=()),),
    ],
    ids=["gone", "another unit's", "another role", "wants no mail"],
)  # fmt: skip
def test_who_does_not_hear_any_more_is_not_written_to(made: RunningCollege, now: tuple[object, ...]) -> None:
    held(made)
    made.know(*now)  # type: ignore[arg-type]
    made.post.deliver(MONDAY)
    assert made.mail.to("u-1-a") == []
    assert told(made) == Text(zh="收件人已变更", en="the recipient has changed")


def test_a_new_address_is_the_one_written_to(made: RunningCollege) -> None:
    held(made)
    moved = person("u-1-a", "unit", unit="u-1")
    made.know(type(moved)(account=moved.account, roles=moved.roles, unit="u-1", email="new@college.example"))
    made.post.deliver(MONDAY)
    assert [message.to for message in made.mail.sent] == ["new@college.example"]


def test_of_several_that_ask_for_one_step_only_the_latest_is_sent(made: RunningCollege) -> None:
    """Over a weekend the reminders of Friday and Monday wait together; what was true on Friday is not said on Monday."""
    made.tick(moment(11, 20, 18, 30))
    made.tick(moment(11, 23, 9))
    made.tick(moment(11, 23, 9, 10))
    (message,) = made.mail.to("u-1-a")
    assert items(message) == ["【逾期】自查自评，应于 11 月 20 日（周五）前完成，逾期 1 个工作日"]
    assert [one.state for one in made.posted() if one.recipient == "u-1-a"] == ["superseded", "sent"]
    assert made.posted()[0].response == Text(zh="同一事项有更新的通知", en="replaced by a newer notice")


def test_a_step_sent_back_is_said_beside_its_reminder(made: RunningCollege) -> None:
    """It says why; a reminder does not."""
    made.clock.at = moment(11, 12, 20)
    returned(made)
    made.tick(moment(11, 13, 9, 10))
    (message,) = made.mail.to("u-1-a")
    assert items(message) == [
        "1. 【退回】自查自评已退回，请修改后重新提交",
        "退回理由：材料不全",
        "2. 【待办】自查自评，11 月 20 日（周五）前，还有 5 个工作日",
    ]


def test_an_assessment_that_cannot_be_read_keeps_its_notice_and_no_other(
    made: RunningCollege, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(made)
    state = PostStates.state
    monkeypatch.setattr(
        PostStates, "state", lambda states, stream: state(states, stream) if stream != STREAM else 1 / 0
    )
    made.post.deliver(MONDAY)
    assert [message.to for message in made.mail.sent] == [address("u-2-a")]
    assert told(made) == Text(zh="所涉考核无法读取", en="its assessment cannot be read")


# --- one letter a day -----------------------------------------------------------------------------


def test_a_recipient_has_one_message_of_everything_in_his_language_with_the_units_names(made: RunningCollege) -> None:
    made.know(person("zh", "office", "unit", unit="u-1"), person("en", "unit", "committee", unit="u-2", language="en"))
    made.case("u-1")
    made.case("u-2", "c-2")
    made.tick(moment(11, 23, 9, 10))
    assert sorted(message.to for message in made.mail.sent) == [address(one) for one in ("en", "en", "zh", "zh")]
    (secret, zh), (discreet, en) = made.mail.to("zh"), made.mail.to("en")
    assert (secret.subject, secret.body.strip()) == ("1 件保密事项，请登录办理",) * 2, "not of the own unit"
    assert (discreet.subject, discreet.body.strip()) == ("1 confidential matter: please sign in",) * 2
    assert items(zh) == ["【逾期】自查自评，应于 11 月 20 日（周五）前完成，逾期 1 个工作日"]
    assert zh.body.startswith("样例学院1：\n")
    assert items(en) == ["Overdue: Self-evaluation, was due by Friday 20 November (1 working day overdue)"]
    assert en.body.startswith("To: 样例学院2\n")
    assert CONSOLE in zh.body
    assert CONSOLE in en.body
    assert "u-1" not in zh.body


def test_a_veto_has_a_letter_of_its_own_that_says_only_that_there_is_something_to_see(made: RunningCollege) -> None:
    """Beside the day's other letter, so that nothing stands by it from which a reader could tell whose it is."""
    made.know(person("zh", "office", "unit", unit="u-2"), person("en", "office", language="en"))
    made.tick()
    made.case("u-1")
    made.tick()
    assert [(one.subject, one.body) for one in made.mail.to("zh")[1:]] == [
        ("1 件保密事项，请登录办理", "1 件保密事项，请登录办理\n")
    ]
    assert [(one.subject, one.body) for one in made.mail.to("en")] == [
        ("1 confidential matter: please sign in", "1 confidential matter: please sign in\n")
    ]


def test_what_comes_after_the_days_message_is_in_the_next_working_mornings(made: RunningCollege) -> None:
    made.tick(moment(11, 20, 9, 10))
    made.clock.at = moment(11, 20, 11)
    returned(made)
    for hour in (12, 15, 17):
        made.tick(moment(11, 20, hour))
    assert len(made.mail.to("u-1-a")) == 1
    made.tick(moment(11, 22, 12))
    assert len(made.mail.to("u-1-a")) == 1
    made.tick(moment(11, 23, 9, 10))
    assert len(made.mail.to("u-1-a")) == 2
    assert "材料不全" in made.mail.to("u-1-a")[1].body


def test_the_first_message_of_a_day_does_not_wait(made: RunningCollege) -> None:
    made.clock.at = moment(11, 5, 14)
    returned(made)
    made.tick()
    assert len(made.mail.to("u-1-a")) == 1


# --- robots ---------------------------------------------------------------------------------------


def test_a_robots_line_carries_no_unit_case_score_or_veto(database: Database) -> None:
    robot = Fake("wecom", 20)
    with running(database, ("u-1", "u-2"), channels=[Fake(), robot]) as made:
        made.case()
        made.tick(moment(11, 2, 9, 10))
        made.tick(moment(11, 23, 9, 10))
    assert [message.body for message in robot.sent] == [
        f"【考核】有 2 件考核事项待办，最近截止日期 11 月 20 日（周五）。请登录 {CONSOLE} 查看。",
        f"【考核】有 2 件考核事项待办，最近截止日期 11 月 20 日（周五）。请登录 {CONSOLE} 查看。",
    ]
    assert all((message.to, message.subject) == ("", "") for message in robot.sent)
    kinds = {notice_from_json(one.notice).kind for one in made.posted("wecom")}
    assert kinds == {"step_open", "overdue"}


# --- what goes wrong ------------------------------------------------------------------------------


def test_a_channel_that_fails_does_not_hold_another(database: Database) -> None:
    mail, robot = Fake(does=refuses()), Fake("wecom", 20)
    with running(database, ("u-1", "u-2"), channels=[mail, robot]) as made:
        assert made.tick(MONDAY).delivered == {"failed": 2, "sent": 1}
        assert len(robot.sent) == 1


@pytest.mark.parametrize(("does", "state"), [(refuses(), "failed"), (falls_silent, "unknown")])
def test_a_channel_rests_after_three_failures_until_the_next_tick(
    small: RunningCollege, does: Callable[[Message], None], state: str
) -> None:
    """One that hangs for ten seconds each time would else hold the whole tick."""
    small.know(*(person(f"p-{n}", "unit", unit="u-1") for n in range(5)))
    small.mail.does = does
    assert small.tick().delivered == {state: 3}
    assert small.tick(MONDAY + timedelta(seconds=1)).delivered == {state: 2}


def test_a_message_that_failed_is_tried_again_later_and_later_and_then_given_up(small: RunningCollege) -> None:
    """With the channel's own words; until somebody says so it is not tried again."""
    small.clock.at = moment(11, 5, 9, 10)
    small.know(person("u-1-a", "unit", unit="u-1"))
    returned(small)
    small.mail.does = refuses()
    small.tick()
    waits = []
    while (one := small.posted()[0]).next_at is not None:
        assert (one.state, one.message, one.recipient) == ("failed", None, "u-1-a")
        assert "452 come back later" in str(one.response)
        waits.append(one.next_at - small.clock.now())
        small.tick(HOURS.next_opening(one.next_at, small.calendar.is_working))
    assert len(waits) == MAX_ATTEMPTS - 1
    assert waits[0] < 2 * MINUTE < 3 * MINUTE < waits[2]
    assert waits[-1] >= LAST_RETRY
    assert (one.state, one.attempts) == ("undelivered", MAX_ATTEMPTS)
    small.mail.does = lambda _message: None
    assert small.tick(MONDAY).delivered == {"sent": 1}, "what came since goes out by itself"
    deliveries.retry(small.database, small.clock.now())
    small.withdraw()
    small.tick(moment(11, 17, 9, 10))
    assert small.posted()[0].state == "superseded", "and the old one is not true any more"


def test_a_message_given_up_goes_out_when_somebody_says_so(small: RunningCollege) -> None:
    small.mail.does = refuses(cause="letter")
    assert small.tick().delivered == {"undelivered": 1}
    (dead,) = small.posted()
    small.mail.does = lambda _message: None
    assert small.tick(MONDAY + MINUTE).delivered == {}
    assert deliveries.retry(small.database, small.clock.now(), dead.message) == 1
    assert small.tick().delivered == {"sent": 1}
    assert [message.id for message in small.mail.sent] == [dead.message]


def test_a_message_that_may_have_arrived_is_sent_again_as_the_same(small: RunningCollege) -> None:
    """A reader, or a mail server, can see that they are one."""
    seen: list[Message] = []

    def after_the_dot(message: Message) -> None:
        seen.append(message)
        if len(seen) < 3:
            falls_silent(message)

    small.mail.does = after_the_dot
    small.tick()
    for after in (2, 10):
        small.tick(MONDAY + after * MINUTE)
    assert len({(message.id, message.to, message.body) for message in seen}) == 1
    assert [one.state for one in small.posted()] == ["sent"]


def test_a_channel_that_asks_for_time_is_left_alone_so_long_but_not_for_ever(small: RunningCollege) -> None:
    for asked, wait in ((1800, timedelta(minutes=30)), (10**12, LONGEST_WAIT)):
        small.mail.does = refuses(retry_after=asked)
        small.tick(small.post.next_at() or MONDAY)
        (one,) = small.posted()
        assert one.next_at == small.clock.now() + wait


def test_a_channel_that_breaks_its_word_holds_no_other_and_its_words_are_not_kept(database: Database) -> None:
    """An error that should not be may quote an address."""

    def breaks(message: Message) -> None:
        raise RuntimeError(f"no route to {message.to}")

    mail, robot = Fake(does=breaks), Fake("wecom", 20)
    with running(database, channels=[mail, robot]) as made:
        done = made.tick(MONDAY)
        assert (done.delivered, done.failed) == ({"unknown": 1, "sent": 1}, ())
        (one,) = made.posted()
        assert (one.state, "RuntimeError" in str(one.response), "@" in str(one.response)) == ("unknown", True, False)
        assert "@" not in str(made.log.lines)


def test_a_notice_that_cannot_be_put_into_words_is_given_up_in_the_end_and_holds_no_other(made: RunningCollege) -> None:
    """Put by a later release, say."""
    held(made)
    with made.database.writing() as connection:
        connection.execute(
            text("UPDATE delivery SET notice = replace(notice, 'reminder', 'strange') WHERE recipient = 'u-1-a'")
        )
    assert made.tick(MONDAY).delivered == {"failed": 1, "sent": 1}
    (one,) = (one for one in made.posted() if one.recipient == "u-1-a")
    assert "TemplateNotFound" in str(one.response)


@pytest.mark.parametrize("already", [0, 3])
def test_a_channel_sends_no_more_in_a_minute_than_it_may(new_url: Callable[[str], str], already: int) -> None:
    mail = Fake(per_minute=4)
    people = [person(f"p-{n}", "unit", unit="u-1") for n in range(6)]
    with Database.open(new_url("sqlite")) as database, running(database, channels=[mail]) as made:
        made.know(*(person(f"q-{n}", "unit", unit="u-1") for n in range(already)))
        made.tick(moment(11, 16, 9, 10))
        made.know(*people)
        made.case()
        returned(made)
        made.tick(moment(11, 16, 9, 10))
        assert len(mail.sent) == 4
        made.tick(MONDAY + timedelta(seconds=61))
        assert len(mail.sent) == min(8, already + 6)


def test_what_was_not_sent_does_not_count_against_the_minute(new_url: Callable[[str], str]) -> None:
    """A message all of whose notices are out of date."""
    mail = Fake(per_minute=1)
    with Database.open(new_url("sqlite")) as database, running(database, ("u-1", "u-2"), channels=[mail]) as made:
        held(made)
        made.report("u-1")
        assert made.tick(MONDAY).delivered == {"superseded": 1, "sent": 1}


# --- hours, and clocks that leap ------------------------------------------------------------------


def test_quiet_hours_hold_delivery_and_not_evaluation(made: RunningCollege) -> None:
    """A reminder is on record at nine; its letter goes when the post opens."""
    made.tick(moment(11, 20, 12))
    made.mail.sent.clear()
    done = made.tick(moment(11, 23, 9, 0))
    assert (done.written, done.gathered > 0, done.delivered) == (2, True, {})
    assert made.mail.sent == []
    assert {one.next_at for one in made.posted() if one.next_at} == {moment(11, 23, 9, 10)}
    assert made.post.next_at() == moment(11, 23, 9, 10)


def test_a_day_that_is_not_worked_holds_delivery(made: RunningCollege, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made.calendar, "is_working", lambda _day: True)
    held(made)
    monkeypatch.setattr(made.calendar, "is_working", lambda day: day != date(2026, 11, 16))
    assert made.post.deliver(MONDAY) == {}
    assert made.mail.sent == []


def test_what_was_put_off_by_a_clock_that_was_ahead_is_freed_when_it_is_back(made: RunningCollege) -> None:
    held(made)
    made.tick(moment(11, 16, 20, year=2027))
    made.case("u-1")
    made.tick(moment(11, 16, 21, year=2027))
    assert deliveries.last_due_at(made.database) > MONDAY + LONGEST_DELAY  # type: ignore[operator]
    made.tick(moment(11, 9, 10))
    assert deliveries.last_due_at(made.database) is None
    assert made.mail.to("office-a")
    assert made.log.events("clock went back")


def test_a_claim_of_a_clock_that_was_ahead_is_due_again_when_it_is_back(small: RunningCollege) -> None:
    held(small)
    ahead = MONDAY + timedelta(days=365)
    claimed = deliveries.claim(small.database, "mail", ahead, ahead + CLAIM_DURATION, (ahead, ahead + CLAIM_DURATION))
    assert small.tick(MONDAY).delivered == {"sent": 1}
    assert [message.id for message in small.mail.sent] == [claimed[0].message]


def test_no_holiday_puts_off_longer_than_the_horizon(small: RunningCollege) -> None:
    """Or each tick would free what the longest holiday holds."""
    for day in range(730):
        at = moment(1, 1, 20, year=2025) + timedelta(days=day)
        assert HOURS.next_opening(at, small.calendar.is_working) < at + LONGEST_DELAY


def test_waits_grow_up_to_a_bound_and_differ_between_messages() -> None:
    """Many that failed together do not come back together."""
    waits = [retry_delay(n, "m") for n in range(1, 30)]
    assert MINUTE <= waits[0] <= MINUTE * 1.2
    assert all(later > sooner for sooner, later in pairwise(waits[:8]))
    assert max(waits) <= LAST_RETRY * 1.2
    assert len({retry_delay(5, f"m-{n}") for n in range(20)}) > 10


def test_the_log_of_the_post_says_no_address_and_no_text(made: RunningCollege) -> None:
    made.mail.does = refuses()
    made.tick()
    made.mail.does = lambda _message: None
    made.tick(MONDAY + 5 * MINUTE)
    said = str(made.log.lines)
    assert made.log.events("not sent")
    assert made.log.events("sent")
    for secret in ("@", "学院", "自查自评", "u-1-a"):
        assert secret not in said


def test_a_channels_refusal_is_told_as_it_was_said(small: RunningCollege) -> None:
    def says(_message: Message) -> None:
        raise NotSent(NAME, "550 5.1.1 user unknown", cause="address")

    small.mail.does = says
    small.tick()
    (one,) = small.posted()
    assert (one.state, one.response and "550 5.1.1 user unknown" in one.response.zh) == ("dead", True)
