"""A fault of our setting is not a fault of the letter: every letter waits, nothing is lost, and it is said once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifications.retry import LONGEST_GREYLIST
from states.stages.self_report import ReturnSelfReport
from states.vocabulary import Words
from storage.database.database import Database
from storage.post import deliveries, pauses
from tests.college import OFFICE, moment
from tests.scheduler.running_college import Fake, RunningCollege, person, refuses, running

FRIDAY = moment(11, 6, 9, 10)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PASSWORD = refuses(cause="ours", setting="KAOHE_SMTP_PASSWORD", retry_after=600)


def held(made: RunningCollege) -> None:
    """Three people who are to hear, at once, that the report was sent back."""
    made.know(*(person(f"p-{n}", "unit", unit="u-1") for n in range(3)))
    made.report()
    made.engine.submit("assessment/2026/u-1", ReturnSelfReport(reason=Words("材料不全")), OFFICE, "back-1")


def test_a_refused_setting_keeps_every_letter_waiting_counts_no_try_and_is_said_once(database: Database) -> None:
    mail = Fake(does=PASSWORD)
    with running(database, channels=[mail]) as made:
        held(made)
        assert made.tick(FRIDAY).delivered == {"paused": 1}
        assert made.tick(FRIDAY + MINUTE).delivered == {}, "the channel is left alone for as long as it asked"
        for n in range(20):
            made.tick(FRIDAY + (n + 1) * 10 * MINUTE)
        assert {(one.state, one.attempts, one.response) for one in made.posted()} == {("queued", 0, None)}
        (waits,) = pauses.all_pauses(database).values()
        assert (waits.setting, waits.began_at) == ("KAOHE_SMTP_PASSWORD", FRIDAY)
        assert waits.ends_at - made.clock.now() <= HOUR
        assert len(made.log.events("channel waits")) == 1

        mail.does = lambda _message: None
        assert made.tick(waits.ends_at).delivered == {"sent": 3}
        assert pauses.all_pauses(database) == {}
        assert len(made.log.events("channel goes again")) == 1


def test_a_channel_that_waits_holds_no_other_and_says_when_it_is_tried_again(database: Database) -> None:
    robot = Fake("wecom", 20)
    with running(database, channels=[Fake(does=PASSWORD), robot]) as made:
        held(made)
        assert made.tick(FRIDAY).delivered == {"paused": 1, "sent": 1}
        assert made.post.next_at() == FRIDAY + 10 * MINUTE


def test_a_restart_does_not_forget_that_a_channel_waits(database: Database) -> None:
    with running(database, channels=[Fake(does=PASSWORD)]) as made:
        held(made)
        made.tick(FRIDAY)
    mail = Fake()
    again = RunningCollege(database, channels=[mail])
    assert again.tick(FRIDAY + MINUTE).delivered == {}
    pauses.end(database)
    assert again.tick(FRIDAY + 2 * MINUTE).delivered == {"sent": 3}
    again.close()


def test_a_greylisted_letter_waits_alone_counts_no_try_and_not_for_ever(database: Database) -> None:
    mail = Fake(
        does=lambda message: refuses(cause="waiting", retry_after=300)(message) if "p-0" in message.to else None
    )
    with running(database, channels=[mail]) as made:
        held(made)
        assert made.tick(FRIDAY).delivered == {"waiting": 1, "sent": 2}
        mine = [(one.state, one.attempts, one.next_at) for one in made.posted() if one.recipient == "p-0"]
        assert set(mine) == {("queued", 0, FRIDAY + 5 * MINUTE)}
        assert pauses.all_pauses(database) == {}
        late = moment(11, 12, 10)
        assert late - FRIDAY > LONGEST_GREYLIST
        assert made.tick(late).delivered["failed"] == 1


@pytest.mark.parametrize(("cause", "end"), [("address", "dead"), ("letter", "undelivered")])
def test_only_an_address_that_does_not_exist_is_dead_and_both_go_again_when_somebody_says_so(
    database: Database, cause: str, end: str
) -> None:
    mail = Fake(does=refuses(cause=cause))
    with running(database, channels=[mail]) as made:
        held(made)
        made.know(person("p-0", "unit", unit="u-1"))
        assert made.tick(FRIDAY).delivered == {end: 1}
        mail.does = lambda _message: None
        assert deliveries.retry(database, FRIDAY + MINUTE) == len(made.posted())
        assert made.tick(FRIDAY + MINUTE).delivered == {"sent": 1}


def test_the_days_pace_holds_over_a_restart(database: Database) -> None:
    with running(database, channels=[Fake(per_day=2)]) as made:
        held(made)
        assert made.tick(FRIDAY).delivered == {"sent": 2}
    again = RunningCollege(database, channels=[mail := Fake(per_day=2)])
    assert again.tick(FRIDAY + 2 * HOUR).delivered == {}
    again.tick(moment(11, 9, 10))
    assert len(mail.sent) == 1
    again.close()
