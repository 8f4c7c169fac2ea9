"""Deliveries: put once, claimed by one, marked by the holder of the claim; nothing is lost, nothing overtaken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from msgspec.structs import replace

from states.vocabulary import Text
from storage.database.database import Database
from storage.post import deliveries
from storage.post.deliveries import Delivery

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TODAY = (datetime(2026, 11, 19, 16, tzinfo=UTC), datetime(2026, 11, 23, 1, 10, tzinfo=UTC))
"""Friday's midnight in Shanghai, and Monday's first hour."""


def delivery(number: int = 1, recipient: str = "a-1", **given: Any) -> Delivery:
    """One notice by mail, due at once."""
    fields = {
        "item": 0,
        "channel": "mail",
        "stream": "assessment/2026/u-1",
        "notice": "{}",
        "made_at": NOW,
        "next_at": NOW,
    }
    return Delivery(number=number, recipient=recipient, **{**fields, **given})


def claim(database: Database, now: datetime = NOW, channel: str = "mail") -> list[Delivery]:
    """The next message."""
    return deliveries.claim(database, channel, now, now + 5 * MINUTE, TODAY)


def put(database: Database, *some: Delivery) -> None:
    """Put deliveries that came with the next entry."""
    after = deliveries.cursor(database)
    assert deliveries.enqueue(database, some, after, after + 1)


def states(database: Database) -> dict[int, str]:
    """How each entry's delivery stands."""
    return {one.number: one.state for one in deliveries.search(database)}


def test_what_is_put_is_there_and_the_cursor_has_moved(database: Database) -> None:
    assert deliveries.cursor(database) == 0
    assert deliveries.enqueue(database, [delivery(7)], 0, 9)
    assert deliveries.cursor(database) == 9
    assert deliveries.search(database) == [delivery(7)]


def test_who_read_from_where_another_has_read_already_puts_nothing(database: Database) -> None:
    assert deliveries.enqueue(database, [], 0, 9)
    assert not deliveries.enqueue(database, [delivery(7)], 0, 8)
    assert (deliveries.cursor(database), deliveries.search(database)) == (9, [])


def test_a_notice_is_there_once_for_each_entry_item_recipient_and_channel(database: Database) -> None:
    put(database, delivery(1))
    others = [delivery(2), delivery(1, item=1), delivery(1, "a-2"), delivery(1, channel="wecom")]
    deliveries.add(database, [replace(delivery(1), notice="other"), *others])
    found = deliveries.search(database)
    assert len(found) == 5
    assert all(one.notice == "{}" for one in found)


def test_all_that_is_due_for_a_recipient_is_one_message(database: Database) -> None:
    put(database, delivery(1), delivery(1, item=1), delivery(2), delivery(3, "a-2"))
    assert [(one.number, one.item) for one in claim(database)] == [(1, 0), (1, 1), (2, 0)]
    assert [one.number for one in claim(database)] == [3]
    assert claim(database) == []


def test_what_waits_for_a_later_day_goes_along_with_a_message_and_makes_none(database: Database) -> None:
    put(database, delivery(1, next_at=NOW + DAY), delivery(2, "a-2", next_at=NOW + DAY))
    assert claim(database) == []
    deliveries.add(database, [delivery(3)])
    assert [one.number for one in claim(database)] == [1, 3]
    assert deliveries.next_due_at(database, ["mail"]) is not None, "what waits for somebody else still waits"


def test_what_was_tried_does_not_go_along_before_its_time(database: Database) -> None:
    """A server that asked for an hour gets its hour."""
    put(database, delivery(1))
    deliveries.mark(database, claim(database), "failed", retry_at=NOW + DAY)
    deliveries.add(database, [delivery(2)])
    assert [one.number for one in claim(database)] == [2]


def test_what_is_confidential_is_a_message_of_its_own_and_takes_nobody_elses_turn(database: Database) -> None:
    put(database, delivery(1), delivery(2, confidential=True), delivery(3))
    messages = [claim(database), claim(database)]
    assert [[one.number for one in claimed] for claimed in messages] == [[1, 3], [2]]
    for claimed in messages:
        deliveries.mark(database, claimed, "sent", sent_at=NOW)
    deliveries.add(database, [delivery(4), delivery(5, confidential=True)])
    assert claim(database) == [], "one of each kind a day"


def test_a_claim_says_its_state_its_attempt_and_its_message(database: Database) -> None:
    put(database, delivery(1), delivery(2))
    one, other = claim(database)
    assert (one.state, one.attempts, one.next_at) == ("claimed", 1, NOW + 5 * MINUTE)
    assert one.message == other.message
    assert one.message is not None
    assert deliveries.search(database, ["claimed"]) == [other, one]


def test_another_channel_is_not_claimed(database: Database) -> None:
    put(database, delivery(1, channel="wecom"))
    assert claim(database) == []
    assert len(claim(database, channel="wecom")) == 1


def test_a_claim_whose_owner_died_is_due_again_under_the_same_name(database: Database) -> None:
    put(database, delivery(1))
    (first,) = claim(database)
    assert claim(database, NOW + 4 * MINUTE) == []
    (second,) = claim(database, NOW + 5 * MINUTE)
    assert (second.message, second.attempts) == (first.message, 2)


@pytest.mark.parametrize("state", ["sent", "failed", "unknown", "superseded", "undelivered", "dead"])
def test_a_late_mark_of_a_lost_claim_changes_nothing(database: Database, state: deliveries.DeliveryState) -> None:
    put(database, delivery(1))
    lost = claim(database)
    held = claim(database, NOW + 5 * MINUTE)
    deliveries.mark(database, lost, state, sent_at=NOW, retry_at=NOW)
    assert deliveries.search(database) == held


def test_a_mark_of_what_is_marked_already_changes_nothing(database: Database) -> None:
    put(database, delivery(1))
    claimed = claim(database)
    deliveries.mark(database, claimed, "sent", sent_at=NOW)
    deliveries.mark(database, claimed, "failed", retry_at=NOW)
    assert states(database) == {1: "sent"}


def test_what_was_sent_is_not_due_again(database: Database) -> None:
    put(database, delivery(1))
    deliveries.mark(database, claim(database), "sent", sent_at=NOW)
    (one,) = deliveries.search(database)
    assert (one.state, one.sent_at, one.next_at) == ("sent", NOW, None)
    assert claim(database, NOW + 10 * DAY) == []


def test_who_was_sent_a_message_today_gets_the_rest_when_the_day_is_over(database: Database) -> None:
    put(database, delivery(1))
    deliveries.mark(database, claim(database), "sent", sent_at=NOW)
    put(database, delivery(2), delivery(3, "a-2"))
    assert [one.number for one in claim(database)] == [3]
    assert deliveries.next_due_at(database, ["mail"]) == NOW + 5 * MINUTE
    deliveries.mark(database, deliveries.search(database, ["claimed"]), "sent", sent_at=NOW)
    assert deliveries.next_due_at(database, ["mail"]) == TODAY[1]
    tomorrow = (TODAY[1] - timedelta(hours=9, minutes=10), TODAY[1] + DAY)
    assert [one.number for one in deliveries.claim(database, "mail", TODAY[1], TODAY[1] + MINUTE, tomorrow)] == [2]


def test_a_message_on_its_way_counts_as_the_days_message(database: Database) -> None:
    put(database, delivery(1))
    claim(database)
    put(database, delivery(2))
    assert claim(database) == []


def test_what_failed_goes_out_with_what_has_come_since(database: Database) -> None:
    put(database, delivery(1))
    deliveries.mark(database, claim(database), "failed", retry_at=NOW + MINUTE, response=Text(zh="否", en="no"))
    put(database, delivery(2))
    assert deliveries.search(database, ["failed"])[0].response == Text(zh="否", en="no")
    assert [one.number for one in claim(database, NOW + MINUTE)] == [1, 2]


def test_what_may_have_arrived_keeps_its_name_and_its_notices(database: Database) -> None:
    put(database, delivery(1), delivery(2))
    first = claim(database)
    deliveries.mark(database, first, "unknown", retry_at=NOW + MINUTE)
    put(database, delivery(3))
    assert claim(database) == []
    again = claim(database, NOW + MINUTE)
    assert [one.number for one in again] == [1, 2]
    assert {one.message for one in again} == {first[0].message}


def test_the_rest_of_a_message_of_which_a_part_was_superseded_is_the_message(database: Database) -> None:
    put(database, delivery(1), delivery(2))
    one, other = claim(database)
    deliveries.mark(database, [one], "superseded", response=Text(zh="已办", en="done"))
    deliveries.mark(database, [other], "unknown", retry_at=NOW + MINUTE)
    assert [d.number for d in claim(database, NOW + MINUTE)] == [2]


def test_different_messages_have_different_names(database: Database) -> None:
    put(database, *(delivery(n, f"a-{n % 3}", channel=c) for n in range(6) for c in ("mail", "wecom")))
    names = [claim(database, channel=c)[0].message for c in ("mail", "wecom") for _ in range(3)]
    assert len(set(names)) == 6


def test_a_dead_message_is_tried_again_when_somebody_says_so_and_keeps_its_name(database: Database) -> None:
    put(database, delivery(1), delivery(2, "a-2"))
    dead = [*claim(database), *claim(database)]
    deliveries.mark(database, dead, "dead", response=Text(zh="5.1.1", en="5.1.1 nobody here"))
    assert deliveries.next_due_at(database, ["mail"]) is None
    assert deliveries.retry(database, NOW + DAY, dead[1].message) == 1
    assert states(database) == {1: "dead", 2: "queued"}
    (again,) = claim(database, NOW + DAY)
    assert (again.number, again.message, again.attempts) == (2, dead[1].message, 1)
    assert deliveries.retry(database, NOW + DAY) == 1


def test_what_is_put_off_beyond_a_moment_is_due_at_another(database: Database) -> None:
    put(database, delivery(1, next_at=NOW + 400 * DAY), delivery(2, next_at=NOW + DAY))
    assert deliveries.last_due_at(database) == NOW + 400 * DAY
    assert deliveries.bring_forward(database, NOW + 21 * DAY, NOW) == 1
    assert deliveries.last_due_at(database) == NOW + DAY
    assert claim(database)[0].number == 1


def test_the_earliest_is_that_of_the_channels_asked_for(database: Database) -> None:
    put(database, delivery(1, channel="gone"), delivery(2, next_at=NOW + DAY))
    assert deliveries.next_due_at(database, ["mail", "wecom"]) == NOW + DAY
    assert deliveries.next_due_at(database, ["wecom"]) is None


PACE = ((2, MINUTE), (3, DAY))


def test_a_pace_is_counted_under_the_lock_so_several_daemons_share_it_over_restarts(database: Database) -> None:
    put(database, *(delivery(n, f"a-{n}") for n in range(6)))

    def more(now: datetime) -> int:
        return len(deliveries.claim(database, "mail", now, now + 5 * MINUTE, TODAY, PACE))

    assert [more(NOW) for _ in range(3)] == [1, 1, 0]
    assert deliveries.pace_free_at(database, "mail", NOW, PACE) == NOW + MINUTE
    assert [more(NOW + MINUTE) for _ in range(2)] == [1, 0]
    assert deliveries.pace_free_at(database, "mail", NOW + MINUTE, PACE) == NOW + DAY
    assert deliveries.pace_free_at(database, "wecom", NOW, PACE) is None


def test_what_was_not_sent_at_all_does_not_count_against_the_pace(database: Database) -> None:
    put(database, delivery(1), delivery(2, "a-2"))
    deliveries.mark(database, claim(database), "superseded", response=Text(zh="已办", en="done"))
    assert deliveries.pace_free_at(database, "mail", NOW, ((1, MINUTE),)) is None


def test_a_fault_of_ours_counts_no_try_against_the_letter(database: Database) -> None:
    put(database, delivery(1))
    deliveries.mark(database, claim(database), "queued", retry_at=NOW)
    assert [(one.state, one.attempts, one.message) for one in deliveries.search(database)] == [("queued", 0, None)]
    assert [one.attempts for one in claim(database)] == [1]


def test_deliveries_are_listed_newest_first_by_what_is_asked_for(database: Database) -> None:
    put(database, *(delivery(n, f"a-{n}", stream=f"s-{n}", channel="mail" if n < 4 else "wecom") for n in range(1, 6)))
    claim(database)
    assert [one.number for one in deliveries.search(database, limit=2)] == [5, 4]
    assert [one.number for one in deliveries.search(database, ["claimed"])] == [1]
    assert [one.number for one in deliveries.search(database, channel="wecom")] == [5, 4]
    assert [one.number for one in deliveries.search(database, stream="s-2")] == [2]
    assert [one.number for one in deliveries.search(database, recipient="a-3")] == [3]
    assert deliveries.counts(database) == {("mail", "claimed"): 1, ("mail", "queued"): 2, ("wecom", "queued"): 2}


def at_once(count: int, work: Callable[[], list[Delivery]]) -> list[list[Delivery]]:
    """What each of several threads came back with, that began together."""
    start, found = Barrier(count), []

    def one() -> None:
        start.wait()
        found.append(work())

    threads = [Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_claims_at_once_share_the_messages_and_none_gets_two(database: Database) -> None:
    put(database, *(delivery(n, f"a-{n % 4}") for n in range(1, 13)))
    claimed = at_once(6, lambda: claim(database))
    assert sorted(len(message) for message in claimed) == [0, 0, 3, 3, 3, 3]
    assert len({one.number for message in claimed for one in message}) == 12


def test_puts_at_once_of_the_same_entries_put_them_once(database: Database) -> None:
    done: list[bool] = []

    def one() -> list[Delivery]:
        done.append(deliveries.enqueue(database, [delivery(1), delivery(2)], 0, 2))
        return []

    at_once(4, one)
    assert sorted(done) == [False, False, False, True]
    assert len(deliveries.search(database)) == 2
